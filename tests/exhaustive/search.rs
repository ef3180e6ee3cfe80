//! The search: breadth first over every state that can be reached, then what the graph of them says about endings.

use core::fmt;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use resumable::client::Step;

use crate::action::Action;
use crate::canon::Counters;
use crate::config::Config;
use crate::ladder::Ladder;
use crate::properties::{Broken, Property, check};
use crate::world::World;

/// What a search has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) states: usize,
    pub(crate) depth: usize,
}

/// A promise that does not hold, and the shortest way there.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) broken: Broken,
    pub(crate) depth: usize,
    pub(crate) ladder: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} (after {} steps)", self.broken, self.depth)?;
        f.write_str(&self.ladder)
    }
}

/// How a state was reached first.
#[derive(Clone, Copy, Debug)]
struct Origin {
    before: u32,
    action: Action,
}

/// Explores everything, and checks everything.
pub(crate) fn search(config: &Config) -> Result<Seen, Box<Violation>> {
    Search::new(config).run(usize::MAX)
}

/// Explores what can be reached in so many steps, and checks what must hold in every state.
pub(crate) fn search_to(depth: usize, config: &Config) -> Result<Seen, Box<Violation>> {
    Search::new(config).run(depth)
}

struct Search<'c> {
    config: &'c Config,
    counters: Counters,
    /// Fingerprint to number.
    numbers: HashMap<u128, u32, BuildHasherDefault<Ready>>,
    origins: Vec<Option<Origin>>,
    graph: Graph,
}

impl<'c> Search<'c> {
    fn new(config: &'c Config) -> Self {
        Self {
            config,
            counters: Counters::find(config),
            numbers: HashMap::default(),
            origins: Vec::new(),
            graph: Graph::default(),
        }
    }

    fn run(mut self, most: usize) -> Result<Seen, Box<Violation>> {
        let first = World::new(self.config, &mut Ladder::silent());
        check(&first, self.config).map_err(|broken| self.violation(broken, 0))?;
        self.numbers.insert(first.print(&self.counters), 0);
        self.origins.push(None);
        self.graph.state(is_over(&first));
        let mut layer = vec![(0, first)];
        let mut depth = 0;
        let mut actions = Vec::new();
        while !layer.is_empty() && depth < most {
            let mut next_layer = Vec::new();
            for (number, world) in layer {
                world.actions(self.config, &mut actions);
                for action in &actions {
                    self.follow(number, &world, *action, &mut next_layer)?;
                }
            }
            depth += usize::from(!next_layer.is_empty());
            layer = next_layer;
        }
        if layer.is_empty()
            && let Some((property, number, how)) = self.graph.verdict()
        {
            return Err(self.violation(property.broken(how), number));
        }
        Ok(Seen { states: self.origins.len(), depth })
    }

    fn follow(
        &mut self,
        number: u32,
        world: &World,
        action: Action,
        layer: &mut Vec<(u32, World)>,
    ) -> Result<(), Box<Violation>> {
        let next = world.after(action, self.config, &mut Ladder::silent());
        let fresh = u32::try_from(self.origins.len()).expect("fewer states than that");
        let (known, to) = match self.numbers.entry(next.print(&self.counters)) {
            Entry::Occupied(entry) => (true, *entry.get()),
            Entry::Vacant(entry) => (false, *entry.insert(fresh)),
        };
        if !action.is_fault() {
            self.graph.edge(number, to, action == Action::Waited);
        }
        // A step can break a promise on its way to a state that is known.
        if known && next.broken.is_none() {
            return Ok(());
        }
        self.origins.push(Some(Origin { before: number, action }));
        self.graph.state(is_over(&next));
        check(&next, self.config).map_err(|broken| self.violation(broken, fresh))?;
        layer.push((to, next));
        Ok(())
    }

    /// The way to a state, told again.
    fn violation(&self, broken: Broken, number: u32) -> Box<Violation> {
        let mut actions = Vec::new();
        let mut at = number;
        while let Some(Some(origin)) = self.origins.get(at as usize) {
            actions.push(origin.action);
            at = origin.before;
        }
        actions.reverse();
        let mut ladder = Ladder::written();
        let mut world = World::new(self.config, &mut ladder);
        for action in &actions {
            world = world.after(*action, self.config, &mut ladder);
        }
        Box::new(Violation { broken, depth: actions.len(), ladder: ladder.to_string() })
    }
}

/// Whether the client has come to an end.
fn is_over(world: &World) -> bool {
    matches!(world.client.upload.step(), Step::Done { .. } | Step::Cancelled | Step::Failed(_))
}

/// Which states follow which when faults stop.
#[derive(Default)]
struct Graph {
    over: Vec<bool>,
    /// From, to; without the waits.
    moves: Vec<(u32, u32)>,
    waits: Vec<(u32, u32)>,
}

impl Graph {
    fn state(&mut self, over: bool) {
        self.over.push(over);
    }

    fn edge(&mut self, from: u32, to: u32, wait: bool) {
        if wait {
            self.waits.push((from, to));
        } else {
            self.moves.push((from, to));
        }
    }

    /// The first state from which no end can be reached, or that is on a circle without a wait.
    fn verdict(&self) -> Option<(Property, u32, String)> {
        let all = self.moves.iter().chain(&self.waits);
        let back = Adjacent::new(self.over.len(), all.map(|(from, to)| (*to, *from)));
        let mut ends = self.over.clone();
        let mut queue: Vec<u32> = (0..ends.len() as u32).filter(|at| ends[*at as usize]).collect();
        while let Some(at) = queue.pop() {
            for before in back.of(at) {
                if !core::mem::replace(&mut ends[*before as usize], true) {
                    queue.push(*before);
                }
            }
        }
        if let Some(stuck) = ends.iter().position(|ends| !ends) {
            let how = "from here no end can be reached, though nothing fails any more".to_owned();
            return Some((Property::Ends, stuck as u32, how));
        }
        self.circle().map(|at| {
            let how = "from here it goes round in circles without a wait".to_owned();
            (Property::Waits, at, how)
        })
    }

    /// A state on a circle of moves: whatever is left when states that nothing leads to are taken away, one by one.
    fn circle(&self) -> Option<u32> {
        let ahead = Adjacent::new(self.over.len(), self.moves.iter().copied());
        let mut into = vec![0_u32; self.over.len()];
        for (_, to) in &self.moves {
            into[*to as usize] += 1;
        }
        let mut queue: Vec<u32> = (0..into.len() as u32).filter(|at| into[*at as usize] == 0).collect();
        while let Some(at) = queue.pop() {
            for to in ahead.of(at) {
                into[*to as usize] -= 1;
                if into[*to as usize] == 0 {
                    queue.push(*to);
                }
            }
        }
        into.iter().position(|into| *into > 0).map(|at| at as u32)
    }
}

/// Neighbours of each state, in two arrays.
struct Adjacent {
    starts: Vec<u32>,
    neighbours: Vec<u32>,
}

impl Adjacent {
    fn new(states: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; states + 1];
        for (from, _) in edges.clone() {
            starts[from as usize + 1] += 1;
        }
        for at in 0..states {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut neighbours = vec![0; starts[states] as usize];
        for (from, to) in edges {
            neighbours[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        }
        Self { starts, neighbours }
    }

    fn of(&self, at: u32) -> &[u32] {
        let at = at as usize;
        &self.neighbours[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed");
    }

    fn write_u128(&mut self, print: u128) {
        self.0 = print as u64;
    }
}
