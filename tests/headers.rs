//! The three headers in tables: every form that peers send, and every way of getting one wrong.
#![allow(clippy::unwrap_used)]

use core::num::NonZeroU64;
use core::time::Duration;

use resumable::google::content_range::{ContentRange, ContentRangeError, Leniency};
use resumable::google::range::{self, RangeError};
use resumable::google::retry_after;

const STRICT: Leniency = Leniency {
    missing_unit: false,
    inverted_empty: false,
};
const LENIENT: Leniency = Leniency {
    missing_unit: true,
    inverted_empty: true,
};
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
fn r01_each_form_is_read_and_written_p05() {
    for (value, expected) in [
        (
            "bytes 43-1999999/2000000",
            data(43, 2_000_000, Some(2_000_000)),
        ),
        ("bytes 0-0/1", data(0, 1, Some(1))),
        ("bytes 0-262143/*", data(0, 262_144, None)),
        ("bytes 0-*/*", rest(0, None)),
        ("bytes 7-*/43", rest(7, Some(43))),
        ("bytes 43-*/43", rest(43, Some(43))),
        ("bytes 0-*/0", rest(0, Some(0))),
        (
            "bytes */2000000",
            ContentRange::unsatisfied(Some(2_000_000)),
        ),
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
            (
                format!("bytes */{n}"),
                Some(ContentRange::unsatisfied(Some(n))),
            ),
            (format!("bytes {n}-*/{n}"), Some(rest(n, Some(n)))),
            (
                format!("bytes {n}-{n}/*"),
                ContentRange::range(n, n.wrapping_add(1), None),
            ),
            (
                format!("bytes 0-{}/{n}", n.wrapping_sub(1)),
                ContentRange::range(0, n, Some(n)),
            ),
        ] {
            assert_eq!(strict(&value).ok(), expected, "{value}");
            assert_eq!(
                expected.map_or(value.clone(), |range| range.to_string()),
                value
            );
        }
    }
}

#[test]
fn r01_leading_zeros_are_allowed_before_any_number() {
    for count in 0..40 {
        let zeros = "0".repeat(count);
        let value = format!(
            "bytes {zeros}43-{zeros}{}/{zeros}{}",
            u64::MAX - 1,
            u64::MAX
        );
        assert_eq!(
            strict(&value),
            Ok(data(43, u64::MAX, Some(u64::MAX))),
            "{value}"
        );
        let value = format!("bytes=0{zeros}-{zeros}42");
        assert_eq!(range::parse(value.as_bytes()), Ok(43), "{value}");
    }
}

#[test]
fn r01_the_unit_is_read_in_any_case_and_written_in_lower_case() {
    for unit in ["bytes", "Bytes", "BYTES", "bYtEs"] {
        let range = strict(&format!("{unit} 0-6/7")).unwrap();
        assert_eq!(range.to_string(), "bytes 0-6/7");
        assert_eq!(range::parse(format!("{unit}=0-6").as_bytes()), Ok(7));
    }
}

#[test]
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
        (
            "bytes=0-9/10",
            Unit {
                at: 5,
                found: Some(b'='),
            },
        ),
        (
            "octets 0-9/10",
            Unit {
                at: 0,
                found: Some(b'o'),
            },
        ),
        (
            " bytes 0-9/10",
            Unit {
                at: 0,
                found: Some(b' '),
            },
        ),
        (
            "bytes\t0-9/10",
            Unit {
                at: 5,
                found: Some(b'\t'),
            },
        ),
        // F14, C18, S05: no unit.
        (
            "*/2000000",
            Unit {
                at: 0,
                found: Some(b'*'),
            },
        ),
        (
            "*/*",
            Unit {
                at: 0,
                found: Some(b'*'),
            },
        ),
        (
            "0-3/12",
            Unit {
                at: 0,
                found: Some(b'0'),
            },
        ),
        ("bytes ", number(6, "")),
        ("bytes  0-9/10", number(6, " ")),
        // P01: signs.
        ("bytes +0-+9/+10", number(6, "+")),
        ("bytes 0-+9/+10", number(8, "+")),
        ("bytes 0-9/+10", number(10, "+")),
        ("bytes -9/10", number(6, "-")),
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
        (
            "bytes 0-3/4junk",
            Trailing {
                at: 11,
                found: b'j',
            },
        ),
        (
            "bytes 0-3/4 ",
            Trailing {
                at: 11,
                found: b' ',
            },
        ),
        (
            "bytes 0-3/4, bytes 4-7/8",
            Trailing {
                at: 11,
                found: b',',
            },
        ),
        (
            "bytes 0-3/*4",
            Trailing {
                at: 11,
                found: b'4',
            },
        ),
        ("bytes */*/", Trailing { at: 9, found: b'/' }),
        ("bytes 0-3/12345678\0", Trailing { at: 18, found: 0 }),
    ] {
        assert_eq!(strict(value), Err(expected), "{value}");
    }
}

