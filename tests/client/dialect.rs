//! The client's half of the dialect: what its requests look like, and what answers mean.

use crate::harness::{Dice, head, read, read_creation};
use core::time::Duration;
use resumable::client::{Verdict, Violation};
use resumable::google::{
    CreationKind, FieldList, Options, decode_creation, decode_creation_reply, decode_reply, decode_request,
    encode_creation, encode_request,
};
use resumable::http1::{self, MAX_HEADERS, parse_request, write_request};
use resumable::{Append, Extent, Intent, Persisted, Status};

fn append(at: u64, end: u64, total: Option<u64>) -> Intent {
    Intent::Append(Append { at, extent: Extent::To(end), total, body: Some(end - at) })
}

fn to_the_end(at: u64, total: Option<u64>, body: Option<u64>) -> Intent {
    Intent::Append(Append { at, extent: Extent::Last, total, body })
}

fn status(total: Option<u64>) -> Intent {
    Intent::Status(Status { total, body: Some(0) })
}

/// Each field in a line of its own.
fn lines(fields: &FieldList<'_>) -> Vec<String> {
    fields.iter().map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect()
}

/// Every form of request, its line in a log, and its fields.
fn requests() -> Vec<(Intent, &'static str, Vec<&'static str>)> {
    vec![
        (append(0, 11, Some(11)), "PUT bytes 0-10/11", vec!["Content-Range: bytes 0-10/11", "Content-Length: 11"]),
        (append(0, 1, Some(1)), "PUT bytes 0-0/1", vec!["Content-Range: bytes 0-0/1", "Content-Length: 1"]),
        (
            append(43, 2_000_000, Some(2_000_000)),
            "PUT bytes 43-1999999/2000000",
            vec!["Content-Range: bytes 43-1999999/2000000", "Content-Length: 1999957"],
        ),
        (append(7, 10, None), "PUT bytes 7-9/*", vec!["Content-Range: bytes 7-9/*", "Content-Length: 3"]),
        (
            append(u64::MAX - 1, u64::MAX, Some(u64::MAX)),
            "PUT bytes 18446744073709551614-18446744073709551614/18446744073709551615",
            vec![
                "Content-Range: bytes 18446744073709551614-18446744073709551614/18446744073709551615",
                "Content-Length: 1",
            ],
        ),
        (
            to_the_end(7, None, None),
            "PUT bytes 7-*/*",
            vec!["Content-Range: bytes 7-*/*", "Transfer-Encoding: chunked"],
        ),
        (
            to_the_end(7, Some(11), Some(4)),
            "PUT bytes 7-*/11",
            vec!["Content-Range: bytes 7-*/11", "Content-Length: 4"],
        ),
        (status(None), "PUT bytes */*", vec!["Content-Range: bytes */*", "Content-Length: 0"]),
        (status(Some(11)), "PUT bytes */11", vec!["Content-Range: bytes */11", "Content-Length: 0"]),
        (status(Some(0)), "PUT bytes */0", vec!["Content-Range: bytes */0", "Content-Length: 0"]),
        (Intent::Cancel, "DELETE", vec!["Content-Length: 0"]),
    ]
}

#[test]
fn requests_look_like_this() {
    for (intent, line, fields) in requests() {
        let head = encode_request(&intent).unwrap();
        assert_eq!(head.to_string(), line);
        assert_eq!(lines(&head.fields()), fields, "{line}");
    }
}

#[test]
fn a_server_reads_what_a_client_writes() {
    for (intent, line, _) in requests() {
        let head = encode_request(&intent).unwrap();
        let mut out = [0; 256];
        let len = write_request(&mut out, head.method, "/u/7", "127.0.0.1:8308", head.fields().iter()).unwrap();
        let mut room = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let parsed = parse_request(&out[..len], &mut room, http1::Options::default()).unwrap().expect("a whole head");
        assert_eq!((parsed.method, parsed.target, parsed.len), (head.method, "/u/7", len));
        let body = match parsed.body {
            http1::Framing::Length(length) => Some(length),
            _ => None,
        };
        assert_eq!(body, head.content_length, "{line}");
        let request = decode_request(parsed.method, parsed.headers, body, &Options::default()).unwrap();
        assert_eq!(request.intent, intent, "{line}");
        assert!(!request.echo.no_308 && !request.encoded);
    }
}

