//! The parts of the benchmark on loopback: what servers are compared with, and the client that loads them all.
//!
//! ```text
//! cargo bench --bench loopback -- copy --root DIR     a raw TCP copy to a file: the limit
//! cargo bench --bench loopback -- pong                two system calls a request: the limit of small requests
//! cargo bench --bench loopback -- axum --root DIR     a minimal handler that streams a body to a file
//! cargo bench --bench loopback -- load KIND ADDR CASE one measured run, as a line of JSON
//! ```
//!
//! `benches/loopback.py` starts them, and the peers, in shuffled rounds.
#![allow(missing_docs, reason = "a benchmark is a program")]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark has sockets, files, threads and a clock"
)]

mod copy;
mod handler;
mod load;
mod pong;

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser};

/// How much is synced at a time, as the example servers do by default.
const SYNC_EVERY: u64 = 32 << 20;

/// The buffer of whoever copies.
const BUFFER: usize = 256 * 1024;

/// The parts of the benchmark on loopback.
#[derive(Parser)]
enum Role {
    /// Copy what comes over TCP to files.
    Copy {
        #[command(flatten)]
        files: Files,
        /// Also write after each message how far the file has come.
        #[arg(long, value_name = "WHERE")]
        record: Option<copy::Record>,
        /// Align the buffer to 64 bytes, and not as it happens to be allocated.
        #[arg(long)]
        aligned: bool,
    },
    /// Answer each request in one read and one write.
    Pong,
    /// Serve PUT by a minimal axum handler that streams to a file.
    Axum {
        #[command(flatten)]
        files: Files,
        /// Write in the handler itself, not through `tokio::fs`.
        #[arg(long)]
        direct: bool,
    },
    /// Load a server, and print a line of JSON.
    Load(load::Plan),
}

#[derive(Args)]
struct Files {
    /// The folder for the files.
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// Sync every 32 MiB, and before each answer.
    #[arg(long)]
    sync: bool,
}

fn main() -> ExitCode {
    // Cargo adds its own word.
    let words = std::env::args().filter(|word| word != "--bench");
    match run(Role::parse_from(words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(role: Role) -> io::Result<()> {
    match role {
        Role::Copy { files, record, aligned } => copy::serve(&listen()?, &files, record, aligned),
        Role::Pong => pong::serve(&listen()?),
        Role::Axum { files, direct } => handler::serve(listen()?, files, direct),
        Role::Load(plan) => load::run(&plan),
    }
}

/// Listens on a free port, and says on which.
fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    println!("listening on http://{}", listener.local_addr()?);
    io::stdout().flush()?;
    Ok(listener)
}
