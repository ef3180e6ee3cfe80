//! Uploads a file over HTTP, resumably, on the smol runtime: the client's machine under another runtime than tokio.
//!
//! ```text
//! cargo run --release --example smol -- hello.txt \
//!     'http://127.0.0.1:8308/upload/storage/v1/b/demo/o?uploadType=resumable&name=hello.txt'
//! ```
//!
//! `client.rs` is the loop, `exchange.rs` one request and its answer. `examples/upload` does the same with blocking
//! calls and knows more: streams, other kinds of sessions, a bar.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a host has files, sockets and a clock")]
#![allow(unreachable_pub, reason = "a program exports nothing, but its modules are there to be copied")]

mod client;
mod exchange;
#[path = "../upload/url.rs"]
#[allow(dead_code, reason = "this program needs a part of it")]
mod url;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, value_parser};
use resumable::client::{Chunk, ChunkSize, ClientPolicy, Retry, Source};

use self::client::Settings;
use self::url::Url;

/// Upload a file over HTTP, resumably.
///
/// It asks for a session at URL, sends the bytes in chunks, and after a failure goes on from what the server has kept.
/// On success it prints the size of what was uploaded. The address of a session lets anyone write to it, so it is
/// never shown.
#[derive(Debug, Parser)]
#[command(name = "smol", version, args_override_self = true)]
struct Arguments {
    /// What to upload: a regular file
    file: PathBuf,
    /// The URL that creates a session (http:// only). The session has to be on the same host and port
    url: String,
    /// Bytes in one request, a multiple of 262144; 0 sends all the rest in one
    #[arg(long, value_name = "BYTES", default_value = "8388608", value_parser = chunk)]
    chunk_size: Chunk,
    /// The longest first wait after a failure; it doubles with each further one, five times
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    backoff_ms: u32,
    /// How many failures in a row without progress end the upload
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..))]
    max_attempts: u32,
    /// Makes the waits repeatable; random if it is not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long a connection may be silent
    #[arg(long, value_name = "MS", default_value_t = 60_000, value_parser = value_parser!(u32).range(1..))]
    timeout_ms: u32,
    /// The type of the object
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
}

impl Arguments {
    fn settings(&self) -> Result<Settings, getrandom::Error> {
        let base = Duration::from_millis(self.backoff_ms.into());
        let retry = Retry { base, cap: base * 32, max_attempts: self.max_attempts, ..Retry::default() };
        Ok(Settings {
            policy: ClientPolicy { chunk: self.chunk_size, retry, source: Source::Replayable, restarts: 1 },
            seed: self.seed.map_or_else(getrandom::u64, Ok)?,
            silence: Duration::from_millis(self.timeout_ms.into()),
            content_type: self.content_type.clone(),
        })
    }
}

fn chunk(text: &str) -> Result<Chunk, String> {
    match text.parse().map_err(|_| "expected a number of bytes".to_owned())? {
        0 => Ok(Chunk::Rest),
        bytes => Ok(Chunk::Size(ChunkSize::google(bytes).map_err(|error| error.to_string())?)),
    }
}

fn main() -> ExitCode {
    match smol::block_on(run(&Arguments::parse())) {
        Ok(size) => {
            println!("{size}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<u64, Box<dyn std::error::Error>> {
    let Arguments { file: path, url, .. } = arguments;
    // Not by the parser of the command line, which would repeat a wrong one, and that can be a secret.
    let url = Url::parse(url)?;
    let cannot_open = |error| format!("cannot open {}: {error}", path.display());
    let mut file = smol::fs::File::open(path).await.map_err(cannot_open)?;
    let metadata = file.metadata().await?;
    if !metadata.is_file() {
        return Err(format!("expected a regular file, got {}", path.display()).into());
    }
    Ok(client::upload(&mut file, metadata.len(), &url, &arguments.settings()?, &|line| eprintln!("{line}")).await?)
}
