//! `Range` and `Retry-After` in tables: what servers send, and what is no such thing.
#![allow(clippy::unwrap_used)]

use core::num::NonZeroU64;
use core::time::Duration;

use resumable::google::range::{self, RangeError};
use resumable::google::retry_after;

#[test]
#[rustfmt::skip] // A table: one case in a line.
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
        ("bytes 0-42", Err(Unit { at: 5, found: Some(b' ') })),
        ("0-42", Err(Unit { at: 0, found: Some(b'0') })),
        ("", Err(Unit { at: 0, found: None })),
        // B17, B58.
        ("bytes=100-262143", Err(NotFromZero { first: 100 })),
        ("bytes=5-9", Err(NotFromZero { first: 5 })),
        ("bytes=1-18446744073709551615", Err(NotFromZero { first: 1 })),
        // S23, S31: what other servers make of nothing, and of an error.
        ("bytes=0--1", Err(Number { at: 8, found: Some(b'-') })),
        ("bytes=0-NaN", Err(Number { at: 8, found: Some(b'N') })),
        ("bytes=-5", Err(Number { at: 6, found: Some(b'-') })),
        ("bytes=0-", Err(Number { at: 8, found: None })),
        ("bytes= 0-42", Err(Number { at: 6, found: Some(b' ') })),
        ("bytes=0-+42", Err(Number { at: 8, found: Some(b'+') })),
        ("bytes=0", Err(Separator { at: 7, found: None })),
        ("bytes=0,2", Err(Separator { at: 7, found: Some(b',') })),
        ("bytes=0-4,10-12", Err(Several { at: 9 })),
        ("bytes=5-4,10-12", Err(Several { at: 9 })),
        ("bytes=0-42/43", Err(Trailing { at: 10, found: b'/' })),
        ("bytes=0-42 ", Err(Trailing { at: 10, found: b' ' })),
    ] {
        assert_eq!(range::parse(value.as_bytes()), expected, "{value}");
        if let Ok(persisted) = expected {
            let text = range::encode(NonZeroU64::new(persisted).unwrap());
            assert_eq!(text.as_str(), value);
        }
    }
}

#[test]
fn r40_the_unit_is_read_in_any_case_and_zeros_may_lead() {
    for unit in ["bytes", "Bytes", "BYTES", "bYtEs"] {
        for count in 0..40 {
            let zeros = "0".repeat(count);
            let value = format!("{unit}=0{zeros}-{zeros}42");
            assert_eq!(range::parse(value.as_bytes()), Ok(43), "{value}");
        }
    }
}

#[test]
#[rustfmt::skip] // A table: one case in a line.
fn errors_say_what_was_expected_and_what_came() {
    for (value, message) in [
        ("0-42", "expected `bytes=` at the start, found `0` at byte 0"),
        ("bytes=0-", "expected a digit at byte 8, found the end"),
        ("bytes=0-18446744073709551616", "expected a number of at most 64 bits at byte 8, found a larger one"),
        ("bytes=0,7", "expected `-` at byte 7, found `,`"),
        ("bytes=0-4,10-12", "expected one range, found a comma at byte 9"),
        ("bytes=0-4;", "expected the end at byte 9, found `;`"),
        ("bytes=5-9", "expected a range from 0 on, found one from 5 on"),
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
#[rustfmt::skip] // A table: one case in a line.
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
#[rustfmt::skip] // A table: one case in a line.
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
        ("Mon, 29 Feb 2016 00:00:07 GMT", "Sun, 28 Feb 2016 00:00:00 GMT", 86_407),
        ("Tue, 29 Feb 2000 00:00:07 GMT", "Mon, 28 Feb 2000 00:00:00 GMT", 86_407),
        ("Tue, 01 Mar 2016 00:00:07 GMT", "Sun, 28 Feb 2016 00:00:00 GMT", 172_807),
        ("Wed, 01 Mar 2000 00:00:07 GMT", "Mon, 28 Feb 2000 00:00:00 GMT", 172_807),
        ("Mon, 01 Mar 2100 00:00:07 GMT", "Sun, 28 Feb 2100 00:00:00 GMT", 86_407),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "Sat, 31 Dec 2016 23:59:57 GMT", 3),
        ("Sun, 01 Jan 2017 00:00:03 GMT", "Saturday, 31-Dec-16 23:59:56 GMT", 7),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 0000 00:00:00 GMT", 315_569_519_999),
    ] {
        assert_eq!(wait(value, date), Some(seconds), "{value}");
    }
}

#[test]
#[rustfmt::skip] // A table: one case in a line.
fn r47_a_year_of_two_digits_is_at_most_50_years_ahead() {
    let year = 31_556_952; // seconds, on the average
    for (value, date, years) in [
        ("Saturday, 01-Jan-00 00:00:00 GMT", "Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Sunday, 06-Nov-44 08:49:37 GMT", NOW, 50),
        // One second more is too much, so that is 1944.
        ("Sunday, 06-Nov-44 08:49:38 GMT", NOW, 0),
        ("Sunday, 06-Nov-93 08:49:37 GMT", NOW, 0),
        ("Sunday, 06-Nov-20 08:49:37 GMT", NOW, 26),
        // Neither has a century: 2069 and 1970.
        ("Sunday, 06-Nov-99 08:49:37 GMT", "Sunday, 06-Nov-69 08:49:37 GMT", 30),
        ("Sunday, 06-Nov-20 08:49:37 GMT", "Friday, 06-Nov-70 08:49:37 GMT", 50),
        ("Sunday, 06-Nov-21 08:49:37 GMT", "Friday, 06-Nov-70 08:49:37 GMT", 0),
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
