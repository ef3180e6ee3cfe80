//! What happens in one run: how both sides are set up, and everything that goes wrong.
//!
//! A run is a function of its plan. Every choice is a number below some bound, and 0 is always the simplest: no fault,
//! the usual setting. So the same code makes plans from a seed and from numbers that `proptest` can shrink.

use std::num::{NonZeroU32, NonZeroU64};

use resumable::client::{Chunk, ChunkSize, Source};
use resumable::google::CreationKind;
use resumable::server::Fault;
use resumable::{Completes, Contention, OnCut, Overlap, Policy};

use crate::support::disk::Failure;
use crate::support::source::LONGEST;

/// Chooses a number below its argument.
pub(crate) type Choose<'c> = &'c mut dyn FnMut(u64) -> u64;

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) setup: Setup,
    /// What happens to the first requests, one by one; the later ones meet no trouble.
    pub(crate) exchanges: Vec<Exchange>,
    /// So many operations of the store after the last crash comes the next one.
    pub(crate) crashes: Vec<(u64, Crash)>,
    /// So many operations of the store after the last failure comes the next one.
    pub(crate) failures: Vec<(u64, Failure)>,
}

/// How both sides are set up.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Setup {
    /// The size of the object in bytes.
    pub(crate) size: u64,
    /// Whether the client knows it from the start.
    pub(crate) known: bool,
    /// How much of a source of unknown size is there at a time, in bytes.
    pub(crate) drip: u64,
    pub(crate) chunk: Chunk,
    pub(crate) source: Source,
    pub(crate) restarts: u8,
    /// The seed of the client's waits.
    pub(crate) jitter: u64,
    pub(crate) policy: Policy,
    /// How many processes serve the upload.
    pub(crate) processes: usize,
    /// Whether the server shuts the connection of a request that is superseded; if not, that request finds out.
    pub(crate) evicts: bool,
    /// How long an operation of the store takes.
    pub(crate) store_ms: u64,
    /// Whether the store makes only half of what it is asked for durable at a time.
    pub(crate) halves: bool,
    /// Whether the store looks for the object when it records an epoch.
    pub(crate) finds_objects: bool,
    pub(crate) form: Form,
    pub(crate) chunked: bool,
    pub(crate) no_308: bool,
    pub(crate) kind: CreationKind,
    /// Whether the client saves how far it is after each answer, or only that there is a session.
    pub(crate) saves: bool,
    pub(crate) ending: Ending,
}

/// In which of the forms that mean the same the last bytes of the object are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `bytes a-b/T`
    Range,
    /// `bytes a-*/T`
    ToTheEnd,
    /// `bytes a-*/*`
    ToSomeEnd,
    /// No Content-Range, if it is the whole object.
    Whole,
}

/// What is meant to become of the upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Delivered,
    /// The client gives it up at this time.
    Cancelled(u64),
    /// The server lets it expire at this time.
    Expired(u64),
    /// The store rejects the object.
    Rejected,
}

/// What happens to one request and its answer. Times are in milliseconds, sizes in bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    /// Which process gets it.
    pub(crate) process: usize,
    /// Whether it goes over a new connection even if there is an idle one.
    pub(crate) fresh: bool,
    /// How many bytes come at a time; 0 is all of them.
    pub(crate) grain: usize,
    /// How long it takes from one piece to the next.
    pub(crate) pace: u64,
    /// Where in the request its connection is lost.
    pub(crate) cut: Option<Cut>,
    /// After how many bytes of the answer its connection is lost.
    pub(crate) reply_cut: Option<usize>,
    /// Whether nobody is told that the connection is lost.
    pub(crate) half_open: bool,
    /// How long the client waits for an answer.
    pub(crate) patience: Option<u64>,
    /// Whether a client that gives up takes back what has not arrived yet.
    pub(crate) resets: bool,
    /// When the same bytes come again, on another connection.
    pub(crate) twin: Option<u64>,
    /// When the client's process dies; another one resumes.
    pub(crate) dies: Option<u64>,
}

/// A place in a request, modulo the length of its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Body(usize),
    Head(usize),
}

