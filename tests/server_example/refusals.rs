//! What is refused, and that the client can read why.

use crate::peer::{Host, data};
use crate::server::Config;

/// The client sends everything before it reads: closing at once would reset the connection under the answer.
#[test]
fn a_refusal_can_be_read_though_its_body_was_not() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let body = data(3_000_001);
    for (range, status) in [("bytes 7-3000007/4000000", 503), ("bytes 0-10/4000000", 400), ("bytes 0-9/5", 400)] {
        let mut peer = host.connect();
        let reply = peer.put(&session, range, &body);
        assert_eq!((reply.status, reply.field("connection")), (status, Some("close")), "{range}");
        assert!(!reply.text().is_empty());
        peer.assert_closed();
    }
    assert_eq!(host.persisted(&session), 0);
}

#[test]
fn r03_a_malformed_range_is_refused_and_nothing_of_it_is_stored() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    for range in ["0-6/7", "bytes 0-6/7junk", "bytes 6-0/7", "bytes 0-7/7", "bytes 0--1/0", "bytes +0-6/7", "bytes 0-6"]
    {
        let reply = host.put(&session, range, &data(7));
        assert_eq!(reply.status, 400, "{range}");
        assert!(reply.text().starts_with("Failed to parse Content-Range header"), "{}", reply.text());
    }
    let twice = ["Content-Range: bytes 0-6/7", "Content-Range: bytes 0-6/7"];
    assert_eq!(host.connect().ask("PUT", &session, &twice, &data(7)).status, 400);
    assert_eq!(host.persisted(&session), 0);
}

/// S09: a question with a body is a mistake of the client, which 308 would hide.
#[test]
fn r08_a_status_request_with_a_body_is_refused() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes */*", &data(7)).status, 400);
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes */*", "Transfer-Encoding: chunked"]));
    peer.send("7\r\nabcdefg\r\n0\r\n\r\n");
    assert_eq!(peer.reply().status, 400);
    assert_eq!(host.persisted(&session), 0);
}

#[test]
fn r07_a_session_has_three_methods() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    for method in ["GET", "PATCH", "put"] {
        let reply = host.connect().ask(method, &session, &[], b"");
        assert_eq!((reply.status, reply.field("allow")), (405, Some("PUT, POST, DELETE")), "{method}");
    }
}

#[test]
fn r26_an_encoded_body_is_refused() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let fields = ["Content-Range: bytes 0-6/*", "Content-Encoding: gzip"];
    assert_eq!(host.connect().ask("PUT", &session, &fields, &data(7)).status, 415);
}

#[test]
fn an_id_that_nobody_gave_is_not_found() {
    let (host, _root) = Host::start(Config::default());
    let zeros = "0".repeat(32);
    let upper = "A".repeat(32);
    for id in [zeros.as_str(), &upper, "", "..%2F..%2Flock", "%2e%2e"] {
        let session = format!("/upload/storage/v1/b/b/o?uploadType=resumable&upload_id={id}");
        assert_eq!(host.put(&session, "bytes 0-6/7", &data(7)).status, 404, "{id}");
        let session = format!("/api/v1/tables/b/uploads/{id}");
        assert_eq!(host.put(&session, "bytes 0-6/7", &data(7)).status, 404, "{id}");
    }
}

/// Two readings of where a request ends are two requests for somebody: refused, and nothing after them is read.
#[test]
fn what_smuggles_requests_is_refused_and_ends_the_connection() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let smuggled =
        format!("PUT {session} HTTP/1.1\r\nHost: a\r\nContent-Range: bytes 0-6/7\r\nContent-Length: 7\r\n\r\nSMUGGLE");
    for (status, head) in [
        (400, "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, "Host: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        (400, "Host: a\r\nContent-Length: 0, 0\r\n\r\n"),
        (400, "Host: a\r\nContent-Length: +0\r\n\r\n"),
        (400, "Host: a\r\nContent-Length : 0\r\n\r\n"),
        (400, "Host: a\r\nContent-Length: 18446744073709551616\r\n\r\n"),
        (400, "Host: a\r\nX: y\r\n Content-Length: 0\r\n\r\n"),
        (400, "Host: a\nContent-Length: 0\r\n\r\n"),
        (400, "Host: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        (400, "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (501, "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        (400, "Host: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n"),
        (400, "Content-Length: 0\r\n\r\n"),
    ] {
        let mut peer = host.connect();
        peer.send(format!("PUT {session} HTTP/1.1\r\nContent-Range: bytes */*\r\n{head}{smuggled}"));
        let reply = peer.reply();
        assert_eq!((reply.status, reply.field("connection")), (status, Some("close")), "{head}");
        peer.assert_closed();
    }
    assert_eq!(host.persisted(&session), 0);
}

/// What follows a refused body must not be taken for a head, even if it looks like one.
#[test]
fn the_rest_of_a_refused_body_is_no_request() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let inner = format!("DELETE {session} HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut peer = host.connect();
    let end = 7 + inner.len() - 1;
    let reply = peer.put(&session, &format!("bytes 7-{end}/*"), inner.as_bytes());
    assert_eq!(reply.status, 503, "a gap");
    peer.assert_closed();
    assert_eq!(host.persisted(&session), 0, "it is not cancelled");
}

#[test]
fn a_head_without_end_is_refused() {
    let (host, _root) = Host::start(Config::default());
    let mut peer = host.connect();
    peer.send(format!("PUT /{} HTTP/1.1\r\n", "x".repeat(20_000)));
    assert_eq!(peer.reply().status, 431);
    peer.assert_closed();
    let mut peer = host.connect();
    peer.send("hello\r\n\r\n");
    assert_eq!(peer.reply().status, 400);
    peer.assert_closed();
    let mut peer = host.connect();
    peer.send("PUT / HTTP/2.0\r\n\r\n");
    assert_eq!(peer.reply().status, 505);
    peer.assert_closed();
}

#[test]
fn a_chunk_that_is_malformed_ends_the_body_and_what_came_before_it_is_kept() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-*/*", "Transfer-Encoding: chunked"]));
    peer.send("7\r\n");
    peer.send(data(7));
    peer.send("\r\n-3\r\nabc\r\n0\r\n\r\n");
    let reply = peer.reply();
    assert_eq!((reply.status, reply.field("connection")), (400, Some("close")));
    assert_eq!(reply.text(), "expected a chunk size in hexadecimal digits, got byte 0x2d");
    peer.assert_closed();
    assert_eq!(host.persisted(&session), 7);
}
