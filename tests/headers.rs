//! `Content-Range` in tables: every form that peers send, and every way of getting it wrong.
#![allow(clippy::unwrap_used)]

use resumable::google::content_range::{ContentRange, ContentRangeError, Leniency};

const STRICT: Leniency = Leniency { missing_unit: false, inverted_empty: false };
const LENIENT: Leniency = Leniency { missing_unit: true, inverted_empty: true };
const EDGES: [u64; 14] = [
    0,
    1,
    262_143,
    262_144,
    262_145,
    99_999_999,
    100_000_000,
    (1 << 32) - 1,
    1 << 32,
    1 << 53,
    1 << 63,
    9_999_999_999_999_999_999,
    u64::MAX - 1,
    u64::MAX,
];

fn strict(value: &str) -> Result<ContentRange, ContentRangeError> {
    ContentRange::parse(value.as_bytes(), STRICT)
}

fn data(start: u64, end: u64, total: Option<u64>) -> ContentRange {
    ContentRange::range(start, end, total).unwrap()
}

fn rest(start: u64, total: Option<u64>) -> ContentRange {
    ContentRange::to_end_of_body(start, total).unwrap()
}

#[test]
#[rustfmt::skip] // A table: one case in a line.
fn r01_each_form_is_read_and_written_p05() {
    for (value, expected) in [
        ("bytes 43-1999999/2000000", data(43, 2_000_000, Some(2_000_000))),
        ("bytes 0-0/1", data(0, 1, Some(1))),
        ("bytes 0-262143/*", data(0, 262_144, None)),
        ("bytes 0-*/*", rest(0, None)),
        ("bytes 7-*/43", rest(7, Some(43))),
        ("bytes 43-*/43", rest(43, Some(43))),
        ("bytes 0-*/0", rest(0, Some(0))),
        ("bytes */2000000", ContentRange::unsatisfied(Some(2_000_000))),
        ("bytes */*", ContentRange::unsatisfied(None)),
        ("bytes */0", ContentRange::unsatisfied(Some(0))),
    ] {
        assert_eq!(strict(value), Ok(expected), "{value}");
        assert_eq!(expected.encode().as_str(), value);
        assert_eq!(expected.to_string(), value);
        // Leniency changes nothing about what is right.
        assert_eq!(ContentRange::parse(value.as_bytes(), LENIENT), Ok(expected));
    }
}

#[test]
fn r01_numbers_of_every_size_are_read_and_written() {
    for n in EDGES {
        for (value, expected) in [
            (format!("bytes */{n}"), Some(ContentRange::unsatisfied(Some(n)))),
            (format!("bytes {n}-*/{n}"), Some(rest(n, Some(n)))),
            (format!("bytes {n}-{n}/*"), ContentRange::range(n, n.wrapping_add(1), None)),
            (format!("bytes 0-{}/{n}", n.wrapping_sub(1)), ContentRange::range(0, n, Some(n))),
        ] {
            assert_eq!(strict(&value).ok(), expected, "{value}");
            assert_eq!(expected.map_or(value.clone(), |range| range.to_string()), value);
        }
    }
}

#[test]
fn r01_leading_zeros_are_allowed_before_any_number() {
    for count in 0..40 {
        let zeros = "0".repeat(count);
        let value = format!("bytes {zeros}43-{zeros}{}/{zeros}{}", u64::MAX - 1, u64::MAX);
        assert_eq!(strict(&value), Ok(data(43, u64::MAX, Some(u64::MAX))), "{value}");
    }
}

#[test]
fn r01_the_unit_is_read_in_any_case_and_written_in_lower_case() {
    for unit in ["bytes", "Bytes", "BYTES", "bYtEs"] {
        let range = strict(&format!("{unit} 0-6/7")).unwrap();
        assert_eq!(range.to_string(), "bytes 0-6/7");
    }
}

