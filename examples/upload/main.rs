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
mod url;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use self::args::Task;
use self::event::Report;
use self::output::Output;
use self::source::Source;

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
    match run(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<(), Box<dyn std::error::Error>> {
    let mut source = match &task.file {
        Some(path) => Source::open(path).map_err(|error| format!("cannot open {}: {error}", path.display()))?,
        None => Source::stream(io::stdin()),
    };
    let mut output = Output::new(source.length());
    let result = client::upload(&mut source, &task.url, &task.settings, &mut |event| {
        output.show(&event);
    });
    output.end();
    let report = result?;
    eprintln!("{}", summary(&report));
    writeln!(io::stdout(), "{} {}", hex(&report.sha256), report.size)?;
    Ok(())
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

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
