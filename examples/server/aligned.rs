//! A buffer for what goes through a system call.

use std::ops::{Deref, DerefMut, Range};

/// A kernel copies long runs of bytes faster from addresses that are multiples of this. What is allocated is usually
/// aligned to 16 bytes only.
pub const ALIGNMENT: usize = 64;

/// So many bytes from a multiple of [`ALIGNMENT`] on.
pub struct Aligned {
    allocated: Box<[u8]>,
    place: Range<usize>,
}

impl Aligned {
    pub fn new(len: usize) -> Self {
        let allocated: Box<[u8]> = vec![0; ALIGNMENT + len].into();
        // Where this cannot be told, it does without.
        let skipped = allocated.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        Self { allocated, place: skipped..skipped + len }
    }
}

impl Deref for Aligned {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.allocated[self.place.clone()]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.allocated[self.place.clone()]
    }
}
