//! Exchanges as text: each `tests/transcripts/*.txt` is played against the machine, and says what is stored in the end.
//!
//! # The format
//!
//! `#` is prose. The directives come first, then the exchange, then what must be stored.
//!
//! ```text
//! policy: gcs, sync every 7          default or gcs; then: granularity N, sync every N, max size N, keep floor N,
//!                                    keep nothing, overlap conflict, completes explicit, contention refuse
//! options: gap 409, cancel 204       what the dialect leaves to a service; also: decodes content
//! lenient: missing unit              also: inverted empty, length with chunked
//! total: 2000000                     declared at the creation, which the runner does if the exchange does not
//! over tcp: no, the reason           only in memory
//! in memory: no, the reason          only over TCP
//!
//! > PUT {session} HTTP/1.1           a line of a request, sent with CR LF; {session} is the session's URL
//! >                                  the end of the head
//! > [body 0..43]                     bytes of the object; each depends on its offset
//! > [other 0..43]                    bytes of another object
//! > [chunk 0..43]                    the same bytes as `body`, as one chunk of the chunked coding
//! > [last chunk]                     the chunk that ends the body
//! > [raw "PUT\n"]                    any bytes; \n, \r, \t, \0, \", \\ and \xff
//! > [cut]                            the connection is lost here
//! > [wait]                           the server has time, and says nothing
//! < HTTP/1.1 308 Resume Incomplete   the start of an answer; which must be there, whole
//! < Range: bytes=0-42                a field that it must have, once, with this value; {session} takes the value
//! < [no Location]                    a field that it must not have
//! <                                  after this line: its body
//! < [closes]                         after this answer, or without one, the server closes the connection
//! = other                            what follows is on the connection of this name; the first is called `first`
//! ! crash                            the server is lost and comes back with what survived
//! ! expire                           the server lets the upload expire
//! ! store fails                      the store's next operation fails
//! ! store cannot publish             the store's next commit fails
//! ! store rejects                    the store rejects the object for its checksum
//!
//! stored: 0..43, open                these bytes of the object; or: nothing
//! stored: 43 bytes, complete         or: nothing, cancelled (expired, dead); no upload
//! ```
//!
//! An answer of 308 must have `Content-Length: 0` and no `Location`, also where a transcript does not say so. Answers
//! that a transcript does not read make it fail.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test over TCP has sockets, files and threads"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "transcripts/expect.rs"]
mod expect;
#[path = "transcripts/format.rs"]
mod format;
#[path = "transcripts/memory.rs"]
mod memory;
#[path = "transcripts/play.rs"]
mod play;
#[path = "../examples/server/server.rs"]
mod server;
mod support;
#[path = "transcripts/tcp.rs"]
mod tcp;
#[path = "transcripts/teeth.rs"]
mod teeth;

use std::path::Path;

use format::Transcript;
use memory::{Feed, Memory};
use play::play;
use tcp::Tcp;

/// Every transcript, with its name.
fn transcripts() -> Vec<(String, Transcript)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut names: Vec<String> = std::fs::read_dir(folder.clone())
        .expect("the folder of transcripts is there")
        .map(|entry| entry.expect("it can be listed").file_name())
        .map(|name| name.into_string().expect("names are text"))
        .filter(|name| Path::new(name).extension().is_some_and(|kind| kind == "txt"))
        .collect();
    names.sort();
    assert!(names.len() > 30, "expected the transcripts, found {names:?}");
    let read = |name: String| {
        let text = std::fs::read_to_string(folder.join(&name)).expect("it can be read");
        let transcript = Transcript::parse(&text).unwrap_or_else(|error| panic!("{name}:{error}"));
        (name, transcript)
    };
    names.into_iter().map(read).collect()
}

/// Plays a transcript; how many bytes were sent.
fn check(name: &str, transcript: &Transcript, feed: Feed) -> Result<usize, String> {
    let mut player = Memory::new(&transcript.setup, feed);
    match play(transcript, &mut player) {
        Ok(()) => Ok(player.fed),
        Err(error) => Err(format!("tests/transcripts/{name}:{error} (fed {feed:?})")),
    }
}

/// Plays all transcripts in some ways, which depend on how many bytes are sent, and reports every one that differs.
fn check_all<I: IntoIterator<Item = Feed>>(feeds: impl Fn(usize) -> I) {
    let first_difference = |(name, transcript): (String, Transcript)| {
        check(&name, &transcript, Feed::Whole)
            .and_then(|sent| feeds(sent).into_iter().try_for_each(|feed| check(&name, &transcript, feed).map(drop)))
            .err()
    };
    let in_memory = transcripts().into_iter().filter(|(_, transcript)| transcript.setup.only_over_tcp.is_none());
    let failures: Vec<String> = in_memory.filter_map(first_difference).collect();
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_transcript_is_what_the_server_does() {
    check_all(|_| []);
}

/// However the bytes of the requests are split on their way, the answers and the stored bytes are the same.
#[test]
fn every_transcript_is_the_same_in_pieces() {
    check_all(|sent| {
        // Millions of single bytes would take long: there, only the start and the end of each piece come one by one.
        let small = if sent <= LONG { Feed::Pieces(1) } else { Feed::Edges };
        [small, Feed::Pieces(7), Feed::Pieces(4096)]
    });
}

/// The same, split once, at every byte.
#[test]
fn short_transcripts_are_the_same_at_every_split() {
    check_all(|sent| (1..sent).map(Feed::SplitAt).take_while(move |_| sent <= LONG));
}

/// The server example is another host of the same machine: over TCP it must do the same.
#[test]
fn every_transcript_is_what_the_example_does_over_tcp() {
    let mut failures = Vec::new();
    for (name, transcript) in transcripts() {
        if let Some(reason) = &transcript.setup.only_in_memory {
            println!("{name} is not played over tcp: {reason}");
        } else if let Err(error) = play(&transcript, &mut Tcp::new(&transcript.setup)) {
            failures.push(format!("tests/transcripts/{name}:{error} (over tcp)"));
        }
    }
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

/// More bytes than this are sent only where the granularity is Google's, or the object that of Google's example.
const LONG: usize = 10_000;
