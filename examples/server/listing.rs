//! A list of objects, page by page, as Cloud Storage's JSON interface has it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::object::Object;

/// The longest page.
const MAX_RESULTS: usize = 1000;

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// How the names start.
    pub prefix: String,
    /// Where a name is cut after the prefix: all that are then the same are one entry, as in a folder.
    pub delimiter: Option<String>,
    pub max_results: Option<usize>,
    /// What the page before has ended with.
    pub page_token: Option<String>,
}

impl Listing {
    /// One page of `objects`, which are in the order of their names.
    pub fn page(&self, objects: &[Object], base: &str) -> Result<Value, String> {
        let after = self.page_token.as_deref().map(decode_token).transpose()?;
        let limit = self.max_results.filter(|limit| *limit > 0).unwrap_or(MAX_RESULTS).min(MAX_RESULTS);
        let (mut items, mut prefixes) = (Vec::new(), Vec::<&str>::new());
        let mut last = None;
        for object in objects {
            let name = object.declared.name.as_str();
            let Some(rest) = name.strip_prefix(&self.prefix) else { continue };
            let cut = self.delimiter.as_deref().and_then(|text| rest.find(text).map(|at| at + text.len()));
            let entry = cut.map_or(name, |cut| &name[..self.prefix.len() + cut]);
            if after.as_deref().is_some_and(|after| entry <= after) || last == Some(entry) {
                continue;
            }
            if items.len() + prefixes.len() == limit {
                let token = BASE64_URL_SAFE_NO_PAD.encode(last.unwrap_or_default());
                return Ok(describe(items, &prefixes, Some(token)));
            }
            match cut {
                Some(_) => prefixes.push(entry),
                None => items.push(object.json(base)),
            }
            last = Some(entry);
        }
        Ok(describe(items, &prefixes, None))
    }
}

fn describe(items: Vec<Value>, prefixes: &[&str], next: Option<String>) -> Value {
    let mut json = json!({ "kind": "storage#objects" });
    if !items.is_empty() {
        json["items"] = Value::Array(items);
    }
    if !prefixes.is_empty() {
        json["prefixes"] = json!(prefixes);
    }
    if let Some(next) = next {
        json["nextPageToken"] = json!(next);
    }
    json
}

fn decode_token(token: &str) -> Result<String, String> {
    let name = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| "expected the nextPageToken of a page, got another token".to_owned())
}
