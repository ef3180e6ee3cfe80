//! What the scripted server of one run knows, and what it does with a request.

use std::fmt;

use resumable::fields::{Field, Fields};
use resumable::google::content_range::{ContentRange, Leniency};

/// A client that has sent more requests than this in one run goes round in circles.
pub const MAX_REQUESTS: usize = 64;

/// What is done with each request of a run.
pub trait Script: Send {
    /// How many bytes of its body are read before [`act`](Self::act); `None` for all of it.
    fn reads(&mut self, _stage: &Stage, _head: &Seen) -> Option<usize> {
        None
    }

    /// What is done then.
    fn act(&mut self, stage: &mut Stage, seen: &Seen) -> Act;
}

impl<F: FnMut(&mut Stage, &Seen) -> Act + Send> Script for F {
    fn act(&mut self, stage: &mut Stage, seen: &Seen) -> Act {
        self(stage, seen)
    }
}

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// What a good server does: keeps what is new, answers, publishes when all is there.
    Honest,
    /// Sends this, a whole answer, and goes on with the connection.
    Answer(Vec<u8>),
    /// Sends this, perhaps nothing, and closes the connection.
    Close(Vec<u8>),
    /// Ends the connection with a reset.
    Reset,
    /// Sends this, perhaps nothing, and then neither reads nor closes until the run ends.
    Hold(Vec<u8>),
}

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
    /// Its number in the run, from 0.
    pub number: usize,
    pub role: Role,
    pub method: String,
    pub target: String,
    pub fields: Vec<(String, Vec<u8>)>,
    /// What its `Content-Range` says, if that is well-formed.
    pub range: Option<ContentRange>,
    /// What was read of its body.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub whole: bool,
}

/// What the server knows. The fields are the script's to change, too.
#[derive(Debug, Default)]
pub struct Stage {
    /// Where it is: `127.0.0.1:PORT`.
    pub authority: String,
    /// What the client is to upload.
    pub file: Vec<u8>,
    /// What is kept of the session.
    pub kept: Vec<u8>,
    /// What was published.
    pub object: Option<Vec<u8>>,
    /// How many sessions were created. Only the last one lives.
    pub sessions: usize,
    pub cancelled: bool,
    pub requests: Vec<Seen>,
    /// What the client has done wrong, whatever the case is about.
    pub account: Vec<String>,
}

impl Act {
    /// An answer with a status line, fields and an empty body.
    pub fn answer(status: &str, fields: &[&str]) -> Self {
        Self::Answer(answer(status, fields, ""))
    }

    /// An answer with one line of text.
    pub fn text(status: &str, text: &str) -> Self {
        Self::Answer(answer(status, &["Content-Type: text/plain"], text))
    }
}

/// A whole answer in bytes.
pub fn answer(status: &str, fields: &[&str], body: &str) -> Vec<u8> {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

impl Fields for Seen {
    fn field(&self, name: &str) -> Field<'_> {
        let mut found = self.fields.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
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
            number: 0,
            role: Role::Other,
            method: method.to_owned(),
            target: target.to_owned(),
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
    fn is_last(&self) -> bool {
        match self.range {
            Some(ContentRange::Range { end, total, .. }) => total == Some(end),
            Some(ContentRange::From { .. }) | None => true,
            _ => false,
        }
    }
}

impl Stage {
    /// Compares a body with the file, and enters what is wrong into the account.
    pub fn check(&mut self, seen: &Seen) {
        let Some(start) = seen.start().filter(|_| seen.role == Role::Data) else { return };
        let belongs = self.file.get(start..).unwrap_or_default();
        if !belongs.starts_with(&seen.body) {
            self.account.push(format!("other bytes than the file's under {seen}"));
        }
        if seen.is_last() && seen.whole && start + seen.body.len() != self.file.len() {
            self.account.push(format!("{seen} as the last one of {} bytes", self.file.len()));
        }
    }

    /// Keeps what is new of a body, at most `limit` bytes of it.
    pub fn keep(&mut self, seen: &Seen, limit: usize) {
        let Some(skipped) = seen.start().and_then(|start| self.kept.len().checked_sub(start)) else { return };
        let body = &seen.body[..seen.body.len().min(limit)];
        self.kept.extend_from_slice(body.get(skipped..).unwrap_or_default());
    }

    /// 308 with what is kept.
    pub fn incomplete(&self) -> Act {
        match self.kept.len() {
            0 => Act::answer("308 Resume Incomplete", &[]),
            kept => Act::answer("308 Resume Incomplete", &[&format!("Range: bytes=0-{}", kept - 1)]),
        }
    }

    /// Publishes what is kept, and says so.
    pub fn complete(&mut self) -> Act {
        let object = self.object.get_or_insert_with(|| self.kept.clone());
        let body = format!(r#"{{"kind": "storage#object", "size": "{}"}}"#, object.len());
        Act::Answer(answer("200 OK", &["Content-Type: application/json; charset=UTF-8"], &body))
    }

    /// Where the session is.
    pub fn location(&self) -> String {
        format!("Location: http://{}/session/{}", self.authority, self.sessions)
    }

    /// What a good server does.
    pub fn honest(&mut self, seen: &Seen) -> Act {
        if seen.role == Role::Create {
            self.sessions += 1;
            self.kept.clear();
            return Act::answer("200 OK", &[&self.location()]);
        }
        if seen.role == Role::Other {
            return Act::text("400 Bad Request", "expected a request of the protocol, got another");
        }
        if seen.target != format!("/session/{}", self.sessions) {
            return Act::text("404 Not Found", "expected the address of a session, got another");
        }
        if self.cancelled {
            return Act::answer("499 Client Closed Request", &[]);
        }
        match seen.role {
            _ if self.object.is_some() => self.complete(),
            Role::Cancel => {
                self.cancelled = true;
                Act::answer("499 Client Closed Request", &[])
            }
            Role::Status if seen.range == Some(ContentRange::unsatisfied(Some(self.kept.len() as u64))) => {
                self.complete()
            }
            Role::Data => self.append(seen),
            _ => self.incomplete(),
        }
    }

    fn append(&mut self, seen: &Seen) -> Act {
        let (at, kept) = (seen.start().unwrap_or(usize::MAX), self.kept.len());
        if at > kept {
            let text = format!(
                "Invalid request.  According to the Content-Range header, the upload offset is {at} byte(s), which \
                 exceeds already uploaded size of {kept} byte(s)."
            );
            return Act::text("503 Service Unavailable", &text);
        }
        self.keep(seen, usize::MAX);
        match (seen.whole, seen.is_last()) {
            // Nobody is there to read an answer.
            (false, _) => Act::Close(Vec::new()),
            (true, true) => self.complete(),
            (true, false) => self.incomplete(),
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
        match (self.body.len(), self.whole) {
            (0, true) => Ok(()),
            (len, true) => write!(f, " ({len} bytes)"),
            (len, false) => write!(f, " (the first {len} bytes of it)"),
        }
    }
}
