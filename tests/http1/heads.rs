//! Heads that are accepted, and what is read from them.

use resumable::fields::{Field, Fields};
use resumable::http1::{Framing, HeadError, MAX_HEAD, Options, Version, parse_request, parse_response};

use crate::{request, response, room};

#[test]
fn a_chunk_of_an_upload() {
    let text = b"PUT /u/1?upload_id=x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\
                 Content-Range:  bytes 43-49/50 \t\r\ncontent-length: 7\r\nX-Empty:\r\n\r\nabcdefg";
    let mut headers = room();
    let head = request(text, &mut headers).unwrap();
    assert_eq!((head.method, head.target), ("PUT", "/u/1?upload_id=x"));
    assert_eq!(head.version, Version::Http11);
    assert_eq!(head.headers.len(), 4);
    assert_eq!(head.headers.field("content-range"), Field::One(b"bytes 43-49/50"));
    assert_eq!(head.headers.field("x-empty"), Field::One(b""));
    assert_eq!(&text[head.len..], b"abcdefg");
    assert_eq!(head.body, Framing::Length(7));
    assert!(head.keep_alive && !head.expect_continue);
}

#[test]
fn the_framing_of_requests() {
    for (fields, body) in [
        ("", Framing::Length(0)),
        ("Content-Length: 0\r\n", Framing::Length(0)),
        ("Content-Length: 0043\r\n", Framing::Length(43)),
        ("CONTENT-LENGTH: 18446744073709551615\r\n", Framing::Length(u64::MAX)),
        ("Transfer-Encoding: chunked\r\n", Framing::Chunked),
        ("transfer-encoding:ChUnKeD\t\r\n", Framing::Chunked),
    ] {
        let text = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        assert_eq!(request(text.as_bytes(), &mut room()).unwrap().body, body, "{fields}");
    }
}

#[test]
fn only_a_length_tells_how_long_a_body_is() {
    let lengths = [Framing::Length(0), Framing::Length(43), Framing::Chunked, Framing::UntilClose];
    assert_eq!(lengths.map(Framing::length), [Some(0), Some(43), None, None]);
}

#[test]
fn the_framing_of_responses() {
    for (method, status, fields, body) in [
        ("PUT", 200, "", Framing::UntilClose),
        ("PUT", 200, "Content-Length: 7\r\n", Framing::Length(7)),
        ("PUT", 308, "Content-Length: 0\r\n", Framing::Length(0)),
        ("PUT", 499, "Transfer-Encoding: chunked\r\n", Framing::Chunked),
        // No body, whatever the fields say.
        ("HEAD", 200, "Content-Length: 7\r\n", Framing::Length(0)),
        ("HEAD", 200, "Transfer-Encoding: chunked\r\n", Framing::Length(0)),
        ("PUT", 100, "", Framing::Length(0)),
        ("PUT", 199, "", Framing::Length(0)),
        ("PUT", 204, "Content-Length: 7\r\n", Framing::Length(0)),
        ("GET", 304, "Content-Length: 7\r\n", Framing::Length(0)),
        // Not HTTP any more.
        ("GET", 101, "", Framing::UntilClose),
        ("CONNECT", 200, "Content-Length: 7\r\n", Framing::UntilClose),
        ("CONNECT", 299, "", Framing::UntilClose),
        ("CONNECT", 300, "Content-Length: 7\r\n", Framing::Length(7)),
        ("CONNECT", 199, "", Framing::Length(0)),
    ] {
        let text = format!("HTTP/1.1 {status} X\r\n{fields}\r\n");
        let mut headers = room();
        let head = response(text.as_bytes(), &mut headers, method).unwrap();
        assert_eq!((head.status, head.body), (status, body), "{method} {text}");
        assert_eq!(head.keep_alive, body != Framing::UntilClose, "{method} {text}");
    }
}

