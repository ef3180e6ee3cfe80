//! `Range` in an answer: how many bytes of the upload were persisted.
//!
//! RFC 9110, section 14.2, defines the field for requests. Google's servers send it with 308 (Resume Incomplete), in
//! one form only, `bytes=0-last`, and leave it out as long as nothing was persisted
//! (<https://cloud.google.com/storage/docs/performing-resumable-uploads>).

use core::num::NonZeroU64;

use super::text::{Back, Text};
use crate::digits::{Cursor, first_difference};

pub use super::error::RangeError;

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

/// Reads every value of that meaning, and finds out what is wrong.
#[inline(never)]
fn read_any(value: &[u8]) -> Result<u64, RangeError> {
    let mut cursor = Cursor::new(value);
    if !cursor.skip_ignoring_case(UNIT) {
        let (at, found) = first_difference(value, UNIT);
        return Err(RangeError::Unit { at, found });
    }
    let first = cursor.expect_number()?;
    if !cursor.skip(b"-") {
        return Err(RangeError::Separator { at: cursor.at(), found: cursor.peek() });
    }
    let last = cursor.expect_number()?;
    match cursor.peek() {
        None if first != 0 => Err(RangeError::NotFromZero { first }),
        None => last.checked_add(1).ok_or(RangeError::LastTooLarge),
        Some(b',') => Err(RangeError::Several { at: cursor.at() }),
        Some(found) => Err(RangeError::Trailing { at: cursor.at(), found }),
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
    Text::from_the_back(|back| put(back, persisted))
}

#[inline]
pub(super) fn put(back: &mut Back<'_>, persisted: NonZeroU64) {
    back.put_number(persisted.get().wrapping_sub(1));
    back.put(*b"0-");
    back.put(*UNIT);
}

const UNIT: &[u8; 6] = b"bytes=";
