//! Requests that say what they mean, and those that do not (R03 to R08).

use resumable::Policy;
use resumable::google::content_range::Leniency;

use crate::OBJECT;
use crate::host::Host;
use crate::request::{delete, put, put_whole, status};

const ELEVEN: Option<u64> = Some(11);

fn lenient(mut host: Host) -> Host {
    host.options.leniency = Leniency { missing_unit: true, inverted_empty: true };
    host
}

#[test]
fn r03_a_malformed_range_is_refused_before_there_is_an_epoch() {
    for range in [
        "bytes",
        "bytes 4-10",
        "bytes 4-10/",
        "bytes */",
        "bytes 4-10/11junk",
        "bytes 10-4/11",
        "bytes 4-11/11",
        "bytes +4-10/11",
        "bytes 4-10/11, 0-3/11",
        "items 4-10/11",
        "4-10/11",
    ] {
        let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
        let line = host.refuses(put(range, b"efghijk"));
        let text = "400 Failed to parse Content-Range header: expected ";
        assert!(line.starts_with(text), "{range}: {line}");
    }
}

#[test]
fn r03_a_range_that_is_given_twice_is_refused_even_if_it_is_the_same() {
    for other in ["bytes 4-10/11", "bytes 4-6/11"] {
        let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
        let request = put("bytes 4-10/11", b"efghijk").field("content-range", other);
        assert_eq!(host.refuses(request), "400 expected one Content-Range header, got several");
    }
}

#[test]
fn r03_rubbish_does_not_stop_an_append_that_is_being_read() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    host.until(&mut append, "read the body, at most 11 bytes");
    host.refuses(put("bytes 0-99/11", b"x"));
    assert_eq!(host.finish(&mut append), "200");
}

#[test]
fn r04_a_missing_unit_is_read_only_on_request() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let strict = host.refuses(status("*/11"));
    assert!(strict.starts_with("400 Failed to parse"), "{strict}");

    let mut host = lenient(host);
    assert_eq!(host.send(status("*/11")), "308 bytes=0-3");
    assert_eq!(host.send(put("4-10/11", b"efghijk")), "200");
}

