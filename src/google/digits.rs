//! Reading header values: a cursor over ASCII, and numbers eight digits at a time.

/// What is left of a header value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    /// The length of the whole value, to tell where in it an error is.
    length: usize,
    rest: &'a [u8],
}

/// Why no number could be read at `at`, an offset in bytes from the start of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberError {
    /// There is no digit.
    Missing { at: usize, found: Option<u8> },
    /// The number that starts here is above `u64::MAX`.
    TooLarge { at: usize },
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(value: &'a [u8]) -> Self {
        Self {
            length: value.len(),
            rest: value,
        }
    }

    /// The offset of the next byte from the start of the value.
    pub(super) const fn at(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    /// The next byte, which is not consumed.
    pub(super) const fn peek(&self) -> Option<u8> {
        match self.rest.first() {
            Some(byte) => Some(*byte),
            None => None,
        }
    }

    /// Everything that was not consumed yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Consumes `byte` if it is next.
    #[inline]
    pub(super) fn skip(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Consumes `word` if it is next, in any case.
    #[inline]
    pub(super) fn skip_word<const N: usize>(&mut self, word: &[u8; N]) -> bool {
        match self.rest.split_first_chunk() {
            // Nearly every peer writes the word as it is written here, and comparing for that is much quicker.
            Some((first, rest)) if first == word || first.eq_ignore_ascii_case(word) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Consumes the digits that are next, at least one, and tells their value; leading zeros are allowed.
    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, NumberError> {
        match leading_digits(self.rest) {
            (_, 0) => Err(NumberError::Missing {
                at: self.at(),
                found: self.peek(),
            }),
            (_, 8) => self.long_number(),
            (value, count) => {
                self.advance(count);
                Ok(value)
            }
        }
    }

    /// The same for any count of digits, without end if they are zeros.
    #[inline(never)]
    fn long_number(&mut self) -> Result<u64, NumberError> {
        let too_large = NumberError::TooLarge { at: self.at() };
        let mut value = 0_u64;
        loop {
            let (low, count) = leading_digits(self.rest);
            let scale = POWERS_OF_TEN.get(count).ok_or(too_large)?;
            value = value
                .checked_mul(*scale)
                .and_then(|high| high.checked_add(low))
                .ok_or(too_large)?;
            self.advance(count);
            if count < 8 {
                return Ok(value);
            }
        }
    }

    #[inline]
    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }
}

/// The number that `value` is, all of it; `None` if it is anything else.
pub(crate) fn whole(value: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(value);
    cursor.number().ok().filter(|_| cursor.rest().is_empty())
}

/// Where `value` stops being `word` (in any case), for errors: the offset and the byte that came instead.
#[cold]
pub(super) fn first_difference(value: &[u8], word: &[u8]) -> (usize, Option<u8>) {
    let same = value
        .iter()
        .zip(word)
        .take_while(|(byte, expected)| byte.eq_ignore_ascii_case(expected))
        .count();
    (same, value.get(same).copied())
}

const POWERS_OF_TEN: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// The value and the count of the digits at the front of `input`, as far as the first eight bytes go.
///
/// All eight are looked at in one word, the first of them in its lowest byte: a loop over bytes takes three times as
/// many instructions, and this is the innermost part of every request.
#[inline]
fn leading_digits(input: &[u8]) -> (u64, usize) {
    // A digit becomes its value, 0 to 9; every other byte becomes 10 or more.
    let values = first_word(input) ^ 0x3030_3030_3030_3030;
    // The high bit of each byte that is 10 or more. A carry out of a byte disturbs only bytes behind one that has
    // its bit set anyhow, and only the first bit set counts.
    let others = (values | values.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080;
    let bits = others.trailing_zeros() & !7;
    // Push out what follows the digits; zeros come in before them.
    let digits = values.unbounded_shl(64_u32.wrapping_sub(bits));
    (join_digits(digits), (bits / 8) as usize)
}

/// The number that eight digits make, the first of them in the lowest byte.
///
/// Each step joins neighbours, all of them in one multiplication: digits to numbers below a hundred, those to numbers
/// below ten thousand, and those to the result.
#[inline]
const fn join_digits(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul((10 << 8) + 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul((100 << 16) + 1) >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul((10_000 << 32) + 1) >> 32
}

/// The first eight bytes, the first of them lowest; zeros, which are no digits, stand for bytes that are missing.
#[inline]
fn first_word(input: &[u8]) -> u64 {
    match input.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => input
            .iter()
            .rev()
            .fold(0, |word, &byte| (word << 8) | u64::from(byte)),
    }
}
