//! What is due now, what the server said, and how an upload can end.

use core::fmt;
use core::ops::Range;
use core::time::Duration;

use crate::{Intent, Persisted};

/// What is due. See the [loop](super).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Ask for a new session. The host owns URLs, credentials and metadata.
    Create {
        /// Hand it back with the answer.
        attempt: Attempt,
        /// The size of the object in bytes, if it is known.
        total: Option<u64>,
    },
    /// Send a request to the session.
    Send {
        /// Hand it back with the answer.
        attempt: Attempt,
        /// What the request says.
        intent: Intent,
        /// Its body: half-open offsets into the host's source. Empty for a question, a close and a cancel.
        body: Range<u64>,
    },
    /// Hold source bytes up to `to` (exclusive), or learn that it ends before, then
    /// [`handle_source`](super::Upload::handle_source). Only for a source of unknown length.
    Fill {
        /// The offset to reach.
        to: u64,
    },
    /// Wait this long, then [`handle_waited`](super::Upload::handle_waited).
    Wait(Duration),
    /// The server has the whole object.
    Done {
        /// Its size in bytes.
        size: u64,
    },
    /// The upload was cancelled, as the host asked.
    Cancelled,
    /// The upload has failed.
    Failed(Failure),
}

/// Which request an answer belongs to: an answer to an older one changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(pub(super) u32);

impl Attempt {
    /// The number, counted from 1 within one [`Upload`](super::Upload).
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// How much there is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Length {
    /// So many bytes.
    Known(u64),
    /// It will end some time.
    Unknown,
}

/// What the server said, as its dialect has read it from the head of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// There is a session now.
    Created,
    /// The upload goes on.
    Incomplete {
        /// What the server says to be durable; `None` if it did not say, which means nothing.
        persisted: Option<Persisted>,
    },
    /// The server has the whole object.
    Complete {
        /// Its size in bytes, if the server says.
        size: Option<u64>,
    },
    /// It may work later.
    Unavailable {
        /// How long the server asks to wait at least.
        retry_after: Option<Duration>,
    },
    /// There is no such session.
    Gone,
    /// The session was cancelled.
    Cancelled,
    /// The request is refused for good.
    Refused {
        /// The dialect's own number for it.
        code: u16,
    },
    /// The answer cannot be understood.
    Violation(Violation),
}

/// Why an answer cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The server does not say plainly how much it has.
    #[error("expected an answer that names the persisted bytes as one range from zero, got something else")]
    Range,
    /// The answer is of a kind that does not belong to the request.
    #[error("expected an answer of another kind to this request, got one with code {code}")]
    Answer {
        /// The dialect's own number for it.
        code: u16,
    },
    /// The server says to have created a session, but not where it is.
    #[error("expected the address of the new session, got none that can be used")]
    Address,
}

/// Why an upload has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The server refuses for good.
    #[error("the server refused the request with {code}")]
    Refused {
        /// The dialect's own number for it.
        code: u16,
    },
    /// The session is gone, and a new one may not be started.
    #[error("the session is gone")]
    Gone,
    /// Somebody else cancelled the session.
    #[error("the session was cancelled by somebody else")]
    Cancelled,
    /// The server claims bytes that nobody sent.
    #[error("expected the server to have at most the {sent} bytes that were sent, got {persisted}")]
    ServerAhead {
        /// Bytes sent.
        sent: u64,
        /// Bytes claimed.
        persisted: Persisted,
    },
    /// The server has lost bytes that it had acknowledged, and they cannot be had again.
    #[error("expected the server to have at least the {acknowledged} bytes it acknowledged, got {persisted}")]
    ServerBehind {
        /// Bytes acknowledged.
        acknowledged: Persisted,
        /// Bytes claimed now.
        persisted: Persisted,
    },
    /// The server says that the object is whole, but not everything was sent.
    #[error("expected success after everything was sent, got it after {sent} bytes of {}", Size(*.total))]
    CompleteEarly {
        /// Bytes sent.
        sent: u64,
        /// The size of the object, if it is known.
        total: Option<u64>,
    },
    /// The server's object has another size.
    #[error("expected an object of {total} bytes at the server, got {size}")]
    SizeDiffers {
        /// The size of the object in bytes.
        total: u64,
        /// What the server says.
        size: u64,
    },
    /// The source ended below what the server already has.
    #[error("expected a source of at least the {acknowledged} bytes that the server has, got {total}")]
    SourceTooShort {
        /// Bytes acknowledged.
        acknowledged: Persisted,
        /// The size of the source in bytes.
        total: u64,
    },
    /// The answer cannot be understood.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// Too many failures without durable progress.
    #[error("no progress in {attempts} attempts")]
    TooManyAttempts {
        /// How many there were.
        attempts: u32,
    },
    /// Too long a wait without durable progress.
    #[error("no progress, and another try would make {wanted:?} of waiting, above the limit of {limit:?}")]
    WaitTooLong {
        /// How long it would be.
        wanted: Duration,
        /// The limit.
        limit: Duration,
    },
}

struct Size(Option<u64>);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(total) => write!(f, "{total}"),
            None => f.write_str("a source that has not ended"),
        }
    }
}

/// A call on an [`Upload`](super::Upload) that cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The answer belongs to an older request, or to one that is answered already.
    #[error("expected an answer to attempt {current}, got one to {got}", current = .current.0, got = .got.0)]
    StaleAttempt {
        /// The newest attempt.
        current: Attempt,
        /// The one that was handed in.
        got: Attempt,
    },
    /// No wait is due.
    #[error("expected no call, or another one: no wait is due")]
    NotWaiting,
    /// The source says less than before.
    #[error("expected a source of {expected} bytes or more, got {available}")]
    SourceShrank {
        /// What it said before, in bytes.
        expected: u64,
        /// What it says now, in bytes.
        available: u64,
    },
    /// The source says more than the length that is known.
    #[error("expected a source of {total} bytes, got {available}")]
    SourceGrew {
        /// The length that is known, in bytes.
        total: u64,
        /// What it says now, in bytes.
        available: u64,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { total: None, .. } => f.write_str("create"),
            Self::Create { total: Some(total), .. } => write!(f, "create {total} bytes"),
            Self::Send { intent, .. } => intent.fmt(f),
            Self::Fill { to: u64::MAX } => f.write_str("fill to the end"),
            Self::Fill { to } => write!(f, "fill to {to}"),
            Self::Wait(delay) => write!(f, "wait {delay:?}"),
            Self::Done { size } => write!(f, "done, {size} bytes"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed(failure) => write!(f, "failed: {failure}"),
        }
    }
}
