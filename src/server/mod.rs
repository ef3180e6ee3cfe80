//! One upload, as its server sees it.
//!
//! A [`Session`] is what is true of an upload; a [`Ticket`] is one request about it. The host admits a request, then
//! asks what is due and does it until the request is over. There is no queue: [`Session::step`] is a function of the
//! state, to be asked as often as one likes.
//!
//! ```text
//!   head --decode--> Intent --handle_request--> Ticket
//!                                                 |
//!        +----------------------------------------+
//!        v
//!   step(&ticket) --- Fence ----> record the epoch ------> handle_store(Fenced)  --+
//!        ^       |--- ReadBody -> read a chunk, write it -> handle_body, _end  ----|
//!        |       |--- Sync -----> make it durable --------> handle_store(Synced) --|
//!        |       |--- Commit ---> publish the object -----> handle_store(Committed)|
//!        |       |--- Discard --> remove the bytes -------> handle_store(Discarded)|
//!        |       |--- Respond --> encode it, send it: over                         |
//!        |       `--- Close ----> over                                             |
//!        +------------------------------------------------------------------------+
//! ```
//!
//! # The loop
//!
//! This is a whole host, with memory for a store:
//!
//! ```
//! use resumable::server::{Answer, BodyEnd, Session, Step, StoreReply};
//! use resumable::{Append, Extent, Intent, Persisted, Policy};
//!
//! let mut session = Session::new(Policy::default(), Some(11))?;
//! let mut store = vec![0; 11];
//! let mut body = [&b"resu"[..], b"mable", b"!\n"].into_iter();
//!
//! let append = Append { at: 0, extent: Extent::To(11), total: Some(11), body: Some(11) };
//! let mut ticket = session.handle_request(Intent::Append(append));
//! let outcome = loop {
//!     match session.step(&ticket)? {
//!         Step::Fence { .. } => session.handle_store(&mut ticket, StoreReply::Fenced(session.snapshot()))?,
//!         Step::ReadBody { .. } => match body.next() {
//!             Some(chunk) => {
//!                 let write = session.handle_body(&mut ticket, chunk)?;
//!                 let at = usize::try_from(write.at.get())?;
//!                 store[at..at + write.data.len()].copy_from_slice(write.data);
//!             }
//!             None => session.handle_body_end(&mut ticket, BodyEnd::Clean)?,
//!         },
//!         Step::Sync { to, .. } => {
//!             session.handle_store(&mut ticket, StoreReply::Synced(Persisted::confirmed(to.get())))?;
//!         }
//!         Step::Commit { .. } => session.handle_store(&mut ticket, StoreReply::Committed)?,
//!         Step::Discard { .. } => session.handle_store(&mut ticket, StoreReply::Discarded)?,
//!         Step::Respond(outcome) => break outcome,
//!         _ => unreachable!("this request is not cut off"),
//!     }
//! };
//! assert_eq!(outcome.answer, Answer::Complete { size: 11 });
//! assert_eq!(store, b"resumable!\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A host of many connections keeps the session behind a lock, and holds the lock for one call at a time: never while
//! it reads, writes or waits. Then a half-dead connection cannot keep a newer request waiting.
//!
//! In an async host the future that serves a request can be dropped at any `.await`. So the ticket, and what the store
//! was asked and has not answered, live in a value beside the future; between
//! [`handle_body`](Session::handle_body) and the hand-over of its bytes to the store there is no `.await`. When the value
//! is dropped before the request is over, a task of its own goes on with the loop, with a body that is cut: the store's
//! answer, and what came of the body, are told to the session. `examples/axum` does this.
//!
//! # The states
//!
//! ```text
//!                       a newer append takes over
//!                            +---------+
//!                            v         |
//!   Session::new -------->  Open ------+
//!                           ^  |
//!     failed, given up,     |  |  all is durable, or given up
//!     taken over elsewhere  |  v
//!                         Finalizing
//!                           |  |  |
//!          published        |  |  |  rejected for good
//!        +------------------+  |  +------------------+
//!        v                     v                     v
//!     Complete        Cancelled, Expired            Dead
//! ```
//!
//! Every transition there is (a test compares this table with the code):
//!
//! | from | to | when |
//! |---|---|---|
//! | Open | Open | an append, a close or a cancel is admitted; its request ends; another process takes over |
//! | Open | Finalizing | every byte is durable and the end is clean, or the upload is given up |
//! | Open | Complete | another process has published it |
//! | Open | Cancelled | another process has cancelled it |
//! | Open | Expired | another process has let it expire |
//! | Open | Dead | another process could not commit it for good |
//! | Finalizing | Open | the store failed, the request was abandoned, or another process takes over |
//! | Finalizing | Finalizing | the object is rejected for good, and is to be discarded |
//! | Finalizing | Complete | committed |
//! | Finalizing | Cancelled | discarded as the client asked |
//! | Finalizing | Expired | discarded as the server asked |
//! | Finalizing | Dead | discarded because it was rejected |

