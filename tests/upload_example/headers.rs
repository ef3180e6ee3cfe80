//! Fields of the user's own: credentials above all.

use crate::program::{file, run};
use crate::server::Action::{Answer, Then};
use crate::server::{TOKEN, complete, created, kept, status};

#[test]
fn they_go_with_every_request() {
    let bearer = format!("Authorization: Bearer {TOKEN}");
    let ran = file(11).with(&["--header", &bearer, "--header", "X-Goog-User-Project:\tseven "]).against([
        ("POST", Answer(created())),
        ("PUT bytes 0-10/11", Answer(status(503, ""))),
        ("PUT bytes */11", Answer(kept(7))),
        ("PUT bytes 7-10/11", Answer(complete())),
    ]);
    ran.succeeds();
    for head in &ran.seen.heads {
        assert!(head.contains(&format!("\r\n{bearer}\r\nX-Goog-User-Project: seven\r\n")), "{head}");
    }
}

/// They are told to nobody but the server: every run of these tests looks for the token in what the program prints.
#[test]
fn they_are_not_shown_even_if_the_server_repeats_them() {
    let text = format!("no: Authorization: Bearer {TOKEN}; {TOKEN}");
    let header = format!("Authorization: Bearer {TOKEN}");
    let ran = file(11).with(&["--header", &header]).against([("POST", Answer(status(401, &text)))]);
    ran.fails("the server refused the request with 401 (last: 401 no: Authorization: ***; ***)");
}

#[test]
fn they_do_not_go_to_another_host() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = format!("http://{}/up", elsewhere.local_addr().unwrap());
    let answer = format!("HTTP/1.1 200 OK\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let ran = file(11).with(&["--header", &format!("Authorization: {TOKEN}")]).against([("POST", Answer(answer))]);
    assert_eq!(ran.code, Some(1));
    assert!(elsewhere.accept().is_err(), "nobody went there");
}

/// Somebody has written another session into the state.
#[test]
fn they_do_not_go_where_a_state_leads() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = elsewhere.local_addr().unwrap().to_string();
    let lives = file(11).with(&["--header", &format!("Authorization: {TOKEN}")]).kept().again();
    let (state, kill) = (lives.state(), lives.kill());
    let forge = move || {
        let text = std::fs::read_to_string(&state).unwrap();
        let (start, rest) = text.split_once("http://127.0.0.1:").unwrap();
        let (_, rest) = rest.split_once('/').unwrap();
        std::fs::write(&state, format!("{start}http://{address}/{rest}")).unwrap();
        kill();
    };
    let outcome =
        lives.against([("POST", Answer(created())), ("PUT bytes 0-10/11", Then(Box::new(forge), String::new()))]);
    let ran = outcome.last();
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("the session is not on the host of its creation"), "{}", ran.stderr);
    assert!(elsewhere.accept().is_err(), "nobody went there");
}

#[test]
fn what_belongs_to_the_protocol_or_would_inject_is_refused() {
    let url = "http://127.0.0.1:1/create";
    let injected = format!("Authorization: {TOKEN}\r\nContent-Length: 7");
    for (header, why) in [
        (TOKEN, "expected a header as 'Name: value', got a text without a colon"),
        (": a", "expected a token as the name of a header, got another byte in it, or nothing"),
        ("a b: c", "expected a token as the name of a header, got another byte in it, or nothing"),
        ("a\r\nb: c", "expected a token as the name of a header, got another byte in it, or nothing"),
        ("A:", "expected visible ascii, spaces and tabs as the value of the header A, got another byte, or nothing"),
        (
            injected.as_str(),
            "expected visible ascii, spaces and tabs as the value of the header Authorization, got another byte",
        ),
        ("A: \u{e9}", "expected visible ascii, spaces and tabs as the value of the header A, got another byte"),
    ] {
        run(&["-", url, "--header", header], 0).is_wrong(why);
    }
    for name in [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "CONTENT-RANGE",
        "Content-Type",
        "Content-Encoding",
        "Connection",
        "Expect",
        "Upgrade",
        "X-Goog-Resumable",
        "X-Goog-Hash",
        "X-Upload-Content-Length",
        "X-GUploader-No-308",
    ] {
        let why = format!("expected a header that does not belong to the protocol, got {name}");
        run(&["-", url, "--header", &format!("{name}: {TOKEN}")], 0).is_wrong(&why);
    }
}
