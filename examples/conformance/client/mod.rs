//! The cases for clients.
//!
//! A case runs the [`Program`] against a scripted server, which keeps what it gets and compares every body with the
//! file: a server and a file for each run. `stage.rs` is what a good server does, `plot.rs` how a case names its faults,
//! `cases/` the table.
//!
//! A case asks for one of the ends of [`plot::Owed`]; but the account comes first. Bytes under a wrong offset, a gap, a
//! request to a host where it does not belong, or a success without everything being there are `WRONG` whatever the
//! case is about. A client that has not ended when the time is up, or after [`MAX_REQUESTS`] requests, or takes more
//! than 256 MiB of memory, is killed with its process group: `crash`. A client that gives up where it could have gone
//! on is `refused`; one that goes on where it should have failed, and has uploaded everything, is `lenient`.

pub mod act;
mod cases;
mod memory;
pub mod plot;
mod program;
mod seen;
mod stage;
mod wire;

pub use act::Act;
pub use cases::table;
pub use program::Program;
pub use stage::Stage;
