//! One connection: several requests, parts of requests, bodies of every framing.

use std::io::Write;
use std::net::Shutdown;

use resumable::http1::MAX_HEAD;

use crate::peer::{Host, Reply, data};
use crate::server::Config;

#[test]
fn a_connection_carries_one_request_after_the_other() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    assert_eq!(peer.put(&session, "bytes */*", b"").range(), 0);
    assert_eq!(peer.put(&session, "bytes 0-6/*", &data(7)).range(), 7);
    let reply = peer.put(&session, "bytes 7-10/11", &data(11)[7..]);
    assert_eq!((reply.status, reply.field("connection")), (200, None));
    let media = peer.ask("GET", "/storage/v1/b/b/o/n?alt=media", &[], b"");
    assert_eq!(media.body, data(11));
    assert_eq!(peer.ask("GET", "/storage/v1/b/b/o/m", &[], b"").status, 404, "a refusal need not end it");
    assert_eq!(peer.ask("GET", "/storage/v1/b/b/o/n", &[], b"").status, 200);
}

/// RFC 9110, section 9.3.2: an answer to HEAD has no body, or it would be taken for the next answer.
#[test]
fn an_answer_to_head_has_no_body() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    for target in ["/storage/v1/b/b/o/n", "/b/n", &session, "/"] {
        let mut peer = host.connect();
        peer.send(peer.head("HEAD", target, &[]));
        peer.send(peer.head("GET", "/storage/v1/b/b", &["Connection: close"]));
        let answers = peer.rest();
        let (head, rest) = answers.split_once("\\r\\n\\r\\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 40") && head.contains("Content-Length: "), "{head}");
        assert!(rest.starts_with("HTTP/1.1 200 OK"), "{target}: {rest}");
    }
}

/// That it was HEAD is true of that request alone, also where the next one is no request at all.
#[test]
fn a_refusal_after_head_has_its_body() {
    let (host, _root) = Host::start(Config::default());
    let mut peer = host.connect();
    peer.send(peer.head("HEAD", "/storage/v1/b/b/o/n", &[]));
    peer.send("no request\r\n\r\n");
    let answers = peer.rest();
    let (_, refusal) = answers.split_once("\\r\\n\\r\\n").unwrap();
    let (head, body) = refusal.split_once("\\r\\n\\r\\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\\r", body.len())) && !body.is_empty(), "{refusal}");
}

/// The server reads a head and the start of its body at once, as much as it expects from the head before.
#[test]
fn heads_of_every_length_go_before_bodies_longer_than_a_read() {
    const CHUNK: usize = 300_007;
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    let lengths = [0, 1, 63, 64, 65, 900, 2, 0, 14_000, 3, 500];
    let data = data(CHUNK * lengths.len());
    for (number, (chunk, length)) in data.chunks(CHUNK).zip(lengths).enumerate() {
        let pad = format!("X-Pad: {}", "p".repeat(length));
        let at = number * CHUNK;
        let last = if at + CHUNK == data.len() { data.len().to_string() } else { "*".to_owned() };
        let range = format!("Content-Range: bytes {at}-{}/{last}", at + CHUNK - 1);
        let reply = peer.ask("PUT", &session, &[&pad, &range], chunk);
        assert_eq!(reply.status, if last == "*" { 308 } else { 200 }, "{length}: {reply:?}");
    }
    assert!(host.media("n").unwrap() == data);
}

#[test]
fn the_longest_head_may_follow_an_empty_line_and_be_followed_by_another() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    let head =
        |pad: usize| peer.head("PUT", &session, &["Content-Range: bytes */*", &format!("X-Pad: {}", "p".repeat(pad))]);
    let longest = head(MAX_HEAD - head(0).len());
    assert_eq!(longest.len(), MAX_HEAD);
    let data = data(700_001);
    let append = peer.head("PUT", &session, &["Content-Range: bytes 0-700000/700001", "Content-Length: 700001"]);
    peer.send([b"\r\n", &*longest, b"\r\n", &longest, &append, &data].concat());
    assert_eq!([(); 3].map(|()| peer.reply().status), [308, 308, 200]);
    assert!(host.media("n").unwrap() == data);
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    let mut together = Vec::new();
    for (range, body) in [
        ("bytes */*", &b""[..]),
        ("bytes 0-6/*", &data(7)),
        ("bytes */18", b""),
        ("bytes 7-17/18", &data(18)[7..]),
        ("bytes */18", b""),
    ] {
        let length = format!("Content-Length: {}", body.len());
        together.extend(peer.head("PUT", &session, &[&format!("Content-Range: {range}"), &length]));
        together.extend(body);
    }
    peer.send(together);
    let replies = [(); 5].map(|()| peer.reply());
    assert_eq!(replies.each_ref().map(|reply| reply.status), [308, 308, 308, 200, 200]);
    assert_eq!(replies.each_ref().map(Reply::range), [0, 7, 7, 0, 0]);
    assert_eq!(host.media("n").unwrap(), data(18));
}

