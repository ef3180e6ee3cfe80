//! The digests of a source, taken piece by piece as it is read.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::length;

/// Which checksum of the whole is sent to the server and compared with what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksum {
    /// None.
    #[default]
    None,
    /// CRC-32C (Castagnoli), which every object of Cloud Storage has.
    Crc32c,
    /// MD5.
    Md5,
}

/// The digests of the first bytes of a source. A clone is a few hundred bytes.
#[derive(Clone)]
pub(super) struct Digests {
    at: u64,
    sha256: Sha256,
    checksum: State,
}

#[derive(Clone)]
enum State {
    None,
    /// The CRC of iSCSI is CRC32C.
    Crc32c(Box<crc_fast::Digest>),
    Md5(Md5),
}

impl Digests {
    /// Of nothing yet.
    pub(super) fn new(checksum: Checksum) -> Self {
        let checksum = match checksum {
            Checksum::None => State::None,
            Checksum::Crc32c => State::Crc32c(Box::new(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi))),
            Checksum::Md5 => State::Md5(Md5::new()),
        };
        Self { at: 0, sha256: Sha256::new(), checksum }
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
            let new = &bytes[length(self.at - start)..];
            self.sha256.update(new);
            match &mut self.checksum {
                State::None => {}
                State::Crc32c(crc) => crc.update(new),
                State::Md5(md5) => md5.update(new),
            }
            self.at = end;
        }
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        self.sha256.clone().finalize().into()
    }

    /// The name and the value of the checksum, as `x-goog-hash` has them: in Base64, a number in network byte order.
    pub(super) fn checksum(&self) -> Option<(&'static str, String)> {
        match &self.checksum {
            State::None => None,
            State::Crc32c(crc) => Some(("crc32c", BASE64_STANDARD.encode(&crc.finalize().to_be_bytes()[4..]))),
            State::Md5(md5) => Some(("md5", BASE64_STANDARD.encode(md5.clone().finalize()))),
        }
    }
}
