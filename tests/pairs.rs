//! The real client against the real server, through the real codecs, over a link that loses and repeats bytes and a
//! store that crashes: whatever happens, the promises of the crate hold at every moment, and the upload ends well.
//!
//! A run is a function of its [`plan::Plan`]; plans are made from seeds, and by `proptest`, so that one that fails
//! shrinks. `RESUMABLE_SEEDS` says how many seeds are tried, `RESUMABLE_FIRST_SEED` which is the first.

#[path = "pairs/client.rs"]
mod client;
#[path = "pairs/plan.rs"]
mod plan;
#[path = "pairs/properties.rs"]
mod properties;
#[path = "pairs/shrink.rs"]
mod shrink;
mod strategies;
mod support;
#[path = "pairs/teeth.rs"]
mod teeth;
#[path = "pairs/world.rs"]
mod world;

use plan::Plan;
use world::{Seen, World};

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// Every promise holds, whatever goes wrong; and what can go wrong does, often enough.
#[test]
fn promises_hold_whatever_goes_wrong() {
    let (first, seeds) = (variable("RESUMABLE_FIRST_SEED", 0), variable("RESUMABLE_SEEDS", 2_000));
    let mut all = Seen::default();
    for seed in first..first + seeds {
        let plan = Plan::random(seed);
        match World::new(&plan, None, false).run() {
            Ok(seen) => all.add(&seen),
            Err(broken) => {
                let mut again = World::new(&plan, None, true);
                let _ = again.run();
                panic!("seed {seed} breaks {broken}\n{plan:#?}\n{}", again.ladder());
            }
        }
    }
    println!("{all:?}");
    if seeds >= 2_000 {
        let often = [all.delivered, all.requests, all.crashes, all.zombies, all.superseded, all.resumed, all.too_late];
        let seldom = [all.stale, all.repeated_commits];
        assert!(often.iter().all(|count| *count >= seeds / 20), "expected trouble, met {all:?}");
        assert!(seldom.iter().all(|count| *count >= seeds / 100), "expected trouble, met {all:?}");
    }
}
