//! R49: giving an upload up, and answers to older requests.

use crate::harness::{SEED, answer, attempt, chunks, created, due, incomplete, known, play};
use crate::harness::{replayable, wait};
use resumable::ClientSnapshot;
use resumable::client::{ClientError, ClientPolicy, Failure, Length, State, Step, Upload, Verdict};

#[test]
fn r49_499_200_204_and_404_all_mean_cancelled() {
    for status in ["499", "200", "204", "404"] {
        let mut upload = known(11);
        play(
            &mut upload,
            &format!(
                "> PUT bytes 0-10/11
                 ! cancel
                 > DELETE
                 < {status}
                 > cancelled"
            ),
        );
        assert_eq!(upload.state(), State::Cancelled);
        assert_eq!(upload.snapshot(), None);
    }
}

#[test]
fn r49_a_cancel_that_is_refused_is_a_failure() {
    for code in [400, 401, 403, 405] {
        let mut upload = known(11);
        play(&mut upload, &format!("! cancel\n> DELETE\n< {code}"));
        assert_eq!(upload.step(), Step::Failed(Failure::Refused { code }));
    }
}

#[test]
fn r49_a_cancel_that_is_answered_with_progress_is_a_failure() {
    let mut upload = known(11);
    play(&mut upload, "! cancel\n> DELETE\n< 308 bytes=0-6");
    assert!(matches!(upload.step(), Step::Failed(Failure::Violation(_))), "{}", upload.step());
}

#[test]
fn r49_a_cancel_that_is_never_answered_ends() {
    let mut upload = known(11);
    upload.cancel();
    for _ in 0..9 {
        play(&mut upload, "> DELETE\n< lost\n> wait");
    }
    play(&mut upload, "> DELETE\n< lost\n> failed: no progress in 10 attempts");
}

#[test]
fn r49_before_there_is_a_session_giving_up_is_all() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    play(&mut upload, "> create 11 bytes\n! cancel\n> cancelled");
}

#[test]
fn r49_while_waiting_for_a_session_giving_up_is_all() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    play(&mut upload, "> create 11 bytes\n< lost");
    assert_eq!(due(&upload), "wait");
    play(&mut upload, "! cancel\n> cancelled");
}

#[test]
fn r49_while_waiting_for_another_session_giving_up_is_all() {
    // The old session is gone: there is nothing to cancel.
    let mut upload = created(Length::Known(11), replayable(ClientPolicy::default(), 1));
    play(&mut upload, "> PUT bytes 0-10/11\n< 404");
    assert_eq!(due(&upload), "wait");
    play(&mut upload, "! cancel\n> cancelled");
    let mut upload = created(Length::Known(11), replayable(ClientPolicy::default(), 1));
    play(&mut upload, "< 404\n> wait\n> create 11 bytes\n! cancel\n> cancelled");
}

#[test]
fn r49_while_sending() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n! cancel\n> DELETE\n< 499\n> cancelled");
}

#[test]
fn r49_while_asking() {
    let mut upload = known(11);
    play(
        &mut upload,
        "< lost
         > wait
         > PUT bytes */11
         ! cancel
         > DELETE
         < 499
         > cancelled",
    );
}

#[test]
fn r49_while_filling() {
    let mut upload = created(Length::Unknown, chunks(3, 1));
    play(&mut upload, "> fill to 3\n! cancel\n> DELETE\n< 499\n> cancelled");
}

#[test]
fn r49_while_waiting() {
    let mut upload = known(11);
    play(&mut upload, "< lost");
    assert_eq!(due(&upload), "wait");
    play(&mut upload, "! cancel\n> DELETE\n< 499\n> cancelled");
}

#[test]
fn r49_while_confirming() {
    // The object is whole at the server. It says 404 to a cancel then, and keeps the object.
    let record = ClientSnapshot { persisted: 3, total: None };
    let mut upload = Upload::resume(record, chunks(3, 1), SEED);
    play(
        &mut upload,
        "> PUT bytes */*
         < 200
         > fill to the end
         ! cancel
         > DELETE
         < 404
         > cancelled",
    );
}

#[test]
fn r49_twice_is_once() {
    let mut upload = known(11);
    play(&mut upload, "! cancel\n> DELETE");
    let once = upload.clone();
    upload.cancel();
    assert_eq!(upload, once, "the request that is under way is still the one");
}

