//! Open sessions, and the map that a server keeps them in.

use std::hash::{BuildHasherDefault, DefaultHasher};

use indexmap::IndexMap;
use resumable::server::Session;
use resumable::{Epoch, Policy, Saved, Snapshot};

use crate::random::scatter;

/// What names an upload: 128 bits that nobody can guess, as the example servers have it.
pub type Id = [u8; 16];

/// The library's usual hash function, with the same keys in each run: nobody but the server chooses an id, and the same
/// run takes the same number of instructions.
pub type Hasher = BuildHasherDefault<DefaultHasher>;

/// The map that takes the fewest bytes for a million sessions; see `memory`.
pub type Sessions = IndexMap<Id, Session, Hasher>;

/// How many sessions there are, from one to a million.
pub const COUNTS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// The size of the object where it is of no interest, in bytes.
pub const TOTAL: u64 = 1 << 61;

/// The id of the session with this number.
pub fn id(number: u64) -> Id {
    let (high, low) = (scatter(2 * number), scatter(2 * number + 1));
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

/// An open session of an object of `total` bytes, of which `persisted` are durable.
pub fn session(total: u64, persisted: u64) -> Session {
    let record = Snapshot { epoch: Epoch::NONE, persisted, total: Some(total), state: Saved::Open };
    Session::restore(Policy::default(), record).unwrap_or_else(|error| panic!("{error}"))
}

/// So many open sessions.
pub fn sessions(count: u64) -> Sessions {
    let mut sessions =
        Sessions::with_capacity_and_hasher(usize::try_from(count).unwrap_or(usize::MAX), Hasher::default());
    sessions.extend((0..count).map(|number| (id(number), session(TOTAL, 7 * number))));
    sessions
}
