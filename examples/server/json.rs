//! Small files: a record or a description, as JSON.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk;

/// What is in a file, if there is one.
pub fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => parse(&bytes, path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the bytes of a file say.
pub fn parse<T: for<'de> Deserialize<'de>>(bytes: &[u8], path: &Path) -> io::Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        let text = format!("expected what this program has written in {}, got: {error}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, text)
    })
}

/// Replaces a file: after a crash there is the old one or the new one, once this has returned the new one.
pub fn replace<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    replace_bytes(path, &serde_json::to_vec(value)?)
}

pub fn replace_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let written = write_small(&temporary, bytes);
    if let Err(error) = written.and_then(|()| disk::rename(&temporary, path)) {
        // It is of no use, and if it stays it is removed at the next start.
        let _ = disk::remove(&temporary);
        return Err(error);
    }
    path.parent().map_or(Ok(()), disk::sync_folder)
}

fn write_small(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = disk::File::create(path)?;
    file.write_at(bytes, 0)?;
    file.sync()
}
