//! The example programs `server` and `upload`, killed at random moments and started again with the same commands.
//!
//! ```text
//! upload (three at once) --> relay, which notes what is told --> server --> root
//! ```
//!
//! Each kill is a SIGKILL of the server, of a client, or of both. The relay stands at one address while servers come
//! and go, and sees every offset that leaves a server: none may fall afterwards, whoever asks. What is complete stays
//! so, and each object is compared byte for byte. A kill keeps what was written and not synced; what a crash of the
//! machine may lose is the subject of `tests/crashes.rs`.
//!
//! `cargo test` builds the programs; with `--test kill` alone, run `cargo build --examples` first, or old ones are tested.
//!
//! A long run, and one that repeats the choices of another (when the processes are where is up to the machine):
//!
//! ```text
//! RESUMABLE_KILLS=1000 cargo test --test kill -- --nocapture
//! RESUMABLE_KILLS=1000 RESUMABLE_SEED=7 cargo test --test kill -- --nocapture
//! ```
#![cfg(unix)]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test of programs has sockets, files, threads and a clock"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "kill/campaign.rs"]
mod campaign;
#[path = "kill/processes.rs"]
mod processes;
#[path = "kill/relay.rs"]
mod relay;
#[path = "kill/told.rs"]
mod told;

use std::io::Write as _;
use std::net::TcpStream;

use campaign::campaign;
use processes::{Server, ask, data, wait_for_bytes};

/// Of the environment, or this.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

#[test]
fn nothing_that_was_told_is_lost_when_server_and_clients_are_killed() {
    let (kills, seed) = (number("RESUMABLE_KILLS", 40), number("RESUMABLE_SEED", 1));
    let report = campaign(kills, seed);
    println!("{report}");
    assert!(report.objects > 0, "no upload came to its end: {report}");
}

/// An orderly end: the body under way is cut, what came of it is kept, and the exit code is 0.
#[test]
fn a_signal_ends_the_server_in_order() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT] {
        let root = tempfile::tempdir().unwrap();
        // Only the end of the request makes anything durable.
        let mut server = Server::start(root.path(), 1 << 30);
        let session = server.create("n");
        let mut stream = TcpStream::connect(&server.addr).unwrap();
        let head = "Host: h\r\nContent-Range: bytes 0-299999/300000\r\nContent-Length: 300000\r\n\r\n";
        write!(stream, "PUT {session} HTTP/1.1\r\n{head}").unwrap();
        stream.write_all(&data(0, 100_007)).unwrap();
        wait_for_bytes(root.path(), 100_007);
        assert_eq!(server.signal(signal), Some(0), "{signal:?}");

        let server = Server::start(root.path(), 1 << 30);
        let answer = ask(&server.addr, "PUT", &session, "Content-Range: bytes */*\r\n", b"").unwrap();
        assert_eq!((answer.status, answer.persisted), (308, 100_007), "{signal:?}");
    }
}
