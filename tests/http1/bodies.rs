//! Bodies: whole, split everywhere, wrong, and followed by the next head.

use resumable::http1::{Body, BodyError, Framing, MAX_EXTENSION, MAX_SIZE_DIGITS, MAX_TRAILERS};

pub(crate) use crate::fuzz_bodies::http1_bodies::{Read, read};
use crate::strategies::bytes;

/// Decodes `input` whole, byte by byte, and cut at every one and every two places: always the same.
pub(crate) fn read_every_way(framing: Framing, input: &[u8]) -> Read {
    let whole = read(framing, [input]);
    assert_eq!(read(framing, input.chunks(1)), whole);
    for first in 0..=input.len() {
        let (one, rest) = input.split_at(first);
        let seconds = if input.len() <= 64 { rest.len() } else { 0 };
        for second in 0..=seconds {
            let (two, three) = rest.split_at(second);
            assert_eq!(read(framing, [one, two, three]), whole, "cut after {first} and {second} more");
        }
    }
    whole
}

/// Asserts that `input` is a whole body of `data`, that what follows it is left alone, and that every shorter input
/// was cut.
fn whole(framing: Framing, input: &[u8], data: &[u8]) {
    let expected = Read { data: data.to_vec(), result: Ok(input.len()), end: true, clean: true };
    assert_eq!(read_every_way(framing, input), expected);
    let pipelined = [input, b"GET / HTTP/1.1\r\n"].concat();
    assert_eq!(read_every_way(framing, &pipelined), expected);
    for len in 0..input.len() {
        let cut = read(framing, [&input[..len]]);
        assert!(!cut.end && !cut.clean && cut.result == Ok(len), "cut at {len}: {cut:?}");
    }
}

/// Asserts that the input is refused after `data`.
fn refused(input: &[u8], data: &[u8], error: BodyError) {
    let read = read_every_way(Framing::Chunked, input);
    let shown = String::from_utf8_lossy(input);
    assert_eq!((read.result, &read.data[..]), (Err(error), data), "{shown:?}");
}

#[test]
fn bodies_with_a_length() {
    whole(Framing::Length(0), b"", b"");
    whole(Framing::Length(7), b"abcdefg", b"abcdefg");
    whole(Framing::Length(11), b"ab\r\n\0fghij\x80", b"ab\r\n\0fghij\x80");
}

#[test]
fn a_length_beyond_any_memory() {
    let mut body = Body::new(Framing::Length(u64::MAX));
    assert_eq!(body.decode(b"abc").unwrap().data, b"abc");
    assert!(!body.is_end() && !body.is_clean_at_close());
}

/// A close is the end of such a body, so it is clean anywhere, and never at its end before.
#[test]
fn bodies_until_the_close() {
    let read = read_every_way(Framing::UntilClose, b"abcdefg\r\n\r\n");
    assert_eq!((&read.data[..], read.result), (&b"abcdefg\r\n\r\n"[..], Ok(11)));
    assert!(!read.end && read.clean);
}

#[test]
fn chunked_bodies() {
    for (input, data) in [
        ("0\r\n\r\n", ""),
        ("7\r\nabcdefg\r\n0\r\n\r\n", "abcdefg"),
        ("3\r\nabc\r\nb\r\ndefghijklmn\r\n0\r\n\r\n", "abcdefghijklmn"),
        ("B\r\ndefghijklmn\r\n000\r\n\r\n", "defghijklmn"),
        ("0000000000000003\r\nabc\r\n0\r\n\r\n", "abc"),
        // The data may look like framing.
        ("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"),
        // Extensions are skipped, with the white space that may be before their semicolon.
        ("3;a\r\nabc\r\n0;b\r\n\r\n", "abc"),
        ("3 \t;a = \"b;c\";d\r\nabc\r\n0\r\n\r\n", "abc"),
        ("3;\u{e9}\r\nabc\r\n0\r\n\r\n", "abc"),
        // So are trailers.
        ("3\r\nabc\r\n0\r\nX: 1\r\nx-goog-hash:\tb=2\r\n\r\n", "abc"),
        ("0\r\nX:\r\n\r\n", ""),
    ] {
        whole(Framing::Chunked, input.as_bytes(), data.as_bytes());
    }
}

#[test]
fn wrong_sizes() {
    for (input, got) in [
        ("\r\n", b'\r'),
        ("\n", b'\n'),
        (";a\r\n", b';'),
        (" 3\r\n", b' '),
        ("+3\r\n", b'+'),
        ("-1\r\n", b'-'),
        ("g\r\n", b'g'),
        ("0x3\r\n", b'x'),
        ("3g\r\n", b'g'),
        ("3,3\r\n", b','),
        ("3\0\r\n", 0),
    ] {
        refused(input.as_bytes(), b"", BodyError::Size { got });
    }
    refused(b"3\r\nabc\r\n\r\n", b"abc", BodyError::Size { got: b'\r' });
}

#[test]
fn sizes_beyond_u64() {
    assert_eq!(MAX_SIZE_DIGITS, 16);
    refused(b"10000000000000000\r\n", b"", BodyError::SizeTooLong);
    refused(b"00000000000000003\r\nabc", b"", BodyError::SizeTooLong);
    let mut body = Body::new(Framing::Chunked);
    let decoded = body.decode(b"fFfFffffffffffff\r\nabcdefg").unwrap();
    assert_eq!((decoded.consumed, decoded.data), (25, &b"abcdefg"[..]));
    // Two such chunks together are beyond a u64; nothing adds them up.
    assert_eq!(body.decode(b"hij").unwrap().data, b"hij");
}

