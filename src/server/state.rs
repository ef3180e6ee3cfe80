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

impl From<Saved> for State {
    fn from(saved: Saved) -> Self {
        match saved {
            Saved::Open => Self::Open { writer: None },
            Saved::Complete => Self::Complete,
            Saved::Cancelled => Self::Cancelled,
            Saved::Expired => Self::Expired,
            Saved::Dead => Self::Dead,
        }
    }
}

impl State {
    /// How it is saved. What was in flight is not.
    #[inline]
    pub(super) fn saved(self) -> Saved {
        match self {
            Self::Open { .. } | Self::Finalizing { .. } => Saved::Open,
            Self::Complete => Saved::Complete,
            Self::Cancelled => Saved::Cancelled,
            Self::Expired => Saved::Expired,
            Self::Dead => Saved::Dead,
        }
    }
}

/// What a request gets that may move the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Claim {
    pub(super) id: TicketId,
    pub(super) epoch: Epoch,
    pub(super) evict: Option<TicketId>,
}

impl Session {
    /// R25: makes a new request the writer; the older one is superseded from here on. `None` if the numbers are used up.
    #[inline]
    pub(super) fn claim(&mut self) -> Option<Claim> {
        let evict = self.writer();
        let claims = self.claims.checked_add(1)?;
        let claim = Claim { id: TicketId(NonZeroU64::new(claims)?), epoch: self.epoch.next()?, evict };
        self.claims = claims;
        self.epoch = claim.epoch;
        self.state = State::Open { writer: Some(claim.id) };
        Some(claim)
    }

    /// Whether this request may move the session.
    #[inline]
    pub(super) fn holds(&self, ticket: &Ticket) -> bool {
        match self.state {
            State::Open { writer } => writer.is_some() && writer == ticket.id,
            State::Finalizing { by } => Some(by) == ticket.id,
            State::Complete | State::Cancelled | State::Expired | State::Dead => false,
        }
    }

    /// The request whose bytes count now.
    #[inline]
    pub(super) fn writer(&self) -> Option<TicketId> {
        match self.state {
            State::Open { writer } => writer,
            _ => None,
        }
    }

    /// The request that may move the session has ended without ending the upload.
    #[inline]
    pub(super) fn release(&mut self, ticket: &Ticket) {
        if self.holds(ticket) {
            self.state = State::Open { writer: None };
        }
    }

    /// The store is asked to end the upload; until it has answered, nothing else is admitted.
    pub(super) fn finalize(&mut self, by: TicketId) {
        self.state = State::Finalizing { by };
    }

    /// The store has ended the upload.
    pub(super) fn finish(&mut self, end: Saved) {
        self.state = end.into();
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
            if matches!(self.state, State::Open { .. } | State::Finalizing { .. }) {
                self.state = State::Open { writer: None };
            }
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
        if !matches!(self.state, State::Open { .. } | State::Finalizing { .. }) {
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
        let ending = matches!(self.state, State::Finalizing { .. });
        if record.state != Saved::Open && !ending {
            self.state = record.state.into();
        }
    }
}
