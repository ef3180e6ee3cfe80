//! What a service may choose within the dialect.

use core::num::NonZeroU64;

use super::content_range::Leniency;
use crate::Policy;
use crate::client::{ChunkSize, ChunkSizeError};

/// Every request that is not the last brings a multiple of so many bytes (256 KiB), says Google's documentation of
/// resumable uploads.
pub const GRANULARITY: u32 = 262_144;

impl Policy {
    /// As Google Cloud Storage does it: a request that is not the last keeps a multiple of 256 KiB.
    ///
    /// ```
    /// use resumable::{Policy, google::GRANULARITY};
    ///
    /// assert_eq!(Policy::gcs().granularity.get(), u64::from(GRANULARITY));
    /// ```
    #[must_use]
    pub const fn gcs() -> Self {
        // A widening that is no `From`, because this is a `const fn`.
        match NonZeroU64::new(GRANULARITY as u64) {
            Some(granularity) => Self { granularity, ..Self::DEFAULT },
            None => Self::DEFAULT,
        }
    }
}

impl ChunkSize {
    /// Chunks of `bytes` for a server of this dialect: a multiple of 256 KiB.
    ///
    /// # Errors
    ///
    /// [`ChunkSizeError`] if that is no multiple, or zero.
    ///
    /// ```
    /// use resumable::client::ChunkSize;
    ///
    /// assert_eq!(ChunkSize::google(8 << 20)?.bytes(), 8_388_608);
    /// assert!(ChunkSize::google(100).is_err());
    /// # Ok::<(), resumable::client::ChunkSizeError>(())
    /// ```
    pub const fn google(bytes: u64) -> Result<Self, ChunkSizeError> {
        Self::new(bytes, GRANULARITY)
    }
}

/// What a server may choose within the dialect. The default is what Google does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// What a gap is answered with.
    pub gap: GapStatus,
    /// What a cancellation is answered with.
    pub cancel: CancelStatus,
    /// Which malformed values of `Content-Range` are understood all the same.
    pub leniency: Leniency,
    /// Whether the host decodes a body with a `Content-Encoding` before it hands it to the session. Then ranges count
    /// decoded bytes, and a Content-Length says nothing about them.
    pub decodes_content: bool,
}

/// What an append that would leave a gap is answered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GapStatus {
    /// 503, with a text by which Google's clients know that this is no failure that passes.
    #[default]
    Unavailable503,
    /// 409, for clients that take every 503 for one that passes.
    Conflict409,
}

/// What a cancellation is answered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CancelStatus {
    /// 499, as Google Cloud Storage does.
    #[default]
    ClientClosed499,
    /// 204, as HTTP would have it.
    NoContent204,
}
