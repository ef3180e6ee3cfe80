//! `Retry-After`: how long a client is asked to wait.
//!
//! RFC 9110, section 10.2.3: whole seconds, or a date. A date is taken relative to the answer's own `Date` (section
//! 6.6.1), so no clock is needed, and one that is set wrongly does no harm.
//!
//! ```text
//! Retry-After  = HTTP-date / 1*DIGIT
//! IMF-fixdate  = Sun, 06 Nov 1994 08:49:37 GMT
//! rfc850-date  = Sunday, 06-Nov-94 08:49:37 GMT
//! asctime-date = Sun Nov  6 08:49:37 1994
//! ```

use core::time::Duration;

use super::text::Text;
use crate::digits::{Cursor, NumberError};

/// Reads the value, and the `date` of the same answer, both without white space around them: how long to wait.
///
/// A number of seconds above `u64::MAX` is read as that. A date that has passed is zero. All three forms of section
/// 5.6.7 are read in both fields. A year of two digits is, in the `Retry-After`, the latest one that makes it at most
/// 50 years later than `date`, as that section demands, and in `date` itself the one from 1970 to 2069. The day's name
/// must be one, but need not be the right one.
///
/// `None` if the value is neither a number nor a date, or is a date and there is no usable `date`: the host then waits
/// as if there were no `Retry-After`.
///
/// ```
/// use core::time::Duration;
/// use resumable::google::retry_after::parse;
///
/// assert_eq!(parse(b"120", None), Some(Duration::from_secs(120)));
/// let date = b"Fri, 31 Dec 1999 23:59:29 GMT";
/// assert_eq!(parse(b"Fri, 31 Dec 1999 23:59:59 GMT", Some(date)), Some(Duration::from_secs(30)));
/// assert_eq!(parse(b"Fri, 31 Dec 1999 23:59:59 GMT", None), None);
/// ```
#[must_use]
pub fn parse(value: &[u8], date: Option<&[u8]>) -> Option<Duration> {
    if let Some(seconds) = parse_number(value) {
        return Some(Duration::from_secs(seconds));
    }
    let now = parse_date(date?)?.in_the_century_from_1970().if_it_exists()?;
    let then = parse_date(value)?.in_the_century_around(now)?.if_it_exists()?;
    Some(Duration::from_secs(then.seconds().saturating_sub(now.seconds())))
}

/// Writes the value for a wait of that many seconds.
///
/// ```
/// assert_eq!(resumable::google::retry_after::encode(1).as_bytes(), b"1");
/// ```
#[must_use]
pub fn encode(seconds: u64) -> Text {
    Text::from_the_back(|back| back.put_number(seconds))
}

/// Reads a value that is all digits.
fn parse_number(value: &[u8]) -> Option<u64> {
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match Cursor::new(value).expect_number() {
        Ok(number) => Some(number),
        Err(NumberError::TooLarge { .. }) => Some(u64::MAX),
        Err(NumberError::Missing { .. }) => None,
    }
}

/// Reads a date in one of the three forms, case and all.
fn parse_date(value: &[u8]) -> Option<WrittenDate> {
    let (name, rest) = value.split_at_checked(value.iter().position(|byte| !byte.is_ascii_alphabetic())?)?;
    let is_short = DAY_NAMES.iter().any(|day| day.get(..3) == Some(name));
    match *rest {
        [b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', ref time @ .., b' ', b'G', b'M', b'T']
            if is_short =>
        {
            date([d1, d2], [m1, m2, m3], &[y1, y2, y3, y4], time)
        }
        [b',', b' ', d1, d2, b'-', m1, m2, m3, b'-', y1, y2, b' ', ref time @ .., b' ', b'G', b'M', b'T']
            if DAY_NAMES.contains(&name) =>
        {
            date([d1, d2], [m1, m2, m3], &[y1, y2], time)
        }
        [b' ', m1, m2, m3, b' ', d1, d2, b' ', ref time @ .., b' ', y1, y2, y3, y4] if is_short => {
            let d1 = if d1 == b' ' { b'0' } else { d1 };
            date([d1, d2], [m1, m2, m3], &[y1, y2, y3, y4], time)
        }
        _ => None,
    }
}

const DAY_NAMES: [&[u8]; 7] = [b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday", b"Sunday"];

const MONTH_NAMES: [[u8; 3]; 12] =
    [*b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct", *b"Nov", *b"Dec"];

fn date(day: [u8; 2], month: [u8; 3], year: &[u8], time: &[u8]) -> Option<WrittenDate> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *time else {
        return None;
    };
    let (hour, minute, second) = (parse_number(&[h1, h2])?, parse_number(&[m1, m2])?, parse_number(&[s1, s2])?);
    // The grammar has a second 60, for leap seconds.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let date = Date {
        year: parse_number(year)?,
        month: (1..).zip(MONTH_NAMES).find(|(_, name)| *name == month)?.0,
        day: parse_number(&day)?,
        time: hour.wrapping_mul(3_600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second),
    };
    Some(WrittenDate { date, has_century: year.len() == 4 })
}

/// A date as it is written: of the year there may be only the last two digits.
#[derive(Clone, Copy)]
struct WrittenDate {
    date: Date,
    has_century: bool,
}

/// The order of the fields makes an earlier date the lesser one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Date {
    year: u64,
    /// 1 to 12.
    month: u64,
    day: u64,
    /// Of the day, in seconds.
    time: u64,
}

impl WrittenDate {
    /// The date, with a year of two digits taken as one from 1970 to 2069.
    fn in_the_century_from_1970(self) -> Date {
        let century = match self.date.year {
            _ if self.has_century => 0,
            0..70 => 2000,
            _ => 1900,
        };
        Date { year: self.date.year.saturating_add(century), ..self.date }
    }

    /// The date, with a year of two digits taken as the latest that makes it at most 50 years later than `now`.
    fn in_the_century_around(self, now: Date) -> Option<Date> {
        if self.has_century {
            return Some(self.date);
        }
        // The first year with these digits that is not before now's; 0 to 99 years ahead of it.
        let ahead = self.date.year.wrapping_add(100).wrapping_sub(now.year % 100) % 100;
        let year = now.year.checked_add(ahead)?;
        let date = Date { year, ..self.date };
        if date <= (Date { year: now.year.checked_add(50)?, ..now }) {
            return Some(date);
        }
        Some(Date { year: year.checked_sub(100)?, ..date })
    }
}

/// The arithmetic of dates is on small numbers: a year has at most four digits here, and nothing wraps.
impl Date {
    /// The date, unless its month has no such day.
    fn if_it_exists(self) -> Option<Self> {
        let leap_year =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            2 if leap_year => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=days).contains(&self.day).then_some(self)
    }

    /// Seconds since a midnight long before the year 0: only differences mean something.
    fn seconds(self) -> u64 {
        self.days().wrapping_mul(86_400).wrapping_add(self.time)
    }

    /// Days since the same midnight, in the Gregorian calendar.
    fn days(self) -> u64 {
        // Years are counted from March, so that the leap day is the last of its year. The 400 years added, which are
        // one round of the calendar, keep the January of the year 0 from being negative.
        let month = self.month.wrapping_add(9) % 12;
        let year = self.year.wrapping_add(400).wrapping_sub(month / 10);
        let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
        // From March on months have 31, 30, 31, 30 and 31 days, 153 in all, and so again.
        let before_month = month.wrapping_mul(153).wrapping_add(2) / 5;
        year.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(before_month).wrapping_add(self.day)
    }
}
