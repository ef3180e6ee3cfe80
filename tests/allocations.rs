//! A whole upload allocates nothing: creation, several chunks, a cut, lost answers, a busy store, a resumption and the
//! commit, through both machines, the codecs and the HTTP/1.1 layer, with bodies of a known length and with chunked ones.

#[path = "allocations/client.rs"]
mod client;
#[path = "allocations/server.rs"]
mod server;

use std::fmt::{self, Write as _};

use allocation_counter::measure;
use resumable::client::{Chunk, ChunkSize, Length};

use client::Client;

/// The size of the object in bytes.
const SIZE: usize = 5003;

/// The bytes of the object, which depend on their position.
static OBJECT: [u8; SIZE] = {
    let mut bytes = [0; SIZE];
    let mut at = 0;
    while at < SIZE {
        bytes[at] = (at * 31 + at / 251).to_le_bytes()[0];
        at += 1;
    }
    bytes
};

/// A line of a log, written in place.
struct Line {
    text: [u8; 256],
    len: usize,
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.text.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Writes a ladder of the exchange without keeping it.
fn written_in_place(line: &dyn fmt::Display) {
    let mut buffer = Line { text: [0; 256], len: 0 };
    write!(buffer, "{line}").expect("lines are short");
    assert!(buffer.len > 0);
}

/// Every way to upload the object.
fn ways() -> impl Iterator<Item = (Length, Chunk, bool)> {
    let chunk = Chunk::Size(ChunkSize::new(700, 7).expect("a multiple"));
    let lengths = [Length::Known(SIZE as u64), Length::Unknown];
    let ways = lengths.into_iter().flat_map(move |length| [(length, chunk), (length, Chunk::Rest)]);
    ways.flat_map(|(length, chunk)| [(length, chunk, false), (length, chunk, true)])
}

#[test]
fn a_whole_upload_allocates_nothing() {
    for (length, chunk, chunked) in ways() {
        let mut requests = 0;
        let allocated = measure(|| requests = Client::new(length, chunk, chunked, written_in_place).run());
        assert_eq!(allocated.count_total, 0, "{length:?}, {chunk:?}, chunked: {chunked}");
        assert!(requests >= 8, "all the trouble was met: {requests} requests");
    }
}

/// The same upload with a host that keeps a line of each request: each line is counted.
#[test]
fn a_line_that_is_kept_on_the_heap_is_counted() {
    for (length, chunk, chunked) in ways() {
        let mut requests = 0;
        let kept = |line: &dyn fmt::Display| drop(line.to_string());
        let allocated = measure(|| requests = Client::new(length, chunk, chunked, kept).run());
        assert!(allocated.count_total >= requests, "{} allocations in {requests} requests", allocated.count_total);
    }
}
