//! What one search explores: how large, under which policies, and how many faults of each kind.

use core::num::NonZeroU64;
use core::time::Duration;

use resumable::client::{Chunk, ChunkSize, ClientPolicy, Length, Retry, Source};
use resumable::{Completes, OnCut, Overlap, Policy};

use crate::defects::Defect;
use crate::properties::Property;

/// The objects that are searched have at most so many bytes.
pub(crate) const MOST: usize = 6;

/// One search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    pub(crate) name: &'static str,
    /// The size of the object in bytes.
    pub(crate) size: u64,
    /// Whether the client knows the size from the start.
    pub(crate) known: bool,
    /// Whether the creation of the session declares it.
    pub(crate) declared: bool,
    /// The client's chunks in bytes; `None` is all that is left.
    pub(crate) chunk: Option<u64>,
    /// The granularity that the client counts on; `None` is the server's.
    pub(crate) grain: Option<u32>,
    /// Whether the client's host can read its source again, and may start over once.
    pub(crate) replayable: bool,
    /// After how many failures without progress the client gives up; `None` is never.
    pub(crate) patience: Option<u32>,
    pub(crate) framing: Framing,
    /// A body arrives in pieces of so many bytes.
    pub(crate) piece: u64,
    /// Whether time passes between what a host says to a machine and its question what is due.
    pub(crate) lazy: bool,
    pub(crate) policy: Policy,
    pub(crate) keeping: Keeping,
    /// Whether the store takes what it finds published for complete, whatever the record says. A commit is two
    /// operations, and a crash can come between them; if it does not look, the commit is just asked for again.
    pub(crate) recovers: bool,
    /// How many server processes share the store.
    pub(crate) processes: usize,
    /// How many faults of each kind may still happen.
    pub(crate) faults: Faults,
    /// What is wrong on purpose.
    pub(crate) defect: Option<Defect>,
    /// Which promises a defect breaks before it comes to the one that is looked for.
    pub(crate) overlooked: &'static [Property],
}

/// How a client's data reach the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// `bytes a-b/T` with a Content-Length.
    Length,
    /// `bytes a-b/T` in chunked coding: only the end of the body tells its length.
    Chunked,
    /// As google-cloud-node sends the last bytes: `bytes a-*/*` in chunked coding, whose end is the object's end.
    OpenEnded,
}

/// How the server's host fences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// The process owns its uploads alone and acknowledges an epoch itself, once no call on the store for an older
    /// request is under way. The store checks nothing.
    Alone,
    /// The store checks the epoch of every call.
    Checked,
}

/// How many faults of each kind may still happen. What is not named here is no fault and may happen any time: delay,
/// reordering, the end of a connection that nobody waits for any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Faults {
    /// The client gives its request up: the connection was cut, the answer lost, or the time is over. What was sent
    /// goes on its way without it.
    pub(crate) lost: u8,
    /// Something between sends a request twice.
    pub(crate) doubled: u8,
    /// What an append's answer says to be persisted is left out, as Google's servers do "once every few million
    /// uploads" (google-cloud-cpp#7877).
    pub(crate) bare: u8,
    /// A server process dies and starts again from the store's record.
    pub(crate) crashes: u8,
    /// The client's process dies and starts again from a snapshot, the last one or the first.
    pub(crate) restarts: u8,
    /// A third party asks for the status.
    pub(crate) probes: u8,
    /// A third party sends bytes that leave a hole.
    pub(crate) strays: u8,
    /// A call on the store fails, having done its work or not.
    pub(crate) failed: u8,
    /// A task of the server is dropped; its call on the store may go on without it.
    pub(crate) dropped: u8,
    /// The user of the client gives the upload up.
    pub(crate) cancels: u8,
    /// The server lets the upload expire.
    pub(crate) expiries: u8,
}

impl Config {
    /// Known length, one server process, no faults, no policy out of the ordinary.
    pub(crate) const PLAIN: Self = Self {
        name: "plain",
        size: 4,
        known: true,
        declared: false,
        chunk: Some(2),
        grain: None,
        replayable: false,
        patience: None,
        framing: Framing::Length,
        piece: 1,
        lazy: false,
        policy: Policy::DEFAULT,
        keeping: Keeping::Checked,
        recovers: true,
        processes: 1,
        faults: Faults::NONE,
        defect: None,
        overlooked: &[],
    };

    pub(crate) fn client_policy(&self) -> ClientPolicy {
        let granularity = u32::try_from(self.policy.granularity.get()).expect("a small one");
        let granularity = self.grain.unwrap_or(granularity);
        ClientPolicy {
            chunk: self
                .chunk
                .map_or(Chunk::Rest, |bytes| Chunk::Size(ChunkSize::new(bytes, granularity).expect("whole grains"))),
            // Waits take no time here: every wait is a nanosecond and may end whenever it likes.
            retry: Retry {
                base: Duration::ZERO,
                cap: Duration::ZERO,
                max_attempts: self.patience.unwrap_or(u32::MAX),
                max_wait: Duration::MAX,
            },
            source: if self.replayable { Source::Replayable } else { Source::Once },
            restarts: u8::from(self.replayable),
        }
    }

    /// The numbers that tell it from another of the same name.
    pub(crate) fn shape(&self) -> String {
        let Self { size, known, policy, processes, .. } = self;
        let known = if *known { "known" } else { "found" };
        let chunk = self.chunk.map_or_else(|| "-".to_owned(), |chunk| chunk.to_string());
        format!("{size} bytes {known} chunk {chunk} grain {} {:?} x{processes}", policy.granularity, policy.overlap)
    }

    /// Whether the store checks epochs.
    pub(crate) fn checks(&self) -> bool {
        self.keeping == Keeping::Checked && self.defect != Some(Defect::NoEpochCheck)
    }

    pub(crate) fn length(&self) -> Length {
        if self.known { Length::Known(self.size) } else { Length::Unknown }
    }
}

impl Faults {
    pub(crate) const NONE: Self = Self {
        lost: 0,
        doubled: 0,
        bare: 0,
        crashes: 0,
        restarts: 0,
        probes: 0,
        strays: 0,
        failed: 0,
        dropped: 0,
        cancels: 0,
        expiries: 0,
    };
}

/// A policy that keeps multiples of `granularity` bytes.
pub(crate) const fn grained(granularity: u64) -> Policy {
    Policy { granularity: NonZeroU64::new(granularity).expect("above zero"), ..Policy::DEFAULT }
}

/// A policy that makes bytes durable in the middle of a body.
pub(crate) const fn synced(every: u64) -> Policy {
    Policy { sync_every: NonZeroU64::new(every), ..Policy::DEFAULT }
}

/// A policy by which an append starts exactly where the last one ended.
pub(crate) const STRICT: Policy = Policy { overlap: Overlap::Conflict, ..Policy::DEFAULT };

/// A policy that keeps nothing of a cut body.
pub(crate) const ALL_OR_NOTHING: Policy = Policy { on_cut: OnCut::Discard, ..Policy::DEFAULT };

/// A policy by which only a request that says so completes the upload.
pub(crate) const EXPLICIT: Policy = Policy { completes: Completes::Explicit, ..Policy::DEFAULT };
