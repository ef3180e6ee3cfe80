//! The log: the ladder of requests and answers in the words of the wire.
//!
//! ```text
//! > PUT bytes 43-1999999/2000000 (connection 3, upload 8c1f03da)
//! < 308 bytes=0-42 (connection 3, upload 8c1f03da)
//! ```
//!
//! The id of an upload is as good as a password, so it is never shown whole.

use std::fmt::Display;

use percent_encoding::percent_decode_str;
use resumable::fields::Fields;

use super::answer::{Answer, Content};
use super::connection::Head;

/// Where lines go.
pub type Log = dyn Fn(&str) + Send + Sync;

/// The lines about one request.
pub struct Ladder<'l> {
    log: &'l Log,
    tag: String,
}

impl<'l> Ladder<'l> {
    pub fn new(log: &'l Log, connection: u64) -> Self {
        Self { log, tag: format!("connection {connection}") }
    }

    /// What happens to an upload without a request.
    pub fn upload(log: &'l Log, id: &str) -> Self {
        Self { log, tag: format!("upload {}", short(id)) }
    }

    /// A request to an upload, in the words of its dialect.
    pub fn session(&mut self, head: &Head, id: &str) {
        self.tag += ", upload ";
        self.tag += short(id);
        let range = head.field("content-range").one().unwrap_or_default();
        let line = format!("{} {}", head.method, range.escape_ascii());
        self.line('>', line.trim_end());
    }

    /// Any other request.
    pub fn request(&self, head: &Head) {
        self.line('>', format!("{} {}", head.method, redacted(&head.target)));
    }

    pub fn answer(&self, answer: &Answer) {
        let status = answer.status;
        let range = answer.fields.iter().find(|(name, _)| name == "Range");
        match (&answer.body, range) {
            (_, Some((_, range))) => self.line('<', format!("{status} {}", range.escape_ascii())),
            (Content::Bytes(text), None) if status >= 400 && !text.is_empty() => {
                self.line('<', format!("{status} {}", String::from_utf8_lossy(text)));
            }
            _ => self.line('<', status),
        }
    }

    /// Something that happened beside that.
    pub fn note(&self, text: impl Display) {
        self.line('*', text);
    }

    fn line(&self, sign: char, text: impl Display) {
        (self.log)(&format!("{sign} {text} ({})", self.tag));
    }
}

/// What of an id may be shown.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or_default()
}

/// A target as it may be shown: what could be an id is cut.
fn redacted(target: &str) -> String {
    let decoded = percent_decode_str(target).decode_utf8_lossy();
    let words = decoded.split_inclusive(|byte: char| !byte.is_ascii_hexdigit());
    let shown: String = words
        .map(|word| match word.len() {
            ..32 => word.to_owned(),
            _ => format!("{}..", short(word)),
        })
        .collect();
    shown.escape_debug().to_string()
}
