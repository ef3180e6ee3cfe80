//! Answers of every kind: whole and cut, small and endless, refusals, and what is no answer.

use crate::program::file;
use crate::server::Action::{Answer, Close, Flood};
use crate::server::{TOKEN, complete, created, kept, status};

#[test]
fn a_refusal_is_printed_with_its_text() {
    file(11)
        .against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(status(400, "no such\r\n  luck")))])
        .fails("the server refused the request with 400 (last: 400 no such luck)");
}

/// A text could hide what was printed before, or name the session.
#[test]
fn a_text_neither_controls_the_terminal_nor_tells_the_secret() {
    let text = format!("\x1b[2Jsee http://a/up/{TOKEN}?upload_id={TOKEN} \u{9b}2J\x07");
    file(11)
        .against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(status(403, &text)))])
        .fails("the server refused the request with 403 (last: 403 [2Jsee http://a/up/***?upload_id=*** 2J)");
}

/// A secret that the limit of the text cuts in two cannot be found, so the last word of a long text is left out.
#[test]
fn a_long_text_is_cut_before_a_secret_could_be() {
    let text = format!("{} {TOKEN}", "x".repeat(1010));
    let ran = file(11).against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(status(400, &text)))]);
    assert!(ran.stderr.ends_with("x ...)\n"), "{}", ran.stderr);
}

#[test]
fn an_endless_text_is_not_read_to_its_end() {
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 1073741824\r\n\r\nbecause ";
    let ran = file(11).against([("POST", Answer(created())), ("PUT bytes 0-10/11", Flood(head.to_owned()))]);
    ran.fails("the server refused the request with 400 (last: 400 because ...)");
    // What the buffers of the two sockets hold is more than what was read.
    assert!(ran.seen.flooded < 64 << 20, "{} bytes could be sent", ran.seen.flooded);
}

#[test]
fn after_an_endless_text_another_connection_is_taken() {
    let head = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
    let ran = file(11).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Flood(head.to_owned())),
        ("PUT bytes */11", Answer(complete())),
    ]);
    ran.succeeds();
    assert_eq!(ran.seen.connections, 2);
}

/// A gateway can have written the head before it knew the end.
#[test]
fn a_success_that_breaks_off_is_asked_for_again() {
    let ran = file(11).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Close("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabc".to_owned())),
        ("PUT bytes */11", Answer(complete())),
    ]);
    ran.succeeds();
    assert!(ran.stderr.contains("no answer: the answer 200 broke off\n"));
}

#[test]
fn a_head_that_breaks_off_is_no_answer() {
    file(11)
        .against([
            ("POST", Answer(created())),
            ("PUT bytes 0-10/11", Close("HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-".to_owned())),
            ("PUT bytes */11", Answer(kept(3))),
            ("PUT bytes 3-10/11", Answer(complete())),
        ])
        .succeeds();
}

#[test]
fn what_is_not_http_is_no_answer() {
    let ran = file(11).with(&["--max-attempts", "2"]).against([
        ("POST", Close("SSH-2.0-OpenSSH_9.2\r\n".to_owned())),
        ("POST", Close("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n".to_owned())),
    ]);
    ran.fails(
        "no progress in 2 attempts (last: the answer is malformed: expected one content-length, got more than one)",
    );
}

#[test]
fn interim_answers_are_skipped() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let ran = file(11).against([
        ("POST", Answer(format!("{interim}{}", created()))),
        ("PUT bytes 0-10/11", Answer(format!("{interim}{}", complete()))),
    ]);
    ran.succeeds();
    assert_eq!(ran.seen.connections, 1);
}

#[test]
fn interim_answers_without_end_are_no_answer() {
    let ran = file(11).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Close("HTTP/1.1 102 Processing\r\n\r\n".repeat(33))),
        ("PUT bytes */11", Answer(complete())),
    ]);
    ran.succeeds();
    assert!(ran.stderr.contains("no answer: expected an answer after 32 interim ones, got another\n"));
}

/// B21: every 2xx is a success, and Redivis sends nothing with it.
#[test]
fn every_2xx_after_the_last_byte_is_a_success() {
    for answer in [
        "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n{}",
    ] {
        file(11).against([("POST", Answer(created())), ("PUT bytes 0-10/11", Close(answer.to_owned()))]).succeeds();
    }
}

#[test]
fn r44_a_success_after_a_part_is_none() {
    file(262_155)
        .with(&["--chunk-size", "262144"])
        .against([("POST", Answer(created())), ("PUT bytes 0-262143/262155", Answer(complete()))])
        .fails("expected success after everything was sent, got it after 262144 bytes of 262155 (last: 200)");
}

#[test]
fn r45_a_308_in_disguise_is_one() {
    let answer = "HTTP/1.1 200 OK\r\nX-HTTP-Status-Code-Override: 308\r\nRange: bytes=0-6\r\nContent-Length: 0\r\n\r\n";
    let ran = file(11).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Answer(answer.to_owned())),
        ("PUT bytes 7-10/11", Answer(complete())),
    ]);
    ran.succeeds();
    assert_eq!(ran.ladder()[3], "200 (308) bytes=0-6");
}

#[test]
fn a_redirect_is_not_followed() {
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://a.invalid/{TOKEN}\r\nContent-Length: 0\r\n\r\n");
    let why = "the server refused the request with 307 (last: 307 a redirect, which is not followed)";
    file(11).against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(answer.clone()))]).fails(why);
    file(11).against([("POST", Answer(answer))]).fails(why);
}

#[test]
fn a_connection_that_the_server_will_close_is_not_used_again() {
    let closing = |answer: &str| Close(answer.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    let ran = file(11).against([
        ("POST", closing(&created())),
        ("PUT bytes 0-10/11", closing(&kept(7))),
        ("PUT bytes 7-10/11", closing(&complete())),
    ]);
    ran.succeeds();
    assert_eq!(ran.seen.connections, 3);
    assert!(!ran.stderr.contains("no answer"), "{}", ran.stderr);
}

/// What the server has closed during a wait is seen before a request is sent into the void.
#[test]
fn a_kept_connection_that_was_closed_is_replaced() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    let ran = file(11).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Close(busy.to_owned())),
        ("PUT bytes */11", Answer(complete())),
    ]);
    ran.succeeds();
    assert_eq!(ran.seen.connections, 2);
    assert!(!ran.stderr.contains("no answer"), "{}", ran.stderr);
}
