//! The example program `upload`, as its users run it, against a server that plays a script over TCP.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "this is a host: it has sockets, files, threads and a clock"
)]
#![allow(unreachable_pub, reason = "the example's modules are there to be copied, and one of them is tested here")]

#[path = "upload_example/answers.rs"]
mod answers;
#[path = "upload_example/arguments.rs"]
mod arguments;
#[path = "upload_example/checksums.rs"]
mod checksums;
#[path = "upload_example/creations.rs"]
mod creations;
#[path = "upload_example/early.rs"]
mod early;
#[path = "upload_example/failures.rs"]
mod failures;
#[path = "upload_example/headers.rs"]
mod headers;
#[path = "upload_example/lives.rs"]
mod lives;
#[path = "upload_example/program.rs"]
mod program;
#[path = "upload_example/server.rs"]
mod server;
#[path = "upload_example/sessions.rs"]
mod sessions;
#[path = "upload_example/sources.rs"]
mod sources;
#[path = "upload_example/states.rs"]
mod states;
#[path = "upload_example/urls.rs"]
mod urls;
