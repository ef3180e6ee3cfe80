//! What is written: exactly these bytes, nothing that injects a header, and nothing that the parsers refuse.

use proptest::prelude::*;
use resumable::http1::{
    ChunkHead, Framing, Options, WriteError, chunk_head, parse_request, parse_response, reason, write_request,
    write_response,
};

use crate::{request, response, room};

#[test]
fn a_request() {
    let mut out = [0xff; 200];
    let fields = [("Content-Range", &b"bytes 43-49/50"[..]), ("Content-Length", b"7"), ("X", b"")];
    let len = write_request(&mut out, "PUT", "/u/1?a=b", "a:8080", fields).unwrap();
    let expected: &[u8] = b"PUT /u/1?a=b HTTP/1.1\r\nHost: a:8080\r\n\
                            Content-Range: bytes 43-49/50\r\nContent-Length: 7\r\nX: \r\n\r\n";
    assert_eq!(&out[..len], expected);
    let mut headers = room();
    let head = request(&out[..len], &mut headers).unwrap();
    assert_eq!((head.body, head.len, head.headers.len()), (Framing::Length(7), len, 4));
}

#[test]
fn a_response() {
    let mut out = [0xff; 200];
    let fields = [("Range", &b"bytes=0-42"[..]), ("Content-Length", b"0")];
    let len = write_response(&mut out, 308, fields).unwrap();
    let expected: &[u8] = b"HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-42\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(&out[..len], expected);
    let mut headers = room();
    let head = response(&out[..len], &mut headers, "PUT").unwrap();
    assert_eq!((head.status, head.reason, head.len), (308, "Resume Incomplete", len));
}

/// Every status that the protocol uses has a phrase of its own, which is read back; others have none.
#[test]
fn reasons() {
    let known = [
        200, 201, 204, 206, 308, 400, 401, 403, 404, 405, 408, 409, 410, 411, 412, 413, 415, 416, 417, 423, 429, 431,
        499, 500, 501, 502, 503, 504, 505, 507,
    ];
    assert_eq!(reason(100), "Continue");
    let mut phrases = Vec::new();
    for status in known {
        let mut out = [0; 100];
        let len = write_response(&mut out, status, []).unwrap();
        let mut headers = room();
        let head = response(&out[..len], &mut headers, "PUT").unwrap();
        assert_eq!((head.status, head.reason), (status, reason(status)));
        assert!(!head.reason.is_empty() && !phrases.contains(&reason(status)), "{status}");
        phrases.push(reason(status));
    }
    assert_eq!((reason(308), reason(499)), ("Resume Incomplete", "Client Closed Request"));
    let mut out = [0; 100];
    let len = write_response(&mut out, 299, []).unwrap();
    assert_eq!(&out[..len], b"HTTP/1.1 299 \r\n\r\n");
}

/// Every buffer that is too small is refused with the size that is needed, which then suffices.
#[test]
fn no_space() {
    let fields = [("Range", &b"bytes=0-42"[..]), ("Content-Length", b"0")];
    let needed = write_response(&mut [0; 200], 308, fields).unwrap();
    for room in 0..needed {
        let error = WriteError::NoSpace { needed, room };
        assert_eq!(write_response(&mut vec![0; room], 308, fields), Err(error));
    }
    assert_eq!(write_response(&mut vec![0; needed], 308, fields), Ok(needed));
    let needed = write_request(&mut [0; 200], "PUT", "/", "a", fields).unwrap();
    for room in 0..needed {
        let error = WriteError::NoSpace { needed, room };
        assert_eq!(write_request(&mut vec![0; room], "PUT", "/", "a", fields), Err(error));
    }
    assert_eq!(write_request(&mut vec![0; needed], "PUT", "/", "a", fields), Ok(needed));
}

/// What is wrong is said even if the buffer is too small as well, so that no retry with a larger one follows.
#[test]
fn wrong_before_no_space() {
    let fields = [("a", &b"1"[..]), ("b", b"\r\n")];
    assert_eq!(write_response(&mut [], 308, fields), Err(WriteError::Value { field: 1 }));
}

