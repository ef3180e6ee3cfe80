//! Where a body ends: what Content-Length and Transfer-Encoding say (RFC 9112, section 6).

use super::{HeadError, Version};
use crate::digits::whole;
use crate::fields::Field;

/// Where the body after a head ends.
///
/// ```
/// use resumable::http1::Framing;
///
/// assert_eq!(Framing::Length(43).length(), Some(43));
/// assert_eq!(Framing::Chunked.length(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// After this many bytes. A message without a body has `Length(0)`.
    Length(u64),
    /// Where the chunked coding says so (RFC 9112, section 7.1).
    Chunked,
    /// Where the peer closes the connection. Only responses can end so: a request that did could not be told from one
    /// that was cut.
    UntilClose,
}

impl Framing {
    /// The body's size in bytes, if the head tells it.
    #[must_use]
    pub const fn length(self) -> Option<u64> {
        match self {
            Self::Length(length) => Some(length),
            Self::Chunked | Self::UntilClose => None,
        }
    }
}

/// What to tolerate in a request although it is wrong. Everything is off by default; each option names the peer that
/// needs it.
///
/// ```
/// use resumable::http1::{Framing, HeadError, Options, parse_request};
///
/// let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n";
/// let mut headers = [httparse::EMPTY_HEADER; 4];
/// let refused = parse_request(head, &mut headers, Options::default());
/// assert_eq!(refused, Err(HeadError::LengthWithCoding));
///
/// let options = Options { allow_length_with_chunked: true };
/// let head = parse_request(head, &mut headers, options)?.expect("the head is whole");
/// assert_eq!((head.body, head.keep_alive), (Framing::Chunked, false));
/// # Ok::<(), HeadError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// R04: accept a request with both Content-Length and chunked. Chunked counts, and `keep_alive` is false, as
    /// RFC 9112, section 6.1, demands. redivis-python sends both when it uploads an empty file.
    ///
    /// Leave it off behind a proxy that passes such requests on: this is how requests are smuggled past it.
    pub allow_length_with_chunked: bool,
}

/// What a head declares about its body, before the rules of requests and responses are applied to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Nothing,
    Length(u64),
    Chunked,
    Both,
}

/// What the two fields say together.
pub(super) fn declared(length: Field<'_>, coding: Field<'_>, version: Version) -> Result<Declared, HeadError> {
    let length = match length {
        Field::Absent => None,
        Field::One(value) => Some(parse_length(value)?),
        Field::Repeated => return Err(HeadError::LengthRepeated),
    };
    let chunked = match coding {
        Field::Absent => false,
        Field::One(_) | Field::Repeated if version == Version::Http10 => {
            return Err(HeadError::CodingInHttp10);
        }
        Field::One(value) => {
            check_coding(value)?;
            true
        }
        Field::Repeated => return Err(HeadError::CodingRepeated),
    };
    Ok(match (length, chunked) {
        (None, false) => Declared::Nothing,
        (Some(length), false) => Declared::Length(length),
        (None, true) => Declared::Chunked,
        (Some(_), true) => Declared::Both,
    })
}

/// `Content-Length = 1*DIGIT` (RFC 9110, section 8.6). The integer parser of `core` would accept a sign.
pub(super) fn parse_length(value: &[u8]) -> Result<u64, HeadError> {
    whole(value).ok_or_else(|| {
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        if is_number { HeadError::LengthTooLarge } else { HeadError::Length }
    })
}

/// Only `chunked` passes. Of the rest, RFC 9112, section 6.3, demands 400 where chunked is not last, and section 6.1
/// asks for 501 where it is, over a coding that is not understood.
pub(super) fn check_coding(value: &[u8]) -> Result<(), HeadError> {
    let mut codings = value.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let last_is_chunked = codings.next().is_some_and(is_chunked);
    let mut others = codings.peekable();
    if !last_is_chunked {
        Err(HeadError::Coding)
    } else if others.peek().is_none() {
        Ok(())
    } else if others.any(is_chunked) {
        Err(HeadError::Coding)
    } else {
        Err(HeadError::CodingUnknown)
    }
}
