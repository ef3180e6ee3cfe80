//! The three headers against a reference that is written in another way, on generated values. The corpus is replayed by
//! `regressions`.
#![allow(clippy::unwrap_used)]

use core::num::NonZeroU64;
use core::time::Duration;

use proptest::prelude::*;
use resumable::google::content_range::{ContentRange, Leniency};
use resumable::google::{range, retry_after};

#[path = "../fuzz/src/lib.rs"]
#[allow(clippy::pedantic, clippy::expect_used, dead_code, unreachable_pub)]
mod fuzz_bodies;
mod strategies;

use strategies::{Date, almost_answers, almost_ranges, dates, numbers, ranges};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r01_what_is_written_is_read_back(range in ranges()) {
        let text = range.encode();
        prop_assert_eq!(ContentRange::parse(text.as_bytes(), Leniency::default()), Ok(range));
        fuzz_bodies::headers::run(text.as_bytes());
    }

    #[test]
    fn r01_what_is_almost_right_is_judged_as_by_the_reference(value in almost_ranges()) {
        fuzz_bodies::headers::run(value.as_bytes());
    }

    #[test]
    fn r01_a_range_of_any_numbers_is_judged_as_by_the_reference(
        a in numbers(), b in numbers(), c in numbers(), by in 0..3_u64,
    ) {
        fuzz_bodies::headers::run(format!("bytes {a}-{b}/{c}").as_bytes());
        // Close to each other, where the bounds are.
        let near = a.saturating_add(by);
        fuzz_bodies::headers::run(format!("bytes {a}-{near}/{}", a.saturating_add(1)).as_bytes());
        fuzz_bodies::headers::run(format!("bytes {near}-{a}/{near}").as_bytes());
        fuzz_bodies::headers::run(format!("bytes {near}-*/{a}").as_bytes());
    }

    #[test]
    fn r01_one_byte_changed_is_judged_as_by_the_reference(
        range in ranges(), at in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3_u8,
    ) {
        let mut value = range.encode().as_bytes().to_vec();
        let at = at.index(value.len());
        match how {
            0 => value[at] = byte,
            1 => value.insert(at, byte),
            _ => drop(value.remove(at)),
        }
        fuzz_bodies::headers::run(&value);
    }

    #[test]
    fn r40_what_is_written_is_read_back(persisted in numbers()) {
        let Some(persisted) = NonZeroU64::new(persisted) else { return Ok(()) };
        let text = range::encode(persisted);
        prop_assert_eq!(text.to_string(), format!("bytes=0-{}", persisted.get() - 1));
        prop_assert_eq!(range::parse(text.as_bytes()), Ok(persisted.get()));
    }

    #[test]
    fn r40_what_is_almost_right_is_judged_as_by_the_reference(value in almost_answers()) {
        fuzz_bodies::headers::run(value.as_bytes());
    }

    #[test]
    fn r47_seconds_are_read_back(seconds in numbers()) {
        let text = retry_after::encode(seconds);
        prop_assert_eq!(text.to_string(), seconds.to_string());
        prop_assert_eq!(retry_after::parse(text.as_bytes(), None), Some(Duration::from_secs(seconds)));
    }

    #[test]
    fn r47_dates_are_understood_as_by_the_reference(
        forms in (0..3_usize, 0..3_usize),
        now in dates(1..10_000),
        ahead in dates(0..120),
    ) {
        let date = |form, (year, month, day, hour, minute, second): Date| {
            let name = &"JanFebMarAprMayJunJulAugSepOctNovDec"[month * 3..][..3];
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            match form {
                0 => format!("Sun, {day:02} {name} {year:04} {time} GMT"),
                1 => format!("Sunday, {day:02}-{name}-{:02} {time} GMT", year % 100),
                _ => format!("Sun {name} {day:2} {time} {year:04}"),
            }
        };
        let then = (now.0 + ahead.0, ahead.1, ahead.2, ahead.3, ahead.4, ahead.5);
        let value = format!("{}\n{}", date(forms.0, then), date(forms.1, now));
        fuzz_bodies::headers::run(value.as_bytes());
    }
}

#[test]
fn every_prefix_and_every_other_byte_is_judged_as_by_the_reference() {
    let mut accepted = 0;
    for value in [
        &b"bytes 43-1999999/2000000"[..],
        b"bytes 0-*/16777216",
        b"bytes */123456789",
        b"bytes 7-6/7",
        b"0--1/0",
        b"bytes=0-524287",
        b"bytes=00000000-4294967296",
        b"Sun, 06 Nov 1994 08:49:44 GMT\nSun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:44 GMT\nSun Nov  6 08:49:37 1994",
    ] {
        for end in 0..=value.len() {
            let prefix = &value[..end];
            fuzz_bodies::headers::run(prefix);
            accepted += u32::from(ContentRange::parse(prefix, Leniency::default()).is_ok());
        }
        for at in 0..value.len() {
            for byte in 0..=u8::MAX {
                let mut other = value.to_vec();
                other[at] = byte;
                fuzz_bodies::headers::run(&other);
            }
        }
    }
    // The first is right only as a whole, the second from its first digit of a total on, the third likewise.
    assert_eq!(accepted, 1 + 8 + 9);
}
