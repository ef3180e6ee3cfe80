//! The tables of transitions in the documentation, held against all that the machines do.
//!
//! Both machines are searched with small numbers: every call in every state that can be reached in so many calls. A
//! transition is a call after which the state differs, or after which another thing is asked of the host. The set of
//! them has to be the set of rows.

#[path = "states/client.rs"]
mod client;
#[path = "states/server.rs"]
mod server;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Debug;
use std::hash::Hash;

/// The names of two states: from, to.
type Transition = (String, String);

/// The rows of the table of transitions in the documentation of a module.
fn documented(source: &str) -> BTreeSet<Transition> {
    let (_, table) = source.split_once("//! | from | to | when |\n").expect("there is a table");
    let rows = table.lines().skip(1).take_while(|line| line.starts_with("//! | "));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert!(cells.len() == 5 && !cells[3].is_empty(), "a row of three cells: {row}");
        (cells[1].to_owned(), cells[2].to_owned())
    })
    .collect()
}

/// The name of a state without what it holds.
fn name(state: &impl Debug) -> String {
    let shown = format!("{state:?}");
    let name = shown.split([' ', '(', '{']).next();
    name.expect("a name").to_owned()
}

/// A machine, with those who call it.
trait World: Clone + Eq + Hash {
    /// Every world that one call makes of this one.
    fn successors(&self, seen: &mut BTreeSet<Transition>) -> Vec<Self>;
}

/// Every transition within `calls` calls from `start`.
fn search<W: World>(start: Vec<W>, calls: usize) -> BTreeSet<Transition> {
    let mut transitions = BTreeSet::new();
    let mut known: HashSet<W> = start.iter().cloned().collect();
    let mut newest = start;
    for _ in 0..calls {
        let next = newest.iter().flat_map(|world| world.successors(&mut transitions));
        newest = next.filter(|world| known.insert(world.clone())).collect();
    }
    transitions
}

/// Requires that both are the same, and names what is missing on either side.
fn compare(documented: &BTreeSet<Transition>, found: &BTreeSet<Transition>) {
    let never: Vec<_> = documented.difference(found).collect();
    assert!(never.is_empty(), "in the table, but the machine never does it: {never:?}");
    let missing: Vec<_> = found.difference(documented).collect();
    assert!(missing.is_empty(), "the machine does it, but it is not in the table: {missing:?}");
}

#[test]
fn the_table_of_the_server_has_every_transition_and_no_other() {
    let table = documented(include_str!("../src/server/mod.rs"));
    compare(&table, &server::transitions());
}

#[test]
fn the_table_of_the_client_has_every_transition_and_no_other() {
    let table = documented(include_str!("../src/client/mod.rs"));
    compare(&table, &client::transitions());
}

#[test]
fn a_row_is_read_as_two_names() {
    let table = "//! text\n//!\n//! | from | to | when |\n//! |---|---|---|\n//! | Open | Dead | so |\n\nmod x;\n";
    let row = ("Open".to_owned(), "Dead".to_owned());
    assert_eq!(documented(table), BTreeSet::from([row]));
}
