//! HTTP resumable uploads as pure state machines: server and client, no I/O.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "no bytes of a peer may panic"
    )
)]

#[cfg(any(feature = "http", test))]
extern crate std;

pub mod client;
pub mod epoch;
mod error;
pub mod fields;
pub mod google;
#[cfg(feature = "http")]
pub mod http;
pub mod http1;
mod intent;
mod offset;
mod policy;
pub mod server;
mod snapshot;

pub use epoch::Epoch;
pub use error::{ServerError, Superseded};
pub use intent::{Append, Extent, Intent, Status};
pub use offset::{Persisted, Received};
pub use policy::{Completes, Contention, OnCut, Overlap, Policy};
pub use snapshot::{ClientSnapshot, Saved, Snapshot, SnapshotError};