#[test]
fn wrong_start_lines() {
    let write = |method, target, host| write_request(&mut [0; 200], method, target, host, []);
    assert!(write("M-SEARCH", "*", "").is_ok());
    for method in ["", "P T", "PUT ", "P\r\nT", "P:T", "P\0T", "\u{e9}"] {
        assert_eq!(write(method, "/", "a"), Err(WriteError::Method), "{method:?}");
    }
    for target in ["", "/a b", "/\r\nX: 1", "/\n", "/\0", "/\x7f", "/\t", "/\u{e9}"] {
        assert_eq!(write("PUT", target, "a"), Err(WriteError::Target), "{target:?}");
    }
    for host in ["a b", "a\r\nX: 1", "a\0", "a/b", "u@a", "\u{e9}"] {
        assert_eq!(write("PUT", "/", host), Err(WriteError::Host), "{host:?}");
    }
    for got in [0, 99, 600, 65_535] {
        assert_eq!(write_response(&mut [0; 200], got, []), Err(WriteError::Status { got }));
    }
    for status in [100, 599] {
        assert!(write_response(&mut [0; 200], status, []).is_ok());
    }
}

/// Both writers, with one good field before the one that is looked at.
fn write_field(name: &str, value: &[u8]) -> Result<usize, WriteError> {
    let fields = [("A", &b"1"[..]), (name, value)];
    let to_response = write_response(&mut [0; 200], 200, fields).map(|_| ());
    let to_request = write_request(&mut [0; 200], "PUT", "/", "a", fields);
    assert_eq!(to_request.map(|_| ()), to_response);
    to_request
}

#[test]
fn wrong_fields() {
    for name in ["", "X Y", "X:", "X\r\nY", "X\0", " X", "X\u{e9}", "X\t"] {
        assert_eq!(write_field(name, b"1"), Err(WriteError::Name { field: 1 }), "{name:?}");
    }
    for byte in (0..b' ').chain([0x7f]).filter(|byte| *byte != b'\t') {
        let value = [b'a', byte, b'b'];
        assert_eq!(write_field("X", &value), Err(WriteError::Value { field: 1 }), "{byte:#04x}");
    }
    assert!(write_field("X", b"a\tb \x80\xff").is_ok());
    for name in ["Host", "hOST"] {
        assert_eq!(write_field(name, b"a"), Err(WriteError::Host));
    }
}

/// Names and values of every length stand in the head as they are, and nothing is written behind it.
#[test]
fn every_length() {
    let letters: String = ('a'..='z').cycle().take(70).collect();
    for (name, value) in (1..=70).flat_map(|name| (0..=70).map(move |value| (name, value))) {
        let (name, value) = (&letters[..name], &letters[70 - value..]);
        let mut out = [0xff; 300];
        let len = write_response(&mut out, 308, [(name, value.as_bytes()), ("Z", b"0")]).unwrap();
        let expected = format!("HTTP/1.1 308 Resume Incomplete\r\n{name}: {value}\r\nZ: 0\r\n\r\n");
        assert_eq!(std::str::from_utf8(&out[..len]), Ok(&*expected));
        assert!(out[len..].iter().all(|byte| *byte == 0xff), "nothing is behind {expected:?}");
        // With a byte less, it is said how much room is needed.
        let mut short = vec![0xff; len - 1];
        let error = write_response(&mut short, 308, [(name, value.as_bytes()), ("Z", b"0")]).unwrap_err();
        assert_eq!(error, WriteError::NoSpace { needed: len, room: len - 1 });
    }
}

/// A byte that no value may have is found wherever it stands in values of every length, and only such a byte.
#[test]
fn every_byte_in_every_place() {
    for (len, at) in (1..=20).flat_map(|len| (0..len).map(move |at| (len, at))) {
        for byte in 0..=u8::MAX {
            // Neighbours that are the least, the greatest and the last below 0x80 that may stand in a value.
            for filler in [b' ', b'~', 0xff] {
                let mut value = [filler; 20];
                value[at] = byte;
                let is_valid = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
                assert_eq!(write_field("X", &value[..len]).is_ok(), is_valid, "{:?}", &value[..len]);
            }
        }
    }
}