#[test]
fn creations_look_like_this() {
    let csv = Some("text/csv");
    let (json, xml) = (CreationKind::Json, CreationKind::Xml);
    for (kind, total, content_type, expected) in [
        (json, None, None, vec![]),
        (json, Some(0), None, vec!["X-Upload-Content-Length: 0"]),
        (json, None, csv, vec!["X-Upload-Content-Type: text/csv"]),
        (json, Some(11), csv, vec!["X-Upload-Content-Length: 11", "X-Upload-Content-Type: text/csv"]),
        (xml, None, None, vec!["x-goog-resumable: start"]),
        (xml, None, csv, vec!["x-goog-resumable: start", "Content-Type: text/csv"]),
        (
            xml,
            Some(u64::MAX),
            csv,
            vec!["x-goog-resumable: start", "X-Upload-Content-Length: 18446744073709551615", "Content-Type: text/csv"],
        ),
    ] {
        let fields = encode_creation(kind, total, content_type);
        assert_eq!(lines(&fields), expected);
        let headers: Vec<httparse::Header<'_>> =
            fields.iter().map(|(name, value)| httparse::Header { name, value }).collect();
        let creation = decode_creation(&headers[..]).unwrap();
        assert_eq!((creation.kind, creation.total), (kind, total));
        assert_eq!(creation.content_type, content_type.map(str::as_bytes));
    }
}

#[test]
fn a_session_is_wherever_the_location_says() {
    for status in [200, 201, 202, 204] {
        for place in ["https://127.0.0.1/u/7?upload_id=AB", "//127.0.0.1:8308/u/7", "/u/7", "u/7"] {
            let text = format!("{status} Location: {place}");
            let (status, headers) = head(&text);
            let answer = decode_creation_reply(status, &headers[..]);
            assert_eq!(answer, (Verdict::Created, Some(place.as_bytes())));
        }
    }
}

#[test]
fn a_session_without_one_location_cannot_be_used() {
    for answer in ["200", "201 Location: ", "201 Location: /u/7 | location: /u/8", "200 Content-Location: /u/7"] {
        assert_eq!(read_creation(answer), Verdict::Violation(Violation::Address), "{answer}");
    }
}

#[test]
fn a_creation_that_fails_has_no_session_whatever_its_location_says() {
    for status in (100..200).chain(300..700) {
        let text = format!("{status} Location: /u/7");
        let (status, headers) = head(&text);
        let (verdict, place) = decode_creation_reply(status, &headers[..]);
        assert_eq!(place, None, "{status}");
        assert_ne!(verdict, Verdict::Created, "{status}");
    }
}

#[test]
fn a_308_to_a_creation_is_a_redirect_like_any_other() {
    for code in [301, 302, 303, 307, 308] {
        assert_eq!(read_creation(&format!("{code} Location: /elsewhere")), Verdict::Refused { code });
    }
}

