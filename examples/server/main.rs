//! An upload server over `std::net`: a thread per connection, files under a folder.
//!
//! ```text
//! cargo run --release --example server -- --listen 127.0.0.1:8308 --root /tmp/uploads
//! curl -i -X POST 'http://127.0.0.1:8308/upload/storage/v1/b/demo/o?uploadType=resumable&name=hello.txt'
//! curl -i -X PUT --data-binary @hello.txt LOCATION
//! curl 'http://127.0.0.1:8308/storage/v1/b/demo/o/hello.txt?alt=media'
//! ```
//!
//! Where to look: `upload.rs` has the loop between the machine and the host, `store.rs` the order in which things are
//! written, `connection.rs` bytes and requests, `routes.rs` the addresses that there are.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a host has sockets, files, threads and a clock"
)]

// By their path, so that the demo and the tests can take them in the same way.
#[path = "server.rs"]
mod server;

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use resumable::google::{self, content_range::Leniency};
use resumable::{Policy, http1};
use server::{BaseUrl, Config, Server};

/// Takes resumable uploads ("308 Resume Incomplete") as Cloud Storage and Redivis do.
#[derive(Parser)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct Arguments {
    /// Where to listen. Port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8308")]
    listen: SocketAddr,
    /// Where to keep uploads and objects. Without it, in a folder that is removed at the end.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Which bytes of a request count: all (default), or multiples of 256 KiB (gcs).
    #[arg(long, value_enum, default_value_t = Preset::Default)]
    policy: Preset,
    /// Understand what some clients send malformed: ranges without a unit, inverted ranges for nothing, a length
    /// beside chunked coding.
    #[arg(long)]
    lenient: bool,
    /// The largest object.
    #[arg(long, value_name = "BYTES", default_value_t = u64::MAX, hide_default_value = true)]
    max_size: u64,
    /// How many bytes uploads and objects may have together. Beyond that, requests get 507 and can be repeated later.
    #[arg(long, value_name = "BYTES")]
    quota: Option<u64>,
    /// After how long without a byte an upload is given up and its bytes are removed. One that has ended is forgotten
    /// then, but not its object.
    #[arg(long, value_name = "SECONDS")]
    expire: Option<NonZeroU64>,
    /// How much of a long request is made durable at a time: a crash of the machine costs at most so much of it.
    #[arg(long, value_name = "BYTES", default_value = "33554432")]
    sync_every: NonZeroU64,
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
    /// What stands before the path in the addresses of uploads. Without it, what the client asked, or where it connected.
    #[arg(long, value_name = "URL")]
    base_url: Option<BaseUrl>,
    /// Give up a peer that says nothing for so long. 0 waits for ever.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    idle_timeout: u64,
    /// Serve so many connections at once; more wait.
    #[arg(long, value_name = "N", default_value = "1024")]
    max_connections: NonZeroUsize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Preset {
    Default,
    Gcs,
}

impl Arguments {
    fn config(&self) -> Config {
        let preset = match self.policy {
            Preset::Default => Policy::default(),
            Preset::Gcs => Policy::gcs(),
        };
        Config {
            policy: Policy { max_size: self.max_size, sync_every: Some(self.sync_every), ..preset },
            google: google::Options {
                leniency: Leniency { missing_unit: self.lenient, inverted_empty: self.lenient },
                decodes_content: true,
                ..google::Options::default()
            },
            http1: http1::Options { allow_length_with_chunked: self.lenient },
            quota: self.quota,
            no_md5: self.no_md5,
            expire: self.expire.map(|seconds| Duration::from_secs(seconds.get())),
            base_url: self.base_url.clone(),
            idle_timeout: (self.idle_timeout > 0).then(|| Duration::from_secs(self.idle_timeout)),
            max_connections: Some(self.max_connections),
        }
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.no_sync {
        server::never_sync();
    }
    let config = arguments.config();
    let temporary = tempfile::tempdir()?;
    let root = arguments.root.unwrap_or_else(|| temporary.path().to_owned());
    let log = Box::new(move |line: fmt::Arguments<'_>| {
        if !arguments.quiet {
            eprintln!("{line}");
        }
    });
    let place = format!("{} on {}", root.display(), arguments.listen);
    let server = Server::bind(arguments.listen, root, config, log);
    let server = server.map_err(|error| format!("cannot serve {place}: {error}"))?;
    let stopper = server.stopper();
    ctrlc::set_handler(move || stopper.stop())?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", server.addr())?;
    stdout.flush()?;
    server.run();
    Ok(())
}
