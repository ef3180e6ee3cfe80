//! Bugs of real clients: what a 308 says, misread. Each test says what the bug was.
//!
//! Bugs of real servers are here too: they are what a client meets.

use crate::harness::replayable;
use crate::harness::{chunks, created, incomplete, known, play, read, read_creation};
use resumable::client::{ClientPolicy, Failure, Length, Step, Upload, Verdict, Violation};

/// Seven bytes of 20 are sent; nothing is acknowledged.
fn seven_sent() -> Upload {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    play(&mut upload, "> PUT bytes 0-6/20");
    upload
}

/// Nothing was kept: a wait, a question, and the same again.
const FROM_ZERO: &str = "
    < 308
    > wait
    > PUT bytes */20
    < 308
    > PUT bytes 0-6/20";

fn range_is_not_believed(range: &str) {
    let mut upload = seven_sent();
    play(&mut upload, &format!("< 308 Range: {range}"));
    let failure = Failure::Violation(Violation::Range);
    assert_eq!(upload.step(), Step::Failed(failure), "{range}");
}

/// A 308 with a Range that could not be read was retried until 300 s were over.
#[test]
fn b08_a_range_that_cannot_be_read_is_a_failure_and_no_loop() {
    range_is_not_believed("bytes=0-abc");
}

/// A 308 without a Range after a chunk was taken to mean that all of it is committed.
#[test]
fn b09_no_range_is_not_the_whole_chunk() {
    play(&mut seven_sent(), FROM_ZERO);
}

/// When the server said that it had more than was sent, the source was moved forward silently.
#[test]
fn b11_b32_a_server_that_is_ahead_is_a_failure() {
    for answers in ["< 308 bytes=0-9", "< lost\n> wait\n< 308 bytes=0-9"] {
        let mut upload = seven_sent();
        play(&mut upload, answers);
        assert!(matches!(upload.step(), Step::Failed(Failure::ServerAhead { .. })), "{}", upload.step());
    }
}

/// A 308 without a Range, with more data waiting, was "Upload failed".
#[test]
fn b13_b62_no_range_is_no_failure() {
    play(&mut seven_sent(), FROM_ZERO);
    let mut upload = seven_sent();
    play(
        &mut upload,
        "< 308 bytes=0-6
         > PUT bytes 7-13/20
         < 308
         > wait
         > PUT bytes */20
         < 308 bytes=0-9
         > PUT bytes 10-16/20",
    );
}

/// Only the end of the Range was read: `bytes=100-N` was as good as `bytes=0-N`.
#[test]
fn b17_a_range_starts_at_zero() {
    range_is_not_believed("bytes=1-6");
    range_is_not_believed("bytes=100-199");
}

/// A 308 without a Range was an invalid response, a null pointer, or an attribute of `None`.
#[test]
fn b19_b26_b34_no_range_after_a_chunk_is_zero() {
    assert_eq!(read("308"), Verdict::Incomplete { persisted: None });
    play(&mut seven_sent(), FROM_ZERO);
}

/// A 308 without a Range to a question was an exception, or counted as a failure of HTTP.
#[test]
fn b39_b45_no_range_after_a_question_is_zero() {
    let mut upload = seven_sent();
    play(
        &mut upload,
        "< 503
         > wait
         > PUT bytes */20
         < 308
         > PUT bytes 0-6/20",
    );
}

/// On every resume the count of what the server has was taken from the start of the Range, which is always 0.
#[test]
fn b25_progress_is_the_end_of_the_range_and_counts() {
    let mut upload = seven_sent();
    for _ in 0..9 {
        play(&mut upload, "< lost\n> wait");
    }
    play(&mut upload, "< 308 bytes=0-4\n> PUT bytes 5-11/20");
    for _ in 0..9 {
        play(&mut upload, "< lost\n> wait");
    }
    play(&mut upload, "< 308 bytes=0-11\n> PUT bytes 12-18/20");
}

