//! What Google's servers answer, case by case, as their documentation, their clients' sources and live captures have
//! it: totals, completion and what ends an upload. Where those say nothing, the name says what is done here.

use resumable::Policy;
use resumable::google::Options;
use resumable::server::{Fault, Rejection, State, StoreReply};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{delete, put, put_whole, status};

const ELEVEN: Option<u64> = Some(11);

/// A host of a service whose chunks may have any size.
fn fine(bytes: &[u8]) -> Host {
    Host::holding(Policy::default(), None, bytes)
}

fn complete() -> Host {
    let mut host = fine(b"");
    assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200");
    host
}

#[test]
fn c20_after_completion_every_request_is_200_and_its_data_is_ignored() {
    let mut host = complete();
    for request in [
        status("bytes */*"),
        status("bytes */99"),
        put("bytes 0-10/11", b"ABCDEFGHIJK"),
        put("bytes 44-46/47", b"xyz"),
        put_whole(b"xyz"),
    ] {
        assert_eq!(host.send(request), "200");
    }
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn c21_a_total_that_changes_midway_is_400() {
    let mut host = fine(b"");
    assert_eq!(host.send(put("bytes 0-3/12", b"abcd")), "308 bytes=0-3");
    assert_eq!(host.refuses(put("bytes 4-7/8", b"efgh")), "400 expected the declared total of 12 bytes, got 8");
}

#[test]
fn c22_a_total_other_than_that_of_the_creation_is_400() {
    let mut host = Host::new(Policy::gcs(), Some(12));
    assert_eq!(host.refuses(put("bytes 0-10/11", OBJECT)), "400 expected the declared total of 12 bytes, got 11");
}

#[test]
fn c23_a_chunk_of_unknown_total_that_reaches_the_total_of_the_creation_completes() {
    let mut host = Host::new(Policy::gcs(), ELEVEN);
    assert_eq!(host.send(put("bytes 0-10/*", OBJECT)), "200");
}

#[test]
fn c23_but_not_if_it_was_cut() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    assert_eq!(host.send(put("bytes 0-10/*", OBJECT).chunked().cut()), "closed");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-10");
}

#[test]
fn c24_delete_of_an_open_session_is_499_and_so_is_what_comes_after_it() {
    let mut host = fine(b"abcd");
    assert_eq!(host.send(delete()), "499");
    assert_eq!(host.send(put("bytes 4-10/11", b"efghijk")), "499 the upload was cancelled");
    assert_eq!(host.send(status("bytes */*")), "499 the upload was cancelled");
}

#[test]
fn c25_delete_after_completion_is_404_and_leaves_the_object() {
    let mut host = complete();
    assert_eq!(host.send(delete()), "404 the upload is complete and cannot be cancelled");
    assert_eq!(host.send(status("bytes */11")), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn c26_a_put_that_races_a_delete_loses_if_it_was_there_first() {
    let mut host = fine(b"");
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    host.until(&mut append, "read the body, at most 11 bytes");
    assert_eq!(host.send(delete()), "499");
    assert_eq!(host.finish(&mut append), "closed", "it writes nothing after the cancel");
    assert_eq!((host.session.state(), host.object()), (State::Cancelled, None));
}

#[test]
fn c26_a_delete_that_races_a_commit_is_told_to_ask_again_and_then_that_it_is_too_late() {
    let mut host = fine(b"");
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    host.until(&mut append, "commit 11 bytes");
    assert_eq!(host.send(delete()), "503 the upload is being worked on, ask again");
    assert_eq!(host.finish(&mut append), "200");
    assert_eq!(host.send(delete()), "404 the upload is complete and cannot be cancelled");
}

#[test]
fn c27_of_two_writers_the_newer_one_writes_and_nothing_is_mixed() {
    let mut host = fine(b"");
    let mut older = host.open(put("bytes 0-10/11", b"ABCDEFGHIJK").in_pieces_of(1));
    host.until(&mut older, "read the body, at most 7 bytes");
    let mut newer = host.open(put("bytes 0-10/11", OBJECT).in_pieces_of(1));
    host.until(&mut newer, "read the body, at most 7 bytes");
    assert_eq!(host.finish(&mut older), "closed");
    assert_eq!(host.finish(&mut newer), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn c28_a_checksum_that_differs_is_400_and_the_session_is_gone_with_410() {
    let mut host = fine(OBJECT);
    let mut close = host.open(status("bytes */11"));
    host.until(&mut close, "commit 11 bytes");
    host.store_says(StoreReply::Rejected(Rejection::Checksum));
    assert_eq!(host.finish(&mut close), "400 the object differs from the checksum that was declared for it");
    assert_eq!(host.send(status("bytes */11")), "410 the upload is dead, its commit failed for good");
}

#[test]
fn c29_every_byte_can_be_there_and_the_object_not() {
    let mut host = fine(b"");
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    host.until(&mut append, "commit 11 bytes");
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    assert_eq!(host.finish(&mut append), "503 the store is unavailable, ask again");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-10");
    assert_eq!(host.send(status("bytes */11")), "200");
}

#[test]
fn c30_no_range_is_answered_with_416() {
    for range in ["bytes 7-10/11", "bytes 0-2/3", "bytes 9-3/11", "bytes 0-99/100", "bytes 99-*/*"] {
        let line = fine(b"abcd").send(put(range, b"efgh"));
        assert!(!line.starts_with("416"), "{line}");
    }
}

#[test]
fn c31_there_is_no_limit_on_the_size_unless_the_service_sets_one() {
    let mut host = Host::new(Policy::gcs(), None);
    let line = host.send(status("bytes */18446744073709551615"));
    assert_eq!(line, "308");
    let mut host = Host::new(Policy { max_size: 10, ..Policy::gcs() }, None);
    let line = host.refuses(put("bytes 0-10/11", OBJECT));
    assert_eq!(line, "413 expected at most 10 bytes, got 11 or more");
}

#[test]
fn c32_a_body_that_is_longer_than_its_range_is_400() {
    let mut host = fine(b"abcd");
    let line = host.refuses(put("bytes 4-6/11", b"efghijk"));
    assert_eq!(line, "400 expected a body of 3 bytes as the range says, got a length of 7");
    let line = host.send(put("bytes 4-6/11", b"efghijk").chunked());
    assert_eq!(line, "400 expected a body of 3 bytes as the range says, got more");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
}

#[test]
fn c33_a_total_below_what_an_earlier_chunk_of_unknown_total_has_brought_is_400() {
    let mut host = fine(b"");
    assert_eq!(host.send(put("bytes 0-10/*", OBJECT)), "308 bytes=0-10");
    assert_eq!(
        host.refuses(put("bytes 4-6/7", b"efg")),
        "400 expected a total of at least the 11 bytes that are persisted, got 7"
    );
}

#[test]
fn c34_the_first_chunk_again_after_completion_is_200_and_its_body_is_ignored() {
    let mut host = complete();
    assert_eq!(host.send(put("bytes 0-6/*", b"ABCDEFG")), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn the_default_options_are_what_google_does() {
    let options = Options::default();
    assert!(!options.leniency.missing_unit && !options.leniency.inverted_empty);
    assert!(!options.decodes_content);
    let mut host = fine(b"abcd");
    assert!(host.send(put("bytes 7-10/11", b"hijk")).starts_with("503 "));
    assert_eq!(host.send(delete()), "499");
}
