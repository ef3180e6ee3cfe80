//! What is due now, and what the host says back.

use core::fmt;

use super::Outcome;
use crate::{Epoch, Persisted, Received, Snapshot};

/// What is due for one request. See the [loop](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Record the epoch in the store, if it is greater than the recorded one; stop the older connection. Then, once no
    /// call on the store for an older request is under way any more (see [`epoch`](crate::epoch)),
    /// [`StoreReply::Fenced`] or [`StoreReply::Stale`].
    Fence {
        /// The epoch to record, with what this process knows of the rest. Where other processes serve the upload too,
        /// they may have saved more: only the epoch is replaced.
        record: Snapshot,
        /// The request that is no longer read, if there is one: shut its connection, and those of all requests before
        /// it (their ids are smaller). One that was superseded before it was asked to stop another has not done it.
        evict: Option<TicketId>,
    },
    /// Read some of the body; this is the moment for `100 Continue`. Then
    /// [`handle_body`](super::Session::handle_body) or [`handle_body_end`](super::Session::handle_body_end).
    ReadBody {
        /// How many bytes more the body may have. What goes beyond is refused, not stored.
        limit: u64,
    },
    /// Make every byte before `to` durable, then the record. Then [`StoreReply::Synced`].
    Sync {
        /// The end (exclusive) of what must be durable.
        to: Received,
        /// What the record must become.
        record: Snapshot,
    },
    /// Every byte is durable: publish the object, then the record. It may be asked for again after a crash, so it
    /// must be repeatable. Then [`StoreReply::Committed`], or a refusal for good.
    ///
    /// Where a crash or a failure can leave the object without the record, the store looks for the object at the next
    /// [`Fence`](Self::Fence) and answers with a record that is complete. Else that request could give the upload up,
    /// and the published object with it.
    Commit {
        /// The size of the object in bytes.
        size: u64,
        /// What the record must become.
        record: Snapshot,
    },
    /// The upload is given up: make the record durable, then remove the bytes. Then [`StoreReply::Discarded`].
    Discard {
        /// What the record must become.
        record: Snapshot,
    },
    /// Encode it, send it. The request is over.
    Respond(Outcome),
    /// The request is over and no reply is owed.
    Close,
}

/// What the store says to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreReply {
    /// The epoch is recorded; this is the record that is true now. A process that owns its uploads alone passes
    /// [`Session::snapshot`](super::Session::snapshot).
    Fenced(Snapshot),
    /// The store has recorded a greater epoch: another process has taken over.
    Stale(Epoch),
    /// This much is durable, and the record says so.
    Synced(Persisted),
    /// The object is published, and the record says so.
    Committed,
    /// The record says that the upload is given up.
    Discarded,
    /// It did not work, and may work later.
    Failed(Fault),
    /// The object will never be published.
    Rejected(Rejection),
}

/// Why the store could not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It may work when asked again.
    Unavailable,
    /// There is no room.
    Full,
}

/// Why an object will never be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// Its bytes differ from a checksum that was declared for it.
    Checksum,
    /// A condition that was declared for it does not hold.
    Precondition,
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyEnd {
    /// As its framing promised.
    Clean,
    /// The connection was lost or given up before.
    Cut,
}

/// Which part of a chunk to store, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Write<'b> {
    /// The store refuses the write if it has recorded a greater one.
    pub epoch: Epoch,
    /// The offset of the first byte in the object.
    pub at: Received,
    /// The bytes, a part of the chunk that was handed in. If it is empty, as for a body that is only counted, there is
    /// nothing to do.
    pub data: &'b [u8],
}

/// Which request of a session: for a host that keeps its connections in a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(pub(super) core::num::NonZeroU64);

impl TicketId {
    /// The number, unique within one session in one process.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fence { record, evict: None } => write!(f, "fence {}", record.epoch),
            Self::Fence { record, evict: Some(id) } => write!(f, "fence {}, evict request {}", record.epoch, id.get()),
            Self::ReadBody { limit: u64::MAX } => f.write_str("read the body"),
            Self::ReadBody { limit } => write!(f, "read the body, at most {limit} bytes"),
            Self::Sync { to, .. } => write!(f, "sync to {to}"),
            Self::Commit { size, .. } => write!(f, "commit {size} bytes"),
            Self::Discard { .. } => f.write_str("discard"),
            Self::Respond(outcome) => write!(f, "respond {outcome}"),
            Self::Close => f.write_str("close"),
        }
    }
}
