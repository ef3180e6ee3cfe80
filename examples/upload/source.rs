//! Where the bytes come from: a file, or a stream that can be read only once in the life of a process.

mod digest;
mod file;
mod stream;

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use resumable::ClientSnapshot;
use resumable::client::{self, Length};
use serde::{Deserialize, Serialize};

pub use self::digest::Checksum;

use self::file::FileSource;
use self::stream::StreamSource;

/// How much is read at once.
const PIECE: u64 = 256 * 1024;

/// The bytes to upload. Offsets count from the first of them.
pub struct Source(Kind);

enum Kind {
    File(FileSource),
    Stream(StreamSource),
}

/// What a later process knows a source by, beside its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Known {
    /// A file.
    File {
        /// When it was last modified, in nanoseconds since 1970, if the system tells.
        modified: Option<i64>,
        /// The SHA-256 of the bytes that the server has acknowledged, in hexadecimal digits.
        sha256: String,
    },
    /// A stream, which tells nothing before it is read.
    Stream {
        /// The SHA-256 of the bytes that the server has acknowledged, in hexadecimal digits.
        sha256: String,
    },
}

/// The source is not what it was: to go on would make an object of two halves that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Changed {
    /// It was something else.
    #[error("expected {expected}, got {got}")]
    Kind {
        /// What it was.
        expected: &'static str,
        /// What it is.
        got: &'static str,
    },
    /// It had another size, or ends too early.
    #[error("expected a size of {expected} bytes, got {got}")]
    Size {
        /// What it was.
        expected: u64,
        /// What it is.
        got: u64,
    },
    /// It was written to.
    #[error("expected the modification time of the upload's beginning, got another")]
    Modified,
    /// Its first bytes are others.
    #[error("expected the {acknowledged} acknowledged bytes to be the same as before, got others")]
    Prefix {
        /// How many there are.
        acknowledged: u64,
    },
    /// It was written to while it was sent.
    #[error("expected it to stay as it was while it was sent: the server may have a mixture")]
    Meanwhile,
}

impl From<Changed> for io::Error {
    fn from(changed: Changed) -> Self {
        Self::other(changed)
    }
}

impl Source {
    /// A file; or, if the path leads to a pipe or a device, the stream that comes out of it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !metadata.is_file() {
            return Ok(Self::stream(file));
        }
        Ok(Self(Kind::File(FileSource::new(file, &metadata))))
    }

    /// A stream that can be read only once.
    pub fn stream(input: impl Read + 'static) -> Self {
        Self(Kind::Stream(StreamSource::new(Box::new(input))))
    }

    /// The same source, nothing of which was read yet, with a checksum taken of it.
    #[must_use]
    pub fn with_checksum(mut self, checksum: Checksum) -> Self {
        match &mut self.0 {
            Kind::File(file) => file.set_checksum(checksum),
            Kind::Stream(stream) => stream.set_checksum(checksum),
        }
        self
    }

    /// Demands that this is the source of an earlier process, which has left this `record` of its upload and knew its
    /// source like that. Of a file all of it is checked here; of a stream, when it is read for the first time.
    pub fn expect(&mut self, record: &ClientSnapshot, known: &Known) -> io::Result<()> {
        match (&mut self.0, known) {
            (Kind::File(file), Known::File { modified, sha256 }) => file.expect(record, *modified, sha256),
            (Kind::Stream(stream), Known::Stream { sha256 }) => {
                stream.expect(*record, sha256);
                Ok(())
            }
            (Kind::File(_), Known::Stream { .. }) => Err(Changed::Kind { expected: "a stream", got: "a file" }.into()),
            (Kind::Stream(_), Known::File { .. }) => Err(Changed::Kind { expected: "a file", got: "a stream" }.into()),
        }
    }

    /// Whether this is a stream that was not read yet, so that it can be sent from its first byte. It takes back what
    /// [`expect`](Self::expect) has demanded.
    pub fn rewind(&mut self) -> bool {
        match &mut self.0 {
            Kind::File(_) => false,
            Kind::Stream(stream) => stream.rewind(),
        }
    }

    /// How much there is to send, for [`client::Upload::new`].
    pub fn length(&self) -> Length {
        match &self.0 {
            Kind::File(file) => Length::Known(file.length()),
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
            Kind::File(file) => Ok((file.length(), true)),
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
        match &mut self.0 {
            Kind::File(file) => file.release(offset),
            Kind::Stream(stream) => stream.release(offset),
        }
    }

    /// What a later process may know this source by, once the bytes before `acknowledged` are. `None` where a stream
    /// was not read that far yet.
    pub fn known(&mut self, acknowledged: u64) -> io::Result<Option<Known>> {
        match &mut self.0 {
            Kind::File(file) => file.known(acknowledged).map(Some),
            Kind::Stream(stream) => Ok(stream.known(acknowledged)),
        }
    }

    /// The name and value of the checksum of all there is, if one is wanted and every byte was read. Of a file the
    /// rest can be read for it.
    pub fn checksum(&mut self, read_the_rest: bool) -> io::Result<Option<(&'static str, String)>> {
        match &mut self.0 {
            Kind::File(file) => file.checksum(read_the_rest),
            Kind::Stream(stream) => Ok(stream.checksum()),
        }
    }

    /// The SHA-256 of all there is, once everything was sent.
    pub fn finish(&mut self) -> io::Result<[u8; 32]> {
        match &mut self.0 {
            Kind::File(file) => file.finish(),
            Kind::Stream(stream) => Ok(stream.finish()),
        }
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?})", self.length())
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
