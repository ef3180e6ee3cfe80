//! The headers once more, slowly and in another way: whole strings that are split, and numbers of 128 bits.
//!
//! Nothing here is shared with the library, so that a mistake has to be made twice to go unseen.

const U64_MAX: u128 = u64::MAX as u128;

/// First, last (inclusive) and total; `None` for each `*`.
pub type Numbers = (Option<u128>, Option<u128>, Option<u128>);

/// `None` for what must be refused.
pub fn content_range(value: &[u8], missing_unit: bool, inverted_empty: bool) -> Option<Numbers> {
    let text = std::str::from_utf8(value).ok()?;
    let range = match text.split_once(' ') {
        Some((unit, range)) if unit.eq_ignore_ascii_case("bytes") => range,
        None if missing_unit => text,
        _ => return None,
    };
    if inverted_empty && range == "0--1/0" {
        return Some((None, None, Some(0)));
    }
    let (span, total) = range.split_once('/')?;
    let total = number_or_star(total)?;
    if span == "*" {
        return Some((None, None, total));
    }
    let (first, last) = span.split_once('-')?;
    let (first, last) = (number(first)?, number_or_star(last)?);
    let bound = total.unwrap_or(U64_MAX);
    let fits = match last {
        Some(last) => first <= last && last < bound,
        None => first <= bound,
    };
    if fits {
        return Some((Some(first), last, total));
    }
    let nothing_left = Some(first) == total && last.map(|last| last + 1) == total;
    (inverted_empty && nothing_left).then_some((None, None, total))
}

/// The count of bytes persisted.
pub fn persisted(value: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(value).ok()?;
    let (unit, range) = text.split_once('=')?;
    let (first, last) = range.split_once('-')?;
    let count = number(last)? + 1;
    (unit.eq_ignore_ascii_case("bytes") && number(first)? == 0 && count <= U64_MAX).then_some(count)
}

/// Seconds.
pub fn retry_after(value: &[u8], date: Option<&[u8]>) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(number(text).map_or(u64::MAX, |seconds| seconds as u64));
    }
    let now = written_date(std::str::from_utf8(date?).ok()?)?;
    let now = match now.0 {
        Year::Full(year) => (year, now.1),
        Year::Short(year) if year < 70 => (2000 + year, now.1),
        Year::Short(year) => (1900 + year, now.1),
    };
    let then = written_date(text)?;
    let then = match then.0 {
        Year::Full(year) => (year, then.1),
        Year::Short(short) => {
            let latest = (now.0 + 50, now.1);
            let year = (0..=latest.0).rev().find(|year| year % 100 == short && (*year, then.1) <= latest)?;
            (year, then.1)
        }
    };
    Some(seconds(then)?.saturating_sub(seconds(now)?))
}

enum Year {
    Full(u64),
    Short(u64),
}

/// Month (0 to 11), day (from 0 on), second of the day.
type InYear = (usize, u64, u64);

const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";

fn written_date(text: &str) -> Option<(Year, InYear)> {
    let words: Vec<&str> = text.split(' ').collect();
    let (name, day, month, year, time) = match words[..] {
        [name, day, month, year, time, "GMT"] => {
            let name = name.strip_suffix(',').filter(|name| name.len() == 3)?;
            (name, two_digits(day)?, month, Year::Full(digits(year, 4)?), time)
        }
        [name, date, time, "GMT"] => {
            let name = name.strip_suffix(',').filter(|name| name.len() > 3)?;
            let [day, month, year] = date.split('-').collect::<Vec<_>>()[..] else {
                return None;
            };
            (name, two_digits(day)?, month, Year::Short(two_digits(year)?), time)
        }
        [name, month, day, time, year] if name.len() == 3 => {
            (name, two_digits(day)?, month, Year::Full(digits(year, 4)?), time)
        }
        [name, month, "", day, time, year] if name.len() == 3 => {
            (name, digits(day, 1)?, month, Year::Full(digits(year, 4)?), time)
        }
        _ => return None,
    };
    let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    names.iter().find(|full| **full == name || full[..3] == *name)?;
    let month = MONTHS.split(' ').position(|known| known == month)?;
    let [hour, minute, second] = time.split(':').collect::<Vec<_>>()[..] else {
        return None;
    };
    let (hour, minute, second) = (two_digits(hour)?, two_digits(minute)?, two_digits(second)?);
    let in_range = hour < 24 && minute < 60 && second < 61;
    in_range.then_some((year, (month, day.checked_sub(1)?, (hour * 60 + minute) * 60 + second)))
}

/// Since the start of the year 0, by counting.
fn seconds((year, (month, day, second)): (u64, InYear)) -> Option<u64> {
    let february = |year: u64| {
        if year.is_multiple_of(400) || (year.is_multiple_of(4) && !year.is_multiple_of(100)) { 29 } else { 28 }
    };
    let lengths = [31, february(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: u64 = (0..year).map(|year| 337 + february(year)).sum();
    let months: u64 = lengths[..month].iter().sum();
    (day < lengths[month]).then_some((years + months + day) * 86_400 + second)
}

fn two_digits(text: &str) -> Option<u64> {
    digits(text, 2)
}

fn digits(text: &str, count: usize) -> Option<u64> {
    number(text).filter(|_| text.len() == count).map(|number| number as u64)
}

fn number_or_star(text: &str) -> Option<Option<u128>> {
    if text == "*" { Some(None) } else { number(text).map(Some) }
}

/// A number that fits 64 bits.
fn number(text: &str) -> Option<u128> {
    if text.is_empty() || !text.chars().all(|char| char.is_ascii_digit()) {
        return None;
    }
    let significant = text.trim_start_matches('0');
    if significant.len() > 20 {
        return None;
    }
    format!("0{significant}").parse().ok().filter(|number| *number <= U64_MAX)
}
