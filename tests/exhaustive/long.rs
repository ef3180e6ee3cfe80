//! What `.ci/run` explores: several faults at a time, in every size, and two of a kind; millions of states, minutes.

use core::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use resumable::{Contention, Policy};

use crate::config::{ALL_OR_NOTHING, Config, EXPLICIT, Faults, Framing, Keeping, STRICT, grained, synced};
use crate::explore;
use crate::search::Seen;

const PLAIN: Config = Config::PLAIN;
const NONE: Faults = Faults::NONE;
const LOST: Faults = Faults { lost: 1, ..NONE };
const ONE_OF_EACH: Faults = Faults { bare: 1, crashes: 1, probes: 1, cancels: 1, ..LOST };

/// Everything below, on every processor.
#[test]
#[ignore = "takes minutes; `.ci/run` runs it, optimized"]
fn long() {
    let mut configs = two_processes();
    configs.extend(several_faults());
    configs.extend(every_size());
    let seen = explore_all(&configs);
    let states: usize = seen.iter().map(|seen| seen.states).sum();
    let depth = seen.iter().map(|seen| seen.depth).max().unwrap_or_default();
    println!("{} configurations, {states} states in all, depth {depth} at most", configs.len());
    assert_eq!(seen.len(), configs.len(), "expected every configuration to be explored");
    assert!(states > 5_000_000, "expected millions of states, got {states}");
}

/// A request is lost in every size, with every chunk, both granularities and both overlap policies, with a known and an
/// unknown length; and a server crashes too.
fn every_size() -> Vec<Config> {
    let mut configs = Vec::new();
    for (policy, crashes) in [(Policy::DEFAULT, 1), (STRICT, 1), (grained(2), 1), (synced(1), 0)] {
        for size in 0..=6 {
            for chunk in [None, Some(1), Some(2), Some(3)] {
                let fits = chunk.is_none_or(|chunk: u64| chunk.is_multiple_of(policy.granularity.get()));
                for known in [false, true].into_iter().filter(|_| fits) {
                    let faults = Faults { crashes, ..LOST };
                    configs.push(Config { name: "lost, crash", size, known, chunk, policy, faults, ..PLAIN });
                }
            }
        }
    }
    configs
}

/// Several faults of different kinds, and two of one kind.
fn several_faults() -> Vec<Config> {
    let crash = Faults { crashes: 1, ..LOST };
    let twice = Faults { lost: 2, ..NONE };
    let doubled = Faults { doubled: 1, ..LOST };
    let restart = Faults { restarts: 1, ..LOST };
    let refuse = Policy { contention: Contention::Refuse, ..Policy::DEFAULT };
    let open = Config { framing: Framing::OpenEnded, size: 3, ..PLAIN };
    let alone = Config { keeping: Keeping::Alone, ..PLAIN };
    let short = Config { size: 3, ..PLAIN };
    let found = Config { known: false, size: 2, ..PLAIN };
    vec![
        Config { name: "lost twice, crash", faults: Faults { crashes: 1, ..twice }, size: 2, ..PLAIN },
        Config { name: "lost twice, strict", policy: STRICT, faults: twice, ..short },
        Config { name: "lost twice", policy: grained(2), faults: twice, ..short },
        Config { name: "lost twice", faults: twice, ..found },
        Config { name: "lost, two crashes", faults: Faults { crashes: 2, ..LOST }, size: 6, ..PLAIN },
        Config { name: "lost, two crashes, alone", faults: Faults { crashes: 2, ..LOST }, size: 6, ..alone },
        Config { name: "lost, doubled, crash", faults: Faults { crashes: 1, ..doubled }, size: 2, ..PLAIN },
        Config { name: "lost, doubled, strict", policy: STRICT, faults: doubled, ..short },
        Config { name: "lost, doubled, older first", policy: refuse, faults: doubled, ..PLAIN },
        Config { name: "lost, restart, crash", faults: Faults { crashes: 1, ..restart }, size: 2, ..PLAIN },
        Config { name: "lost, restart", faults: restart, ..found },
        Config { name: "lost, restart, open end", faults: restart, ..open },
        Config { name: "lost, probed, crash", faults: Faults { probes: 1, ..crash }, ..PLAIN },
        Config { name: "lost, probed, strict", policy: STRICT, faults: Faults { probes: 1, ..LOST }, ..short },
        Config { name: "lost, stray, crash", faults: Faults { strays: 1, ..crash }, ..PLAIN },
        Config { name: "lost, store fails, crash", faults: Faults { failed: 1, ..crash }, ..PLAIN },
        Config { name: "lost, task dropped, crash", faults: Faults { dropped: 1, ..crash }, ..PLAIN },
        Config { name: "lost, task dropped, crash, alone", faults: Faults { dropped: 1, ..crash }, ..alone },
        Config { name: "lost, crash, cancelled", faults: Faults { cancels: 1, ..crash }, size: 2, ..PLAIN },
        Config { name: "lost, crash, expired", faults: Faults { expiries: 1, ..crash }, size: 2, ..PLAIN },
        Config { name: "lost, expired, over again", replayable: true, faults: Faults { expiries: 1, ..LOST }, ..short },
        Config { name: "lost, crash, all or nothing", policy: ALL_OR_NOTHING, faults: crash, ..PLAIN },
        Config { name: "lost, crash, explicit end", policy: EXPLICIT, faults: crash, ..PLAIN },
        Config { name: "lost, crash, slow host", lazy: true, faults: crash, ..PLAIN },
        Config { name: "lost, crash, chunked", framing: Framing::Chunked, faults: crash, ..PLAIN },
        Config { name: "one of each", faults: ONE_OF_EACH, size: 1, ..PLAIN },
    ]
}

/// Two processes and one store: each request reaches either.
fn two_processes() -> Vec<Config> {
    let two = Config { processes: 2, size: 2, ..PLAIN };
    let long = Config { size: 6, ..two };
    vec![
        Config { name: "lost twice", faults: Faults { lost: 2, ..NONE }, ..two },
        Config { name: "lost, crash", faults: Faults { crashes: 1, ..LOST }, ..long },
        Config { name: "lost, crash", policy: grained(2), faults: Faults { crashes: 1, ..LOST }, ..long },
        Config { name: "lost", known: false, faults: LOST, ..long },
        Config { name: "lost, crash, strict", policy: STRICT, faults: Faults { crashes: 1, ..LOST }, ..long },
        Config { name: "lost, doubled", faults: Faults { doubled: 1, ..LOST }, ..two },
        Config { name: "lost, restart", faults: Faults { restarts: 1, ..LOST }, ..two },
        Config { name: "lost, probed", faults: Faults { probes: 1, ..LOST }, size: 4, ..two },
        Config { name: "lost, store fails", faults: Faults { failed: 1, ..LOST }, ..two },
        Config { name: "lost, task dropped", faults: Faults { dropped: 1, ..LOST }, ..two },
        Config { name: "lost, cancelled", faults: Faults { cancels: 1, ..LOST }, ..two },
        Config { name: "lost, expired", faults: Faults { expiries: 1, ..LOST }, ..two },
    ]
}

/// Explores all of them, as many at a time as there are processors; the first violation ends the test.
fn explore_all(configs: &[Config]) -> Vec<Seen> {
    let next = AtomicUsize::new(0);
    let seen = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(config) = configs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = explore(config);
                    seen.lock().expect("no other search has failed").push(found);
                }
            });
        }
    });
    seen.into_inner().expect("no search has failed")
}
