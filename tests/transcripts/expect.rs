//! An answer: what is expected of it, what came, and how they differ.

use httparse::EMPTY_HEADER;
use resumable::client::Verdict;
use resumable::fields::{Field, Fields};
use resumable::google::decode_reply;
use resumable::http1::{Body, MAX_HEADERS, parse_response};

/// What an answer must be.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The status and its phrase.
    status: String,
    fields: Vec<(String, String)>,
    absent: Vec<String>,
    /// The body, if it matters.
    text: Option<Vec<String>>,
}

/// An answer that came.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    phrase: String,
    fields: Vec<(String, Vec<u8>)>,
    text: Vec<u8>,
}

impl Expected {
    /// An answer with this status, `308 Resume Incomplete`.
    pub(crate) fn new(status: &str) -> Result<Self, String> {
        if status.split(' ').next().and_then(|code| code.parse::<u16>().ok()).is_none() {
            return Err(format!("expected a status, found `{status}`"));
        }
        let status = status.to_owned();
        Ok(Self { status, fields: Vec::new(), absent: Vec::new(), text: None })
    }

    /// One more line of it, without its `<`.
    pub(crate) fn add(&mut self, line: &str) -> Result<(), String> {
        let line = match (line.strip_prefix(' '), &mut self.text) {
            (None, None) if line.is_empty() => {
                self.text = Some(Vec::new());
                return Ok(());
            }
            (None, Some(text)) if line.is_empty() => {
                text.push(String::new());
                return Ok(());
            }
            (None, _) => return Err(format!("expected a space after `<`, found `{line}`")),
            (Some(line), Some(text)) => {
                text.push(line.to_owned());
                return Ok(());
            }
            (Some(line), None) => line,
        };
        if let Some(name) = line.strip_prefix("[no ").and_then(|line| line.strip_suffix(']')) {
            self.absent.push(name.to_owned());
        } else if let Some((name, value)) = line.split_once(": ") {
            self.fields.push((name.to_owned(), value.to_owned()));
        } else {
            return Err(format!("expected a field, found `{line}`"));
        }
        Ok(())
    }

    /// Compares it with what came; `session` is the session's URL, which `{session}` stands for, or takes.
    pub(crate) fn compare(&self, reply: &Reply, session: &mut Option<String>) -> Result<(), String> {
        let status = format!("{} {}", reply.status, reply.phrase);
        if status != self.status {
            return Err(format!("expected {}, got {reply}", self.status));
        }
        for (name, value) in &self.fields {
            let got = match reply.field(name) {
                Field::One(got) => String::from_utf8_lossy(got).into_owned(),
                other => {
                    return Err(format!("expected {name}: {value}, got {other:?} in {reply}"));
                }
            };
            if value == "{session}" {
                let path = got
                    .split_once("://")
                    .map_or(&got[..], |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
                *session = Some(path.to_owned());
            } else if *value != got {
                return Err(format!("expected {name}: {value}, got {got} in {reply}"));
            }
        }
        let mut absent = self.absent.iter().map(String::as_str).collect::<Vec<_>>();
        if reply.status == 308 {
            absent.push("Location");
            if reply.field("Content-Length") != Field::One(b"0") {
                return Err(format!("expected a 308 with Content-Length: 0, got {reply}"));
            }
        }
        if let Some(name) = absent.into_iter().find(|name| reply.field(name) != Field::Absent) {
            return Err(format!("expected no {name}, got {reply}"));
        }
        match &self.text {
            Some(text) if text.join("\n").as_bytes() != reply.text => {
                Err(format!("expected the body {:?}, got {reply}", text.join("\n")))
            }
            _ => Ok(()),
        }
    }
}

impl Reply {
    /// Reads one whole answer to a request of `method` from the start of `bytes`, and how long it is; `None` if more
    /// must come. An interim answer counts as one, `closed` says that nothing more will come.
    pub(crate) fn parse(bytes: &[u8], closed: bool) -> Result<Option<(Self, usize)>, String> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        // Whatever the method, the answers to these requests are framed alike.
        let head = parse_response(bytes, &mut headers, "PUT").map_err(|error| error.to_string())?;
        let Some(head) = head else {
            return Ok(None);
        };
        let mut reply = Self {
            status: head.status,
            phrase: head.reason.to_owned(),
            fields: head.headers.iter().map(|h| (h.name.to_owned(), h.value.to_vec())).collect(),
            text: Vec::new(),
        };
        let (mut body, mut len) = (Body::new(head.body), head.len);
        while !body.is_end() {
            let decoded = body.decode(&bytes[len..]).map_err(|error| error.to_string())?;
            if decoded.consumed == 0 {
                let whole = closed && body.is_clean_at_close();
                return Ok(whole.then_some((reply, len)));
            }
            reply.text.extend_from_slice(decoded.data);
            len += decoded.consumed;
        }
        Ok(Some((reply, len)))
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// How many bytes a 308 says to be persisted.
    pub(crate) fn persisted(&self) -> Result<u64, String> {
        match decode_reply(self.status, self) {
            Verdict::Incomplete { persisted } => Ok(persisted.unwrap_or_default().get()),
            verdict => Err(format!("expected a 308, got {verdict:?}")),
        }
    }

    pub(crate) fn into_text(self) -> Vec<u8> {
        self.text
    }

    fn field(&self, name: &str) -> Field<'_> {
        let mut found = Field::Absent;
        for (_, value) in self.fields.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name)) {
            found = match found {
                Field::Absent => Field::One(value.trim_ascii()),
                _ => return Field::Repeated,
            };
        }
        found
    }
}

impl Fields for Reply {
    fn field(&self, name: &str) -> Field<'_> {
        Self::field(self, name)
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.phrase)?;
        for (name, value) in &self.fields {
            write!(f, "\n  {name}: {}", value.escape_ascii())?;
        }
        if !self.text.is_empty() {
            write!(f, "\n\n  {}", self.text.escape_ascii())?;
        }
        Ok(())
    }
}
