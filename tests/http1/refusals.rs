//! Heads that are refused. Each is one that some peer in a chain could read in another way.

use proptest::prelude::*;
use resumable::http1::{HeadError, MAX_HEAD, Options, parse_request, parse_response, write_request, write_response};

use crate::{request, response, room};

/// What is wrong with the framing fields, in requests and in responses alike.
const FRAMING: &[(&str, HeadError, u16)] = &[
    ("Content-Length: 7\r\nTransfer-Encoding: chunked", HeadError::LengthWithCoding, 400),
    ("Transfer-Encoding: chunked\r\nContent-Length: 0", HeadError::LengthWithCoding, 400),
    ("Content-Length: 7\r\nContent-Length: 11", HeadError::LengthRepeated, 400),
    ("Content-Length: 7\r\ncontent-length: 7", HeadError::LengthRepeated, 400),
    ("Content-Length: 7, 7", HeadError::Length, 400),
    ("Content-Length: 7,11", HeadError::Length, 400),
    ("Content-Length: +7", HeadError::Length, 400),
    ("Content-Length: -20", HeadError::Length, 400),
    ("Content-Length: 1 1", HeadError::Length, 400),
    ("Content-Length:", HeadError::Length, 400),
    ("Content-Length: 0x7", HeadError::Length, 400),
    ("Content-Length: 7e1", HeadError::Length, 400),
    ("Content-Length: \u{0667}", HeadError::Length, 400),
    ("Content-Length: 18446744073709551616", HeadError::LengthTooLarge, 400),
    ("Content-Length: 99999999999999999999", HeadError::LengthTooLarge, 400),
    ("Transfer-Encoding: gzip, chunked", HeadError::CodingUnknown, 501),
    ("Transfer-Encoding: x,gzip , Chunked", HeadError::CodingUnknown, 501),
    ("Transfer-Encoding: chunked, chunked", HeadError::Coding, 400),
    ("Transfer-Encoding: chunked, gzip, chunked", HeadError::Coding, 400),
    ("Transfer-Encoding: chunked, gzip", HeadError::Coding, 400),
    ("Transfer-Encoding: gzip", HeadError::Coding, 400),
    ("Transfer-Encoding: identity", HeadError::Coding, 400),
    ("Transfer-Encoding: xchunked", HeadError::Coding, 400),
    ("Transfer-Encoding: chunked;q=1", HeadError::Coding, 400),
    ("Transfer-Encoding: \"chunked\"", HeadError::Coding, 400),
    ("Transfer-Encoding: chunked,", HeadError::Coding, 400),
    ("Transfer-Encoding:", HeadError::Coding, 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", HeadError::CodingRepeated, 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", HeadError::CodingRepeated, 400),
];

/// What is wrong with the lines, in requests and in responses alike.
const LINES: &[(&str, HeadError)] = &[
    ("X: 1\r\n folded", HeadError::FieldName),
    ("X: 1\r\n\tfolded", HeadError::FieldName),
    ("Content-Length : 7", HeadError::FieldName),
    ("Content-Length\t: 7", HeadError::FieldName),
    (" X: 1", HeadError::FieldName),
    (": 1", HeadError::FieldName),
    ("X", HeadError::FieldName),
    ("X(: 1", HeadError::FieldName),
    ("X\0: 1", HeadError::FieldName),
    ("X\u{e9}: 1", HeadError::FieldName),
    ("X: 1\0", HeadError::FieldValue),
    ("X: \u{7f}", HeadError::FieldValue),
    ("X: 1\x0b", HeadError::FieldValue),
    ("X: 1\rContent-Length: 7", HeadError::FieldValue),
    ("X: 1\r\rContent-Length: 7", HeadError::FieldValue),
    ("X:\r7", HeadError::FieldValue),
    ("X: 1\nContent-Length: 7", HeadError::LineEnd),
    ("X: 1\n", HeadError::LineEnd),
    ("\nX: 1", HeadError::LineEnd),
];

