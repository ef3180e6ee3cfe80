//! Times of all cases in one run, in rounds of shuffled order: a fixed order favours some of them.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use crate::case::Case;

/// How long one case is run in one round, in seconds.
const SLICE: f64 = 0.01;

/// Prints a line of JSON for each case: its nanoseconds in each round, and its allocations.
pub(crate) fn measure(cases: &[Case], rounds: u32) -> ExitCode {
    let repeats: Vec<u32> = cases.iter().map(repeats).collect();
    let mut times = vec![Vec::new(); cases.len()];
    let mut order: Vec<usize> = (0..cases.len()).collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..rounds {
        shuffle(&mut order, &mut random);
        for &at in &order {
            times[at].push(time(&cases[at], repeats[at]) * 1e9 / f64::from(repeats[at]));
        }
    }
    for (case, nanoseconds) in cases.iter().zip(times) {
        // It has run before: what is made once is not counted.
        let allocations = allocation_counter::measure(case.run).count_total;
        println!("{}", json!({"case": case.name, "allocations": allocations, "nanoseconds": nanoseconds}));
    }
    ExitCode::SUCCESS
}

/// How many calls take about one slice.
fn repeats(case: &Case) -> u32 {
    let mut repeats = 1;
    while repeats < 1 << 24 && time(case, repeats) < SLICE / 2.0 {
        repeats *= 2;
    }
    repeats
}

/// How long so many calls take, in seconds.
fn time(case: &Case, repeats: u32) -> f64 {
    let begun = Instant::now();
    for _ in 0..repeats {
        black_box(case.run)();
    }
    begun.elapsed().as_secs_f64()
}

/// Fisher and Yates, with xorshift.
fn shuffle(order: &mut [usize], random: &mut u64) {
    for at in (1..order.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let with = usize::try_from(*random % (at as u64 + 1)).unwrap_or(0);
        order.swap(at, with);
    }
}
