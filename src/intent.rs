//! What a request asks for, in words that every dialect shares.

use core::fmt;

use crate::offset;

/// One request about an upload, as its dialect has read it from the head.
///
/// Its [`Display`](fmt::Display) uses half-open ranges: `append 43..2000000 of 2000000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// Add bytes.
    Append(Append),
    /// Ask how many bytes are persisted, and perhaps close the upload.
    Status(Status),
    /// Give the upload up.
    Cancel,
}

/// A request to add bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Append {
    /// The offset of the body's first byte in the object.
    pub at: u64,
    /// Where the body ends.
    pub extent: Extent,
    /// The size of the whole object in bytes, if the request names it.
    pub total: Option<u64>,
    /// The length of the body in bytes, if its framing tells.
    pub body: Option<u64>,
}

/// Where the body of an append ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// At this offset of the object (exclusive).
    To(u64),
    /// Wherever the body ends, and more may follow in a later request.
    Body,
    /// Wherever the body ends, which is the end of the object.
    Last,
}

/// A question about the upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status {
    /// The size of the whole object in bytes, if the request names it. If all of it is persisted, the question also
    /// closes the upload.
    pub total: Option<u64>,
    /// The length of the body in bytes, if its framing tells. A question has none.
    pub body: Option<u64>,
}

impl Intent {
    /// Whether the upload can be complete once this request is answered: the last bytes, or a question that also
    /// closes. A client that declares a checksum of the whole object does so with these.
    ///
    /// ```
    /// use resumable::{Append, Extent, Intent, Status};
    ///
    /// let part = Append { at: 0, extent: Extent::To(7), total: Some(11), body: Some(7) };
    /// let last = Append { at: 7, extent: Extent::To(11), total: Some(11), body: Some(4) };
    /// assert!(!Intent::Append(part).can_complete());
    /// assert!(Intent::Append(last).can_complete());
    /// assert!(Intent::Append(Append { extent: Extent::Body, ..last }).can_complete());
    /// assert!(!Intent::Append(Append { extent: Extent::Body, ..part }).can_complete());
    /// assert!(Intent::Status(Status { total: Some(11), body: Some(0) }).can_complete());
    /// assert!(!Intent::Status(Status { total: None, body: Some(0) }).can_complete());
    /// ```
    #[must_use]
    pub fn can_complete(&self) -> bool {
        match *self {
            Self::Append(Append { extent: Extent::To(end), total, .. }) => total == Some(end),
            Self::Append(Append { at, extent: Extent::Body, total, body }) => {
                total.is_some() && body.is_none_or(|body| offset::end(at, body) == total)
            }
            Self::Append(Append { extent: Extent::Last, .. }) => true,
            Self::Status(Status { total, .. }) => total.is_some(),
            Self::Cancel => false,
        }
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = match *self {
            Self::Append(Append { at, extent, total, .. }) => {
                match extent {
                    Extent::To(end) => write!(f, "append {at}..{end}")?,
                    Extent::Body => write!(f, "append {at}..")?,
                    Extent::Last => write!(f, "append {at}..end")?,
                }
                total
            }
            Self::Status(Status { total, .. }) => {
                f.write_str("status")?;
                total
            }
            Self::Cancel => return f.write_str("cancel"),
        };
        total.map_or(Ok(()), |total| write!(f, " of {total}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_at_the_total_can_complete() {
        let append = |extent, total, body| Intent::Append(Append { at: 7, extent, total, body });
        let status = |total| Intent::Status(Status { total, body: Some(0) });
        for (intent, can) in [
            (append(Extent::To(11), Some(11), Some(4)), true),
            (append(Extent::To(11), Some(13), Some(4)), false),
            (append(Extent::To(11), None, Some(4)), false),
            (append(Extent::Body, Some(11), Some(4)), true),
            (append(Extent::Body, Some(13), Some(4)), false),
            (append(Extent::Body, Some(11), None), true),
            (append(Extent::Body, None, Some(4)), false),
            (append(Extent::Body, None, None), false),
            (append(Extent::Body, None, Some(u64::MAX)), false),
            (append(Extent::Last, None, None), true),
            (append(Extent::Last, Some(13), Some(4)), true),
            (status(Some(7)), true),
            (status(None), false),
            (Intent::Cancel, false),
        ] {
            assert_eq!(intent.can_complete(), can, "{intent:?}");
        }
    }
}
