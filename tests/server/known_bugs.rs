//! What other servers and emulators of this protocol get, or once got, wrong. The numbers are those of the project's
//! list of such faults; a doc line says what happened there.

use std::num::NonZeroU64;

use resumable::server::{Fault, State, StoreReply};
use resumable::{Policy, Saved};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{put, put_whole, status};

fn holding(bytes: &[u8]) -> Host {
    Host::holding(Policy::default(), None, bytes)
}

/// S03: a chunk after a gap was appended, and the upload completed with bytes missing.
#[test]
fn s03_a_chunk_after_a_gap_is_not_appended() {
    let mut host = holding(b"abcd");
    let line = host.refuses(put("bytes 8-11/12", b"ijkl"));
    assert!(line.starts_with("503 Invalid request."), "{line}");
    assert_eq!(host.object(), None);
}

/// S04: a range of ten bytes with a body of three completed an object of three.
#[test]
fn s04_a_short_body_completes_nothing() {
    for chunked in [false, true] {
        let request = put("bytes 0-9/10", b"abc");
        let request = if chunked { request.chunked() } else { request };
        let mut host = holding(b"");
        let line = host.send(request);
        assert!(line.starts_with("400 expected a body of 10 bytes"), "{line}");
        assert_eq!((host.persisted(), host.object()), (0, None));
    }
}

/// S05: malformed ranges ended in 500 with a stack trace.
#[test]
fn s05_a_malformed_range_is_400() {
    for range in ["bytes 0--1/0", "0-3/4", "bytes 0-3", "bytes", ""] {
        let line = holding(b"").refuses(put(range, b""));
        assert!(line.starts_with("400 "), "{range}: {line}");
    }
}

/// S06: what followed the total was not looked at.
#[test]
fn s06_junk_after_the_total_is_400() {
    let line = holding(b"").refuses(put("bytes 0-3/4junk", b"abcd"));
    assert_eq!(line, "400 Failed to parse Content-Range header: expected the end at byte 11, found `j`");
}

/// S07: a range that ends before it starts was accepted.
#[test]
fn s07_an_inverted_range_is_400() {
    let line = holding(b"").refuses(put("bytes 3-0/10", b"abcd"));
    assert_eq!(line, "400 Failed to parse Content-Range header: expected a last position from 3 on, found 0");
}

/// S09: the body of a question was ignored.
#[test]
fn s09_a_question_with_a_body_is_400() {
    let line = holding(b"").refuses(put("bytes */*", b"abcd"));
    assert!(line.starts_with("400 "), "{line}");
}

/// S10: a range past the total was accepted.
#[test]
fn s10_a_range_past_the_total_is_400() {
    let line = holding(b"").refuses(put("bytes 0-10/10", OBJECT));
    assert_eq!(line, "400 Failed to parse Content-Range header: expected a last position below the total 10, found 10");
}

/// S12: any question completed the upload, however little had come.
#[test]
fn s12_a_question_completes_nothing() {
    for question in ["bytes */*", "bytes */11"] {
        let mut host = holding(b"abcd");
        assert_eq!(host.send(status(question)), "308 bytes=0-3");
        assert_eq!(host.object(), None);
    }
}

/// S13: the answer to a question told one byte more than there was, and one byte where there was none.
#[test]
fn s13_the_range_ends_at_the_last_persisted_byte() {
    assert_eq!(holding(b"").send(status("bytes */*")), "308");
    assert_eq!(holding(b"a").send(status("bytes */*")), "308 bytes=0-0");
    assert_eq!(holding(b"abcd").send(status("bytes */*")), "308 bytes=0-3");
}

/// S14: resent bytes were appended a second time.
#[test]
fn s14_resent_bytes_are_not_appended_again() {
    let mut host = holding(b"abcd");
    assert_eq!(host.send(put("bytes 0-6/*", b"abcdefg")), "308 bytes=0-6");
    assert_eq!(host.store.borrow().durable, b"abcdefg");
}

/// S15: 308 credited the range that was declared, not what had come.
#[test]
fn s15_only_what_came_is_credited() {
    let mut host = holding(b"");
    assert_eq!(host.send(put("bytes 0-10/*", b"abcd").length(11).cut()), "closed");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
}

/// S16: what the creation had declared (checksums there, the total here) was forgotten after the first chunk.
#[test]
fn s16_what_the_creation_declared_holds_for_every_chunk() {
    let mut host = Host::new(Policy::default(), Some(11));
    for (range, body) in [("bytes 0-3/*", b"abcd"), ("bytes 4-7/*", b"efgh")] {
        host.send(put(range, body));
        assert_eq!(host.session.total(), Some(11));
    }
    let line = host.refuses(put("bytes 8-11/12", b"ijkl"));
    assert!(line.starts_with("400 expected the declared total of 11"), "{line}");
}

/// S17: a request after completion got 404.
#[test]
fn s17_a_request_after_completion_is_200() {
    let mut host = holding(b"");
    assert_eq!(host.send(put_whole(OBJECT)), "200");
    assert_eq!(host.send(status("bytes */11")), "200");
    assert_eq!(host.send(put("bytes 7-10/11", b"hijk")), "200");
}

