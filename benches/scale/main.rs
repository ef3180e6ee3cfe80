//! What many open sessions cost, large ones, and ones that take long.
//!
//! ```text
//! cargo bench --bench scale -- memory             bytes of maps with up to a million sessions
//! cargo bench --bench scale -- time               times of requests, against how many sessions there are
//! cargo bench --bench scale -- independence       the same, against the object's size and what of it is persisted
//! cargo build --release --example axum
//! cargo bench --bench scale -- slow               up to a thousand slow uploads at once to the axum example
//! python3 benches/scale.py                        all of it, and how many instructions requests take
//! ```
//!
//! Each prints lines of JSON. Times are noisy and instruction counts are not, so `count AXIS CASE AT` does the
//! requests of one case and nothing else in [`requests::timed`], for valgrind to count.
#![allow(missing_docs, unreachable_pub, reason = "a benchmark is a program")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark has a clock, files and processes")]

mod cells;
#[path = "../costs/drive.rs"]
mod drive;
mod memory;
mod random;
mod requests;
mod sessions;
mod slow;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use cells::Cell;

/// Why something could not be measured.
type Failure = Box<dyn Error + Send + Sync>;

/// What many open sessions cost, large ones, and ones that take long. Lines of JSON on the standard output.
#[derive(Parser)]
enum Arguments {
    /// Bytes of maps with up to a million open sessions.
    Memory(memory::Arguments),
    /// Nanoseconds per request, against how many sessions there are.
    Time(cells::Arguments),
    /// Nanoseconds per request, against the size of the object and how much of it is persisted.
    Independence(cells::Arguments),
    /// What `count` knows, one a line.
    Names,
    /// Does the requests of one case, as many as it says then, for valgrind to count their instructions.
    Count(Cell),
    /// Memory and threads of the axum example with up to a thousand slow uploads at once.
    Slow(slow::Arguments),
}

fn main() -> ExitCode {
    // Cargo adds its own word.
    match run(Arguments::parse_from(std::env::args().filter(|word| word != "--bench"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments {
        Arguments::Memory(arguments) => memory::measure(&arguments)?,
        Arguments::Time(arguments) => cells::measure(&cells::of_many_sessions(), &arguments),
        Arguments::Independence(arguments) => cells::measure(&cells::of_large_objects(), &arguments),
        Arguments::Names => {
            for cell in cells::all() {
                println!("{cell}");
            }
        }
        Arguments::Count(cell) => println!("{}", cells::count(&cell)?),
        Arguments::Slow(arguments) => slow::measure(&arguments)?,
    }
    Ok(())
}
