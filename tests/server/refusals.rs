//! Every refusal there is: how it comes about, its answer, its text in the log, and its line on the wire.

use resumable::google::{Echo, Options, encode_reply};
use resumable::server::{Answer, Fault, Outcome, Refusal, Rejection, StoreReply};
use resumable::{Overlap, Persisted, Policy};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{Request, delete, put, status};

const ELEVEN: Option<u64> = Some(11);
const FOUR: Persisted = Persisted::confirmed(4);

/// Sends `request` to an upload of which four bytes are persisted, and requires that it is refused like this.
fn refused(request: Request<'_>, refusal: Refusal, text: &str, line: &str) {
    refused_by(&mut Host::holding(Policy::default(), None, b"abcd"), request, refusal, text, line);
}

fn refused_by(host: &mut Host, request: Request<'_>, refusal: Refusal, text: &str, line: &str) {
    assert_eq!(host.send(request), line);
    let answer = host.outcome.expect("an answer").answer;
    assert_eq!(answer, Answer::Refused(refusal));
    assert_eq!(refusal.to_string(), text);
    assert_eq!(answer.to_string(), format!("refused: {text}"));
    // What is on the wire is what the log says, but for the gap; and its length is true.
    let (_, on_the_wire) = line.split_once(' ').expect("a status and a text");
    let length = format!("Content-Length: {}", on_the_wire.len());
    let fields = host.fields();
    assert!(fields.contains(&length), "{fields:?}");
    assert!(fields.contains(&"Content-Type: text/plain; charset=utf-8".into()));
}

#[test]
fn gap() {
    refused(
        put("bytes 7-10/11", &OBJECT[7..]),
        Refusal::Gap { at: 7, persisted: FOUR },
        "expected an append at offset 4 or below, got one at 7",
        "503 Invalid request.  According to the Content-Range header, the upload offset is 7 byte(s), which exceeds \
         already uploaded size of 4 byte(s).",
    );
}

#[test]
fn a_gap_on_the_wire_is_the_text_that_google_sends() {
    // The numbers of a capture from Drive (Byron/google-apis-rs#438), whose Content-Length was 152.
    let persisted = Persisted::confirmed(35_389_440);
    let refusal = Refusal::Gap { at: 41_943_040, persisted };
    let outcome = Outcome { answer: Answer::Refused(refusal), body_read: false };
    let reply = encode_reply(&outcome, Echo::default(), &Options::default());
    assert_eq!(
        reply.to_string(),
        "503 Invalid request.  According to the Content-Range header, the upload offset is 41943040 byte(s), which \
         exceeds already uploaded size of 35389440 byte(s)."
    );
    assert_eq!(reply.content_length(), Some(152));
}

#[test]
fn conflict() {
    let policy = Policy { overlap: Overlap::Conflict, ..Policy::default() };
    let text = "expected an append at offset 4, got one at 3";
    refused_by(
        &mut Host::holding(policy, None, b"abcd"),
        put("bytes 3-10/11", &OBJECT[3..]),
        Refusal::Conflict { at: 3, persisted: FOUR },
        text,
        &format!("409 {text}"),
    );
}

#[test]
fn total_changed() {
    let text = "expected the declared total of 11 bytes, got 12";
    refused_by(
        &mut Host::holding(Policy::default(), ELEVEN, b"abcd"),
        put("bytes 4-10/12", &OBJECT[4..]),
        Refusal::TotalChanged { declared: 11, named: 12 },
        text,
        &format!("400 {text}"),
    );
}

#[test]
fn total_below_persisted() {
    let text = "expected a total of at least the 4 bytes that are persisted, got 3";
    refused(
        put("bytes 0-2/3", b"abc"),
        Refusal::TotalBelowPersisted { total: 3, persisted: FOUR },
        text,
        &format!("400 {text}"),
    );
}

#[test]
fn beyond_total() {
    let text = "expected a range within the declared total of 11 bytes, got one that ends at 12";
    refused_by(
        &mut Host::holding(Policy::default(), ELEVEN, b"abcd"),
        put("bytes 4-11/*", b"efghijkl"),
        Refusal::BeyondTotal { end: 12, total: 11 },
        text,
        &format!("400 {text}"),
    );
}

#[test]
fn length_mismatch() {
    let text = "expected a body of 7 bytes as the range says, got a length of 3";
    refused(put("bytes 4-10/11", b"efg"), Refusal::LengthMismatch { range: 7, body: 3 }, text, &format!("400 {text}"));
}

