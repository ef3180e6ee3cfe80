//! A file of known length, read where it is asked for. Only one piece of it is in memory.

use std::fs::{File, Metadata};
use std::io::{self, Seek, SeekFrom};
use std::ops::Range;
use std::time::UNIX_EPOCH;

use resumable::ClientSnapshot;

use super::digest::{Checksum, Digests};
use super::{Changed, Known, PIECE, hex, length, read_some};

pub(super) struct FileSource {
    file: File,
    size: u64,
    modified: Option<i64>,
    /// The piece that was read last, and where it starts.
    piece: Vec<u8>,
    start: u64,
    /// Of everything that was read in order: each byte is taken when it is read for the first time.
    read: Digests,
    /// Of a part of what is acknowledged. It follows `read` without reading anything again, as long as the server
    /// keeps whole chunks.
    acknowledged: Digests,
}

impl FileSource {
    pub(super) fn new(file: File, metadata: &Metadata) -> Self {
        Self {
            file,
            size: metadata.len(),
            modified: modified(metadata),
            piece: Vec::new(),
            start: 0,
            read: Digests::new(Checksum::None),
            acknowledged: Digests::new(Checksum::None),
        }
    }

    pub(super) fn set_checksum(&mut self, checksum: Checksum) {
        self.read = Digests::new(checksum);
    }

    pub(super) fn length(&self) -> u64 {
        self.size
    }

    pub(super) fn expect(
        &mut self,
        record: &ClientSnapshot,
        modified: Option<i64>,
        sha256: &str,
    ) -> Result<(), io::Error> {
        match record.total {
            Some(expected) if expected != self.size => return Err(Changed::Size { expected, got: self.size }.into()),
            _ if modified != self.modified => return Err(Changed::Modified.into()),
            _ => {}
        }
        if self.acknowledge(record.persisted)? != sha256 {
            return Err(Changed::Prefix { acknowledged: record.persisted }.into());
        }
        Ok(())
    }

    pub(super) fn piece(&mut self, range: Range<u64>) -> io::Result<&[u8]> {
        let end = self.start + self.piece.len() as u64;
        if !(self.start..end).contains(&range.start) {
            self.read_up_to(range.start)?;
            self.read(range.clone())?;
        }
        let from = length(range.start - self.start);
        let to = length(range.end - self.start).min(self.piece.len());
        Ok(&self.piece[from..to])
    }

    pub(super) fn release(&mut self, offset: u64) {
        if offset == self.read.at() {
            self.acknowledged = self.read.clone();
        }
    }

    pub(super) fn known(&mut self, acknowledged: u64) -> io::Result<Known> {
        Ok(Known::File { sha256: self.acknowledge(acknowledged)?, modified: self.modified })
    }

    /// The digest of everything before `offset`. It is read again where the server has not kept whole chunks.
    fn acknowledge(&mut self, offset: u64) -> io::Result<String> {
        if self.acknowledged.at() > offset {
            self.acknowledged = Digests::new(Checksum::None);
        }
        while self.acknowledged.at() < offset {
            self.read(self.acknowledged.at()..offset)?;
            self.acknowledged.update(self.start, &self.piece);
        }
        Ok(hex(&self.acknowledged.sha256()))
    }

    pub(super) fn checksum(&mut self, read_the_rest: bool) -> io::Result<Option<(&'static str, String)>> {
        if read_the_rest {
            self.read_up_to(self.size)?;
        }
        Ok(self.read.checksum().filter(|_| self.read.at() == self.size))
    }

    pub(super) fn finish(&mut self) -> io::Result<[u8; 32]> {
        self.read_up_to(self.size)?;
        let metadata = self.file.metadata()?;
        if (metadata.len(), modified(&metadata)) != (self.size, self.modified) {
            return Err(Changed::Meanwhile.into());
        }
        Ok(self.read.sha256())
    }

    fn read_up_to(&mut self, offset: u64) -> io::Result<()> {
        while self.read.at() < offset {
            self.read(self.read.at()..offset)?;
        }
        Ok(())
    }

    /// Reads the first piece of `range`.
    fn read(&mut self, range: Range<u64>) -> io::Result<()> {
        self.start = range.start;
        self.piece.resize(length(PIECE.min(range.end - range.start)), 0);
        self.file.seek(SeekFrom::Start(range.start))?;
        let read = read_some(&mut self.file, &mut self.piece);
        self.piece.truncate(*read.as_ref().unwrap_or(&0));
        if read? == 0 {
            return Err(Changed::Size { expected: self.size, got: range.start }.into());
        }
        self.read.update(self.start, &self.piece);
        Ok(())
    }
}

/// In nanoseconds since 1970, if the system tells and it fits: until the year 2262.
fn modified(metadata: &Metadata) -> Option<i64> {
    let modified = metadata.modified().ok()?;
    let nanos = |span: std::time::Duration| i64::try_from(span.as_nanos()).ok();
    match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => nanos(after),
        Err(before) => nanos(before.duration()).map(|nanos| -nanos),
    }
}
