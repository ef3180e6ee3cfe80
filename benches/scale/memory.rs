//! How many bytes a map takes for each session in it.
//!
//! Each map is made in a process of its own, so that what an earlier one has left behind does not count.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::io;
use std::process::{Command, Stdio};

use allocation_counter::AllocationInfo;
use clap::{Args, ValueEnum};
use resumable::server::Session;
use serde::Serialize;
use serde_json::json;

use crate::Failure;
use crate::sessions::{COUNTS, Hasher, Id, Sessions, TOTAL, id, session, sessions};
use crate::slow::process::resident;

/// As many as fill a hash map with 2^20 places: one more, and it has 2^21.
const FULL: u64 = 917_504;

/// A map as a host may keep it.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Map {
    /// The standard library's hash map, which grows while sessions come.
    Hash,
    /// The same, made large enough in the beginning.
    HashWithCapacity,
    /// The standard library's tree.
    Tree,
    /// A hash table of places in a list, of the crate `indexmap`, which grows while sessions come.
    Index,
    /// The same, made large enough in the beginning.
    IndexWithCapacity,
}

#[derive(Args)]
pub struct Arguments {
    /// Only this map, in this process.
    #[arg(long, value_enum, requires = "sessions")]
    map: Option<Map>,
    /// How many sessions are in it.
    #[arg(long, value_name = "COUNT", requires = "map", value_parser = clap::value_parser!(u64).range(1..))]
    sessions: Option<u64>,
}

pub fn measure(arguments: &Arguments) -> Result<(), Failure> {
    if let (Some(map), Some(count)) = (arguments.map, arguments.sessions) {
        return Ok(measure_one(map, count)?);
    }
    for map in Map::value_variants() {
        for count in COUNTS.into_iter().chain([FULL]) {
            let name = map.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            let mut child = Command::new(std::env::current_exe()?);
            child.args(["memory", "--map", &name, "--sessions", &count.to_string()]).stdin(Stdio::null());
            let status = child.status()?;
            if !status.success() {
                return Err(format!("expected the bytes of {count} sessions in {name}, got {status}").into());
            }
        }
    }
    Ok(())
}

fn measure_one(map: Map, count: u64) -> io::Result<()> {
    let before = resident("self")?;
    let (counted, after) = match map {
        Map::Hash => keep(|| grown::<HashMap<Id, Session, Hasher>>(count)),
        Map::HashWithCapacity => keep(|| {
            let capacity = usize::try_from(count).unwrap_or(usize::MAX);
            let mut map = HashMap::<Id, Session, Hasher>::with_capacity_and_hasher(capacity, Hasher::default());
            map.extend(entries(count));
            map
        }),
        Map::Tree => keep(|| {
            let mut map = BTreeMap::new();
            // `collect` would sort them first, and fill each node: sessions come one by one.
            map.extend(entries(count));
            map
        }),
        Map::Index => keep(|| grown::<Sessions>(count)),
        Map::IndexWithCapacity => keep(|| sessions(count)),
    };
    let line = json!({
        "part": "memory", "map": map, "sessions": count, "session": size_of::<Session>(),
        "allocated": counted.bytes_current, "peak": counted.bytes_max, "resident": after?.saturating_sub(before),
    });
    println!("{line}");
    Ok(())
}

/// Makes a map; what it has allocated, and how many bytes are resident while it is there.
fn keep<M>(make: impl FnOnce() -> M) -> (AllocationInfo, io::Result<u64>) {
    let mut map = None;
    let counted = allocation_counter::measure(|| map = Some(make()));
    let after = resident("self");
    black_box(map);
    (counted, after)
}

/// A map that starts small.
fn grown<M: Default + Extend<(Id, Session)>>(count: u64) -> M {
    let mut map = M::default();
    for entry in entries(count) {
        // One at a time: more would tell their number in advance.
        map.extend([entry]);
    }
    map
}

fn entries(count: u64) -> impl Iterator<Item = (Id, Session)> {
    (0..count).map(|number| (id(number), session(TOTAL, 7 * number)))
}
