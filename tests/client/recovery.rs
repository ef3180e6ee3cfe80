//! R42, R43: answers that ask for patience, lost answers, and sessions that are gone.

use crate::harness::{SEED, answer, chunks, created, due, known, play, read, read_creation};
use crate::harness::{replayable, wait};
use resumable::Persisted;
use resumable::client::{ClientPolicy, Failure, Length, Source, Step, Upload, Verdict};

/// Statuses after which another try makes sense.
const PATIENCE: [&str; 9] = ["408", "429", "500", "501", "502", "503", "504", "507", "599"];

fn replayable_with(restarts: u8) -> ClientPolicy {
    replayable(ClientPolicy::default(), restarts)
}

#[test]
fn r42_each_status_that_asks_for_patience() {
    for status in PATIENCE {
        let unavailable = Verdict::Unavailable { retry_after: None };
        assert_eq!(read(status), unavailable, "{status}");
        assert_eq!(read_creation(status), unavailable, "{status} to a creation");
    }
}

#[test]
fn r42_data_is_not_sent_again_before_the_server_was_asked() {
    for answer in PATIENCE.into_iter().chain(["lost"]) {
        let mut upload = known(11);
        play(
            &mut upload,
            &format!(
                "> PUT bytes 0-10/11
                 < {answer}
                 > wait
                 > PUT bytes */11
                 < 308 bytes=0-6
                 > PUT bytes 7-10/11
                 < 200
                 > done, 11 bytes"
            ),
        );
    }
}

#[test]
fn r42_a_lost_question_is_asked_again() {
    for answer in PATIENCE.into_iter().chain(["lost"]) {
        let mut upload = known(11);
        play(
            &mut upload,
            &format!(
                "> PUT bytes 0-10/11
                 < lost
                 > wait
                 > PUT bytes */11
                 < {answer}
                 > wait
                 > PUT bytes */11
                 < 308 bytes=0-2
                 > PUT bytes 3-10/11"
            ),
        );
    }
}

#[test]
fn r42_a_lost_creation_is_made_again() {
    for answer in PATIENCE.into_iter().chain(["lost"]) {
        let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
        play(
            &mut upload,
            &format!(
                "> create 11 bytes
                 < {answer}
                 > wait
                 > create 11 bytes
                 < created
                 > PUT bytes 0-10/11"
            ),
        );
    }
}

#[test]
fn r42_a_lost_close_is_a_question_and_made_again() {
    for answer in PATIENCE.into_iter().chain(["lost"]) {
        let mut upload = known(11);
        play(
            &mut upload,
            &format!(
                "> PUT bytes 0-10/11
                 < 308 bytes=0-10
                 > PUT bytes */11
                 < {answer}
                 > wait
                 > PUT bytes */11
                 < 200
                 > done, 11 bytes"
            ),
        );
    }
}

#[test]
fn r42_a_lost_cancel_is_made_again() {
    for answer in PATIENCE.into_iter().chain(["lost"]) {
        let mut upload = known(11);
        play(
            &mut upload,
            &format!(
                "! cancel
                 > DELETE
                 < {answer}
                 > wait
                 > DELETE
                 < 499
                 > cancelled"
            ),
        );
    }
}

#[test]
fn r42_the_lost_answer_was_the_last_one_and_all_is_done() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < lost
         > wait
         > PUT bytes */11
         < 201
         > done, 11 bytes",
    );
}

#[test]
fn r42_with_an_unknown_length_the_question_names_no_total() {
    let mut upload = created(Length::Unknown, chunks(3, 1));
    play(
        &mut upload,
        "> fill to 3
         ! source 3
         > PUT bytes 0-2/*
         < lost
         > wait
         > PUT bytes */*
         < 308 bytes=0-1
         > fill to 5",
    );
}

#[test]
fn r42_the_503_of_a_gap_leads_back_to_what_the_server_has() {
    // Google answers a gap with 503 and a text. Only a server that lost bytes can see one from this client.
    let mut upload = created(Length::Known(11), replayable(chunks(7, 1), 0));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < 503 Content-Type: text/plain; charset=utf-8
         > wait
         > PUT bytes */11
         < 308 bytes=0-2
         > wait
         > PUT bytes */11
         < 308 bytes=0-2
         > PUT bytes 3-9/11",
    );
}

#[test]
fn r42_a_server_that_still_reads_the_lost_request_has_more_the_next_time() {
    // The offset of a question's answer may be old when the next one comes: what a zombie delivers is no surprise.
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < lost
         > wait
         > PUT bytes */11
         < 308 bytes=0-2
         > PUT bytes 3-10/11
         < lost
         > wait
         > PUT bytes */11
         < 308 bytes=0-8
         > PUT bytes 9-10/11",
    );
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
