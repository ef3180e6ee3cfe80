//! R44: when an upload is whole.

use crate::harness::{answer, chunks, created, incomplete, known, play, read, replayable};
use resumable::client::{ClientPolicy, Failure, Length, Step, Upload, Verdict};

const STORED: &str = "x-goog-stored-content-length";

#[test]
fn r44_any_2xx_is_a_success() {
    for status in ["200", "201", "202", "204", "299"] {
        assert_eq!(read(status), Verdict::Complete { size: None }, "{status}");
        let mut upload = known(11);
        play(&mut upload, &format!("> PUT bytes 0-10/11\n< {status}\n> done, 11 bytes"));
    }
}

#[test]
fn r44_success_before_everything_was_sent_is_a_failure_that_says_so() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 200",
    );
    assert_eq!(upload.step(), Step::Failed(Failure::CompleteEarly { sent: 7, total: Some(11) }));
}

#[test]
fn r44_a_question_that_is_answered_with_success_too_early_is_a_failure() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < lost
         > wait
         > PUT bytes */11
         < 200
         > failed: expected success after everything was sent, got it after 7 bytes of 11",
    );
}

#[test]
fn r44_success_too_early_is_a_failure_even_with_the_right_size() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 200 x-goog-stored-content-length: 11
         > failed: expected success after everything was sent, got it after 7 bytes of 11",
    );
}

#[test]
fn r44_success_before_the_end_of_the_source_is_known_is_early() {
    // It may have ended with the bytes that were sent; but then the server could not know it either.
    for source in [3, 5, 9] {
        let mut upload = created(Length::Unknown, chunks(3, 1));
        play(
            &mut upload,
            &format!(
                "> fill to 3
                 ! source {source}
                 > PUT bytes 0-2/*
                 < 200"
            ),
        );
        let failure = Failure::CompleteEarly { sent: 3, total: None };
        assert_eq!(upload.step(), Step::Failed(failure));
    }
}

#[test]
fn r44_success_after_the_end_of_the_source_was_learned_is_one() {
    let mut upload = created(Length::Unknown, chunks(3, 1));
    play(
        &mut upload,
        "> fill to 3
         ! source 3
         > PUT bytes 0-2/*
         ! source 3 end
         < 200
         > done, 3 bytes",
    );
}

#[test]
fn r44_success_once_everything_was_sent_needs_no_acknowledgement_between() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < lost
         > wait
         > PUT bytes */11
         < 308 bytes=0-8
         > PUT bytes 9-10/11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r44_the_size_that_the_server_names_must_be_the_total() {
    let size = Some(11);
    assert_eq!(read(&format!("200 {STORED}: 11")), Verdict::Complete { size });
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 200 x-goog-stored-content-length: 11
         > done, 11 bytes",
    );
}

#[test]
fn r44_a_size_that_differs_is_a_failure() {
    for size in [0, 7, 10, 12, u64::MAX] {
        let mut upload = known(11);
        play(&mut upload, &format!("> PUT bytes 0-10/11\n< 200 {STORED}: {size}"));
        assert_eq!(upload.step(), Step::Failed(Failure::SizeDiffers { total: 11, size }));
    }
}

#[test]
fn r44_a_size_that_differs_is_a_failure_of_a_question_and_of_a_close_too() {
    for before in ["< lost\n> wait", "< 308 bytes=0-10"] {
        let mut upload = known(11);
        play(
            &mut upload,
            &format!(
                "> PUT bytes 0-10/11
                 {before}
                 > PUT bytes */11
                 < 200 x-goog-stored-content-length: 7
                 > failed: expected an object of 11 bytes at the server, got 7"
            ),
        );
    }
}

#[test]
fn r44_a_size_that_cannot_be_read_says_nothing() {
    for size in ["", "eleven", "+11", "11 bytes", "18446744073709551616"] {
        let verdict = read(&format!("200 {STORED}: {size}"));
        assert_eq!(verdict, Verdict::Complete { size: None }, "{size}");
    }
}

#[test]
fn r44_308_with_the_full_range_is_closed() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308 bytes=0-10
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r44_a_question_that_finds_the_full_range_is_followed_by_a_close() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < lost
         > wait
         > PUT bytes */11
         < 308 bytes=0-10
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r44_a_close_that_gains_nothing_is_repeated_after_a_wait_and_not_for_ever() {
    let mut policy = ClientPolicy::default();
    policy.retry.max_attempts = 4;
    let mut upload = created(Length::Known(11), policy);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308 bytes=0-10
         > PUT bytes */11
         < 308 bytes=0-10
         > wait
         > PUT bytes */11
         < 308 bytes=0-10
         > wait
         > PUT bytes */11
         < 308 bytes=0-10
         > wait
         > PUT bytes */11
         < 308 bytes=0-10
         > failed: no progress in 4 attempts",
    );
}

#[test]
fn r44_no_data_is_sent_once_the_server_has_it_all() {
    let mut upload = known(11);
    answer(&mut upload, incomplete(11));
    for _ in 0..20 {
        match upload.step() {
            Step::Send { body, .. } => {
                assert!(body.is_empty());
                answer(&mut upload, incomplete(11));
            }
            Step::Wait(_) => upload.handle_waited().unwrap(),
            step => {
                assert!(matches!(step, Step::Failed(_)), "{step}");
                return;
            }
        }
    }
    panic!("a close is repeated for ever");
}

#[test]
fn r44_a_close_that_finds_bytes_missing_is_a_server_that_has_lost_them() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308 bytes=0-10
         > PUT bytes */11
         < 308 bytes=0-6
         > failed: expected the server to have at least the 11 bytes it acknowledged, got 7",
    );
}

#[test]
fn r44_nothing_is_sent_after_the_end() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 200");
    let ended = upload.clone();
    upload.cancel();
    assert!(upload.handle_waited().is_err());
    assert_eq!(upload, ended);
    assert_eq!(upload.step(), Step::Done { size: 11 });
}

/// An answer of a kind that does not belong to the request ends the upload, and never as a success.
fn fails(mut upload: Upload, verdict: Verdict) {
    let before = upload.step();
    answer(&mut upload, verdict);
    assert!(matches!(upload.step(), Step::Failed(_)), "{verdict:?} after {before}: {}", upload.step());
}

#[test]
fn an_answer_of_another_kind_is_a_failure() {
    let policy = replayable(ClientPolicy::default(), 1);
    let creating = || Upload::new(Length::Known(11), policy, 1);
    for verdict in [
        incomplete(0),
        incomplete(11),
        Verdict::Complete { size: None },
        Verdict::Complete { size: Some(11) },
        Verdict::Cancelled,
    ] {
        fails(creating(), verdict);
    }
    let sending = || created(Length::Known(11), policy);
    let asking = || {
        let mut upload = sending();
        play(&mut upload, "< lost\n> wait");
        upload
    };
    for upload in [sending(), asking()] {
        fails(upload, Verdict::Created);
    }
}
