//! Checksums that a client declares for an object, and whether they hold.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crc_fast::{CrcAlgorithm, Digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::object::Object;

/// What an object's bytes must come to. Nothing of it need be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksums {
    pub md5: Option<[u8; 16]>,
    pub crc32c: Option<u32>,
}

/// The CRC32C of the first bytes of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Of how many.
    pub len: u64,
    pub crc32c: u32,
}

impl Sum {
    pub fn append(&mut self, bytes: &[u8]) {
        // CRC32C is the CRC of iSCSI. Its state is what it comes to, before all bits are inverted.
        let mut digest = Digest::new_with_init_state(CrcAlgorithm::Crc32Iscsi, u64::from(!self.crc32c));
        digest.update(bytes);
        self.crc32c = crc_of(&digest);
        self.len += bytes.len() as u64;
    }
}

/// A CRC of 32 bits, of which the upper half of the number is empty.
fn crc_of(digest: &Digest) -> u32 {
    let [.., a, b, c, d] = digest.finalize().to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumError {
    #[error("expected {name} to be {len} bytes in Base64, got {value:?}")]
    Value { name: &'static str, len: usize, value: String },
    #[error("expected crc32c=... or md5=... in x-goog-hash, got {0:?}")]
    Name(String),
    #[error("expected one {0} for the object, got two that differ")]
    Twice(&'static str),
}

impl Checksums {
    /// Those in the values of `x-goog-hash`, each of which may be a list.
    pub fn of_fields<'v>(values: impl IntoIterator<Item = &'v [u8]>) -> Result<Self, ChecksumError> {
        let mut found = Self::default();
        for line in values {
            let line = String::from_utf8_lossy(line);
            for item in line.split(',').map(str::trim).filter(|item| !item.is_empty()) {
                let one = match item.split_once('=') {
                    Some(("crc32c", value)) => Self { crc32c: Some(crc32c(value)?), ..Self::default() },
                    Some(("md5", value)) => Self { md5: Some(md5(value)?), ..Self::default() },
                    _ => return Err(ChecksumError::Name(item.to_owned())),
                };
                found = found.and(one)?;
            }
        }
        Ok(found)
    }

    /// Those of a description in JSON.
    pub fn of_json(said: &Value) -> Result<Self, ChecksumError> {
        let text = |key: &str| said[key].as_str().filter(|value| !value.is_empty());
        Ok(Self { md5: text("md5Hash").map(md5).transpose()?, crc32c: text("crc32c").map(crc32c).transpose()? })
    }

    /// Both: they may say the same, not something else.
    pub fn and(self, other: Self) -> Result<Self, ChecksumError> {
        Ok(Self { md5: one_of("md5", self.md5, other.md5)?, crc32c: one_of("crc32c", self.crc32c, other.crc32c)? })
    }

    pub fn hold_for(&self, object: &Object) -> bool {
        self.md5.is_none_or(|md5| Some(md5) == object.md5) && self.crc32c.is_none_or(|crc32c| crc32c == object.crc32c)
    }
}

fn one_of<T: PartialEq>(name: &'static str, one: Option<T>, other: Option<T>) -> Result<Option<T>, ChecksumError> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(ChecksumError::Twice(name)),
        (one, other) => Ok(one.or(other)),
    }
}

fn md5(value: &str) -> Result<[u8; 16], ChecksumError> {
    decode("md5", value)
}

/// Four bytes, the most significant first.
fn crc32c(value: &str) -> Result<u32, ChecksumError> {
    decode("crc32c", value).map(u32::from_be_bytes)
}

fn decode<const N: usize>(name: &'static str, value: &str) -> Result<[u8; N], ChecksumError> {
    let bytes = BASE64_STANDARD.decode(value).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| ChecksumError::Value {
        name,
        len: N,
        value: value.to_owned(),
    })
}
