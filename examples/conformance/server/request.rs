//! One request to a session, well-formed or not.

use std::fmt;
use std::ops::Range;

use resumable::google::content_range::{ContentRange, Leniency};
use resumable::http1::{CHUNK_END, LAST_CHUNK, chunk_head};

/// A request that is built word by word. Without anything said it is a `PUT` with `Content-Length: 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: &'static str,
    /// The values of `Content-Range`, each in a field of its own.
    ranges: Vec<String>,
    fields: Vec<String>,
    pub framing: Framing,
    pub body: Vec<u8>,
    /// Which bytes of the whole the body is meant to be, if it is meant to be some.
    pub offsets: Option<Range<usize>>,
}

/// How the head says where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length` of what the body has.
    Length,
    /// Another `Content-Length`.
    Promise(u64),
    /// `Transfer-Encoding: chunked`, in chunks of uneven sizes.
    Chunked,
    /// What the further fields say; the body is sent as it is.
    Own,
}

impl Request {
    /// Without `Content-Range`.
    pub fn plain() -> Self {
        Self {
            method: "PUT",
            ranges: Vec::new(),
            fields: Vec::new(),
            framing: Framing::Length,
            body: Vec::new(),
            offsets: None,
        }
    }

    /// With this value, as it is.
    pub fn raw(range: impl Into<String>) -> Self {
        Self::plain().range(range)
    }

    /// One more `Content-Range`.
    #[must_use]
    pub fn range(mut self, range: impl Into<String>) -> Self {
        self.ranges.push(range.into());
        self
    }

    #[must_use]
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// One more field: `Name: value`.
    #[must_use]
    pub fn field(mut self, line: impl Into<String>) -> Self {
        self.fields.push(line.into());
        self
    }

    /// With bytes that are no part of the upload.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self
    }

    /// With further bytes after the body.
    #[must_use]
    pub fn then(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.body.extend_from_slice(bytes.as_ref());
        self
    }

    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    #[must_use]
    pub fn chunked(self) -> Self {
        self.framing(Framing::Chunked)
    }

    /// The head as it is sent.
    pub fn head(&self, host: &str, target: &str) -> Vec<u8> {
        let mut lines = vec![format!("{} {target} HTTP/1.1", self.method), format!("Host: {host}")];
        lines.extend(self.ranges.iter().map(|range| format!("Content-Range: {range}")));
        lines.extend(self.fields.iter().cloned());
        match self.framing {
            Framing::Length => lines.push(format!("Content-Length: {}", self.body.len())),
            Framing::Promise(length) => lines.push(format!("Content-Length: {length}")),
            Framing::Chunked => lines.push("Transfer-Encoding: chunked".to_owned()),
            Framing::Own => {}
        }
        (lines.join("\r\n") + "\r\n\r\n").into_bytes()
    }

    /// The body as it is sent.
    pub fn wire_body(&self) -> Vec<u8> {
        match self.framing {
            Framing::Chunked => [chunks(&self.body), LAST_CHUNK.to_vec()].concat(),
            _ => self.body.clone(),
        }
    }
}

/// Bytes in chunks of uneven sizes, without the last chunk: a body that has not come to its end.
pub fn chunks(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    for size in [3, 1, 7, 65_521].into_iter().cycle() {
        let (chunk, after) = rest.split_at(rest.len().min(size));
        let Some(head) = chunk_head(chunk.len() as u64) else { break };
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(CHUNK_END);
        rest = after;
    }
    out
}

/// A well-formed `Content-Range` in units, as one in bytes: `bytes 7-17/18` for a unit of 2 is `bytes 14-35/36`.
pub fn in_bytes(range: &str, unit: u64) -> String {
    let parsed = ContentRange::parse(range.as_bytes(), Leniency::default());
    let parsed = parsed.unwrap_or_else(|error| panic!("a case has the malformed range {range}: {error}"));
    let scaled = |number: Option<u64>| number.map(|number| number * unit);
    let in_bytes = match parsed {
        ContentRange::Range { start, end, total, .. } => ContentRange::range(start * unit, end * unit, scaled(total)),
        ContentRange::From { start, total, .. } => ContentRange::to_end_of_body(start * unit, scaled(total)),
        ContentRange::Unsatisfied { total, .. } => Some(ContentRange::unsatisfied(scaled(total))),
    };
    in_bytes.map_or_else(|| range.to_owned(), |range| range.to_string())
}

impl fmt::Display for Request {
    /// `PUT bytes 0-6/18 (7 bytes, chunked)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method)?;
        for range in &self.ranges {
            write!(f, " {}", range.escape_debug())?;
        }
        for field in &self.fields {
            write!(f, " [{}]", field.escape_debug())?;
        }
        match self.framing {
            Framing::Promise(length) => write!(f, " ({} of {length} bytes)", self.body.len()),
            Framing::Chunked => write!(f, " ({} bytes, chunked)", self.body.len()),
            Framing::Length | Framing::Own if self.body.is_empty() => Ok(()),
            Framing::Length | Framing::Own => write!(f, " ({} bytes)", self.body.len()),
        }
    }
}
