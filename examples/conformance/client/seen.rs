//! A request, as the scripted server has seen it.

use std::fmt;

use resumable::fields::{Field, Fields, is_named};
use resumable::google::content_range::{ContentRange, Leniency};

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The creation of a session.
    Create,
    /// Bytes of the file, perhaps none (a whole empty object).
    Data,
    /// A question, which may also close the upload.
    Status,
    /// A cancellation.
    Cancel,
    /// Anything else: an unknown path, another method, a malformed `Content-Range`.
    Other,
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub role: Role,
    pub method: String,
    pub target: String,
    /// Whether it came to the other host.
    pub elsewhere: bool,
    pub fields: Vec<(String, Vec<u8>)>,
    /// What its `Content-Range` says, if that is well-formed.
    pub range: Option<ContentRange>,
    /// What was read of its body.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub whole: bool,
}

impl Fields for Seen {
    fn field(&self, name: &str) -> Field<'_> {
        let mut found = self.fields.iter().filter(|(field, _)| is_named(field.as_bytes(), name));
        match (found.next(), found.next()) {
            (None, _) => Field::Absent,
            (Some((_, value)), None) => Field::One(value),
            (Some(_), Some(_)) => Field::Repeated,
        }
    }
}

impl Seen {
    pub fn new(method: &str, target: &str, fields: Vec<(String, Vec<u8>)>) -> Self {
        let mut seen = Self {
            role: Role::Other,
            method: method.to_owned(),
            target: target.to_owned(),
            elsewhere: false,
            fields,
            range: None,
            body: Vec::new(),
            whole: true,
        };
        let range = seen.field("content-range");
        let parsed = range.one().map(|value| ContentRange::parse(value, Leniency::default()));
        let is_absent = range == Field::Absent;
        seen.range = parsed.and_then(Result::ok);
        let to_session = target.starts_with("/session/");
        seen.role = match (method, seen.range) {
            ("POST", _) if target.starts_with("/create") => Role::Create,
            ("DELETE", _) if to_session => Role::Cancel,
            ("PUT" | "POST", Some(ContentRange::Unsatisfied { .. })) if to_session => Role::Status,
            ("PUT" | "POST", Some(_)) if to_session => Role::Data,
            ("PUT" | "POST", None) if to_session && is_absent => Role::Data,
            _ => Role::Other,
        };
        seen
    }

    /// What cannot be read as a request at all.
    pub fn malformed() -> Self {
        Self::new("(malformed)", "", Vec::new())
    }

    /// Where its body belongs in the file, if it brings data.
    pub fn start(&self) -> Option<usize> {
        let start = match self.range {
            Some(ContentRange::Range { start, .. } | ContentRange::From { start, .. }) => start,
            None if self.role == Role::Data => 0,
            _ => return None,
        };
        usize::try_from(start).ok()
    }

    /// Whether, if its body is whole, it is the last one by what it says itself.
    pub fn is_last(&self) -> bool {
        match self.range {
            Some(ContentRange::Range { end, total, .. }) => total == Some(end),
            Some(ContentRange::From { .. }) | None => true,
            Some(ContentRange::Unsatisfied { .. }) => false,
        }
    }
}

impl fmt::Display for Seen {
    /// `PUT bytes 0-6/18 (7 bytes)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.method)?;
        if let Some((_, range)) = self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-range")) {
            write!(f, " {}", range.escape_ascii())?;
        }
        if self.elsewhere {
            f.write_str(" to the other host")?;
        }
        match (self.body.len(), self.whole) {
            (0, true) => Ok(()),
            (len, true) => write!(f, " ({len} bytes)"),
            (len, false) => write!(f, " (the first {len} bytes of it)"),
        }
    }
}
