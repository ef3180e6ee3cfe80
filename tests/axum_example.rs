//! The axum example: what it does when a peer stalls, when a handler's future is dropped at any `.await`, and when
//! many come at once; and that over TCP it answers as the machine does.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test over TCP has sockets, files and threads"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "../examples/axum/app.rs"]
mod app;
#[path = "axum_example/creations.rs"]
mod creations;
#[path = "axum_example/crowds.rs"]
mod crowds;
#[path = "axum_example/direct.rs"]
mod direct;
#[path = "axum_example/drops.rs"]
mod drops;
#[path = "transcripts/expect.rs"]
mod expect;
#[path = "server_example/expiry.rs"]
mod expiry;
#[path = "transcripts/format.rs"]
mod format;
#[path = "server_example/ids.rs"]
mod ids;
#[path = "server_example/leftovers.rs"]
mod leftovers;
#[path = "server_example/peer.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod peer;
#[path = "transcripts/play.rs"]
mod play;
#[path = "axum_example/program.rs"]
mod program;
#[path = "axum_example/server.rs"]
mod server;
#[path = "axum_example/stalls.rs"]
mod stalls;
mod support;
#[path = "server_example/takeovers.rs"]
mod takeovers;
#[path = "transcripts/tcp.rs"]
mod tcp;
#[path = "axum_example/transcripts.rs"]
mod transcripts;
