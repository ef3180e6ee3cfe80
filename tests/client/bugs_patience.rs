//! Bugs of real clients: sessions, retries and settings. Each test says what the bug was.

use core::time::Duration;

use crate::harness::{SEED, chunks, created, known, play, read, replayable};
use resumable::client::{ChunkSize, ChunkSizeError, ClientPolicy, Failure, Length, Step};
use resumable::client::{Upload, Verdict};

/// 404 before anything was kept started again from zero at the same dead address.
#[test]
fn b18_a_gone_session_is_replaced_by_a_new_one() {
    let mut upload = created(Length::Known(11), replayable(chunks(7, 1), 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 404
         > wait
         > create 11 bytes",
    );
}

/// 404 to a question started again from zero at the same address, eleven times.
#[test]
fn b59_a_session_that_a_question_finds_gone_is_not_used_again() {
    let mut upload = created(Length::Known(11), replayable(chunks(7, 1), 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/11
         < 503
         > wait
         > PUT bytes */11
         < 404
         > wait
         > create 11 bytes",
    );
    let mut upload = known(11);
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 503
         > wait
         > PUT bytes */11
         < 404
         > failed: the session is gone",
    );
}

/// A date in Retry-After was a value error.
#[test]
fn b28_retry_after_may_be_a_date() {
    let answer = "503 Date: Sun, 06 Nov 1994 08:49:37 GMT | Retry-After: Sun, 06 Nov 1994 08:49:44 GMT";
    let retry_after = Some(Duration::from_secs(7));
    assert_eq!(read(answer), Verdict::Unavailable { retry_after });
}

/// A server that never keeps anything was sent the first chunk for ever.
#[test]
fn b50_a_server_that_keeps_nothing_is_given_up() {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    for _ in 0..9 {
        play(
            &mut upload,
            "> PUT bytes 0-6/20
             < 308
             > wait
             > PUT bytes */20
             < 308",
        );
    }
    play(
        &mut upload,
        "> PUT bytes 0-6/20
         < 308
         > failed: no progress in 10 attempts",
    );
}

/// After a lost creation the answer to the second one was dropped, and the data sent to no address.
#[test]
fn b57_the_second_creation_makes_the_session() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    play(
        &mut upload,
        "> create 11 bytes
         < lost
         > wait
         > create 11 bytes
         < 201 Location: /u/7
         > PUT bytes 0-10/11",
    );
}

/// A success without an address was taken for a session.
#[test]
fn a_creation_without_an_address_is_a_failure() {
    for answer in ["200", "201 Location: ", "200 Location: /u/7 | Location: /u/7"] {
        let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
        play(
            &mut upload,
            &format!(
                "> create 11 bytes
                 < {answer}
                 > failed: expected the address of the new session, got none that can be used"
            ),
        );
    }
}

/// 403 was tried again twelve times.
#[test]
fn b60_403_is_final() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 403");
    assert_eq!(upload.step(), Step::Failed(Failure::Refused { code: 403 }));
    let mut upload = known(11);
    play(
        &mut upload,
        "< lost
         > wait
         > PUT bytes */11
         < 403
         > failed: the server refused the request with 403",
    );
}

/// The size of a chunk was never checked, and its arithmetic wrapped.
#[test]
fn b67_a_chunk_size_is_a_multiple_above_zero() {
    for (bytes, granularity) in [(0, 1), (0, 0), (1, 0), (10, 3), (262_143, 262_144)] {
        let error = ChunkSizeError { granularity, bytes };
        assert_eq!(ChunkSize::new(bytes, granularity), Err(error));
    }
    assert_eq!(ChunkSize::new(9, 3).map(ChunkSize::bytes), Ok(9));
}
