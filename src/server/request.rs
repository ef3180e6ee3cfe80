//! The life of one request: admitted, fenced, read, synced, committed, answered.

use super::admit::Plan;
use super::body::Body;
use super::state::Claim;
use super::ticket::{Next, Phase, Saying};
use super::{BodyEnd, Fault, Intent, Refusal, Rejection, Session, StoreReply, Ticket, TicketId, Write};
use crate::{Epoch, Persisted, Received, Saved, ServerError, Snapshot, Superseded, offset};

impl Session {
    #[inline]
    pub(super) fn admit(&mut self, intent: Intent) -> Ticket {
        match self.plan(&intent, None) {
            Ok(plan) if self.needs_claim(plan) => self.fence(Some(intent), plan),
            Ok(plan) => {
                let mut ticket = self.ticket(Some(intent), None, Phase::Closing);
                self.begin(&mut ticket, plan);
                ticket
            }
            // A refused request stops nobody.
            Err(refusal) => self.ticket(Some(intent), None, Phase::Answering(Saying::Refused(refusal))),
        }
    }

    pub(super) fn admit_expiry(&mut self) -> Ticket {
        if self.saved == Saved::Open && !self.ending {
            self.fence(None, Plan::Expire)
        } else {
            self.ticket(None, None, Phase::Closing)
        }
    }

    #[inline]
    fn fence(&mut self, intent: Option<Intent>, plan: Plan) -> Ticket {
        match self.claim() {
            Some(Claim { id, evict }) => {
                self.ticket(intent, Some(id), Phase::Fencing { evict, plan, total: self.total })
            }
            None => self.ticket(intent, None, Phase::Answering(Saying::Refused(Refusal::Unavailable))),
        }
    }

    #[inline]
    fn ticket(&self, intent: Option<Intent>, id: Option<TicketId>, phase: Phase) -> Ticket {
        let body_length = match &intent {
            Some(Intent::Append(append)) => append.body,
            Some(Intent::Status(status)) => status.body,
            Some(Intent::Cancel) | None => None,
        };
        let body = self.body(intent.as_ref());
        Ticket { id, epoch: self.epoch, intent, phase, body, body_read: body_length == Some(0) }
    }

    #[inline]
    fn body(&self, intent: Option<&Intent>) -> Body {
        match intent {
            Some(Intent::Append(append)) => Body::of_append(append, self.total.or(append.total), self.persisted),
            _ => Body::none(self.persisted),
        }
    }

    /// Starts what the request may do. If it needs the session, it holds it.
    #[inline]
    fn begin(&mut self, ticket: &mut Ticket, plan: Plan) {
        match plan {
            Plan::Progress => self.answer(ticket, Saying::Progress),
            Plan::Cancelled => self.answer(ticket, Saying::Cancelled),
            Plan::Drain => {
                self.release(ticket);
                ticket.phase = Phase::Draining;
            }
            Plan::Append => {
                if let Some(Intent::Append(append)) = ticket.intent {
                    self.declare(append.total);
                }
                ticket.phase = Phase::Reading;
            }
            Plan::Close if ticket.body_read => self.commit(ticket),
            Plan::Close => ticket.phase = Phase::Reading,
            Plan::Cancel => self.discard(ticket, Saved::Cancelled, Some(Saying::Cancelled)),
            Plan::Expire => self.discard(ticket, Saved::Expired, None),
        }
    }

