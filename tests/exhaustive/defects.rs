//! Deliberate defects: each must be found, or the search has no teeth.

/// What is wrong on purpose, at the seams between the machines, their hosts, the wire and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    /// The store says that bytes are durable when they are only written.
    AcknowledgesReceived,
    /// The record is saved before the bytes are durable.
    RecordsBeforeSyncing,
    /// The store checks no epochs.
    NoEpochCheck,
    /// The answer to a fence is what this process knows, not what the store knows.
    FenceAnswerForgotten,
    /// A fence replaces the record, not only its epoch.
    FenceReplacesRecord,
    /// A process that fences alone does not wait for the older request's call on the store.
    FenceDoesNotWait,
    /// A cancellation or expiry removes the bytes whatever the epoch.
    DiscardNotFenced,
    /// A cut body is taken for one that ended.
    CutIsClean,
    /// The last byte of a range is taken for its end.
    LastIsExclusive,
    /// `Range: bytes=0-N` is taken for N + 2 bytes.
    RangeOffByOne,
    /// A 308 without a range is taken for "all of it".
    MissingRangeIsAll,
    /// What is sent again goes under a new offset.
    NewOffset,
    /// Each commit publishes, also one that is repeated after a crash.
    PublishedAgain,
    /// An answer to an older attempt is counted as one to the newest.
    OldAnswerCounts,
    /// After a crash the session goes on from what is written.
    RestoresWritten,
    /// A dropped task is not told to its session.
    DropNotTold,
    /// After a commit or a discard that failed, nobody looks whether it was done.
    EndNotLookedUp,
    /// A server that shares its store does not read the record before a request.
    RecordNotRead,
}
