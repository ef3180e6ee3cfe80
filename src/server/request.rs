//! The life of one request: admitted, fenced, read, synced, committed, answered.

use super::admit::{Plan, Saying};
use super::body::Body;
use super::ticket::{Next, Phase};
use super::{BodyEnd, Fault, Intent, Refusal, Rejection, Session, State, StoreReply, Ticket, Write};
use crate::{Epoch, Persisted, Received, Saved, ServerError, Snapshot, Superseded, offset};

impl Session {
    #[inline]
    pub(super) fn admit(&mut self, intent: Intent) -> Ticket {
        let plan = self.plan(&intent, None);
        let claims = self.needs_claim(plan);
        let mut ticket = self.ticket(Some(intent));
        if claims {
            self.fence(&mut ticket);
        } else {
            self.begin(&mut ticket, plan);
        }
        ticket
    }

    pub(super) fn admit_expiry(&mut self) -> Ticket {
        let mut ticket = self.ticket(None);
        if let State::Open { .. } = self.state {
            self.fence(&mut ticket);
        }
        ticket
    }

    #[inline]
    fn ticket(&self, intent: Option<Intent>) -> Ticket {
        let body_length = match intent {
            Some(Intent::Append(append)) => append.body,
            Some(Intent::Status(status)) => status.body,
            Some(Intent::Cancel) | None => None,
        };
        Ticket {
            id: None,
            epoch: self.epoch,
            intent,
            phase: Phase::Closing,
            body: Body::none(self.persisted),
            body_read: body_length == Some(0),
        }
    }

    #[inline]
    fn fence(&mut self, ticket: &mut Ticket) {
        if let Some(claim) = self.claim() {
            ticket.id = Some(claim.id);
            ticket.epoch = claim.epoch;
            ticket.phase = Phase::Fencing { evict: claim.evict };
        } else {
            ticket.phase = Phase::Answering(Saying::Refused(Refusal::Unavailable));
        }
    }

    /// Starts what the request may do. If it needs the session, it holds it.
    #[inline]
    fn begin(&mut self, ticket: &mut Ticket, plan: Plan) {
        match plan {
            Plan::Say(saying) => self.answer(ticket, saying),
            Plan::Drain => {
                self.release(ticket);
                ticket.body = self.body(ticket);
                ticket.phase = Phase::Draining;
            }
            Plan::Append => {
                if let Some(Intent::Append(append)) = ticket.intent {
                    self.declare(append.total);
                }
                ticket.body = self.body(ticket);
                ticket.phase = Phase::Reading;
            }
            Plan::Close if ticket.body_read => self.commit(ticket),
            Plan::Close => {
                ticket.body = self.body(ticket);
                ticket.phase = Phase::Reading;
            }
            Plan::Cancel => self.discard(ticket, Saved::Cancelled, Next::Answer(Saying::Cancelled)),
        }
    }

    #[inline]
    fn body(&self, ticket: &Ticket) -> Body {
        match &ticket.intent {
            Some(Intent::Append(append)) => Body::of_append(append, self.total.or(append.total), self.persisted),
            _ => Body::none(self.persisted),
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
                        let then = if ended.complete { Next::Commit } else { Next::Answer(Saying::Progress) };
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

    #[inline]
    pub(super) fn store_replied(&mut self, ticket: &mut Ticket, reply: StoreReply) -> Result<(), ServerError> {
        match reply {
            StoreReply::Fenced(record) => {
                self.expect(ticket, "an epoch recorded", |phase| matches!(phase, Phase::Fencing { .. }))?;
                self.fenced(ticket, record)
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
                if let Phase::Discarding { end, then } = ticket.phase {
                    self.finish(end);
                    self.go_on(ticket, then);
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
                self.discard(ticket, Saved::Dead, Next::Answer(Saying::Refused(refusal)));
                Ok(())
            }
        }
    }

    /// The epoch is recorded: what was decided before is decided again on what the store knows.
    #[inline]
    fn fenced(&mut self, ticket: &mut Ticket, record: Snapshot) -> Result<(), ServerError> {
        self.check_record(&record)?;
        if record.epoch > ticket.epoch {
            self.outdated(ticket, record.epoch);
            return Ok(());
        }
        self.learn(record);
        let plan = match ticket.intent {
            Some(intent) => self.plan(&intent, ticket.id),
            None if self.holds(ticket) => {
                self.discard(ticket, Saved::Expired, Next::Close);
                return Ok(());
            }
            None => {
                ticket.phase = Phase::Closing;
                return Ok(());
            }
        };
        self.begin(ticket, plan);
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
            Phase::Syncing { then, .. } | Phase::Discarding { then, .. } => then == Next::Close,
            _ => ticket.intent.is_none(),
        };
        let refusal = match fault {
            Fault::Unavailable => Refusal::Unavailable,
            Fault::Full => Refusal::StoreFull,
        };
        let then = if silent { Next::Close } else { Next::Answer(Saying::Refused(refusal)) };
        self.release(ticket);
        self.go_on(ticket, then);
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
            Next::Answer(saying) => self.answer(ticket, saying),
            Next::Commit => self.commit(ticket),
            Next::Close => {
                self.release(ticket);
                ticket.phase = Phase::Closing;
            }
        }
    }

    #[inline]
    fn answer(&mut self, ticket: &mut Ticket, saying: Saying) {
        self.release(ticket);
        ticket.phase = Phase::Answering(saying);
    }

    #[inline]
    fn commit(&mut self, ticket: &mut Ticket) {
        if let Some(id) = ticket.id {
            self.declare(Some(self.persisted.get()));
            self.finalize(id);
            ticket.phase = Phase::Committing;
        }
    }

    fn discard(&mut self, ticket: &mut Ticket, end: Saved, then: Next) {
        if let Some(id) = ticket.id {
            self.finalize(id);
            ticket.phase = Phase::Discarding { end, then };
        }
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

    #[inline]
    pub(super) fn check_current(&self, ticket: &Ticket) -> Result<(), Superseded> {
        let is_harmless = || ticket.phase.is_over() || matches!(ticket.phase, Phase::Draining);
        if self.holds(ticket) || is_harmless() { Ok(()) } else { Err(Superseded) }
    }

    #[inline]
    fn expect(&self, ticket: &Ticket, call: &'static str, due: impl Fn(Phase) -> bool) -> Result<(), ServerError> {
        self.check_current(ticket)?;
        if due(ticket.phase) { Ok(()) } else { Err(self.unexpected(ticket, call)) }
    }

    #[cold]
    fn unexpected(&self, ticket: &Ticket, call: &'static str) -> ServerError {
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
