//! What can go wrong, in three families, by who is to blame.
//!
//! - The host called wrongly: [`ServerError`], [`ClientError`](crate::client::ClientError), [`SnapshotError`](crate::SnapshotError).
//! - The peer broke the protocol: the errors of the codecs in [`google`](crate::google) and [`http1`](crate::http1), and
//!   [`Failure`](crate::client::Failure) on the client.
//! - A proper refusal: [`Refusal`](crate::server::Refusal), which the dialect gives its status.
//!
//! A call that returns an error has changed nothing. Nothing here panics.

use crate::{Persisted, Received};

/// A newer request has taken over: stop, close the connection, answer nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("expected the newest request, got one that a newer one has superseded")]
pub struct Superseded;

/// A call on a [`Session`](crate::server::Session) that cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A newer request has taken over.
    #[error(transparent)]
    Superseded(#[from] Superseded),
    /// The step that is due is another one.
    #[error("expected {due}, got {call}")]
    Unexpected {
        /// What [`step`](crate::server::Session::step) asks for.
        due: &'static str,
        /// What was called.
        call: &'static str,
    },
    /// The store confirmed bytes that never came.
    #[error("expected the store to confirm at most {received} bytes, got {confirmed}")]
    StoreAhead {
        /// What the machine has handed out.
        received: Received,
        /// What the store says.
        confirmed: Persisted,
    },
    /// The store has lost bytes that it had confirmed.
    #[error("expected the store to confirm at least {persisted} bytes, got {confirmed}")]
    StoreBehind {
        /// What it had confirmed before.
        persisted: Persisted,
        /// What it says now.
        confirmed: Persisted,
    },
    /// The store's record is one that no upload can have.
    #[error(transparent)]
    Record(#[from] crate::SnapshotError),
}