#[test]
fn r02_contradictions_are_refused() {
    use ContentRangeError::{FirstAboveTotal, Inverted, LastNotBelowTotal, LastTooLarge};
    for (value, expected) in [
        // C16, F11: an empty range cannot be written.
        ("bytes 0-0/0", LastNotBelowTotal { last: 0, total: 0 }),
        (
            "bytes 43-43/43",
            LastNotBelowTotal {
                last: 43,
                total: 43,
            },
        ),
        // P02, C17, S10.
        (
            "bytes 0-99/10",
            LastNotBelowTotal {
                last: 99,
                total: 10,
            },
        ),
        (
            "bytes 0-10/10",
            LastNotBelowTotal {
                last: 10,
                total: 10,
            },
        ),
        // B38: the end moved with the start.
        (
            "bytes 262144-786431/524288",
            LastNotBelowTotal {
                last: 786_431,
                total: 524_288,
            },
        ),
        // S07, F12.
        ("bytes 3-0/10", Inverted { first: 3, last: 0 }),
        (
            "bytes 60-39/100",
            Inverted {
                first: 60,
                last: 39,
            },
        ),
        (
            "bytes 60-39/*",
            Inverted {
                first: 60,
                last: 39,
            },
        ),
        // F10, B31, B47.
        (
            "bytes 262144-262143/262144",
            Inverted {
                first: 262_144,
                last: 262_143,
            },
        ),
        // F17: a number that wrapped.
        ("bytes 0-18446744073709551615/0", LastTooLarge),
        ("bytes 0-18446744073709551615/*", LastTooLarge),
        (
            "bytes 18446744073709551615-18446744073709551615/*",
            LastTooLarge,
        ),
        ("bytes 1-*/0", FirstAboveTotal { first: 1, total: 0 }),
        (
            "bytes 44-*/43",
            FirstAboveTotal {
                first: 44,
                total: 43,
            },
        ),
    ] {
        assert_eq!(strict(value), Err(expected), "{value}");
    }
}

#[test]
fn r02_the_largest_numbers_are_read() {
    let max = u64::MAX;
    let longest = "bytes 18446744073709551613-18446744073709551614/18446744073709551615";
    assert_eq!(strict(longest), Ok(data(max - 2, max, Some(max))));
    assert_eq!(
        data(max - 2, max, Some(max)).encode().as_bytes(),
        longest.as_bytes()
    );
    let text = "bytes 18446744073709551615-*/18446744073709551615";
    assert_eq!(strict(text), Ok(rest(max, Some(max))));
}