#[test]
fn body_too_short() {
    let text = "expected a body of 7 bytes as the range says, got 3";
    refused(
        put("bytes 4-10/11", b"efg").chunked(),
        Refusal::BodyTooShort { range: 7, received: 3 },
        text,
        &format!("400 {text}"),
    );
}

#[test]
fn body_too_long() {
    let text = "expected a body of 3 bytes as the range says, got more";
    refused(put("bytes 4-6/11", b"efgh").chunked(), Refusal::BodyTooLong { range: 3 }, text, &format!("400 {text}"));
}

#[test]
fn status_with_body() {
    let text = "expected a status request without a body, got one with a body";
    refused(put("bytes */*", b"e"), Refusal::StatusWithBody, text, &format!("400 {text}"));
}

#[test]
fn too_small() {
    let text =
        "expected a request that is not the last to reach a new multiple of 262144 bytes, got one that ends at 7";
    refused_by(
        &mut Host::holding(Policy::gcs(), None, b"abcd"),
        put("bytes 4-6/11", b"efg"),
        Refusal::TooSmall { granularity: 262_144, end: 7 },
        text,
        &format!("400 {text}"),
    );
}

#[test]
fn too_large() {
    let policy = Policy { max_size: 10, ..Policy::default() };
    let text = "expected at most 10 bytes, got 11 or more";
    refused_by(
        &mut Host::holding(policy, None, b"abcd"),
        put("bytes 4-10/11", &OBJECT[4..]),
        Refusal::TooLarge { max_size: 10, size: 11 },
        text,
        &format!("413 {text}"),
    );
}

#[test]
fn busy() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    let mut cancel = host.open(delete());
    host.until(&mut cancel, "discard");
    let text = "the upload is being worked on, ask again";
    refused_by(&mut host, status("bytes */*"), Refusal::Busy, text, &format!("503 {text}"));
    assert!(host.fields().contains(&"Retry-After: 1".into()));
}

#[test]
fn unavailable() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    let text = "the store is unavailable, ask again";
    refused_by(&mut host, delete(), Refusal::Unavailable, text, &format!("503 {text}"));
    assert!(host.fields().contains(&"Retry-After: 1".into()));
}

#[test]
fn store_full() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    host.store_says(StoreReply::Failed(Fault::Full));
    let request = put("bytes 4-10/11", &OBJECT[4..]);
    refused_by(&mut host, request, Refusal::StoreFull, "the store is full", "507 the store is full");
}

/// An upload that has all its bytes, whose store rejects it after the fence.
fn rejected(rejection: Rejection) -> Host {
    let mut host = Host::holding(Policy::default(), None, OBJECT);
    host.store_says(StoreReply::Fenced(host.session.snapshot()));
    host.store_says(StoreReply::Rejected(rejection));
    host
}

#[test]
fn checksum_mismatch() {
    let text = "the object differs from the checksum that was declared for it";
    refused_by(
        &mut rejected(Rejection::Checksum),
        status("bytes */11"),
        Refusal::ChecksumMismatch,
        text,
        &format!("400 {text}"),
    );
}

#[test]
fn precondition_failed() {
    let text = "the object's precondition does not hold";
    refused_by(
        &mut rejected(Rejection::Precondition),
        status("bytes */11"),
        Refusal::PreconditionFailed,
        text,
        &format!("412 {text}"),
    );
}

#[test]
fn cancelled() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    host.send(delete());
    let text = "the upload was cancelled";
    refused_by(&mut host, status("bytes */*"), Refusal::Cancelled, text, &format!("499 {text}"));
}

#[test]
fn expired() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    let mut expiry = host.expire();
    host.finish(&mut expiry);
    let text = "the upload has expired";
    refused_by(&mut host, status("bytes */*"), Refusal::Expired, text, &format!("404 {text}"));
}

#[test]
fn dead() {
    let mut host = rejected(Rejection::Checksum);
    host.send(status("bytes */11"));
    let text = "the upload is dead, its commit failed for good";
    refused_by(&mut host, status("bytes */*"), Refusal::Dead, text, &format!("410 {text}"));
}

#[test]
fn already_complete() {
    let mut host = Host::new(Policy::default(), None);
    host.send(put("bytes 0-10/11", OBJECT));
    let text = "the upload is complete and cannot be cancelled";
    refused_by(&mut host, delete(), Refusal::AlreadyComplete, text, &format!("404 {text}"));
}