#[test]
fn r04_an_inverted_empty_range_is_the_close_that_is_meant() {
    // redivis-python and nodejs-storage for an empty file.
    let mut host = lenient(Host::new(Policy::default(), None));
    assert_eq!(host.send(put("bytes 0--1/0", b"")), "200");
    assert_eq!(host.object(), Some(vec![]));

    // google-api-python-client at the end of a stream.
    let mut host = lenient(Host::holding(Policy::default(), None, OBJECT));
    assert_eq!(host.send(put("bytes 11-10/11", b"")), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r04_an_inverted_empty_range_is_refused_unless_asked_for() {
    for range in ["bytes 0--1/0", "bytes 11-10/11"] {
        let mut host = Host::holding(Policy::default(), None, OBJECT);
        let line = host.refuses(put(range, b""));
        assert!(line.starts_with("400 Failed to parse"), "{line}");
    }
}

#[test]
fn r04_an_inverted_empty_range_with_a_body_is_refused_all_the_same() {
    for range in ["bytes 0--1/0", "bytes 11-10/11"] {
        let mut host = lenient(Host::holding(Policy::default(), None, OBJECT));
        let line = host.refuses(put(range, b"x"));
        assert!(line.starts_with("400 Failed to parse"), "{line}");
    }
}

#[test]
fn r04_an_inverted_empty_range_with_a_chunked_body_must_turn_out_empty() {
    let mut host = lenient(Host::new(Policy::default(), None));
    assert_eq!(
        host.send(put("bytes 0--1/0", b"x").chunked()),
        "400 expected a status request without a body, got one with a body"
    );
    assert_eq!(host.object(), None);
    assert_eq!(host.send(put("bytes 0--1/0", b"").chunked()), "200");
    assert_eq!(host.object(), Some(vec![]));
}

#[test]
fn r05_a_range_with_a_total_is_data_and_the_last_one_completes() {
    let mut host = Host::new(Policy::default(), None);
    assert_eq!(host.send(put("bytes 0-6/11", &OBJECT[..7])), "308 bytes=0-6");
    assert_eq!(host.steps, ["fence epoch 1", "read", "sync to 7", "respond incomplete, 7 persisted"]);
    assert_eq!(host.send(put("bytes 7-10/11", &OBJECT[7..])), "200");
    assert_eq!(host.steps, ["fence epoch 2", "read", "sync to 11", "commit 11 bytes", "respond complete, 11 bytes"]);
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r05_a_range_without_a_total_is_data_and_completes_nothing() {
    let mut host = Host::new(Policy::default(), None);
    assert_eq!(host.send(put("bytes 0-6/*", &OBJECT[..7])), "308 bytes=0-6");
    assert_eq!(host.send(put("bytes 7-10/*", &OBJECT[7..])), "308 bytes=0-10");
    assert_eq!(host.object(), None);
}

#[test]
fn r05_a_range_to_the_end_of_the_body_ends_the_upload() {
    for (range, total) in [("bytes 7-*/11", None), ("bytes 7-*/*", None), ("bytes 7-*/*", ELEVEN)] {
        for chunked in [false, true] {
            let mut host = Host::holding(Policy::default(), total, &OBJECT[..7]);
            let request = put(range, &OBJECT[7..]);
            let request = if chunked { request.chunked() } else { request };
            assert_eq!(host.send(request), "200", "{range}");
            assert_eq!(host.object(), Some(OBJECT.to_vec()));
        }
    }
}

#[test]
fn r05_without_a_range_the_body_is_the_whole_object() {
    for request in [put_whole(OBJECT), put_whole(OBJECT).chunked()] {
        let mut host = Host::new(Policy::default(), None);
        assert_eq!(host.send(request), "200");
        assert_eq!(host.object(), Some(OBJECT.to_vec()));
    }
}

#[test]
fn r05_without_a_range_the_bytes_start_at_zero_whatever_is_persisted() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    assert_eq!(host.send(put_whole(OBJECT)), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r05_an_empty_object_is_whole_in_every_form() {
    for request in [
        put_whole(b""),
        put_whole(b"").chunked(),
        put("bytes 0-*/*", b""),
        put("bytes 0-*/*", b"").chunked(),
        put("bytes 0-*/0", b""),
        put("bytes 0-*/0", b"").chunked(),
        status("bytes */0"),
        status("bytes */0").chunked(),
    ] {
        let mut host = Host::new(Policy::default(), None);
        let shown = format!("{request:?}");
        assert_eq!(host.send(request), "200", "{shown}");
        assert_eq!(host.object(), Some(vec![]), "{shown}");
    }
}

#[test]
fn r05_a_question_is_no_data() {
    for question in ["bytes */*", "bytes */11"] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        assert_eq!(host.refuses(status(question)), "308 bytes=0-3");
    }
}

#[test]
fn r06_a_content_length_that_differs_from_the_range_is_refused_before_the_body_is_read() {
    for (range, body, length) in [
        ("bytes 4-10/11", &b"efghij"[..], 7),
        ("bytes 4-10/11", b"efghijkl", 7),
        ("bytes 4-10/11", b"", 7),
        ("bytes 4-6/*", b"efghijk", 3),
        ("bytes 4-6/*", b"e", 3),
        ("bytes 4-*/11", b"efghij", 7),
        ("bytes 4-*/11", b"efghijkl", 7),
        ("bytes 4-*/11", b"", 7),
        ("bytes 4-*/4", b"e", 0),
    ] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        let refusal =
            format!("400 expected a body of {length} bytes as the range says, got a length of {}", body.len());
        assert_eq!(host.refuses(put(range, body)), refusal, "{range}");
    }
}

#[test]
fn r06_a_chunked_body_that_goes_past_its_range_is_refused_and_nothing_is_published() {
    for (range, length) in [("bytes 4-6/*", 3), ("bytes 4-6/11", 3), ("bytes 4-*/7", 3)] {
        for piece in [1, 2, 7] {
            let mut host = Host::holding(Policy::default(), None, b"abcd");
            let request = put(range, b"efghijk").chunked().in_pieces_of(piece);
            let refusal = format!("400 expected a body of {length} bytes as the range says, got more");
            assert_eq!(host.send(request), refusal);
            assert!(!host.outcome.expect("an answer").body_read);
            assert_eq!(host.persisted(), 4);
            assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
        }
    }
}

#[test]
fn r06_a_chunked_body_that_ends_short_of_its_range_is_refused_and_nothing_is_published() {
    for (range, length) in [("bytes 4-10/*", 7), ("bytes 4-10/11", 7), ("bytes 4-*/11", 7)] {
        for body in [&b"efg"[..], b""] {
            let mut host = Host::holding(Policy::default(), None, b"abcd");
            let refusal = format!("400 expected a body of {length} bytes as the range says, got {}", body.len());
            assert_eq!(host.send(put(range, body).chunked()), refusal, "{range}");
            assert!(host.outcome.expect("an answer").body_read);
            assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
        }
    }
}

#[test]
fn r06_a_chunked_body_as_long_as_its_range_is_taken() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    assert_eq!(host.send(put("bytes 4-6/11", b"efg").chunked()), "308 bytes=0-6");
    assert_eq!(host.send(put("bytes 7-*/11", b"hijk").chunked()), "200");
}

#[test]
fn r06_a_zero_length_range_takes_no_byte() {
    let mut host = Host::holding(Policy::default(), None, OBJECT);
    assert_eq!(
        host.send(put("bytes 11-*/11", b"l").chunked()),
        "400 expected a body of 0 bytes as the range says, got more"
    );
    assert_eq!(host.send(put("bytes 11-*/11", b"")), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r06_after_a_body_of_the_wrong_length_the_right_one_is_taken() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    host.send(put("bytes 0-10/11", b"xyz").chunked());
    host.send(put("bytes 0-2/11", b"xyzxyz").chunked());
    assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r07_put_and_post_are_the_same() {
    let mut host = Host::new(Policy::default(), None);
    assert_eq!(host.send(put("bytes 0-6/*", &OBJECT[..7]).method("POST")), "308 bytes=0-6");
    assert_eq!(host.send(status("bytes */11").method("POST")), "308 bytes=0-6");
    assert_eq!(host.send(put("bytes 7-10/11", &OBJECT[7..]).method("POST")), "200");
}

#[test]
fn r07_any_other_method_is_405_with_allow() {
    for method in ["GET", "HEAD", "PATCH", "OPTIONS", "put", "PUTS", ""] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        let line = host.refuses(put("bytes 4-10/11", b"efghijk").method(method));
        assert_eq!(line, "405 expected PUT, POST or DELETE");
        assert!(host.fields().contains(&"Allow: PUT, POST, DELETE".into()));
    }
}

#[test]
fn r07_delete_needs_no_range() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    assert_eq!(host.send(delete()), "499");
}

#[test]
fn r08_a_question_with_a_content_length_is_refused_before_its_body_is_read() {
    for question in ["bytes */*", "bytes */11", "bytes */4", "bytes */0"] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        assert_eq!(
            host.refuses(put(question, b"e")),
            "400 expected a status request without a body, got one with a body"
        );
    }
}

#[test]
fn r08_a_question_with_a_chunked_body_is_refused_at_its_first_byte() {
    for question in ["bytes */*", "bytes */11", "bytes */4"] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        assert_eq!(
            host.send(put(question, b"efg").chunked().in_pieces_of(1)),
            "400 expected a status request without a body, got one with a body"
        );
        assert!(!host.outcome.expect("an answer").body_read);
        assert_eq!((host.persisted(), host.object()), (4, None));
    }
}

#[test]
fn r08_a_chunked_body_that_is_empty_is_no_body() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    assert_eq!(host.send(status("bytes */*").chunked()), "308 bytes=0-3");
    assert!(host.outcome.expect("an answer").body_read);
    assert_eq!(host.send(status("bytes */4").chunked()), "200");
}

#[test]
fn r08_a_question_whose_connection_is_lost_closes_nothing() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    assert_eq!(host.send(status("bytes */4").chunked().cut()), "closed");
    assert_eq!(host.object(), None);
}
