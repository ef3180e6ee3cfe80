//! Request and response heads: from the bytes to plain data.

use core::fmt;

use httparse::Header;

use super::bytes::{is_host, is_target};
use super::framing::{Declared, declared};
use super::message::MessageFields;
use super::window::Window;
use super::{Framing, HeadError, Options};
use crate::fields::Field;

/// How many header fields a host should make room for: the length of the array that it hands to the parser.
pub const MAX_HEADERS: usize = 64;

/// The version in a start line (RFC 9112, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `HTTP/1.0`
    Http10,
    /// `HTTP/1.1`
    Http11,
}

/// One request head. It borrows the caller's buffer and header array.
///
/// `Debug` shows the names of the fields only: a session's URL and the credentials beside it let anyone who reads
/// them write to the upload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestHead<'h, 'b> {
    /// The method, a token, as it was sent: methods are case-sensitive (RFC 9110, section 9.1).
    pub method: &'b str,
    /// The request target: visible ASCII, not decoded.
    pub target: &'b str,
    /// The version of the request line.
    pub version: Version,
    /// The fields, in order, values without the white space around them. See [`Fields`](crate::fields::Fields) for looking them up.
    pub headers: &'h [Header<'b>],
    /// How many bytes of the buffer the head takes. The body starts there.
    pub len: usize,
    /// Where the body ends: [`Framing::Length`] or [`Framing::Chunked`].
    pub body: Framing,
    /// Whether the connection may carry another request after this one (RFC 9112, section 9.3). It may only if the
    /// body was read to its end, too.
    pub keep_alive: bool,
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1). Never true in
    /// HTTP/1.0, which has no such answer, nor without a body.
    pub expect_continue: bool,
}

/// One response head. It borrows the caller's buffer and header array.
///
/// `Debug` shows the names of the fields only: a `Location` can be a session's URL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ResponseHead<'h, 'b> {
    /// The status code, 100 to 999. The RFC defines them below 600; what to make of others is the caller's.
    pub status: u16,
    /// The reason phrase; empty if there is none, or if it has bytes above ASCII. It means nothing (RFC 9112, section 4).
    pub reason: &'b str,
    /// The version of the status line.
    pub version: Version,
    /// The fields, in order, values without the white space around them. See [`Fields`](crate::fields::Fields) for looking them up.
    pub headers: &'h [Header<'b>],
    /// How many bytes of the buffer the head takes. The body, or the next head after a 1xx, starts there.
    pub len: usize,
    /// Where the body ends.
    pub body: Framing,
    /// Whether the connection may carry another request after this response (RFC 9112, section 9.3).
    pub keep_alive: bool,
}

/// Reads a request head from the start of `buf`; `Ok(None)` if it needs more bytes than there are yet.
///
/// One empty line before the request line is skipped, and counted in `len` (RFC 9112, section 2.2: some clients send
/// one after a body). Use one `headers` array per call; [`MAX_HEADERS`] is a good size.
///
/// # Errors
///
/// See [`HeadError`]. A wrong head is often refused before it is whole; more bytes never heal it.
///
/// ```
/// use resumable::fields::Fields;
/// use resumable::http1::{Framing, Options, parse_request};
///
/// let buf = b"PUT /u/1 HTTP/1.1\r\nHost: a\r\nContent-Range: bytes 0-6/7\r\nContent-Length: 7\r\n\r\nabc";
/// let mut headers = [httparse::EMPTY_HEADER; 8];
/// assert_eq!(parse_request(&buf[..42], &mut headers, Options::default())?, None);
///
/// let head = parse_request(buf, &mut headers, Options::default())?.expect("the head is whole");
/// assert_eq!(head.body, Framing::Length(7));
/// assert_eq!(head.headers.field("content-range").one(), Some(&b"bytes 0-6/7"[..]));
/// assert_eq!(&buf[head.len..], b"abc");
/// # Ok::<(), resumable::http1::HeadError>(())
/// ```
pub fn parse_request<'h, 'b>(
    buf: &'b [u8],
    headers: &'h mut [Header<'b>],
    options: Options,
) -> Result<Option<RequestHead<'h, 'b>>, HeadError> {
    let text = buf.strip_prefix(b"\r\n").unwrap_or(buf);
    let skipped = buf.len().saturating_sub(text.len());
    let window = Window::new(text)?;
    let limit = headers.len();
    let mut parsed = httparse::Request::new(headers);
    let outcome = parsed.parse(window.text);
    let Some(len) = window.settle(outcome, limit, |text| text.splitn(3, |byte| *byte == b' ').nth(2))? else {
        return Ok(None);
    };
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else {
        return Err(HeadError::StartLine);
    };
    if !is_target(target) {
        return Err(HeadError::StartLine);
    }
    let version = version(parsed.version)?;
    let headers: &'h [Header<'b>] = parsed.headers;
    let fields = MessageFields::of(headers);
    check_host(fields.host, version)?;
    let declared = declared(fields.content_length, fields.transfer_encoding, version)?;
    let body = match declared {
        Declared::Nothing => Framing::Length(0),
        Declared::Length(length) => Framing::Length(length),
        Declared::Chunked => Framing::Chunked,
        Declared::Both if options.allow_length_with_chunked => Framing::Chunked,
        Declared::Both => return Err(HeadError::LengthWithCoding),
    };
    Ok(Some(RequestHead {
        method,
        target,
        version,
        headers,
        len: len.saturating_add(skipped),
        body,
        keep_alive: keep_alive(&fields, version) && declared != Declared::Both,
        expect_continue: version == Version::Http11 && body != Framing::Length(0) && fields.expect_continue,
    }))
}