/// They come to more than the server reads at once, so some of them lie at the end of what it has read.
#[test]
fn many_requests_that_come_together_are_answered_in_their_order() {
    let (host, _root) = Host::start(Config::default());
    let sessions = [host.create("some"), host.create("more")];
    assert_eq!(host.put(&sessions[0], "bytes 0-6/*", &data(7)).range(), 7);
    assert_eq!(host.put(&sessions[1], "bytes 0-16/*", &data(17)).range(), 17);
    let mut peer = host.connect();
    let mut together = Vec::new();
    for number in 0..2000 {
        let pad = format!("X-Pad: {}", "p".repeat(number * 7 % 401));
        together.extend(peer.head("PUT", &sessions[number * 5 % 3 % 2], &["Content-Range: bytes */*", &pad]));
    }
    let mut sender = peer.stream.try_clone().unwrap();
    let sending = std::thread::spawn(move || sender.write_all(&together).unwrap());
    for number in 0..2000 {
        let reply = peer.reply();
        assert_eq!((reply.status, reply.range()), (308, [7, 17][number * 5 % 3 % 2]), "{number}");
    }
    sending.join().unwrap();
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    let mut bytes = peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Transfer-Encoding: chunked"]);
    for part in [&data(18)[..7], &data(18)[7..]] {
        bytes.extend(format!("{:x};name=value\r\n", part.len()).bytes());
        bytes.extend(part);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\nTrailer: x\r\n\r\n");
    for byte in bytes {
        peer.send([byte]);
    }
    assert_eq!(peer.reply().status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

#[test]
fn a_large_body_is_read_whatever_its_framing() {
    let (host, _root) = Host::start(Config::default());
    let data = data(1_000_003);
    let session = host.create("counted");
    assert_eq!(host.put(&session, "bytes 0-1000002/1000003", &data).status, 200);
    let session = host.create("chunked");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-*/*", "Transfer-Encoding: chunked"]));
    for part in data.chunks(70_001) {
        peer.send(format!("{:X}\r\n", part.len()));
        peer.send(part);
        peer.send("\r\n");
    }
    peer.send("0\r\n\r\n");
    assert_eq!(peer.reply().status, 200);
    assert!(host.media("counted").unwrap() == data && host.media("chunked").unwrap() == data);
}

#[test]
fn a_client_that_waits_for_it_is_told_to_go_on_when_its_body_is_wanted() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    for (range, from) in [("bytes 0-6/*", 0), ("bytes 7-10/11", 7)] {
        let body = &data(11)[from..][..7.min(11 - from)];
        let length = format!("Content-Length: {}", body.len());
        let range = format!("Content-Range: {range}");
        peer.send(peer.head("PUT", &session, &[&range, &length, "Expect: 100-continue"]));
        assert_eq!(peer.reply().status, 100);
        peer.send(body);
        assert_eq!(peer.reply().status, if from == 0 { 308 } else { 200 });
    }
    assert_eq!(host.media("n").unwrap(), data(11));
}

#[test]
fn a_client_that_waits_is_not_told_to_send_what_will_be_refused() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    for (range, status) in [("bytes 7-10/11", 503), ("bytes 0-0/11", 400), ("bytes x", 400)] {
        let mut peer = host.connect();
        let range = format!("Content-Range: {range}");
        peer.send(peer.head("PUT", &session, &[&range, "Content-Length: 4", "Expect: 100-continue"]));
        assert_eq!(peer.reply().status, status, "{range}");
        peer.assert_closed();
    }
}

#[test]
fn a_client_that_wants_the_connection_to_end_gets_its_end() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    let reply = peer.ask("PUT", &session, &["Content-Range: bytes */*", "Connection: close"], b"");
    assert_eq!((reply.status, reply.field("connection")), (308, Some("close")));
    peer.assert_closed();

    let mut peer = host.connect();
    peer.send(format!("PUT {session} HTTP/1.0\r\nContent-Range: bytes 0-6/7\r\nContent-Length: 7\r\n\r\n"));
    peer.send(data(7));
    assert_eq!(peer.reply().status, 200);
    peer.assert_closed();
}

#[test]
fn a_target_may_be_a_whole_url() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let url = format!("http://{}{session}", host.addr);
    assert_eq!(host.put(&url, "bytes 0-6/7", &data(7)).status, 200);
}

/// R15: a body without its end is kept as far as it came, and completes nothing.
#[test]
fn r15_a_body_that_is_cut_is_kept_and_goes_on() {
    let (host, _root) = Host::start(Config::default());
    let data = data(18);
    for (name, fields) in [
        ("counted", ["Content-Range: bytes 0-17/18", "Content-Length: 18"]),
        ("open", ["Content-Range: bytes 0-*/*", "Content-Length: 18"]),
        ("whole", ["X-Nothing: 1", "Content-Length: 18"]),
    ] {
        let session = host.create(name);
        let mut peer = host.connect();
        peer.send(peer.head("PUT", &session, &fields));
        peer.send(&data[..11]);
        peer.stream.shutdown(Shutdown::Write).unwrap();
        peer.assert_closed();
        assert_eq!(host.persisted(&session), 11, "{name}: it is kept before the connection ends");
        assert_eq!(host.media(name), None);
        assert_eq!(host.put(&session, "bytes 11-17/18", &data[11..]).status, 200);
        assert_eq!(host.media(name).unwrap(), data, "{name}");
    }
}

#[test]
fn r15_a_chunked_body_whose_last_chunk_never_comes_is_cut() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-*/*", "Transfer-Encoding: chunked"]));
    peer.send("7\r\n");
    peer.send(data(7));
    peer.send("\r\n");
    peer.stream.shutdown(Shutdown::Write).unwrap();
    peer.assert_closed();
    assert_eq!(host.persisted(&session), 7, "all that came, but not complete");
    assert_eq!(host.put(&session, "bytes */7", b"").status, 200, "complete when the client says so");
}
