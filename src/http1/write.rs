//! Heads and chunks: from plain data to bytes in the caller's buffer.

use thiserror::Error;

use super::bytes::{is_host, is_target, is_token, is_value};
use super::framing::{check_coding, parse_length};
use super::reason;
use crate::name::is_same;

/// What ends the data of a chunk (RFC 9112, section 7.1).
pub const CHUNK_END: &[u8; 2] = b"\r\n";

/// What ends a chunked body: the chunk of size 0, and no trailers.
pub const LAST_CHUNK: &[u8; 5] = b"0\r\n\r\n";

/// Why a head is not written. What the buffer then holds means nothing and must not be sent.
///
/// Fields are counted from 0, in the order in which the caller gave them.
///
/// ```
/// use resumable::http1::{WriteError, write_response};
///
/// let fields = [("Range", &b"bytes=0-42"[..]), ("Location", b"/\r\nSet-Cookie: a=b")];
/// assert_eq!(write_response(&mut [0; 256], 308, fields), Err(WriteError::Value { field: 1 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The head is valid, and larger than the buffer.
    #[error("expected room for {needed} bytes, got {room}")]
    NoSpace {
        /// The head's size in bytes.
        needed: usize,
        /// The buffer's size in bytes.
        room: usize,
    },
    /// The method is not a token.
    #[error("expected a method that is a token, got another byte, or nothing")]
    Method,
    /// The request target is empty, or has a byte outside visible ASCII.
    #[error("expected a target of visible ascii, got another byte, or nothing")]
    Target,
    /// The host has a byte that no authority has, or there is a Host among the fields.
    #[error("expected a host with an optional port, once, got something else")]
    Host,
    /// The status is not between 100 and 599 (RFC 9110, section 15).
    #[error("expected a status between 100 and 599, got {got}")]
    Status {
        /// The status that was asked for.
        got: u16,
    },
    /// The name of a field is not a token.
    #[error("expected a token as the name of field {field}, got another byte, or nothing")]
    Name {
        /// Which field.
        field: usize,
    },
    /// The value of a field has a control byte in it: that is how headers are injected. Or it is a Content-Length or
    /// Transfer-Encoding that the parsers of this module refuse.
    #[error("expected a valid value in field {field}, got another")]
    Value {
        /// Which field.
        field: usize,
    },
    /// There is a second field that says where the body ends.
    #[error("expected one content-length or transfer-encoding, got another in field {field}")]
    Framing {
        /// Which field.
        field: usize,
    },
}

/// Writes a request head for HTTP/1.1 to the start of `out`; its size in bytes.
///
/// Nothing is added to what is given: a body needs its Content-Length, or `Transfer-Encoding: chunked`, among `fields`.
///
/// # Errors
///
/// See [`WriteError`]: whatever is written here, [`parse_request`](super::parse_request) accepts, within its limits.
///
/// ```
/// let mut out = [0; 128];
/// let fields = [("Content-Range", &b"bytes */7"[..]), ("Content-Length", b"0")];
/// let len = resumable::http1::write_request(&mut out, "PUT", "/u/1", "a:8080", fields)?;
/// assert_eq!(
///     &out[..len],
///     b"PUT /u/1 HTTP/1.1\r\nHost: a:8080\r\nContent-Range: bytes */7\r\nContent-Length: 0\r\n\r\n",
/// );
/// # Ok::<(), resumable::http1::WriteError>(())
/// ```
pub fn write_request<'n, 'f>(
    out: &mut [u8],
    method: &str,
    target: &str,
    host: &str,
    fields: impl IntoIterator<Item = (&'n str, &'f [u8])>,
) -> Result<usize, WriteError> {
    if !is_token(method) {
        return Err(WriteError::Method);
    }
    if !is_target(target) {
        return Err(WriteError::Target);
    }
    if !is_host(host.as_bytes()) {
        return Err(WriteError::Host);
    }
    let mut writer = Writer { out, len: 0 };
    writer.put(method.as_bytes());
    writer.put_array(b" ");
    writer.put(target.as_bytes());
    writer.put_array(b" HTTP/1.1\r\nHost: ");
    writer.put(host.as_bytes());
    writer.put_array(b"\r\n");
    writer.put_fields(fields)?;
    writer.finish()
}

