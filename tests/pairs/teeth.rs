//! A harness that never fails proves nothing: hosts with one mistake each must be caught, by the promise they break.
//!
//! The machines are the real ones. What is wrong is what a host does with them.

use crate::plan::Plan;
use crate::properties::Property;
use crate::support::flaw::Flaw;
use crate::world::World;

/// Within so many seeds some run must break this promise.
#[track_caller]
fn caught(flaw: Flaw, property: Property, seeds: u64) {
    let breaks = |seed: &u64| {
        let run = World::new(&Plan::random(*seed), Some(flaw), false).run();
        run.is_err_and(|broken| broken.property == property)
    };
    let found = (0..seeds).find(breaks);
    assert!(found.is_some(), "expected {flaw:?} to break {property:?} within {seeds} seeds, got no such run");
}

#[test]
fn a_store_that_confirms_without_syncing_tells_lies() {
    caught(Flaw::StoreConfirmsWithoutSync, Property::NoLie, 20);
}

#[test]
fn a_store_that_never_syncs_its_record_tells_lies() {
    caught(Flaw::StoreNeverSyncsTheRecord, Property::NoLie, 20);
}

#[test]
fn a_store_that_records_before_it_syncs_tells_lies() {
    caught(Flaw::StoreRecordsBeforeItSyncs, Property::NoLie, 20);
}

#[test]
fn a_store_that_gives_up_without_a_record_tells_lies() {
    caught(Flaw::StoreDiscardsWithoutRecord, Property::NoLie, 100);
}

#[test]
fn a_server_that_tells_what_it_received_tells_lies() {
    caught(Flaw::ServerTellsWhatItReceived, Property::NoLie, 50);
}

#[test]
fn a_store_that_ignores_epochs_loses_bytes() {
    // Only a zombie that syncs after its successor has told more shows it: about 1 run in 300.
    caught(Flaw::StoreIgnoresEpochs, Property::NoLoss, 2000);
}

#[test]
fn a_server_that_forgets_the_record_loses_bytes() {
    caught(Flaw::ServerForgetsTheRecord, Property::NoLoss, 50);
}

/// S14: resent bytes were appended, so that the object had them twice.
#[test]
fn a_store_that_appends_where_its_file_ends_mixes_bytes() {
    caught(Flaw::StoreAppendsWhereItsFileEnds, Property::NoMix, 100);
}

/// B20, B30: the stream was not rewound, so that other bytes went under the same range.
#[test]
fn a_client_that_forgets_to_replay_mixes_bytes() {
    caught(Flaw::ClientForgetsToReplay, Property::NoMix, 50);
}

#[test]
fn a_server_that_takes_a_cut_for_an_end_publishes_half_an_object() {
    caught(Flaw::ServerTakesACutForAnEnd, Property::NoHalfObject, 400);
}

#[test]
fn a_store_that_publishes_again_publishes_twice() {
    caught(Flaw::StorePublishesAgain, Property::NoHalfObject, 100);
}

/// S17: a session was gone once it was complete, so that a client without its answer uploaded everything once more.
#[test]
fn a_server_that_forgets_what_is_complete_publishes_twice() {
    caught(Flaw::ServerForgetsSessionsThatAreComplete, Property::NoHalfObject, 200);
}

/// The same, where the client must not start again.
#[test]
fn a_server_that_forgets_what_is_complete_makes_uploads_fail() {
    caught(Flaw::ServerForgetsSessionsThatAreComplete, Property::GoodEnd, 200);
}

#[test]
fn a_client_that_takes_silence_for_success_is_not_honest() {
    caught(Flaw::ClientTakesSilenceForSuccess, Property::HonestClient, 20);
}

/// A range is absolute; a wrapper of Google Drive's interface added it to its own count.
#[test]
fn a_client_that_adds_up_ranges_fails() {
    caught(Flaw::ClientAddsUpRanges, Property::GoodEnd, 50);
}
