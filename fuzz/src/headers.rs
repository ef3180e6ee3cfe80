//! The three headers: what the library makes of a value is what the reference makes of it, and what is written is read
//! back.

use core::num::NonZeroU64;

use resumable::google::content_range::{ContentRange, ContentRangeError, Leniency};
use resumable::google::range::{self, RangeError};
use resumable::google::retry_after;

use super::reference;

/// Reads the first line of `data` as each of the headers, with the second line as the `Date`, and compares with the
/// reference.
pub fn run(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let value = lines.next().unwrap_or_default();
    content_range(value);
    persisted_range(value);
    retry(value, lines.next());
}

fn content_range(value: &[u8]) {
    for missing_unit in [false, true] {
        for inverted_empty in [false, true] {
            let leniency = Leniency { missing_unit, inverted_empty };
            let read = ContentRange::parse(value, leniency);
            let expected = reference::content_range(value, missing_unit, inverted_empty);
            assert_eq!(read.ok().map(numbers), expected, "{} {leniency:?}", value.escape_ascii());
            match read {
                Ok(range) => {
                    let text = range.encode();
                    assert_eq!(ContentRange::parse(text.as_bytes(), Leniency::default()), Ok(range));
                    assert_eq!(range.to_string(), text.as_str());
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    if let Some((at, found)) = place(error) {
                        assert_eq!(value.get(at).copied(), found, "{error}");
                    }
                }
            }
        }
    }
}

/// First, last (inclusive) and total.
fn numbers(range: ContentRange) -> reference::Numbers {
    match range {
        ContentRange::Range { start, end, total, .. } => {
            (Some(start.into()), Some(u128::from(end) - 1), total.map(Into::into))
        }
        ContentRange::From { start, total, .. } => (Some(start.into()), None, total.map(Into::into)),
        ContentRange::Unsatisfied { total, .. } => (None, None, total.map(Into::into)),
    }
}

fn place(error: ContentRangeError) -> Option<(usize, Option<u8>)> {
    match error {
        ContentRangeError::Unit { at, found }
        | ContentRangeError::Number { at, found }
        | ContentRangeError::Separator { at, found, .. } => Some((at, found)),
        ContentRangeError::Trailing { at, found } => Some((at, Some(found))),
        _ => None,
    }
}

fn persisted_range(value: &[u8]) {
    let read = range::parse(value);
    let expected = reference::persisted(value);
    assert_eq!(read.ok().map(u128::from), expected, "{}", value.escape_ascii());
    match read.map(NonZeroU64::new) {
        Ok(persisted) => {
            let persisted = persisted.expect("a range holds at least one byte");
            assert_eq!(range::parse(range::encode(persisted).as_bytes()), Ok(persisted.get()));
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if let RangeError::Unit { at, found }
            | RangeError::Number { at, found }
            | RangeError::Separator { at, found } = error
            {
                assert_eq!(value.get(at).copied(), found, "{error}");
            }
        }
    }
}

fn retry(value: &[u8], date: Option<&[u8]>) {
    let read = retry_after::parse(value, date);
    let expected = reference::retry_after(value, date);
    assert_eq!(read.map(|wait| wait.as_secs()), expected, "{}", value.escape_ascii());
    assert_eq!(read.map_or(0, |wait| wait.subsec_nanos()), 0);
    if let Some(wait) = read {
        assert_eq!(retry_after::parse(retry_after::encode(wait.as_secs()).as_bytes(), None), Some(wait));
    }
}
