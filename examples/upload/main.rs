//! Uploads a file or a stream over HTTP, resumably: an example of how to embed the client.
//!
//! `client.rs` is the loop, `state.rs` is what outlives a process; everything else is what they need on a machine with
//! files and sockets.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a host has files, sockets and a clock")]
#![allow(unreachable_pub, reason = "a program exports nothing, but its modules are there to be copied")]

mod args;
mod client;
mod connection;
mod event;
mod output;
mod session;
mod source;
mod state;
mod url;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use resumable::ClientSnapshot;
use resumable::client::Length;

use self::args::{Target, Task};
use self::client::{Job, Start};
use self::event::Report;
use self::output::Output;
use self::source::{Source, hex};
use self::state::{State, StateError, StateFile};

fn main() -> ExitCode {
    let task = match args::read() {
        Ok(task) => task,
        Err(error) if error.use_stderr() => {
            let message = redacted(error.to_string(), std::env::args().skip(1));
            eprint!("{message}");
            return ExitCode::from(2);
        }
        Err(help) => help.exit(),
    };
    // Whatever is being written then, the state file is whole: it is only ever replaced.
    if let Err(error) = ctrlc::set_handler(|| std::process::exit(130)) {
        eprintln!("Ctrl-C will not be seen: {error}");
    }
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.code())
        }
    }
}

/// The message repeats what was not expected, and that can be a URL or a credential.
fn redacted(message: String, args: impl Iterator<Item = String>) -> String {
    args.fold(message, |text, arg| {
        let value = arg.split_once('=').filter(|_| arg.starts_with("--")).map_or(arg.as_str(), |(_, value)| value);
        if value.contains(':') { text.replace(value, "***") } else { text }
    })
}

/// Why there is no success.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot open {}: {error}", path.display())]
    Open { path: PathBuf, error: io::Error },
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Upload(#[from] client::Error),
    #[error("cannot print the result: {0}")]
    Print(#[source] io::Error),
}

impl Error {
    /// As `--help` lists them.
    fn code(&self) -> u8 {
        match self {
            Self::Upload(client::Error::Changed(_)) => 3,
            Self::State(_) | Self::Upload(client::Error::Keep(_)) => 4,
            Self::Upload(client::Error::Checksum { .. }) => 5,
            _ => 1,
        }
    }
}

fn run(task: Task) -> Result<(), Error> {
    let Task { file, target, settings, headers, checksum, state, cancel } = task;
    let source = match file {
        _ if cancel => Source::stream(io::empty()),
        Some(path) => Source::open(&path).map_err(|error| Error::Open { path, error })?,
        None => Source::stream(io::stdin()),
    };
    let mut source = source.with_checksum(checksum);
    let state = state.as_deref().map(StateFile::lock).transpose()?;
    let start = start(state.as_ref(), &target, &mut source, cancel)?;
    let mut output = Output::new(source.length());
    let result = client::upload_as(Job {
        start,
        cancel,
        source: &mut source,
        settings: &settings,
        headers: &headers,
        keep: &mut |kept| match &state {
            Some(state) if !cancel => state.write(&State::new(&target, kept)),
            _ => Ok(()),
        },
        events: &mut |event| output.show(&event),
    });
    output.end();
    let report = match result {
        Err(client::Error::Cancelled) if cancel => None,
        result => Some(result?),
    };
    state.map_or(Ok(()), StateFile::remove)?;
    if let Some(report) = report {
        eprintln!("{}", summary(&report));
        writeln!(io::stdout(), "{} {}", hex(&report.sha256), report.size).map_err(Error::Print)?;
    }
    Ok(())
}

/// Where an earlier process has left off, or where the command says.
fn start(state: Option<&StateFile>, target: &Target, source: &mut Source, cancel: bool) -> Result<Start, Error> {
    let kept = state.map(|state| state.read(target)).transpose()?.flatten();
    match (kept, target) {
        (Some((kept, session)), _) => {
            if !cancel {
                source.expect(&kept.upload, &kept.source).map_err(client::Error::source)?;
            }
            let creation = match target {
                Target::Creation(url, _) => Some(url.clone()),
                Target::Session(_) | Target::Kept => None,
            };
            Ok(Start::Resumed { creation, session, record: kept.upload })
        }
        (None, Target::Session(session)) => {
            let total = match source.length() {
                Length::Known(total) => Some(total),
                Length::Unknown => None,
            };
            let record = ClientSnapshot { persisted: 0, total };
            Ok(Start::Resumed { creation: None, session: session.clone(), record })
        }
        (None, Target::Creation(url, _)) if !cancel => Ok(Start::New(url.clone())),
        (None, _) => {
            let path = state.map(|state| state.path().to_owned()).unwrap_or_default();
            Err(StateError::Missing { path }.into())
        }
    }
}

fn summary(report: &Report) -> String {
    format!(
        "done: {} requests, {} retries, {} bytes sent, {} of them again, {:.1} s",
        report.requests,
        report.retries,
        report.sent,
        report.resent,
        report.time.as_secs_f64()
    )
}
