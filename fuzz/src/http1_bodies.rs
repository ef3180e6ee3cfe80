//! Bodies: however the input is split, the same data, end and error come out; no more is consumed than was given; and
//! what the chunked coding is taken for is what the reference takes it for.

use resumable::http1::{Body, BodyError, Framing};

use super::reference_http1::{self, Chunked};

/// Reads `data` as a body with each framing.
pub fn run(data: &[u8]) {
    let length = data.len() as u64;
    for framing in [Framing::Length(length / 2), Framing::Length(length + 1), Framing::UntilClose] {
        let read = every_way(framing, data);
        let whole = framing.length().map_or(data.len(), |length| data.len().min(length as usize));
        assert_eq!((&read.data[..], read.result), (&data[..whole], Ok(whole)));
        assert_eq!(
            (read.end, read.clean),
            (framing == Framing::Length(length / 2), framing.length() != Some(length + 1))
        );
    }
    let read = every_way(Framing::Chunked, data);
    let expected = reference_http1::chunked(data);
    let shown = data.escape_ascii();
    match expected {
        Chunked::Whole { body, len } => {
            assert_eq!((read.data, read.result, read.end, read.clean), (body, Ok(len), true, true), "{shown}");
        }
        Chunked::Cut { body } => {
            assert_eq!((read.data, read.result), (body, Ok(data.len())), "{shown}");
            assert!(!read.end && !read.clean, "{shown}");
        }
        Chunked::Wrong { body } => {
            assert!(read.result.is_err(), "{shown}");
            assert_eq!(read.data, body, "{shown}");
        }
    }
}

/// What a body came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    pub data: Vec<u8>,
    /// Bytes consumed; what a split before an error changes, so not kept with one.
    pub result: Result<usize, BodyError>,
    pub end: bool,
    pub clean: bool,
}

/// Decodes the pieces one after the other, each until it is used up, as a host does.
pub fn read<'p>(framing: Framing, pieces: impl IntoIterator<Item = &'p [u8]>) -> Read {
    let mut body = Body::new(framing);
    let (mut data, mut consumed) = (Vec::new(), 0);
    let mut failed = None;
    'pieces: for piece in pieces {
        let mut rest = piece;
        loop {
            let before = body;
            match body.decode(rest) {
                Ok(decoded) => {
                    assert!(decoded.data.len() <= decoded.consumed && decoded.consumed <= rest.len());
                    assert!(rest[..decoded.consumed].ends_with(decoded.data));
                    data.extend_from_slice(decoded.data);
                    consumed += decoded.consumed;
                    rest = &rest[decoded.consumed..];
                    if decoded.consumed == 0 {
                        assert!(rest.is_empty() || body.is_end(), "no progress");
                        break;
                    }
                }
                Err(error) => {
                    // A failed call changes nothing, so it fails again.
                    assert_eq!(body, before);
                    assert_eq!(body.decode(rest), Err(error));
                    failed = Some(error);
                    break 'pieces;
                }
            }
        }
    }
    Read {
        data,
        result: failed.map_or(Ok(consumed), Err),
        end: failed.is_none() && body.is_end(),
        clean: failed.is_none() && body.is_clean_at_close(),
    }
}

/// Decodes `input` whole, byte by byte, in pieces of some sizes, and, if it is short, cut at every place.
pub fn every_way(framing: Framing, input: &[u8]) -> Read {
    let whole = read(framing, [input]);
    for size in [1, 2, 3, 7, 11, 64] {
        assert_eq!(read(framing, input.chunks(size)), whole, "in pieces of {size}");
    }
    if input.len() <= 100 {
        for at in 0..=input.len() {
            let (one, two) = input.split_at(at);
            assert_eq!(read(framing, [one, two]), whole, "cut after {at}");
        }
    }
    whole
}
