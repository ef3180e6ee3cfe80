//! Going on in a later process: what the server may say to its question.

use crate::harness::{SEED, answer, chunks, incomplete, play, replayable};
use resumable::client::{ClientError, Failure, Step, Upload, Verdict};
use resumable::{ClientSnapshot, Persisted};

fn record(persisted: u64, total: Option<u64>) -> ClientSnapshot {
    ClientSnapshot { persisted, total }
}

/// An upload from a record of three bytes of 11, in chunks of 3.
fn three_of_11() -> Upload {
    Upload::resume(record(3, Some(11)), chunks(3, 1), SEED)
}

/// An upload from a record of three bytes of a source whose length is not known.
fn three_of_unknown() -> Upload {
    Upload::resume(record(3, None), chunks(3, 1), SEED)
}

#[test]
fn a_resumed_upload_starts_with_a_question() {
    play(&mut three_of_11(), "> PUT bytes */11");
    play(&mut three_of_unknown(), "> PUT bytes */*");
    let mut fresh = Upload::resume(record(0, Some(11)), chunks(3, 1), SEED);
    play(&mut fresh, "> PUT bytes */11");
}

#[test]
fn the_server_has_as_much_as_the_record() {
    play(&mut three_of_11(), "< 308 bytes=0-2\n> PUT bytes 3-5/11");
    play(&mut three_of_unknown(), "< 308 bytes=0-2\n> fill to 6\n! source 6\n> PUT bytes 3-5/*");
}

