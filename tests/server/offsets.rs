//! Where bytes belong, and how many there may be (R10 to R13, R16).

use resumable::google::GapStatus;
use resumable::server::{Answer, Refusal, Session, Step, StoreReply};
use resumable::{Append, Extent, Intent, Policy, Saved};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{put, put_whole, status};

const ELEVEN: Option<u64> = Some(11);

/// Two of the requests of this file are questions that would be closes if their total were right.
const FOUR: &[u8] = b"abcd";

#[test]
fn r10_a_status_request_changes_nothing() {
    for (bytes, line) in [(&b""[..], "308"), (b"a", "308 bytes=0-0"), (FOUR, "308 bytes=0-3")] {
        for question in ["bytes */*", "bytes */11", "bytes */18446744073709551615"] {
            let mut host = Host::holding(Policy::default(), None, bytes);
            assert_eq!(host.refuses(status(question)), line, "{question}");
        }
    }
}

#[test]
fn r11_an_append_that_brings_nothing_declares_no_total() {
    let mut host = Host::holding(Policy::default(), None, FOUR);
    assert_eq!(host.send(put("bytes 0-2/7", b"abc")), "308 bytes=0-3");
    assert_eq!(host.session.total(), None);
    assert_eq!(host.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
}

#[test]
fn r10_a_total_that_is_persisted_closes_the_upload() {
    for total in [None, ELEVEN] {
        let mut host = Host::holding(Policy::default(), total, OBJECT);
        assert_eq!(host.send(status("bytes */11")), "200");
        assert_eq!(host.steps, ["fence epoch 1", "commit 11 bytes", "respond complete, 11 bytes"]);
        assert_eq!(host.object(), Some(OBJECT.to_vec()));
    }
}

#[test]
fn r10_a_total_below_what_is_persisted_is_only_a_question() {
    for question in ["bytes */3", "bytes */1", "bytes */0"] {
        let mut host = Host::holding(Policy::default(), None, FOUR);
        assert_eq!(host.refuses(status(question)), "308 bytes=0-3", "{question}");
        assert_eq!(host.session.total(), None);
    }
}

#[test]
fn r10_a_total_above_what_is_persisted_is_only_a_question() {
    let mut host = Host::holding(Policy::default(), None, FOUR);
    assert_eq!(host.refuses(status("bytes */5")), "308 bytes=0-3");
    assert_eq!(host.session.total(), None, "a question declares nothing");
    assert_eq!(host.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
}

#[test]
fn r10_a_total_other_than_the_declared_one_is_only_a_question() {
    let mut host = Host::holding(Policy::default(), ELEVEN, FOUR);
    assert_eq!(host.refuses(status("bytes */4")), "308 bytes=0-3");
    let mut host = Host::new(Policy::default(), ELEVEN);
    assert_eq!(host.refuses(status("bytes */0")), "308");
}

#[test]
fn r10_an_unknown_total_closes_nothing_even_if_every_byte_is_there() {
    let mut host = Host::holding(Policy::default(), ELEVEN, OBJECT);
    assert_eq!(host.refuses(status("bytes */*")), "308 bytes=0-10");
}

#[test]
fn r10_zero_of_zero_closes_an_empty_upload() {
    for total in [None, Some(0)] {
        let mut host = Host::new(Policy::default(), total);
        assert_eq!(host.refuses(status("bytes */*")), "308");
        assert_eq!(host.send(status("bytes */0")), "200");
        assert_eq!(host.object(), Some(vec![]));
    }
}

#[test]
fn r11_a_total_that_contradicts_the_declared_one_is_refused() {
    for (range, named) in [("bytes 4-6/12", 12), ("bytes 4-9/10", 10), ("bytes 4-*/10", 10), ("bytes 0-*/4", 4)] {
        let mut host = Host::holding(Policy::default(), ELEVEN, FOUR);
        let refusal = format!("400 expected the declared total of 11 bytes, got {named}");
        assert_eq!(host.refuses(put(range, b"efg").chunked()), refusal, "{range}");
    }
}

#[test]
fn r11_a_total_is_declared_once_by_the_first_append_that_names_it() {
    let mut host = Host::new(Policy::default(), None);
    assert_eq!(host.send(put("bytes 0-3/*", FOUR)), "308 bytes=0-3");
    assert_eq!(host.session.total(), None);
    assert_eq!(host.send(put("bytes 4-6/11", b"efg")), "308 bytes=0-6");
    assert_eq!(host.session.total(), ELEVEN);
    assert_eq!(host.store.borrow().record.total, ELEVEN);
    assert_eq!(host.refuses(put("bytes 7-10/12", b"hijk")), "400 expected the declared total of 11 bytes, got 12");
    assert_eq!(host.send(put("bytes 7-10/*", b"hijk")), "200");
}

#[test]
fn r11_a_declared_total_survives_a_crash() {
    let mut host = Host::new(Policy::default(), None);
    host.send(put("bytes 0-3/11", FOUR));
    host.crash();
    assert_eq!(host.refuses(put("bytes 4-6/12", b"efg")), "400 expected the declared total of 11 bytes, got 12");
}

#[test]
fn r11_a_total_below_what_is_persisted_is_refused() {
    for (range, body) in
        [("bytes 0-2/3", &b"abc"[..]), ("bytes 0-*/3", b"abc"), ("bytes 0-*/*", b"abc"), ("bytes 0-*/0", b"")]
    {
        let mut host = Host::holding(Policy::default(), None, FOUR);
        let refusal = format!("400 expected a total of at least the 4 bytes that are persisted, got {}", body.len());
        assert_eq!(host.refuses(put(range, body)), refusal, "{range}");
    }
}

#[test]
fn r11_a_chunked_body_that_ends_below_what_is_persisted_is_refused() {
    let mut host = Host::holding(Policy::default(), None, FOUR);
    assert_eq!(
        host.send(put("bytes 0-*/*", b"abc").chunked()),
        "400 expected a total of at least the 4 bytes that are persisted, got 3"
    );
    assert_eq!((host.persisted(), host.session.total(), host.object()), (4, None, None));
}

#[test]
fn r11_a_range_beyond_the_declared_total_is_refused() {
    let mut host = Host::holding(Policy::default(), ELEVEN, FOUR);
    assert_eq!(
        host.refuses(put("bytes 4-11/*", b"efghijkl")),
        "400 expected a range within the declared total of 11 bytes, got one that ends at 12"
    );
}

#[test]
fn r11_a_body_that_ends_the_upload_elsewhere_than_declared_is_refused() {
    for length in [10, 12] {
        let body = &b"abcdefghijkl"[..length];
        let mut host = Host::new(Policy::default(), ELEVEN);
        let line = host.refuses(put_whole(body));
        assert!(line.starts_with("400 expected "), "{line}");

        let mut host = Host::new(Policy::default(), ELEVEN);
        let line = host.send(put_whole(body).chunked());
        assert!(line.starts_with("400 expected "), "{line}");
        assert_eq!((host.persisted(), host.object()), (0, None));
    }
}

#[test]
fn r12_a_gap_is_refused_without_reading_the_body() {
    for range in ["bytes 5-10/11", "bytes 5-10/*", "bytes 5-*/11", "bytes 5-*/*"] {
        let mut host = Host::holding(Policy::default(), None, FOUR);
        assert_eq!(
            host.refuses(put(range, b"fghijk")),
            "503 Invalid request.  According to the Content-Range header, the upload offset is 5 byte(s), which \
             exceeds already uploaded size of 4 byte(s)."
        );
    }
}

#[test]
fn r12_a_gap_is_no_failure_that_passes() {
    let mut host = Host::new(Policy::default(), None);
    host.refuses(put("bytes 1-10/11", &OBJECT[1..]));
    assert_eq!(
        host.fields(),
        ["Content-Type: text/plain; charset=utf-8", "Content-Length: 138"],
        "there is no Retry-After"
    );
}

#[test]
fn r12_a_gap_is_409_by_option() {
    let mut host = Host::holding(Policy::default(), None, FOUR);
    host.options.gap = GapStatus::Conflict409;
    let line = host.refuses(put("bytes 5-10/11", b"fghijk"));
    assert!(line.starts_with("409 Invalid request.  According to"), "{line}");
}

#[test]
fn r12_a_gap_declares_no_total() {
    let mut host = Host::holding(Policy::default(), None, FOUR);
    host.refuses(put("bytes 5-10/12", b"fghijk"));
    assert_eq!(host.send(put("bytes 4-10/11", b"efghijk")), "200");
}

#[test]
fn r13_what_is_persisted_is_skipped_and_the_rest_is_appended() {
    // The resent bytes differ on purpose: what is persisted is neither compared nor rewritten.
    for (range, body) in [
        ("bytes 0-10/11", &b"ABCDefghijk"[..]),
        ("bytes 3-10/11", b"Defghijk"),
        ("bytes 1-*/11", b"BCDefghijk"),
        ("bytes 2-*/*", b"CDefghijk"),
    ] {
        for piece in [1, 3, 11] {
            let mut host = Host::holding(Policy::default(), None, FOUR);
            assert_eq!(host.send(put(range, body).in_pieces_of(piece)), "200", "{range}");
            assert_eq!(host.object(), Some(OBJECT.to_vec()), "{range}");
        }
    }
}

#[test]
fn r13_nothing_new_is_308_with_the_unchanged_range() {
    for (range, body) in
        [("bytes 0-3/*", &b"abcd"[..]), ("bytes 0-3/11", b"abcd"), ("bytes 1-2/*", b"bc"), ("bytes 3-3/11", b"d")]
    {
        for request in [put(range, body), put(range, body).chunked()] {
            let mut host = Host::holding(Policy::default(), None, FOUR);
            assert_eq!(host.send(request), "308 bytes=0-3", "{range}");
            assert!(host.outcome.expect("an answer").body_read);
            assert_eq!((host.persisted(), host.object()), (4, None));
        }
    }
}

#[test]
fn r13_a_resent_last_chunk_completes_what_is_all_there() {
    for range in ["bytes 7-10/11", "bytes 7-*/11", "bytes 7-*/*"] {
        let mut host = Host::holding(Policy::default(), None, OBJECT);
        assert_eq!(host.send(put(range, b"hijk")), "200", "{range}");
        assert_eq!(host.object(), Some(OBJECT.to_vec()));
    }
}

#[test]
fn r16_a_creation_above_the_limit_makes_no_session() {
    let policy = Policy { max_size: 10, ..Policy::default() };
    assert_eq!(Session::new(policy, ELEVEN), Err(Refusal::TooLarge { max_size: 10, size: 11 }));
    assert!(Session::new(policy, Some(10)).is_ok());
}

#[test]
fn r16_a_total_or_a_length_above_the_limit_is_refused_at_once() {
    for (range, body, size) in [
        ("bytes 0-3/11", &b"abcd"[..], 11),
        ("bytes 0-*/11", OBJECT, 11),
        ("bytes 4-10/*", b"efghijk", 11),
        ("bytes 4-*/*", b"efghijk", 11),
        ("bytes 4-18446744073709551614/*", b"efghijk", u64::MAX),
    ] {
        let policy = Policy { max_size: 10, ..Policy::default() };
        let mut host = Host::holding(policy, None, FOUR);
        let refusal = format!("413 expected at most 10 bytes, got {size} or more");
        let length = match range {
            "bytes 4-18446744073709551614/*" => u64::MAX - 4,
            _ => body.len() as u64,
        };
        assert_eq!(host.refuses(put(range, body).length(length)), refusal, "{range}");
    }
}

#[test]
fn r16_a_chunked_body_is_refused_when_its_count_passes_the_limit() {
    let policy = Policy { max_size: 10, ..Policy::default() };
    for piece in [1, 3, 11] {
        let mut host = Host::holding(policy, None, FOUR);
        let request = put("bytes 4-*/*", b"efghijk").chunked().in_pieces_of(piece);
        assert_eq!(host.send(request), "413 expected at most 10 bytes, got 11 or more");
        assert!(!host.outcome.expect("an answer").body_read);
        assert_eq!((host.persisted(), host.store.borrow().record.state), (4, Saved::Open));
    }
}

#[test]
fn r16_an_object_as_large_as_the_limit_is_taken() {
    let policy = Policy { max_size: 11, ..Policy::default() };
    for request in [
        put("bytes 0-10/11", OBJECT),
        put("bytes 0-*/*", OBJECT),
        put("bytes 0-*/*", OBJECT).chunked(),
        put_whole(OBJECT).chunked().in_pieces_of(7),
    ] {
        assert_eq!(Host::new(policy, None).send(request), "200");
    }
}

#[test]
fn r16_a_question_is_never_too_large() {
    let policy = Policy { max_size: 10, ..Policy::default() };
    let mut host = Host::holding(policy, None, FOUR);
    assert_eq!(host.refuses(status("bytes */11")), "308 bytes=0-3");
}

/// A total that was declared when the limit was higher does not raise it: what passes the limit is too large, also where
/// it is not yet past the total.
#[test]
fn r16_a_total_of_another_policy_does_not_raise_the_limit() {
    let record = Session::new(Policy::default(), Some(12)).unwrap().snapshot();
    for (pieces, size) in [(&[7, 4][..], 11), (&[12], 12), (&[3, 9], 12)] {
        let policy = Policy { max_size: 10, ..Policy::default() };
        let mut session = Session::restore(policy, record).unwrap();
        let append = Append { at: 0, extent: Extent::Body, total: None, body: None };
        let mut ticket = session.handle_request(Intent::Append(append));
        let Ok(Step::Fence { record, .. }) = session.step(&ticket) else { panic!("{:?}", session.step(&ticket)) };
        session.handle_store(&mut ticket, StoreReply::Fenced(record)).unwrap();
        for piece in pieces {
            session.handle_body(&mut ticket, &[7; 12][..*piece]).unwrap();
        }
        let Ok(Step::Respond(outcome)) = session.step(&ticket) else { panic!("{:?}", session.step(&ticket)) };
        assert_eq!(outcome.answer, Answer::Refused(Refusal::TooLarge { max_size: 10, size }), "{pieces:?}");
    }
}