/// RFC 9112, section 9.3; `Connection` is a list and may be repeated.
#[test]
fn keep_alive() {
    for (version, fields, keep) in [
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "connection: Close\r\n", false),
        ("1.1", "Connection: keep-alive\r\n", true),
        ("1.1", "Connection: upgrade ,\tclose\r\n", false),
        ("1.1", "Connection: x\r\nConnection: y, close\r\n", false),
        ("1.1", "Connection: keep-alive, close\r\n", false),
        ("1.1", "Connection: closed\r\nX-Connection: close\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: x,keep-alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ] {
        let text = format!("PUT / HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
        let mut headers = room();
        let head = request(text.as_bytes(), &mut headers).unwrap();
        assert_eq!(head.keep_alive, keep, "{text}");
        let text = format!("HTTP/{version} 200 OK\r\nContent-Length: 0\r\n{fields}\r\n");
        let mut headers = room();
        let head = response(text.as_bytes(), &mut headers, "PUT").unwrap();
        assert_eq!(head.keep_alive, keep, "{text}");
    }
}

/// RFC 9110, section 10.1.1; `Expect` is a list, too, and HTTP/1.0 has no 100.
#[test]
fn expect_continue() {
    for (version, fields, expected) in [
        ("1.1", "Expect: 100-continue\r\nContent-Length: 7\r\n", true),
        ("1.1", "expect: x, 100-Continue\r\nTransfer-Encoding: chunked\r\n", true),
        ("1.1", "Expect: x\r\nExpect: 100-continue\r\nContent-Length: 7\r\n", true),
        ("1.1", "Expect: 100\r\nContent-Length: 7\r\n", false),
        ("1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", false),
        ("1.1", "Expect: 100-continue\r\n", false),
        ("1.1", "Pragma: 100-continue\r\nContent-Length: 7\r\n", false),
        ("1.0", "Expect: 100-continue\r\nContent-Length: 7\r\n", false),
    ] {
        let text = format!("PUT / HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
        let mut headers = room();
        let head = request(text.as_bytes(), &mut headers).unwrap();
        assert_eq!(head.expect_continue, expected, "{text}");
    }
}

/// R04: redivis-python sends both on an empty file. Off by default; the connection closes when it is on.
#[test]
fn length_with_chunked_by_option() {
    let options = Options { allow_length_with_chunked: true };
    let parse = |fields: &str| {
        let text = format!("PUT / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let head = parse_request(text.as_bytes(), &mut room(), options)
            .map(|head| head.map(|head| (head.body, head.keep_alive)));
        head.map(|head| head.expect("the head is whole"))
    };
    for fields in [
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\nContent-Length: 43\r\n",
    ] {
        assert_eq!(parse(fields), Ok((Framing::Chunked, false)));
    }
    assert_eq!(parse("Transfer-Encoding: chunked\r\n"), Ok((Framing::Chunked, true)));
    // It is no licence for anything else.
    for (fields, error) in [
        ("Content-Length: -0\r\nTransfer-Encoding: chunked\r\n", HeadError::Length),
        ("Content-Length: 0\r\nTransfer-Encoding: gzip\r\n", HeadError::Coding),
        ("Content-Length: 0\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n", HeadError::LengthRepeated),
    ] {
        assert_eq!(parse(fields), Err(error), "{fields}");
    }
}

/// Google's Rust SDK sends the Host without its port; HTTP/1.0 may send none; a target may be absolute.
#[test]
fn hosts() {
    for text in [
        "PUT / HTTP/1.1\r\nHost: storage.googleapis.com\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
        "PUT http://a/u/1 HTTP/1.1\r\nHost:\r\n\r\n",
        "PUT / HTTP/1.0\r\n\r\n",
        "PUT / HTTP/1.0\r\nHost: a\r\n\r\n",
    ] {
        assert!(request(text.as_bytes(), &mut room()).is_ok(), "{text}");
    }
}

/// One empty line before a request is skipped, and counted (RFC 9112, section 2.2).
#[test]
fn an_empty_line_before_a_request() {
    let text = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
    let mut headers = room();
    let head = request(text, &mut headers).unwrap();
    assert_eq!((head.method, &text[head.len..]), ("GET", &b"rest"[..]));
}

/// Two pipelined requests: `len` is where the second starts.
#[test]
fn pipelined_requests() {
    let text = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut headers = room();
    let first = request(text, &mut headers).unwrap().len;
    let mut headers = room();
    let second = request(&text[first..], &mut headers).unwrap();
    assert_eq!((second.target, first + second.len), ("/b", text.len()));
}

/// The interim answer is a head of its own; the caller drops it and parses again.
#[test]
fn a_response_after_100_continue() {
    let text = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 308 Resume Incomplete\r\n\
                 Range: bytes=0-42\r\nContent-Length: 0\r\n\r\n";
    let mut headers = room();
    let interim = response(text, &mut headers, "PUT").unwrap();
    assert_eq!((interim.status, interim.reason), (100, "Continue"));
    let rest = &text[interim.len..];
    let mut headers = room();
    let head = response(rest, &mut headers, "PUT").unwrap();
    assert_eq!((head.status, head.len), (308, rest.len()));
    assert_eq!(head.headers.field("range"), Field::One(b"bytes=0-42"));
}

/// The phrase may be missing, with or without its space, and its bytes above ASCII are dropped.
#[test]
fn reason_phrases() {
    for (line, phrase) in [
        (&b"HTTP/1.1 200 OK"[..], "OK"),
        (b"HTTP/1.1 200 ", ""),
        (b"HTTP/1.1 200", ""),
        (b"HTTP/1.1 200 \xc3\xa9t\xc3\xa9", ""),
        (b"HTTP/1.1 404 Not  Found\t", "Not  Found\t"),
    ] {
        let text = [line, b"\r\n\r\n"].concat();
        assert_eq!(response(&text, &mut room(), "PUT").unwrap().reason, phrase);
    }
}

/// The limits are exact: a head of 16 KiB passes, and as many fields as there is room for.
#[test]
fn at_the_limits() {
    let (start, end) = ("GET / HTTP/1.1\r\nHost: a\r\nX: ", "\r\n\r\n");
    let mut text = String::from(start);
    text.push_str(&"v".repeat(16_384 - start.len() - end.len()));
    text.push_str(end);
    let follows = text.clone() + "rest";
    for text in [text, follows] {
        let mut headers = room();
        let head = parse_request(text.as_bytes(), &mut headers, Options::default());
        assert_eq!(head.unwrap().unwrap().len, MAX_HEAD);
    }

    let text = b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\n\r\n";
    let mut headers = [httparse::EMPTY_HEADER; 3];
    let head = parse_request(text, &mut headers, Options::default());
    assert_eq!(head.unwrap().unwrap().headers.len(), 3);
}

/// A session's URL and the credentials beside it are not printed.
#[test]
fn debug_hides_values() {
    let text = b"PUT /u/secret HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\n\r\n";
    let mut headers = room();
    let shown = format!("{:?}", request(text, &mut headers).unwrap());
    assert!(shown.contains("Authorization") && !shown.contains("secret"), "{shown}");
    let text = b"HTTP/1.1 200 OK\r\nLocation: /u/secret\r\n\r\n";
    let mut headers = room();
    let shown = format!("{:?}", parse_response(text, &mut headers, "POST").unwrap());
    assert!(shown.contains("Location") && !shown.contains("secret"), "{shown}");
}