#[test]
fn the_server_has_more_than_the_record() {
    // What was sent last was kept, and the process ended before it heard of it.
    play(
        &mut three_of_11(),
        "< 308 bytes=0-8
         > PUT bytes 9-10/11
         < 200
         > done, 11 bytes",
    );
    play(
        &mut three_of_unknown(),
        "< 308 bytes=0-8
         > fill to 12
         ! source 11 end
         > PUT bytes 9-10/11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn the_server_has_all_of_it_but_is_not_complete() {
    play(
        &mut three_of_11(),
        "< 308 bytes=0-10
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
    play(
        &mut three_of_unknown(),
        "< 308 bytes=0-10
         > fill to 14
         ! source 11 end
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn the_server_has_more_than_there_is() {
    play(
        &mut three_of_11(),
        "< 308 bytes=0-11
         > failed: expected the server to have at most the 11 bytes that were sent, got 12",
    );
    play(
        &mut three_of_unknown(),
        "< 308 bytes=0-11
         > fill to 15
         ! source 11 end
         > failed: expected a source of at least the 12 bytes that the server has, got 11",
    );
}

#[test]
fn the_server_has_less_than_the_record() {
    for (answer, kept) in [("308 bytes=0-1", 2), ("308", 0)] {
        for mut upload in [three_of_11(), three_of_unknown()] {
            play(&mut upload, &format!("< {answer}"));
            let failure =
                Failure::ServerBehind { acknowledged: Persisted::confirmed(3), persisted: Persisted::confirmed(kept) };
            assert_eq!(upload.step(), Step::Failed(failure));
        }
    }
}

#[test]
fn the_server_has_less_than_the_record_and_the_source_can_be_read_again() {
    let policy = replayable(chunks(3, 1), 0);
    let mut upload = Upload::resume(record(3, Some(11)), policy, SEED);
    play(
        &mut upload,
        "< 308 bytes=0-1
         > wait
         > PUT bytes */11
         < 308 bytes=0-1
         > PUT bytes 2-4/11",
    );
    let mut upload = Upload::resume(record(3, None), policy, SEED);
    play(
        &mut upload,
        "< 308 bytes=0-1
         > wait
         > PUT bytes */*
         < 308 bytes=0-1
         > fill to 5",
    );
}

#[test]
fn the_server_is_complete() {
    for status in ["200", "201", "200 x-goog-stored-content-length: 11"] {
        play(&mut three_of_11(), &format!("< {status}\n> done, 11 bytes"));
    }
}

#[test]
fn the_session_is_gone() {
    play(&mut three_of_11(), "< 404\n> failed: the session is gone");
    play(&mut three_of_unknown(), "< 410\n> failed: the session is gone");
    let policy = replayable(chunks(3, 1), 1);
    let mut upload = Upload::resume(record(3, Some(11)), policy, SEED);
    play(&mut upload, "< 404\n> wait\n> create 11 bytes");
    assert_eq!((upload.persisted(), upload.snapshot()), (Persisted::ZERO, None));
    play(&mut upload, "< created\n> PUT bytes 0-2/11");
    let mut upload = Upload::resume(record(3, None), policy, SEED);
    play(&mut upload, "< 404\n> wait\n> create\n< created");
    // A source that can be read again has what its record says that it had.
    play(&mut upload, "> PUT bytes 0-2/*\n< 308 bytes=0-2\n> fill to 6");
}

#[test]
fn a_new_session_after_a_resume_has_only_what_was_sent_to_it() {
    // Anything may have been sent to the old one; nothing was sent to the new one yet.
    let policy = replayable(chunks(3, 1), 1);
    for total in [Some(11), None] {
        let mut upload = Upload::resume(record(3, total), policy, SEED);
        answer(&mut upload, Verdict::Gone);
        play(&mut upload, "> wait");
        answer(&mut upload, Verdict::Created);
        answer(&mut upload, incomplete(6));
        let failure = Failure::ServerAhead { sent: 3, persisted: Persisted::confirmed(6) };
        assert_eq!(upload.step(), Step::Failed(failure));
    }
}

#[test]
fn the_session_was_cancelled() {
    play(
        &mut three_of_11(),
        "< 499
         > failed: the session was cancelled by somebody else",
    );
}

#[test]
fn a_question_whose_answer_is_lost_is_asked_again() {
    play(
        &mut three_of_11(),
        "< lost
         > wait
         > PUT bytes */11
         < 503
         > wait
         > PUT bytes */11
         < 308 bytes=0-2
         > PUT bytes 3-5/11",
    );
}

#[test]
fn a_resumed_upload_can_be_cancelled() {
    play(&mut three_of_11(), "! cancel\n> DELETE\n< 499\n> cancelled");
}

#[test]
fn confirming_a_source_that_is_as_long_as_the_object() {
    for answer in ["200", "201", "200 x-goog-stored-content-length: 11"] {
        play(
            &mut three_of_unknown(),
            &format!(
                "< {answer}
                 > fill to the end
                 ! source 7
                 > fill to the end
                 ! source 11
                 > fill to the end
                 ! source 11 end
                 > done, 11 bytes"
            ),
        );
    }
}

#[test]
fn confirming_lets_the_host_drop_what_it_has_read() {
    let mut upload = three_of_unknown();
    play(&mut upload, "< 200\n> fill to the end\n! source 7");
    assert_eq!(upload.persisted(), Persisted::confirmed(7));
    play(&mut upload, "! source 9");
    assert_eq!(upload.persisted(), Persisted::confirmed(9));
}

#[test]
fn confirming_a_source_that_is_not_as_long_as_the_object() {
    for source in [3, 10, 12] {
        let mut upload = three_of_unknown();
        play(
            &mut upload,
            &format!(
                "< 200 x-goog-stored-content-length: 11
                 > fill to the end
                 ! source {source} end"
            ),
        );
        let failure = Failure::SizeDiffers { total: source, size: 11 };
        assert_eq!(upload.step(), Step::Failed(failure));
    }
}

#[test]
fn confirming_can_be_saved_and_taken_up_again() {
    let mut upload = three_of_unknown();
    play(&mut upload, "< 200\n> fill to the end\n! source 7");
    let saved = upload.snapshot().expect("the object is not confirmed yet");
    let mut later = Upload::resume(saved, chunks(3, 1), SEED);
    play(
        &mut later,
        "> PUT bytes */*
         < 200
         > fill to the end
         ! source 11 end
         > done, 11 bytes",
    );
}

#[test]
fn r44_a_success_to_a_chunk_that_is_not_the_last_is_early_whatever_an_earlier_process_sent() {
    // Emulators are known to complete an upload with any chunk. An earlier process may have sent all of it, but nothing
    // says that the object is more than what this request brought.
    let mut upload = three_of_11();
    play(&mut upload, "< 308 bytes=0-2\n> PUT bytes 3-5/11\n< 200");
    let failure = Failure::CompleteEarly { sent: 6, total: Some(11) };
    assert_eq!(upload.step(), Step::Failed(failure));
    let six = "
        < 308 bytes=0-2
        > fill to 6
        ! source 6
        > PUT bytes 3-5/*
        < 200
        > fill to the end";
    let mut upload = three_of_unknown();
    play(&mut upload, six);
    play(&mut upload, "! source 11 end");
    let failure = Failure::SizeDiffers { total: 11, size: 6 };
    assert_eq!(upload.step(), Step::Failed(failure));
    let mut upload = three_of_unknown();
    play(&mut upload, six);
    play(&mut upload, "! source 6 end\n> done, 6 bytes");
}

#[test]
fn a_success_with_a_size_to_a_chunk_that_is_not_the_last_may_be_due_to_an_earlier_process() {
    // Its last request was still on its way, and completed the upload.
    play(
        &mut three_of_11(),
        "< 308 bytes=0-2
         > PUT bytes 3-5/11
         < 200 x-goog-stored-content-length: 11
         > done, 11 bytes",
    );
    play(
        &mut three_of_unknown(),
        "< 308 bytes=0-2
         > fill to 6
         ! source 6
         > PUT bytes 3-5/*
         < 200 x-goog-stored-content-length: 11
         > fill to the end
         ! source 11 end
         > done, 11 bytes",
    );
}

#[test]
fn a_source_that_ends_below_what_the_server_has_is_a_failure() {
    let mut upload = three_of_unknown();
    play(&mut upload, "< 308 bytes=0-6\n> fill to 10\n! source 5 end");
    let failure = Failure::SourceTooShort { acknowledged: Persisted::confirmed(7), total: 5 };
    assert_eq!(upload.step(), Step::Failed(failure));
}

#[test]
fn a_record_of_more_than_its_own_total_is_never_done() {
    let failure = Failure::SourceTooShort { acknowledged: Persisted::confirmed(7), total: 5 };
    let mut upload = Upload::resume(record(7, Some(5)), chunks(3, 1), SEED);
    play(&mut upload, "> PUT bytes */5\n< 200");
    assert_eq!(upload.step(), Step::Failed(failure));
}

#[test]
fn a_source_that_ends_below_the_record_is_an_error() {
    let mut upload = three_of_unknown();
    play(&mut upload, "< 308 bytes=0-2\n> fill to 6");
    let filling = upload.clone();
    let error = ClientError::SourceShrank { expected: 3, available: 2 };
    assert_eq!(upload.handle_source(2, true), Err(error));
    assert_eq!(upload, filling);
}
