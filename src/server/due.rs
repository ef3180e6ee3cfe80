//! What is due for a request: a function of the state.

use super::ticket::{Phase, Saying};
use super::{Answer, Outcome, Refusal, Session, Step, Ticket};
use crate::{Received, Saved, Snapshot, Superseded};

impl Session {
    #[inline]
    pub(super) fn due(&self, ticket: &Ticket) -> Result<Step, Superseded> {
        if !self.is_current(ticket) {
            return Err(Superseded);
        }
        // Whoever needs the store holds the session, so the session's epoch is the request's.
        let record = self.snapshot();
        Ok(match ticket.phase {
            Phase::Reading => match self.due_within(ticket) {
                Some(to) => Step::Sync { to, record: Snapshot { persisted: to.get(), ..record } },
                None => Step::ReadBody { limit: ticket.body.limit(&self.policy) },
            },
            Phase::Draining => Step::ReadBody { limit: ticket.body.limit(&self.policy) },
            Phase::Fencing { evict, .. } => Step::Fence { record, evict },
            Phase::Syncing { to, .. } => Step::Sync { to, record: Snapshot { persisted: to.get(), ..record } },
            Phase::Committing => {
                Step::Commit { size: self.persisted.get(), record: Snapshot { state: Saved::Complete, ..record } }
            }
            Phase::Discarding { end, .. } => Step::Discard { record: Snapshot { state: end, ..record } },
            Phase::Answering(saying) => Step::Respond(self.outcome(ticket, saying)),
            Phase::Closing => Step::Close,
        })
    }

    #[inline]
    fn outcome(&self, ticket: &Ticket, saying: Saying) -> Outcome {
        let answer = match (saying, self.saved) {
            (Saying::Refused(refusal), _) => Answer::Refused(refusal),
            (Saying::Cancelled, _) => Answer::Cancelled,
            // Another request ends the upload: the store may have removed the bytes already.
            (Saying::Progress, Saved::Open) if self.ending => Answer::Refused(Refusal::Busy),
            (Saying::Progress, Saved::Open) => Answer::Incomplete { persisted: self.persisted },
            (Saying::Progress, Saved::Complete) => Answer::Complete { size: self.persisted.get() },
            (Saying::Progress, Saved::Cancelled) => Answer::Refused(Refusal::Cancelled),
            (Saying::Progress, Saved::Expired) => Answer::Refused(Refusal::Expired),
            (Saying::Progress, Saved::Dead) => Answer::Refused(Refusal::Dead),
        };
        Outcome { answer, body_read: ticket.body_read }
    }

    /// The sync that is due in the middle of the body, before more of it is read.
    #[inline]
    pub(super) fn due_within(&self, ticket: &Ticket) -> Option<Received> {
        (matches!(ticket.phase, Phase::Reading)).then(|| ticket.body.due(self.persisted, &self.policy)).flatten()
    }
}
