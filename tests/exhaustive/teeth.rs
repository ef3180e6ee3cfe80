//! Each deliberate defect is found, by the promise that it breaks and on the shortest way.

use crate::config::{Config, Faults, Framing, Keeping, grained};
use crate::defects::Defect;
use crate::properties::Property;
use crate::search::{search, search_to};

const NONE: Faults = Faults::NONE;
const PLAIN: Config = Config::PLAIN;
const TWO: Config = Config { processes: 2, ..PLAIN };

/// The defect is found; without it, the same search finds nothing as far as that.
fn caught(defect: Defect, property: Property, config: Config) {
    let violation = search(&Config { defect: Some(defect), ..config })
        .expect_err("expected the search to find the defect, it found nothing");
    println!("{defect:?}: {violation}");
    assert_eq!(violation.broken.property, property, "{violation}");
    if let Err(violation) = search_to(violation.depth, &config) {
        panic!("without the defect: {violation}");
    }
}

#[test]
fn acknowledging_what_is_only_received() {
    caught(Defect::AcknowledgesReceived, Property::NoMix, PLAIN);
}

#[test]
fn recording_bytes_before_they_are_durable() {
    caught(Defect::RecordsBeforeSyncing, Property::NoMix, PLAIN);
}

#[test]
fn a_store_that_checks_no_epoch() {
    caught(
        Defect::NoEpochCheck,
        Property::NoLie,
        // The bytes are written twice, and a machine notices that its store falls behind, before anybody is lied to.
        Config { overlooked: &[Property::NoMix, Property::TakesCalls], faults: Faults { lost: 1, ..NONE }, ..TWO },
    );
}

#[test]
fn telling_what_this_process_knows_after_a_fence() {
    caught(
        Defect::FenceAnswerForgotten,
        Property::NoLoss,
        Config { overlooked: &[Property::NoMix], faults: Faults { lost: 1, ..NONE }, ..TWO },
    );
}

#[test]
fn a_fence_that_replaces_the_record() {
    caught(Defect::FenceReplacesRecord, Property::NoLie, Config { faults: Faults { lost: 1, ..NONE }, ..TWO });
}

#[test]
fn fencing_alone_without_waiting_for_the_older_call() {
    let config =
        Config { overlooked: &[Property::NoMix], keeping: Keeping::Alone, faults: Faults { lost: 1, ..NONE }, ..PLAIN };
    caught(Defect::FenceDoesNotWait, Property::NoLie, config);
}

#[test]
fn a_discard_that_is_not_fenced() {
    let config = Config { faults: Faults { lost: 1, expiries: 1, ..NONE }, size: 2, ..TWO };
    caught(Defect::DiscardNotFenced, Property::NoMix, config);
}

#[test]
fn completing_on_a_cut_body() {
    let config = Config { chunk: None, framing: Framing::OpenEnded, faults: Faults { lost: 1, ..NONE }, ..PLAIN };
    caught(Defect::CutIsClean, Property::OneObject, config);
}

#[test]
fn taking_the_last_byte_of_a_range_for_its_end() {
    caught(Defect::LastIsExclusive, Property::JustFailure, PLAIN);
}

#[test]
fn a_range_that_is_off_by_one() {
    caught(Defect::RangeOffByOne, Property::JustFailure, PLAIN);
}

#[test]
fn taking_a_missing_range_for_all_of_it() {
    // The server keeps only two of three bytes.
    let coarse = Config { size: 5, chunk: Some(3), grain: Some(1), policy: grained(2), ..PLAIN };
    let config = Config { faults: Faults { bare: 1, ..NONE }, ..coarse };
    caught(Defect::MissingRangeIsAll, Property::NoLie, config);
}

#[test]
fn sending_again_under_a_new_offset() {
    caught(Defect::NewOffset, Property::NoMix, Config { faults: Faults { lost: 1, ..NONE }, ..PLAIN });
}

#[test]
fn publishing_again_after_a_crash() {
    let config = Config { recovers: false, faults: Faults { crashes: 1, ..NONE }, ..PLAIN };
    caught(Defect::PublishedAgain, Property::OneObject, config);
}

#[test]
fn forgetting_a_publication_after_a_crash() {
    let config = Config { recovers: false, faults: Faults { crashes: 1, ..NONE }, ..PLAIN };
    let violation = search(&Config { faults: Faults { cancels: 1, ..config.faults }, ..config }).expect_err("a lie");
    println!("{violation}");
    assert_eq!(violation.broken.property, Property::HonestEnd, "{violation}");
    if let Err(violation) = search(&config) {
        panic!("where nothing is cancelled, committing again is enough: {violation}");
    }
}

#[test]
fn counting_an_answer_to_an_older_attempt() {
    let config = Config { size: 2, chunk: Some(1), faults: Faults { lost: 2, ..NONE }, ..PLAIN };
    caught(Defect::OldAnswerCounts, Property::JustFailure, config);
}

#[test]
fn going_on_from_what_is_written() {
    caught(Defect::RestoresWritten, Property::NoMix, Config { faults: Faults { crashes: 1, ..NONE }, ..PLAIN });
}

#[test]
fn dropping_a_task_without_a_word() {
    caught(Defect::DropNotTold, Property::Ends, Config { faults: Faults { dropped: 1, ..NONE }, ..PLAIN });
}

#[test]
fn not_looking_after_a_discard_that_failed() {
    let config = Config { keeping: Keeping::Alone, faults: Faults { cancels: 1, failed: 1, ..NONE }, ..PLAIN };
    caught(Defect::EndNotLookedUp, Property::NoLie, config);
}

#[test]
fn not_reading_the_record_before_a_request() {
    caught(Defect::RecordNotRead, Property::NoLoss, Config { faults: Faults { lost: 1, ..NONE }, ..TWO });
}
