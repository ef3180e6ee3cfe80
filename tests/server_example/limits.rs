//! What a peer may cost: time in which it says nothing, and connections.

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use crate::peer::{Host, data};
use crate::server::Config;

fn idle() -> Config {
    Config { idle_timeout: Some(Duration::from_millis(200)), ..Config::default() }
}

#[test]
fn a_peer_that_falls_silent_in_a_request_is_told_so_and_what_it_brought_is_kept() {
    let (host, _root) = Host::start(idle());
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Length: 18"]));
    peer.send(&data(18)[..11]);
    let reply = peer.reply();
    assert_eq!((reply.status, reply.field("connection")), (408, Some("close")));
    assert_eq!(reply.text(), "expected the rest of the request, got nothing for too long");
    peer.assert_closed();
    assert_eq!(host.persisted(&session), 11);
    assert_eq!(host.put(&session, "bytes 11-17/18", &data(18)[11..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

#[test]
fn a_peer_that_falls_silent_in_a_head_is_told_so() {
    let (host, _root) = Host::start(idle());
    let mut peer = host.connect();
    peer.send("PUT / HTTP/1.1\r\n");
    assert_eq!(peer.reply().status, 408);
    peer.assert_closed();
}

#[test]
fn a_peer_that_falls_silent_between_requests_gets_its_end() {
    let (host, _root) = Host::start(idle());
    let mut peer = host.connect();
    assert_eq!(peer.ask("GET", "/storage/v1/b/b", &[], b"").status, 200);
    peer.assert_closed();
    host.connect().assert_closed();
}

#[test]
fn a_whole_object_whose_peer_falls_silent_leaves_nothing() {
    let (host, root) = Host::start(idle());
    let mut peer = host.connect();
    peer.send(peer.head("POST", "/upload/storage/v1/b/b/o?uploadType=media&name=n", &["Content-Length: 18"]));
    peer.send(data(7));
    assert_eq!(peer.reply().status, 408);
    assert_eq!(host.media("n"), None);
    for folder in ["data", "uploads"] {
        assert_eq!(root.path().join(folder).read_dir().unwrap().count(), 0, "{folder}");
    }
}

/// Slow is not silent: a body may take longer than the limit, if something comes within it.
#[test]
fn a_slow_peer_is_waited_for() {
    let (host, _root) = Host::start(Config { idle_timeout: Some(Duration::from_secs(2)), ..Config::default() });
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-6/7", "Content-Length: 7"]));
    for byte in data(7) {
        thread::sleep(Duration::from_millis(400));
        peer.send([byte]);
    }
    assert_eq!(peer.reply().status, 200);
}

#[test]
fn connections_beyond_the_limit_wait_for_one_that_ends() {
    let max_connections = NonZeroUsize::new(2);
    let (host, _root) = Host::start(Config { max_connections, ..Config::default() });
    let (mut first, mut second) = (host.connect(), host.connect());
    for peer in [&mut first, &mut second] {
        assert_eq!(peer.ask("GET", "/storage/v1/b/b", &[], b"").status, 200);
    }
    let mut third = host.connect();
    third.send(third.head("GET", "/storage/v1/b/b", &[]));
    third.stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut byte = [0];
    third.stream.peek(&mut byte).expect_err("nobody serves it yet");
    third.stream.set_read_timeout(Some(crate::peer::PATIENCE)).unwrap();
    drop(first);
    assert_eq!(third.reply().status, 200);
    assert_eq!(second.ask("GET", "/storage/v1/b/b", &[], b"").status, 200);
}

#[test]
fn a_server_that_is_full_can_be_stopped() {
    let (host, _root) = Host::start(Config { max_connections: NonZeroUsize::new(1), ..Config::default() });
    let mut first = host.connect();
    assert_eq!(first.ask("GET", "/storage/v1/b/b", &[], b"").status, 200);
    let mut second = host.connect();
    second.send(second.head("GET", "/storage/v1/b/b", &[]));
    host.stop();
    first.assert_closed();
    second.assert_closed();
}
