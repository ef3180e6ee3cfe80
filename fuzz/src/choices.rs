//! Choices that the fuzzer makes: its bytes, read one by one.

/// Offsets around which arithmetic goes wrong.
const BOUNDARIES: [u64; 8] = [0, 1, 262_144, 1 << 32, 1 << 53, 1 << 63, u64::MAX - 1, u64::MAX];

pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// The next byte; `None` once they are used up.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// A number below `count`; 0 once the bytes are used up.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte().unwrap_or(0)) % count
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, from: [T; N]) -> T {
        from[self.below(N)]
    }

    /// `near` itself, a neighbour of it, a small number, or one of the boundaries.
    pub(crate) fn offset(&mut self, near: u64) -> u64 {
        let byte = self.byte().unwrap_or(0);
        let low = u64::from(byte & 0x3f);
        match byte >> 6 {
            0 => near.saturating_add(low),
            1 => near.saturating_sub(low),
            2 => low,
            _ => BOUNDARIES[byte as usize % BOUNDARIES.len()].saturating_sub(low >> 3),
        }
    }

    /// Nothing, or an offset.
    pub(crate) fn maybe_offset(&mut self, near: u64) -> Option<u64> {
        self.flag().then(|| self.offset(near))
    }
}
