//! A runner that takes anything proves nothing: what is wrong in a transcript must make it fail, with its line.

use crate::format::Transcript;
use crate::memory::{Feed, Memory};
use crate::play::play;

/// An exchange that is right: seven bytes, and what is stored.
const RIGHT: &str = "\
policy: default
> PUT {session} HTTP/1.1
> Host: a
> Content-Range: bytes 0-6/11
> Content-Length: 7
>
> [body 0..7]
< HTTP/1.1 308 Resume Incomplete
< Range: bytes=0-6
stored: 0..7, open
";

fn run(text: &str) -> Result<(), String> {
    let transcript = Transcript::parse(text)?;
    play(&transcript, &mut Memory::new(&transcript.setup, Feed::Whole))
}

/// Changes one thing in what is right, and tells what the runner says.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(run(RIGHT), Ok(()));
    assert_eq!(RIGHT.matches(from).count(), 1, "expected one `{from}` to change");
    run(&RIGHT.replace(from, to)).expect_err("expected the runner to fail")
}

#[test]
fn lines_that_are_not_of_the_format() {
    assert_eq!(changed("policy: default", "polcy: default"), "1: expected a directive, found `polcy`");
    assert_eq!(changed("policy: default", "policy: gsc"), "1: expected default or gcs, found Some(\"gsc\")");
    assert_eq!(changed("default", "default, sync 7"), "1: expected a knob of the policy, found `sync 7`");
    assert_eq!(changed("default", "default\nlenient: all"), "2: expected a leniency, found `all`");
    assert_eq!(changed("default", "default\noptions: gap 410"), "2: expected an option, found `gap 410`");
    assert_eq!(changed("default", "default\nin memory: yes"), "2: expected `no, ` and why, found `yes`");
    assert_eq!(changed("> [body 0..7]", "> [bytes 0..7]"), "7: expected a body, found `bytes 0..7`");
    assert_eq!(changed("> [body 0..7]", "> [body 7..0]"), "7: expected a range, found `7..0`");
    assert_eq!(changed("> [body 0..7]", "! reboot"), "7: expected an event, found `reboot`");
    assert_eq!(changed("> [body 0..7]", "[body 0..7]"), "7: expected a line of the exchange, found `[body 0..7]`");
    assert_eq!(changed("> [body 0..7]", "> [raw \"\\q\"]"), "7: expected bytes in quotes, found \"\\q\"");
    assert_eq!(changed("< Range: bytes=0-6", "< Range bytes=0-6"), "9: expected a field, found `Range bytes=0-6`");
    assert_eq!(changed("0..7, open", "0..7, finished"), "10: expected what is stored, found `0..7, finished`");
    assert_eq!(changed("open\n", "open\n> PUT\n"), "11: expected nothing after `stored:`");
}

#[test]
fn what_must_be_there() {
    assert_eq!(changed("stored: 0..7, open\n", ""), "1: expected `stored:` at the end, found none");
    let without = RIGHT.replace("< HTTP/1.1 308 Resume Incomplete\n< Range: bytes=0-6\n", "");
    assert_eq!(run(&without), Err("1: expected an answer, found none".to_owned()));
}

#[test]
fn answers_that_differ() {
    let differs = |from, to, start: &str| {
        let error = changed(from, to);
        assert!(error.starts_with(start), "{error}");
    };
    differs("308 Resume Incomplete", "200 OK", "8: expected 200 OK, got 308 Resume Incomplete");
    differs("308 Resume Incomplete", "308 Permanent Redirect", "8: expected 308 Permanent Redirect, got 308 Resume");
    differs("bytes=0-6\n", "bytes=0-5\n", "8: expected Range: bytes=0-5, got bytes=0-6");
    differs("Range: bytes=0-6\n", "Retry-After: 1\n", "8: expected Retry-After: 1, got Absent");
    differs("< Range: bytes=0-6\n", "< [no Range]\n", "8: expected no Range, got 308");
    differs("< Range: bytes=0-6\n", "<\n< text\n", "8: expected the body \"text\", got 308");
    differs("< Range: bytes=0-6\n", "< [closes]\n", "9: expected a closed connection, got an open one");
    differs("> [body 0..7]", "> [body 0..6]", "8: expected an answer, got none");
}

#[test]
fn answers_that_nobody_reads() {
    let status = "> PUT {session} HTTP/1.1\n> Host: a\n> Content-Range: bytes */*\n>\n";
    let stored = format!("{status}stored");
    assert!(
        changed("stored", &stored).starts_with("end: expected every answer to be read, got on `first`: HTTP/1.1 308")
    );
    let waits = format!("{status}> [wait]\nstored");
    assert!(changed("stored", &waits).starts_with("14: expected silence, got HTTP/1.1 308"));
}

#[test]
fn bytes_that_are_not_stored() {
    let differs = "end: expected Bytes(8, Open) to be stored, got Bytes(7, Open)";
    assert_eq!(changed("stored: 0..7", "stored: 0..8"), differs);
    let complete = "end: expected Bytes(7, Complete) to be stored, got Bytes(7, Open)";
    assert_eq!(changed("0..7, open", "7 bytes, complete"), complete);
    let right = "end: expected 7 bytes of the object, got 7, of which 0 are right";
    assert_eq!(changed("[body 0..7]", "[other 0..7]"), right);
    let moved = "end: expected 7 bytes of the object, got 7, of which 0 are right";
    assert_eq!(changed("[body 0..7]", "[body 1..8]"), moved);
}
