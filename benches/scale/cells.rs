//! What is timed and counted: kinds of requests, against something that they should not depend on.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use clap::{Args, ValueEnum};
use resumable::google::content_range::ContentRange;
use resumable::server::Session;
use serde::Serialize;
use serde_json::json;

use crate::Failure;
use crate::random::Random;
use crate::requests::{BATCH, Batch, CHUNK, timed};
use crate::sessions::{COUNTS, Sessions, TOTAL, id, session, sessions};

/// How many batches one case is given in one round.
const BATCHES: u32 = 400;

/// What requests should not depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// How many open sessions there are.
    Sessions,
    /// The size of the object in bytes. Nothing of it is persisted.
    Object,
    /// How many bytes of the object are persisted. It has 2^61.
    Persisted,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// A session, picked at random, is looked up and read.
    LookUp,
    /// The same, and a chunk is appended.
    LookUpAppend,
    /// A session that is found is asked for its status: one input.
    Status,
    /// A chunk is appended to a session that is found: five inputs.
    Append,
    /// The same, from the text of a `Content-Range` to the text of a `Range`.
    Fields,
}

/// One case at one place of an axis.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    #[arg(value_enum)]
    axis: Axis,
    #[arg(value_enum)]
    case: Case,
    /// How many sessions, or bytes.
    at: u64,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
        let (axis, case) = (word(self.axis.to_possible_value()), word(self.case.to_possible_value()));
        write!(f, "{} {} {}", axis.unwrap_or_default(), case.unwrap_or_default(), self.at)
    }
}

#[derive(Args)]
pub struct Arguments {
    /// How often everything is measured, in another order each time.
    #[arg(long, value_name = "COUNT", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// Everything that is timed and counted.
pub fn all() -> Vec<Cell> {
    [of_many_sessions(), of_large_objects()].concat()
}

/// Requests against how many sessions there are.
pub fn of_many_sessions() -> Vec<Cell> {
    let cases = [Case::LookUp, Case::LookUpAppend, Case::Status, Case::Append];
    let cell = |case| COUNTS.into_iter().map(move |at| Cell { axis: Axis::Sessions, case, at });
    cases.into_iter().flat_map(cell).collect()
}

/// Requests against how large one object is, and how much of it is persisted: from 1 KiB to 1 EiB.
pub fn of_large_objects() -> Vec<Cell> {
    let (sizes, mut cells) = ((10..=60).step_by(10).map(|bits| 1 << bits), Vec::new());
    for case in [Case::Status, Case::Append, Case::Fields] {
        cells.extend(sizes.clone().map(|at| Cell { axis: Axis::Object, case, at }));
        cells.extend([0].into_iter().chain(sizes.clone()).map(|at| Cell { axis: Axis::Persisted, case, at }));
    }
    cells
}

/// Prints a line of JSON for each cell: its nanoseconds per request in each round.
pub fn measure(cells: &[Cell], arguments: &Arguments) {
    let (mut random, mut beds) = (Random::new(), Beds::default());
    let mut times = vec![Vec::new(); cells.len()];
    let mut order: Vec<usize> = (0..cells.len()).collect();
    for round in 0..=arguments.rounds {
        random.shuffle(&mut order);
        for &place in &order {
            let nanoseconds = beds.of(&cells[place]).time(cells[place].case, &mut random);
            // The first round makes the sessions, and touches their memory for the first time.
            if round > 0 {
                times[place].push(nanoseconds);
            }
        }
    }
    for (cell, nanoseconds) in cells.iter().zip(times) {
        println!("{}", json!({"part": cell.axis, "case": cell.case, "at": cell.at, "nanoseconds": nanoseconds}));
    }
}

/// Does the requests of one cell; how many.
pub fn count(cell: &Cell) -> Result<u32, Failure> {
    if !all().contains(cell) {
        return Err(format!("expected a case that `names` prints, got {cell}").into());
    }
    Beds::default().of(cell).time(cell.case, &mut Random::new());
    Ok(requests(BATCHES))
}

/// How many requests there are in so many batches.
fn requests(batches: u32) -> u32 {
    batches.saturating_mul(u32::try_from(BATCH).unwrap_or(u32::MAX))
}

/// What requests are made to. Sessions are made once.
#[derive(Default)]
struct Beds(BTreeMap<u64, Sessions>);

enum Bed<'b> {
    Many(&'b mut Sessions),
    One(Session),
}

impl Beds {
    fn of(&mut self, cell: &Cell) -> Bed<'_> {
        match cell.axis {
            Axis::Sessions => Bed::Many(self.0.entry(cell.at).or_insert_with(|| sessions(cell.at))),
            Axis::Object => Bed::One(session(cell.at, 0)),
            Axis::Persisted => Bed::One(session(TOTAL, cell.at)),
        }
    }
}

impl Bed<'_> {
    /// The nanoseconds that a request takes: the median of the batches, since a few of them are interrupted for longer
    /// than all others take together.
    fn time(&mut self, case: Case, random: &mut Random) -> f64 {
        let mut times: Vec<f64> = (0..BATCHES).map(|_| self.time_batch(case, random)).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2] * 1e9 / f64::from(requests(1))
    }

    /// The seconds that one batch takes.
    fn time_batch(&mut self, case: Case, random: &mut Random) -> f64 {
        let text;
        let mut batch = match self {
            Self::Many(sessions) => many(case, sessions, random),
            Self::One(session) => {
                text = append(session);
                one(case, session, &text)
            }
        };
        let begun = Instant::now();
        let done = timed(&mut batch);
        let seconds = begun.elapsed().as_secs_f64();
        assert!(done, "expected {case:?} to be answered as it should be");
        seconds
    }
}

fn many<'s>(case: Case, sessions: &'s mut Sessions, random: &mut Random) -> Batch<'s> {
    let places: [usize; BATCH] = std::array::from_fn(|_| random.below(sessions.len()));
    let ids = places.map(|place| id(place as u64));
    if matches!(case, Case::Status | Case::Append) {
        // Now they are in the cache, as after a look-up.
        for place in places {
            std::hint::black_box(sessions[place].clone());
        }
    }
    match case {
        Case::LookUp => Batch::LookUp(sessions, ids),
        Case::LookUpAppend => Batch::LookUpAppend(sessions, ids),
        Case::Status => Batch::Status(sessions, places),
        Case::Append => Batch::Append(sessions, places),
        Case::Fields => panic!("expected a case of many sessions, got {case:?}"),
    }
}

fn one<'s>(case: Case, session: &'s Session, text: &'s [u8]) -> Batch<'s> {
    match case {
        Case::Status => Batch::StatusOf(session),
        Case::Append => Batch::AppendTo(session),
        Case::Fields => Batch::FieldsTo(session, text),
        Case::LookUp | Case::LookUpAppend => panic!("expected a case of one session, got {case:?}"),
    }
}

/// The field of an append, as it is sent.
fn append(session: &Session) -> Vec<u8> {
    let at = session.persisted().get();
    let range = ContentRange::range(at, at + CHUNK, session.total());
    range.map(|range| range.to_string().into_bytes()).unwrap_or_default()
}
