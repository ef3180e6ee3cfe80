//! How a client sends and how patient it is.

use core::num::{NonZeroU32, NonZeroU64};
use core::time::Duration;

/// How an upload is sent. Small, `Copy`, passed by value.
///
/// ```
/// use resumable::client::{Chunk, ChunkSize, ClientPolicy, Source};
///
/// let policy = ClientPolicy {
///     chunk: Chunk::Size(ChunkSize::new(8 << 20, 256 << 10)?),
///     source: Source::Replayable,
///     ..ClientPolicy::default()
/// };
/// # let _ = policy;
/// # Ok::<(), resumable::client::ChunkSizeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClientPolicy {
    /// How much goes into one request.
    pub chunk: Chunk,
    /// How failures are repeated.
    pub retry: Retry,
    /// Whether bytes below the acknowledged offset can be had again.
    pub source: Source,
    /// How many new sessions may be started when the server has lost the old one, if the source is replayable.
    pub restarts: u8,
}

/// How much goes into one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Chunk {
    /// All that is left. For a source of unknown length this means to hold it to its end first.
    #[default]
    Rest,
    /// A chunk of this size; the last one is what is left.
    Size(ChunkSize),
}

/// The size of a chunk: a multiple of the server's granularity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChunkSize {
    bytes: NonZeroU64,
    granularity: NonZeroU32,
}

impl ChunkSize {
    /// Chunks of `bytes` for a server that keeps multiples of `granularity` bytes.
    ///
    /// # Errors
    ///
    /// [`ChunkSizeError`] if that is no multiple, or zero.
    ///
    /// ```
    /// use resumable::client::{ChunkSize, ChunkSizeError};
    ///
    /// assert_eq!(ChunkSize::new(524_288, 262_144)?.bytes(), 524_288);
    /// assert_eq!(
    ///     ChunkSize::new(500_000, 262_144),
    ///     Err(ChunkSizeError { granularity: 262_144, bytes: 500_000 }),
    /// );
    /// # Ok::<(), ChunkSizeError>(())
    /// ```
    pub const fn new(bytes: u64, granularity: u32) -> Result<Self, ChunkSizeError> {
        match (NonZeroU64::new(bytes), NonZeroU32::new(granularity)) {
            // A widening that is no `From`, because this is a `const fn`.
            (Some(size), Some(grain)) if bytes.is_multiple_of(granularity as u64) => {
                Ok(Self { bytes: size, granularity: grain })
            }
            _ => Err(ChunkSizeError { granularity, bytes }),
        }
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.bytes.get()
    }

    pub(super) fn granularity(self) -> NonZeroU64 {
        self.granularity.into()
    }
}

/// A chunk size that the server's granularity does not divide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("expected a chunk size above zero that is a multiple of {granularity} bytes, got {bytes}")]
pub struct ChunkSizeError {
    /// The granularity in bytes.
    pub granularity: u32,
    /// The size that was asked for, in bytes.
    pub bytes: u64,
}

/// Whether bytes below the acknowledged offset can be had again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Source {
    /// No: a pipe, a socket, a sensor. What the server has acknowledged is gone here.
    #[default]
    Once,
    /// Yes: a file, memory. Then a server that has lost bytes is forgiven once, and a lost session can be replaced.
    Replayable,
}

/// How failures are repeated: exponential backoff with full jitter.
///
/// Before the n-th repetition without progress the upload waits a random time above zero and at most
/// `base * 2^(n-1)`, at most `cap`; never less than the server asked for with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retry {
    /// The longest first wait.
    pub base: Duration,
    /// The longest wait.
    pub cap: Duration,
    /// How many failures in a row without durable progress end the upload. An answer alone is no progress.
    pub max_attempts: u32,
    /// How long to wait in all without durable progress.
    pub max_wait: Duration,
}

impl Default for Retry {
    /// 1 s, doubled up to 32 s; 10 attempts; 10 minutes.
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(32),
            max_attempts: 10,
            max_wait: Duration::from_secs(600),
        }
    }
}
