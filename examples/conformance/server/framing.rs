//! The framing of a chunked body, and heads that are none.

use super::{Framing, Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::NoAnswer;

pub fn cases() -> Vec<Case<Site>> {
    let mut cases: Vec<Case<Site>> = CHUNKED.iter().map(Chunked::case).collect();
    cases.extend(HEADS.iter().map(|(name, change)| {
        Case::new("HTTP", *name, "400, 431, 501 or 505, or closed; nothing kept", |it: &Site| head(it, *change))
    }));
    cases
}

/// How the 7 bytes of the object come in chunks. `{}` stands for the bytes in order: the first 3, then 4.
struct Chunked {
    name: &'static str,
    body: &'static [u8],
    /// Whether it is a well-formed body of all 7 bytes.
    whole: bool,
}

const CHUNKED: &[Chunked] = &[
    Chunked { name: "a chunk extension", body: b"3;name=value\r\nABC\r\n4\r\nDEFG\r\n0\r\n\r\n", whole: true },
    Chunked { name: "a trailer", body: b"3\r\nABC\r\n4\r\nDEFG\r\n0\r\nX-Trailer: 1\r\n\r\n", whole: true },
    Chunked { name: "a chunk size with leading zeros", body: b"0003\r\nABC\r\n04\r\nDEFG\r\n0\r\n\r\n", whole: true },
    Chunked { name: "a chunk size with 0x", body: b"0x3\r\nABC\r\n4\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a chunk size with a sign", body: b"+3\r\nABC\r\n4\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a negative chunk size", body: b"3\r\nABC\r\n-4\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a chunk size of nothing", body: b"3\r\nABC\r\n\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a chunk size that is no number", body: b"3\r\nABC\r\nxyz\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked {
        name: "a chunk size of 2^64 + 4",
        body: b"3\r\nABC\r\n10000000000000004\r\nDEFG\r\n0\r\n\r\n",
        whole: false,
    },
    Chunked { name: "a chunk size of 2^32 + 4", body: b"3\r\nABC\r\n100000004\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a chunk size with a space before it", body: b" 3\r\nABC\r\n4\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a chunk size that ends in a bare LF", body: b"3\nABC\r\n4\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a chunk longer than its size", body: b"3\r\nABCD\r\n4\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "a chunk shorter than its size", body: b"3\r\nABC\r\n5\r\nDEFG\r\n0\r\n\r\n", whole: false },
    Chunked { name: "no CRLF after a chunk", body: b"3\r\nABC4\r\nDEFG\r\n0\r\n\r\n", whole: false },
];

impl Chunked {
    fn case(&'static self) -> Case<Site> {
        let expected = if self.whole { "200" } else { "400, or closed; not finished" };
        Case::new("HTTP", self.name, expected, |it: &Site| self.go(it))
    }

    fn go(&self, site: &Site) -> Result<Finding, Stop> {
        let mut upload = site.create(7, None)?;
        upload.data = b"ABCDEFG".to_vec();
        let request = Request::raw("bytes 0-6/7").field("Transfer-Encoding: chunked").framing(Framing::Own);
        let mut wire = upload.connect()?;
        upload.enter_all_sent();
        site.say(&request);
        wire.send(upload.head(&request));
        wire.send(self.body);
        if !self.whole {
            // So that nobody waits for bytes that never come. Some stacks take it for a client that is gone.
            wire.finish();
        }
        let finding = match upload.read(&mut wire, "PUT") {
            Ok(answer) if self.whole => answer.succeeds(),
            Ok(answer) => answer.refuses(&[400, 408]),
            Err(none @ (NoAnswer::Closed | NoAnswer::Reset)) if !self.whole => Finding::ok(none.to_string()),
            Err(none) => return Err(none.into()),
        };
        Ok(finding.and(upload.finish()))
    }
}

/// How a good head for the whole object is spoilt.
type Change = fn(&str) -> Vec<u8>;

const HEADS: &[(&str, Change)] = &[
    ("obsolete folding in Content-Range", |head| head.replacen("bytes ", "bytes\r\n ", 1).into()),
    ("obsolete folding in another field", |head| insert(head, "X-Folded: a\r\n b")),
    ("a space before the colon of Content-Range", |head| head.replacen("Content-Range:", "Content-Range :", 1).into()),
    ("a space before the colon of Content-Length", |head| {
        head.replacen("Content-Length:", "Content-Length :", 1).into()
    }),
    ("lines that end in a bare LF", |head| head.replace("\r\n", "\n").into()),
    ("a bare CR in a value", |head| insert(head, "X-Field: a\rb")),
    ("NUL in a value", |head| insert(head, "X-Field: a\0b")),
    ("a line without a colon", |head| insert(head, "nonsense")),
    ("a field without a name", |head| insert(head, ": value")),
    ("no Host", |head| without(head, "Host:")),
    ("two Hosts", |head| insert(head, "Host: other.example")),
    ("HTTP/3.7", |head| head.replacen("HTTP/1.1", "HTTP/3.7", 1).into()),
    ("no version", |head| head.replacen(" HTTP/1.1", "", 1).into()),
    ("two spaces in the request line", |head| head.replacen(' ', "  ", 1).into()),
    ("a field of 200000 bytes", |head| insert(head, &format!("X-Long: {}", "a".repeat(200_000)))),
    ("3000 fields", |head| insert(head, &["X-Field: a"; 3000].join("\r\n"))),
];

fn insert(head: &str, line: &str) -> Vec<u8> {
    let end = head.len() - 2;
    format!("{}{line}\r\n\r\n", &head[..end]).into_bytes()
}

fn without(head: &str, start: &str) -> Vec<u8> {
    let lines: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with(start)).collect();
    lines.join("\r\n").into_bytes()
}

/// Sends the whole object of 7 bytes under a spoilt head.
fn head(site: &Site, change: Change) -> Result<Finding, Stop> {
    let mut upload: Upload<'_> = site.create(7, None)?;
    let request = upload.whole(Request::raw("bytes 0-6/7"));
    let head = upload.head(&request);
    let mut wire = upload.connect()?;
    upload.enter_all_sent();
    site.note(format!("> {request}, spoilt"));
    wire.send(change(&String::from_utf8_lossy(&head)));
    wire.send(&request.body);
    wire.finish();
    let finding = match upload.read(&mut wire, "PUT") {
        Ok(answer) => answer.refuses(&[400, 408, 413, 431, 501, 505]),
        Err(none @ (NoAnswer::Closed | NoAnswer::Reset)) => Finding::ok(none.to_string()),
        // An answer of HTTP/0.9 has no head.
        Err(none @ NoAnswer::Malformed(_)) => Finding::lenient(none.to_string()),
        Err(none) => return Err(none.into()),
    };
    Ok(finding.and(upload.finish()))
}
