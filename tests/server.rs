//! The server's machine behind the dialect, rule by rule: what goes over the wire, and what is asked of the store.

#[path = "server/answers.rs"]
mod answers;
#[path = "server/boundaries.rs"]
mod boundaries;
#[path = "server/contention.rs"]
mod contention;
#[path = "server/errors.rs"]
mod errors;
#[path = "server/google_cases.rs"]
mod google_cases;
#[path = "server/google_ends.rs"]
mod google_ends;
#[path = "server/granularity.rs"]
mod granularity;
#[path = "server/host.rs"]
mod host;
#[path = "server/known_bugs.rs"]
mod known_bugs;
#[path = "server/offsets.rs"]
mod offsets;
#[path = "server/policies.rs"]
mod policies;
#[path = "server/processes.rs"]
mod processes;
#[path = "server/promises.rs"]
mod promises;
#[path = "server/reading.rs"]
mod reading;
#[path = "server/refusals.rs"]
mod refusals;
#[path = "server/request.rs"]
mod request;
#[path = "server/snapshots.rs"]
mod snapshots;
#[path = "server/store.rs"]
mod store;

/// Eleven bytes, each of which tells its position.
const OBJECT: &[u8; 11] = b"abcdefghijk";
