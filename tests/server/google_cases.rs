//! What Google's servers answer, case by case, as their documentation, their clients' sources and live captures have
//! it: questions and chunks.

use resumable::Policy;
use resumable::server::{Fault, State, StoreReply};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{put, status};

const QUANTUM: usize = 262_144;

/// Bytes that tell their position, as many quanta of them as asked for.
fn quanta(count: usize) -> Vec<u8> {
    (0..251).cycle().take(count * QUANTUM).collect()
}

fn holding(bytes: &[u8]) -> Host {
    Host::holding(Policy::gcs(), None, bytes)
}

/// A host of a service whose chunks may have any size.
fn fine(bytes: &[u8]) -> Host {
    Host::holding(Policy::default(), None, bytes)
}

#[test]
fn c01_a_question_before_the_first_byte_is_308_without_a_range() {
    for question in ["bytes */*", "bytes */11"] {
        assert_eq!(holding(b"").send(status(question)), "308");
    }
}

#[test]
fn c02_a_question_in_the_middle_is_308_with_the_range() {
    for question in ["bytes */*", "bytes */2000000"] {
        let mut host = holding(&quanta(1));
        assert_eq!(host.send(status(question)), "308 bytes=0-262143");
    }
}

#[test]
fn c03_the_total_that_is_persisted_finalizes() {
    let mut host = holding(OBJECT);
    assert_eq!(host.send(status("bytes */11")), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn c04_a_total_below_what_is_persisted_is_308_and_stays_open() {
    let mut host = holding(OBJECT);
    assert_eq!(host.send(status("bytes */7")), "308 bytes=0-10");
    assert_eq!(host.session.state(), State::Open { writer: None });
}

#[test]
fn c05_a_finalize_that_comes_too_early_is_308_with_the_current_range() {
    assert_eq!(holding(b"abcdefg").send(status("bytes */11")), "308 bytes=0-6");
}

#[test]
fn c06_a_chunk_of_unknown_total_is_308_with_the_new_range() {
    let chunk = quanta(1);
    let mut host = holding(b"");
    assert_eq!(host.send(put("bytes 0-262143/*", &chunk)), "308 bytes=0-262143");
    assert_eq!(host.send(put("bytes 262144-524287/*", &chunk)), "308 bytes=0-524287");
}

#[test]
fn c07_a_chunk_before_the_last_is_308() {
    let mut host = holding(b"");
    assert_eq!(host.send(put("bytes 0-262143/262145", &quanta(1))), "308 bytes=0-262143");
}

#[test]
fn c08_the_last_chunk_is_200() {
    let mut host = holding(&quanta(1));
    assert_eq!(host.send(put("bytes 262144-262144/262145", b"z")), "200");
}

#[test]
fn c09_resent_bytes_are_ignored_without_comparing_them_and_the_rest_is_appended() {
    let mut host = fine(b"abcd");
    assert_eq!(host.send(put("bytes 0-6/*", b"ABCDefg")), "308 bytes=0-6");
    assert_eq!(host.send(put("bytes 0-6/*", b"ABCDEFG")), "308 bytes=0-6");
    assert_eq!(host.store.borrow().durable, b"abcdefg");
}

#[test]
fn c10_a_gap_is_503_with_the_text_by_which_clients_know_it() {
    let mut host = fine(b"abcd");
    assert_eq!(
        host.refuses(put("bytes 7-10/11", b"hijk")),
        "503 Invalid request.  According to the Content-Range header, the upload offset is 7 byte(s), which exceeds \
         already uploaded size of 4 byte(s)."
    );
    assert_eq!(host.fields()[0], "Content-Type: text/plain; charset=utf-8");
}

#[test]
fn c11_no_503_says_earlier_which_java_storage_takes_for_another_failure() {
    let mut host = fine(b"abcd");
    let gap = host.send(put("bytes 7-10/11", b"hijk"));
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    let unavailable = host.send(put("bytes 4-10/11", b"efghijk"));
    for line in [&gap, &unavailable] {
        assert!(line.starts_with("503 ") && !line.contains("earlier"), "{line}");
    }
    assert!(gap.contains("Content-Range") && !unavailable.contains("Content-Range"));
}

#[test]
fn c12_a_chunk_below_256_kib_that_is_not_the_last_is_400() {
    let mut host = holding(b"");
    assert_eq!(
        host.refuses(put("bytes 0-10/*", OBJECT)),
        "400 expected a request that is not the last to reach a new multiple of 262144 bytes, got one that ends at 11"
    );
}

#[test]
fn c13_a_chunk_that_is_no_multiple_of_256_kib_is_rounded_down() {
    // As Drive kept 2359296 of 2500000 bytes, in smaller numbers.
    let mut chunk = quanta(2);
    chunk.extend_from_slice(OBJECT);
    let mut host = holding(b"");
    assert_eq!(host.send(put("bytes 0-524298/*", &chunk)), "308 bytes=0-524287");
}

#[test]
fn c14_a_store_that_keeps_part_of_a_chunk_is_told_as_it_is() {
    let mut host = fine(b"");
    let mut append = host.open(put("bytes 0-10/*", OBJECT));
    host.until(&mut append, "sync to 11");
    host.store_keeps(&mut append, 7);
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-6");
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    host.finish(&mut append);
    assert_eq!(host.send(put("bytes 7-10/11", &OBJECT[7..])), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn c15_a_body_that_is_shorter_than_its_range_is_400() {
    let mut host = fine(b"abcd");
    assert_eq!(
        host.refuses(put("bytes 4-10/11", b"efg")),
        "400 expected a body of 7 bytes as the range says, got a length of 3"
    );
}

#[test]
fn c16_a_range_of_one_byte_of_nothing_is_400() {
    let line = holding(b"").refuses(put("bytes 0-0/0", b""));
    assert_eq!(line, "400 Failed to parse Content-Range header: expected a last position below the total 0, found 0");
}

#[test]
fn c17_an_inverted_range_and_one_past_the_total_are_400() {
    for range in ["bytes 10-4/11", "bytes 4-11/11", "bytes 11-10/11"] {
        let line = fine(b"abcd").refuses(put(range, b"efghijk"));
        assert!(line.starts_with("400 Failed to parse Content-Range header"), "{line}");
    }
}

#[test]
fn c18_a_missing_unit_is_400() {
    assert_eq!(
        fine(b"abcd").refuses(status("*/*")),
        "400 Failed to parse Content-Range header: expected `bytes ` at the start, found `*` at byte 0"
    );
}

#[test]
fn c19_a_question_with_a_body_is_400() {
    assert_eq!(
        fine(b"abcd").refuses(put("bytes */*", b"efghijk")),
        "400 expected a status request without a body, got one with a body"
    );
}
