//! What `cargo test` explores.

use resumable::{Contention, Policy};

use crate::config::{ALL_OR_NOTHING, Config, Faults, Framing, Keeping, STRICT, grained, synced};
use crate::explore;

const PLAIN: Config = Config::PLAIN;
const NONE: Faults = Faults::NONE;
const LOST: Faults = Faults { lost: 1, ..NONE };

/// Nothing fails: every size, chunk, granularity and overlap policy, with a known and an unknown length.
#[test]
fn nothing_fails() {
    for policy in [Policy::DEFAULT, STRICT, grained(2), synced(1)] {
        for framing in [Framing::Length, Framing::Chunked, Framing::OpenEnded] {
            for size in 0..=6 {
                for chunk in [None, Some(1), Some(2), Some(3)] {
                    let grain = policy.granularity.get();
                    let fits = chunk.is_none_or(|chunk: u64| chunk.is_multiple_of(grain));
                    for known in [false, true].into_iter().filter(|_| fits) {
                        let name = "every size, nothing fails";
                        explore(&Config { name, size, known, chunk, policy, framing, ..PLAIN });
                    }
                }
            }
        }
    }
}

/// A request is given up while it is under way: cut after any byte, or answered too late, or not at all. It goes on
/// being delivered beside the ones that come after it.
#[test]
fn requests_are_lost() {
    explore(&Config { name: "lost", faults: LOST, ..PLAIN });
    explore(&Config { name: "lost, unknown length", known: false, faults: LOST, ..PLAIN });
    explore(&Config { name: "lost, open end", framing: Framing::OpenEnded, faults: LOST, ..PLAIN });
    explore(&Config { name: "lost, granularity 2", size: 5, policy: grained(2), faults: LOST, ..PLAIN });
    explore(&Config { name: "lost, all or nothing", policy: ALL_OR_NOTHING, faults: LOST, ..PLAIN });
    explore(&Config { name: "lost, synced midway", policy: synced(1), faults: LOST, ..PLAIN });
    explore(&Config {
        name: "lost, little patience",
        patience: Some(2),
        faults: Faults { lost: 2, ..NONE },
        size: 2,
        ..PLAIN
    });
    let refuse = Policy { contention: Contention::Refuse, ..Policy::DEFAULT };
    explore(&Config { name: "lost, older one goes first", policy: refuse, faults: LOST, ..PLAIN });
    explore(&Config { name: "lost twice", size: 2, chunk: None, faults: Faults { lost: 2, ..NONE }, ..PLAIN });
}

/// The server dies between any two of its calls on the store.
#[test]
fn servers_crash() {
    let faults = Faults { lost: 1, crashes: 1, ..NONE };
    explore(&Config { name: "lost, crash", faults, ..PLAIN });
    explore(&Config { name: "lost, crash, alone", keeping: Keeping::Alone, faults, ..PLAIN });
    explore(&Config { name: "lost, crash, unknown length", size: 3, known: false, faults, ..PLAIN });
    explore(&Config { name: "lost, crash, synced midway", policy: synced(1), faults, size: 3, ..PLAIN });
}

/// The client dies, and goes on from its last snapshot or its first.
#[test]
fn clients_restart() {
    let faults = Faults { restarts: 1, ..NONE };
    explore(&Config { name: "restart", faults, ..PLAIN });
    explore(&Config { name: "restart, unknown length", known: false, faults, ..PLAIN });
}

/// Other requests come in between: doubled ones, status requests of a third party, ones that must be refused.
#[test]
fn others_interfere() {
    explore(&Config { name: "doubled", faults: Faults { doubled: 1, ..NONE }, ..PLAIN });
    explore(&Config { name: "probed", faults: Faults { lost: 1, probes: 1, ..NONE }, ..PLAIN });
    explore(&Config { name: "probed, strict", policy: STRICT, faults: Faults { probes: 1, ..NONE }, ..PLAIN });
    explore(&Config { name: "stray", faults: Faults { lost: 1, strays: 1, ..NONE }, ..PLAIN });
}

/// By this policy an append starts exactly where the last one ended.
#[test]
fn overlap_is_a_conflict() {
    explore(&Config { name: "lost, strict", policy: STRICT, faults: LOST, ..PLAIN });
}

/// The store fails, or the task of a request is dropped while the store works.
#[test]
fn hosts_fail() {
    let failed = Faults { failed: 1, ..LOST };
    let dropped = Faults { dropped: 1, ..NONE };
    explore(&Config { name: "store fails", faults: failed, ..PLAIN });
    explore(&Config { name: "store fails, alone", keeping: Keeping::Alone, faults: failed, ..PLAIN });
    explore(&Config { name: "task dropped", faults: dropped, ..PLAIN });
    explore(&Config { name: "task dropped, alone", keeping: Keeping::Alone, faults: dropped, ..PLAIN });
}

/// The upload is given up, by its user or by the server.
#[test]
fn uploads_are_given_up() {
    let cancels = Faults { cancels: 1, ..NONE };
    let expiries = Faults { expiries: 1, ..NONE };
    explore(&Config { name: "cancelled", faults: Faults { crashes: 1, ..cancels }, ..PLAIN });
    explore(&Config {
        name: "cancelled, alone",
        keeping: Keeping::Alone,
        faults: Faults { failed: 1, ..cancels },
        ..PLAIN
    });
    explore(&Config { name: "expired", faults: Faults { crashes: 1, ..expiries }, ..PLAIN });
    explore(&Config { name: "expired, started over", replayable: true, faults: expiries, ..PLAIN });
}

/// Two processes serve one upload, and each request reaches either.
#[test]
fn two_processes_share_a_store() {
    let two = Config { processes: 2, ..PLAIN };
    explore(&Config { name: "two processes, lost", faults: LOST, size: 3, ..two });
    explore(&Config { name: "two processes, doubled", faults: Faults { doubled: 1, ..NONE }, size: 2, ..two });
    explore(&Config { name: "two processes, probed", faults: Faults { probes: 1, ..NONE }, ..two });
    explore(&Config { name: "two processes, crash", faults: Faults { crashes: 1, ..NONE }, ..two });
    explore(&Config { name: "two processes, cancelled", faults: Faults { cancels: 1, ..NONE }, size: 2, ..two });
}

/// Time passes between what a host says to a machine and its question what is due.
#[test]
fn hosts_are_slow() {
    explore(&Config { name: "lost, slow host", lazy: true, faults: LOST, ..PLAIN });
    explore(&Config {
        name: "crash, slow host, alone",
        lazy: true,
        keeping: Keeping::Alone,
        faults: Faults { crashes: 1, ..LOST },
        ..PLAIN
    });
}
