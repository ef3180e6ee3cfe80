//! Slow uploads to the axum example, all at once: what memory and how many threads they take.
//!
//! Each has a session and a connection of its own, and a body of which some bytes come every now and then. While they
//! do, the server's resident memory is read. Then all send the rest, and every object is compared byte for byte.

pub mod process;
mod upload;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::Failure;
use process::{Server, Usage};
use upload::Upload;

/// How many uploads are begun at the same time: they come one after the other, not all in the same millisecond.
const BEGIN: usize = 8;

#[derive(Args)]
pub struct Arguments {
    /// How many uploads there are at once. May be given several times.
    #[arg(long, value_name = "COUNT", default_values_t = [1, 10, 100, 500, 1000], value_parser = clap::value_parser!(u32).range(1..))]
    uploads: Vec<u32>,
    /// For how long they are slow, once all have begun.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// The axum example. Without it, the one that cargo has put beside this benchmark.
    #[arg(long, value_name = "PROGRAM")]
    server: Option<PathBuf>,
}

/// Prints a line of JSON for each number of uploads.
pub fn measure(arguments: &Arguments) -> Result<(), Failure> {
    let program = arguments.server.clone().map_or_else(process::beside, Ok)?;
    // The server has a connection twice, and a file; we have the connection.
    let most = arguments.uploads.iter().max().copied().unwrap_or(0);
    allow_files(4 * u64::from(most) + 256)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for &count in &arguments.uploads {
        let server = Server::start(&program)?;
        runtime.block_on(measure_one(&server, count, Duration::from_secs(arguments.seconds)))?;
    }
    Ok(())
}

/// Raises the limit of open files for this process and those that it starts.
fn allow_files(needed: u64) -> Result<(), Failure> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < needed) {
        if maximum.is_some_and(|maximum| maximum < needed) {
            let got = maximum.unwrap_or(0);
            return Err(format!("expected to be allowed {needed} open files (`ulimit -Hn`), got {got}").into());
        }
        setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum })?;
    }
    Ok(())
}

async fn measure_one(server: &Server, count: u32, slow_for: Duration) -> Result<(), Failure> {
    let idle = server.usage()?;
    let hurry = watch::Sender::new(false);
    let (turns, begun) = (Arc::new(Semaphore::new(BEGIN)), Arc::new(Semaphore::new(0)));
    let mut uploads = JoinSet::new();
    for number in 0..count {
        let (turns, begun, hurry) = (Arc::clone(&turns), Arc::clone(&begun), hurry.subscribe());
        let address = server.address().to_owned();
        uploads.spawn(async move {
            let turn = turns.acquire_owned().await?;
            let upload = Upload::begin(&address, number).await?;
            drop(turn);
            begun.add_permits(1);
            upload.run(hurry).await
        });
    }
    tokio::select! {
        all = begun.acquire_many(count) => drop(all?),
        Some(ended) = uploads.join_next() => {
            ended??;
            return Err("expected all uploads to be slow, got one that has ended".into());
        }
    }
    let most = watch_usage(server, slow_for).await?;
    hurry.send_replace(true);
    let (mut bytes, mut slow) = (0, 0);
    while let Some(ended) = uploads.join_next().await {
        let sent = ended??;
        bytes += sent.bytes;
        slow += sent.slow;
    }
    let line = json!({
        "part": "slow", "uploads": count, "before": idle.resident, "resident": most.resident,
        "threads_before": idle.threads, "threads": most.threads, "slow_bytes": slow, "compared": bytes,
    });
    println!("{line}");
    Ok(())
}

/// The most that the server takes in so long a time.
async fn watch_usage(server: &Server, long: Duration) -> io::Result<Usage> {
    let (mut most, until) = (server.usage()?, Instant::now() + long);
    while Instant::now() < until {
        sleep(Duration::from_millis(100)).await;
        let usage = server.usage()?;
        most.resident = most.resident.max(usage.resident);
        most.threads = most.threads.max(usage.threads);
    }
    Ok(most)
}
