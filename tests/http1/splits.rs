//! Random chunked bodies and random garbage, split at random.

use std::fmt::Write as _;

use proptest::prelude::*;
use resumable::http1::{CHUNK_END, Framing, LAST_CHUNK, chunk_head};

use crate::bodies::{Read, bytes, read, read_every_way};

/// A chunked body of `data`, in chunks of the given sizes over and over, with extensions and trailers.
fn chunked(data: &[u8], sizes: &[usize], extensions: &[String], trailers: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = data;
    for (size, extension) in sizes.iter().cycle().zip(extensions.iter().cycle()) {
        let (chunk, tail) = rest.split_at((*size).min(rest.len()));
        let Some(head) = chunk_head(chunk.len() as u64) else {
            break;
        };
        let digits = head.as_bytes().strip_suffix(b"\r\n").unwrap();
        for part in [digits, extension.as_bytes(), b"\r\n", chunk, CHUNK_END] {
            out.extend_from_slice(part);
        }
        rest = tail;
    }
    let end = LAST_CHUNK.strip_suffix(b"\r\n").unwrap();
    for part in [end, trailers.as_bytes(), b"\r\n"] {
        out.extend_from_slice(part);
    }
    out
}

/// Cuts `input` into pieces of the given sizes over and over.
fn pieces<'i>(input: &'i [u8], sizes: &'i [usize]) -> impl Iterator<Item = &'i [u8]> {
    let mut rest = input;
    sizes.iter().cycle().map_while(move |size| {
        let (piece, tail) = rest.split_at((*size).min(rest.len()));
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

proptest! {
    /// Whatever the sizes of chunks, extensions, trailers and splits: the same bytes come out, and the next head stays.
    #[test]
    fn chunked_round_trip(
        len in 0_usize..2000,
        sizes in proptest::collection::vec(1_usize..300, 1..7),
        extensions in proptest::collection::vec("( ?;[a-z]{1,7}(=\"[ -!#-~]{0,11}\")?){0,3}", 1..3),
        trailers in "([a-z]{1,7}: [ -~]{0,11}\r\n){0,3}",
        cuts in proptest::collection::vec(1_usize..50, 1..11),
    ) {
        let data = bytes(len);
        let mut input = chunked(&data, &sizes, &extensions, &trailers);
        let size = input.len();
        input.extend_from_slice(b"PUT / HTTP/1.1\r\n");
        let expected = Read { data, result: Ok(size), end: true, clean: true };
        prop_assert_eq!(read(Framing::Chunked, pieces(&input, &cuts)), expected);
    }

    /// No bytes panic or are consumed twice, and splits do not change what garbage comes to.
    #[test]
    fn garbage(input in proptest::collection::vec(any::<u8>(), 0..100), cuts in proptest::collection::vec(1_usize..7, 1..7)) {
        for framing in [Framing::Chunked, Framing::Length(43), Framing::UntilClose] {
            prop_assert_eq!(read(framing, pieces(&input, &cuts)), read(framing, [&input[..]]));
        }
    }

    /// The same for garbage that is nearly a chunked body.
    #[test]
    fn likely_garbage(parts in proptest::collection::vec(0_usize..12, 0..24)) {
        let likely = ["\r\n", "3\r\nabc\r\n", "0\r\n", "3", "abc", "\r", "\n", ";x", " ", "X:", "0", "\0"];
        let mut input = String::new();
        for part in parts {
            write!(input, "{}", likely[part]).unwrap();
        }
        read_every_way(Framing::Chunked, input.as_bytes());
    }
}
