//! Where the bytes come from: a file, or a stream that can be read only once.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::time::SystemTime;

use resumable::client::{self, Length};
use sha2::{Digest, Sha256};

/// How much is read at once.
const PIECE: u64 = 256 * 1024;

/// The bytes to upload. Offsets count from the first of them.
pub struct Source(Kind);

enum Kind {
    File(FileSource),
    Stream(StreamSource),
}

impl Source {
    /// A file; or, if the path leads to a pipe or a device, the stream that comes out of it.
    pub fn open(path: &std::path::Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !metadata.is_file() {
            return Ok(Self::stream(file));
        }
        Ok(Self(Kind::File(FileSource {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            file,
            piece: Vec::new(),
            start: 0,
            hash: Sha256::new(),
            hashed: 0,
        })))
    }

    /// A stream that can be read only once.
    pub fn stream(input: impl Read + 'static) -> Self {
        Self(Kind::Stream(StreamSource { input: Box::new(input), held: Vec::new(), start: 0, hash: Sha256::new() }))
    }

    /// How much there is to send, for [`client::Upload::new`].
    pub fn length(&self) -> Length {
        match &self.0 {
            Kind::File(file) => Length::Known(file.length),
            Kind::Stream(_) => Length::Unknown,
        }
    }

    /// Whether acknowledged bytes can be had again, for [`client::ClientPolicy`].
    pub fn kind(&self) -> client::Source {
        match &self.0 {
            Kind::File(_) => client::Source::Replayable,
            Kind::Stream(_) => client::Source::Once,
        }
    }

    /// For [`client::Step::Fill`]: reads on by one piece, not beyond `to`. How far the source can be read now, and
    /// whether it ends there.
    pub fn fill(&mut self, to: u64) -> io::Result<(u64, bool)> {
        match &mut self.0 {
            Kind::File(file) => Ok((file.length, true)),
            Kind::Stream(stream) => stream.fill(to),
        }
    }

    /// The next bytes of `range`: not all of them, but at least one. They are the caller's until the next call.
    pub fn piece(&mut self, range: Range<u64>) -> io::Result<&[u8]> {
        match &mut self.0 {
            Kind::File(file) => file.piece(range),
            Kind::Stream(stream) => Ok(stream.piece(range)),
        }
    }

    /// Nothing before `offset` is needed any more.
    pub fn release(&mut self, offset: u64) {
        if let Kind::Stream(stream) = &mut self.0 {
            stream.release(offset);
        }
    }

    /// The SHA-256 of all there is, once everything was sent.
    pub fn finish(&mut self) -> io::Result<[u8; 32]> {
        match &mut self.0 {
            Kind::File(file) => file.finish(),
            Kind::Stream(stream) => Ok(stream.hash.finalize_reset().into()),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?})", self.length())
    }
}

/// A file of known length, read where it is asked for. Only one piece of it is in memory.
struct FileSource {
    file: File,
    length: u64,
    modified: Option<SystemTime>,
    /// The piece that was read last, and where it starts.
    piece: Vec<u8>,
    start: u64,
    /// The hash of everything before `hashed`: each byte is hashed when it is read for the first time.
    hash: Sha256,
    hashed: u64,
}

impl FileSource {
    fn piece(&mut self, range: Range<u64>) -> io::Result<&[u8]> {
        let end = self.start + self.piece.len() as u64;
        if !(self.start..end).contains(&range.start) {
            self.hash_up_to(range.start)?;
            self.read(range.clone())?;
        }
        let from = length(range.start - self.start);
        let to = length(range.end - self.start).min(self.piece.len());
        Ok(&self.piece[from..to])
    }

    /// Reads the first piece of `range`.
    fn read(&mut self, range: Range<u64>) -> io::Result<()> {
        self.start = range.start;
        self.piece.resize(length(PIECE.min(range.end - range.start)), 0);
        self.file.seek(SeekFrom::Start(range.start))?;
        let read = read_some(&mut self.file, &mut self.piece);
        self.piece.truncate(*read.as_ref().unwrap_or(&0));
        if read? == 0 {
            return Err(io::Error::other(format!(
                "expected a file of {} bytes, found its end after {}",
                self.length, range.start
            )));
        }
        let end = self.start + self.piece.len() as u64;
        if (self.start..end).contains(&self.hashed) {
            self.hash.update(&self.piece[length(self.hashed - self.start)..]);
            self.hashed = end;
        }
        Ok(())
    }

    fn hash_up_to(&mut self, offset: u64) -> io::Result<()> {
        while self.hashed < offset {
            self.read(self.hashed..offset)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<[u8; 32]> {
        self.hash_up_to(self.length)?;
        let metadata = self.file.metadata()?;
        if (metadata.len(), metadata.modified().ok()) != (self.length, self.modified) {
            return Err(io::Error::other("it was changed while it was sent: the server may have a mixture"));
        }
        Ok(self.hash.finalize_reset().into())
    }
}

/// A stream of unknown length, held from the first byte that is not acknowledged yet.
struct StreamSource {
    input: Box<dyn Read>,
    /// The bytes from `start` on.
    held: Vec<u8>,
    start: u64,
    hash: Sha256,
}

impl StreamSource {
    fn fill(&mut self, to: u64) -> io::Result<(u64, bool)> {
        let held = self.held.len();
        let available = self.start + held as u64;
        let wanted = length(PIECE.min(to.saturating_sub(available)));
        self.held.resize(held + wanted, 0);
        let read = read_some(&mut self.input, &mut self.held[held..]);
        self.held.truncate(held + *read.as_ref().unwrap_or(&0));
        self.hash.update(&self.held[held..]);
        let read = read?;
        Ok((available + read as u64, wanted > 0 && read == 0))
    }

    fn piece(&self, range: Range<u64>) -> &[u8] {
        let end = range.end.min(range.start + PIECE);
        &self.held[length(range.start - self.start)..length(end - self.start)]
    }

    fn release(&mut self, offset: u64) {
        let done = length(offset.saturating_sub(self.start)).min(self.held.len());
        self.held.drain(..done);
        self.start += done as u64;
    }
}

/// Reads as much as comes at once.
fn read_some(input: &mut impl Read, buf: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buf) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// A number of bytes that is known to be in memory, or is only a limit.
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
