//! A file whose writes are durable only once they are synced.

use std::ops::Range;

/// A file, as it is and as a crash may leave it.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    /// What is read back as long as nothing crashes.
    pub(super) current: Vec<u8>,
    /// What a crash leaves at least.
    pub(super) durable: Vec<u8>,
    unsynced: Vec<Range<usize>>,
}

impl File {
    pub(super) fn write(&mut self, at: u64, data: &[u8]) {
        let at = usize::try_from(at).expect("objects of tests fit into memory");
        let end = at + data.len();
        if end > self.current.len() {
            self.current.resize(end, 0);
        }
        self.current[at..end].copy_from_slice(data);
        if !data.is_empty() {
            self.unsynced.push(at..end);
        }
    }

    pub(super) fn sync(&mut self) {
        for range in std::mem::take(&mut self.unsynced) {
            self.survive(range);
        }
    }

    pub(super) fn crash(&mut self, luck: &mut impl FnMut() -> bool) {
        for range in std::mem::take(&mut self.unsynced) {
            // A long write can survive in half.
            let middle = range.start.midpoint(range.end);
            for part in [range.start..middle, middle..range.end] {
                if luck() {
                    self.survive(part);
                }
            }
        }
        self.current.clone_from(&self.durable);
    }

    fn survive(&mut self, range: Range<usize>) {
        if range.end > self.durable.len() {
            self.durable.resize(range.end, 0);
        }
        self.durable[range.clone()].copy_from_slice(&self.current[range]);
    }

    pub(super) fn prefix(&self, size: u64) -> Vec<u8> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        self.current.get(..size).unwrap_or(&self.current).to_vec()
    }
}
