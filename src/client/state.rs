//! How an upload moves: the states, and the only place that assigns them.
//!
//! The client knows two numbers. `acknowledged` is what the server has told to be durable: below it nothing is ever
//! sent again. `sent` is the end of what any request may have brought: above it the server can have nothing. Every
//! answer is held against these two. Between them lies the unknown, and the only way to learn about it is to ask.

use core::time::Duration;

use super::{Attempt, Chunk, Failure, Length, Source, Upload, Verdict, Violation};
use crate::{Persisted, offset};

/// What the upload is doing. The picture is in the [module](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It asks for a session.
    Creating,
    /// It asks how much the server has; if that could be everything, this also closes the upload.
    Asking,
    /// It sends the bytes from the acknowledged offset to this one (exclusive).
    Sending {
        /// The end of the body.
        end: u64,
    },
    /// It needs the source up to this offset (exclusive), or its end.
    Filling {
        /// The offset to reach.
        to: u64,
    },
    /// It waits, to do this again.
    Waiting {
        /// How long.
        delay: Duration,
        /// For what.
        then: Retrying,
    },
    /// It cancels the session.
    Cancelling,
    /// The server has a whole object of an earlier process; how long the source is, is not known yet.
    Confirming {
        /// The size that the server gave, or else the end of the chunk that it answered.
        size: Option<u64>,
    },
    /// The server has the whole object.
    Done,
    /// It was cancelled.
    Cancelled,
    /// It has failed.
    Failed(Failure),
}

/// What comes after a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retrying {
    /// Asking for a session.
    Creation,
    /// Asking for the status.
    Status,
    /// Cancelling.
    Cancel,
}

impl Upload {
    /// Enters a state in which a request is due: a new attempt.
    fn request(&mut self, state: State) {
        self.attempt = Attempt(self.attempt.0.saturating_add(1));
        self.state = state;
    }

    fn fail(&mut self, failure: Failure) {
        self.state = State::Failed(failure);
    }

    pub(super) fn start(&mut self, with_session: bool) {
        self.session = with_session;
        self.request(if with_session { State::Asking } else { State::Creating });
    }

    /// Goes on from the acknowledged offset: a chunk, the close, or more of the source.
    fn proceed(&mut self) {
        let at = self.acknowledged.get();
        let end = self.chunk_end();
        match self.total {
            Some(total) if at > total => {
                self.fail(Failure::SourceTooShort { acknowledged: self.acknowledged, total });
            }
            // R46: a source that ended on a boundary closes without data; so does an empty one.
            Some(total) if at == total => self.request(State::Asking),
            // A chunk is never empty, not even where no number is left for its end.
            _ if at < end && end <= self.available => self.request(State::Sending { end }),
            _ => self.state = State::Filling { to: end },
        }
    }

    /// Where the next chunk ends: a whole chunk further, then up to the server's grid, so that a server which keeps
    /// multiples of its granularity keeps all of it; never past the end of the object.
    fn chunk_end(&self) -> u64 {
        let end = match self.policy.chunk {
            Chunk::Rest => u64::MAX,
            Chunk::Size(size) => {
                let end = offset::end(self.acknowledged.get(), size.bytes()).unwrap_or(u64::MAX);
                offset::ceil(end, size.granularity())
            }
        };
        self.total.map_or(end, |total| end.min(total))
    }

    pub(super) fn answered(&mut self, verdict: Verdict) {
        self.note_sent();
        match self.state {
            State::Creating => self.answered_creation(verdict),
            State::Cancelling => self.answered_cancel(verdict),
            State::Asking => self.answered_upload(verdict, true),
            State::Sending { .. } => self.answered_upload(verdict, false),
            _ => {}
        }
    }

    /// R42: what was sent says nothing about what was kept; ask.
    pub(super) fn lost(&mut self) {
        self.note_sent();
        self.again(None);
    }

    fn note_sent(&mut self) {
        if let State::Sending { end } = self.state {
            self.sent = self.sent.max(end);
        }
    }