/// Writes a response head for HTTP/1.1 to the start of `out`; its size in bytes. The phrase is [`reason`]'s.
///
/// Nothing is added to what is given: without Content-Length or `Transfer-Encoding: chunked` among `fields`, the body
/// of most responses ends only where the connection is closed.
///
/// # Errors
///
/// See [`WriteError`]: whatever is written here, [`parse_response`](super::parse_response) accepts, within its limits.
///
/// ```
/// let mut out = [0; 128];
/// let len = resumable::http1::write_response(&mut out, 100, [])?;
/// assert_eq!(&out[..len], b"HTTP/1.1 100 Continue\r\n\r\n");
/// # Ok::<(), resumable::http1::WriteError>(())
/// ```
pub fn write_response<'n, 'f>(
    out: &mut [u8],
    status: u16,
    fields: impl IntoIterator<Item = (&'n str, &'f [u8])>,
) -> Result<usize, WriteError> {
    let [hundreds, tens, ones] = match status {
        100..600 => [status / 100, status / 10 % 10, status % 10].map(|digit| b'0' | digit.to_le_bytes()[0]),
        got => return Err(WriteError::Status { got }),
    };
    let mut writer = Writer { out, len: 0 };
    writer.put_array(&[b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', hundreds, tens, ones, b' ']);
    writer.put(reason(status).as_bytes());
    writer.put_array(b"\r\n");
    writer.put_fields(fields)?;
    writer.finish()
}

/// The line before the data of a chunk: its size in hexadecimal digits, CR LF.
///
/// ```
/// use resumable::http1::{CHUNK_END, LAST_CHUNK, chunk_head};
///
/// let mut sent = Vec::new();
/// for data in [&b"abcdefg"[..], b"", b"hijklmnopqr"] {
///     if let Some(head) = chunk_head(data.len() as u64) {
///         sent.extend_from_slice(head.as_bytes());
///         sent.extend_from_slice(data);
///         sent.extend_from_slice(CHUNK_END);
///     }
/// }
/// sent.extend_from_slice(LAST_CHUNK);
/// assert_eq!(sent, b"7\r\nabcdefg\r\nb\r\nhijklmnopqr\r\n0\r\n\r\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChunkHead {
    /// Right-aligned, so that the digits can be written from the last to the first.
    text: [u8; 18],
    start: u8,
}

/// The line before a chunk of `len` bytes; `None` for 0, because a chunk of that size would end the body.
#[must_use]
pub fn chunk_head(len: u64) -> Option<ChunkHead> {
    if len == 0 {
        return None;
    }
    let mut head = ChunkHead { text: *b"0000000000000000\r\n", start: 16 };
    let mut rest = len;
    for place in head.text.iter_mut().rev().skip(CHUNK_END.len()) {
        if rest == 0 {
            break;
        }
        *place = hex_digit(rest % 16);
        rest /= 16;
        head.start = head.start.saturating_sub(1);
    }
    Some(head)
}

impl ChunkHead {
    /// The line, as it is sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(usize::from(self.start)..).unwrap_or(&self.text)
    }
}

impl AsRef<[u8]> for ChunkHead {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// The digit for a value below 16.
fn hex_digit(value: u64) -> u8 {
    let digit = u32::try_from(value).ok().and_then(|value| char::from_digit(value, 16));
    digit.and_then(|digit| u8::try_from(digit).ok()).unwrap_or(b'0')
}

/// Writes what fits and counts everything, so that an error can tell how much room is needed.
struct Writer<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl Writer<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        // In two steps, so that the optimizer sees that both lengths are the same: then the copy cannot panic.
        if let Some(room) = self.out.get_mut(self.len..).and_then(|rest| rest.get_mut(..bytes.len())) {
            copy(room, bytes);
        }
        self.len = self.len.saturating_add(bytes.len());
    }

    /// The same where the length is known beforehand: that is no call, but a move or two.
    #[inline]
    fn put_array<const N: usize>(&mut self, bytes: &[u8; N]) {
        if let Some(room) = self.out.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *room = *bytes;
        }
        self.len = self.len.saturating_add(N);
    }

    fn put_fields<'n, 'f>(&mut self, fields: impl IntoIterator<Item = (&'n str, &'f [u8])>) -> Result<(), WriteError> {
        let mut framed = false;
        for (at, (name, value)) in fields.into_iter().enumerate() {
            let key = name.as_bytes();
            let is_length = is_same(key, b"content-length");
            let is_coding = is_same(key, b"transfer-encoding");
            // These are tokens.
            if !(is_length || is_coding || is_token(name)) {
                return Err(WriteError::Name { field: at });
            }
            if is_same(key, b"host") {
                return Err(WriteError::Host);
            }
            let is_valid = is_value(value)
                && (!is_length || parse_length(value).is_ok())
                && (!is_coding || check_coding(value).is_ok());
            if !is_valid {
                return Err(WriteError::Value { field: at });
            }
            if is_length || is_coding {
                if framed {
                    return Err(WriteError::Framing { field: at });
                }
                framed = true;
            }
            self.put(name.as_bytes());
            self.put_array(b": ");
            self.put(value);
            self.put_array(b"\r\n");
        }
        Ok(())
    }

    fn finish(mut self) -> Result<usize, WriteError> {
        self.put_array(b"\r\n");
        if self.len > self.out.len() {
            return Err(WriteError::NoSpace { needed: self.len, room: self.out.len() });
        }
        Ok(self.len)
    }
}

/// Copies bytes to where there is room for just as many. Most parts of a head are short: those are two moves, which may write
/// some bytes twice, where a call would take longer than the copy.
#[inline]
fn copy(room: &mut [u8], bytes: &[u8]) {
    match bytes.len() {
        8..=16 => copy_ends::<8>(room, bytes),
        17..=32 => copy_ends::<16>(room, bytes),
        _ => room.copy_from_slice(bytes),
    }
}

/// Copies the first and the last `N` bytes, if there are as many.
#[inline]
fn copy_ends<const N: usize>(room: &mut [u8], bytes: &[u8]) {
    if let (Some(to), Some(first)) = (room.first_chunk_mut::<N>(), bytes.first_chunk()) {
        *to = *first;
    }
    if let (Some(to), Some(last)) = (room.last_chunk_mut::<N>(), bytes.last_chunk()) {
        *to = *last;
    }
}