/// What the parsers would refuse about framing is not written either.
#[test]
fn wrong_framing() {
    for value in [&b""[..], b"+7", b"7, 7", b" 7", b"18446744073709551616"] {
        assert_eq!(write_field("content-length", value), Err(WriteError::Value { field: 1 }));
    }
    for value in [&b""[..], b"gzip", b"gzip, chunked", b"chunked, chunked"] {
        assert_eq!(write_field("transfer-encoding", value), Err(WriteError::Value { field: 1 }));
    }
    let (length, coding) = (("Content-Length", &b"7"[..]), ("Transfer-Encoding", &b"chunked"[..]));
    for fields in [[length, coding], [coding, length], [length, length], [coding, coding]] {
        let error = WriteError::Framing { field: 1 };
        assert_eq!(write_response(&mut [0; 200], 200, fields), Err(error));
        assert_eq!(write_request(&mut [0; 200], "PUT", "/", "a", fields), Err(error));
    }
}

#[test]
fn errors_say_what_was_expected() {
    for (error, text) in [
        (WriteError::NoSpace { needed: 43, room: 7 }, "expected room for 43 bytes, got 7"),
        (WriteError::Status { got: 99 }, "expected a status between 100 and 599, got 99"),
        (WriteError::Value { field: 3 }, "expected a valid value in field 3, got another"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn chunk_heads() {
    assert_eq!(chunk_head(0), None);
    for (len, text) in [
        (1, "1\r\n"),
        (15, "f\r\n"),
        (16, "10\r\n"),
        (0x2b, "2b\r\n"),
        (262_144, "40000\r\n"),
        (0x0123_4567_89ab_cdef, "123456789abcdef\r\n"),
        (u64::MAX, "ffffffffffffffff\r\n"),
    ] {
        let head = chunk_head(len);
        assert_eq!(head.as_ref().map(ChunkHead::as_bytes), Some(text.as_bytes()));
        assert_eq!(head.unwrap().as_ref(), text.as_bytes());
    }
}

proptest! {
    /// Whatever a writer accepts, the parser reads back.
    #[test]
    fn requests_round_trip(
        method in "[A-Z]{1,7}",
        target in "/[!-~]{0,43}",
        host in "[a-z0-9.]{1,11}(:[0-9]{1,5})?",
        fields in proptest::collection::vec(("x-[!#$%&'*+.^_`|~0-9A-Za-z-]{0,7}", proptest::collection::vec(any::<u8>(), 0..11)), 0..7),
        length in any::<Option<u64>>(),
    ) {
        let length = length.map(|length| length.to_string());
        let mut given: Vec<(&str, &[u8])> = fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
        given.extend(length.as_ref().map(|length| ("Content-Length", length.as_bytes())));
        let bad = |byte: &u8| matches!(byte, 0..=8 | 10..=31 | 127);
        let mut out = [0; 1000];
        match write_request(&mut out, &method, &target, &host, given.iter().copied()) {
            Err(error) => {
                let field = given.iter().position(|(_, value)| value.iter().any(bad));
                prop_assert_eq!(Some(error), field.map(|field| WriteError::Value { field }));
            }
            Ok(len) => {
                let mut headers = room();
                let head = parse_request(&out[..len], &mut headers, Options::default()).unwrap().unwrap();
                prop_assert_eq!((head.method, head.target, head.len), (&method[..], &target[..], len));
                prop_assert_eq!(head.body.length(), Some(length.as_ref().map_or(0, |length| length.parse().unwrap())));
                let read: Vec<(&str, &[u8])> = head.headers.iter().map(|header| (header.name, header.value)).collect();
                prop_assert_eq!(read[0], ("Host", host.as_bytes()));
                let given: Vec<_> = given.iter().map(|(name, value)| (*name, value.trim_ascii())).collect();
                prop_assert_eq!(&read[1..], &given[..]);
            }
        }
    }

    /// The same for responses, and for bytes that nobody should give: what is accepted has no more fields than given.
    #[test]
    fn nothing_is_injected(
        status in 100_u16..600,
        fields in proptest::collection::vec(("[\\x00-\\x7f]{1,3}|[a-z]{1,7}", "[ -~\\r\\n\\t]{0,7}|[ -~]{0,11}"), 0..5),
    ) {
        let given = fields.iter().map(|(name, value)| (&name[..], value.as_bytes()));
        let mut out = [0; 1000];
        if let Ok(len) = write_response(&mut out, status, given) {
            let mut headers = room();
            let head = parse_response(&out[..len], &mut headers, "PUT").unwrap().unwrap();
            prop_assert_eq!((head.status, head.len, head.headers.len()), (status, len, fields.len()));
        }
    }
}
