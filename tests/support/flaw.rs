//! What can be wrong with a host, on purpose: a test that never fails proves nothing, so each of these must be caught.

/// A mistake in a store, in a server's host or in a client's host. The machines are always the real ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It says that bytes are durable without having made them so.
    StoreConfirmsWithoutSync,
    /// It writes the record and never makes it durable.
    StoreNeverSyncsTheRecord,
    /// It makes the record durable first and the bytes afterwards.
    StoreRecordsBeforeItSyncs,
    /// It does not compare the epoch of what it is asked with the recorded one.
    StoreIgnoresEpochs,
    /// It puts bytes where its file ends, not where they belong.
    StoreAppendsWhereItsFileEnds,
    /// It publishes the object once more when it is asked again after a crash.
    StorePublishesAgain,
    /// It says that an upload is given up without having recorded it.
    StoreDiscardsWithoutRecord,
    /// It takes a body that was cut for one that has ended.
    ServerTakesACutForAnEnd,
    /// It tells how much it has received, not how much is persisted.
    ServerTellsWhatItReceived,
    /// It no longer knows an upload once it is complete.
    ServerForgetsSessionsThatAreComplete,
    /// It starts an upload that it does not know from zero, not from its record.
    ServerForgetsTheRecord,
    /// It sends whatever comes next in its stream, not what was asked for.
    ClientForgetsToReplay,
    /// It takes a lost answer for a good one.
    ClientTakesSilenceForSuccess,
    /// It adds the range of an answer to what it has.
    ClientAddsUpRanges,
}
