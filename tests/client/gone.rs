//! R43: sessions that are gone or cancelled, and requests that are refused.

use crate::harness::{SEED, answer, chunks, created, due, play, read, replayable, wait};
use resumable::Persisted;
use resumable::client::{ClientPolicy, Failure, Length, Source, Step, Upload, Verdict};

fn replayable_with(restarts: u8) -> ClientPolicy {
    replayable(ClientPolicy::default(), restarts)
}

#[test]
fn r43_404_and_410_mean_gone() {
    assert_eq!(read("404"), Verdict::Gone);
    assert_eq!(read("410"), Verdict::Gone);
}

#[test]
fn r43_a_gone_session_is_a_failure_if_the_source_is_read_once() {
    for (status, restarts) in [("404", 0), ("404", 2), ("410", 0), ("410", 2)] {
        let policy = ClientPolicy { source: Source::Once, restarts, ..ClientPolicy::default() };
        let mut upload = created(Length::Known(11), policy);
        play(&mut upload, &format!("> PUT bytes 0-10/11\n< {status}"));
        assert_eq!(upload.step(), Step::Failed(Failure::Gone));
    }
}

#[test]
fn r43_a_gone_session_is_a_failure_without_restarts() {
    let mut upload = created(Length::Known(11), replayable_with(0));
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 410
         > failed: the session is gone",
    );
}

#[test]
fn r43_one_restart_is_one_new_session_from_zero() {
    let mut upload = created(Length::Known(11), replayable(chunks(7, 1), 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < 404
         > wait
         > create 11 bytes",
    );
    assert_eq!(upload.persisted(), Persisted::ZERO);
    assert_eq!(upload.snapshot(), None, "there is no session to save");
    play(
        &mut upload,
        "< created
         > PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < 404
         > failed: the session is gone",
    );
}

#[test]
fn r43_two_restarts_are_two_new_sessions() {
    let mut upload = created(Length::Known(11), replayable_with(2));
    for _ in 0..2 {
        play(
            &mut upload,
            "> PUT bytes 0-10/11
             < 410
             > wait
             > create 11 bytes
             < created",
        );
    }
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 404
         > failed: the session is gone",
    );
}

#[test]
fn r43_the_new_session_has_what_was_sent_to_it_and_no_more() {
    let mut upload = created(Length::Known(11), replayable(chunks(3, 1), 1));
    play(
        &mut upload,
        "> PUT bytes 0-2/11
         < 308 bytes=0-2
         > PUT bytes 3-5/11
         < 404
         > wait
         > create 11 bytes
         < created
         > PUT bytes 0-2/11
         < 308 bytes=0-5
         > failed: expected the server to have at most the 3 bytes that were sent, got 6",
    );
}

#[test]
fn r43_a_new_session_is_not_complete_because_of_what_the_old_one_got() {
    let mut upload = created(Length::Known(11), replayable(chunks(7, 1), 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < 404
         > wait
         > create 11 bytes
         < created
         > PUT bytes 0-6/11
         < 200
         > failed: expected success after everything was sent, got it after 7 bytes of 11",
    );
}

#[test]
fn r43_a_session_that_a_question_finds_gone_is_replaced_too() {
    let mut upload = created(Length::Known(11), replayable_with(1));
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < lost
         > wait
         > PUT bytes */11
         < 404
         > wait
         > create 11 bytes
         < created
         > PUT bytes 0-10/11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r43_an_unknown_length_that_was_learned_stays_known_after_a_restart() {
    let mut upload = created(Length::Unknown, replayable(chunks(3, 1), 1));
    play(
        &mut upload,
        "> fill to 3
         ! source 3
         > PUT bytes 0-2/*
         < 308 bytes=0-2
         > fill to 6
         ! source 5 end
         > PUT bytes 3-4/5
         < 410
         > wait
         > create 5 bytes
         < created
         > PUT bytes 0-2/5
         < 308 bytes=0-2
         > PUT bytes 3-4/5
         < 200
         > done, 5 bytes",
    );
}

#[test]
fn r43_restarts_count_as_attempts_without_progress() {
    // A server that makes sessions and loses them at once is not asked 255 times.
    let mut policy = replayable_with(255);
    policy.retry.max_attempts = 4;
    let mut upload = Upload::new(Length::Known(11), policy, SEED);
    for _ in 0..3 {
        play(
            &mut upload,
            "> create 11 bytes
             < created
             > PUT bytes 0-10/11
             < 404
             > wait",
        );
    }
    play(
        &mut upload,
        "> create 11 bytes
         < created
         > PUT bytes 0-10/11
         < 404
         > failed: no progress in 4 attempts",
    );
}

#[test]
fn r43_499_means_cancelled_by_somebody_else() {
    assert_eq!(read("499"), Verdict::Cancelled);
    let mut upload = created(Length::Known(11), replayable_with(2));
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 499",
    );
    assert_eq!(upload.step(), Step::Failed(Failure::Cancelled));
    let mut upload = created(Length::Known(11), replayable_with(2));
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 503
         > wait
         > PUT bytes */11
         < 499
         > failed: the session was cancelled by somebody else",
    );
}

#[test]
fn r43_any_other_4xx_fails_with_its_status() {
    for code in 400..500 {
        if matches!(code, 404 | 408 | 410 | 429 | 499) {
            continue;
        }
        assert_eq!(read(&code.to_string()), Verdict::Refused { code });
        let mut upload = created(Length::Known(11), replayable_with(2));
        answer(&mut upload, Verdict::Refused { code });
        assert_eq!(upload.step(), Step::Failed(Failure::Refused { code }));
        assert_eq!(due(&upload), format!("failed: the server refused the request with {code}"));
    }
}

#[test]
fn r43_a_redirect_is_not_followed_and_fails_with_its_status() {
    // Only 308 without an address is of this protocol; a session is never looked for elsewhere.
    for code in [300, 301, 302, 303, 304, 305, 307] {
        let answer = format!("{code} Location: https://127.0.0.1/elsewhere");
        assert_eq!(read(&answer), Verdict::Refused { code });
    }
}

#[test]
fn r43_a_creation_that_is_refused_fails_with_its_status() {
    for (answer, code) in
        [("400", 400), ("401", 401), ("403", 403), ("404", 404), ("410", 410), ("412", 412), ("499", 499)]
    {
        let mut upload = Upload::new(Length::Known(11), replayable_with(2), SEED);
        play(&mut upload, &format!("> create 11 bytes\n< {answer}"));
        assert_eq!(upload.step(), Step::Failed(Failure::Refused { code }));
    }
}

#[test]
fn r43_a_restart_waits_before_it_creates() {
    let mut upload = created(Length::Known(11), replayable_with(1));
    answer(&mut upload, Verdict::Gone);
    assert!(!wait(&mut upload).is_zero());
}
