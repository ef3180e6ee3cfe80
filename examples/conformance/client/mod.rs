//! The cases for clients.
//!
//! A case runs the [`Program`] once, or more often, against a [`Stage`]: a scripted server that keeps what it gets and
//! compares every body with the file. A [`Script`] says what is done with each request; [`Act::Honest`] is what a good
//! server does, so a script only names its faults:
//!
//! ```ignore
//! let mut faults = 1;
//! let ran = program.run(FILE, move |stage: &mut Stage, seen: &Seen| match seen.role {
//!     Role::Data if take(&mut faults) => Act::text("503 Service Unavailable", "busy"),
//!     _ => Act::Honest,
//! })?;
//! Ok(ran.uploads())
//! ```
//!
//! [`Ran::uploads`] and [`Ran::fails`] are the two ends that a rule can ask for; both look at the account first, where
//! bytes under a wrong offset or a success that is none are `WRONG` whatever the case is about. A client that has not
//! ended when the time is up, or after [`MAX_REQUESTS`], is killed with its process group: `crash`.

mod program;
mod stage;
mod success;
mod wire;

pub use program::{Program, Ran};
pub use stage::{Act, MAX_REQUESTS, Role, Script, Seen, Stage};

use super::case::Case;

/// Every case.
pub fn table() -> Vec<Case<Program>> {
    [success::cases()].into_iter().flatten().collect()
}
