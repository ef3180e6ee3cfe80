//! An upload server on axum and tokio: the machine inside async handlers, files under a folder.
//!
//! ```text
//! cargo run --release --example axum -- --listen 127.0.0.1:8309 --root /tmp/uploads
//! curl -i -X POST 'http://127.0.0.1:8309/upload/storage/v1/b/demo/o?uploadType=resumable&name=hello.txt'
//! curl -i -X PUT --data-binary @hello.txt LOCATION
//! curl 'http://127.0.0.1:8309/storage/v1/b/demo/o/hello.txt?alt=media'
//! ```
//!
//! Where to look: `request.rs` has the loop between the machine and the host, and why its future may be dropped
//! anywhere; `writer.rs` how the disk is kept out of the way of everything else; `handlers.rs` what axum calls. The order in
//! which things are written is that of the other server: `../server/store.rs`.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a host has sockets, files and a clock")]

// By their path, so that the tests can take them in the same way.
#[path = "app.rs"]
mod app;

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use app::{App, Config};
use clap::{Parser, value_parser};
use resumable::Policy;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Takes resumable uploads ("308 Resume Incomplete") as Cloud Storage's JSON interface does, in async handlers.
#[derive(Parser)]
struct Arguments {
    /// Where to listen. Port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8309")]
    listen: SocketAddr,
    /// Where to keep uploads and objects. Without it, in a folder that is removed at the end.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The largest object.
    #[arg(long, value_name = "BYTES", default_value_t = u64::MAX, hide_default_value = true)]
    max_size: u64,
    /// After how long without a byte an upload is given up and its bytes are removed. One that has ended is forgotten
    /// then, but not its object. Without it, uploads that nobody ends stay for ever, on the disk and in memory.
    #[arg(long, value_name = "SECONDS")]
    expire: Option<NonZeroU64>,
    /// How long a peer may be silent in the middle of a body.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = value_parser!(u64).range(1..))]
    idle_timeout: u64,
    /// UNSAFE: never sync anything to the disk. A crash of the machine or a power cut then loses bytes and objects that
    /// clients were told are safe. For measurements, and for data that may be lost.
    #[arg(long)]
    no_sync: bool,
    /// Describe objects without an MD5, as Cloud Storage does those of several parts, unless the client declares one:
    /// it needs most of the processor time of a large upload.
    #[arg(long)]
    no_md5: bool,
    /// Log nothing.
    #[arg(long)]
    quiet: bool,
}

impl Arguments {
    fn config(&self) -> Config {
        Config {
            policy: Policy {
                max_size: self.max_size,
                // A crash of the machine costs at most so much of a long request.
                sync_every: NonZeroU64::new(32 << 20),
                ..Policy::default()
            },
            idle: Duration::from_secs(self.idle_timeout),
            no_md5: self.no_md5,
            expire: self.expire.map(|seconds| Duration::from_secs(seconds.get())),
            ..Config::default()
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.no_sync {
        app::never_sync();
    }
    let temporary = tempfile::tempdir()?;
    let root = arguments.root.clone().unwrap_or_else(|| temporary.path().to_owned());
    let place = format!("{} on {}", root.display(), arguments.listen);
    let cannot = |error| format!("cannot serve {place}: {error}");
    let log = Box::new(move |line: fmt::Arguments<'_>| {
        if !arguments.quiet {
            eprintln!("{line}");
        }
    });
    let app = App::open(root, arguments.config(), log).map_err(cannot)?;
    let listener = TcpListener::bind(arguments.listen).await.map_err(cannot)?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", listener.local_addr()?)?;
    stdout.flush()?;

    let mut terminated = signal(SignalKind::terminate())?;
    app::serve(app, listener, async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    })
    .await?;
    Ok(())
}
