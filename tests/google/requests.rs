//! From a head to what it asks for (R03 to R08, R26), without a session.

use proptest::prelude::*;
use resumable::google::content_range::{ContentRange, ContentRangeError, Leniency};
use resumable::google::{Echo, Options, Reply, Request, RequestError, RequestHead, decode_request};
use resumable::{Append, Extent, Intent, Status};

use crate::head;

const STRICT: Options = Options {
    gap: resumable::google::GapStatus::Unavailable503,
    cancel: resumable::google::CancelStatus::ClientClosed499,
    leniency: Leniency { missing_unit: false, inverted_empty: false },
    decodes_content: false,
};

fn decode(
    method: &str,
    fields: &[(&str, &str)],
    body: Option<u64>,
    options: &Options,
) -> Result<Request, RequestError> {
    decode_request(method, &head(fields)[..], body, options)
}

/// What a PUT with this Content-Range asks for.
fn intent(range: &str, body: Option<u64>) -> Intent {
    decode("PUT", &[("Content-Range", range)], body, &STRICT).expect("a range").intent
}

fn append(at: u64, extent: Extent, total: Option<u64>, body: Option<u64>) -> Intent {
    Intent::Append(Append { at, extent, total, body })
}

fn status(total: Option<u64>, body: Option<u64>) -> Intent {
    Intent::Status(Status { total, body })
}

#[test]
fn r05_each_form_of_the_range_asks_for_what_it_means() {
    for body in [Some(0), Some(7), None] {
        for (range, expected) in [
            ("bytes 4-10/11", append(4, Extent::To(11), Some(11), body)),
            ("bytes 4-10/*", append(4, Extent::To(11), None, body)),
            ("bytes 4-*/11", append(4, Extent::Last, Some(11), body)),
            ("bytes 4-*/*", append(4, Extent::Last, None, body)),
            ("bytes */11", status(Some(11), body)),
            ("bytes */*", status(None, body)),
            ("bytes */0", status(Some(0), body)),
        ] {
            assert_eq!(intent(range, body), expected, "{range}");
        }
        let whole = decode("PUT", &[], body, &STRICT).expect("the whole object");
        assert_eq!(whole.intent, append(0, Extent::Last, None, body));
    }
}

#[test]
fn r05_an_intent_reads_like_the_request_with_half_open_ranges() {
    for (range, shown) in [
        ("bytes 43-1999999/2000000", "append 43..2000000 of 2000000"),
        ("bytes 43-1999999/*", "append 43..2000000"),
        ("bytes 43-*/2000000", "append 43..end of 2000000"),
        ("bytes 43-*/*", "append 43..end"),
        ("bytes */2000000", "status of 2000000"),
        ("bytes */*", "status"),
    ] {
        assert_eq!(intent(range, None).to_string(), shown);
    }
    assert_eq!(Intent::Cancel.to_string(), "cancel");
    assert_eq!(append(43, Extent::Body, None, None).to_string(), "append 43..");
}

#[test]
fn r07_a_delete_asks_for_nothing_but_the_cancel() {
    let range = [("Content-Range", "rubbish"), ("Content-Encoding", "gzip")];
    let request = decode("DELETE", &range, Some(7), &STRICT).expect("a cancel");
    assert_eq!((request.intent, request.encoded), (Intent::Cancel, false));
    assert_eq!(request.echo, Echo::default());
}

#[test]
fn r07_the_name_of_the_range_is_read_without_regard_to_case() {
    for name in ["Content-Range", "content-range", "CONTENT-RANGE"] {
        let request = decode("POST", &[(name, "bytes */7")], Some(0), &STRICT);
        assert_eq!(request.expect("a question").intent, status(Some(7), Some(0)));
    }
}

#[test]
fn r21_only_yes_asks_for_no_308() {
    for (value, no_308) in [("yes", true), ("YES", true), ("no", false), ("1", false), ("", false)] {
        let fields = [("X-GUploader-No-308", value), ("Content-Range", "bytes */*")];
        let request = decode("PUT", &fields, Some(0), &STRICT).expect("a question");
        assert_eq!(request.echo, Echo { no_308 }, "{value}");
    }
}

#[test]
fn r26_a_coded_body_is_of_unknown_length_where_the_host_decodes_it() {
    let decodes = Options { decodes_content: true, ..STRICT };
    let fields = [("Content-Range", "bytes 4-10/11"), ("Content-Encoding", "gzip")];
    let request = decode("PUT", &fields, Some(27), &decodes).expect("it is decoded");
    assert_eq!(request.intent, append(4, Extent::To(11), Some(11), None));
    assert!(request.encoded);

    // No coding makes a body out of none.
    let request = decode("PUT", &fields, Some(0), &decodes).expect("it is decoded");
    assert_eq!(request.intent, append(4, Extent::To(11), Some(11), Some(0)));

    let plain = decode("PUT", &fields[..1], Some(7), &decodes).expect("a plain body");
    assert_eq!(plain.intent, append(4, Extent::To(11), Some(11), Some(7)));
    assert!(!plain.encoded);
}

#[test]
fn r26_a_coding_that_is_given_twice_is_refused_even_where_the_host_decodes() {
    let decodes = Options { decodes_content: true, ..STRICT };
    let fields = [("Content-Encoding", "gzip"), ("content-encoding", "gzip")];
    let refused = decode("PUT", &fields, Some(7), &decodes);
    assert_eq!(refused, Err(RequestError::ContentEncoding));
}

