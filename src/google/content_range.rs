//! `Content-Range` in a request: which bytes of the upload its body holds, or a question.
//!
//! RFC 9110, section 14.4, defines the field for answers. Google's servers read it in requests, where the form with
//! `*` in place of the range, which the RFC has for 416, asks how much was persisted
//! (<https://cloud.google.com/storage/docs/performing-resumable-uploads>), and where Google's own clients also send
//! `first-*`, which the RFC does not have: the body's end is the end of the object.
//!
//! ```text
//! Content-Range = "bytes" SP ( first "-" last / first "-*" / "*" ) "/" ( total / "*" )
//! ```

use core::fmt;

use super::text::{Back, Text};
use crate::digits::{Cursor, first_difference, whole};

pub use super::error::ContentRangeError;

/// What a `Content-Range` says. The fields keep to the rules: a value that breaks them cannot be made.
///
/// All numbers are bytes from the start of the upload. On the wire a range is inclusive; here it is half-open.
///
/// ```
/// use resumable::google::content_range::{ContentRange, Leniency};
///
/// let range = ContentRange::parse(b"bytes 43-1999999/2000000", Leniency::default())?;
/// assert_eq!(Some(range), ContentRange::range(43, 2_000_000, Some(2_000_000)));
/// assert_eq!(range.encode().as_bytes(), b"bytes 43-1999999/2000000");
/// # Ok::<(), resumable::google::content_range::ContentRangeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentRange {
    /// `bytes a-b/T` or `bytes a-b/*`: the body is data.
    #[non_exhaustive]
    Range {
        /// Where the body's first byte belongs.
        start: u64,
        /// Where the body ends: the first byte that is not in it, one more than on the wire. Above `start`.
        end: u64,
        /// The length of the whole upload, if it is known: `end` or more.
        total: Option<u64>,
    },
    /// `bytes a-*/T` or `bytes a-*/*`: the body is data, and its end is the end of the upload.
    #[non_exhaustive]
    From {
        /// Where the body's first byte belongs, if there is one.
        start: u64,
        /// The length of the whole upload, if it is known: `start` or more.
        total: Option<u64>,
    },
    /// `bytes */T` or `bytes */*`: no data, but the question how much was persisted; with a total that may also end
    /// the upload.
    #[non_exhaustive]
    Unsatisfied {
        /// The length of the whole upload, if it is known.
        total: Option<u64>,
    },
}

