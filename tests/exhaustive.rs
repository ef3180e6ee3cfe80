//! Every order of events between the real machines, for small uploads.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "tests are hosts")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::collapsible_match,
    clippy::format_collect,
    clippy::inconsistent_struct_constructor,
    clippy::match_same_arms,
    clippy::redundant_closure_for_method_calls,
    clippy::struct_excessive_bools,
    clippy::unnecessary_box_returns,
    reason = "a model of small numbers, written as cases"
)]

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
#[path = "exhaustive/long.rs"]
mod long;
#[path = "exhaustive/mutants.rs"]
mod mutants;
#[path = "exhaustive/properties.rs"]
mod properties;
#[path = "exhaustive/search.rs"]
mod search;
#[path = "exhaustive/server.rs"]
mod server;
#[path = "exhaustive/short.rs"]
mod short;
#[path = "exhaustive/store.rs"]
mod store;
#[path = "exhaustive/teeth.rs"]
mod teeth;
#[path = "exhaustive/wire.rs"]
mod wire;
#[path = "exhaustive/world.rs"]
mod world;

use config::Config;
use search::{Seen, search};

/// Explores everything and prints how much there was; a violation ends the test with the shortest way to it.
fn explore(config: &Config) -> Seen {
    match search(config) {
        Ok(seen) => {
            println!("{:<30} {} {:>9} states, depth {:>3}", config.name, config.shape(), seen.states, seen.depth);
            seen
        }
        Err(violation) => panic!("{}, {}: {violation}", config.name, config.shape()),
    }
}