mod admit;
mod body;
mod due;
mod outcome;
mod request;
mod state;
mod step;
mod ticket;

pub use self::outcome::{Answer, Outcome, Refusal};
pub use self::state::State;
pub use self::step::{BodyEnd, Fault, Rejection, Step, StoreReply, TicketId, Write};
pub use self::ticket::Ticket;

use crate::intent::{Append, Extent, Intent, Status};
use crate::{Epoch, Persisted, Policy, Saved, ServerError, Snapshot, SnapshotError, Superseded};

/// What is true of one upload. See the [module](self).
///
/// Plain data without heap memory: it can be cloned, compared, hashed, kept in any map, shared behind any lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    policy: Policy,
    epoch: Epoch,
    persisted: Persisted,
    total: Option<u64>,
    /// How many requests have claimed this session: the number of the newest.
    claims: u64,
    /// The request that may move it.
    holder: Option<TicketId>,
    /// What the record says of the state: `Open` until the store has ended the upload.
    saved: Saved,
    /// Whether the store is ending it for the holder, one way or another.
    ending: bool,
}

const _: () = {
    const fn plain<T: Send + Sync + Clone + Eq + core::hash::Hash>() {}
    plain::<Session>();
    assert!(size_of::<Session>() <= 96, "a million sessions must fit into little memory");
};

impl Session {
    /// A new upload of `total` bytes, if its creation names the size.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooLarge`] if that is above the policy's `max_size`.
    ///
    /// ```
    /// use resumable::{Policy, server::{Refusal, Session}};
    ///
    /// let policy = Policy { max_size: 10, ..Policy::default() };
    /// assert!(Session::new(policy, Some(10)).is_ok());
    /// assert_eq!(Session::new(policy, Some(11)), Err(Refusal::TooLarge { max_size: 10, size: 11 }));
    /// ```
    pub fn new(policy: Policy, total: Option<u64>) -> Result<Self, Refusal> {
        match total {
            Some(size) if size > policy.max_size => Err(Refusal::TooLarge { max_size: policy.max_size, size }),
            _ => Ok(Self {
                policy,
                epoch: Epoch::NONE,
                persisted: Persisted::ZERO,
                total,
                claims: 0,
                holder: None,
                saved: Saved::Open,
                ending: false,
            }),
        }
    }

