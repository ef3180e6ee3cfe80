//! What a server says about the bytes of the whole object.

use resumable::http1::ResponseHead;
use serde_json::Value;

/// The names and values of checksums, in Base64 as they came, and the size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    named: Vec<(String, String)>,
    /// In bytes, if the object's description has it as Cloud Storage and Drive write it: a number as a text.
    pub size: Option<u64>,
}

impl Hashes {
    /// Those of `x-goog-hash`, which may be a list, and may be given more than once: `crc32c=yZRlqg==, md5=...`.
    pub fn of_head(head: &ResponseHead<'_, '_>) -> Self {
        let named = head.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("x-goog-hash"));
        let lines = named.map(|header| String::from_utf8_lossy(header.value));
        let mut hashes = Vec::new();
        for line in lines {
            let pairs = line.split(',').filter_map(|pair| pair.trim().split_once('='));
            hashes.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        Self { named: hashes, size: None }
    }

    /// What stands in the object's description in JSON, too.
    pub fn with_body(mut self, body: &[u8]) -> Self {
        let description: Value = serde_json::from_slice(body).unwrap_or_default();
        for (field, name) in [("crc32c", "crc32c"), ("md5Hash", "md5")] {
            let value = description[field].as_str().map(str::to_owned);
            self.named.extend(value.map(|value| (name.to_owned(), value)));
        }
        self.size = description["size"].as_str().and_then(|size| size.parse().ok());
        self
    }

    /// What the server says of `name`, if it is not `value`.
    pub fn other_than(&self, name: &str, value: &str) -> Option<&str> {
        // Not everybody pads.
        let bare = |value: &str| value.trim_end_matches('=').to_owned();
        let named = self.named.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.map(|(_, found)| found.as_str()).find(|found| bare(found) != bare(value))
    }
}
