//! What is saved of an upload: when, and that a later process can go on from it.

use crate::harness::{SEED, answer, chunks, created, due, incomplete, known, play, replayable};
use crate::world::{Fate, Server, Source, World};
use resumable::ClientSnapshot;
use resumable::client::{ClientPolicy, Length, Step, Upload, Verdict};

fn record(persisted: u64, total: Option<u64>) -> ClientSnapshot {
    ClientSnapshot { persisted, total }
}

#[test]
fn a_resumed_upload_has_the_same_record() {
    for record in [record(3, Some(11)), record(3, None), record(0, Some(0))] {
        let upload = Upload::resume(record, chunks(3, 1), SEED);
        assert_eq!(upload.snapshot(), Some(record));
        assert_eq!(upload.persisted().get(), record.persisted);
        assert_eq!(upload.total(), record.total);
    }
}

#[test]
fn there_is_no_record_before_the_session_and_after_the_end() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    assert_eq!(upload.snapshot(), None);
    play(&mut upload, "< lost");
    assert_eq!(upload.snapshot(), None);
    play(&mut upload, "> wait\n< created");
    assert_eq!(upload.snapshot(), Some(record(0, Some(11))));
    play(&mut upload, "< 308 bytes=0-6");
    assert_eq!(upload.snapshot(), Some(record(7, Some(11))));
    play(&mut upload, "< 200");
    assert_eq!(upload.snapshot(), None);
    for end in ["< 403", "< 404", "< 499", "! cancel\n< 204"] {
        let mut upload = known(11);
        play(&mut upload, end);
        assert_eq!(upload.snapshot(), None, "{end}");
    }
}

#[test]
fn a_record_learns_the_total_with_the_end_of_the_source() {
    let mut upload = created(Length::Unknown, chunks(3, 1));
    play(&mut upload, "! source 3\n< 308 bytes=0-2");
    assert_eq!(upload.snapshot(), Some(record(3, None)));
    play(&mut upload, "! source 5 end");
    assert_eq!(upload.snapshot(), Some(record(3, Some(5))));
}

#[test]
fn a_process_may_end_at_any_point_and_a_later_one_goes_on() {
    for (length, known) in [(11, true), (11, false), (9, false), (0, false), (1, true)] {
        for replay in [false, true] {
            for turns in 0..20 {
                let told = if known { Length::Known(length) } else { Length::Unknown };
                let policy = replayable_if(replay);
                let first = World::new(
                    Upload::new(told, policy, SEED),
                    told,
                    Source::new(length, false, replay),
                    Server::new(1),
                );
                later_processes(first, turns, told, length, replay);
            }
        }
    }
}

fn replayable_if(replay: bool) -> ClientPolicy {
    if replay { replayable(chunks(3, 1), 0) } else { chunks(3, 1) }
}

/// Runs for some turns with each fate of the last of them, and goes on from the record in a later process, which has a
/// source that starts at the record's offset unless it can be read again.
fn later_processes(first: World, turns: u32, told: Length, length: u64, replay: bool) {
    let mut before = first;
    for _ in 0..turns {
        before.turn(Fate::Answered);
    }
    for fate in [Fate::Answered, Fate::Lost, Fate::AnswerLost, Fate::Cut(1), Fate::KeptOnly(2)] {
        let mut first = before.clone();
        first.turn(fate);
        let Some(record) = first.upload.snapshot() else {
            continue;
        };
        let upload = Upload::resume(record, replayable_if(replay), SEED + 1);
        let mut source = Source::new(length, false, replay);
        source.start_at(record.persisted);
        let told = record.total.map_or(told, Length::Known);
        let mut later = World::new(upload, told, source, first.server);
        let end = later.play(&mut [Fate::AnswerLost, Fate::Cut(2)].into_iter());
        assert_eq!(end, Step::Done { size: length }, "{record:?}, {fate:?}");
    }
}

#[test]
fn a_record_that_no_upload_can_have_makes_no_request_that_cannot_be() {
    // More persisted than there is. The upload says so, or fails; it does not report success for it.
    for reply in [
        incomplete(0),
        incomplete(11),
        incomplete(12),
        Verdict::Complete { size: None },
        Verdict::Complete { size: Some(11) },
        Verdict::Complete { size: Some(12) },
    ] {
        let mut upload = Upload::resume(record(12, Some(11)), chunks(3, 1), SEED);
        play(&mut upload, "> PUT bytes */11");
        answer(&mut upload, reply);
        let end = due(&upload);
        assert!(end.starts_with("failed") || end == "done, 11 bytes", "{reply:?}: {end}");
    }
}
