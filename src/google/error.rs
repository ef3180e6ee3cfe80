//! What can be wrong with a range: one error for each of the two headers that have one.

use core::fmt;

use crate::digits::NumberError;

/// Why a `Content-Range` cannot be read.
///
/// `at` is an offset in bytes from the start of the value, `found` the byte there, or `None` if the value ends
/// there. Positions are those of the wire, so `last` is inclusive.
///
/// ```
/// use resumable::google::content_range::{ContentRange, Leniency};
///
/// let why = |value| ContentRange::parse(value, Leniency::default()).map_err(|error| error.to_string());
/// assert_eq!(why(b"bytes +0-9/10"), Err("expected a digit or `*` at byte 6, found `+`".into()));
/// assert_eq!(why(b"bytes 60-39/100"), Err("expected a last position from 60 on, found 39".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ContentRangeError {
    /// The value does not start with `bytes` and one space.
    #[error("expected `bytes ` at the start, found {} at byte {at}", Found(*.found))]
    Unit {
        /// The first byte that differs.
        at: usize,
        /// What it is.
        found: Option<u8>,
    },
    /// A number is missing: nothing there, or a sign, or another space.
    #[error("expected a digit or `*` at byte {at}, found {}", Found(*.found))]
    Number {
        /// Where the number should start.
        at: usize,
        /// What is there.
        found: Option<u8>,
    },
    /// A number is above 18446744073709551615.
    #[error("expected a number of at most 64 bits at byte {at}, found a larger one")]
    TooLarge {
        /// Where the number starts.
        at: usize,
    },
    /// The `-` between first and last, or the `/` before the total, is missing.
    #[error("expected `{}` at byte {at}, found {}", .expected.escape_ascii(), Found(*.found))]
    Separator {
        /// `-` or `/`.
        expected: u8,
        /// Where it should be.
        at: usize,
        /// What is there.
        found: Option<u8>,
    },
    /// Something follows the total.
    #[error("expected the end at byte {at}, found {}", Found(Some(*.found)))]
    Trailing {
        /// Where the value should end.
        at: usize,
        /// What is there.
        found: u8,
    },
    /// The range ends before it starts.
    #[error("expected a last position from {first} on, found {last}")]
    Inverted {
        /// The first position.
        first: u64,
        /// The last position.
        last: u64,
    },
    /// The range ends beyond the whole.
    #[error("expected a last position below the total {total}, found {last}")]
    LastNotBelowTotal {
        /// The last position.
        last: u64,
        /// The length of the whole.
        total: u64,
    },
    /// The range to the end of the body starts beyond the whole.
    #[error("expected a first position of at most the total {total}, found {first}")]
    FirstAboveTotal {
        /// The first position.
        first: u64,
        /// The length of the whole.
        total: u64,
    },
    /// The last position is 18446744073709551615: the end of that range has no number.
    #[error("expected a last position of at most 18446744073709551614, found 18446744073709551615")]
    LastTooLarge,
}

impl From<NumberError> for ContentRangeError {
    fn from(error: NumberError) -> Self {
        match error {
            NumberError::Missing { at, found } => Self::Number { at, found },
            NumberError::TooLarge { at } => Self::TooLarge { at },
        }
    }
}

/// Why the `Range` of an answer cannot be read.
///
/// `at` is an offset in bytes from the start of the value, `found` the byte there, or `None` if the value ends
/// there.
///
/// ```
/// use resumable::google::range;
///
/// let why = |value| range::parse(value).map_err(|error| error.to_string());
/// assert_eq!(why(b"bytes=0--1"), Err("expected a digit at byte 8, found `-`".into()));
/// assert_eq!(why(b"bytes=5-9"), Err("expected a range from 0 on, found one from 5 on".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The value does not start with `bytes=`.
    #[error("expected `bytes=` at the start, found {} at byte {at}", Found(*.found))]
    Unit {
        /// The first byte that differs.
        at: usize,
        /// What it is.
        found: Option<u8>,
    },
    /// A position is missing: nothing there, or a sign, or a space, or the range is a suffix (`-5`).
    #[error("expected a digit at byte {at}, found {}", Found(*.found))]
    Number {
        /// Where the position should start.
        at: usize,
        /// What is there.
        found: Option<u8>,
    },
    /// A position is above 18446744073709551615.
    #[error("expected a number of at most 64 bits at byte {at}, found a larger one")]
    TooLarge {
        /// Where the position starts.
        at: usize,
    },
    /// The `-` between first and last is missing.
    #[error("expected `-` at byte {at}, found {}", Found(*.found))]
    Separator {
        /// Where it should be.
        at: usize,
        /// What is there.
        found: Option<u8>,
    },
    /// There is more than one range.
    #[error("expected one range, found a comma at byte {at}")]
    Several {
        /// Where the comma is.
        at: usize,
    },
    /// Something follows the range.
    #[error("expected the end at byte {at}, found {}", Found(Some(*.found)))]
    Trailing {
        /// Where the value should end.
        at: usize,
        /// What is there.
        found: u8,
    },
    /// The range does not start at the first byte.
    #[error("expected a range from 0 on, found one from {first} on")]
    NotFromZero {
        /// The first position.
        first: u64,
    },
    /// The last position is 18446744073709551615: that count of bytes has no number.
    #[error("expected a last position of at most 18446744073709551614, found 18446744073709551615")]
    LastTooLarge,
}

impl From<NumberError> for RangeError {
    fn from(error: NumberError) -> Self {
        match error {
            NumberError::Missing { at, found } => Self::Number { at, found },
            NumberError::TooLarge { at } => Self::TooLarge { at },
        }
    }
}

/// A byte that was found where another was expected, for error messages.
struct Found(Option<u8>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(byte) => write!(f, "`{}`", byte.escape_ascii()),
            None => f.write_str("the end"),
        }
    }
}
