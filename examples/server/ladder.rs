//! The log: the ladder of requests and answers in the words of the wire.
//!
//! ```text
//! > PUT bytes 43-1999999/2000000 (connection 3, upload 8c1f03da)
//! < 308 bytes=0-42 (connection 3, upload 8c1f03da)
//! ```
//!
//! The id of an upload is as good as a password, so it is never shown whole.

use std::fmt::{self, Arguments, Display, Formatter};

use percent_encoding::percent_decode_str;
use resumable::fields::Fields;

use super::answer::{Answer, Content};
use super::connection::Head;

/// Where lines go. One that nobody wants to see is not even made.
pub type Log = dyn Fn(Arguments<'_>) + Send + Sync;

/// The lines about one request.
pub struct Ladder<'l> {
    log: &'l Log,
    tag: Tag,
}

/// What lines are about.
#[derive(Default)]
struct Tag {
    connection: Option<u64>,
    /// The first characters of its id.
    upload: Option<[u8; 8]>,
}

impl Display for Tag {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self { connection, upload } = self;
        if let Some(connection) = connection {
            write!(out, "connection {connection}")?;
        }
        if let Some(upload) = upload {
            let comma = if connection.is_some() { ", " } else { "" };
            write!(out, "{comma}upload {}", upload.escape_ascii())?;
        }
        Ok(())
    }
}

impl<'l> Ladder<'l> {
    pub fn new(log: &'l Log, connection: u64) -> Self {
        Self { log, tag: Tag { connection: Some(connection), upload: None } }
    }

    /// What happens to an upload without a request.
    pub fn upload(log: &'l Log, id: &str) -> Self {
        Self { log, tag: Tag { connection: None, upload: start(id) } }
    }

    /// A request to an upload, in the words of its dialect.
    pub fn session(&mut self, head: &Head, id: &str) {
        self.tag.upload = start(id);
        self.line('>', Words(head));
    }

    /// Any other request.
    pub fn request(&self, head: &Head) {
        self.line('>', format_args!("{} {}", head.method, Redacted(&head.target)));
    }

    pub fn answer(&self, answer: &Answer) {
        let status = answer.status;
        match (&answer.reply, &answer.body) {
            (Some(reply), _) => self.line('<', reply),
            (None, Content::Bytes(text)) if status >= 400 && !text.is_empty() => {
                self.line('<', format_args!("{status} {}", String::from_utf8_lossy(text)));
            }
            _ => self.line('<', status),
        }
    }

    /// Something that happened beside that.
    pub fn note(&self, text: impl Display) {
        self.line('*', text);
    }

    fn line(&self, sign: char, text: impl Display) {
        (self.log)(format_args!("{sign} {text} ({})", self.tag));
    }
}

/// What of an id may be shown.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or_default()
}

fn start(id: &str) -> Option<[u8; 8]> {
    short(id).as_bytes().try_into().ok()
}

/// A request in the words of its dialect.
struct Words<'h>(&'h Head);

impl Display for Words<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.method)?;
        match self.0.field("content-range").one() {
            Some(range) if !range.is_empty() => write!(out, " {}", range.escape_ascii()),
            _ => Ok(()),
        }
    }
}

/// A target as it may be shown: what could be an id is cut.
struct Redacted<'t>(&'t str);

impl Display for Redacted<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let decoded = percent_decode_str(self.0).decode_utf8_lossy();
        for word in decoded.split_inclusive(|byte: char| !byte.is_ascii_hexdigit()) {
            let (shown, rest) = if word.len() < 32 { (word, "") } else { (short(word), "..") };
            write!(out, "{}{rest}", shown.escape_debug())?;
        }
        Ok(())
    }
}
