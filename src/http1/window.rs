//! How much of a buffer is the head, and what httparse made of it.

use httparse::Status;

use super::HeadError;

/// The largest head that is accepted, in bytes, its last empty line included.
pub const MAX_HEAD: usize = 16 * 1024;

/// The part of a buffer that can belong to the head, every line of which ends in CR LF.
///
/// httparse also takes a bare LF for the end of a line, as a recipient may (RFC 9112, section 2.2). Peers that do not
/// would see another message, so the lines are checked before it reads them.
pub(super) struct Window<'b> {
    pub(super) text: &'b [u8],
    whole: bool,
}

impl<'b> Window<'b> {
    pub(super) fn new(buf: &'b [u8]) -> Result<Self, HeadError> {
        let limited = buf.get(..MAX_HEAD).unwrap_or(buf);
        let mut len = 0_usize;
        for line in limited.split_inclusive(|byte| *byte == b'\n') {
            len = len.saturating_add(line.len());
            if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
                return Err(HeadError::LineEnd);
            }
            if line == b"\r\n" {
                let text = limited.get(..len).unwrap_or(limited);
                return Ok(Self { text, whole: true });
            }
        }
        if len == MAX_HEAD {
            return Err(HeadError::TooLarge { got: buf.len() });
        }
        Ok(Self { text: limited, whole: false })
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
            Ok(Status::Complete(len)) if self.whole && len == self.text.len() => Ok(Some(len)),
            Ok(Status::Partial) if !self.whole => Ok(None),
            Err(httparse::Error::Version) => {
                let found = version_at(self.text);
                let is_http = found.is_some_and(|version| version.starts_with(b"HTTP/"));
                Err(if is_http { HeadError::Version } else { HeadError::StartLine })
            }
            // The two answers that are left mean empty lines where there should be a start line.
            Ok(_) | Err(httparse::Error::Status | httparse::Error::Token) => Err(HeadError::StartLine),
            Err(httparse::Error::NewLine) => Err(HeadError::LineEnd),
            Err(httparse::Error::HeaderName) => Err(HeadError::FieldName),
            Err(httparse::Error::HeaderValue) => Err(HeadError::FieldValue),
            Err(httparse::Error::TooManyHeaders) => Err(HeadError::TooManyFields { limit }),
        }
    }
}