/// Reads a response head from the start of `buf`; `Ok(None)` if it needs more bytes than there are yet.
///
/// `to_method` is the method of the request that is answered: a response to HEAD has no body whatever its fields say,
/// nor have 1xx, 204 and 304 (RFC 9112, section 6.3).
///
/// A 1xx response is not the answer: the caller drops `len` bytes and parses again (RFC 9110, section 15.2). It sends
/// no Upgrade and no CONNECT, so it never sees 101 or a tunnel; should one come, `keep_alive` is false.
///
/// # Errors
///
/// See [`HeadError`]; the fields that frame a body are checked even where there is none.
///
/// ```
/// use resumable::http1::{Framing, parse_response};
///
/// let buf = b"HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-42\r\nContent-Length: 0\r\n\r\n";
/// let mut headers = [httparse::EMPTY_HEADER; 8];
/// let head = parse_response(buf, &mut headers, "PUT")?.expect("the head is whole");
/// assert_eq!((head.status, head.body, head.len), (308, Framing::Length(0), buf.len()));
/// # Ok::<(), resumable::http1::HeadError>(())
/// ```
pub fn parse_response<'h, 'b>(
    buf: &'b [u8],
    headers: &'h mut [Header<'b>],
    to_method: &str,
) -> Result<Option<ResponseHead<'h, 'b>>, HeadError> {
    let window = Window::new(buf)?;
    let limit = headers.len();
    let mut parsed = httparse::Response::new(headers);
    let outcome = parsed.parse(window.text);
    let Some(len) = window.settle(outcome, limit, Some)? else {
        return Ok(None);
    };
    let (Some(status @ 100..), Some(reason)) = (parsed.code, parsed.reason) else {
        return Err(HeadError::StartLine);
    };
    let version = version(parsed.version)?;
    let headers: &'h [Header<'b>] = parsed.headers;
    let fields = MessageFields::of(headers);
    let declared = declared(fields.content_length, fields.transfer_encoding, version)?;
    let tunnel = status == 101 || (to_method == "CONNECT" && (200..300).contains(&status));
    let bodiless = status < 200 || matches!(status, 204 | 304) || to_method == "HEAD";
    let body = match declared {
        Declared::Both => return Err(HeadError::LengthWithCoding),
        _ if tunnel => Framing::UntilClose,
        _ if bodiless => Framing::Length(0),
        Declared::Nothing => Framing::UntilClose,
        Declared::Length(length) => Framing::Length(length),
        Declared::Chunked => Framing::Chunked,
    };
    Ok(Some(ResponseHead {
        status,
        reason,
        version,
        headers,
        len,
        body,
        keep_alive: keep_alive(&fields, version) && body != Framing::UntilClose,
    }))
}

fn version(minor: Option<u8>) -> Result<Version, HeadError> {
    match minor {
        Some(0) => Ok(Version::Http10),
        Some(1) => Ok(Version::Http11),
        _ => Err(HeadError::Version),
    }
}

/// RFC 9112, section 3.2. HTTP/1.0 did not know the field, so there it may be missing.
fn check_host(host: Field<'_>, version: Version) -> Result<(), HeadError> {
    match host {
        Field::Absent if version == Version::Http10 => Ok(()),
        Field::Absent => Err(HeadError::HostMissing),
        Field::One(value) if is_host(value) => Ok(()),
        Field::One(_) => Err(HeadError::Host),
        Field::Repeated => Err(HeadError::HostRepeated),
    }
}

/// RFC 9112, section 9.3.
fn keep_alive(fields: &MessageFields<'_>, version: Version) -> bool {
    !fields.close && (version == Version::Http11 || fields.keep_alive)
}

impl fmt::Debug for RequestHead<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("version", &self.version)
            .field("headers", &Names(self.headers))
            .field("len", &self.len)
            .field("body", &self.body)
            .field("keep_alive", &self.keep_alive)
            .field("expect_continue", &self.expect_continue)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ResponseHead<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status)
            .field("reason", &self.reason)
            .field("version", &self.version)
            .field("headers", &Names(self.headers))
            .field("len", &self.len)
            .field("body", &self.body)
            .field("keep_alive", &self.keep_alive)
            .finish()
    }
}

/// Shows the names of fields and hides the values.
struct Names<'h, 'b>(&'h [Header<'b>]);

impl fmt::Debug for Names<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|header| header.name)).finish()
    }
}
