//! One admitted request.

use super::admit::Plan;
use super::body::Body;
use super::{Intent, Refusal, TicketId};
use crate::{Epoch, Received, Saved};

/// One admitted request: what it asked for and how far it has come.
///
/// It is owned by whoever serves the request, borrows nothing, and is handed to every call about that request. What
/// it holds is of no use to any other request; what is true of the upload is in the
/// [`Session`](super::Session), so an outdated ticket can move nothing.
///
/// A copy is the same request, not a second one: it is plain data like everything here, so that tests can search
/// every order of events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a request is driven by its ticket, see `Session::step`"]
pub struct Ticket {
    /// Set once the request has claimed the session.
    pub(super) id: Option<TicketId>,
    pub(super) epoch: Epoch,
    /// `None` is the server's own wish that the upload expire.
    pub(super) intent: Option<Intent>,
    pub(super) phase: Phase,
    pub(super) body: Body,
    pub(super) body_read: bool,
}

/// How far one request has come. Its tag has a byte of its own, since every call looks at it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Phase {
    /// The store is to record its epoch. What the request will do then was decided on `total`, and on what its body says
    /// was persisted.
    Fencing { evict: Option<TicketId>, plan: Plan, total: Option<u64> },
    /// Its body is being read, to be stored.
    Reading,
    /// Its body is being read for the sake of its length.
    Draining,
    /// Its body has ended; what it published is to be made durable.
    Syncing { to: Received, then: Next },
    /// The store is to publish the object.
    Committing,
    /// The store is to discard the bytes; the answer comes after it, if one is owed.
    Discarding { end: Saved, saying: Option<Saying> },
    /// Its answer is due.
    Answering(Saying),
    /// No answer is due.
    Closing,
}

/// What the answer will be. How far the upload is, is looked up when the answer is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Saying {
    /// How far the upload is, or that it is complete.
    Progress,
    /// That the upload is given up, as this request asked.
    Cancelled,
    /// That the request is refused.
    Refused(Refusal),
}

/// What comes after the bytes are durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Next {
    /// To tell how far the upload is.
    Answer,
    Commit,
    Close,
}

impl Ticket {
    /// Which request this is, for a host that keeps its connections in a map: [`Step::Fence`](super::Step::Fence)
    /// names the one to stop. `None` for a request that can stop nobody and need not be stopped.
    #[must_use]
    pub fn id(&self) -> Option<TicketId> {
        self.id
    }

    /// What the request asked for; `None` for the server's own wish that the upload expire.
    #[must_use]
    pub fn intent(&self) -> Option<Intent> {
        self.intent
    }
}
