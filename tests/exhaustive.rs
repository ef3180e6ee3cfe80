//! Every order of events between the real machines, for small uploads.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "tests are hosts")]

#[path = "exhaustive/action.rs"]
mod action;
#[path = "exhaustive/canon.rs"]
mod canon;
#[path = "exhaustive/client.rs"]
mod client;
#[path = "exhaustive/config.rs"]
mod config;
#[path = "exhaustive/defects.rs"]
mod defects;
#[path = "exhaustive/ladder.rs"]
mod ladder;
#[path = "exhaustive/properties.rs"]
mod properties;
#[path = "exhaustive/search.rs"]
mod search;
#[path = "exhaustive/server.rs"]
mod server;
#[path = "exhaustive/store.rs"]
mod store;
#[path = "exhaustive/wire.rs"]
mod wire;
#[path = "exhaustive/world.rs"]
mod world;

use config::{Config, Faults};

#[test]
fn plain() {
    let config = Config { faults: Faults { lost: 1, crashes: 1, ..Faults::NONE }, ..Config::PLAIN };
    match search::search(&config) {
        Ok(seen) => println!("{seen:?}"),
        Err(violation) => panic!("{}\n{}", violation.broken, violation.ladder),
    }
}

#[test]
#[ignore]
fn explore() {
    let one = |name: &'static str, config: Config| {
        let start = std::time::Instant::now();
        match search::search(&config) {
            Ok(seen) => println!("{name:40} {:>9} {:>4} {:?}", seen.states, seen.depth, start.elapsed()),
            Err(violation) => {
                println!("{name:40} VIOLATED {} depth {}\n{}", violation.broken, violation.depth, violation.ladder)
            }
        }
    };
    let f = Faults::NONE;
    let p = Config::PLAIN;
    one("lost 2", Config { faults: Faults { lost: 2, ..f }, ..p });
    one("lost 2 crash 1", Config { faults: Faults { lost: 2, crashes: 1, ..f }, ..p });
    one("lost 3 small", Config { size: 2, chunk: Some(1), faults: Faults { lost: 3, ..f }, ..p });
    if false {
        one("lost 3", Config { faults: Faults { lost: 3, ..f }, ..p });
    }
    one("lost 1 doubled 1", Config { faults: Faults { lost: 1, doubled: 1, ..f }, ..p });
    one("lost 1 restart 1", Config { faults: Faults { lost: 1, restarts: 1, ..f }, ..p });
    one("lost 1 restart 1 unknown", Config { known: false, faults: Faults { lost: 1, restarts: 1, ..f }, ..p });
    one("lost 1 probe 1", Config { faults: Faults { lost: 1, probes: 1, ..f }, ..p });
    one("lost 1 stray 1", Config { faults: Faults { lost: 1, strays: 1, ..f }, ..p });
    one("lost 1 failed 1", Config { faults: Faults { lost: 1, failed: 1, ..f }, ..p });
    one("lost 1 dropped 1", Config { faults: Faults { lost: 1, dropped: 1, ..f }, ..p });
    one("lost 1 cancel 1", Config { faults: Faults { lost: 1, cancels: 1, ..f }, ..p });
    one("lost 1 cancel 1 crash 1", Config { faults: Faults { lost: 1, cancels: 1, crashes: 1, ..f }, ..p });
    one("lost 1 expire 1 crash 1", Config { faults: Faults { lost: 1, expiries: 1, crashes: 1, ..f }, ..p });
    one(
        "alone lost 2 crash 1",
        Config { keeping: config::Keeping::Alone, faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
    one(
        "alone failed 1 crash 1",
        Config { keeping: config::Keeping::Alone, faults: Faults { lost: 1, failed: 1, crashes: 1, ..f }, ..p },
    );
    one(
        "alone dropped 1 crash 1",
        Config { keeping: config::Keeping::Alone, faults: Faults { lost: 1, dropped: 1, crashes: 1, ..f }, ..p },
    );
    one(
        "alone cancels failed ",
        Config { keeping: config::Keeping::Alone, faults: Faults { cancels: 1, failed: 1, ..f }, ..p },
    );
    one(
        "alone cancels lost",
        Config { keeping: config::Keeping::Alone, faults: Faults { cancels: 1, lost: 1, ..f }, ..p },
    );
    one("two lost 1", Config { processes: 2, faults: Faults { lost: 1, ..f }, ..p });
    one("two lost 1 crash 1", Config { processes: 2, faults: Faults { lost: 1, crashes: 1, ..f }, ..p });
    one("two doubled 1", Config { processes: 2, faults: Faults { doubled: 1, ..f }, ..p });
    one("two probe 1", Config { processes: 2, faults: Faults { probes: 1, ..f }, ..p });
    one("two probe 1 lost 1", Config { processes: 2, faults: Faults { probes: 1, lost: 1, ..f }, ..p });
    one("two cancel 1 lost 1", Config { processes: 2, faults: Faults { cancels: 1, lost: 1, ..f }, ..p });
    one("two expire 1 lost 1", Config { processes: 2, faults: Faults { expiries: 1, lost: 1, ..f }, ..p });
    one("strict lost 1", Config { policy: config::STRICT, faults: Faults { lost: 1, ..f }, ..p });
    one("strict lost 2 ", Config { policy: config::STRICT, faults: Faults { lost: 2, ..f }, ..p });
    one("strict lost 1 probe 1", Config { policy: config::STRICT, faults: Faults { lost: 1, probes: 1, ..f }, ..p });
    one(
        "strict two lost 1 probe 1",
        Config { policy: config::STRICT, processes: 2, faults: Faults { lost: 1, probes: 1, ..f }, ..p },
    );
    one(
        "open lost 2 crash 1",
        Config { framing: config::Framing::OpenEnded, faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
    one(
        "open known:false lost 2 crash 1",
        Config { known: false, framing: config::Framing::OpenEnded, faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
    one(
        "chunked lost 2 crash 1",
        Config { framing: config::Framing::Chunked, faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
    one(
        "grain 2 lost 2 crash 1",
        Config { size: 5, policy: config::grained(2), faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
    one(
        "sync 1 lost 2 crash 1",
        Config { policy: config::synced(1), faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
    one(
        "aon lost 2 crash 1",
        Config { policy: config::ALL_OR_NOTHING, faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
    one("rest lost 2 crash 1", Config { chunk: None, faults: Faults { lost: 2, crashes: 1, ..f }, ..p });
    one("replayable expire 1 lost 1", Config { replayable: true, faults: Faults { lost: 1, expiries: 1, ..f }, ..p });
    one("patience 2 lost 3", Config { patience: Some(2), faults: Faults { lost: 3, ..f }, ..p });
    one(
        "size 0 unknown lost 2 crash 1",
        Config { size: 0, known: false, faults: Faults { lost: 2, crashes: 1, ..f }, ..p },
    );
}