/// A request that cannot be understood: its error, and the line of its reply.
fn refused(method: &str, fields: &[(&str, &str)], error: RequestError, line: &str) {
    assert_eq!(decode(method, fields, Some(7), &STRICT), Err(error));
    let reply = Reply::from(error);
    assert_eq!(reply.to_string(), line);
    assert!(!reply.is_complete());
    let (status, text) = line.split_once(' ').expect("a status and a text");
    assert_eq!((reply.status.to_string().as_str(), error.to_string()), (status, text.into()));
    assert_eq!(reply.content_length(), Some(text.len() as u64));
}

#[test]
fn request_error_method() {
    let line = "405 expected PUT, POST or DELETE";
    refused("PATCH", &[], RequestError::Method, line);
}

#[test]
fn request_error_content_range() {
    let error = ContentRangeError::Inverted { first: 10, last: 4 };
    refused(
        "PUT",
        &[("Content-Range", "bytes 10-4/11")],
        RequestError::ContentRange(error),
        "400 Failed to parse Content-Range header: expected a last position from 10 on, found 4",
    );
}

#[test]
fn request_error_repeated_content_range() {
    refused(
        "POST",
        &[("Content-Range", "bytes */*"), ("content-range", "bytes */*")],
        RequestError::RepeatedContentRange,
        "400 expected one Content-Range header, got several",
    );
}

#[test]
fn request_error_content_encoding() {
    refused(
        "PUT",
        &[("Content-Encoding", "gzip")],
        RequestError::ContentEncoding,
        "415 expected a body without Content-Encoding, got one with it",
    );
}

#[test]
fn r04_each_leniency_is_one_option() {
    let unit = Leniency { missing_unit: true, ..Leniency::default() };
    let inverted = Leniency { inverted_empty: true, ..Leniency::default() };
    for (range, body, leniency, expected) in [
        ("*/2000000", Some(0), unit, Some(status(Some(2_000_000), Some(0)))),
        ("*/*", Some(0), unit, Some(status(None, Some(0)))),
        ("0-6/11", Some(7), unit, Some(append(0, Extent::To(7), Some(11), Some(7)))),
        ("items */7", Some(0), unit, None),
        ("bytes 0--1/0", Some(0), unit, None),
        ("bytes 0--1/0", Some(0), inverted, Some(status(Some(0), Some(0)))),
        ("bytes 0--1/0", None, inverted, Some(status(Some(0), None))),
        ("bytes 0--1/0", Some(1), inverted, None),
        ("bytes 7-6/7", Some(0), inverted, Some(status(Some(7), Some(0)))),
        ("bytes 7-6/7", Some(1), inverted, None),
        ("bytes 7-6/8", Some(0), inverted, None),
        ("bytes 7-5/7", Some(0), inverted, None),
        ("bytes 7-6/*", Some(0), inverted, None),
        ("bytes 60-39/100", Some(0), inverted, None),
        ("*/7", Some(0), inverted, None),
        ("0--1/0", Some(0), inverted, None),
    ] {
        let options = Options { leniency, ..STRICT };
        let request = decode("PUT", &[("Content-Range", range)], body, &options);
        assert_eq!(request.ok().map(|request| request.intent), expected, "{range}");
    }
}

/// A number as it may stand in a range: small, or at the end of what there is, or beyond.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..20_u64).prop_map(|n| n.to_string()),
        (0..3_u64).prop_map(|n| (u64::MAX - n).to_string()),
        Just("18446744073709551616".to_string()),
        Just("*".to_string()),
    ]
}

proptest! {
    /// No range can make the decoder panic, and what it understands keeps to the bounds that the machine relies on.
    #[test]
    fn r02_whatever_is_understood_is_a_range_within_its_total(
        first in number(),
        last in number(),
        total in number(),
        body in proptest::option::of(0..3_u64),
        inverted_empty: bool,
    ) {
        let options = Options { leniency: Leniency { missing_unit: false, inverted_empty }, ..STRICT };
        let range = format!("bytes {first}-{last}/{total}");
        let request = decode("PUT", &[("Content-Range", &range)], body, &options);
        let Ok(Request { intent: Intent::Append(append), .. }) = request else {
            return Ok(());
        };
        let end = match append.extent {
            Extent::To(end) => end,
            Extent::Body | Extent::Last => append.at,
        };
        prop_assert!(append.at < end || append.extent == Extent::Last, "{}", range);
        prop_assert!(append.total.is_none_or(|total| end <= total), "{}", range);
        prop_assert_eq!(append.body, body);
    }
}

#[test]
fn the_longest_numbers_there_are_have_room_in_a_head() {
    let (max, first) = (u64::MAX, 10_000_000_000_000_000_000);
    let range = ContentRange::range(first, max - 1, Some(max)).expect("a range with bytes in it");
    let head = RequestHead { method: "PUT", content_range: Some(range), content_length: Some(max) };
    let lines: Vec<String> =
        head.fields().iter().map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect();
    let expected = [
        "Content-Range: bytes 10000000000000000000-18446744073709551613/18446744073709551615",
        "Content-Length: 18446744073709551615",
    ];
    assert_eq!(lines, expected);
}