/// S19: the Content-Type of a chunk became that of the object.
#[test]
fn s19_the_type_of_a_chunk_means_nothing() {
    let mut plain = holding(b"");
    let mut typed = holding(b"");
    plain.send(put("bytes 0-3/*", b"abcd"));
    typed.send(put("bytes 0-3/*", b"abcd").field("Content-Type", "application/octet-stream"));
    assert_eq!(plain.session, typed.session);
}

/// S20: chunks of unknown total and questions were not understood, and completed the object with what they brought.
#[test]
fn s20_a_chunk_of_unknown_total_completes_nothing() {
    let mut host = holding(b"");
    assert_eq!(host.send(put("bytes 0-3/*", b"abcd")), "308 bytes=0-3");
    assert_eq!(host.send(status("bytes */11")), "308 bytes=0-3");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
    assert_eq!(host.object(), None);
}

/// S21: the answer repeated the end of the range in the request.
#[test]
fn s21_the_answer_tells_what_is_persisted_not_what_was_asked() {
    let policy = Policy { granularity: NonZeroU64::new(4).expect("four"), ..Policy::default() };
    let mut host = Host::new(policy, None);
    assert_eq!(host.send(put("bytes 0-6/*", b"abcdefg")), "308 bytes=0-3");
    assert_eq!(host.send(put("bytes 0-2/*", b"abc")), "308 bytes=0-3");
}

/// S22: more bytes than the total were cut off without a word, and the upload was complete.
#[test]
fn s22_more_than_the_total_is_refused() {
    let mut host = Host::holding(Policy::default(), Some(7), b"abcd");
    let line = host.refuses(put("bytes 4-10/*", b"efghijk"));
    assert!(line.starts_with("400 expected a range within the declared total"), "{line}");
    let line = host.send(put("bytes 4-*/*", b"efghijk").chunked());
    assert_eq!(line, "400 expected a body of 3 bytes as the range says, got more");
    assert_eq!(host.object(), None);
}

/// S23: a fresh session answered with the range `bytes=0--1`.
#[test]
fn s23_nothing_persisted_is_no_range() {
    let mut host = holding(b"");
    host.send(status("bytes */*"));
    assert_eq!(host.fields(), ["Content-Length: 0"]);
}

/// S24: a first chunk in the middle completed an object with zeroes in front.
#[test]
fn s24_a_first_chunk_in_the_middle_is_a_gap() {
    let mut host = holding(b"");
    let line = host.refuses(put("bytes 8-11/12", b"ijkl"));
    assert!(line.starts_with("503 Invalid request."), "{line}");
}

/// S27: a question with a small total shrank the total below what was persisted.
#[test]
fn s27_a_question_shrinks_nothing() {
    let mut host = Host::holding(Policy::default(), Some(11), b"abcdefgh");
    assert_eq!(host.refuses(status("bytes */4")), "308 bytes=0-7");
    assert_eq!((host.session.total(), host.persisted()), (Some(11), 8));
}

/// S28: a range of ten bytes with a body of four was accepted.
#[test]
fn s28_a_length_that_differs_from_the_range_is_400() {
    let line = holding(b"").refuses(put("bytes 0-9/12", b"abcd"));
    assert_eq!(line, "400 expected a body of 10 bytes as the range says, got a length of 4");
}

/// S29: a missing unit was compared as a number that is none, and ended in 409.
#[test]
fn s29_a_missing_unit_is_400() {
    let line = holding(b"").refuses(put("0-3/12", b"abcd"));
    assert!(line.starts_with("400 Failed to parse Content-Range header"), "{line}");
}

/// S30: one persisted byte was read as none.
#[test]
fn s30_one_byte_is_told_and_read_as_one() {
    let line = holding(b"").send(put("bytes 0-0/*", b"a"));
    let range = line.strip_prefix("308 ").expect("a range");
    assert_eq!(resumable::google::range::parse(range.as_bytes()), Ok(1));
}

/// S31: a store that failed made the offset `NaN`, and that was told.
#[test]
fn s31_a_store_that_fails_moves_no_offset() {
    let mut host = holding(b"abcd");
    let mut append = host.open(put("bytes 4-10/11", b"efghijk"));
    host.until(&mut append, "sync to 11");
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    assert_eq!(host.finish(&mut append), "503 the store is unavailable, ask again");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
}

/// S33: each POST of a chunk made a new session, `*/T` was 308 for ever, and a chunk that was not the last completed.
#[test]
fn s33_posts_go_to_one_session_and_only_the_end_completes() {
    let mut host = holding(b"");
    assert_eq!(host.send(put("bytes 0-3/11", b"abcd").method("POST")), "308 bytes=0-3");
    assert_eq!(host.send(put("bytes 4-10/*", b"efghijk").method("POST")), "200");

    let mut host = holding(OBJECT);
    assert_eq!(host.send(status("bytes */11").method("POST")), "200");
    assert_eq!(host.session.state(), State::Complete);
    assert_eq!(host.store.borrow().record.state, Saved::Complete);
}
