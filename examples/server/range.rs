//! `Range` of a read: which part of an object is asked for (RFC 9110, section 14.1.2).

use std::ops::Range;

/// What a read is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// 200: all of it. No range is asked for, or several are, or it has no meaning: a server may ignore the field.
    Whole,
    /// 206: these bytes.
    Bytes(Range<u64>),
    /// 416: it has none of the bytes.
    Unsatisfiable,
}

/// Reads `bytes=a-b`, `bytes=a-` and `bytes=-n` for an object of `size` bytes.
pub fn parse(value: &str, size: u64) -> Part {
    let Some(("bytes", range)) = value.split_once('=').map(|(unit, range)| (unit.trim(), range.trim())) else {
        return Part::Whole;
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // One that is too large is beyond any object.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    match range.split_once('-').map(|(first, last)| (first, last, number(first), number(last))) {
        Some(("", _, _, Some(length))) => bytes(size.saturating_sub(length)..size),
        Some((_, "", Some(first), _)) => bytes(first..size),
        Some((_, _, Some(first), Some(last))) if first <= last => bytes(first..size.min(last.saturating_add(1))),
        _ => Part::Whole,
    }
}

fn bytes(range: Range<u64>) -> Part {
    if range.is_empty() { Part::Unsatisfiable } else { Part::Bytes(range) }
}
