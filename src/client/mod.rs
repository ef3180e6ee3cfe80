//! One upload, as its client sees it.
//!
//! An [`Upload`] holds offsets and counts: never bytes, URLs or credentials. The host asks what is due, does it, and
//! says how it went. [`Upload::step`] is a function of the state, to be asked as often as one likes. There is no
//! clock: a wait is a [`Duration`](core::time::Duration) that was drawn when the failure was handled, with a seed, so
//! that a run can be repeated.
//!
//! ```text
//!    step() ---- Create ---> POST the creation URL -------> handle_response, handle_lost --+
//!      ^     |-- Send -----> PUT the bytes of `body` -----> handle_response, handle_lost --|
//!      |     |-- Fill -----> hold source bytes up to `to` -> handle_source ----------------|
//!      |     |-- Wait -----> sleep ------------------------> handle_waited ----------------|
//!      |     |-- Done, Cancelled, Failed: over                                             |
//!      +-----------------------------------------------------------------------------------+
//! ```
//!
//! # The loop
//!
//! This is a whole client, against a server that keeps only part of what it gets and then loses an answer:
//!
//! ```
//! use resumable::Persisted;
//! use resumable::client::{ClientPolicy, Length, Step, Upload, Verdict};
//!
//! let mut answers = [
//!     Some(Verdict::Created),
//!     Some(Verdict::Incomplete { persisted: Some(Persisted::confirmed(3)) }),
//!     None, // the answer is lost
//!     Some(Verdict::Complete { size: None }),
//! ].into_iter();
//!
//! let mut ladder = Vec::new();
//! let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), 7);
//! let size = loop {
//!     let step = upload.step();
//!     if !matches!(step, Step::Wait(_)) {
//!         ladder.push(step.to_string());
//!     }
//!     match step {
//!         Step::Create { attempt, .. } | Step::Send { attempt, .. } => match answers.next().flatten() {
//!             Some(verdict) => upload.handle_response(attempt, verdict)?,
//!             None => upload.handle_lost(attempt)?,
//!         },
//!         Step::Wait(_) => upload.handle_waited()?,
//!         Step::Done { size } => break size,
//!         step => unreachable!("{step}"),
//!     }
//! };
//! assert_eq!(size, 11);
//! assert_eq!(ladder, [
//!     "create 11 bytes",
//!     "append 0..11 of 11",
//!     "append 3..11 of 11",
//!     "status of 11",
//!     "done, 11 bytes",
//! ]);
//! # Ok::<(), resumable::client::ClientError>(())
//! ```
//!
//! # The states
//!
//! ```text
//!                 +------------ Waiting <-----------------------------+
//!                 v               |  ^                                |
//!   Upload::new Creating ---+     v  |     +------> Sending ----------+
//!                           +--> Asking ---+           |              |
//!   Upload::resume -------------> | ^      +------> Filling           |
//!                                 | |                  |              |
//!                                 | +------------------+   Cancelling-+
//!                                 v                            |
//!                     Done, Failed, Confirming             Cancelled
//! ```
//!
//! Every transition there is (a test compares this table with the code):
//!
//! | from | to | when |
//! |---|---|---|
//! | Creating | Sending | a session, and the first chunk is there |
//! | Creating | Filling | a session, and the source has to be read |
//! | Creating | Asking | a session, and the source is empty |
//! | Creating | Waiting | no answer, or one that asks for patience |
//! | Creating | Cancelled | given up before there was a session |
//! | Creating | Failed | refused, or tried too often |
//! | Asking | Sending | the server says where to go on |
//! | Asking | Filling | the server says where to go on, and the source has to be read |
//! | Asking | Asking | the server has everything: close |
//! | Asking | Waiting | no answer, one that asks for patience, a close that gained nothing, a session that is gone |
//! | Asking | Confirming | complete, but the source's length is not known |
//! | Asking | Done | complete |
//! | Asking | Cancelling | given up |
//! | Asking | Failed | refused, not to be believed, or tried too often |
//! | Sending | Sending | the server has more than before |
//! | Sending | Filling | the server has more than before, and the source has to be read |
//! | Sending | Asking | the server has everything: close |
//! | Sending | Waiting | no answer, one that asks for patience, no progress, a session that is gone |
//! | Sending | Confirming | complete, but the source's length is not known |
//! | Sending | Done | complete |
//! | Sending | Cancelling | given up |
//! | Sending | Failed | refused, not to be believed, or tried too often |
//! | Filling | Sending | the source has a chunk, or has ended |
//! | Filling | Asking | the source ended where the server's bytes end: close |
//! | Filling | Cancelling | given up |
//! | Filling | Failed | the source ended below what the server has |
//! | Waiting | Creating | waited |
//! | Waiting | Asking | waited |
//! | Waiting | Cancelling | waited, or given up |
//! | Waiting | Cancelled | given up before there was a session |
//! | Cancelling | Cancelled | cancelled, or gone |
//! | Cancelling | Waiting | no answer, or one that asks for patience |
//! | Cancelling | Failed | refused, or tried too often |
//! | Confirming | Done | the source is as long as the object |
//! | Confirming | Cancelling | given up |
//! | Confirming | Failed | the source is not as long as the object |

