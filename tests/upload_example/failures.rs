//! What goes wrong on the way, and how the upload goes on: wait, ask, go on from what the server says.

use crate::program::{file, run, stream};
use crate::server::Action::{Answer, Close, Cut, Hold};
use crate::server::{complete, created, kept, status};

const CHUNK: u64 = 262_144;

/// B56: some clients take a part for the whole.
#[test]
fn r41_what_the_server_has_not_kept_is_sent_again() {
    for source in [file(11), stream(11)] {
        let ran = source.against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Answer(complete())),
        ]);
        ran.succeeds();
        assert!(ran.stderr.contains("done: 3 requests, 0 retries, 15 bytes sent, 4 of them again, "));
    }
}

/// B02: the part that is left is cut from the right end.
#[test]
fn r41_a_stream_goes_on_inside_of_a_chunk() {
    stream(2 * CHUNK + 3)
        .with(&["--chunk-size", "524288"])
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-524287/*", Answer(kept(CHUNK + 11))),
            ("PUT bytes 262155-524290/524291", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn r42_after_a_503_the_server_is_asked() {
    let ran = file(11).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Answer(status(503, ""))),
        ("PUT bytes */11", Answer(kept(3))),
        ("PUT bytes 3-10/11", Answer(complete())),
    ]);
    ran.succeeds();
    assert_eq!(ran.ladder()[3..], ["503", "PUT bytes */11", "308 bytes=0-2", "PUT bytes 3-10/11", "200"]);
    assert!(ran.stderr.contains("1 retries"), "{}", ran.stderr);
}

/// B04: a lost connection says nothing about what was kept.
#[test]
fn r42_after_a_lost_answer_the_server_is_asked() {
    for source in [file(11), stream(11)] {
        let ran = source.against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Close(String::new())),
            ("PUT bytes */11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Answer(complete())),
        ]);
        ran.succeeds();
        assert!(ran.stderr.contains("no answer: the connection was closed without an answer"));
    }
}

#[test]
fn r42_after_the_last_answer_was_lost_nothing_is_sent_twice() {
    let ran = file(11).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Close(String::new())),
        ("PUT bytes */11", Answer(complete())),
    ]);
    ran.succeeds();
    assert!(ran.stderr.contains(" 11 bytes sent, 0 of them again"), "{}", ran.stderr);
}

#[test]
fn r42_a_connection_that_breaks_in_a_body_is_replaced() {
    for source in [file(2_097_145), stream(2_097_145)] {
        let ran = source.with(&["--chunk-size", "2097152"]).against([
            ("POST", Answer(created())),
            ("PUT bytes 0-2097144/2097145", Cut(1_000_003, String::new())),
            ("PUT bytes */2097145", Answer(kept(3 * CHUNK))),
            ("PUT bytes 786432-2097144/2097145", Answer(complete())),
        ]);
        ran.succeeds();
        assert_eq!(ran.seen.connections, 2);
    }
}

#[test]
fn a_silent_server_is_given_up_after_the_timeout() {
    let ran = file(11).with(&["--timeout", "1"]).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Hold(u64::MAX, String::new())),
        ("PUT bytes */11", Answer(complete())),
    ]);
    ran.succeeds();
    assert!(ran.stderr.contains("no answer: no sign of the server for 1s"));
}

#[test]
fn a_server_that_takes_nothing_is_given_up_after_the_timeout() {
    let ran = file(16 << 20).with(&["--timeout", "1", "--chunk-size", "0"]).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-16777215/16777216", Hold(7, String::new())),
        ("PUT bytes */16777216", Answer(complete())),
    ]);
    ran.succeeds();
    assert!(ran.stderr.contains("no answer: no sign of the server for 1s"));
}

/// B50: some clients send for ever to a server that keeps nothing.
#[test]
fn r47_a_server_that_keeps_nothing_is_given_up() {
    let mut script = vec![("POST".to_owned(), Answer(created()))];
    for _ in 0..3 {
        script.push(("PUT bytes 0-10/11".to_owned(), Answer(kept(0))));
        script.push(("PUT bytes */11".to_owned(), Answer(kept(0))));
    }
    // The fourth failure is the last, and no question comes after it.
    script.push(("PUT bytes 0-10/11".to_owned(), Answer(kept(0))));
    file(11).with(&["--max-attempts", "4"]).against_long(script).fails("no progress in 4 attempts (last: 308)");
}

#[test]
fn r47_a_server_that_is_never_available_is_given_up() {
    let busy = || Answer(status(503, "come back later"));
    file(11)
        .with(&["--max-attempts", "4"])
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", busy()),
            ("PUT bytes */11", busy()),
            ("PUT bytes */11", busy()),
            ("PUT bytes */11", busy()),
        ])
        .fails("no progress in 4 attempts (last: 503 come back later)");
}

#[test]
fn r47_a_server_that_is_not_there_is_given_up() {
    let vacant = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/create", vacant.local_addr().unwrap());
    drop(vacant);
    let ran = run(&["-", &url, "--backoff-ms", "1", "--max-attempts", "2"], 11);
    assert_eq!(ran.code, Some(1));
    let why = "error: no progress in 2 attempts (last: cannot connect: ";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

/// B59: some clients go on with an address that is gone.
#[test]
fn r43_a_session_that_is_gone_is_replaced_if_the_source_can_be_read_again() {
    file(11)
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Answer(status(404, ""))),
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(complete())),
        ])
        .succeeds();
    stream(11)
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Answer(status(410, "the store has failed"))),
        ])
        .fails("the session is gone (last: 410 the store has failed)");
}

/// B32: some clients skip what the server says to have.
#[test]
fn r41_a_server_that_has_more_than_was_sent_is_not_believed() {
    stream(CHUNK + 7)
        .with(&["--chunk-size", "262144"])
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-262143/*", Answer(kept(CHUNK + 3))),
        ])
        .fails(
            "expected the server to have at most the 262144 bytes that were sent, got 262147 (last: 308 bytes=0-262146)",
        );
}

#[test]
fn r41_a_server_that_has_lost_bytes_is_forgiven_once_for_a_file() {
    file(11)
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Answer(kept(3))),
            ("PUT bytes */11", Answer(kept(3))),
            ("PUT bytes 3-10/11", Answer(complete())),
        ])
        .succeeds();
    stream(11)
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(kept(7))),
            ("PUT bytes 7-10/11", Answer(kept(3))),
        ])
        .fails("expected the server to have at least the 7 bytes it acknowledged, got 3 (last: 308 bytes=0-2)");
}

/// The creation is repeated: each makes another session, and what was sent to none is lost to none.
#[test]
fn a_creation_without_an_answer_is_repeated() {
    file(11)
        .against([
            ("POST", Close(String::new())),
            ("POST", Answer(status(503, ""))),
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Answer(complete())),
        ])
        .succeeds();
}
