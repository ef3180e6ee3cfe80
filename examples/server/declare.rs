//! What a creation says about its object: in its head, in its body, or in both.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::{Answer, Failure};
use super::checksum::Checksums;
use super::coding::decoded;
use super::connection::{Connection, Head, Incoming};
use super::object::{Declared, check_content_type};
use super::routes::{check_object_name, if_generation_match};

/// The most that a creation may say about its object, in bytes.
pub const MAX_DESCRIPTION: usize = 64 * 1024;

/// The body of a request: a JSON object of at most `limit` bytes, or nothing.
pub fn read_json(head: &Head, connection: &mut Connection, limit: usize) -> Result<Value, Failure> {
    let mut body = Vec::new();
    let announced = head.body.length().unwrap_or(0);
    if announced <= limit as u64 {
        let mut incoming = decoded(head, connection)?;
        while let Some(chunk) = incoming.read()? {
            body.extend_from_slice(chunk);
            if body.len() > limit {
                break;
            }
        }
    }
    if announced.max(body.len() as u64) > limit as u64 {
        let text = format!("expected a description of at most {limit} bytes, got more");
        return Err(Answer::text(413, &text).into());
    }
    parse_json(&body)
}

/// A JSON object, or nothing, which says nothing.
pub fn parse_json(body: &[u8]) -> Result<Value, Failure> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| Failure::bad(&error))?;
    if value.is_object() { Ok(value) } else { Err(Failure::bad(&"expected a JSON object, got another value")) }
}

/// Puts together what `head` and `said` declare; where both name a type, the latter counts.
pub fn declare(
    (bucket, name): (String, String),
    content_type: Option<&str>,
    head: &Head,
    said: &Value,
) -> Result<Declared, Failure> {
    check_object_name(&name)?;
    let mut metadata: BTreeMap<String, String> = match said.get("metadata") {
        None | Some(Value::Null) => BTreeMap::new(),
        Some(map) => serde_json::from_value(map.clone()).map_err(|error| Failure::bad(&error))?,
    };
    metadata.extend(head.with_prefix("x-goog-meta-"));
    let content_type = said["contentType"].as_str().or(content_type).unwrap_or("application/octet-stream");
    check_content_type(content_type).map_err(|error| Failure::bad(&error))?;
    let declared = Checksums::of_json(said).map_err(|error| Failure::bad(&error))?;
    let checksums = Checksums::of_fields(head.all("x-goog-hash")).and_then(|others| declared.and(others));
    let checksums = checksums.map_err(|error| Failure::bad(&error))?;
    let if_generation = if_generation_match(&head.target)?;
    Ok(Declared { bucket, name, content_type: content_type.to_owned(), metadata, checksums, if_generation })
}