impl ContentRange {
    /// The bytes from `start` to before `end` of an upload of `total` bytes, if that is known.
    ///
    /// `None` unless `start < end <= total`: there is no way to write a range that is empty, so no value for it.
    ///
    /// ```
    /// use resumable::google::content_range::ContentRange;
    ///
    /// let range = ContentRange::range(0, 262_144, None).ok_or("empty")?;
    /// assert_eq!(range.to_string(), "bytes 0-262143/*");
    /// assert_eq!(ContentRange::range(7, 7, Some(7)), None);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub const fn range(start: u64, end: u64, total: Option<u64>) -> Option<Self> {
        match total {
            Some(total) if end > total => None,
            _ if start >= end => None,
            _ => Some(Self::Range { start, end, total }),
        }
    }

    /// The bytes from `start` to wherever the body ends, which is the end of an upload of `total` bytes, if that is
    /// known.
    ///
    /// `None` unless `start <= total`. The body may be empty.
    ///
    /// ```
    /// use resumable::google::content_range::ContentRange;
    ///
    /// let rest = ContentRange::to_end_of_body(7, None).ok_or("beyond the total")?;
    /// assert_eq!(rest.to_string(), "bytes 7-*/*");
    /// assert_eq!(ContentRange::to_end_of_body(8, Some(7)), None);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub const fn to_end_of_body(start: u64, total: Option<u64>) -> Option<Self> {
        match total {
            Some(total) if start > total => None,
            _ => Some(Self::From { start, total }),
        }
    }

    /// No bytes: the question how much was persisted of an upload of `total` bytes, if that is known.
    ///
    /// ```
    /// use resumable::google::content_range::ContentRange;
    ///
    /// assert_eq!(ContentRange::unsatisfied(None).to_string(), "bytes */*");
    /// assert_eq!(ContentRange::unsatisfied(Some(0)).to_string(), "bytes */0");
    /// ```
    #[must_use]
    pub const fn unsatisfied(total: Option<u64>) -> Self {
        Self::Unsatisfied { total }
    }

    /// Reads the field's value, without white space around it, in the forms of R01 and within the bounds of R02.
    ///
    /// # Errors
    ///
    /// A [`ContentRangeError`] for everything else, unless `leniency` asks for it.
    ///
    /// ```
    /// use resumable::google::content_range::{ContentRange, ContentRangeError, Leniency};
    ///
    /// let strict = |value| ContentRange::parse(value, Leniency::default());
    /// assert_eq!(strict(b"bytes */2000000"), Ok(ContentRange::unsatisfied(Some(2_000_000))));
    /// assert_eq!(strict(b"*/2000000"), Err(ContentRangeError::Unit { at: 0, found: Some(b'*') }));
    /// assert_eq!(strict(b"bytes 0-10/10"), Err(ContentRangeError::LastNotBelowTotal { last: 10, total: 10 }));
    /// ```
    pub fn parse(value: &[u8], leniency: Leniency) -> Result<Self, ContentRangeError> {
        match read_common(value) {
            Some(range) => Ok(range),
            None => Self::parse_any(value, leniency),
        }
    }

    /// Reads all forms, and finds out what is wrong.
    #[inline(never)]
    fn parse_any(value: &[u8], leniency: Leniency) -> Result<Self, ContentRangeError> {
        let mut cursor = Cursor::new(value);
        if !cursor.skip_ignoring_case(UNIT) && !leniency.reads_without_unit(value) {
            let (at, found) = first_difference(value, UNIT);
            return Err(ContentRangeError::Unit { at, found });
        }
        read_range(cursor).or_else(|error| leniency.forgive(error, cursor.rest()))
    }

    /// Writes the field's value, with the unit in lower case and without leading zeros.
    ///
    /// [`Display`](fmt::Display) writes the same.
    ///
    /// ```
    /// use resumable::google::content_range::{ContentRange, Leniency};
    ///
    /// let range = ContentRange::parse(b"BYTES 007-*/0042", Leniency::default())?;
    /// assert_eq!(range.encode().as_str(), "bytes 7-*/42");
    /// # Ok::<(), resumable::google::content_range::ContentRangeError>(())
    /// ```
    #[must_use]
    pub fn encode(&self) -> Text {
        Text::from_the_back(|back| self.put(back))
    }

    #[inline]
    pub(super) fn put(&self, back: &mut Back<'_>) {
        match *self {
            Self::Range { start, end, total } => {
                back.put_total(total);
                back.put_number(end.wrapping_sub(1));
                if start == 0 {
                    return back.put(*FROM_ZERO);
                }
                back.put(*b"-");
                back.put_number(start);
            }
            Self::From { start, total } => {
                back.put_total(total);
                back.put(*b"-*");
                back.put_number(start);
            }
            Self::Unsatisfied { total } => {
                back.put_total(total);
                back.put(*b"*");
            }
        }
        back.put(*UNIT);
    }
}

const UNIT: &[u8; 6] = b"bytes ";

/// Nearly every upload has a first chunk, so zero is by far the most common number.
const FROM_ZERO: &[u8; 8] = b"bytes 0-";

/// Reads every form as clients write it, in lower case; `None` if there is anything wrong with it, or unusual.
///
/// What it reads, [`ContentRange::parse_any`] reads likewise, but in twice as many instructions: it keeps track of what
/// there is to say about an error.
#[inline]
fn read_common(value: &[u8]) -> Option<ContentRange> {
    let mut cursor = Cursor::new(value);
    let mut first = 0;
    if !cursor.skip(FROM_ZERO) {
        if !cursor.skip(UNIT) {
            return None;
        }
        let Some(number) = cursor.number() else {
            return cursor.skip(b"*/").then(|| read_common_total(cursor.rest()).map(ContentRange::unsatisfied))?;
        };
        first = number;
        if !cursor.skip(b"-") {
            return None;
        }
    }
    let Some(last) = cursor.number() else {
        return cursor.skip(b"*/").then(|| ContentRange::to_end_of_body(first, read_common_total(cursor.rest())?))?;
    };
    if !cursor.skip(b"/") {
        return None;
    }
    // The end of a last of `u64::MAX` wraps to 0: that range is refused for being empty.
    ContentRange::range(first, last.wrapping_add(1), read_common_total(cursor.rest())?)
}

/// Reads a number or `*`, all of it; `None` if it is neither.
#[inline]
#[allow(clippy::option_option, reason = "a total that cannot be read, one that is not known, and one that is")]
fn read_common_total(total: &[u8]) -> Option<Option<u64>> {
    match whole(total) {
        None => (total == b"*").then_some(None),
        number => Some(number),
    }
}

