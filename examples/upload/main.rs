//! Uploads a file or a stream over HTTP, resumably: an example of how to embed the client.
//!
//! `client.rs` is the loop; everything else is what it needs on a machine with files and sockets.
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

use self::args::Task;
use self::client::{Kept, Start};
use self::event::Report;
use self::output::Output;
use self::source::{Source, hex};
use self::state::{State, StateError, StateFile};

fn main() -> ExitCode {
    let task = match args::read() {
        Ok(task) => task,
        Err(error) if error.use_stderr() => {
            // The message repeats what was not expected, and that can be a URL.
            let urls = std::env::args().filter(|arg| arg.contains("://"));
            let message = urls.fold(error.to_string(), |text, url| text.replace(&url, "***"));
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
            _ => 1,
        }
    }
}

fn run(task: Task) -> Result<(), Error> {
    let mut source = match task.file {
        Some(path) => Source::open(&path).map_err(|error| Error::Open { path, error })?,
        None => Source::stream(io::stdin()),
    };
    let creation = state::digest(&task.url, &task.settings.creation);
    let file = task.state.as_deref().map(StateFile::lock).transpose()?;
    let kept = file.as_ref().map(|file| file.read(&creation)).transpose()?.flatten();
    let start = match kept {
        None => Start::New(task.url),
        Some((state, session)) => {
            source.expect(&state.upload, &state.source).map_err(client::Error::source)?;
            Start::Resumed { creation: Some(task.url), session, record: state.upload }
        }
    };
    let mut keep = |kept: Kept<'_>| match &file {
        Some(file) => file.write(&State::new(&creation, kept)),
        None => Ok(()),
    };
    let mut output = Output::new(source.length());
    let result = client::upload_from(start, &mut source, &task.settings, &mut keep, &mut |event| {
        output.show(&event);
    });
    output.end();
    let report = result?;
    if let Some(file) = file {
        file.remove()?;
    }
    eprintln!("{}", summary(&report));
    writeln!(io::stdout(), "{} {}", hex(&report.sha256), report.size).map_err(Error::Print)
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
