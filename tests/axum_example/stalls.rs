//! Peers that stall, over TCP: nobody else waits for them.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::app;
use crate::peer::{Host, PATIENCE, Peer, data};
use crate::server::{Config, Server};

/// A request for 18 bytes that has brought 7 of them and is silent from then on.
fn stall(host: &Host, session: &str) -> Peer {
    let mut peer = host.connect();
    let fields = ["Content-Range: bytes 0-17/18", "Content-Length: 18", "Expect: 100-continue"];
    peer.send(peer.head("PUT", session, &fields));
    assert_eq!(peer.reply().status, 100);
    peer.send([b'!'; 7]);
    peer
}

/// The older connection is neither closed by its client nor does it send anything. The newer one is admitted, brings
/// its bytes one by one, and is answered; then the older one is closed by the server, without an answer.
#[test]
fn a_newer_append_does_not_wait_for_a_stalled_one() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    let mut stalled = stall(&host, &session);
    wait_for_bytes(root.path(), &session, 7);

    let object = data(18);
    let mut newer = host.connect();
    newer.send(newer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Length: 18"]));
    for byte in &object {
        newer.send([*byte]);
    }
    assert_eq!(newer.reply().status, 200);
    assert_eq!(host.media("n").unwrap(), object, "nothing of the older one is in it");
    stalled.assert_closed();
}

/// Hundreds of stalled uploads hold no thread and no other upload.
#[test]
fn many_that_stall_keep_nobody_waiting() {
    let (host, _root) = Host::start(Config::default());
    let stalled: Vec<(String, Peer)> = (0..300)
        .map(|n| {
            let session = host.create(&format!("n{n}"));
            let peer = stall(&host, &session);
            (session, peer)
        })
        .collect();
    for (n, (session, mut peer)) in stalled.into_iter().enumerate().skip(290) {
        assert_eq!(host.put(&session, "bytes 0-17/18", &data(18)).status, 200);
        assert_eq!(host.media(&format!("n{n}")).unwrap(), data(18));
        peer.assert_closed();
    }
}

/// A socket that is closed with unread bytes resets the connection, and a client may lose its answer: so the rest of
/// a body that is refused is read and dropped, within limits.
#[test]
fn a_refusal_can_be_read_by_a_client_that_sends_on() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    let length = 3 << 20;
    let range = format!("Content-Range: bytes 7-{}/*", length + 6);
    peer.send(peer.head("PUT", &session, &[&range, &format!("Content-Length: {length}")]));
    for chunk in data(length).chunks(64 << 10) {
        peer.send(chunk);
        thread::sleep(Duration::from_millis(2));
    }
    let reply = peer.reply();
    assert_eq!((reply.status, reply.field("connection")), (503, Some("close")), "{reply:?}");
    peer.assert_closed();
}

#[test]
fn a_client_that_hangs_up_leaves_what_it_has_sent() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Length: 18"]));
    peer.send(&data(18)[..7]);
    wait_for_bytes(root.path(), &session, 7);
    drop(peer);
    let since = Instant::now();
    while host.persisted(&session) < 7 {
        assert!(since.elapsed() < PATIENCE, "it is not kept");
    }
    assert_eq!(host.put(&session, "bytes 7-17/18", &data(18)[7..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

#[test]
fn a_peer_that_is_silent_for_too_long_is_cut_and_told() {
    let root = tempfile::tempdir().unwrap();
    let config = app::Config { idle: Duration::from_millis(100), ..app::Config::default() };
    let addr = "127.0.0.1:0".parse().unwrap();
    let server = Server::with(addr, root.path().to_owned(), config, Box::new(|_| ())).unwrap();
    let (addr, stopper) = (server.addr().to_string(), server.stopper());
    let serving = thread::spawn(move || server.run());

    let created = Peer::connect(&addr).ask("POST", "/upload/storage/v1/b/b/o?uploadType=resumable&name=n", &[], b"");
    let session = created.location(&addr);
    let mut peer = Peer::connect(&addr);
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Length: 18"]));
    peer.send(&data(18)[..7]);
    let reply = peer.reply();
    assert_eq!((reply.status, reply.text()), (408, "the body was cut: no bytes for too long"));
    peer.assert_closed();
    assert_eq!(Peer::connect(&addr).put(&session, "bytes */*", b"").range(), 7);

    let mut peer = Peer::connect(&addr);
    peer.send(peer.head("POST", "/upload/storage/v1/b/b/o?uploadType=resumable&name=n", &["Content-Length: 18"]));
    peer.send(b"{");
    assert_eq!(peer.reply().status, 408);
    peer.assert_closed();
    stopper.stop();
    serving.join().unwrap();
}

/// A stop does not wait for those who stall, and keeps what they have brought.
#[test]
fn a_server_that_stops_syncs_what_is_under_way() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Length: 18"]));
    peer.send(&data(18)[..7]);
    wait_for_bytes(root.path(), &session, 7);
    host.stop();

    let host = Host::on(root.path(), Config::default());
    assert_eq!(host.persisted(&session), 7);
    assert_eq!(host.put(&session, "bytes 7-17/18", &data(18)[7..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

/// Waits until the server has so many bytes of an upload, synced or not.
fn wait_for_bytes(root: &std::path::Path, session: &str, len: u64) {
    let id = session.rsplit_once("upload_id=").unwrap().1;
    let (file, since) = (Arc::new(root.join("data").join(id)), Instant::now());
    while fs::metadata(&*file).unwrap().len() < len {
        assert!(since.elapsed() < PATIENCE, "they do not arrive");
        thread::sleep(Duration::from_millis(1));
    }
}
