//! Single headers, against the other ways to read and write them in Rust.

use std::fmt::Write as _;
use std::hint::black_box;
use std::num::NonZeroU64;
use std::sync::LazyLock;

use headers::{Header as _, HeaderValue};
use regex::bytes::Regex;
use resumable::google::content_range::{ContentRange, Leniency};
use resumable::google::{Text, range, retry_after};

use crate::case::{Case, cases};

const DATA: &[u8] = b"bytes 0-524287/2000000";
const RANGE: &[u8] = b"bytes=0-524287";

pub(crate) const CASES: &[Case] = cases! {
    "nothing: what the measurement itself takes" => black_box(DATA),
    "parse bytes 0-524287/2000000" => parse(DATA),
    "parse bytes 43-1999999/2000000" => parse(b"bytes 43-1999999/2000000"),
    "parse bytes 0-524287/*" => parse(b"bytes 0-524287/*"),
    "parse bytes 43-*/2000000" => parse(b"bytes 43-*/2000000"),
    "parse bytes 43-*/*" => parse(b"bytes 43-*/*"),
    "parse bytes */2000000" => parse(b"bytes */2000000"),
    "parse bytes */*" => parse(b"bytes */*"),
    "parse, the longest" => parse(b"bytes 18446744073709551613-18446744073709551614/18446744073709551615"),
    "parse, refused" => parse(b"bytes 524287-0/2000000"),
    "parse by a plain loop" => parse_by_loop(black_box(DATA)),
    "parse by http-content-range" => http_content_range::ContentRange::parse_bytes(black_box(DATA)),
    "parse by headers" => parse_by_headers(black_box(&DATA_VALUE)),
    "parse by regex" => parse_by_regex(black_box(DATA)),
    "format bytes 0-524287/2000000" => {
        black_box(black_box(&WRITTEN).encode().as_bytes());
    },
    "format by itoa" => format_by_itoa(black_box(524_287)),
    "format by write!" => format_by_write(black_box(524_287)),
    "parse bytes=0-524287" => range::parse(black_box(RANGE)),
    "parse Range by headers" => parse_range_by_headers(black_box(&RANGE_VALUE)),
    "format bytes=0-524287" => {
        black_box(range::encode(black_box(NonZeroU64::MIN.saturating_add(524_287))).as_bytes());
    },
    "parse Retry-After: 120" => retry_after::parse(black_box(b"120"), None),
    "parse Retry-After with a date" => retry_after::parse(
        black_box(b"Fri, 31 Dec 1999 23:59:59 GMT"),
        Some(black_box(b"Fri, 31 Dec 1999 23:59:29 GMT")),
    ),
    "format Content-Length: 2000000" => {
        black_box(Text::number(black_box(2_000_000)).as_bytes());
    },
};

static WRITTEN: ContentRange = match ContentRange::range(0, 524_288, Some(2_000_000)) {
    Some(range) => range,
    None => panic!("the range is within the total"),
};
static DATA_VALUE: LazyLock<HeaderValue> = LazyLock::new(|| HeaderValue::from_static("bytes 0-524287/2000000"));
static RANGE_VALUE: LazyLock<HeaderValue> = LazyLock::new(|| HeaderValue::from_static("bytes=0-524287"));

fn parse(value: &[u8]) -> Option<ContentRange> {
    ContentRange::parse(black_box(value), Leniency::default()).ok()
}

/// What one writes by hand: digit by digit, with the checks of the rules.
#[inline(never)]
fn parse_by_loop(value: &[u8]) -> Option<(u64, u64, u64)> {
    fn number(rest: &mut &[u8]) -> Option<u64> {
        let mut value = None;
        while let [digit @ b'0'..=b'9', after @ ..] = *rest {
            let digit = u64::from(digit - b'0');
            value = Some(value.unwrap_or(0_u64).checked_mul(10)?.checked_add(digit)?);
            *rest = after;
        }
        value
    }
    let mut rest = value.strip_prefix(b"bytes ")?;
    let first = number(&mut rest)?;
    rest = rest.strip_prefix(b"-")?;
    let last = number(&mut rest)?;
    rest = rest.strip_prefix(b"/")?;
    let total = number(&mut rest)?;
    (rest.is_empty() && first <= last && last < total).then_some((first, last, total))
}

fn parse_by_headers(value: &HeaderValue) -> Option<headers::ContentRange> {
    headers::ContentRange::decode(&mut std::iter::once(value)).ok()
}

fn parse_range_by_headers(value: &HeaderValue) -> Option<u64> {
    let range = headers::Range::decode(&mut std::iter::once(value)).ok()?;
    let (_, end) = range.satisfiable_ranges(u64::MAX).next()?;
    match end {
        std::ops::Bound::Included(last) => last.checked_add(1),
        _ => None,
    }
}

fn parse_by_regex(value: &[u8]) -> Option<(u64, u64, u64)> {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)^bytes (\d+)-(\d+)/(\d+)$").ok());
    let found = PATTERN.as_ref()?.captures(value)?;
    let number = |at: usize| std::str::from_utf8(found.get(at)?.as_bytes()).ok()?.parse().ok();
    Some((number(1)?, number(2)?, number(3)?))
}

#[inline(never)]
fn format_by_itoa(last: u64) -> usize {
    let mut out = [0_u8; 68];
    let mut len = 0;
    let mut put = |text: &[u8]| {
        out[len..len + text.len()].copy_from_slice(text);
        len += text.len();
    };
    put(b"bytes ");
    put(itoa::Buffer::new().format(black_box(0_u64)).as_bytes());
    put(b"-");
    put(itoa::Buffer::new().format(last).as_bytes());
    put(b"/");
    put(itoa::Buffer::new().format(black_box(2_000_000_u64)).as_bytes());
    black_box(&out);
    len
}

#[inline(never)]
fn format_by_write(last: u64) -> usize {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write!(out, "bytes {}-{last}/{}", black_box(0), black_box(2_000_000));
    black_box(&out).len()
}
