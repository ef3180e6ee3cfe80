//! A newer request takes over from an older one whose connection is half dead.

use std::io::{ErrorKind, Write};
use std::num::NonZeroU64;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use resumable::Policy;

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

/// The server has no time-out here, and the older client neither sends nor closes: nothing but the newer request can have
/// ended the older one, and the newer one has not waited for it.
#[test]
fn r25_a_newer_append_is_admitted_while_the_older_connection_is_open_and_silent() {
    let (host, _root) = Host::start(Config { idle_timeout: None, ..Config::default() });
    let session = host.create("n");
    let mut older = begin(&host, &session);
    older.send([b'!'; 7]);
    older.stream.set_nonblocking(true).unwrap();
    let silence = older.stream.peek(&mut [0]).unwrap_err();
    assert_eq!(silence.kind(), ErrorKind::WouldBlock, "the older one is open, and waits");
    older.stream.set_nonblocking(false).unwrap();

    let mut newer = begin(&host, &session);
    older.assert_closed();
    // Nobody reads it any more; the connection may even be reset under it.
    let _ = older.stream.write_all(&[b'!'; 11]);
    newer.send(data(18));
    assert_eq!(newer.reply().status, 200);
    assert_eq!(host.media("n").unwrap(), data(18), "nothing of the older one is stored");
}

/// P2: what the older request was told to have brought stays, and the newer one goes on from there.
#[test]
fn r25_what_was_told_of_an_older_append_outlives_its_end() {
    let policy = Policy { sync_every: NonZeroU64::new(7), ..Policy::default() };
    let (host, _root) = Host::start(Config { policy, ..Config::default() });
    let session = host.create("n");
    let mut older = begin(&host, &session);
    older.send(&data(18)[..11]);
    let since = Instant::now();
    let mut told = 0;
    while told < 7 {
        assert!(since.elapsed() < PATIENCE, "nothing is told of a body that is under way");
        told = host.persisted(&session);
    }
    let mut newer = host.connect();
    let range = format!("Content-Range: bytes {told}-17/18");
    let length = format!("Content-Length: {}", 18 - told);
    newer.send(newer.head("PUT", &session, &[&range, &length, "Expect: 100-continue"]));
    assert_eq!(newer.reply().status, 100);
    older.assert_closed();
    let _ = older.stream.write_all(b"!!!!!!!");
    assert!(host.persisted(&session) >= told, "it never falls");
    newer.send(&data(18)[usize::try_from(told).unwrap()..]);
    assert_eq!(newer.reply().status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

/// Whoever shows the progress of an upload asks often, and on other connections.
#[test]
fn r25_a_question_stops_nobody() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut writer = begin(&host, &session);
    for byte in data(18) {
        assert_eq!(host.persisted(&session), 0, "nothing is durable yet");
        let reply = host.put(&session, "bytes */18", b"");
        assert_eq!((reply.status, reply.range()), (308, 0), "and asking with the total closes nothing");
        writer.send([byte]);
    }
    assert_eq!(writer.reply().status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
    let reply = writer.ask("GET", "/storage/v1/b/b/o/n?alt=media", &[], b"");
    assert_eq!((reply.status, reply.body), (200, data(18)), "the connection goes on, too");
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