/// Who is lost, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Whoever serves the one request.
    Task,
    /// One process; what it wrote is still to be read, synced or not.
    Process(u64),
    /// Everything; `luck` decides what survives of what was not synced.
    Machine { luck: u64, down: u64 },
}

impl Plan {
    /// The plan of a seed.
    pub(crate) fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut choose = |below| random.below(below);
        let choose: Choose<'_> = &mut choose;
        let setup = Setup::choose(choose);
        let (exchanges, crashes, failures) = (choose(9), choose(4), choose(3));
        Self {
            exchanges: (0..exchanges).map(|_| Exchange::choose(choose)).collect(),
            crashes: (0..crashes).map(|_| Crash::choose(choose)).collect(),
            failures: (0..failures).map(|_| choose_failure(choose)).collect(),
            setup,
        }
    }
}

impl Plan {
    /// Whether the client's own append can be a conflict: where an overlap is one, a request that comes twice or too
    /// late, or a store that has done more than it says, can have lengthened the upload since the client asked. This
    /// dialect has no word for "ask again", so the client then fails.
    pub(crate) fn may_conflict(&self) -> bool {
        let repeats =
            |exchange: &Exchange| exchange.twin.is_some() || exchange.patience.is_some() || exchange.dies.is_some();
        self.setup.policy.overlap == Overlap::Conflict
            && (self.setup.processes > 1
                || self.exchanges.iter().any(repeats)
                || self.crashes.iter().any(|(_, crash)| *crash == Crash::Task)
                || !self.failures.is_empty())
    }
}

const QUANTUM: u64 = 262_144;

impl Setup {
    pub(crate) fn choose(choose: Choose<'_>) -> Self {
        let size = match choose(40) {
            34..37 => QUANTUM - 1 + choose(3),
            37 => pick(choose, &[QUANTUM * 2, QUANTUM * 3 + 11]),
            38 => pick(choose, &[1 << 20, (1 << 20) + 3]),
            39 => pick(choose, &[1_900_007, LONGEST as u64]),
            _ => pick(choose, &[11, 0, 1, 2, 7, 43, 43]),
        };
        let large = size > 1000;
        let policy = choose_policy(choose, large);
        let chunk = choose_chunk(choose, size, policy.granularity.get());
        let source = pick(choose, &[Source::Once, Source::Replayable]);
        let ending = match choose(16) {
            13 => Ending::Cancelled(choose(3000)),
            14 => Ending::Expired(choose(3000)),
            15 => Ending::Rejected,
            _ => Ending::Delivered,
        };
        let is_given_up = matches!(ending, Ending::Cancelled(_) | Ending::Expired(_));
        Self {
            size,
            known: choose(2) == 0,
            drip: if large { 100_000 } else { 5 },
            chunk,
            source,
            restarts: u8::try_from(choose(3)).expect("below 3"),
            jitter: choose(1000),
            policy,
            processes: pick(choose, &[1, 2]),
            evicts: choose(3) < 2,
            store_ms: pick(choose, &[1, 0, 30]),
            form: pick(choose, &[Form::Range, Form::Range, Form::ToTheEnd, Form::ToSomeEnd, Form::Whole]),
            chunked: choose(3) == 2,
            no_308: choose(4) == 3,
            kind: pick(choose, &[CreationKind::Json, CreationKind::Xml]),
            saves: choose(2) == 0,
            // With a granularity, a part of a grain would be recorded that the session does not publish.
            halves: policy.granularity.get() == 1 && choose(4) == 3,
            finds_objects: is_given_up || choose(2) == 1,
            ending,
        }
    }
}

