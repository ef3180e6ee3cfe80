//! Random chunked bodies and random garbage, split at random.

use proptest::prelude::*;
use resumable::http1::Framing;

use crate::bodies::{Read, read, read_every_way};
use crate::strategies::{almost_chunked, bytes, chunked_bodies, pieces, splits};

proptest! {
    /// Whatever the sizes of chunks, extensions, trailers and splits: the same bytes come out, and the next head stays.
    #[test]
    fn chunked_round_trip((mut input, data) in chunked_bodies(), cuts in splits()) {
        let size = input.len();
        input.extend_from_slice(b"PUT / HTTP/1.1\r\n");
        let expected = Read { data, result: Ok(size), end: true, clean: true };
        prop_assert_eq!(read(Framing::Chunked, pieces(&input, &cuts)), expected);
    }

    /// A counted body ends where its length says, in whatever pieces it comes, and is cut before.
    #[test]
    fn counted_round_trip(len in 0..300_usize, more in 0..20_usize, less in 0..20_usize, cuts in splits()) {
        let input = bytes(len + more);
        let framing = Framing::Length(len as u64);
        let expected = Read { data: input[..len].to_vec(), result: Ok(len), end: true, clean: true };
        prop_assert_eq!(read(framing, pieces(&input, &cuts)), expected);
        let short = len.saturating_sub(less + 1);
        let cut = Read { data: input[..short].to_vec(), result: Ok(short), end: len == 0, clean: len == 0 };
        prop_assert_eq!(read(framing, pieces(&input[..short], &cuts)), cut);
    }

    /// No bytes panic or are consumed twice, and splits do not change what garbage comes to.
    #[test]
    fn garbage(input in proptest::collection::vec(any::<u8>(), 0..100), cuts in splits()) {
        for framing in [Framing::Chunked, Framing::Length(43), Framing::UntilClose] {
            prop_assert_eq!(read(framing, pieces(&input, &cuts)), read(framing, [&input[..]]));
        }
    }

    /// The same for garbage that is nearly a chunked body.
    #[test]
    fn likely_garbage(input in almost_chunked()) {
        read_every_way(Framing::Chunked, &input);
    }
}
