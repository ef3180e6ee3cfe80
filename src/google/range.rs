//! `Range` in an answer: how many bytes of the upload were persisted.
//!
//! RFC 9110, section 14.2, defines the field for requests. Google's servers send it with 308 (Resume Incomplete), in
//! one form only, `bytes=0-last`, and leave it out as long as nothing was persisted
//! (<https://cloud.google.com/storage/docs/performing-resumable-uploads>).

use core::num::NonZeroU64;

use super::digits::{Cursor, NumberError, first_difference};
use super::text::{Found, Text};

/// Reads the value, without white space around it: the count of bytes persisted, one more than the last position.
///
/// It is absolute, counted from the start of the upload, and never zero. The unit is read without regard to case.
///
/// # Errors
///
/// A [`RangeError`] for everything but one range that starts at 0. A range that starts elsewhere, or several, would
/// mean that the store has holes: to go on from any of their ends is to lose bytes.
///
/// ```
/// use resumable::google::range::{self, RangeError};
///
/// assert_eq!(range::parse(b"bytes=0-42"), Ok(43));
/// assert_eq!(range::parse(b"bytes=5-42"), Err(RangeError::NotFromZero { first: 5 }));
/// assert_eq!(range::parse(b"bytes 0-42"), Err(RangeError::Unit { at: 5, found: Some(b' ') }));
/// ```
pub fn parse(value: &[u8]) -> Result<u64, RangeError> {
    match read_common(value) {
        Some(persisted) => Ok(persisted),
        None => read_any(value),
    }
}

/// Reads the value as servers write it; `None` if there is anything else to it.
///
/// What it reads, [`read_any`] reads likewise, but in more instructions.
fn read_common(value: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(value);
    let last = cursor.skip(b"bytes=0-").then(|| cursor.number())??;
    cursor.rest().is_empty().then(|| last.checked_add(1))?
}

#[inline(never)]
fn read_any(value: &[u8]) -> Result<u64, RangeError> {
    let mut cursor = Cursor::new(value);
    if !cursor.skip_ignoring_case(UNIT) {
        let (at, found) = first_difference(value, UNIT);
        return Err(RangeError::Unit { at, found });
    }
    let first = cursor.expect_number()?;
    if !cursor.skip(b"-") {
        return Err(RangeError::Separator {
            at: cursor.at(),
            found: cursor.peek(),
        });
    }
    let last = cursor.expect_number()?;
    match cursor.peek() {
        None if first != 0 => Err(RangeError::NotFromZero { first }),
        None => last.checked_add(1).ok_or(RangeError::LastTooLarge),
        Some(b',') => Err(RangeError::Several { at: cursor.at() }),
        Some(found) => Err(RangeError::Trailing {
            at: cursor.at(),
            found,
        }),
    }
}

/// Writes the value for `persisted` bytes from the start. For none there is no value: the field is left out.
///
/// ```
/// use core::num::NonZeroU64;
/// use resumable::google::range;
///
/// let value = |persisted| NonZeroU64::new(persisted).map(range::encode);
/// assert_eq!(value(43).as_ref().map(|text| text.as_str()), Some("bytes=0-42"));
/// assert_eq!(value(0), None);
/// ```
#[must_use]
pub fn encode(persisted: NonZeroU64) -> Text {
    Text::from_the_back(|back| {
        back.put_number(persisted.get().saturating_sub(1));
        back.put(*b"0-");
        back.put(*UNIT);
    })
}

const UNIT: &[u8; 6] = b"bytes=";

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
