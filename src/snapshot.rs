//! What to save of an upload, and how it comes back.
//!
//! Snapshots are plain fields: a row in any store, a line of JSON (feature `serde`), a few words of flash.

use crate::Epoch;

/// A server's record of one upload.
///
/// Every [`Step`](crate::server::Step) that touches the store carries the record that must be true once it is done;
/// [`Session::restore`](crate::server::Session::restore) makes a session of it again.
///
/// ```
/// use resumable::{Epoch, Saved, Snapshot};
///
/// let row = Snapshot { epoch: Epoch::from_record(3), persisted: 43, total: Some(2_000_000), state: Saved::Open };
/// assert_eq!(row.check(), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// The newest fencing token that was handed out.
    pub epoch: Epoch,
    /// How many bytes from the start are durable.
    pub persisted: u64,
    /// The size of the whole object in bytes, if it was declared.
    pub total: Option<u64>,
    /// How far the upload has come.
    pub state: Saved,
}

impl Snapshot {
    /// Whether the fields fit together.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] names the two that do not.
    #[inline]
    pub fn check(&self) -> Result<(), SnapshotError> {
        let Self { persisted, total, state, .. } = *self;
        match total {
            Some(total) if persisted > total => Err(SnapshotError::PersistedAboveTotal { persisted, total }),
            total if state == Saved::Complete && total != Some(persisted) => {
                Err(SnapshotError::CompleteBeforeTotal { persisted, total })
            }
            _ => Ok(()),
        }
    }
}

/// How far a saved upload has come. A commit that was under way is saved as `Open`: it is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Saved {
    /// It takes bytes.
    Open,
    /// The object is published.
    Complete,
    /// The client gave it up.
    Cancelled,
    /// The server gave it up.
    Expired,
    /// The commit failed for good.
    Dead,
}

/// A snapshot that no upload can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// More is persisted than there is.
    #[error("expected at most the total of {total} bytes, found {persisted} persisted")]
    PersistedAboveTotal {
        /// Bytes persisted.
        persisted: u64,
        /// The declared total in bytes.
        total: u64,
    },
    /// It is complete without being whole.
    #[error("expected a complete upload to have its total of {total:?} bytes persisted, found {persisted}")]
    CompleteBeforeTotal {
        /// Bytes persisted.
        persisted: u64,
        /// The declared total in bytes, if any.
        total: Option<u64>,
    },
}

/// A client's record of one upload: what a later process needs to go on, beside the source and the session's address,
/// which are the host's.
///
/// [`Upload::resume`](crate::client::Upload::resume) makes an upload of it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClientSnapshot {
    /// How many bytes from the start the server has told to be durable.
    pub persisted: u64,
    /// The size of the whole object in bytes, if it is known.
    pub total: Option<u64>,
}
