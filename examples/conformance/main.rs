//! The conformance kit: runs a table of cases against any server, or any client, of this protocol.
//!
//! ```text
//! cargo run --example conformance -- --server 'http://127.0.0.1:8308/upload/storage/v1/b/demo/o?uploadType=resumable'
//! cargo run --example conformance -- --client 'target/debug/examples/upload {file} {url}'
//! cargo run --example conformance -- --list
//! ```
//!
//! Each case is one line: the verdict, the tag of the rule (see the crate's documentation) or of a known bug, what was
//! expected and what came. It fails, with exit code 1, if a verdict is `WRONG` or `crash`.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a host has sockets, files, threads and a clock"
)]

// By its path, so that a test can take it in the same way.
#[path = "kit.rs"]
mod kit;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, value_parser};
use regex::{Regex, RegexBuilder};

use kit::case::{Case, Peer};
use kit::report::{Report, Style};
use kit::server::{Kind, Site, Target};
use kit::{client, server};

/// Run a table of cases against a server or a client of resumable uploads ("308 Resume Incomplete").
///
/// Verdicts: ok; lenient (another answer than the rule's, but nothing lost, mixed or invented); refused (what the rule
/// grants was refused); skipped (cannot be judged from outside); WRONG (bytes lost, mixed or invented, or sent to a host
/// where they do not belong); crash (no answer where one is owed, an internal error, a dead or hanging peer, a client that
/// goes round in circles or takes more than 256 MiB). The exit code is 0 only without WRONG and crash.
#[derive(Parser)]
#[command(name = "conformance")]
struct Arguments {
    #[command(flatten)]
    peer: PeerArguments,
    /// Only the cases whose tag and name match this regular expression
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    only: Option<Regex>,
    /// Print the cases and run none
    #[arg(long)]
    list: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print what was said on the wire, too (JSON always has it)
    #[arg(short, long)]
    verbose: bool,
    /// How long to wait for an answer of a server (default 10), or for a client to end (default 30)
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// For a client: how many cases are run at the same time
    #[arg(long, value_name = "N", requires = "client", default_value_t = 4, value_parser = value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// For a server: how the creation URL is asked; redivis for /api/v1/tables/, json for uploadType=, else xml
    #[arg(long, requires = "server")]
    kind: Option<Kind>,
    /// For a server: where an object can be read; {name} stands for its name. Derived for json and xml
    #[arg(long, value_name = "URL_TEMPLATE", requires = "server")]
    object: Option<String>,
    /// For a server: requests that are not the last bring multiples of so many bytes. Found out if not given
    #[arg(long, value_name = "BYTES", requires = "server", value_parser = value_parser!(u32).range(1..=8 << 20))]
    granularity: Option<u32>,
}

#[derive(Args)]
#[group(multiple = false)]
struct PeerArguments {
    /// The URL that creates an upload. For xml {name} stands for the object's name, for json it may
    #[arg(long, value_name = "CREATION_URL")]
    server: Option<String>,
    /// The command that uploads {file} to the creation URL {url}; run without a shell, words may be quoted
    #[arg(long, value_name = "COMMAND")]
    client: Option<String>,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<bool, Box<dyn Error>> {
    let Arguments { peer, only, list, json, verbose, timeout, jobs, kind, object, granularity } = arguments;
    let only = only.as_ref();
    let style = if json { Style::Json } else { Style::Text { verbose } };
    let mut report = Report::new(io::stdout(), style);
    let seconds = |default| Duration::from_secs(timeout.unwrap_or(default));
    match peer {
        PeerArguments { server, client } if list => {
            if client.is_none() {
                print_titles("server", &kit::choose(server::table(), only))?;
            }
            if server.is_none() {
                print_titles("client", &kit::choose(client::table(), only))?;
            }
            Ok(true)
        }
        PeerArguments { server: Some(url), .. } => {
            let target = Target { url, kind, object, granularity: granularity.map(u64::from), patience: seconds(10) };
            let site = Site::open(&target)?;
            report.note(&site.to_string())?;
            kit::run(&site, &kit::choose(server::table(), only), &mut report)?;
            Ok(report.end()?)
        }
        PeerArguments { client: Some(command), .. } => {
            let program = client::Program::new(&command, seconds(30))?;
            kit::run_together(&program, &kit::choose(client::table(), only), usize::from(jobs), &mut report)?;
            Ok(report.end()?)
        }
        PeerArguments { server: None, client: None } => {
            Err("expected --server CREATION_URL, --client COMMAND or --list; --help says more".into())
        }
    }
}

fn print_titles<P: Peer>(whose: &str, cases: &[Case<P>]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    cases.iter().try_for_each(|case| writeln!(out, "{whose} {} | {}", case.title(), case.expected))
}

fn pattern(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).case_insensitive(true).build()
}