mod policy;
mod retry;
mod state;
mod step;

pub use self::policy::{Chunk, ChunkSize, ChunkSizeError, ClientPolicy, Retry, Source};
pub use self::state::{Retrying, State};
pub use self::step::{Attempt, ClientError, Failure, Length, Step, Verdict, Violation};

use self::retry::Tries;
use crate::intent::{Append, Extent, Intent, Status};
use crate::{ClientSnapshot, Persisted, offset};

/// One upload, as its client sees it. See the [module](self).
///
/// Plain data without heap memory: it can be cloned, compared, hashed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Upload {
    policy: ClientPolicy,
    total: Option<u64>,
    /// The source can be read up to here.
    available: u64,
    acknowledged: Persisted,
    /// The end of what any request may have brought; `u64::MAX` if an earlier process may have sent anything.
    sent: u64,
    attempt: Attempt,
    tries: Tries,
    state: State,
    session: bool,
    rewound: bool,
    restarts: u8,
}

const _: () = {
    const fn plain<T: Send + Sync + Clone + Eq + core::hash::Hash>() {}
    plain::<Upload>();
    assert!(size_of::<Upload>() <= 192, "an upload must fit into a small device");
};

impl Upload {
    /// A new upload: it starts with the creation of a session. `seed` makes the waits repeatable.
    #[must_use]
    pub fn new(length: Length, policy: ClientPolicy, seed: u64) -> Self {
        let (total, available) = Self::lengths(length);
        let mut upload = Self {
            policy,
            total,
            available,
            acknowledged: Persisted::ZERO,
            sent: 0,
            attempt: Attempt(0),
            tries: Tries::new(seed),
            state: State::Creating,
            session: false,
            rewound: false,
            restarts: policy.restarts,
        };
        upload.start(false);
        upload
    }

    /// An upload from its record, in a later process or for a session that was made elsewhere: it starts with a
    /// question, since anything may have been sent before.
    ///
    /// With a total in the record all of the source counts as held, as for a file. Of a stream that has to be read
    /// again, leave the total out, even if it is known: then [`Step::Fill`] says how far to read, and the bytes before
    /// what the server has are skipped.
    ///
    /// ```
    /// use resumable::client::{ClientPolicy, Upload, Verdict};
    /// use resumable::{ClientSnapshot, Persisted};
    ///
    /// let record = ClientSnapshot { persisted: 43, total: None };
    /// let mut upload = Upload::resume(record, ClientPolicy::default(), 7);
    /// let resumable::client::Step::Send { attempt, .. } = upload.step() else { unreachable!() };
    /// upload.handle_response(attempt, Verdict::Incomplete { persisted: Some(Persisted::confirmed(43)) })?;
    /// assert_eq!(upload.step().to_string(), "fill to the end");
    /// # Ok::<(), resumable::client::ClientError>(())
    /// ```
    ///
    /// For a file:
    ///
    /// ```
    /// use resumable::ClientSnapshot;
    /// use resumable::client::{ClientPolicy, Upload};
    ///
    /// let record = ClientSnapshot { persisted: 43, total: Some(2_000_000) };
    /// let upload = Upload::resume(record, ClientPolicy::default(), 7);
    /// assert_eq!(upload.step().to_string(), "status of 2000000");
    /// assert_eq!(upload.snapshot(), Some(record));
    /// ```
    #[must_use]
    pub fn resume(snapshot: ClientSnapshot, policy: ClientPolicy, seed: u64) -> Self {
        let ClientSnapshot { persisted, total } = snapshot;
        let length = total.map_or(Length::Unknown, Length::Known);
        let mut upload = Self::new(length, policy, seed);
        upload.attempt = Attempt(0);
        upload.acknowledged = Persisted::confirmed(persisted);
        upload.available = upload.available.max(persisted);
        upload.sent = total.unwrap_or(u64::MAX);
        upload.start(true);
        upload
    }