#[test]
#[rustfmt::skip] // A table: one case in a line.
fn r01_malformed_values_are_refused() {
    use ContentRangeError::{Number, Separator, Trailing, Unit};
    let number = |at, found: &str| Number {
        at,
        found: found.bytes().next(),
    };
    let separator = |expected, at, found: &str| Separator {
        expected,
        at,
        found: found.bytes().next(),
    };
    for (value, expected) in [
        ("", Unit { at: 0, found: None }),
        ("byte", Unit { at: 4, found: None }),
        ("bytes", Unit { at: 5, found: None }),
        // The unit of the other header.
        ("bytes=0-9/10", Unit { at: 5, found: Some(b'=') }),
        ("octets 0-9/10", Unit { at: 0, found: Some(b'o') }),
        (" bytes 0-9/10", Unit { at: 0, found: Some(b' ') }),
        ("bytes\t0-9/10", Unit { at: 5, found: Some(b'\t') }),
        // F14, C18, S05: no unit.
        ("*/2000000", Unit { at: 0, found: Some(b'*') }),
        ("*/*", Unit { at: 0, found: Some(b'*') }),
        ("0-3/12", Unit { at: 0, found: Some(b'0') }),
        ("bytes ", number(6, "")),
        ("bytes  0-9/10", number(6, " ")),
        // P01: signs.
        ("bytes +0-+9/+10", number(6, "+")),
        ("bytes 0-+9/+10", number(8, "+")),
        ("bytes 0-9/+10", number(10, "+")),
        ("bytes -9/10", number(6, "-")),
        ("bytes /10", number(6, "/")),
        ("bytes /", number(6, "/")),
        ("bytes 0-/", number(8, "/")),
        // F9, B16, B55, S05: the empty ranges of redivis-python, nodejs-storage and PHP.
        ("bytes 0--1/0", number(8, "-")),
        ("bytes 0--1/*", number(8, "-")),
        // F13: no total.
        ("bytes */", number(8, "")),
        ("bytes 0-262143/", number(15, "")),
        ("bytes 0-/10", number(8, "/")),
        ("bytes a-b/c", number(6, "a")),
        ("bytes 0-9/ten", number(10, "t")),
        ("bytes 0", separator(b'-', 7, "")),
        ("bytes 0/10", separator(b'-', 7, "/")),
        ("bytes 0 -9/10", separator(b'-', 7, " ")),
        ("bytes 0x0-9/10", separator(b'-', 7, "x")),
        ("bytes 0-9", separator(b'/', 9, "")),
        ("bytes 0-9 /10", separator(b'/', 9, " ")),
        ("bytes 0-9.0/10", separator(b'/', 9, ".")),
        ("bytes *", separator(b'/', 7, "")),
        ("bytes *-9/10", separator(b'/', 7, "-")),
        ("bytes **/10", separator(b'/', 7, "*")),
        ("bytes 0-*9/10", separator(b'/', 9, "9")),
        // S06: something follows.
        ("bytes 0-3/4junk", Trailing { at: 11, found: b'j' }),
        ("bytes 0-3/4 ", Trailing { at: 11, found: b' ' }),
        ("bytes 0-3/4, bytes 4-7/8", Trailing { at: 11, found: b',' }),
        ("bytes 0-3/*4", Trailing { at: 11, found: b'4' }),
        ("bytes */*/", Trailing { at: 9, found: b'/' }),
        ("bytes 0-3/12345678\0", Trailing { at: 18, found: 0 }),
    ] {
        assert_eq!(strict(value), Err(expected), "{value}");
    }
}

#[test]
#[rustfmt::skip] // A table: one case in a line.
fn r02_contradictions_are_refused() {
    use ContentRangeError::{FirstAboveTotal, Inverted, LastNotBelowTotal, LastTooLarge};
    for (value, expected) in [
        // C16, F11: an empty range cannot be written.
        ("bytes 0-0/0", LastNotBelowTotal { last: 0, total: 0 }),
        ("bytes 43-43/43", LastNotBelowTotal { last: 43, total: 43 }),
        // P02, C17, S10.
        ("bytes 0-99/10", LastNotBelowTotal { last: 99, total: 10 }),
        ("bytes 0-10/10", LastNotBelowTotal { last: 10, total: 10 }),
        // B38: the end moved with the start.
        ("bytes 262144-786431/524288", LastNotBelowTotal { last: 786_431, total: 524_288 }),
        // S07, F12.
        ("bytes 3-0/10", Inverted { first: 3, last: 0 }),
        ("bytes 60-39/100", Inverted { first: 60, last: 39 }),
        ("bytes 60-39/*", Inverted { first: 60, last: 39 }),
        // F10, B31, B47.
        ("bytes 262144-262143/262144", Inverted { first: 262_144, last: 262_143 }),
        // F17: a number that wrapped.
        ("bytes 0-18446744073709551615/0", LastTooLarge),
        ("bytes 0-18446744073709551615/*", LastTooLarge),
        ("bytes 18446744073709551615-18446744073709551615/*", LastTooLarge),
        ("bytes 1-*/0", FirstAboveTotal { first: 1, total: 0 }),
        ("bytes 44-*/43", FirstAboveTotal { first: 44, total: 43 }),
    ] {
        assert_eq!(strict(value), Err(expected), "{value}");
    }
}

#[test]
fn r02_the_largest_numbers_are_read() {
    let max = u64::MAX;
    let longest = "bytes 18446744073709551613-18446744073709551614/18446744073709551615";
    assert_eq!(strict(longest), Ok(data(max - 2, max, Some(max))));
    assert_eq!(data(max - 2, max, Some(max)).encode().as_bytes(), longest.as_bytes());
    let text = "bytes 18446744073709551615-*/18446744073709551615";
    assert_eq!(strict(text), Ok(rest(max, Some(max))));
}

#[test]
fn r02_numbers_beyond_64_bits_are_refused() {
    // Of those with 24, 32 and 40 digits the last eight are digits as well, so that nothing behind them overflows.
    let nines = [24, 32, 40].map(|digits| "9".repeat(digits));
    let others = ["18446744073709551616", "99999999999999999999", "100000000000000000000000000"];
    for large in others.into_iter().chain(nines.iter().map(String::as_str)) {
        for (value, at) in [
            (format!("bytes {large}-*/*"), 6),
            (format!("bytes 0-{large}/*"), 8),
            (format!("bytes 0-0/{large}"), 10),
            (format!("bytes */00{large}"), 8),
        ] {
            assert_eq!(strict(&value), Err(ContentRangeError::TooLarge { at }), "{value}");
        }
    }
}

