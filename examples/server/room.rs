//! How much room there is for bytes.

use std::io;
use std::sync::Mutex;

use super::store::lock;

/// The bytes that uploads and objects may have together, and those that they have.
pub struct Room {
    quota: u64,
    used: Mutex<u64>,
}

impl Room {
    /// Without a quota the disk has the last word.
    pub fn new(quota: Option<u64>) -> Self {
        Self { quota: quota.unwrap_or(u64::MAX), used: Mutex::new(0) }
    }

    /// Room for so many bytes more.
    pub fn take(&self, bytes: u64) -> io::Result<()> {
        let mut used = lock(&self.used);
        match used.checked_add(bytes) {
            // What is there already is never too much.
            Some(wanted) if bytes == 0 || wanted <= self.quota => {
                *used = wanted;
                Ok(())
            }
            _ => {
                let text = format!("expected at most {} bytes in all, got {bytes} more than {}", self.quota, *used);
                Err(io::Error::new(io::ErrorKind::StorageFull, text))
            }
        }
    }

    /// So many bytes are gone.
    pub fn give(&self, bytes: u64) {
        let mut used = lock(&self.used);
        *used = used.saturating_sub(bytes);
    }

    /// So many bytes are there.
    pub fn found(&self, bytes: u64) {
        *lock(&self.used) = bytes;
    }
}
