//! The client machine and its dialect, seen from outside: every rule, every promise, and the bugs that real clients have.

#[path = "client/bounds.rs"]
mod bounds;
#[path = "client/bugs_answers.rs"]
mod bugs_answers;
#[path = "client/bugs_bytes.rs"]
mod bugs_bytes;
#[path = "client/bugs_ends.rs"]
mod bugs_ends;
#[path = "client/bugs_patience.rs"]
mod bugs_patience;
#[path = "client/cancel.rs"]
mod cancel;
#[path = "client/completion.rs"]
mod completion;
#[path = "client/dialect.rs"]
mod dialect;
#[path = "client/errors.rs"]
mod errors;
#[path = "client/gone.rs"]
mod gone;
#[path = "client/harness.rs"]
mod harness;
#[path = "client/honest.rs"]
mod honest;
#[path = "client/loops.rs"]
mod loops;
#[path = "client/offsets.rs"]
mod offsets;
#[path = "client/ranges.rs"]
mod ranges;
#[path = "client/records.rs"]
mod records;
#[path = "client/recovery.rs"]
mod recovery;
#[path = "client/resume.rs"]
mod resume;
#[path = "client/unknown.rs"]
mod unknown;
#[path = "client/waits.rs"]
mod waits;
#[path = "client/world.rs"]
mod world;
