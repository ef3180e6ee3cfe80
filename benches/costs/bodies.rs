//! The way of a body: what is added to a copy of its bytes.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::LazyLock;

use resumable::http1::{Body, CHUNK_END, ChunkHead, Framing, LAST_CHUNK, chunk_head};
use resumable::server::{Session, Step, StoreReply, Ticket};
use resumable::{Append, Extent, Intent, Policy};

use crate::case::{Case, cases};

/// The size of a chunk in bytes.
const CHUNK: usize = 64 * 1024;
/// How many chunks one body has.
const COUNT: usize = 64;

pub(crate) const CASES: &[Case] = cases! {
    "body, 64 KiB copied" => copy(&CHUNKS),
    "body, 64 x 64 KiB copied to their places" => PLACES.with_borrow_mut(|places| {
        for place in places.chunks_exact_mut(CHUNK) {
            black_box(place).copy_from_slice(black_box(&CHUNKS[..]));
        }
        places.len()
    }),
    "body, 64 x 64 KiB handed to the session" => READING.with_borrow(|(session, ticket)| {
        let (mut session, mut ticket) = (session.clone(), ticket.clone());
        for _ in 0..COUNT {
            let write = session.handle_body(&mut ticket, black_box(&CHUNKS[..]));
            black_box(write.map(|write| (write.at, write.data)).ok());
        }
        ticket.id()
    }),
    "body, 64 x 64 KiB handed to nobody" => READING.with_borrow(|(session, ticket)| {
        let (session, ticket) = (session.clone(), ticket.clone());
        for _ in 0..COUNT {
            let chunk = black_box(&CHUNKS[..]);
            black_box(chunk.as_ptr());
            black_box(chunk.len());
        }
        black_box(session.snapshot());
        ticket.id()
    }),
    "body, 64 x 64 KiB by length" => decode(Framing::Length((CHUNK * COUNT) as u64), &LONG),
    "body, 64 x 64 KiB chunked" => decode(Framing::Chunked, &CHUNKED),
};

static CHUNKS: [u8; CHUNK] = [7; CHUNK];
static LONG: LazyLock<Vec<u8>> = LazyLock::new(|| vec![7; CHUNK * COUNT]);
static CHUNKED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut body = Vec::new();
    for _ in 0..COUNT {
        body.extend(chunk_head(CHUNK as u64).as_ref().map(ChunkHead::as_bytes).unwrap_or_default());
        body.extend(CHUNKS);
        body.extend(CHUNK_END);
    }
    body.extend(LAST_CHUNK);
    body
});

thread_local! {
    static READING: RefCell<(Session, Ticket)> = RefCell::new(reading());
    static PLACES: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK * COUNT]);
    static PLACE: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

fn copy(data: &[u8]) -> u8 {
    PLACE.with_borrow_mut(|place| {
        place[..data.len()].copy_from_slice(data);
        black_box(&*place)[0]
    })
}

/// A session in the middle of a long body.
fn reading() -> (Session, Ticket) {
    let mut session = Session::new(Policy::default(), None).unwrap_or_else(|refusal| panic!("{refusal}"));
    let append = Append { at: 0, extent: Extent::To(1 << 40), total: None, body: Some(1 << 40) };
    let mut ticket = session.handle_request(Intent::Append(append));
    let record = session.snapshot();
    session.handle_store(&mut ticket, StoreReply::Fenced(record)).unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(session.step(&ticket), Ok(Step::ReadBody { .. })), "the body is due");
    (session, ticket)
}

/// Decodes a body that lies in memory as a whole; how many bytes of data it has.
fn decode(framing: Framing, input: &[u8]) -> usize {
    let mut body = Body::new(framing);
    let (mut rest, mut data) = (black_box(input), 0);
    while !body.is_end() {
        let Ok(decoded) = body.decode(rest) else { break };
        data += black_box(decoded.data).len();
        rest = &rest[decoded.consumed..];
    }
    assert_eq!(data, CHUNK * COUNT, "all of it is data");
    data
}