#[test]
fn wrong_line_ends() {
    for (input, data, got) in [
        ("3\nabc", "", b'\n'),
        ("3\rabc", "", b'a'),
        ("3\r\rabc", "", b'\r'),
        ("3;a\nabc", "", b'\n'),
        ("3;a\rb\r\nabc", "", b'b'),
        ("3\r\nabc\r\n0\n\r\n", "abc", b'\n'),
        ("3\r\nabc\r\n0\r\n\n", "abc", b'\n'),
        ("0\r\n\rX: 1\r\n", "", b'X'),
        ("0\r\nX: 1\n\r\n", "", b'\n'),
        ("0\r\nX: 1\rY: 2\r\n", "", b'Y'),
    ] {
        refused(input.as_bytes(), data.as_bytes(), BodyError::LineEnd { got });
    }
}

#[test]
fn chunks_that_go_on_or_stop_early() {
    for (input, got) in [
        ("3\r\nabcd\r\n", b'd'),
        ("3\r\nabc\n0\r\n\r\n", b'\n'),
        ("3\r\nabc\rd", b'd'),
        ("3\r\nabc0\r\n\r\n", b'0'),
        ("3\r\nabc\r\r\n", b'\r'),
    ] {
        refused(input.as_bytes(), b"abc", BodyError::ChunkEnd { got });
    }
}

#[test]
fn wrong_extensions() {
    for (input, got) in [("3 \r\n", b'\r'), ("3 3\r\n", b'3'), ("3\t\n", b'\n'), ("3;a\0\r\n", 0), ("3;\x7f\r\n", 0x7f)]
    {
        refused(input.as_bytes(), b"", BodyError::Extension { got });
    }
}

#[test]
fn wrong_trailers() {
    for (input, got) in [
        ("0\r\n X: 1\r\n\r\n", b' '),
        ("0\r\nX: 1\r\n folded\r\n\r\n", b' '),
        ("0\r\nX : 1\r\n\r\n", b' '),
        ("0\r\n: 1\r\n\r\n", b':'),
        ("0\r\nX\r\n\r\n", b'\r'),
        ("0\r\nX\n\r\n", b'\n'),
        ("0\r\nX: 1\0\r\n\r\n", 0),
        ("0\r\nX\0: 1\r\n\r\n", 0),
    ] {
        refused(input.as_bytes(), b"", BodyError::Trailer { got });
    }
}

/// The limits are exact, count for each chunk anew, and count white space, too.
#[test]
fn limits_of_extensions() {
    let most = usize::from(MAX_EXTENSION);
    let extension = format!(" ;{}", "a".repeat(most - 2));
    let tight = format!(";{}", "a".repeat(most - 1));
    let input = format!("3{extension}\r\nabc\r\n4{tight}\r\ndefg\r\n0{extension}\r\n\r\n");
    let read_all = read(Framing::Chunked, [input.as_bytes()]);
    assert!(read_all.end && read_all.data == b"abcdefg");
    for over in [
        format!("3{extension}a\r\n"),
        format!("3{tight}a\r\n"),
        format!("3{}", " ".repeat(most + 1)),
        format!("3{};", " ".repeat(most)),
    ] {
        refused(over.as_bytes(), b"", BodyError::ExtensionTooLong);
    }
}

#[test]
fn limits_of_trailers() {
    let most = usize::from(MAX_TRAILERS);
    let first = "a: 1\r\n"; // Counts 4 bytes, and so does `b:..`.
    let last = format!("b:{}", "v".repeat(most - 6));
    let input = format!("0\r\n{first}{last}\r\n\r\n");
    assert!(read(Framing::Chunked, input.as_bytes().chunks(1)).end);
    for over in ["v", "\r\nc"] {
        let input = format!("0\r\n{first}{last}{over}");
        let error = BodyError::TrailersTooLong;
        assert_eq!(read(Framing::Chunked, [input.as_bytes()]).result, Err(error), "{over:?}");
        assert_eq!(read(Framing::Chunked, input.as_bytes().chunks(7)).result, Err(error));
    }
    let name = format!("0\r\n{}", "n".repeat(most + 1));
    let read = read(Framing::Chunked, [name.as_bytes()]);
    assert_eq!(read.result, Err(BodyError::TrailersTooLong));
}

#[test]
fn statuses_of_errors() {
    for error in [
        BodyError::Size { got: 0 },
        BodyError::SizeTooLong,
        BodyError::Extension { got: 0 },
        BodyError::ExtensionTooLong,
        BodyError::LineEnd { got: 0 },
        BodyError::ChunkEnd { got: 0 },
        BodyError::Trailer { got: 0 },
    ] {
        assert_eq!(error.status(), 400);
    }
    assert_eq!(BodyError::TrailersTooLong.status(), 431);
}

/// The data of a large chunk comes in one piece, and is the caller's own memory.
#[test]
fn large_chunks_are_not_copied() {
    let data = bytes(65_536);
    let input = [b"10000\r\n", &data[..], b"\r\n"].concat();
    let decoded = Body::new(Framing::Chunked).decode(&input).unwrap();
    assert_eq!((decoded.consumed, decoded.data.len()), (65_543, 65_536));
    assert!(std::ptr::eq(decoded.data, &raw const input[7..65_543]));
}