#[test]
fn r02_a_range_that_breaks_the_bounds_cannot_be_made_p03() {
    assert_eq!(ContentRange::range(0, 0, Some(0)), None);
    assert_eq!(ContentRange::range(0, 0, None), None);
    assert_eq!(ContentRange::range(7, 3, Some(11)), None);
    assert_eq!(ContentRange::range(7, 12, Some(11)), None);
    assert_eq!(ContentRange::range(u64::MAX, u64::MAX, None), None);
    assert!(ContentRange::range(u64::MAX - 1, u64::MAX, None).is_some());
    assert_eq!(ContentRange::to_end_of_body(12, Some(11)), None);
    assert!(ContentRange::to_end_of_body(11, Some(11)).is_some());
}

#[test]
fn r04_a_missing_unit_is_read_if_asked_for() {
    let lenient = Leniency { missing_unit: true, ..STRICT };
    let parse = |value: &str| ContentRange::parse(value.as_bytes(), lenient);
    assert_eq!(parse("*/2000000"), Ok(ContentRange::unsatisfied(Some(2_000_000))));
    assert_eq!(parse("*/*"), Ok(ContentRange::unsatisfied(None)));
    assert_eq!(parse("0-9/10"), Ok(data(0, 10, Some(10))));
    assert_eq!(parse("7-*/*"), Ok(rest(7, None)));
    assert_eq!(parse("bytes 0-9/10"), Ok(data(0, 10, Some(10))));
    // It is missing, not another one, and the rest is as strict as ever.
    assert_eq!(parse("bytes=0-9/10"), Err(ContentRangeError::Unit { at: 5, found: Some(b'=') }));
    assert_eq!(parse(" */*"), Err(ContentRangeError::Unit { at: 0, found: Some(b' ') }));
    assert_eq!(parse(""), Err(ContentRangeError::Unit { at: 0, found: None }));
    assert_eq!(parse("0-9/10 "), Err(ContentRangeError::Trailing { at: 6, found: b' ' }));
    assert_eq!(parse("0--1/0"), Err(ContentRangeError::Number { at: 2, found: Some(b'-') }));
}

#[test]
fn r04_the_two_inverted_ranges_are_read_if_asked_for() {
    let lenient = Leniency { inverted_empty: true, ..STRICT };
    let parse = |value: &str| ContentRange::parse(value.as_bytes(), lenient);
    assert_eq!(parse("bytes 0--1/0"), Ok(ContentRange::unsatisfied(Some(0))));
    assert_eq!(parse("bytes 1-0/1"), Ok(ContentRange::unsatisfied(Some(1))));
    assert_eq!(parse("bytes 262144-262143/262144"), Ok(ContentRange::unsatisfied(Some(262_144))));
    let max = "bytes 18446744073709551615-18446744073709551614/18446744073709551615";
    assert_eq!(parse(max), Ok(ContentRange::unsatisfied(Some(u64::MAX))));
    for value in [
        "bytes 0--1/*",
        "bytes 0--1/1",
        "bytes 0--01/0",
        "bytes 0--1/00",
        "bytes 7-6/8",
        "bytes 7-6/6",
        "bytes 7-6/*",
        "bytes 7-5/7",
        "bytes 60-39/100",
        "bytes 0-0/0",
        "bytes 0-18446744073709551615/0",
        "bytes 7-6/7 ",
        "7-6/7",
        "0--1/0",
    ] {
        assert!(parse(value).is_err(), "{value}");
        assert_eq!(parse(value), strict(value), "the error is the strict one");
    }
    assert_eq!(ContentRange::parse(b"7-6/7", LENIENT), Ok(ContentRange::unsatisfied(Some(7))));
    assert_eq!(ContentRange::parse(b"0--1/0", LENIENT), Ok(ContentRange::unsatisfied(Some(0))));
}

#[test]
#[rustfmt::skip] // A table: one case in a line.
fn errors_say_what_was_expected_and_what_came() {
    for (value, message) in [
        ("bytes", "expected `bytes ` at the start, found the end at byte 5"),
        ("bytes +0-9/10", "expected a digit or `*` at byte 6, found `+`"),
        ("bytes */18446744073709551616", "expected a number of at most 64 bits at byte 8, found a larger one"),
        ("bytes 0\n9/10", "expected `-` at byte 7, found `\\n`"),
        ("bytes 0-3/4junk", "expected the end at byte 11, found `j`"),
        ("bytes 3-0/10", "expected a last position from 3 on, found 0"),
        ("bytes 0-10/10", "expected a last position below the total 10, found 10"),
        ("bytes 8-*/7", "expected a first position of at most the total 7, found 8"),
        (
            "bytes 0-18446744073709551615/*",
            "expected a last position of at most 18446744073709551614, found 18446744073709551615",
        ),
    ] {
        assert_eq!(strict(value).unwrap_err().to_string(), message);
    }
}
