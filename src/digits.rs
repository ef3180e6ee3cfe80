//! Reading header values: a cursor over ASCII, and numbers eight digits at a time.

use core::num::NonZeroU64;

/// What is left of a header value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    /// Of the whole value, to tell where in it an error is.
    length: usize,
    rest: &'a [u8],
}

/// Why no number could be read at `at`, an offset in bytes from the start of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// There is no digit.
    Missing { at: usize, found: Option<u8> },
    /// The number that starts here is above `u64::MAX`.
    TooLarge { at: usize },
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self { length: value.len(), rest: value }
    }

    /// The offset of the next byte from the start of the value.
    pub(crate) const fn at(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    /// The next byte, which is not consumed.
    pub(crate) const fn peek(&self) -> Option<u8> {
        match self.rest.first() {
            Some(byte) => Some(*byte),
            None => None,
        }
    }

    /// Everything that was not consumed yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Consumes `text` if it is next.
    #[inline]
    pub(crate) fn skip<const N: usize>(&mut self, text: &[u8; N]) -> bool {
        match self.rest.split_first_chunk::<N>() {
            Some((first, rest)) if first == text => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Consumes `text` if it is next, in any case.
    pub(crate) fn skip_ignoring_case<const N: usize>(&mut self, text: &[u8; N]) -> bool {
        match self.rest.split_first_chunk::<N>() {
            Some((first, rest)) if first.eq_ignore_ascii_case(text) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Consumes the digits that are next, at least one, and tells their value; leading zeros are allowed.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<u64> {
        let values = first_values(self.rest);
        let (value, count) = match first_other(values) {
            Some(other) if other.trailing_zeros() < 8 => return None,
            Some(other) => join_before(other, values),
            None => many_digits(values, self.rest)?,
        };
        self.rest = self.rest.get(count..)?;
        Some(value)
    }

    /// The same, with the reason if there is no number.
    pub(crate) fn expect_number(&mut self) -> Result<u64, NumberError> {
        let at = self.at();
        match self.number() {
            Some(number) => Ok(number),
            None => match self.peek() {
                Some(b'0'..=b'9') => Err(NumberError::TooLarge { at }),
                found => Err(NumberError::Missing { at, found }),
            },
        }
    }
}

/// The number that `value` is, all of it; `None` if it is anything else.
#[inline]
pub(crate) fn whole(value: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(value);
    cursor.number().filter(|_| cursor.rest().is_empty())
}

/// Where `value` stops being `word` (in any case), for errors: the offset and the byte that came instead.
#[cold]
pub(crate) fn first_difference(value: &[u8], word: &[u8]) -> (usize, Option<u8>) {
    let same = value.iter().zip(word).take_while(|(byte, expected)| byte.eq_ignore_ascii_case(expected)).count();
    (same, value.get(same).copied())
}

/// The value and the count of the digits at the front of `input`, which starts with the eight digits `first`. None if
/// that is above `u64::MAX`.
#[inline(never)]
fn many_digits(first: u64, input: &[u8]) -> Option<(u64, usize)> {
    let (mut value, mut rest) = (join(first), input.get(8..)?);
    loop {
        let values = first_values(rest);
        let Some(other) = first_other(values) else {
            value = value.checked_mul(100_000_000)?.checked_add(join(values))?;
            rest = rest.get(8..)?;
            continue;
        };
        let (low, count) = join_before(other, values);
        value = value.checked_mul(*POWERS_OF_TEN.get(count)?)?.checked_add(low)?;
        return Some((value, input.len().wrapping_sub(rest.len()).wrapping_add(count)));
    }
}

const POWERS_OF_TEN: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The number that the digits before `other` make, and their count.
///
/// Eight bytes are looked at in one word: a loop over bytes takes three times as many instructions for numbers of
/// common size, and this is the innermost part of every request.
#[inline]
fn join_before(other: NonZeroU64, values: u64) -> (u64, usize) {
    let bits = other.trailing_zeros() & !7;
    // Push out what follows the digits; zeros come in before them. With no digits at all everything is pushed out.
    let digits = values.unbounded_shl(64_u32.wrapping_sub(bits));
    (join(digits), (bits / 8) as usize)
}

/// The number that eight digits make.
///
/// Each step joins neighbours, all of them in one multiplication: digits to numbers below a hundred, those to numbers
/// below ten thousand, and those to the result.
#[inline]
const fn join(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul((10 << 8) + 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul((100 << 16) + 1) >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul((10_000 << 32) + 1) >> 32
}

/// The high bit of the first byte that is no digit. Nonsense above that bit.
#[inline]
const fn first_other(values: u64) -> Option<NonZeroU64> {
    // Adding 0x76 to 10 and more sets the high bit. A carry goes only from such a byte to those behind it.
    NonZeroU64::new((values | values.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080)
}

/// The first eight bytes in one word, the first of them lowest: a digit as its value, every other byte as 10 or more.
///
/// Also a byte that is missing, because the input ends before, is no digit.
#[inline]
fn first_values(input: &[u8]) -> u64 {
    let word = if let Some(chunk) = input.first_chunk() {
        u64::from_le_bytes(*chunk)
    } else if let (Some(first), Some(last)) = (input.first_chunk(), input.last_chunk()) {
        // Four to seven bytes: the halves overlap, and have the same there.
        let missing = 8_usize.wrapping_sub(input.len()).wrapping_mul(8);
        let last = u64::from(u32::from_le_bytes(*last)) << 32;
        u64::from(u32::from_le_bytes(*first)) | (last >> (missing & 63))
    } else {
        match *input {
            [] => 0,
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, ..] => u64::from(u32::from_le_bytes([a, b, c, 0])),
        }
    };
    word ^ u64::from_le_bytes([b'0'; 8])
}