    /// An upload from its record: everything in it is persisted, nothing is in flight.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if no upload can have this record.
    ///
    /// ```
    /// use resumable::{Policy, server::Session};
    ///
    /// let session = Session::new(Policy::default(), Some(7))?;
    /// assert_eq!(Session::restore(Policy::default(), session.snapshot())?, session);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(policy: Policy, snapshot: Snapshot) -> Result<Self, SnapshotError> {
        snapshot.check()?;
        let Snapshot { epoch, persisted, total, state: saved } = snapshot;
        let persisted = Persisted::confirmed(persisted);
        Ok(Self { policy, epoch, persisted, total, claims: 0, holder: None, saved, ending: false })
    }

    /// The record of this upload as it is now.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> Snapshot {
        let Self { epoch, persisted, total, saved, .. } = *self;
        Snapshot { epoch, persisted: persisted.get(), total, state: saved }
    }

    /// Admits a request. The ticket is for it alone.
    #[inline]
    pub fn handle_request(&mut self, intent: Intent) -> Ticket {
        self.admit(intent)
    }

    /// Lets the upload expire: drive the ticket like any other, it ends with [`Step::Close`].
    ///
    /// An upload that has ended, or that the store is ending, is left as it is.
    pub fn expire(&mut self) -> Ticket {
        self.admit_expiry()
    }

    /// A chunk of the body has come: which part of it to store, and where. It moves what is received.
    ///
    /// # Errors
    ///
    /// [`ServerError::Superseded`] if a newer request has taken over, [`ServerError::Unexpected`] unless
    /// [`Step::ReadBody`] is due. A chunk that goes beyond what the request may bring is no error here: it is not
    /// stored, and the refusal is the next step.
    #[inline]
    pub fn handle_body<'b>(&mut self, ticket: &mut Ticket, chunk: &'b [u8]) -> Result<Write<'b>, ServerError> {
        self.read_chunk(ticket, chunk)
    }

    /// The body has ended.
    ///
    /// # Errors
    ///
    /// [`ServerError::Superseded`] if a newer request has taken over, [`ServerError::Unexpected`] unless
    /// [`Step::ReadBody`] is due.
    #[inline]
    pub fn handle_body_end(&mut self, ticket: &mut Ticket, end: BodyEnd) -> Result<(), ServerError> {
        self.read_end(ticket, end)
    }

    /// The store has answered the step that was due.
    ///
    /// # Errors
    ///
    /// [`ServerError::Superseded`] if a newer request has taken over; [`ServerError::Unexpected`] if another step is
    /// due, but that a write can fail while the body is read, and that a sync can be confirmed after the
    /// [record](Self::handle_record) has told of it; [`ServerError::StoreAhead`], [`ServerError::StoreBehind`] and
    /// [`ServerError::Record`] if the store says what cannot be.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "of a reply that a host names, only its own part is compiled in")]
    pub fn handle_store(&mut self, ticket: &mut Ticket, reply: StoreReply) -> Result<(), ServerError> {
        self.store_replied(ticket, reply)
    }

    /// The store's record has been read again: for a host whose uploads are shared with other processes, before each
    /// request. What this process knows better is kept: the record may have been read before the newest sync, and an end
    /// stays what it is.
    ///
    /// # Errors
    ///
    /// [`ServerError::Record`] if no upload can have this record, [`ServerError::StoreBehind`] if another process has
    /// taken over and bytes are lost that were confirmed.
    pub fn handle_record(&mut self, record: Snapshot) -> Result<(), ServerError> {
        record.check()?;
        if !self.is_old(&record) {
            self.check_record(&record)?;
            self.learn(record);
        }
        Ok(())
    }

    /// Whoever served the request is gone without having finished: its task was dropped, or it failed halfway.
    ///
    /// What the store did last for it is unknown; what was not confirmed is not told. If that was [`Step::Discard`],
    /// the bytes may be gone: hand in the [record](Self::handle_record) before the next request. Where the connection
    /// was lost but the server goes on, [`BodyEnd::Cut`] keeps more.
    pub fn handle_abandoned(&mut self, ticket: Ticket) {
        self.release(&ticket);
        drop(ticket);
    }

    /// What is due for this request now.
    ///
    /// # Errors
    ///
    /// [`Superseded`] if a newer request has taken over: close the connection, answer nothing.
    #[inline]
    pub fn step(&self, ticket: &Ticket) -> Result<Step, Superseded> {
        self.due(ticket)
    }

    /// How many bytes from the start are durable.
    #[must_use]
    pub fn persisted(&self) -> Persisted {
        self.persisted
    }

    /// The size of the whole object in bytes, once it is declared.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// How far the upload has come.
    #[must_use]
    pub fn state(&self) -> State {
        match (self.saved, self.holder) {
            (Saved::Open, Some(by)) if self.ending => State::Finalizing { by },
            (Saved::Open, writer) => State::Open { writer },
            (Saved::Complete, _) => State::Complete,
            (Saved::Cancelled, _) => State::Cancelled,
            (Saved::Expired, _) => State::Expired,
            (Saved::Dead, _) => State::Dead,
        }
    }

    /// How it is treated.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }
}