#[test]
fn framing_fields() {
    for (fields, error, status) in FRAMING {
        assert_eq!(error.status(), *status);
        let text = format!("PUT / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
        assert_eq!(request(text.as_bytes(), &mut room()), Err(*error), "{fields}");
        let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
        assert_eq!(response(text.as_bytes(), &mut room(), "PUT"), Err(*error), "{fields}");
        // Also where there is no body to frame.
        let text = format!("HTTP/1.1 204 No Content\r\n{fields}\r\n\r\n");
        assert_eq!(response(text.as_bytes(), &mut room(), "HEAD"), Err(*error), "{fields}");
    }
}

#[test]
fn transfer_encoding_in_http_1_0() {
    for fields in [
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 7",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ] {
        let error = HeadError::CodingInHttp10;
        let text = format!("PUT / HTTP/1.0\r\n{fields}\r\n\r\n");
        assert_eq!(request(text.as_bytes(), &mut room()), Err(error));
        let text = format!("HTTP/1.0 200 OK\r\n{fields}\r\n\r\n");
        assert_eq!(response(text.as_bytes(), &mut room(), "PUT"), Err(error));
        assert_eq!(error.status(), 400);
    }
}

#[test]
fn lines() {
    for (lines, error) in LINES {
        assert_eq!(error.status(), 400);
        let text = format!("PUT / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");
        assert_eq!(request(text.as_bytes(), &mut room()), Err(*error), "{lines:?}");
        let text = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n");
        assert_eq!(response(text.as_bytes(), &mut room(), "PUT"), Err(*error), "{lines:?}");
    }
}

/// A bare LF in each place where httparse takes it for CR LF.
#[test]
fn bare_line_feeds() {
    for text in [
        &b"\nPUT / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        b"PUT / HTTP/1.1\nHost: a\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\n\n",
        b"PUT / HTTP/1.1\nHost: a\n\n",
    ] {
        assert_eq!(request(text, &mut room()), Err(HeadError::LineEnd));
    }
    for text in [&b"HTTP/1.1 200 OK\n\r\n"[..], b"HTTP/1.1 200\n\r\n", b"HTTP/1.1 200 OK\r\n\n"] {
        assert_eq!(response(text, &mut room(), "PUT"), Err(HeadError::LineEnd));
    }
}

#[test]
fn request_lines() {
    let host = "\r\nHost: a\r\n\r\n";
    for (line, error) in [
        ("PUT  / HTTP/1.1", HeadError::StartLine),
        ("PUT /  HTTP/1.1", HeadError::StartLine),
        ("PUT / HTTP/1.1 ", HeadError::LineEnd),
        ("PUT / HTTP/1.11", HeadError::LineEnd),
        ("PUT / HTTP/1.1\r", HeadError::LineEnd),
        ("PUT\t/ HTTP/1.1", HeadError::StartLine),
        (" PUT / HTTP/1.1", HeadError::StartLine),
        ("P(T / HTTP/1.1", HeadError::StartLine),
        ("P\0T / HTTP/1.1", HeadError::StartLine),
        ("PUT /a b HTTP/1.1", HeadError::StartLine),
        ("PUT /\0 HTTP/1.1", HeadError::StartLine),
        ("PUT /\r HTTP/1.1", HeadError::StartLine),
        ("PUT /\u{7f} HTTP/1.1", HeadError::StartLine),
        ("PUT /\u{e9} HTTP/1.1", HeadError::StartLine),
        ("PUT /", HeadError::StartLine),
        ("PUT / http/1.1", HeadError::StartLine),
        ("PUT / HTTP/1.2", HeadError::Version),
        ("PUT / HTTP/0.9", HeadError::Version),
        ("PUT / HTTP/2", HeadError::Version),
        ("PRI * HTTP/2.0", HeadError::Version),
        ("\r\n\r\nPUT / HTTP/1.1", HeadError::StartLine),
        // The start of TLS, sent to a plain port.
        ("\x16\x03\x01", HeadError::StartLine),
    ] {
        let text = format!("{line}{host}");
        assert_eq!(request(text.as_bytes(), &mut room()), Err(error), "{line:?}");
        assert_eq!(error.status(), if error == HeadError::Version { 505 } else { 400 });
    }
}

#[test]
fn status_lines() {
    for (line, error) in [
        ("HTTP/1.1  200 OK", HeadError::StartLine),
        ("HTTP/1.1 20 OK", HeadError::StartLine),
        ("HTTP/1.1 2000 OK", HeadError::StartLine),
        ("HTTP/1.1 2x0 OK", HeadError::StartLine),
        ("HTTP/1.1 099 Low", HeadError::StartLine),
        ("HTTP/1.1 200 O\0K", HeadError::StartLine),
        ("HTTP/1.1 200 O\rK", HeadError::StartLine),
        ("ICY 200 OK", HeadError::StartLine),
        ("\r\nHTTP/1.1 200 OK", HeadError::StartLine),
        ("HTTP/2.0 200 OK", HeadError::Version),
        ("HTTP/1.2 200 OK", HeadError::Version),
    ] {
        let text = format!("{line}\r\n\r\n");
        assert_eq!(response(text.as_bytes(), &mut room(), "PUT"), Err(error), "{line:?}");
    }
}

#[test]
fn hosts() {
    for (fields, error) in [
        ("X: 1\r\n", HeadError::HostMissing),
        ("Host: a\r\nHost: a\r\n", HeadError::HostRepeated),
        ("Host: a\r\nX: 1\r\nhost: b\r\n", HeadError::HostRepeated),
        ("Host: a b\r\n", HeadError::Host),
        ("Host: a/b\r\n", HeadError::Host),
        ("Host: user@a\r\n", HeadError::Host),
        ("Host: \u{e9}\r\n", HeadError::Host),
    ] {
        let text = format!("PUT / HTTP/1.1\r\n{fields}\r\n");
        assert_eq!(request(text.as_bytes(), &mut room()), Err(error), "{fields}");
        assert_eq!(error.status(), 400);
    }
    // HTTP/1.0 excuses none, not two.
    let text = b"PUT / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n";
    assert_eq!(request(text, &mut room()), Err(HeadError::HostRepeated));
}

/// A head that is too large is refused while it still has no end, and so is one whose end comes too late.
#[test]
fn too_large() {
    let mut text = String::from("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    text.push_str(&"v".repeat(MAX_HEAD - text.len() - 1));
    let parse = |text: &str| {
        let mut headers = room();
        let request = parse_request(text.as_bytes(), &mut headers, Options::default());
        request.map(|head| head.is_some())
    };
    assert_eq!(parse(&text), Ok(false));
    text.push('v');
    let error = HeadError::TooLarge { got: MAX_HEAD };
    assert_eq!(parse(&text), Err(error));
    assert_eq!(error.status(), 431);
    text.push_str("\r\n\r\n");
    assert_eq!(parse(&text), Err(HeadError::TooLarge { got: MAX_HEAD + 4 }));

    let text = format!("HTTP/1.1 200 OK\r\nX: {}", "v".repeat(MAX_HEAD));
    let error = HeadError::TooLarge { got: text.len() };
    assert_eq!(parse_response(text.as_bytes(), &mut room(), "PUT"), Err(error));
}

#[test]
fn too_many_fields() {
    let error = HeadError::TooManyFields { limit: 2 };
    let text = b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\n\r\n";
    let mut headers = [httparse::EMPTY_HEADER; 2];
    assert_eq!(parse_request(text, &mut headers, Options::default()), Err(error));
    let text = b"HTTP/1.1 200 OK\r\nX: 1\r\nY: 2\r\nZ: 3\r\n\r\n";
    let mut headers = [httparse::EMPTY_HEADER; 2];
    assert_eq!(parse_response(text, &mut headers, "PUT"), Err(error));
    assert_eq!(error.status(), 431);
    assert_eq!(error.to_string(), "expected at most 2 header fields, got more");
}

proptest! {
    /// No bytes panic, and a head is never longer than what was given.
    #[test]
    fn garbage(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(Some(head)) = parse_request(&text, &mut room(), Options::default()) {
            prop_assert!(head.len <= text.len());
        }
        if let Ok(Some(head)) = parse_response(&text, &mut room(), "PUT") {
            prop_assert!(head.len <= text.len());
        }
    }

    /// One byte of a good head changed to any other: no panic, and every prefix agrees with the whole, or the head
    /// has lost its end.
    #[test]
    fn one_byte_changed(at in 0_usize..200, byte in any::<u8>()) {
        let mut out = [0; 200];
        let fields = [("Content-Range", &b"bytes 7-17/20"[..]), ("Content-Length", b"11")];
        let len = write_request(&mut out, "PUT", "/u/1", "a:80", fields).unwrap();
        let text = &mut out[..len];
        text[at % len] = byte;
        if !matches!(parse_request(text, &mut room(), Options::default()), Ok(None)) {
            let _ = request(text, &mut room());
        }
        let mut out = [0; 200];
        let len = write_response(&mut out, 308, [("Range", &b"bytes=0-42"[..])]).unwrap();
        let text = &mut out[..len];
        text[at % len] = byte;
        if !matches!(parse_response(text, &mut room(), "PUT"), Ok(None)) {
            let _ = response(text, &mut room(), "PUT");
        }
    }
}