/// Reads what follows the unit, up to the end of the value.
fn read_range(mut cursor: Cursor<'_>) -> Result<ContentRange, ContentRangeError> {
    let Some(first) = read_unless_star(&mut cursor)? else {
        return read_total(&mut cursor).map(ContentRange::unsatisfied);
    };
    expect(&mut cursor, b'-')?;
    let last = read_unless_star(&mut cursor)?;
    let total = read_total(&mut cursor)?;
    let range = match last {
        None => ContentRange::to_end_of_body(first, total),
        // The end of a last of `u64::MAX` wraps to 0: that range is refused for being empty.
        Some(last) => ContentRange::range(first, last.wrapping_add(1), total),
    };
    range.ok_or_else(|| contradiction(first, last, total))
}

/// Reads `/`, the total or `*`, and the end of the value.
fn read_total(cursor: &mut Cursor<'_>) -> Result<Option<u64>, ContentRangeError> {
    expect(cursor, b'/')?;
    let total = read_unless_star(cursor)?;
    match cursor.peek() {
        None => Ok(total),
        Some(found) => Err(ContentRangeError::Trailing { at: cursor.at(), found }),
    }
}

fn read_unless_star(cursor: &mut Cursor<'_>) -> Result<Option<u64>, ContentRangeError> {
    if cursor.skip(b"*") {
        return Ok(None);
    }
    Ok(Some(cursor.expect_number()?))
}

fn expect(cursor: &mut Cursor<'_>, separator: u8) -> Result<(), ContentRangeError> {
    if cursor.skip(&[separator]) {
        return Ok(());
    }
    Err(ContentRangeError::Separator { expected: separator, at: cursor.at(), found: cursor.peek() })
}

/// Which bound is broken. Without a last position it is the range to the end of the body.
fn contradiction(first: u64, last: Option<u64>, total: Option<u64>) -> ContentRangeError {
    // Nothing is above a total that is not known, so where it counts below, it is known.
    let total = total.unwrap_or(u64::MAX);
    match last {
        None => ContentRangeError::FirstAboveTotal { first, total },
        Some(u64::MAX) => ContentRangeError::LastTooLarge,
        Some(last) if last < first => ContentRangeError::Inverted { first, last },
        Some(last) => ContentRangeError::LastNotBelowTotal { last, total },
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.encode(), f)
    }
}

/// Which malformed values are read all the same (R04). None of them, unless asked for.
///
/// ```
/// use resumable::google::content_range::{ContentRange, Leniency};
///
/// let lenient = Leniency { missing_unit: true, inverted_empty: true };
/// assert_eq!(ContentRange::parse(b"*/2000000", lenient), Ok(ContentRange::unsatisfied(Some(2_000_000))));
/// assert_eq!(ContentRange::parse(b"bytes 0--1/0", lenient), Ok(ContentRange::unsatisfied(Some(0))));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Leniency {
    /// Read `*/2000000` and every other form without `bytes` and the space.
    ///
    /// The documentation of Redivis tells its users to send that; Google refuses it.
    pub missing_unit: bool,
    /// Read two inverted ranges as the `*/T` that is meant: `0--1/0`, and `T-(T-1)/T` for any other total.
    ///
    /// The first comes from redivis-python and nodejs-storage for an empty file, the second from
    /// google-api-python-client when a stream ends where a chunk did. Both come with an empty body; Google refuses
    /// them.
    pub inverted_empty: bool,
}

impl Leniency {
    /// Whether this value, which does not start with the unit, is to be read without it.
    fn reads_without_unit(self, value: &[u8]) -> bool {
        // Anything else at the front would be some other unit.
        self.missing_unit && matches!(value.first(), Some(b'*' | b'0'..=b'9'))
    }

    /// Reads what is wrong after the unit, if it is one of the two that mean `*/T`.
    fn forgive(self, error: ContentRangeError, range: &[u8]) -> Result<ContentRange, ContentRangeError> {
        let total = match error {
            _ if !self.inverted_empty => None,
            ContentRangeError::Number { .. } if range == b"0--1/0" => Some(0),
            // The bounds are checked last: the range is well-formed, and what follows the `/` is the total.
            ContentRangeError::Inverted { first, last } if last == first.saturating_sub(1) => range
                .rsplit(|byte| *byte == b'/')
                .next()
                .and_then(|total| Cursor::new(total).number())
                .filter(|total| *total == first),
            _ => None,
        };
        match total {
            Some(_) => Ok(ContentRange::unsatisfied(total)),
            None => Err(error),
        }
    }
}