    /// The server has answered.
    ///
    /// # Errors
    ///
    /// [`ClientError::StaleAttempt`] unless `attempt` is the newest and not answered yet.
    pub fn handle_response(&mut self, attempt: Attempt, verdict: Verdict) -> Result<(), ClientError> {
        self.expect(attempt)?;
        self.answered(verdict);
        Ok(())
    }

    /// There is no answer, or not a whole one: the connection could not be made, was lost, or stayed silent.
    ///
    /// # Errors
    ///
    /// [`ClientError::StaleAttempt`] unless `attempt` is the newest and not answered yet.
    pub fn handle_lost(&mut self, attempt: Attempt) -> Result<(), ClientError> {
        self.expect(attempt)?;
        self.lost();
        Ok(())
    }

    /// The wait is over.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotWaiting`] unless [`Step::Wait`] is due.
    pub fn handle_waited(&mut self) -> Result<(), ClientError> {
        match self.state {
            State::Waiting { then, .. } => {
                self.waited(then);
                Ok(())
            }
            _ => Err(ClientError::NotWaiting),
        }
    }

    /// The host holds source bytes up to `available` (exclusive), and with `ended` there are no more.
    ///
    /// # Errors
    ///
    /// [`ClientError::SourceShrank`] and [`ClientError::SourceGrew`] if that contradicts what was said before.
    pub fn handle_source(&mut self, available: u64, ended: bool) -> Result<(), ClientError> {
        if let Some(total) = self.total
            && available > total
        {
            return Err(ClientError::SourceGrew { total, available });
        }
        let expected = self.total.filter(|_| ended).unwrap_or(self.available);
        if available < expected {
            return Err(ClientError::SourceShrank { expected, available });
        }
        self.source(available, ended);
        Ok(())
    }

    /// Gives the upload up: with a session the next step cancels it, without one that is all. An upload that has
    /// ended stays as it is.
    pub fn cancel(&mut self) {
        self.cancelled();
    }

    /// What is due now.
    #[must_use]
    pub fn step(&self) -> Step {
        let attempt = self.attempt;
        let at = self.acknowledged.get();
        match self.state {
            State::Creating => Step::Create { attempt, total: self.total },
            State::Asking => {
                let intent = Intent::Status(Status { total: self.total, body: Some(0) });
                Step::Send { attempt, intent, body: at..at }
            }
            State::Sending { end } => {
                let body = Some(offset::between(at, end));
                let intent = Intent::Append(Append { at, extent: Extent::To(end), total: self.total, body });
                Step::Send { attempt, intent, body: at..end }
            }
            State::Cancelling => Step::Send { attempt, intent: Intent::Cancel, body: at..at },
            State::Filling { to } => Step::Fill { to },
            State::Confirming { .. } => Step::Fill { to: u64::MAX },
            State::Waiting { delay, .. } => Step::Wait(delay),
            State::Done => Step::Done { size: at },
            State::Cancelled => Step::Cancelled,
            State::Failed(failure) => Step::Failed(failure),
        }
    }

    /// What the server has told to be durable: the host may drop source bytes before this.
    ///
    /// It falls only for a [`Source::Replayable`].
    #[must_use]
    pub fn persisted(&self) -> Persisted {
        match self.state {
            State::Confirming { .. } => Persisted::confirmed(self.available),
            _ => self.acknowledged,
        }
    }

    /// The size of the object in bytes, once it is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// What the upload is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What to save so that a later process can go on; `None` while there is no session or when it has ended.
    #[must_use]
    pub fn snapshot(&self) -> Option<ClientSnapshot> {
        match self.state {
            State::Done | State::Cancelled | State::Failed(_) => None,
            _ if self.session => Some(ClientSnapshot { persisted: self.acknowledged.get(), total: self.total }),
            _ => None,
        }
    }

    fn expect(&self, got: Attempt) -> Result<(), ClientError> {
        let due = matches!(self.state, State::Creating | State::Asking | State::Sending { .. } | State::Cancelling);
        if due && got == self.attempt { Ok(()) } else { Err(ClientError::StaleAttempt { current: self.attempt, got }) }
    }
}
