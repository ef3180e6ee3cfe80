//! An upload over a bad network: server, network and client in one process.
//!
//! ```text
//! cargo run --release --example demo
//! cargo run --release --example demo -- --ladder --faults 40 --seed 7 FILE
//! ```
//!
//! Between the client (`examples/upload`) and the server (`examples/server`) stands a proxy that cuts connections,
//! loses answers and stalls. In the end both have the same bytes, or this fails.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a host has sockets, files, threads and a clock"
)]
#![allow(unreachable_pub, reason = "a program exports nothing: `pub` is what other modules use")]

mod download;
mod output;
mod proxy;
#[path = "../server/server.rs"]
mod server;
#[path = "../upload"]
#[allow(dead_code, reason = "the demo needs a part of it")]
mod upload {
    pub mod client;
    pub mod connection;
    pub mod event;
    pub mod session;
    pub mod source;
    pub mod url;
}

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use clap::Parser;
use resumable::Policy;
use resumable::client::{Chunk, ChunkSize, ClientPolicy, Retry};
use resumable::google::GRANULARITY;

use output::Output;
use proxy::{Faults, Proxy};
use server::{Config, Server};
use upload::client::{Settings, upload};
use upload::event::Report;
use upload::session::Creation;
use upload::source::Source;
use upload::url::Url;

/// Uploads a file over a network that cuts connections, loses answers and stalls.
#[derive(Parser)]
struct Arguments {
    /// What to upload. Without it, bytes that depend on their position.
    file: Option<PathBuf>,
    /// How many bytes, without a file.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    size: u64,
    /// Show each request and each answer.
    #[arg(long)]
    ladder: bool,
    /// What goes wrong, and when.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many bytes go into one request: a multiple of 262144.
    #[arg(long, value_name = "BYTES", default_value_t = 2 << 20)]
    chunk_size: u64,
    /// How often something goes wrong.
    #[arg(long, value_name = "N", default_value_t = 24)]
    faults: u32,
    /// How many bytes pass in a second.
    #[arg(long, value_name = "BYTES", default_value = "12582912")]
    rate: NonZeroU64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether both have the same bytes in the end.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = match &arguments.file {
        Some(file) => file.clone(),
        None => generate(&folder.path().join("source"), arguments.size)?,
    };
    let size = file.metadata().map_err(|error| format!("cannot read {}: {error}", file.display()))?.len();
    let output = Output::new(size, arguments.ladder);

    let shown = output.clone();
    let log = Box::new(move |line: fmt::Arguments<'_>| shown.server(&line.to_string()));
    let server = Server::bind("127.0.0.1:0".parse()?, folder.path().join("root"), config(), log)?;
    let (addr, stopper) = (server.addr(), server.stopper());
    let serving = thread::spawn(move || server.run());

    let struck = Arc::<Mutex<BTreeMap<String, u32>>>::default();
    let (shown, counted) = (output.clone(), Arc::clone(&struck));
    let watch = Box::new(move |fault: proxy::Fault, at| {
        shown.network(format!("{fault} (after {at} bytes)"));
        *counted.lock().unwrap_or_else(PoisonError::into_inner).entry(fault.to_string()).or_default() += 1;
    });
    let proxy = Proxy::start(addr, arguments.seed, faults(arguments, size), watch)?;

    let url = format!("http://{}/upload/storage/v1/b/demo/o?uploadType=resumable&name=object", proxy.addr());
    let mut source = Source::open(&file)?;
    let settings = settings(arguments)?;
    let result = upload(&mut source, &Url::parse(&url)?, &settings, &mut |event| output.client(&event));
    output.end();
    let report = result?;
    let received = download::sha256(addr, "/storage/v1/b/demo/o/object?alt=media")?;
    drop(proxy);
    stopper.stop();
    serving.join().map_err(|_| "the server panicked")?;

    summary(&report, &received, &struck.lock().unwrap_or_else(PoisonError::into_inner))?;
    Ok(report.sha256 == received)
}

/// A file whose every 8 bytes say where they are.
fn generate(path: &Path, size: u64) -> io::Result<PathBuf> {
    let mut file = BufWriter::new(File::create(path)?);
    for at in (0..size).step_by(8) {
        let bytes = at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        let left = usize::try_from(size - at).unwrap_or(bytes.len());
        file.write_all(&bytes[..left.min(bytes.len())])?;
    }
    file.flush()?;
    Ok(path.to_owned())
}

fn config() -> Config {
    // Often, because what a connection that vanished has brought since the last time is sent again.
    let policy = Policy { sync_every: NonZeroU64::new(512 << 10), ..Policy::default() };
    Config { policy, ..Config::default() }
}

fn faults(arguments: &Arguments, size: u64) -> Faults {
    // On average half of that, so that all faults have struck before the end.
    let within = size.saturating_mul(3) / 2 / u64::from(arguments.faults.max(1));
    // With every request failing within some bytes there would be no progress.
    let within = NonZeroU64::MIN.saturating_add(within.max(64 << 10));
    Faults {
        count: arguments.faults,
        within,
        // Longer than the client's patience: it comes back while the older connection still lives.
        stall: PATIENCE + Duration::from_millis(300),
        rate: Some(arguments.rate),
    }
}

/// How long the client waits for any sign of the server.
const PATIENCE: Duration = Duration::from_millis(1200);

fn settings(arguments: &Arguments) -> Result<Settings, Box<dyn Error>> {
    let retry =
        Retry { base: Duration::from_millis(50), cap: Duration::from_secs(1), max_attempts: 30, ..Retry::default() };
    let chunk = Chunk::Size(ChunkSize::new(arguments.chunk_size, GRANULARITY)?);
    Ok(Settings {
        policy: ClientPolicy { chunk, retry, restarts: 1, ..ClientPolicy::default() },
        seed: arguments.seed,
        timeout: PATIENCE,
        creation: Creation::Json,
        content_type: None,
    })
}

fn summary(report: &Report, received: &[u8], struck: &BTreeMap<String, u32>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Report { size, requests, retries, resent, time, .. } = report;
    let seconds = time.as_secs_f64();
    writeln!(out, "{size} bytes in {seconds:.1} s: {requests} requests, {retries} retries, {resent} bytes sent again")?;
    for (fault, count) in struck {
        writeln!(out, "{count:3} times {fault}")?;
    }
    let (sent, received) = (hex(&report.sha256), hex(received));
    writeln!(out, "sent     {sent}\nreceived {received}")?;
    writeln!(out, "{}", if sent == received { "the same bytes" } else { "NOT the same bytes" })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
