//! What a request comes to, in words that every dialect shares.

use core::fmt;

use crate::Persisted;

/// The answer to one request, for its dialect to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// What to say.
    pub answer: Answer,
    /// Whether the request's body was read to its end. If it was not, its bytes still stand in the connection: the
    /// host answers and closes, and must not take what follows for the next request.
    pub body_read: bool,
}

/// What to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// The upload goes on from here.
    Incomplete {
        /// What the store has confirmed.
        persisted: Persisted,
    },
    /// The object is published.
    Complete {
        /// Its size in bytes.
        size: u64,
    },
    /// The upload is given up, as this request asked.
    Cancelled,
    /// The request is refused.
    Refused(Refusal),
}

/// Why a request is refused. The session is as it was, unless the variant says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The append would leave a hole.
    #[error("expected an append at offset {persisted} or below, got one at {at}")]
    Gap {
        /// Where it starts.
        at: u64,
        /// What is persisted.
        persisted: Persisted,
    },
    /// The append does not start where the last one ended ([`Overlap::Conflict`](crate::Overlap::Conflict)).
    #[error("expected an append at offset {persisted}, got one at {at}")]
    Conflict {
        /// Where it starts.
        at: u64,
        /// What is persisted.
        persisted: Persisted,
    },
    /// The total contradicts the declared one.
    #[error("expected the declared total of {declared} bytes, got {named}")]
    TotalChanged {
        /// The total in bytes that counts.
        declared: u64,
        /// The total in bytes that the request names.
        named: u64,
    },
    /// The object would end below what is persisted.
    #[error("expected a total of at least the {persisted} bytes that are persisted, got {total}")]
    TotalBelowPersisted {
        /// The total in bytes that the request names or comes to.
        total: u64,
        /// What is persisted.
        persisted: Persisted,
    },
    /// The range runs past the declared total.
    #[error("expected a range within the declared total of {total} bytes, got one that ends at {end}")]
    BeyondTotal {
        /// The end of the range in the object (exclusive).
        end: u64,
        /// The declared total in bytes.
        total: u64,
    },
    /// The length of the body is not the length of the range.
    #[error("expected a body of {range} bytes as the range says, got a length of {body}")]
    LengthMismatch {
        /// The length of the range in bytes.
        range: u64,
        /// The length of the body in bytes.
        body: u64,
    },
    /// The body ended before its range did. What came of it is not published.
    #[error("expected a body of {range} bytes as the range says, got {received}")]
    BodyTooShort {
        /// The length of the range in bytes.
        range: u64,
        /// How many bytes came.
        received: u64,
    },
    /// The body goes on after its range ended. What came of it is not published.
    #[error("expected a body of {range} bytes as the range says, got more")]
    BodyTooLong {
        /// The length of the range in bytes.
        range: u64,
    },
    /// A question came with a body.
    #[error("expected a status request without a body, got one with a body")]
    StatusWithBody,
    /// A request that is not the last would add nothing at this granularity.
    #[error(
        "expected a request that is not the last to reach a new multiple of {granularity} bytes, got one that ends at {end}"
    )]
    TooSmall {
        /// The policy's granularity in bytes.
        granularity: u64,
        /// Where the request ends in the object (exclusive).
        end: u64,
    },
    /// The object is larger than the policy allows.
    #[error("expected at most {max_size} bytes, got {size} or more")]
    TooLarge {
        /// The policy's limit in bytes.
        max_size: u64,
        /// How large it is at least, in bytes.
        size: u64,
    },
    /// Something else has the upload just now.
    #[error("the upload is being worked on, ask again")]
    Busy,
    /// The store has failed, and may work again.
    #[error("the store is unavailable, ask again")]
    Unavailable,
    /// The store is full.
    #[error("the store is full")]
    StoreFull,
    /// The object failed the check of its content. The upload is dead.
    #[error("the object differs from the checksum that was declared for it")]
    ChecksumMismatch,
    /// The object failed a condition that was declared for it. The upload is dead.
    #[error("the object's precondition does not hold")]
    PreconditionFailed,
    /// The upload was cancelled.
    #[error("the upload was cancelled")]
    Cancelled,
    /// The upload has expired.
    #[error("the upload has expired")]
    Expired,
    /// The commit had failed for good.
    #[error("the upload is dead, its commit failed for good")]
    Dead,
    /// There is nothing left to cancel: the object is published.
    #[error("the upload is complete and cannot be cancelled")]
    AlreadyComplete,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.answer.fmt(f)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete { persisted } => write!(f, "incomplete, {persisted} persisted"),
            Self::Complete { size } => write!(f, "complete, {size} bytes"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
        }
    }
}
