//! R41: what the server has, held against what it acknowledged and what it was sent.

use crate::harness::{chunks, created, play, replayable};
use resumable::Persisted;
use resumable::client::{ClientPolicy, Failure, Length, Step, Upload};

/// `0..7` of 11 are acknowledged, `7..10` are sent.
fn seven_acknowledged(policy: ClientPolicy) -> Upload {
    let mut upload = created(Length::Known(11), policy);
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11",
    );
    upload
}

#[test]
fn r41_everything_sent_was_kept() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11",
    );
    assert_eq!(upload.persisted(), Persisted::confirmed(7));
}

#[test]
fn r41_a_part_was_kept_and_the_rest_is_sent_first() {
    let mut upload = created(Length::Known(11), ClientPolicy::default());
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308 bytes=0-2
         > PUT bytes 3-10/11
         < 308 bytes=0-9
         > PUT bytes 10-10/11
         < 201
         > done, 11 bytes",
    );
}

#[test]
fn r41_nothing_was_kept_of_the_first_chunk() {
    // A = P = 0 < S: the same again, after a wait and a question.
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308
         > wait
         > PUT bytes */11
         < 308
         > PUT bytes 0-6/11",
    );
}

#[test]
fn r41_nothing_was_kept_of_a_later_chunk() {
    // A = P = 7 < S = 11.
    let mut upload = seven_acknowledged(chunks(7, 1));
    play(
        &mut upload,
        "< 308 bytes=0-6
         > wait
         > PUT bytes */11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r41_more_than_was_sent_is_a_failure_and_nothing_is_skipped() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 308 bytes=0-7",
    );
    assert_eq!(upload.step(), Step::Failed(Failure::ServerAhead { sent: 7, persisted: Persisted::confirmed(8) }));
}

#[test]
fn r41_more_than_was_sent_is_a_failure_in_the_answer_to_a_question_too() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < lost
         > wait
         > PUT bytes */11
         < 308 bytes=0-10
         > failed: expected the server to have at most the 7 bytes that were sent, got 11",
    );
}

#[test]
fn r41_more_than_was_sent_is_a_failure_even_if_the_source_has_it() {
    // Nine bytes are at hand, three of them were sent: the other six cannot be at the server.
    let mut upload = created(Length::Unknown, replayable(chunks(3, 1), 1));
    play(
        &mut upload,
        "> fill to 3
         ! source 9
         > PUT bytes 0-2/*
         < 308 bytes=0-5
         > failed: expected the server to have at most the 3 bytes that were sent, got 6",
    );
}

#[test]
fn r41_bytes_whose_answer_was_lost_count_as_sent() {
    // What a lost request brought may turn up later: a server may still be reading an older connection.
    let mut upload = created(Length::Known(11), ClientPolicy::default());
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
         < 308 bytes=0-9
         > PUT bytes 10-10/11",
    );
}

#[test]
fn r41_what_an_older_longer_request_brought_may_turn_up_after_a_shorter_one() {
    let mut upload = created(Length::Known(100), chunks(30, 1));
    play(
        &mut upload,
        "> PUT bytes 0-29/100
         < lost
         > wait
         > PUT bytes */100
         < 308 bytes=0-6
         > PUT bytes 7-36/100
         < 503
         > wait
         > PUT bytes */100
         < 308 bytes=0-29
         > PUT bytes 30-59/100",
    );
}

#[test]
fn r41_less_than_was_acknowledged_is_a_failure_if_the_source_is_read_once() {
    let mut upload = seven_acknowledged(chunks(7, 1));
    play(&mut upload, "< 308 bytes=0-2");
    assert_eq!(
        upload.step(),
        Step::Failed(Failure::ServerBehind {
            acknowledged: Persisted::confirmed(7),
            persisted: Persisted::confirmed(3)
        })
    );
}

#[test]
fn r41_less_than_was_acknowledged_is_a_failure_in_the_answer_to_a_question_too() {
    let mut upload = seven_acknowledged(chunks(7, 1));
    play(
        &mut upload,
        "< 500
         > wait
         > PUT bytes */11
         < 308 bytes=0-5
         > failed: expected the server to have at least the 7 bytes it acknowledged, got 6",
    );
}

#[test]
fn r41_no_range_after_an_acknowledgement_is_asked_about_first() {
    // Google's servers leave the Range out of a 308 to data once in a while (google-cloud-cpp#7877).
    let mut upload = seven_acknowledged(chunks(7, 1));
    play(
        &mut upload,
        "< 308
         > wait
         > PUT bytes */11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r41_no_range_in_the_answer_to_a_question_is_nothing() {
    for first in ["308", "503", "lost"] {
        let mut upload = seven_acknowledged(chunks(7, 1));
        play(
            &mut upload,
            &format!(
                "< {first}
                 > wait
                 > PUT bytes */11
                 < 308
                 > failed: expected the server to have at least the 7 bytes it acknowledged, got 0"
            ),
        );
    }
}

/// The server has lost four of the seven acknowledged bytes, and the source can be read again.
fn rewound() -> Upload {
    let mut upload = seven_acknowledged(replayable(chunks(7, 1), 0));
    play(
        &mut upload,
        "< 308 bytes=0-2
         > wait
         > PUT bytes */11
         < 308 bytes=0-2
         > PUT bytes 3-9/11",
    );
    upload
}

#[test]
fn r41_a_source_that_can_be_read_again_goes_back_once() {
    let mut upload = rewound();
    assert_eq!(upload.persisted(), Persisted::confirmed(3));
    play(
        &mut upload,
        "< 308 bytes=0-9
         > PUT bytes 10-10/11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r41_a_source_that_can_be_read_again_does_not_go_back_twice() {
    let mut upload = rewound();
    play(
        &mut upload,
        "< 308 bytes=0-9
         > PUT bytes 10-10/11
         < 308 bytes=0-5
         > failed: expected the server to have at least the 10 bytes it acknowledged, got 6",
    );
}

#[test]
fn r41_what_was_sent_before_going_back_may_turn_up_again() {
    let mut upload = rewound();
    play(
        &mut upload,
        "< lost
         > wait
         > PUT bytes */11
         < 308 bytes=0-10
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r41_going_back_to_zero_is_going_back() {
    let mut upload = seven_acknowledged(replayable(chunks(7, 1), 0));
    play(
        &mut upload,
        "< 503
         > wait
         > PUT bytes */11
         < 308",
    );
    assert_eq!(upload.persisted(), Persisted::ZERO);
    play(
        &mut upload,
        "> wait
         > PUT bytes */11
         < 308
         > PUT bytes 0-6/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11",
    );
}