#[test]
fn r02_numbers_beyond_64_bits_are_refused() {
    for large in [
        "18446744073709551616",
        "99999999999999999999",
        "100000000000000000000000000",
    ] {
        for (value, at) in [
            (format!("bytes {large}-*/*"), 6),
            (format!("bytes 0-{large}/*"), 8),
            (format!("bytes 0-0/{large}"), 10),
            (format!("bytes */00{large}"), 8),
        ] {
            assert_eq!(
                strict(&value),
                Err(ContentRangeError::TooLarge { at }),
                "{value}"
            );
        }
        let value = format!("bytes=0-{large}");
        assert_eq!(
            range::parse(value.as_bytes()),
            Err(RangeError::TooLarge { at: 8 })
        );
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
    let lenient = Leniency {
        missing_unit: true,
        ..STRICT
    };
    let parse = |value: &str| ContentRange::parse(value.as_bytes(), lenient);
    assert_eq!(
        parse("*/2000000"),
        Ok(ContentRange::unsatisfied(Some(2_000_000)))
    );
    assert_eq!(parse("*/*"), Ok(ContentRange::unsatisfied(None)));
    assert_eq!(parse("0-9/10"), Ok(data(0, 10, Some(10))));
    assert_eq!(parse("7-*/*"), Ok(rest(7, None)));
    assert_eq!(parse("bytes 0-9/10"), Ok(data(0, 10, Some(10))));
    // It is missing, not another one, and the rest is as strict as ever.
    assert_eq!(
        parse("bytes=0-9/10"),
        Err(ContentRangeError::Unit {
            at: 5,
            found: Some(b'=')
        })
    );
    assert_eq!(
        parse(" */*"),
        Err(ContentRangeError::Unit {
            at: 0,
            found: Some(b' ')
        })
    );
    assert_eq!(
        parse(""),
        Err(ContentRangeError::Unit { at: 0, found: None })
    );
    assert_eq!(
        parse("0-9/10 "),
        Err(ContentRangeError::Trailing { at: 6, found: b' ' })
    );
    assert_eq!(
        parse("0--1/0"),
        Err(ContentRangeError::Number {
            at: 2,
            found: Some(b'-')
        })
    );
}

#[test]
fn r04_the_two_inverted_ranges_are_read_if_asked_for() {
    let lenient = Leniency {
        inverted_empty: true,
        ..STRICT
    };
    let parse = |value: &str| ContentRange::parse(value.as_bytes(), lenient);
    assert_eq!(
        parse("bytes 0--1/0"),
        Ok(ContentRange::unsatisfied(Some(0)))
    );
    assert_eq!(parse("bytes 1-0/1"), Ok(ContentRange::unsatisfied(Some(1))));
    assert_eq!(
        parse("bytes 262144-262143/262144"),
        Ok(ContentRange::unsatisfied(Some(262_144)))
    );
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
    assert_eq!(
        ContentRange::parse(b"7-6/7", LENIENT),
        Ok(ContentRange::unsatisfied(Some(7)))
    );
    assert_eq!(
        ContentRange::parse(b"0--1/0", LENIENT),
        Ok(ContentRange::unsatisfied(Some(0)))
    );
}

#[test]
fn r40_only_one_range_from_zero_is_understood() {
    use RangeError::{LastTooLarge, NotFromZero, Number, Separator, Several, Trailing, Unit};
    for (value, expected) in [
        ("bytes=0-0", Ok(1)),
        ("bytes=0-42", Ok(43)),
        ("bytes=0-102399", Ok(102_400)),
        ("bytes=0-35389439", Ok(35_389_440)),
        ("bytes=0-18446744073709551614", Ok(u64::MAX)),
        ("bytes=0-18446744073709551615", Err(LastTooLarge)),
        // B43: the unit as in the other header. Without one: "0-42".
        (
            "bytes 0-42",
            Err(Unit {
                at: 5,
                found: Some(b' '),
            }),
        ),
        (
            "0-42",
            Err(Unit {
                at: 0,
                found: Some(b'0'),
            }),
        ),
        ("", Err(Unit { at: 0, found: None })),
        // B17, B58.
        ("bytes=100-262143", Err(NotFromZero { first: 100 })),
        ("bytes=5-9", Err(NotFromZero { first: 5 })),
        (
            "bytes=1-18446744073709551615",
            Err(NotFromZero { first: 1 }),
        ),
        // S23, S31: what other servers make of nothing, and of an error.
        (
            "bytes=0--1",
            Err(Number {
                at: 8,
                found: Some(b'-'),
            }),
        ),
        (
            "bytes=0-NaN",
            Err(Number {
                at: 8,
                found: Some(b'N'),
            }),
        ),
        (
            "bytes=-5",
            Err(Number {
                at: 6,
                found: Some(b'-'),
            }),
        ),
        ("bytes=0-", Err(Number { at: 8, found: None })),
        (
            "bytes= 0-42",
            Err(Number {
                at: 6,
                found: Some(b' '),
            }),
        ),
        (
            "bytes=0-+42",
            Err(Number {
                at: 8,
                found: Some(b'+'),
            }),
        ),
        ("bytes=0", Err(Separator { at: 7, found: None })),
        (
            "bytes=0,2",
            Err(Separator {
                at: 7,
                found: Some(b','),
            }),
        ),
        ("bytes=0-4,10-12", Err(Several { at: 9 })),
        ("bytes=5-4,10-12", Err(Several { at: 9 })),
        (
            "bytes=0-42/43",
            Err(Trailing {
                at: 10,
                found: b'/',
            }),
        ),
        (
            "bytes=0-42 ",
            Err(Trailing {
                at: 10,
                found: b' ',
            }),
        ),
    ] {
        assert_eq!(range::parse(value.as_bytes()), expected, "{value}");
        if let Ok(persisted) = expected {
            let text = range::encode(NonZeroU64::new(persisted).unwrap());
            assert_eq!(text.as_str(), value);
        }
    }
}

#[test]
fn errors_say_what_was_expected_and_what_came() {
    for (value, message) in [
        (
            "bytes",
            "expected `bytes ` at the start, found the end at byte 5",
        ),
        (
            "bytes +0-9/10",
            "expected a digit or `*` at byte 6, found `+`",
        ),
        (
            "bytes */18446744073709551616",
            "expected a number of at most 64 bits at byte 8, found a larger one",
        ),
        ("bytes 0\n9/10", "expected `-` at byte 7, found `\\n`"),
        ("bytes 0-3/4junk", "expected the end at byte 11, found `j`"),
        (
            "bytes 3-0/10",
            "expected a last position from 3 on, found 0",
        ),
        (
            "bytes 0-10/10",
            "expected a last position below the total 10, found 10",
        ),
        (
            "bytes 8-*/7",
            "expected a first position of at most the total 7, found 8",
        ),
        (
            "bytes 0-18446744073709551615/*",
            "expected a last position of at most 18446744073709551614, found 18446744073709551615",
        ),
    ] {
        assert_eq!(strict(value).unwrap_err().to_string(), message);
    }
    for (value, message) in [
        (
            "0-42",
            "expected `bytes=` at the start, found `0` at byte 0",
        ),
        ("bytes=0-", "expected a digit at byte 8, found the end"),
        (
            "bytes=0-18446744073709551616",
            "expected a number of at most 64 bits at byte 8, found a larger one",
        ),
        ("bytes=0,7", "expected `-` at byte 7, found `,`"),
        (
            "bytes=0-4,10-12",
            "expected one range, found a comma at byte 9",
        ),
        ("bytes=0-4;", "expected the end at byte 9, found `;`"),
        (
            "bytes=5-9",
            "expected a range from 0 on, found one from 5 on",
        ),
        (
            "bytes=0-18446744073709551615",
            "expected a last position of at most 18446744073709551614, found 18446744073709551615",
        ),
    ] {
        assert_eq!(
            range::parse(value.as_bytes()).unwrap_err().to_string(),
            message
        );
    }
}

const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn wait(value: &str, date: &str) -> Option<u64> {
    retry_after::parse(value.as_bytes(), Some(date.as_bytes())).map(|wait| wait.as_secs())
}

#[test]
fn r47_seconds_need_no_date() {
    for (value, seconds) in [
        ("0", 0),
        ("120", 120),
        ("0000000000000000000000120", 120),
        ("18446744073709551615", u64::MAX),
        ("18446744073709551616", u64::MAX),
        ("99999999999999999999999999", u64::MAX),
    ] {
        let expected = Some(Duration::from_secs(seconds));
        assert_eq!(
            retry_after::parse(value.as_bytes(), None),
            expected,
            "{value}"
        );
        assert_eq!(
            retry_after::parse(value.as_bytes(), Some(b"soon")),
            expected
        );
        let text = retry_after::encode(seconds);
        assert_eq!(retry_after::parse(text.as_ref(), None), expected);
    }
    for value in ["", "-1", "+1", "1.5", "1 ", "120s", "1,2", NOW] {
        assert_eq!(retry_after::parse(value.as_bytes(), None), None, "{value}");
    }
}

#[test]
fn r47_a_date_is_relative_to_the_date_of_the_answer_b28() {
    for (value, date, seconds) in [
        ("Sun, 06 Nov 1994 08:49:44 GMT", NOW, 7),
        ("Sunday, 06-Nov-94 08:49:44 GMT", NOW, 7),
        ("Sun Nov  6 08:49:44 1994", NOW, 7),
        ("Sun Nov 06 08:49:44 1994", NOW, 7),
        ("Wed Nov 16 08:49:44 1994", NOW, 864_007),
        (NOW, NOW, 0),
        // Past.
        ("Sun, 06 Nov 1994 08:49:36 GMT", NOW, 0),
        ("Sat, 06 Nov 1993 08:49:38 GMT", NOW, 0),
        // The day of the week is not checked.
        ("Mon, 06 Nov 1994 08:49:44 GMT", NOW, 7),
        // Leap years: 2016 and 2000 are, 2100 is not. A leap second.
        (
            "Tue, 01 Mar 2016 00:00:07 GMT",
            "Sun, 28 Feb 2016 00:00:00 GMT",
            172_807,
        ),
        (
            "Wed, 01 Mar 2000 00:00:07 GMT",
            "Mon, 28 Feb 2000 00:00:00 GMT",
            172_807,
        ),
        (
            "Mon, 01 Mar 2100 00:00:07 GMT",
            "Sun, 28 Feb 2100 00:00:00 GMT",
            86_407,
        ),
        (
            "Sat, 31 Dec 2016 23:59:60 GMT",
            "Sat, 31 Dec 2016 23:59:57 GMT",
            3,
        ),
        (
            "Sun, 01 Jan 2017 00:00:03 GMT",
            "Saturday, 31-Dec-16 23:59:56 GMT",
            7,
        ),
        (
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Sat, 01 Jan 0000 00:00:00 GMT",
            315_569_519_999,
        ),
    ] {
        assert_eq!(wait(value, date), Some(seconds), "{value}");
    }
}

#[test]
fn r47_a_year_of_two_digits_is_at_most_50_years_ahead() {
    let year = 31_556_952; // seconds, on the average
    for (value, date, years) in [
        (
            "Saturday, 01-Jan-00 00:00:00 GMT",
            "Fri, 31 Dec 1999 23:59:59 GMT",
            0,
        ),
        ("Sunday, 06-Nov-44 08:49:37 GMT", NOW, 50),
        // One second more is too much, so that is 1944.
        ("Sunday, 06-Nov-44 08:49:38 GMT", NOW, 0),
        ("Sunday, 06-Nov-93 08:49:37 GMT", NOW, 0),
        ("Sunday, 06-Nov-20 08:49:37 GMT", NOW, 26),
        // Neither has a century: 2069 and 1970.
        (
            "Sunday, 06-Nov-99 08:49:37 GMT",
            "Sunday, 06-Nov-69 08:49:37 GMT",
            30,
        ),
        (
            "Sunday, 06-Nov-20 08:49:37 GMT",
            "Friday, 06-Nov-70 08:49:37 GMT",
            50,
        ),
        (
            "Sunday, 06-Nov-21 08:49:37 GMT",
            "Friday, 06-Nov-70 08:49:37 GMT",
            0,
        ),
    ] {
        let seconds = wait(value, date).unwrap();
        assert_eq!(
            (seconds + year / 2) / year,
            years,
            "{value} after {date}: {seconds} s"
        );
    }
    assert_eq!(
        wait(
            "Saturday, 01-Jan-00 00:00:00 GMT",
            "Fri, 31 Dec 1999 23:59:59 GMT"
        ),
        Some(1)
    );
}

#[test]
fn r47_what_is_no_date_is_not_understood() {
    for value in [
        "soon",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sunday Nov  6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
    ] {
        assert_eq!(wait(value, NOW), None, "{value}");
        assert_eq!(wait(NOW, value), None, "{value} as the Date");
    }
}
