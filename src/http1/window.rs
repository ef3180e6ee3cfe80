//! How much of a buffer can be the head, and what httparse made of it.

use core::ops::BitOr;

use httparse::Status;

use super::HeadError;

/// The largest head that is accepted, in bytes, its last empty line included.
pub const MAX_HEAD: usize = 16 * 1024;

/// The part of a buffer that can belong to the head.
pub(super) struct Window<'b> {
    pub(super) text: &'b [u8],
    /// How many bytes there are in all.
    buffered: usize,
}

impl<'b> Window<'b> {
    pub(super) fn new(buf: &'b [u8]) -> Result<Self, HeadError> {
        // httparse skips any number of empty lines; the one that may stand before a request is gone already.
        if buf.starts_with(b"\r\n") {
            return Err(HeadError::StartLine);
        }
        Ok(Self { text: buf.get(..MAX_HEAD).unwrap_or(buf), buffered: buf.len() })
    }

    /// What httparse's answer means: the head's length, or that it needs more. `version_at` finds the place of the
    /// version, to tell another version from what is not HTTP at all.
    pub(super) fn settle(
        &self,
        outcome: httparse::Result<usize>,
        limit: usize,
        version_at: impl FnOnce(&'b [u8]) -> Option<&'b [u8]>,
    ) -> Result<Option<usize>, HeadError> {
        match outcome {
            Ok(Status::Complete(len)) => {
                check_lines(self.text.get(..len).unwrap_or(self.text))?;
                Ok(Some(len))
            }
            Ok(Status::Partial) => {
                check_lines(self.text)?;
                if self.text.len() < MAX_HEAD { Ok(None) } else { Err(HeadError::TooLarge { got: self.buffered }) }
            }
            Err(httparse::Error::Version) => {
                let found = version_at(self.text);
                let is_http = found.is_some_and(|version| version.starts_with(b"HTTP/"));
                Err(if is_http { HeadError::Version } else { HeadError::StartLine })
            }
            Err(httparse::Error::Status | httparse::Error::Token) => Err(HeadError::StartLine),
            Err(httparse::Error::NewLine) => Err(HeadError::LineEnd),
            Err(httparse::Error::HeaderName) => Err(HeadError::FieldName),
            Err(httparse::Error::HeaderValue) => Err(HeadError::FieldValue),
            Err(httparse::Error::TooManyHeaders) => Err(HeadError::TooManyFields { limit }),
        }
    }
}

/// Every line has to end in CR LF.
///
/// httparse also takes a bare LF for the end of a line, as a recipient may (RFC 9112, section 2.2). Peers that do not
/// would see another message.
fn check_lines(text: &[u8]) -> Result<(), HeadError> {
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    let bare = pairs.map(|(before, byte)| *byte == b'\n' && *before != b'\r');
    // It goes on after the first, so that many bytes can be compared at once.
    let bare = bare.fold(text.first() == Some(&b'\n'), BitOr::bitor);
    if bare { Err(HeadError::LineEnd) } else { Ok(()) }
}