    #[inline]
    pub(super) fn read_chunk<'b>(&mut self, ticket: &mut Ticket, chunk: &'b [u8]) -> Result<Write<'b>, ServerError> {
        self.expect_body(ticket, "a chunk of the body")?;
        let part = ticket.body.take(offset::length(chunk), &self.policy);
        let stored = matches!(ticket.phase, Phase::Reading);
        match part {
            Ok(part) => {
                let keep = chunk.get(offset::at_most(part.skip, chunk.len())..).unwrap_or_default();
                let data = if stored { keep } else { &[] };
                Ok(Write { epoch: ticket.epoch, at: part.at, data })
            }
            Err(refusal) => {
                let is_status = matches!(ticket.intent, Some(Intent::Status(_)));
                self.answer(ticket, Saying::Refused(if is_status { Refusal::StatusWithBody } else { refusal }));
                Ok(Write { epoch: ticket.epoch, at: ticket.body.received(), data: &[] })
            }
        }
    }

    #[inline]
    pub(super) fn read_end(&mut self, ticket: &mut Ticket, end: BodyEnd) -> Result<(), ServerError> {
        self.expect_body(ticket, "the end of the body")?;
        match (end, ticket.intent) {
            (BodyEnd::Cut, _) => {
                // Of a body that is only drained nothing new is kept: there is nothing to sync.
                let to = ticket.body.cut(&self.policy);
                self.sync(ticket, to, Next::Close);
            }
            (BodyEnd::Clean, Some(Intent::Append(append))) => {
                ticket.body_read = true;
                let declared = self.total.or(append.total);
                match ticket.body.end(append.extent, declared, &self.policy) {
                    Err(refusal) => self.answer(ticket, Saying::Refused(refusal)),
                    Ok(_) if matches!(ticket.phase, Phase::Draining) => {
                        self.answer(ticket, Saying::Progress);
                    }
                    Ok(ended) => {
                        self.declare(ended.size);
                        let then = if ended.complete { Next::Commit } else { Next::Answer };
                        self.sync(ticket, ended.to, then);
                    }
                }
            }
            (BodyEnd::Clean, _) => {
                ticket.body_read = true;
                if matches!(ticket.phase, Phase::Draining) {
                    self.answer(ticket, Saying::Progress);
                } else {
                    self.commit(ticket);
                }
            }
        }
        Ok(())
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see `handle_store`")]
    pub(super) fn store_replied(&mut self, ticket: &mut Ticket, reply: StoreReply) -> Result<(), ServerError> {
        match reply {
            StoreReply::Fenced(record) => {
                self.expect(ticket, "an epoch recorded", |phase| matches!(phase, Phase::Fencing { .. }))?;
                self.fenced(ticket, &record)
            }
            StoreReply::Synced(confirmed) => {
                self.expect(ticket, "bytes synced", |phase| matches!(phase, Phase::Reading | Phase::Syncing { .. }))?;
                self.synced(ticket, confirmed)
            }
            StoreReply::Committed => {
                self.expect(ticket, "an object committed", |phase| matches!(phase, Phase::Committing))?;
                self.finish(Saved::Complete);
                self.answer(ticket, Saying::Progress);
                Ok(())
            }
            StoreReply::Discarded => {
                self.expect(ticket, "bytes discarded", |phase| matches!(phase, Phase::Discarding { .. }))?;
                if let Phase::Discarding { end, saying } = ticket.phase {
                    self.finish(end);
                    self.end(ticket, saying);
                }
                Ok(())
            }
            StoreReply::Stale(epoch) => {
                self.expect(ticket, "a greater epoch found", |phase| !phase.is_over())?;
                self.outdated(ticket, epoch);
                Ok(())
            }
            StoreReply::Failed(fault) => {
                self.expect(ticket, "a store that failed", |phase| !phase.is_over())?;
                self.failed(ticket, fault);
                Ok(())
            }
            StoreReply::Rejected(rejection) => {
                self.expect(ticket, "an object rejected", |phase| matches!(phase, Phase::Committing))?;
                let refusal = match rejection {
                    Rejection::Checksum => Refusal::ChecksumMismatch,
                    Rejection::Precondition => Refusal::PreconditionFailed,
                };
                self.discard(ticket, Saved::Dead, Some(Saying::Refused(refusal)));
                Ok(())
            }
        }
    }

    /// The epoch is recorded. What was decided before stands if the store knows nothing else.
    #[inline]
    fn fenced(&mut self, ticket: &mut Ticket, record: &Snapshot) -> Result<(), ServerError> {
        if let Phase::Fencing { plan, total, .. } = ticket.phase
            && (self.persisted, self.total) == (ticket.body.persisted(), total)
            && (Persisted::confirmed(record.persisted), record.total) == (self.persisted, self.total)
            && record.state == Saved::Open
            && record.epoch <= ticket.epoch
            && !self.ending
        {
            self.begin(ticket, plan);
            return Ok(());
        }
        self.decide_again(ticket, *record)
    }

    /// What was decided before is decided again on what the store knows.
    fn decide_again(&mut self, ticket: &mut Ticket, record: Snapshot) -> Result<(), ServerError> {
        self.check_record(&record)?;
        if record.epoch > ticket.epoch {
            self.outdated(ticket, record.epoch);
            return Ok(());
        }
        self.learn(record);
        match ticket.intent {
            Some(intent) => {
                ticket.body = self.body(Some(&intent));
                match self.plan(&intent, ticket.id) {
                    Ok(plan) => self.begin(ticket, plan),
                    Err(refusal) => self.answer(ticket, Saying::Refused(refusal)),
                }
            }
            None if self.holds(ticket) => self.begin(ticket, Plan::Expire),
            None => ticket.phase = Phase::Closing,
        }
        Ok(())
    }

    /// The store has a greater epoch. A request that has not begun is newer all the same and asks for one above it;
    /// one that has begun is the older one.
    fn outdated(&mut self, ticket: &mut Ticket, recorded: Epoch) {
        let next = recorded.max(self.epoch).next();
        if let (Phase::Fencing { .. }, Some(next)) = (ticket.phase, next) {
            ticket.epoch = next;
            self.renumber(next);
        } else {
            self.release(ticket);
            self.overtaken(recorded);
            ticket.phase = Phase::Closing;
        }
    }

    #[inline]
    fn synced(&mut self, ticket: &mut Ticket, confirmed: Persisted) -> Result<(), ServerError> {
        let received = ticket.body.received();
        if confirmed.get() > received.get() {
            return Err(ServerError::StoreAhead { received, confirmed });
        }
        if confirmed < self.persisted {
            return Err(ServerError::StoreBehind { persisted: self.persisted, confirmed });
        }
        let asked = match ticket.phase {
            Phase::Syncing { to, .. } => Some(to),
            _ => self.due_within(ticket),
        };
        // What was not asked for is not published, and less than was asked for only in whole grains.
        if let Some(to) = asked {
            let whole = confirmed.get() >= to.get();
            let grains = Persisted::confirmed(offset::floor(confirmed.get(), self.policy.granularity));
            let published = if whole { Persisted::confirmed(to.get()) } else { grains };
            self.persist(self.persisted.max(published));
        }
        if let Phase::Syncing { to, then } = ticket.phase {
            self.sync(ticket, to, then);
        }
        Ok(())
    }

    fn failed(&mut self, ticket: &mut Ticket, fault: Fault) {
        let silent = match ticket.phase {
            Phase::Syncing { then, .. } => then == Next::Close,
            _ => ticket.intent.is_none(),
        };
        let refusal = match fault {
            Fault::Unavailable => Refusal::Unavailable,
            Fault::Full => Refusal::StoreFull,
        };
        self.end(ticket, (!silent).then_some(Saying::Refused(refusal)));
    }

    #[inline]
    fn sync(&mut self, ticket: &mut Ticket, to: Received, then: Next) {
        if to.get() > self.persisted.get() {
            ticket.phase = Phase::Syncing { to, then };
        } else {
            self.go_on(ticket, then);
        }
    }

    #[inline]
    fn go_on(&mut self, ticket: &mut Ticket, next: Next) {
        match next {
            Next::Answer => self.answer(ticket, Saying::Progress),
            Next::Commit => self.commit(ticket),
            Next::Close => self.end(ticket, None),
        }
    }

    /// The request is over, with an answer or without.
    #[inline]
    fn end(&mut self, ticket: &mut Ticket, saying: Option<Saying>) {
        self.release(ticket);
        ticket.phase = saying.map_or(Phase::Closing, Phase::Answering);
    }

    #[inline]
    fn answer(&mut self, ticket: &mut Ticket, saying: Saying) {
        self.end(ticket, Some(saying));
    }

    #[inline]
    fn commit(&mut self, ticket: &mut Ticket) {
        self.declare(Some(self.persisted.get()));
        self.finalize();
        ticket.phase = Phase::Committing;
    }

    fn discard(&mut self, ticket: &mut Ticket, end: Saved, saying: Option<Saying>) {
        self.finalize();
        ticket.phase = Phase::Discarding { end, saying };
    }

    #[inline]
    pub(super) fn check_record(&self, record: &Snapshot) -> Result<(), ServerError> {
        record.check()?;
        let confirmed = Persisted::confirmed(record.persisted);
        if confirmed < self.persisted {
            return Err(ServerError::StoreBehind { persisted: self.persisted, confirmed });
        }
        Ok(())
    }

    /// Whether no newer request has taken over, or that makes no difference.
    #[inline]
    pub(super) fn is_current(&self, ticket: &Ticket) -> bool {
        self.holds(ticket) || ticket.phase.is_over() || matches!(ticket.phase, Phase::Draining)
    }

    #[inline]
    fn expect(&self, ticket: &Ticket, call: &'static str, due: impl Fn(Phase) -> bool) -> Result<(), ServerError> {
        if self.is_current(ticket) && due(ticket.phase) { Ok(()) } else { Err(self.unexpected(ticket, call)) }
    }

    #[cold]
    fn unexpected(&self, ticket: &Ticket, call: &'static str) -> ServerError {
        if !self.is_current(ticket) {
            return ServerError::Superseded(Superseded);
        }
        let due = match self.due_within(ticket) {
            Some(_) => "bytes synced",
            None => ticket.phase.due(),
        };
        ServerError::Unexpected { due, call }
    }

    #[inline]
    fn expect_body(&self, ticket: &Ticket, call: &'static str) -> Result<(), ServerError> {
        self.expect(ticket, call, |phase| {
            matches!(phase, Phase::Reading | Phase::Draining) && self.due_within(ticket).is_none()
        })
    }
}

impl Phase {
    #[inline]
    fn is_over(self) -> bool {
        matches!(self, Self::Answering(_) | Self::Closing)
    }

    fn due(self) -> &'static str {
        match self {
            Self::Fencing { .. } => "an epoch recorded",
            Self::Reading | Self::Draining => "the body",
            Self::Syncing { .. } => "bytes synced",
            Self::Committing => "an object committed",
            Self::Discarding { .. } => "bytes discarded",
            Self::Answering(_) => "nothing but the answer to be sent",
            Self::Closing => "nothing but the connection to be closed",
        }
    }
}
