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
        let mut back = Back { free: &mut bytes };
        write(&mut back);
        let start = back.free.len();
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

/// Writes a [`Text`] from its end to its start.
///
/// The capacity is enough for every value of this dialect. If it were not, what does not fit would be left out: a
/// short value is a mistake that tests find, a panic would be a gift to a hostile peer.
pub(super) struct Back<'a> {
    free: &'a mut [u8],
}

impl Back<'_> {
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
        let mut left = number;
        while left >= 100 {
            self.put(pair(left % 100));
            left /= 100;
        }
        if left >= 10 {
            self.put(pair(left));
        } else {
            let [ones, ..] = left.to_le_bytes();
            self.put([b'0' | ones]);
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

/// The two digits of a number below 100.
#[inline]
fn pair(number: u64) -> [u8; 2] {
    usize::try_from(number).ok().and_then(|number| PAIRS.get(number)).copied().unwrap_or_default()
}

const PAIRS: &[[u8; 2]] = b"\
    00010203040506070809101112131415161718192021222324\
    25262728293031323334353637383940414243444546474849\
    50515253545556575859606162636465666768697071727374\
    75767778798081828384858687888990919293949596979899"
    .as_chunks()
    .0;
