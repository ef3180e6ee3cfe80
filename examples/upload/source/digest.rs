//! The digests of a source, taken piece by piece as it is read.

use sha2::{Digest, Sha256};

use super::length;

/// The digests of the first bytes of a source. A clone is a few hundred bytes.
#[derive(Clone)]
pub(super) struct Digests {
    at: u64,
    sha256: Sha256,
}

impl Digests {
    /// Of nothing yet.
    pub(super) fn new() -> Self {
        Self { at: 0, sha256: Sha256::new() }
    }

    /// How many bytes they are of.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Goes on with what of `bytes`, which stand at `start` in the source, was not taken yet. Nothing is taken across
    /// a gap.
    pub(super) fn update(&mut self, start: u64, bytes: &[u8]) {
        let end = start + bytes.len() as u64;
        if (start..end).contains(&self.at) {
            self.sha256.update(&bytes[length(self.at - start)..]);
            self.at = end;
        }
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        self.sha256.clone().finalize().into()
    }
}
