//! The session with a host around it whose store does everything at once.

use resumable::server::{Answer, BodyEnd, Session, Step, StoreReply, Ticket};
use resumable::{Append, Extent, Intent, Persisted, Policy, Status};

use crate::reference::{Came, Request};

pub(crate) struct Machine {
    session: Session,
    /// What was written; of it, what the session says to be persisted counts.
    written: Vec<u8>,
}

impl Machine {
    pub(crate) fn new(policy: Policy) -> Self {
        Self { session: Session::new(policy, None).expect("there is no limit"), written: Vec::new() }
    }

    /// The bytes that are persisted.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.written[..usize::try_from(self.session.persisted().get()).expect("a small object")]
    }

    pub(crate) fn total(&self) -> Option<u64> {
        self.session.total()
    }

    pub(crate) fn status(&mut self, total: Option<u64>) -> Came {
        let mut ticket = self.session.handle_request(Intent::Status(Status { total, body: Some(0) }));
        self.go_on(&mut ticket)
    }

    pub(crate) fn append(&mut self, request: Request) -> (Ticket, Came) {
        let Request { at, end, total, length } = request;
        let extent = end.map_or(Extent::Last, Extent::To);
        let mut ticket = self.session.handle_request(Intent::Append(Append { at, extent, total, body: length }));
        let came = self.go_on(&mut ticket);
        (ticket, came)
    }

    pub(crate) fn chunk(&mut self, ticket: &mut Ticket, data: &[u8]) -> Came {
        if let Ok(write) = self.session.handle_body(ticket, data)
            && !write.data.is_empty()
        {
            let at = usize::try_from(write.at.get()).expect("a small object");
            assert!(at >= self.kept().len(), "persisted bytes are not rewritten");
            self.written.truncate(at);
            assert_eq!(self.written.len(), at, "there is no hole");
            self.written.extend_from_slice(write.data);
        }
        self.go_on(ticket)
    }

    pub(crate) fn end(&mut self, ticket: &mut Ticket, clean: bool) -> Came {
        let end = if clean { BodyEnd::Clean } else { BodyEnd::Cut };
        // A request that was superseded is told so by the next step.
        let _ = self.session.handle_body_end(ticket, end);
        self.go_on(ticket)
    }

    /// Does what is due until the body is, or the request is over.
    fn go_on(&mut self, ticket: &mut Ticket) -> Came {
        loop {
            let reply = match self.session.step(ticket) {
                Err(_) | Ok(Step::Close) => return Came::Closed,
                Ok(Step::ReadBody { .. }) => return Came::Reading,
                Ok(Step::Respond(outcome)) => {
                    return match outcome.answer {
                        Answer::Incomplete { persisted } => Came::Incomplete(persisted.get()),
                        Answer::Complete { size } => Came::Complete(size),
                        _ => Came::Refused,
                    };
                }
                Ok(Step::Fence { .. }) => StoreReply::Fenced(self.session.snapshot()),
                Ok(Step::Sync { to, .. }) => StoreReply::Synced(Persisted::confirmed(to.get())),
                Ok(Step::Commit { .. }) => StoreReply::Committed,
                Ok(step) => panic!("nobody asked for: {step}"),
            };
            self.session.handle_store(ticket, reply).expect("the store does what is due");
        }
    }
}
