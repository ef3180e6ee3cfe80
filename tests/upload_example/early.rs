//! Answers that come while the body is still being sent.

use crate::program::file;
use crate::server::Action::{Answer, Cut, Hold, Interrupt};
use crate::server::{complete, created, kept, status};

/// More than the buffers of two sockets hold.
const LONG: u64 = 16 << 20;

/// The server has said no, and waits for the client to see it.
#[test]
fn a_refusal_ends_the_sending() {
    file(LONG)
        .with(&["--chunk-size", "0"])
        .against([("POST", Answer(created())), ("PUT bytes 0-16777215/16777216", Hold(100, status(413, "too large")))])
        .fails("the server refused the request with 413 (last: 413 too large)");
}

/// The server says no and resets the connection: what it said must not be lost with it.
#[test]
fn a_refusal_is_read_although_the_connection_breaks() {
    file(LONG)
        .with(&["--chunk-size", "0"])
        .against([("POST", Answer(created())), ("PUT bytes 0-16777215/16777216", Cut(100, status(400, "because")))])
        .fails("the server refused the request with 400 (last: 400 because)");
}

#[test]
fn r42_a_503_ends_the_sending_and_the_server_is_asked() {
    let ran = file(LONG).with(&["--chunk-size", "0"]).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-16777215/16777216", Cut(100, status(503, ""))),
        ("PUT bytes */16777216", Answer(kept(100))),
        ("PUT bytes 100-16777215/16777216", Answer(complete())),
    ]);
    ran.succeeds();
    assert_eq!(ran.seen.connections, 2, "the rest of a body is no request");
}

#[test]
fn an_early_308_is_where_to_go_on() {
    file(LONG)
        .with(&["--chunk-size", "0"])
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-16777215/16777216", Cut(100, kept(43))),
            ("PUT bytes 43-16777215/16777216", Answer(complete())),
        ])
        .succeeds();
}

/// Nobody has all of a body that is still being sent: the success counts when the rest was sent, too.
#[test]
fn r44_an_early_success_does_not_end_the_sending() {
    let ran = file(LONG).with(&["--chunk-size", "0"]).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-16777215/16777216", Interrupt(100, complete(), String::new())),
    ]);
    ran.succeeds();
    assert!(ran.stderr.contains(" 16777216 bytes sent, 0 of them again"));
}

#[test]
fn r44_an_early_success_that_closes_is_asked_for_again() {
    let ran = file(LONG).with(&["--chunk-size", "0"]).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-16777215/16777216", Cut(100, complete())),
        ("PUT bytes */16777216", Answer(kept(100))),
        ("PUT bytes 100-16777215/16777216", Answer(complete())),
    ]);
    ran.succeeds();
    assert!(ran.stderr.contains("no answer: the answer 200 came before everything was sent\n"));
}

#[test]
fn an_interim_answer_does_not_end_the_sending() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".to_owned();
    let ran = file(LONG)
        .with(&["--chunk-size", "0"])
        .against([("POST", Answer(created())), ("PUT bytes 0-16777215/16777216", Interrupt(100, interim, complete()))]);
    ran.succeeds();
    assert_eq!(ran.seen.connections, 1);
}
