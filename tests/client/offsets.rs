//! R40, R41, R45: how far the server is, and what to make of it.

use crate::harness::{chunks, created, known, play, read, replayable};
use resumable::Persisted;
use resumable::client::{ClientPolicy, Failure, Length, Step, Upload, Verdict, Violation};

fn incomplete(bytes: u64) -> Verdict {
    Verdict::Incomplete { persisted: Some(Persisted::confirmed(bytes)) }
}

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
fn r40_a_range_from_zero_is_the_count_of_persisted_bytes() {
    assert_eq!(read("308 bytes=0-42"), incomplete(43));
    assert_eq!(read("308 bytes=0-1999999"), incomplete(2_000_000));
    assert_eq!(read("308 bytes=0-18446744073709551614"), incomplete(u64::MAX));
}

#[test]
fn r40_bytes_0_to_0_is_one_byte() {
    assert_eq!(read("308 bytes=0-0"), incomplete(1));
}

#[test]
fn r40_without_a_range_nothing_is_persisted() {
    assert_eq!(read("308"), Verdict::Incomplete { persisted: None });
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308
         > wait
         > PUT bytes */11
         < 308
         > PUT bytes 0-10/11",
    );
    assert_eq!(upload.persisted(), Persisted::ZERO);
}

#[test]
fn r40_any_other_range_is_a_violation() {
    for range in [
        "bytes=5-9",
        "bytes=1-10",
        "bytes=-5",
        "bytes=0-",
        "bytes=0--1",
        "bytes=0-NaN",
        "bytes=0-3,5-9",
        "bytes=0-3, 5-9",
        "bytes=0-3;",
        "bytes=+0-3",
        "bytes= 0-3",
        "bytes=0-18446744073709551615",
        "bytes=0-18446744073709551616",
        "bytes 0-3",
        "bytes 0-3/10",
        "0-3",
        "items=0-3",
        "bytes=",
        "bytes=*",
    ] {
        let verdict = read(&format!("308 Range: {range}"));
        assert_eq!(verdict, Verdict::Violation(Violation::Range), "{range}");
    }
}

#[test]
fn r40_white_space_around_a_value_is_none_of_it() {
    assert_eq!(read("308 Range:  bytes=0-3\t"), incomplete(4));
}

#[test]
fn r40_two_ranges_are_a_violation_even_if_they_agree() {
    assert_eq!(read("308 bytes=0-6 | Range: bytes=0-6"), Verdict::Violation(Violation::Range));
}

#[test]
fn r40_an_empty_range_is_a_violation() {
    assert_eq!(read("308 Range: "), Verdict::Violation(Violation::Range));
}

#[test]
fn r40_a_violation_fails_the_upload_at_once() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 308 bytes=3-6
         > failed: expected an answer that names the persisted bytes as one range from zero, got something else",
    );
    assert_eq!(upload.step(), Step::Failed(Failure::Violation(Violation::Range)));
}

#[test]
fn r40_a_violation_in_the_answer_to_a_question_fails_too() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < lost
         > wait
         > PUT bytes */11
         < 308 bytes=3-6",
    );
    assert_eq!(upload.step(), Step::Failed(Failure::Violation(Violation::Range)));
}

#[test]
fn r40_ranges_are_absolute_and_never_added_up() {
    let mut upload = created(Length::Known(11), chunks(3, 1));
    play(
        &mut upload,
        "> PUT bytes 0-2/11
         < 308 bytes=0-2
         > PUT bytes 3-5/11
         < 308 bytes=0-5
         > PUT bytes 6-8/11
         < 308 bytes=0-8
         > PUT bytes 9-10/11
         < 200
         > done, 11 bytes",
    );
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

#[test]
fn r45_a_200_that_stands_for_a_308_is_one() {
    for answer in [
        "200 X-HTTP-Status-Code-Override: 308 | Range: bytes=0-6",
        "200 x-http-status-code-override: 308 | range: bytes=0-6",
        "201 X-HTTP-Status-Code-Override: 308 | Range: bytes=0-6",
    ] {
        assert_eq!(read(answer), incomplete(7), "{answer}");
    }
    assert_eq!(read("200 X-HTTP-Status-Code-Override: 308"), Verdict::Incomplete { persisted: None });
}

#[test]
fn r45_the_range_of_an_overridden_200_is_read_as_strictly() {
    assert_eq!(read("200 X-HTTP-Status-Code-Override: 308 | Range: bytes=5-9"), Verdict::Violation(Violation::Range));
}

#[test]
fn r45_an_overridden_200_is_no_success() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 200 X-HTTP-Status-Code-Override: 308 | Range: bytes=0-6
         > PUT bytes 7-10/11
         < 200 X-HTTP-Status-Code-Override: 308 | Range: bytes=0-10
         > PUT bytes */11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r45_another_override_is_neither_success_nor_progress() {
    for answer in [
        "200 X-HTTP-Status-Code-Override: 404",
        "200 X-HTTP-Status-Code-Override: 3080",
        "200 X-HTTP-Status-Code-Override: ",
        "200 X-HTTP-Status-Code-Override: 308 | X-HTTP-Status-Code-Override: 308 | Range: bytes=0-6",
    ] {
        assert_eq!(read(answer), Verdict::Violation(Violation::Answer { code: 200 }), "{answer}");
    }
}

#[test]
fn r45_without_the_override_a_range_makes_no_308_of_a_200() {
    // Fake servers send a Range with the final 200 too.
    assert_eq!(read("200 bytes=0-6"), Verdict::Complete { size: None });
}
