//! Writing header values into a buffer that needs no allocation.

use core::fmt;
use core::hash::{Hash, Hasher};

/// As long as the longest value: `bytes `, three numbers of 20 digits, `-` and `/`.
const CAPACITY: usize = 68;

/// A header value in ASCII, kept in place: it borrows nothing and allocates nothing.
///
/// ```
/// use resumable::google::retry_after;
///
/// let text = retry_after::encode(120);
/// assert_eq!(text.as_bytes(), b"120");
/// assert_eq!(text.as_str(), "120");
/// assert_eq!(format!("{text}, {text:?}"), "120, \"120\"");
/// ```
#[derive(Clone, Copy)]
pub struct Text {
    /// The value, at the end: numbers are written from their last digit to their first.
    bytes: [u8; CAPACITY],
    start: usize,
}

impl Text {
    /// A number in decimal digits.
    ///
    /// ```
    /// assert_eq!(resumable::google::Text::number(2_000_000).as_str(), "2000000");
    /// ```
    #[must_use]
    pub fn number(number: u64) -> Self {
        Self::from_the_back(|back| back.put_number(number))
    }

    /// The value as bytes, which is how most types of header values take it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The value as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever written, so there is always a string; without `unsafe` that has to be looked at again.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text that `write` leaves, who writes its end first.
    #[inline]
    pub(super) fn from_the_back(write: impl FnOnce(&mut Back<'_>)) -> Self {
        let mut bytes = [0; CAPACITY];
        let start = Back::put_into(&mut bytes, write);
        Self { bytes, start }
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// Writes a value from its end to its start, into room that is before what was written already.
///
/// There is room for every value of this dialect. If there were not, what does not fit would be left out, and zero
/// bytes would stand in its place: that is a mistake that tests find, and no HTTP stack sends it. A panic would be a gift
/// to a hostile peer.
pub(super) struct Back<'a> {
    free: &'a mut [u8],
}

impl Back<'_> {
    /// Where the text starts that `write` leaves at the end of `free`.
    #[inline]
    pub(super) fn put_into(free: &mut [u8], write: impl FnOnce(&mut Back<'_>)) -> usize {
        let mut back = Back { free };
        write(&mut back);
        back.free.len()
    }

    /// Puts `text` before everything written so far.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, text: [u8; N]) {
        if let Some((rest, last)) = core::mem::take(&mut self.free).split_last_chunk_mut() {
            *last = text;
            self.free = rest;
        }
    }

    /// Puts a number before everything written so far, in decimal, without leading zeros.
    #[inline]
    pub(super) fn put_number(&mut self, number: u64) {
        let mut first = number;
        if number >= EIGHT_DIGITS {
            (self.free, first) = put_last_digits(core::mem::take(&mut self.free), number);
        }
        match first.to_le_bytes() {
            [ones, ..] if first < 10 => self.put([b'0' | ones]),
            _ => self.put_first_digits(first),
        }
    }

    /// Puts a number below [`EIGHT_DIGITS`] that is not zero, without leading zeros.
    #[inline]
    fn put_first_digits(&mut self, number: u64) {
        let digits = digits(number);
        let zeros = (digits.trailing_zeros() / 8) as usize;
        let free = core::mem::take(&mut self.free);
        if let Some(last) = free.last_chunk_mut() {
            // The zeros as well: what is put next goes over them.
            *last = ascii(digits);
            let end = free.len().saturating_sub(8).saturating_add(zeros);
            self.free = free.get_mut(..end).unwrap_or_default();
        }
    }

    /// Puts `/` and the total, or `/*` if it is not known.
    #[inline]
    pub(super) fn put_total(&mut self, total: Option<u64>) {
        match total {
            Some(total) => self.put_number(total),
            None => self.put(*b"*"),
        }
        self.put(*b"/");
    }
}

/// Puts the digits of a long number into the end of `free`, but for the first, at most eight. What is left of both.
#[inline(never)]
fn put_last_digits(free: &mut [u8], number: u64) -> (&mut [u8], u64) {
    let (mut back, mut left) = (Back { free }, number);
    while left >= EIGHT_DIGITS {
        back.put(ascii(digits(left % EIGHT_DIGITS)));
        left /= EIGHT_DIGITS;
    }
    (back.free, left)
}

const EIGHT_DIGITS: u64 = 100_000_000;

/// The eight digits of a number below [`EIGHT_DIGITS`], the first of them lowest.
///
/// Each step splits all parts at once, by a multiplication in the place of each division: the number into two below ten
/// thousand, those into four below a hundred, and those into digits.
#[inline]
const fn digits(number: u64) -> u64 {
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    // A hundredth of every number below 10,000, and a tenth of every number below 100: exact, and no lane overflows.
    let hundreds = (fours.wrapping_mul(10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | (fours.wrapping_sub(hundreds.wrapping_mul(100)) << 16);
    let tens = (pairs.wrapping_mul(103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs.wrapping_sub(tens.wrapping_mul(10)) << 8)
}

/// Digits as characters.
#[inline]
const fn ascii(digits: u64) -> [u8; 8] {
    (digits | u64::from_le_bytes([b'0'; 8])).to_le_bytes()
}
