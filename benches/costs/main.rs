//! What the codecs and the machines cost, without any I/O.
//!
//! ```text
//! cargo bench --bench costs                       times of every case, by divan
//! cargo bench --bench costs -- --rounds 15        times in shuffled rounds, and allocations, as lines of JSON
//! python3 benches/costs.py                        these, and the instructions of every case, for docs/performance.md
//! python3 benches/costs.py WORD ...               instructions of the cases that have a word in their name
//! ```
//!
//! Times are noisy and instruction counts are not, so `--count CASE N` runs one case N times and nothing else, for
//! valgrind to count: what 2 N rounds take above N is N times what a round takes.
#![allow(missing_docs, reason = "a benchmark is a program")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark has a clock")]

mod bodies;
mod case;
mod drive;
mod headers;
mod heads;
mod rounds;
mod steps;

use std::process::ExitCode;

use divan::Bencher;

use case::Case;

/// Every case, in the order of the tables.
fn cases() -> Vec<Case> {
    [headers::CASES, heads::CASES, steps::CASES, bodies::CASES].concat()
}

#[divan::bench(args = cases())]
fn costs(bencher: Bencher<'_, '_>, case: &Case) {
    bencher.bench_local(case.run);
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo adds its own word.
    match arguments.iter().map(String::as_str).filter(|word| *word != "--bench").collect::<Vec<_>>()[..] {
        ["--count", name, rounds] => count(name, rounds),
        ["--rounds", rounds] => rounds.parse().map_or(ExitCode::FAILURE, |rounds| rounds::measure(&cases(), rounds)),
        ["--names"] => {
            for case in cases() {
                println!("{case}");
            }
            ExitCode::SUCCESS
        }
        _ => {
            divan::main();
            ExitCode::SUCCESS
        }
    }
}

fn count(name: &str, rounds: &str) -> ExitCode {
    let (Some(case), Ok(rounds)) = (cases().into_iter().find(|case| case.name == name), rounds.parse::<u64>()) else {
        eprintln!("expected --count CASE N, with a case that --names prints and a number of rounds");
        return ExitCode::FAILURE;
    };
    for _ in 0..rounds {
        (case.run)();
    }
    ExitCode::SUCCESS
}
