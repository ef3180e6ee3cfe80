//! Every call on a session with at most two requests at a time.

use std::collections::BTreeSet;
use std::mem::{Discriminant, discriminant};
use std::num::NonZeroU64;

use resumable::server::{BodyEnd, Fault, Rejection, Session, State, Step, StoreReply, Ticket, TicketId};
use resumable::{
    Append, Completes, Contention, Epoch, Extent, Intent, OnCut, Overlap, Persisted, Policy, Saved, ServerError,
    Snapshot, Status,
};

use crate::{Transition, World, name, search};

/// How many requests and records there are in one run.
const EPOCHS: u64 = 3;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Server {
    session: Session,
    tickets: Vec<Ticket>,
}

pub(crate) fn transitions() -> BTreeSet<Transition> {
    let policies = [
        Policy::default(),
        Policy {
            overlap: Overlap::Conflict,
            contention: Contention::Refuse,
            completes: Completes::Explicit,
            on_cut: OnCut::Discard,
            sync_every: NonZeroU64::new(1),
            ..Policy::default()
        },
    ];
    let start =
        policies.map(|policy| Server { session: Session::new(policy, None).expect("no limit"), tickets: Vec::new() });
    search(start.into(), 7)
}

fn intents() -> [Intent; 6] {
    let append = |extent, total, body| Intent::Append(Append { at: 0, extent, total, body });
    let status = |total, body| Intent::Status(Status { total, body });
    [
        append(Extent::To(1), None, Some(1)),
        append(Extent::To(1), Some(1), None),
        append(Extent::Last, None, None),
        status(None, None),
        status(Some(1), Some(0)),
        Intent::Cancel,
    ]
}

/// The request that may move the upload.
fn held_by(state: State) -> Option<TicketId> {
    match state {
        State::Open { writer } => writer,
        State::Finalizing { by } => Some(by),
        _ => None,
    }
}

/// Records that the store may have, true ones and others, with the epoch that is known and with a greater one.
fn records(session: &Session) -> Vec<Snapshot> {
    let known = session.snapshot().epoch;
    let mut records = Vec::new();
    for epoch in [Some(known), known.next()].into_iter().flatten() {
        for (persisted, total) in [(0, None), (1, None), (1, Some(1))] {
            for state in [Saved::Open, Saved::Complete, Saved::Cancelled, Saved::Expired, Saved::Dead] {
                records.push(Snapshot { epoch, persisted, total, state });
            }
        }
    }
    records
}

fn replies(session: &Session) -> Vec<StoreReply> {
    let mut replies = vec![
        StoreReply::Stale(session.snapshot().epoch),
        StoreReply::Synced(Persisted::confirmed(0)),
        StoreReply::Synced(Persisted::confirmed(1)),
        StoreReply::Committed,
        StoreReply::Discarded,
        StoreReply::Failed(Fault::Full),
        StoreReply::Rejected(Rejection::Checksum),
    ];
    replies.extend(records(session).into_iter().map(StoreReply::Fenced));
    replies
}

impl Server {
    /// What is asked of the host for one request.
    fn asks(&self, at: usize) -> Option<Discriminant<Step>> {
        let step = self.session.step(self.tickets.get(at)?);
        step.ok().map(|step| discriminant(&step))
    }

    /// The world after a call about the upload.
    fn after(
        &self,
        seen: &mut BTreeSet<Transition>,
        call: impl FnOnce(&mut Self) -> Result<(), ServerError>,
    ) -> Option<Self> {
        let next = self.called(call)?;
        let (from, to) = (self.session.state(), next.session.state());
        if from != to {
            seen.insert((name(&from), name(&to)));
        }
        Some(next.without_what_is_over())
    }

    /// The world after a call about one request.
    fn after_one(
        &self,
        at: usize,
        seen: &mut BTreeSet<Transition>,
        call: impl FnOnce(&mut Session, &mut Ticket) -> Result<(), ServerError>,
    ) -> Option<Self> {
        let next = self.called(|world| call(&mut world.session, &mut world.tickets[at]))?;
        let (from, to) = (self.session.state(), next.session.state());
        let held = held_by(from).is_some() && held_by(from) == self.tickets[at].id();
        if from != to || held && self.asks(at) != next.asks(at) {
            seen.insert((name(&from), name(&to)));
        }
        Some(next.without_what_is_over())
    }

    /// A call that fails leaves everything as it was.
    fn called(&self, call: impl FnOnce(&mut Self) -> Result<(), ServerError>) -> Option<Self> {
        let mut next = self.clone();
        if call(&mut next).is_err() {
            assert!(next == *self, "a call that fails changes nothing");
            return None;
        }
        Some(next)
    }

    fn without_what_is_over(mut self) -> Self {
        let Self { session, tickets } = &mut self;
        tickets.retain(|ticket| !matches!(session.step(ticket), Err(_) | Ok(Step::Respond(_) | Step::Close)));
        self
    }

    /// The calls about the upload.
    fn upload_calls(&self, seen: &mut BTreeSet<Transition>, next: &mut Vec<Option<Self>>) {
        if self.session.snapshot().epoch >= Epoch::from_record(EPOCHS) {
            return;
        }
        for record in records(&self.session) {
            next.push(self.after(seen, |world| world.session.handle_record(record)));
        }
        if self.tickets.len() == 2 {
            return;
        }
        for intent in intents() {
            next.push(self.after(seen, |world| {
                let ticket = world.session.handle_request(intent);
                world.tickets.push(ticket);
                Ok(())
            }));
        }
        next.push(self.after(seen, |world| {
            let ticket = world.session.expire();
            world.tickets.push(ticket);
            Ok(())
        }));
    }

    /// The calls about one request.
    fn request_calls(&self, at: usize, seen: &mut BTreeSet<Transition>, next: &mut Vec<Option<Self>>) {
        for chunk in [&b"a"[..], b"ab"] {
            next.push(self.after_one(at, seen, |session, ticket| session.handle_body(ticket, chunk).map(drop)));
        }
        for end in [BodyEnd::Clean, BodyEnd::Cut] {
            next.push(self.after_one(at, seen, |session, ticket| session.handle_body_end(ticket, end)));
        }
        for reply in replies(&self.session) {
            next.push(self.after_one(at, seen, |session, ticket| session.handle_store(ticket, reply)));
        }
        next.push(self.after(seen, |world| {
            let ticket = world.tickets.remove(at);
            world.session.handle_abandoned(ticket);
            Ok(())
        }));
    }
}

impl World for Server {
    fn successors(&self, seen: &mut BTreeSet<Transition>) -> Vec<Self> {
        let mut next = Vec::new();
        self.upload_calls(seen, &mut next);
        for at in 0..self.tickets.len() {
            self.request_calls(at, seen, &mut next);
        }
        next.into_iter().flatten().collect()
    }
}