fn choose_policy(choose: Choose<'_>, large: bool) -> Policy {
    let policy = match (large, choose(6)) {
        (_, 5) | (true, 3..) => Policy::gcs(),
        (false, 4) => Policy { granularity: positive(7), ..Policy::default() },
        _ => Policy::default(),
    };
    let unit = if large { 65_536 } else { 1 };
    Policy {
        sync_every: pick(choose, &[None, None, Some(1), Some(3), Some(7)]).map(|count| positive(count * unit)),
        on_cut: match choose(5) {
            3 => OnCut::Floor(NonZeroU32::new(if large { 10_000 } else { 3 }).expect("above zero")),
            4 => OnCut::Discard,
            _ => OnCut::Keep,
        },
        overlap: pick(choose, &[Overlap::Skip, Overlap::Skip, Overlap::Conflict]),
        completes: pick(choose, &[Completes::AtTotal, Completes::AtTotal, Completes::Explicit]),
        contention: pick(choose, &[Contention::Preempt, Contention::Preempt, Contention::Refuse]),
        ..policy
    }
}

fn choose_chunk(choose: Choose<'_>, size: u64, granularity: u64) -> Chunk {
    let grain = if size > 1000 && granularity == 1 { 30_011 } else { granularity };
    let most = size.div_ceil(grain).max(1);
    if choose(3) == 0 {
        return Chunk::Rest;
    }
    let bytes = grain * (1 + choose(most.min(5)));
    let granularity = u32::try_from(granularity).expect("256 KiB at most");
    Chunk::Size(ChunkSize::new(bytes, granularity).expect("a multiple"))
}

impl Exchange {
    pub(crate) fn choose(choose: Choose<'_>) -> Self {
        let process = usize::try_from(choose(2)).expect("below 2");
        if choose(4) == 3 {
            // What makes a zombie: the client has gone, half of the body is there, and the server knows of nothing.
            let (cut, patience) = (Some(Cut::choose(choose)), Some(300 + choose(1000)));
            return Self { process, cut, patience, half_open: true, ..Self::default() };
        }
        Self {
            process,
            fresh: choose(2) == 1,
            grain: pick(choose, &[0, 300, 43, 7]),
            pace: pick(choose, &[0, 1, 20, 300, 2500]),
            cut: (choose(3) == 2).then(|| Cut::choose(choose)),
            reply_cut: (choose(4) == 3).then(|| usize::try_from(choose(200)).expect("below 200")),
            half_open: choose(3) == 2,
            patience: (choose(3) == 2).then(|| choose(1500)),
            resets: choose(2) == 1,
            twin: (choose(4) == 3).then(|| choose(4000)),
            dies: (choose(10) == 9).then(|| choose(1000)),
        }
    }
}

impl Cut {
    fn choose(choose: Choose<'_>) -> Self {
        let is_head = choose(4) == 3;
        let at = usize::try_from(choose(1 << 30)).expect("below 2^30");
        if is_head { Self::Head(at) } else { Self::Body(at) }
    }

    /// The place in a request of so many bytes, of which so many are its head.
    pub(crate) fn within(self, len: usize, head: usize) -> usize {
        match self {
            Self::Body(at) if len > head => head + at % (len - head),
            Self::Body(at) | Self::Head(at) => at % head,
        }
    }
}

impl Exchange {
    /// What happens to a copy of the request: it comes to another process, and perhaps not whole.
    pub(crate) fn for_twin(&self) -> Self {
        let cut = self.cut.filter(|_| self.half_open);
        Self { process: self.process + 1, grain: self.grain, pace: self.pace, cut, ..Self::default() }
    }
}

impl Crash {
    pub(crate) fn choose(choose: Choose<'_>) -> (u64, Self) {
        let after = 1 + choose(30);
        let down = choose(2000);
        let crash = match choose(5) {
            0 => Self::Task,
            1 => Self::Process(down),
            _ => Self::Machine { luck: choose(1 << 30), down },
        };
        (after, crash)
    }
}

pub(crate) fn choose_failure(choose: Choose<'_>) -> (u64, Failure) {
    let after = 1 + choose(30);
    let fault = pick(choose, &[Fault::Unavailable, Fault::Full]);
    let failure = if choose(2) == 0 { Failure::Before(fault) } else { Failure::After(fault) };
    (after, failure)
}

fn positive(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).expect("above zero")
}

fn pick<T: Copy>(choose: Choose<'_>, from: &[T]) -> T {
    let at = usize::try_from(choose(from.len() as u64)).expect("below the length of a slice");
    from[at]
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}
