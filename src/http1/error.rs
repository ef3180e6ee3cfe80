//! Why a head or a body is refused, and the status that says so.

use thiserror::Error;

use super::{MAX_EXTENSION, MAX_HEAD, MAX_SIZE_DIGITS, MAX_TRAILERS};

/// Why a head is refused. Nothing after it in the buffer can be trusted: answer [`status`](Self::status) and close.
///
/// ```
/// use resumable::http1::{HeadError, Options, parse_request};
///
/// let mut headers = [httparse::EMPTY_HEADER; 4];
/// let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +7\r\n\r\n";
/// let error = parse_request(head, &mut headers, Options::default()).unwrap_err();
/// assert_eq!(error, HeadError::Length);
/// assert_eq!(error.status(), 400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum HeadError {
    /// There is no end of the head within [`MAX_HEAD`] bytes.
    #[error("expected a head of at most {MAX_HEAD} bytes, got {got} without its end")]
    TooLarge {
        /// Bytes in the caller's buffer.
        got: usize,
    },
    /// There are more header fields than the caller made room for.
    #[error("expected at most {limit} header fields, got more")]
    TooManyFields {
        /// The length of the caller's array.
        limit: usize,
    },
    /// The request line or status line has the wrong form (RFC 9112, sections 3 and 4).
    #[error("expected a request line or a status line, got something else")]
    StartLine,
    /// The version is neither HTTP/1.0 nor HTTP/1.1.
    #[error("expected HTTP/1.0 or HTTP/1.1, got another version")]
    Version,
    /// A line ends in LF without CR, or has a CR without LF after it, or the request line goes on after the version
    /// (RFC 9112, sections 2.2 and 3).
    #[error("expected CR LF at the end of a line, got something else")]
    LineEnd,
    /// A field line does not start with a token and a colon. This is also what obsolete line folding and white space
    /// before the colon are refused with (RFC 9112, sections 5.1 and 5.2).
    #[error("expected a field name and a colon, got another byte")]
    FieldName,
    /// A field value has a control byte in it (RFC 9110, section 5.5).
    #[error("expected a field value without control bytes, got one")]
    FieldValue,
    /// An HTTP/1.1 request has no Host (RFC 9112, section 3.2).
    #[error("expected one host, got none")]
    HostMissing,
    /// A request has more than one Host.
    #[error("expected one host, got more than one")]
    HostRepeated,
    /// The Host has a byte that no authority has.
    #[error("expected a host with an optional port, got another byte")]
    Host,
    /// Content-Length is not made of decimal digits only (RFC 9110, section 8.6).
    #[error("expected a content-length of decimal digits, got something else")]
    Length,
    /// Content-Length does not fit a `u64`.
    #[error("expected a content-length of at most {}, got a larger one", u64::MAX)]
    LengthTooLarge,
    /// There is more than one Content-Length; whether they are equal does not matter.
    #[error("expected one content-length, got more than one")]
    LengthRepeated,
    /// Content-Length comes together with Transfer-Encoding (RFC 9112, section 6.3); see [`Options`](super::Options).
    #[error("expected content-length or transfer-encoding, got both")]
    LengthWithCoding,
    /// Chunked is not the last transfer coding, or not there once: the end of the body cannot be told.
    #[error("expected the transfer coding `chunked`, once and last, got something else")]
    Coding,
    /// There are other codings under chunked, which this crate does not undo.
    #[error("expected the transfer coding `chunked` alone, got others before it")]
    CodingUnknown,
    /// There is more than one Transfer-Encoding.
    #[error("expected one transfer-encoding, got more than one")]
    CodingRepeated,
    /// An HTTP/1.0 message has a Transfer-Encoding, which that version does not know (RFC 9112, section 6.1).
    #[error("expected no transfer-encoding in HTTP/1.0, got one")]
    CodingInHttp10,
}

impl HeadError {
    /// The status that a server answers with: 400, 431, 501 or 505.
    ///
    /// A client that refuses a response has nobody to answer; a gateway would say 502.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLarge { .. } | Self::TooManyFields { .. } => 431,
            Self::CodingUnknown => 501,
            Self::Version => 505,
            Self::StartLine
            | Self::LineEnd
            | Self::FieldName
            | Self::FieldValue
            | Self::HostMissing
            | Self::HostRepeated
            | Self::Host
            | Self::Length
            | Self::LengthTooLarge
            | Self::LengthRepeated
            | Self::LengthWithCoding
            | Self::Coding
            | Self::CodingRepeated
            | Self::CodingInHttp10 => 400,
        }
    }
}

/// Why a body is refused. Where it ends is not known, so the connection has to be closed.
///
/// ```
/// use resumable::http1::{Body, BodyError, Framing};
///
/// let error = Body::new(Framing::Chunked).decode(b"-7\r\n").unwrap_err();
/// assert_eq!(error, BodyError::Size { got: b'-' });
/// assert_eq!(error.to_string(), "expected a chunk size in hexadecimal digits, got byte 0x2d");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum BodyError {
    /// A chunk does not start with a hexadecimal digit, or its size is followed by what cannot follow.
    #[error("expected a chunk size in hexadecimal digits, got byte {got:#04x}")]
    Size {
        /// The byte in its place.
        got: u8,
    },
    /// A chunk size has more than [`MAX_SIZE_DIGITS`] digits, and so could be beyond a `u64`.
    #[error("expected a chunk size of at most {MAX_SIZE_DIGITS} digits, got more")]
    SizeTooLong,
    /// A chunk extension has a control byte in it, or white space before it is not followed by a semicolon.
    #[error("expected a chunk extension, got byte {got:#04x}")]
    Extension {
        /// The byte in its place.
        got: u8,
    },
    /// The extensions of one chunk take more than [`MAX_EXTENSION`] bytes.
    #[error("expected chunk extensions of at most {MAX_EXTENSION} bytes, got more")]
    ExtensionTooLong,
    /// A CR is not followed by LF, or an LF comes without its CR.
    #[error("expected a line to end in CR LF, got byte {got:#04x}")]
    LineEnd {
        /// The byte in its place.
        got: u8,
    },
    /// The data of a chunk goes on where its size says that it ends.
    #[error("expected CR LF after the data of a chunk, got byte {got:#04x}")]
    ChunkEnd {
        /// The byte in its place.
        got: u8,
    },
    /// A trailer is not a token, a colon and a value. This is also what obsolete line folding is refused with.
    #[error("expected a trailer field, got byte {got:#04x}")]
    Trailer {
        /// The byte in its place.
        got: u8,
    },
    /// The trailer section takes more than [`MAX_TRAILERS`] bytes.
    #[error("expected trailers of at most {MAX_TRAILERS} bytes, got more")]
    TrailersTooLong,
}

impl BodyError {
    /// The status that a server answers with: 431 for trailers that are too long, else 400.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TrailersTooLong => 431,
            Self::Size { .. }
            | Self::SizeTooLong
            | Self::Extension { .. }
            | Self::ExtensionTooLong
            | Self::LineEnd { .. }
            | Self::ChunkEnd { .. }
            | Self::Trailer { .. } => 400,
        }
    }
}
