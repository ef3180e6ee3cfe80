//! Bodies in gzip (R26): ranges count what is inside. google-api-java-client sends unknown lengths like this.

use std::io::Write;
use std::net::Shutdown;

use flate2::Compression;
use flate2::write::GzEncoder;
use resumable::{Policy, google};
use serde_json::json;

use crate::peer::{Host, Peer, Reply, data};
use crate::server::Config;

/// A server that decodes, with objects of at most so many bytes.
fn config(max_size: u64) -> Config {
    let google = google::Options { decodes_content: true, ..google::Options::default() };
    Config { google, policy: Policy { max_size, ..Policy::default() }, ..Config::default() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn put(peer: &mut Peer, session: &str, range: &str, encoded: &[u8]) -> Reply {
    peer.ask("PUT", session, &[&format!("Content-Range: {range}"), "Content-Encoding: gzip"], encoded)
}

#[test]
fn r26_ranges_count_what_is_inside() {
    let (host, _root) = Host::start(config(u64::MAX));
    let session = host.create("n");
    let data = data(100_003);
    let mut peer = host.connect();
    assert_eq!(put(&mut peer, &session, "bytes 0-69999/*", &gzip(&data[..70_000])).range(), 70_000);
    assert_eq!(put(&mut peer, &session, "bytes */*", &gzip(b"")).range(), 70_000, "a question may hold nothing");
    assert_eq!(put(&mut peer, &session, "bytes */*", b"").range(), 70_000, "or be nothing");
    assert_eq!(put(&mut peer, &session, "bytes 60000-100002/100003", &gzip(&data[60_000..])).status, 200);
    assert!(host.media("n").unwrap() == data);
}

#[test]
fn r26_an_encoded_body_may_come_in_any_pieces() {
    let (host, _root) = Host::start(config(u64::MAX));
    // Two members are one body (RFC 1952, section 2.2).
    let encoded = [gzip(&data(18)[..7]), gzip(&data(18)[7..])].concat();
    let mut peer = host.connect();
    // Every few bytes, because each object costs some syncs.
    for split in (0..=encoded.len()).step_by(3) {
        let session = host.create("n");
        let fields = ["Content-Range: bytes 0-*/*", "Content-Encoding: x-gzip", "Transfer-Encoding: chunked"];
        let head = peer.head("PUT", &session, &fields);
        peer.send(head);
        for part in [&encoded[..split], &encoded[split..]].iter().filter(|part| !part.is_empty()) {
            peer.send(format!("{:x}\r\n", part.len()));
            peer.send(part);
            peer.send("\r\n");
        }
        peer.send("0\r\n\r\n");
        assert_eq!(peer.reply().status, 200, "split at {split}");
        assert_eq!(host.media("n").unwrap(), data(18), "split at {split}");
    }
}

#[test]
fn r26_an_encoded_body_is_waited_for_only_when_it_is_wanted() {
    let (host, _root) = Host::start(config(u64::MAX));
    let session = host.create("n");
    let encoded = gzip(&data(7));
    let length = format!("Content-Length: {}", encoded.len());
    let mut peer = host.connect();
    let fields = ["Content-Encoding: gzip", &length, "Expect: 100-continue"];
    peer.send(peer.head("PUT", &session, &[&fields[..], &["Content-Range: bytes 0-6/7"]].concat()));
    assert_eq!(peer.reply().status, 100);
    peer.send(&encoded);
    assert_eq!(peer.reply().status, 200);

    let session = host.create("n");
    peer.send(peer.head("PUT", &session, &[&fields[..], &["Content-Range: bytes 7-13/14"]].concat()));
    assert_eq!(peer.reply().status, 503, "a gap is refused before the body comes");
}

#[test]
fn r15_an_encoded_body_that_is_cut_is_kept_as_far_as_it_was_decoded() {
    let (host, _root) = Host::start(config(u64::MAX));
    let session = host.create("n");
    let first = gzip(&data(18)[..11]);
    let encoded = [first.clone(), gzip(&data(18)[11..])].concat();
    let mut peer = host.connect();
    let length = format!("Content-Length: {}", encoded.len());
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Encoding: gzip", &length]));
    peer.send(&encoded[..first.len()]);
    peer.stream.shutdown(Shutdown::Write).unwrap();
    peer.assert_closed();
    assert_eq!(host.persisted(&session), 11);
    assert_eq!(host.put(&session, "bytes 11-17/18", &data(18)[11..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

/// Nobody knows what bytes are worth that do not come to their checksum: none of them is kept.
#[test]
fn r26_a_body_that_is_not_in_its_coding_changes_nothing() {
    let (host, _root) = Host::start(config(u64::MAX));
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-6/*", &data(7)).range(), 7);
    let good = gzip(&data(18)[7..]);
    let mut flipped = good.clone();
    let crc = good.len() - 8;
    flipped[crc] ^= 1;
    for encoded in [&data(18)[7..], &flipped, &good[..good.len() - 1], &[&good[..], b"junk"].concat()] {
        let reply = put(&mut host.connect(), &session, "bytes 7-17/18", encoded);
        assert_eq!(reply.status, 400, "{}", encoded.escape_ascii());
        assert!(reply.text().starts_with("expected a body in the coding gzip"), "{}", reply.text());
        assert_eq!(host.persisted(&session), 7);
    }
    assert_eq!(put(&mut host.connect(), &session, "bytes 7-17/18", &good).status, 200);
}

/// A thousand times as much is inside: the range or the largest size ends it, whatever comes.
#[test]
fn r16_a_bomb_is_stopped_at_the_largest_size() {
    let (host, root) = Host::start(config(100_000));
    let bomb = gzip(&vec![0; 8 << 20]);
    assert!(bomb.len() < 10_000);
    for (range, status) in [("bytes 0-*/*", 413), ("bytes 0-6/7", 400)] {
        let session = host.create("n");
        assert_eq!(put(&mut host.connect(), &session, range, &bomb).status, status, "{range}");
    }
    let target = "/upload/storage/v1/b/b/o?uploadType=media&name=n";
    assert_eq!(host.connect().ask("POST", target, &["Content-Encoding: gzip"], &bomb).status, 413);
    let target = "/upload/storage/v1/b/b/o?uploadType=resumable&name=n";
    assert_eq!(host.connect().ask("POST", target, &["Content-Encoding: gzip"], &bomb).status, 413);
    for file in root.path().join("data").read_dir().unwrap() {
        assert!(file.unwrap().metadata().unwrap().len() <= 100_000);
    }
}

#[test]
fn r26_another_coding_is_refused_and_the_right_one_named() {
    let (host, _root) = Host::start(config(u64::MAX));
    let session = host.create("n");
    for coding in ["br", "gzip, gzip", "deflate"] {
        let fields = ["Content-Range: bytes 0-6/7", &format!("Content-Encoding: {coding}")];
        let reply = host.connect().ask("PUT", &session, &fields, &data(7));
        assert_eq!((reply.status, reply.field("accept-encoding")), (415, Some("gzip")), "{coding}");
    }
    assert_eq!(host.persisted(&session), 0);
}

#[test]
fn a_creation_and_a_whole_object_may_be_encoded_too() {
    let (host, _root) = Host::start(config(u64::MAX));
    let target = "/upload/storage/v1/b/b/o?uploadType=resumable";
    let reply = host.connect().ask("POST", target, &["Content-Encoding: gzip"], &gzip(br#"{"name": "n"}"#));
    assert_eq!(host.put(&reply.location(&host.addr), "bytes 0-6/7", &data(7)).json()["name"], "n");

    let target = "/upload/storage/v1/b/b/o?uploadType=media&name=m";
    let reply = host.connect().ask("POST", target, &["Content-Encoding: gzip"], &gzip(&data(18)));
    assert_eq!((reply.status, &reply.json()["size"]), (200, &json!("18")));
    assert_eq!(host.media("m").unwrap(), data(18));

    let target = "/upload/storage/v1/b/b/o?uploadType=multipart&name=m";
    let fields = ["Content-Encoding: gzip", "Content-Type: multipart/related; boundary=b"];
    let body = gzip(b"--b\r\n\r\n{}\r\n--b\r\nContent-Type: a/b\r\n\r\nabcdefg\r\n--b--\r\n");
    assert_eq!(host.connect().ask("POST", target, &fields, &body).json()["size"], "7");
}