#[test]
fn r49_again_while_waiting_to_repeat_the_cancel_does_not_skip_the_wait() {
    // Or a host that gives up in a loop would send a DELETE each time (R48).
    let mut upload = known(11);
    play(&mut upload, "! cancel\n> DELETE\n< 503 Retry-After: 7");
    let waiting = upload.clone();
    upload.cancel();
    assert_eq!(upload, waiting);
    play(&mut upload, "> wait\n> DELETE\n< 204\n> cancelled");
}

#[test]
fn r49_after_the_end_nothing_changes() {
    let done = {
        let mut upload = known(11);
        play(&mut upload, "> PUT bytes 0-10/11\n< 200");
        upload
    };
    let failed = {
        let mut upload = known(11);
        play(&mut upload, "> PUT bytes 0-10/11\n< 403");
        upload
    };
    let cancelled = {
        let mut upload = known(11);
        play(&mut upload, "! cancel\n< 499");
        upload
    };
    for ended in [done, failed, cancelled] {
        let mut upload = ended.clone();
        upload.cancel();
        assert_eq!(upload, ended);
    }
}

#[test]
fn r49_the_upload_is_not_taken_up_again_once_it_is_cancelled() {
    // The answer to the data comes while the DELETE is under way: it is for an older attempt.
    let mut upload = known(11);
    let sent = attempt(&upload);
    upload.cancel();
    let cancelling = upload.clone();
    for verdict in [incomplete(7), Verdict::Complete { size: None }, Verdict::Gone] {
        let error = upload.handle_response(sent, verdict).unwrap_err();
        assert!(matches!(error, ClientError::StaleAttempt { .. }));
    }
    assert_eq!(upload, cancelling);
    play(&mut upload, "> DELETE\n< 204\n> cancelled");
}

#[test]
fn r49_an_answer_to_a_creation_that_was_given_up_is_stale() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    let creation = attempt(&upload);
    upload.cancel();
    assert!(upload.handle_response(creation, Verdict::Created).is_err());
    assert_eq!(upload.step(), Step::Cancelled);
}

#[test]
fn r49_an_answer_to_an_older_attempt_changes_nothing() {
    let mut upload = known(11);
    let first = attempt(&upload);
    play(&mut upload, "> PUT bytes 0-10/11\n< lost");
    let waiting = upload.clone();
    assert_eq!(
        upload.handle_response(first, Verdict::Complete { size: None }),
        Err(ClientError::StaleAttempt { current: first, got: first }),
        "it was given up for lost"
    );
    assert_eq!(upload, waiting);
    wait(&mut upload);
    let second = attempt(&upload);
    assert!(second > first);
    let asking = upload.clone();
    for stale in [upload.handle_response(first, incomplete(11)), upload.handle_lost(first)] {
        let error = ClientError::StaleAttempt { current: second, got: first };
        assert_eq!(stale, Err(error));
    }
    assert_eq!(upload, asking);
}

#[test]
fn r49_an_attempt_is_answered_once() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    let first = attempt(&upload);
    upload.handle_response(first, incomplete(7)).unwrap();
    let second = upload.clone();
    assert!(upload.handle_response(first, incomplete(7)).is_err());
    assert!(upload.handle_lost(first).is_err());
    assert_eq!(upload, second, "7 acknowledged bytes are not 14");
}

#[test]
fn r49_attempts_are_numbered_from_1_and_go_up_across_sessions() {
    let mut upload = Upload::new(Length::Known(11), replayable(ClientPolicy::default(), 1), SEED);
    let mut numbers = Vec::new();
    for verdict in [Verdict::Created, Verdict::Gone, Verdict::Created, incomplete(3), Verdict::Complete { size: None }]
    {
        if due(&upload) == "wait" {
            wait(&mut upload);
        }
        numbers.push(attempt(&upload).get());
        answer(&mut upload, verdict);
    }
    assert_eq!(upload.step(), Step::Done { size: 11 });
    assert_eq!(numbers[0], 1);
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

#[test]
fn r49_a_wait_that_goes_over_does_not_make_an_older_attempt_new() {
    let mut upload = known(11);
    let first = attempt(&upload);
    play(&mut upload, "< 503\n> wait\n> PUT bytes */11\n< 308 bytes=0-2");
    assert_eq!(due(&upload), "PUT bytes 3-10/11");
    let third = upload.clone();
    assert!(upload.handle_response(first, incomplete(11)).is_err());
    assert_eq!(upload, third);
}