    fn answered_creation(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Created => {
                self.session = true;
                self.proceed();
            }
            Verdict::Unavailable { retry_after } => self.again(retry_after),
            Verdict::Gone => self.fail(Failure::Gone),
            Verdict::Cancelled => self.fail(Failure::Cancelled),
            Verdict::Refused { code } => self.fail(Failure::Refused { code }),
            Verdict::Violation(violation) => self.fail(violation.into()),
            Verdict::Incomplete { .. } | Verdict::Complete { .. } => {
                self.fail(Violation::Address.into());
            }
        }
    }

    /// R49: whatever says that there is no open session any more is what was wanted.
    fn answered_cancel(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Cancelled | Verdict::Complete { .. } | Verdict::Created | Verdict::Gone => {
                self.state = State::Cancelled;
            }
            Verdict::Unavailable { retry_after } => self.again(retry_after),
            Verdict::Refused { code } => self.fail(Failure::Refused { code }),
            Verdict::Violation(violation) => self.fail(violation.into()),
            Verdict::Incomplete { .. } => self.fail(Violation::Answer { code: 308 }.into()),
        }
    }

    fn answered_upload(&mut self, verdict: Verdict, asked: bool) {
        match verdict {
            Verdict::Incomplete { persisted } => self.incomplete(persisted, asked),
            Verdict::Complete { size } => self.complete(size),
            Verdict::Unavailable { retry_after } => self.again(retry_after),
            Verdict::Gone => self.gone(),
            Verdict::Cancelled => self.fail(Failure::Cancelled),
            Verdict::Refused { code } => self.fail(Failure::Refused { code }),
            Verdict::Violation(violation) => self.fail(violation.into()),
            Verdict::Created => self.fail(Violation::Answer { code: 201 }.into()),
        }
    }

    /// R41: where to go on, held against what is known.
    fn incomplete(&mut self, named: Option<Persisted>, asked: bool) {
        let persisted = named.unwrap_or_default();
        if persisted.get() > self.sent {
            self.fail(Failure::ServerAhead { sent: self.sent, persisted });
        } else if persisted < self.acknowledged {
            self.behind(named, asked);
        } else if persisted > self.acknowledged {
            self.acknowledged = persisted;
            self.tries.progress();
            self.proceed();
        } else if asked && self.total != Some(persisted.get()) {
            self.proceed();
        } else {
            // R48: nothing was gained, neither by data nor by a close. Not again at once.
            self.again(None);
        }
    }

    fn behind(&mut self, named: Option<Persisted>, asked: bool) {
        let persisted = named.unwrap_or_default();
        if named.is_none() && !asked {
            // Google's servers leave the range out "once every few million uploads" although bytes are kept
            // (google-cloud-cpp#7877): a question settles it.
            self.again(None);
        } else if self.policy.source == Source::Replayable && !self.rewound {
            self.rewound = true;
            self.acknowledged = persisted;
            self.again(None);
        } else {
            self.fail(Failure::ServerBehind { acknowledged: self.acknowledged, persisted });
        }
    }

    /// R44: success is believed only after everything was sent. An earlier process may have sent anything; but a success
    /// without a size, in answer to a chunk, is taken for the end of that chunk. There are servers that complete an
    /// upload with any chunk, and a part must not pass for the whole.
    fn complete(&mut self, named: Option<u64>) {
        let (sent, size) = match self.state {
            State::Sending { end } if named.is_none() => (end, Some(end)),
            _ => (self.sent, named),
        };
        match self.total {
            None if self.sent == u64::MAX => self.state = State::Confirming { size },
            Some(total) if sent >= total => self.confirm(total, size),
            total => self.fail(Failure::CompleteEarly { sent, total }),
        }
    }

    fn confirm(&mut self, total: u64, size: Option<u64>) {
        match size {
            Some(size) if size != total => self.fail(Failure::SizeDiffers { total, size }),
            _ if self.acknowledged.get() > total => {
                self.fail(Failure::SourceTooShort { acknowledged: self.acknowledged, total });
            }
            _ => {
                self.acknowledged = Persisted::confirmed(total);
                self.state = State::Done;
            }
        }
    }

    /// R43: a new session from zero, if the source can be read again.
    fn gone(&mut self) {
        match self.restarts.checked_sub(1) {
            Some(left) if self.policy.source == Source::Replayable => {
                self.restarts = left;
                self.session = false;
                self.acknowledged = Persisted::ZERO;
                self.sent = 0;
                self.wait(None, Retrying::Creation);
            }
            _ => self.fail(Failure::Gone),
        }
    }

    /// Waits, then does what this state leads to.
    fn again(&mut self, floor: Option<Duration>) {
        let then = match self.state {
            State::Creating => Retrying::Creation,
            State::Cancelling => Retrying::Cancel,
            _ => Retrying::Status,
        };
        self.wait(floor, then);
    }

    fn wait(&mut self, floor: Option<Duration>, then: Retrying) {
        match self.tries.fail(&self.policy.retry, floor) {
            Ok(delay) => self.state = State::Waiting { delay, then },
            Err(failure) => self.fail(failure),
        }
    }

    pub(super) fn waited(&mut self, then: Retrying) {
        self.request(match then {
            Retrying::Creation => State::Creating,
            Retrying::Status => State::Asking,
            Retrying::Cancel => State::Cancelling,
        });
    }

    /// The source reaches to `available`, and if it has `ended`, no further.
    pub(super) fn source(&mut self, available: u64, ended: bool) {
        self.available = available;
        if ended {
            self.total = Some(available);
            self.sent = self.sent.min(available);
        }
        match self.state {
            // Where it reaches less far than was asked for, the same is asked for again.
            State::Filling { .. } => self.proceed(),
            State::Confirming { size } if ended => {
                self.settle();
                self.confirm(available, size);
            }
            _ => {}
        }
    }

    /// While it confirms, all that was read of the source counts as persisted; it goes on counting.
    fn settle(&mut self) {
        if let State::Confirming { .. } = self.state {
            self.acknowledged = Persisted::confirmed(self.available);
        }
    }

    pub(super) fn cancelled(&mut self) {
        self.settle();
        match self.state {
            State::Done
            | State::Cancelled
            | State::Failed(_)
            | State::Cancelling
            | State::Waiting { then: Retrying::Cancel, .. } => {}
            _ if self.session => self.request(State::Cancelling),
            _ => self.state = State::Cancelled,
        }
    }

    pub(super) fn lengths(length: Length) -> (Option<u64>, u64) {
        match length {
            Length::Known(total) => (Some(total), total),
            Length::Unknown => (None, 0),
        }
    }
}
