//! R42: lost answers, and answers that ask for patience.

use crate::harness::{SEED, chunks, created, known, play, read, read_creation, replayable};
use resumable::client::{ClientPolicy, Length, Upload, Verdict};

/// Statuses after which another try makes sense.
const PATIENCE: [&str; 9] = ["408", "429", "500", "501", "502", "503", "504", "507", "599"];

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
