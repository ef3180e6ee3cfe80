//! What dialects and services differ in, as plain data.

use core::num::{NonZeroU32, NonZeroU64};

/// How a server treats its uploads. Small, `Copy`, passed by value.
///
/// The default is what a new service wants: bytes may be cut anywhere, nothing is refused for its size, a newer append
/// takes over from an older one. Presets of a dialect stand with that dialect.
///
/// ```
/// use resumable::{OnCut, Policy};
///
/// let policy = Policy { max_size: 1 << 30, on_cut: OnCut::Discard, ..Policy::default() };
/// assert_eq!(policy.granularity.get(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// The largest object, in bytes. `u64::MAX` is no limit.
    pub max_size: u64,
    /// After how many bytes of one long body they are made durable, so that a crash of the server loses no more than
    /// that. `None` waits for the end of the body.
    pub sync_every: Option<NonZeroU64>,
    /// A request that is not the last publishes a multiple of this many bytes, counted from the start of the object.
    pub granularity: NonZeroU64,
    /// What of a cut body is kept.
    pub on_cut: OnCut,
    /// What happens to bytes that are already persisted.
    pub overlap: Overlap,
    /// What completes the upload.
    pub completes: Completes,
    /// What a newer append means for an older one that is still being read.
    pub contention: Contention,
}

impl Policy {
    /// Nothing is limited, every byte counts.
    pub const DEFAULT: Self = Self {
        max_size: u64::MAX,
        sync_every: None,
        granularity: NonZeroU64::MIN,
        on_cut: OnCut::Keep,
        overlap: Overlap::Skip,
        completes: Completes::AtTotal,
        contention: Contention::Preempt,
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What is kept of a body whose end never came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnCut {
    /// What arrived, down to the policy's granularity.
    #[default]
    Keep,
    /// What arrived, down to a multiple of this many bytes, where that is coarser than the granularity.
    Floor(NonZeroU32),
    /// Nothing. Then nothing is published in the middle of a body either, whatever `sync_every` says.
    Discard,
}

/// What happens to an append that starts below what is persisted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// The persisted bytes are skipped, the rest is appended. The bytes are not compared.
    #[default]
    Skip,
    /// It is refused: an append starts exactly where the last one ended. Then a question about the status also ends
    /// an append that is under way, since its answer must still hold when the next append comes.
    Conflict,
}

/// What completes an upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Completes {
    /// The last byte of a known total, at the clean end of a body.
    #[default]
    AtTotal,
    /// Only a request that says so: a close, or a body whose end is the end of the upload.
    Explicit,
}

/// What a newer append means for an older one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Contention {
    /// The newer one is admitted at once and the older one is stopped: the client has come back, the older connection
    /// is most likely dead.
    #[default]
    Preempt,
    /// The newer one is refused while the older one is being read.
    Refuse,
}