/// The parser wanted `bytes ` before the range, and panicked on what every server sends.
#[test]
fn b43_the_unit_is_followed_by_an_equals_sign() {
    assert_eq!(read("308 bytes=0-42"), incomplete(43));
    range_is_not_believed("bytes 0-2");
    range_is_not_believed("0-2");
}

/// A 308 without a Range after progress kept the old progress.
#[test]
fn b51_no_range_does_not_mean_as_before() {
    let mut upload = seven_sent();
    play(
        &mut upload,
        "< 308 bytes=0-6
         > PUT bytes 7-13/20
         < 308
         > wait
         > PUT bytes */20
         < 308
         > failed: expected the server to have at least the 7 bytes it acknowledged, got 0",
    );
}

/// A 308 whose Range starts elsewhere was an attribute error.
#[test]
fn b58_a_range_that_starts_elsewhere_has_a_clean_error() {
    let mut upload = seven_sent();
    play(
        &mut upload,
        "< 308 bytes=5-9
         > failed: expected an answer that names the persisted bytes as one range from zero, got something else",
    );
}

/// The number in `X-Goog-Upload-Chunk-Granularity` was a string, and taken modulo.
#[test]
fn b27_a_granularity_in_the_answer_to_a_creation_hurts_nobody() {
    for value in ["262144", "0", "", "many"] {
        let answer = format!("200 X-Goog-Upload-Chunk-Granularity: {value} | Location: /u/7");
        assert_eq!(read_creation(&answer), Verdict::Created, "{value}");
    }
}

/// A server that says `bytes=0-0` where it has nothing, or N where it has N bytes, is off by one.
#[test]
fn s13_a_range_that_is_one_too_long_is_not_believed() {
    let mut upload = known(0);
    play(&mut upload, "> PUT bytes */0\n< 308 bytes=0-0");
    assert!(matches!(upload.step(), Step::Failed(Failure::ServerAhead { sent: 0, .. })));
    let mut upload = seven_sent();
    play(&mut upload, "< 308 bytes=0-7");
    assert!(matches!(upload.step(), Step::Failed(Failure::ServerAhead { sent: 7, .. })));
}

/// A server that has nothing says `bytes=0--1`.
#[test]
fn s23_an_inverted_range_is_not_believed() {
    range_is_not_believed("bytes=0--1");
}

/// `bytes=0-0` was read as nothing, because its last position is zero.
#[test]
fn s30_one_byte_is_one_byte() {
    let mut upload = seven_sent();
    play(&mut upload, "< 308 bytes=0-0\n> PUT bytes 1-7/20");
}

/// A server that lost its connection says `bytes=0-NaN`.
#[test]
fn s31_not_a_number_is_not_believed() {
    range_is_not_believed("bytes=0-NaN");
}

/// A server completes the upload when it is asked for its status.
#[test]
fn s12_a_question_that_completes_too_early_is_a_failure() {
    let mut upload = seven_sent();
    play(
        &mut upload,
        "< lost
         > wait
         > PUT bytes */20
         < 200
         > failed: expected success after everything was sent, got it after 7 bytes of 20",
    );
}

/// A server says that it has all of the declared range, whatever came of it: it cannot be told from an honest one, but
/// the size of its object can.
#[test]
fn s15_a_short_object_is_seen_by_its_size() {
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 200 x-goog-stored-content-length: 7
         > failed: expected an object of 11 bytes at the server, got 7",
    );
}

/// A server that has published the object says 404 to everything after: with the answer lost, nobody knows that.
#[test]
fn s17_404_after_a_lost_answer_is_no_success() {
    let lost = "
        > PUT bytes 0-10/11
        < lost
        > wait
        > PUT bytes */11
        < 404";
    let mut upload = known(11);
    play(&mut upload, lost);
    assert_eq!(upload.step(), Step::Failed(Failure::Gone));
    let policy = replayable(ClientPolicy::default(), 1);
    let mut upload = created(Length::Known(11), policy);
    play(&mut upload, lost);
    play(
        &mut upload,
        "> wait
         > create 11 bytes
         < created
         > PUT bytes 0-10/11
         < 200
         > done, 11 bytes",
    );
}
