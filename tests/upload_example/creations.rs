//! How a session is asked for, and where it may be.

use crate::program::{file, stream};
use crate::server::Action::Answer;
use crate::server::{TOKEN, complete, created, status};

#[test]
fn a_json_creation_names_size_and_type() {
    let ran = file(11)
        .with(&["--content-type", "text/csv", "--name", "a b/c"])
        .against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(complete()))]);
    ran.succeeds();
    let head = format!(
        "POST /create?uploadType=resumable&name=a%20b%2Fc HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
         X-Upload-Content-Length: 11\r\nX-Upload-Content-Type: text/csv\r\nContent-Length: 0\r\n\r\n",
        ran.seen.port
    );
    assert_eq!(ran.seen.heads[0], head);
    let head = format!(
        "PUT /up/{TOKEN}?upload_id={TOKEN} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
         Content-Range: bytes 0-10/11\r\nContent-Length: 11\r\nx-goog-hash: crc32c=+xWd+g==\r\n\r\n",
        ran.seen.port
    );
    assert_eq!(ran.seen.heads[1], head);
}

#[test]
fn a_creation_for_a_stream_names_no_size() {
    let ran = stream(11).against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(complete()))]);
    assert!(!ran.seen.heads[0].contains("X-Upload-Content-Length"));
}

#[test]
fn an_xml_creation_says_start() {
    let ran = file(11)
        .with(&["--kind", "xml", "--content-type", "text/csv"])
        .at("/bucket/object")
        .against([("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(complete()))]);
    ran.succeeds();
    let fields = "\r\nx-goog-resumable: start\r\nX-Upload-Content-Length: 11\r\nContent-Type: text/csv\r\n";
    assert!(ran.seen.heads[0].contains(fields), "{}", ran.seen.heads[0]);
}

#[test]
fn a_redivis_creation_has_a_body() {
    let script = || [("POST", Answer(created())), ("PUT bytes 0-10/11", Answer(complete()))];
    let run = file(11).at("/api/v1/tables/user.dataset.table/uploads");
    let name = run.path().file_name().unwrap().to_str().unwrap().to_owned();
    let ran = run.against(script());
    ran.succeeds();
    assert_eq!(ran.seen.bodies[0], format!(r#"{{"name":"{name}","size":11}}"#));
    assert!(ran.seen.heads[0].contains("\r\nContent-Type: application/json\r\n"));

    let ran = stream(11).with(&["--kind", "redivis", "--name", "a\"\\\nb"]).against(script());
    ran.succeeds();
    assert_eq!(ran.seen.bodies[0], r#"{"name":"a\"\\\nb"}"#);
}

#[test]
fn a_session_may_be_named_with_or_without_its_host() {
    for location in ["http://{host}/up/7", "//{host}/up/7", "/up/7"] {
        let ran = file(11).against([("POST", Answer(located(location))), ("PUT bytes 0-10/11", Answer(complete()))]);
        ran.succeeds();
        assert!(ran.seen.heads[1].starts_with("PUT /up/7 HTTP/1.1\r\n"));
    }
}

/// Whoever can forge one field could otherwise have the bytes sent elsewhere.
#[test]
fn a_session_elsewhere_is_refused() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = elsewhere.local_addr().unwrap();
    let ran = file(11).against([("POST", Answer(located(&format!("http://{address}/{TOKEN}"))))]);
    ran.fails(&format!(
        "expected the address of the new session, got none that can be used (last: 201 Location: expected a session \
         at 127.0.0.1:{}, got one at {address}, which is not trusted)",
        ran.seen.port
    ));
    assert!(elsewhere.accept().is_err(), "nobody went there");
}

#[test]
fn a_session_over_https_is_refused() {
    file(11).against([("POST", Answer(located(&format!("https://{{host}}/{TOKEN}"))))]).fails(
        "expected the address of the new session, got none that can be used (last: 201 Location: expected a URL \
             with http://, got https, which is not supported)",
    );
}

#[test]
fn a_session_without_an_address_is_refused() {
    file(11)
        .against([("POST", Answer(status(200, "welcome")))])
        .fails("expected the address of the new session, got none that can be used (last: 200 welcome)");
}

#[test]
fn a_creation_that_is_refused_is_not_repeated() {
    file(11)
        .against([("POST", Answer(status(404, "no such bucket")))])
        .fails("the server refused the request with 404 (last: 404 no such bucket)");
}

fn located(location: &str) -> String {
    format!("HTTP/1.1 201 Created\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}
