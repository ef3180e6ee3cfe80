//! One request: what its host does for it, one thing at a time.

use resumable::Intent;
use resumable::server::{Answer, BodyEnd, Fault, Outcome, Refusal, Rejection, Session, Step, StoreReply, Ticket};

use super::World;
use super::calls::{call, out_of_turn};

use super::super::choices::Choices;
use super::super::store::bytes;

pub(super) struct Request {
    pub(super) process: usize,
    ticket: Ticket,
    /// The offset of the next byte of its body.
    next: u64,
    /// How much of the body is to come, if its framing tells.
    left: Option<u64>,
    /// Whether the body has ended as it should.
    clean: bool,
    /// What the store has said, and the session does not know yet.
    reply: Option<StoreReply>,
    /// What had been told when it came.
    floor: u64,
}

impl Request {
    pub(super) fn new(process: usize, ticket: Ticket, floor: u64) -> Self {
        let (next, left) = match ticket.intent() {
            Some(Intent::Append(append)) => (append.at, append.body),
            Some(Intent::Status(status)) => (0, status.body),
            _ => (0, Some(0)),
        };
        Self { process, ticket, next, left, clean: left == Some(0), reply: None, floor }
    }

    /// Whether the store works for it, or is to.
    pub(super) fn is_working(&self, session: &Session) -> bool {
        let step = session.step(&self.ticket);
        matches!(step, Ok(Step::Fence { .. } | Step::Sync { .. } | Step::Commit { .. } | Step::Discard { .. }))
    }
}

impl World {
    pub(super) fn move_request(&mut self, index: usize, operation: u8, choices: &mut Choices<'_>) {
        let mut request = self.requests.swap_remove(index);
        let session = &mut self.processes[request.process];
        out_of_turn(session, &request.ticket);
        let is_over = match operation {
            11 => {
                session.handle_abandoned(request.ticket.clone());
                true
            }
            12 => {
                let fault = choices.pick([Fault::Unavailable, Fault::Full]);
                self.store_fails(&mut request, fault)
            }
            13 | 16 | 17 => self.store_does_less(&mut request, choices),
            14 => self.turn(&mut request, BodyEnd::Cut, 0),
            15 => self.turn(&mut request, BodyEnd::Clean, 0),
            _ => self.turn(&mut request, BodyEnd::Clean, 1 + choices.below(9)),
        };
        if !is_over {
            self.requests.push(request);
        }
    }

    /// Serves the request to its end, its body as far as its framing tells.
    pub(super) fn finish_request(&mut self, request: &mut Request) {
        for _ in 0..400 {
            let (end, len) = match request.left {
                Some(0) => (BodyEnd::Clean, 0),
                Some(_) => (BodyEnd::Clean, 9),
                None => (BodyEnd::Cut, 0),
            };
            if self.turn(request, end, if request.left > Some(400) { 0 } else { len }) {
                return;
            }
        }
        panic!("the request has no end: {:?}", self.processes[request.process].step(&request.ticket));
    }

    /// Does what is due, and says whether the request is over. `len` is how much of the body has come; if nothing, it
    /// has ended.
    fn turn(&mut self, request: &mut Request, end: BodyEnd, len: usize) -> bool {
        let session = &mut self.processes[request.process];
        if let Some(reply) = request.reply.take() {
            // Others may have moved the session while the store was at work.
            let _ = call(session, &mut request.ticket, |session, ticket| session.handle_store(ticket, reply))
                .inspect_err(|error| assert!(matches!(error, resumable::ServerError::Superseded(_)), "{error}"));
            return false;
        }
        match session.step(&request.ticket) {
            Err(_) | Ok(Step::Close) => true,
            Ok(Step::Respond(outcome)) => {
                self.tell(outcome, request.floor);
                true
            }
            Ok(Step::ReadBody { limit }) => {
                let len = request.left.map_or(len, |left| len.min(left as usize));
                if len == 0 {
                    self.end_body(request, end)
                } else {
                    self.read(request, len, limit)
                }
                false
            }
            Ok(step) => {
                if let Step::Commit { .. } = step {
                    assert!(request.clean, "P4: commits though the body has no clean end");
                }
                request.reply = Some(self.store.perform(step));
                false
            }
        }
    }

    fn read(&mut self, request: &mut Request, len: usize, limit: u64) {
        let session = &mut self.processes[request.process];
        let chunk = bytes(request.next, len);
        let before = session.persisted();
        let write = call(session, &mut request.ticket, |session, ticket| session.handle_body(ticket, &chunk))
            .expect("a chunk is due");
        assert_eq!(session.persisted(), before, "what is received is not persisted");
        if !write.data.is_empty() {
            assert!(write.at.get() >= before.get(), "a write below what is persisted");
        }
        let refused = matches!(
            session.step(&request.ticket),
            Ok(Step::Respond(Outcome {
                answer: Answer::Refused(
                    Refusal::BodyTooLong { .. } | Refusal::TooLarge { .. } | Refusal::StatusWithBody
                ),
                ..
            }))
        );
        assert_eq!(refused, chunk.len() as u64 > limit, "{} bytes with a limit of {limit}", chunk.len());
        assert!(!refused || write.data.is_empty(), "writes what it refuses");
        request.next = request.next.saturating_add(chunk.len() as u64);
        request.left = request.left.map(|left| left - chunk.len() as u64);
        if !self.store.write(write) {
            request.reply = Some(StoreReply::Stale(self.store.record.epoch));
        }
    }

    fn end_body(&mut self, request: &mut Request, end: BodyEnd) {
        let end = if request.left.unwrap_or(0) > 0 { BodyEnd::Cut } else { end };
        let session = &mut self.processes[request.process];
        call(session, &mut request.ticket, |session, ticket| session.handle_body_end(ticket, end))
            .expect("the end of the body is due");
        request.clean = end == BodyEnd::Clean;
    }

    /// The store fails, before or after it has done what it was asked to.
    fn store_fails(&mut self, request: &mut Request, fault: Fault) -> bool {
        let session = &mut self.processes[request.process];
        request.reply = None;
        let result = call(session, &mut request.ticket, |session, ticket| {
            session.handle_store(ticket, StoreReply::Failed(fault))
        });
        if result.is_ok() {
            let over = session.step(&request.ticket);
            assert!(matches!(over, Ok(Step::Respond(_) | Step::Close)), "goes on with a store that failed: {over:?}");
        }
        false
    }

    /// The store makes less durable than it was asked to, rejects the object, or fails between the object and its record.
    fn store_does_less(&mut self, request: &mut Request, choices: &mut Choices<'_>) -> bool {
        let session = &self.processes[request.process];
        if request.reply.is_some() {
            return false;
        }
        match session.step(&request.ticket) {
            Ok(Step::Sync { to, record }) if record.epoch == self.store.record.epoch => {
                let persisted = session.persisted().get();
                let less = to.get() - (choices.below(9) as u64).min(to.get() - persisted);
                // A store that is shared may have more already.
                let less = less.max(self.store.record.persisted);
                request.reply = Some(self.store.sync(less, record));
                false
            }
            Ok(Step::Commit { size, record }) if record.epoch == self.store.record.epoch => {
                if choices.flag() {
                    self.store.publish(size);
                    self.store_fails(request, Fault::Unavailable)
                } else if self.store.published.is_none() {
                    request.reply = Some(StoreReply::Rejected(Rejection::Checksum));
                    false
                } else {
                    false
                }
            }
            _ => false,
        }
    }
}
