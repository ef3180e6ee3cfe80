//! Offsets: how much came, and how much is safe.
//!
//! Both are counts of bytes from the start of the object, so each is also the half-open end of a prefix: `43` means
//! bytes `0..43`. They are different types without a conversion between them, because the most expensive mistake of
//! a resumable upload is to tell the peer what was *received* where it takes it for what was *persisted*, and drops
//! its copy.
//!
//! All arithmetic on offsets lives in this file and is checked.

use core::fmt;

/// How many bytes from the start of the object have reached this process.
///
/// Only the machine makes one. It is told to the host's store, never to the peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Received(u64);

impl Received {
    pub(crate) const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// How many bytes from the start of the object are durable: a crash of the process that says so does not lose them.
///
/// A server's store makes one with [`Persisted::confirmed`]; a client's dialect makes one from what the server told.
///
/// ```
/// use resumable::Persisted;
///
/// let persisted = Persisted::confirmed(43);
/// assert_eq!(persisted.get(), 43);
/// assert!(persisted > Persisted::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Persisted(u64);

impl Persisted {
    /// Nothing is persisted yet.
    pub const ZERO: Self = Self(0);

    /// What a store has confirmed: `bytes` is the length of the prefix that is durable now.
    ///
    /// The name is the promise: call it with the number that the store gave, after the store gave it.
    #[must_use]
    pub const fn confirmed(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Persisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The end of `len` bytes that start at `at`, if it fits.
#[inline]
pub(crate) const fn end(at: u64, len: u64) -> Option<u64> {
    at.checked_add(len)
}

/// How many bytes lie between `from` and `to`; none if `to` is before `from`.
#[inline]
pub(crate) const fn between(from: u64, to: u64) -> u64 {
    to.saturating_sub(from)
}

/// The greatest multiple of `quantum` that is not above `offset`.
#[inline]
pub(crate) const fn floor(offset: u64, quantum: core::num::NonZeroU64) -> u64 {
    match offset.checked_rem(quantum.get()) {
        Some(rest) => offset.saturating_sub(rest),
        None => offset,
    }
}

/// The least multiple of `quantum` that is not below `offset`, or the greatest offset there is.
#[inline]
pub(crate) const fn ceil(offset: u64, quantum: core::num::NonZeroU64) -> u64 {
    let floor = floor(offset, quantum);
    if floor == offset { offset } else { floor.saturating_add(quantum.get()) }
}

/// `offset` as a length of memory, cut to `most`.
#[inline]
pub(crate) fn at_most(offset: u64, most: usize) -> usize {
    usize::try_from(offset).map_or(most, |offset| offset.min(most))
}

/// A length of memory as a number of bytes of the object.
#[inline]
pub(crate) fn length(bytes: &[u8]) -> u64 {
    // There is no target whose addresses are wider than 64 bits; were there one, the limit would be refused as too long.
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::num::NonZeroU64;

    #[test]
    #[inline]
    fn floor_and_ceil_bracket_the_offset() {
        let quantum = NonZeroU64::new(7).unwrap();
        for (offset, low, high) in [(0, 0, 0), (1, 0, 7), (6, 0, 7), (7, 7, 7), (8, 7, 14), (13, 7, 14), (14, 14, 14)] {
            assert_eq!((floor(offset, quantum), ceil(offset, quantum)), (low, high), "offset {offset}");
        }
        assert_eq!(floor(u64::MAX, quantum), u64::MAX - u64::MAX % 7);
        assert_eq!(ceil(u64::MAX, quantum), u64::MAX, "there is nothing above it");
    }

    #[test]
    fn ends_that_do_not_fit_are_seen() {
        assert_eq!(end(43, 7), Some(50));
        assert_eq!(end(u64::MAX, 0), Some(u64::MAX));
        assert_eq!(end(u64::MAX, 1), None);
    }

    #[test]
    fn a_length_of_memory_never_exceeds_what_there_is() {
        assert_eq!(at_most(3, 11), 3);
        assert_eq!(at_most(u64::MAX, 11), 11);
    }
}
