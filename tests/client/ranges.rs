//! R40, R45: how a server says how far it is.

use crate::harness::{chunks, created, incomplete, known, play, read};
use resumable::Persisted;
use resumable::client::{Failure, Length, Step, Verdict, Violation};

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
