//! A newer request takes over from an older one whose connection is half dead.

use std::io::Write;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use crate::peer::{Host, PATIENCE, Peer, data};
use crate::server::Config;

/// A request for 18 bytes that holds the session: its body is waited for.
fn begin(host: &Host, session: &str) -> Peer {
    let mut peer = host.connect();
    let fields = ["Content-Range: bytes 0-17/18", "Content-Length: 18", "Expect: 100-continue"];
    peer.send(peer.head("PUT", session, &fields));
    assert_eq!(peer.reply().status, 100);
    peer
}

/// The client has come back; the server still reads from where it was before. Servers that lock an upload for the
/// length of a body answer 423 here, for minutes.
#[test]
fn r25_a_newer_append_is_served_while_an_older_one_hangs() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut older = begin(&host, &session);
    older.send([b'!'; 7]);

    assert_eq!(host.put(&session, "bytes 0-10/*", &data(11)).range(), 11);
    older.assert_closed();
    assert_eq!(host.put(&session, "bytes 11-17/18", &data(18)[11..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data(18), "nothing of the older one is in it");
}

#[test]
fn r25_what_an_older_connection_still_sends_counts_no_more() {
    let (host, _root) = Host::start(Config::default());
    for round in 0..20 {
        let session = host.create("n");
        let mut older = begin(&host, &session);
        older.send([b'!'; 7]);
        let mut newer = begin(&host, &session);
        newer.send(&data(18)[..round % 18]);
        // The connection may be closed under it.
        let _ = older.stream.write_all(&[b'!'; 11]);
        newer.send(&data(18)[round % 18..]);
        assert_eq!(newer.reply().status, 200);
        older.assert_closed();
        assert_eq!(host.media("n").unwrap(), data(18));
    }
}

#[test]
fn r25_many_that_come_at_once_end_in_one_whole_object() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let data = data(100_003);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                // Each is superseded or completes; all send the same.
                let mut peer = host.connect();
                let fields = ["Content-Range: bytes 0-100002/100003", "Content-Length: 100003", "Connection: close"];
                let head = peer.head("PUT", &session, &fields);
                for part in [&head[..], &data[..50_001], &data[50_001..]] {
                    let _ = peer.stream.write_all(part);
                }
                // To its end: one that is admitted late would take over from the last.
                peer.rest();
            });
        }
    });
    let last = host.put(&session, "bytes 0-100002/100003", &data);
    assert!(matches!(last.status, 200 | 503), "{last:?}");
    let since = Instant::now();
    while host.put(&session, "bytes */100003", b"").status != 200 {
        assert!(since.elapsed() < PATIENCE, "it never completes");
    }
    assert!(host.media("n").unwrap() == data);
}

#[test]
fn r25_a_question_stops_nobody() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut writer = begin(&host, &session);
    writer.send(&data(18)[..7]);
    assert_eq!(host.persisted(&session), 0, "nothing is durable yet");
    writer.send(&data(18)[7..]);
    assert_eq!(writer.reply().status, 200);
}

#[test]
fn r25_a_refused_request_stops_nobody() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut writer = begin(&host, &session);
    writer.send(&data(18)[..7]);
    assert_eq!(host.put(&session, "bytes 11-17/18", &data(7)).status, 503);
    assert_eq!(host.put(&session, "bytes junk", &data(7)).status, 400);
    writer.send(&data(18)[7..]);
    assert_eq!(writer.reply().status, 200);
}

#[test]
fn r25_a_cancel_stops_an_append_at_once() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut writer = begin(&host, &session);
    writer.send(&data(18)[..7]);
    assert_eq!(host.connect().ask("DELETE", &session, &[], b"").status, 499);
    writer.assert_closed();
    assert_eq!(host.put(&session, "bytes */*", b"").status, 499);
}

/// A request can be superseded before it has stopped the one that it supersedes itself: then the newest stops both.
#[test]
fn r25_of_many_that_hang_none_is_left() {
    let (host, _root) = Host::start(Config::default());
    for _ in 0..20 {
        let session = host.create("n");
        let mut hanging: Vec<Peer> = (0..8).map(|_| host.connect()).collect();
        let barrier = Barrier::new(hanging.len());
        thread::scope(|scope| {
            for peer in &mut hanging {
                scope.spawn(|| {
                    let head = peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Length: 18"]);
                    barrier.wait();
                    peer.send(head);
                });
            }
        });
        // One that is admitted only now takes over from the cancel, too.
        let cancel = || {
            let mut peer = host.connect();
            peer.send(peer.head("DELETE", &session, &["Connection: close"]));
            peer.rest()
        };
        let since = Instant::now();
        while !cancel().starts_with("HTTP/1.1 499 ") {
            assert!(since.elapsed() < PATIENCE, "it cannot be cancelled");
        }
        for peer in &mut hanging {
            let rest = peer.rest();
            // Those that come after the cancel, or during it, are told.
            let told = ["HTTP/1.1 499 ", "HTTP/1.1 503 "].iter().any(|status| rest.starts_with(status));
            assert!(rest.is_empty() || told, "{rest}");
        }
    }
}