#[test]
fn each_status_has_its_meaning() {
    for status in 0..=u16::MAX {
        let no_fields: &[httparse::Header<'_>] = &[];
        let expected = match status {
            308 => Verdict::Incomplete { persisted: None },
            200..=299 => Verdict::Complete { size: None },
            404 | 410 => Verdict::Gone,
            499 => Verdict::Cancelled,
            408 | 429 | 500..=599 => Verdict::Unavailable { retry_after: None },
            300..=499 => Verdict::Refused { code: status },
            code => Verdict::Violation(Violation::Answer { code }),
        };
        assert_eq!(decode_reply(status, no_fields), expected, "{status}");
    }
}

#[test]
fn a_location_on_a_308_is_not_followed() {
    // Some of Google's services move a session; a client that follows an address from a peer gives its bytes away.
    assert_eq!(
        read("308 Location: https://127.0.0.1/elsewhere | Range: bytes=0-6"),
        Verdict::Incomplete { persisted: Some(Persisted::confirmed(7)) }
    );
}

#[test]
fn names_of_fields_are_read_in_any_case_and_values_without_white_space_around_them() {
    for answer in ["308 range: bytes=0-6", "308 RANGE: BYTES=0-6", "308 Range:   bytes=0-6\t"] {
        let persisted = Some(Persisted::confirmed(7));
        assert_eq!(read(answer), Verdict::Incomplete { persisted }, "{answer}");
    }
    let retry_after = Some(Duration::from_secs(7));
    assert_eq!(read("503 RETRY-AFTER:  7 "), Verdict::Unavailable { retry_after });
}

#[test]
fn fields_of_an_answer_count_only_where_they_belong() {
    assert_eq!(read("404 Range: bytes=0-6 | Retry-After: 7"), Verdict::Gone);
    assert_eq!(read("308 Retry-After: 7"), Verdict::Incomplete { persisted: None });
    assert_eq!(read("308 x-goog-stored-content-length: 11"), Verdict::Incomplete { persisted: None });
    assert_eq!(read("400 X-HTTP-Status-Code-Override: 308 | Range: bytes=0-6"), Verdict::Refused { code: 400 });
    assert_eq!(read("308 X-HTTP-Status-Code-Override: 200 | Range: bytes=0-6"), read("308 bytes=0-6"));
}

/// Bytes that are like the values of these fields, and wrong in random places.
fn mangled(dice: &mut Dice) -> Vec<u8> {
    const VALUES: [&[u8]; 9] = [
        b"bytes=0-42",
        b"bytes=0-18446744073709551614",
        b"bytes=0-0",
        b"308",
        b"120",
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"https://127.0.0.1/u/7",
    ];
    let mut value = VALUES[usize::try_from(dice.roll(VALUES.len() as u64)).unwrap()].to_vec();
    for _ in 0..dice.roll(4) {
        let at = usize::try_from(dice.roll(value.len() as u64 + 1)).unwrap();
        let new = dice.roll(256).to_le_bytes()[0];
        match dice.roll(3) {
            0 => value.insert(at, new),
            1 if at < value.len() => value[at] = new,
            _ => value.truncate(at),
        }
    }
    value
}

#[test]
fn no_answer_panics_and_only_a_range_from_zero_is_progress() {
    const NAMES: [&str; 6] =
        ["Range", "Retry-After", "Date", "Location", "X-HTTP-Status-Code-Override", "x-goog-stored-content-length"];
    let mut dice = Dice(308);
    let (mut progress, mut violations) = (0, 0);
    for _ in 0..200_000 {
        let status = [200, 201, 308, 308, 308, 429, 503, 404][usize::try_from(dice.roll(8)).unwrap()];
        let values = [mangled(&mut dice), mangled(&mut dice), mangled(&mut dice)];
        let names = values.each_ref().map(|_| NAMES[usize::try_from(dice.roll(6)).unwrap()]);
        let headers: Vec<httparse::Header<'_>> =
            names.iter().zip(&values).map(|(name, value)| httparse::Header { name, value }).collect();
        let (_, place) = decode_creation_reply(status, &headers[..]);
        assert!(place.is_none_or(|place| !place.is_empty()));
        match decode_reply(status, &headers[..]) {
            Verdict::Incomplete { persisted: Some(persisted) } => {
                progress += 1;
                let range = headers.iter().find(|header| header.name == "Range").expect("a range");
                let text = std::str::from_utf8(range.value).unwrap().trim().to_ascii_lowercase();
                let last = text.strip_prefix("bytes=").and_then(|text| text.split_once('-'));
                let (first, last) = last.expect("two positions");
                assert_eq!(first.trim_start_matches('0'), "", "{text}");
                assert_eq!(last.parse::<u64>().unwrap() + 1, persisted.get(), "{text}");
            }
            Verdict::Violation(_) => violations += 1,
            _ => {}
        }
    }
    assert!(progress > 1_000 && violations > 1_000, "{progress}, {violations}");
}
