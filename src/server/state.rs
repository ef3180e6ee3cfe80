//! What one upload is: the theory, the states, and the only place that assigns them.
//!
//! An upload is a prefix that grows. Of all that can be known about it, three things outlive a process: how long the
//! durable prefix is, how long it will be in the end, and which append may lengthen it. The rest belongs to one
//! request and lives in its [`Ticket`](super::Ticket). Hence the states: while the upload is `Open`, at most one
//! request, the writer, may move it; `Finalizing`, the store is ending it one way or another and nothing else is
//! admitted; and four ends, which are never left.

use core::num::NonZeroU64;

use super::{Session, Ticket, TicketId};
use crate::{Epoch, Persisted, Saved, Snapshot};

/// How far an upload has come in this process. The picture is in the [module](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It takes bytes.
    Open {
        /// The request whose bytes count now.
        writer: Option<TicketId>,
    },
    /// The store is publishing or discarding it.
    Finalizing {
        /// The request that drives this.
        by: TicketId,
    },
    /// The object is published.
    Complete,
    /// The client gave it up.
    Cancelled,
    /// The server gave it up.
    Expired,
    /// The commit failed for good.
    Dead,
}

/// What a request gets that may move the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Claim {
    pub(super) id: TicketId,
    /// The one that held it before.
    pub(super) evict: Option<TicketId>,
}

impl Session {
    /// R25: makes a new request the writer; the older one is superseded from here on. `None` if the numbers are used up.
    #[inline]
    pub(super) fn claim(&mut self) -> Option<Claim> {
        let evict = self.holder;
        let claims = self.claims.checked_add(1)?;
        let id = TicketId(NonZeroU64::new(claims)?);
        self.epoch = self.epoch.next()?;
        self.claims = claims;
        self.holder = Some(id);
        Some(Claim { id, evict })
    }

    /// Whether this request may move the session.
    #[inline]
    pub(super) fn holds(&self, ticket: &Ticket) -> bool {
        ticket.id.is_some() && ticket.id == self.holder
    }

    /// The request that may move the session has ended without ending the upload.
    #[inline]
    pub(super) fn release(&mut self, ticket: &Ticket) {
        if self.holds(ticket) {
            self.vacate();
        }
    }

    /// No request holds the session.
    #[inline]
    fn vacate(&mut self) {
        self.holder = None;
        self.ending = false;
    }

    /// The store is asked to end the upload for the request that holds it; until it has answered, nothing else is
    /// admitted.
    pub(super) fn finalize(&mut self) {
        self.ending = self.holder.is_some();
    }

    /// The store has ended the upload.
    pub(super) fn finish(&mut self, end: Saved) {
        self.vacate();
        self.saved = end;
    }

    /// The store has confirmed the prefix before `persisted`, which the caller has compared.
    #[inline]
    pub(super) fn persist(&mut self, persisted: Persisted) {
        self.persisted = persisted;
    }

    /// A total that is declared stays.
    #[inline]
    pub(super) fn declare(&mut self, total: Option<u64>) {
        self.total = self.total.or(total);
    }

    /// Another process was given a greater epoch: whoever writes here writes no longer.
    #[inline]
    pub(super) fn overtaken(&mut self, epoch: Epoch) {
        if epoch > self.epoch {
            self.epoch = epoch;
            self.vacate();
        }
    }

    /// The request that holds the session asks for a greater epoch.
    pub(super) fn renumber(&mut self, epoch: Epoch) {
        self.epoch = epoch;
    }

    /// Whether this process has confirmed bytes since the record was written. With a greater epoch that cannot be:
    /// the store has refused this process from then on.
    #[inline]
    pub(super) fn is_old(&self, record: &Snapshot) -> bool {
        record.state == Saved::Open && record.epoch <= self.epoch && record.persisted < self.persisted.get()
    }

    /// Takes over the store's record, which the caller has checked. After an end there is nothing to learn.
    #[inline]
    pub(super) fn learn(&mut self, record: Snapshot) {
        if self.saved != Saved::Open {
            return;
        }
        self.overtaken(record.epoch);
        let persisted = Persisted::confirmed(record.persisted);
        // A total that no byte has made durable is void where another process has gone on without it.
        self.total = match record.total {
            None if persisted > self.persisted => None,
            total => total.or(self.total),
        };
        self.persisted = self.persisted.max(persisted);
        // While this process ends the upload itself, the end that it reads may be its own: its request settles that.
        if record.state != Saved::Open && !self.ending {
            self.finish(record.state);
        }
    }
}
