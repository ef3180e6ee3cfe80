//! The fencing token: which append may write.
//!
//! A connection can die without its server noticing. While the server still reads from it, the client has long come
//! back on another one, and the older connection (a zombie) may yet deliver bytes. So every append that is admitted
//! takes the next epoch, and only the newest may move the session.
//!
//! # What a store must do with it
//!
//! Inside one process the machine sees to it alone that no outdated request is told what to write. What it cannot see
//! is a call on the store that is still under way: a write that is slow, or one that goes on although the request that
//! made it was superseded or its task dropped. Such a write, done late, would put an older request's bytes where a newer
//! one has put its own. So [`Step::Fence`](crate::server::Step::Fence) is answered only once every call for an older
//! request is over, or will be refused: a lock or a queue for each upload gives that for nothing.
//!
//! Where bytes outlive the process, the store keeps the epoch beside them and does three things:
//!
//! 1. On [`Step::Fence`](crate::server::Step::Fence) it replaces the recorded epoch by the step's, only if that is
//!    greater (compare-and-set), and returns the record that is then true. Otherwise it says
//!    [`StoreReply::Stale`](crate::server::StoreReply::Stale) with the epoch it has.
//! 2. It refuses every write, sync, commit and discard whose epoch is below the recorded one. The check and the act
//!    are one: under one lock, in one transaction, or in one conditional request.
//! 3. It never records a lower epoch, nor a lower count of persisted bytes under the same state.

use core::fmt;

/// A fencing token: greater is newer. See the [module](self).
///
/// ```
/// use resumable::Epoch;
///
/// let recorded = Epoch::NONE;
/// let next = recorded.next().expect("2^64 appends are enough");
/// assert!(next > recorded);
/// assert_eq!(Epoch::from_record(next.get()), next);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Epoch(u64);

impl Epoch {
    /// Before the first append.
    pub const NONE: Self = Self(0);

    /// The epoch that a store has recorded as this number.
    #[must_use]
    pub const fn from_record(number: u64) -> Self {
        Self(number)
    }

    /// The number to record.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The epoch after this one; `None` after 2^64 - 1 of them.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}", self.0)
    }
}
