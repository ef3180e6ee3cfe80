//! What happens to an upload, request by request.

use resumable::Policy;
use resumable::google::{self, GRANULARITY, content_range::Leniency};
use resumable::http1;

use crate::peer::{Host, data};
use crate::server::Config;

#[test]
fn an_upload_goes_from_nothing_over_chunks_to_an_object() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let data = data(21);

    let reply = host.put(&session, "bytes */*", b"");
    assert_eq!((reply.status, reply.field("range")), (308, None), "S23: no range for no bytes");
    let reply = host.put(&session, "bytes 0-6/*", &data[..7]);
    assert_eq!((reply.status, reply.field("range")), (308, Some("bytes=0-6")));
    assert_eq!(reply.field("content-length"), Some("0"));
    assert_eq!(reply.field("location"), None, "a 308 is no redirect here");
    let reply = host.put(&session, "bytes 7-17/21", &data[7..18]);
    assert_eq!((reply.status, reply.field("range")), (308, Some("bytes=0-17")));
    let reply = host.put(&session, "bytes */21", b"");
    assert_eq!((reply.status, reply.field("range")), (308, Some("bytes=0-17")));
    assert_eq!(host.media("n"), None, "nothing is seen of it before it is whole");
    assert_eq!(host.put(&session, "bytes 18-20/21", &data[18..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data);
}

#[test]
fn an_object_is_described_as_cloud_storage_does_it() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let reply = host.connect().ask("PUT", &session, &[], b"resumable!\n");
    assert_eq!(reply.status, 200, "without Content-Range the body is the whole object");
    let json = reply.json();
    for (key, value) in [
        ("kind", "storage#object"),
        ("bucket", "b"),
        ("name", "n"),
        ("size", "11"),
        ("contentType", "application/octet-stream"),
        ("md5Hash", "NyYhYVSn5w3Ng2U00hW4Iw=="),
        ("crc32c", "ZP1iQg=="),
    ] {
        assert_eq!(json[key], value, "{key}");
    }
    assert!(json["generation"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(json["timeCreated"], json["updated"]);
    assert_eq!(host.connect().ask("GET", "/storage/v1/b/b/o/n", &[], b"").json(), json);
}

#[test]
fn every_form_of_the_end_completes_the_upload() {
    let (host, _root) = Host::start(Config::default());
    for (name, requests) in [
        ("whole", &[("bytes 0-10/11", 0..11)][..]),
        ("total last", &[("bytes 0-6/*", 0..7), ("bytes 7-10/11", 7..11)]),
        ("closed", &[("bytes 0-10/*", 0..11), ("bytes */11", 0..0)]),
        ("open end", &[("bytes 0-6/*", 0..7), ("bytes 7-*/*", 7..11)]),
        ("open end with total", &[("bytes 0-*/11", 0..11)]),
        ("empty last", &[("bytes 0-10/*", 0..11), ("bytes 11-*/*", 0..0)]),
    ] {
        let session = host.create(&name.replace(' ', "+"));
        let (last, before) = requests.split_last().unwrap();
        for (range, body) in before {
            assert_eq!(host.put(&session, range, &data(11)[body.clone()]).status, 308, "{name}: {range}");
        }
        let reply = host.put(&session, last.0, &data(11)[last.1.clone()]);
        assert_eq!(reply.status, 200, "{name}: {}", last.0);
        assert_eq!(host.media(&name.replace(' ', "%20")).unwrap(), data(11), "{name}");
    }
    for range in ["bytes */0", "bytes 0-*/0", "bytes 0-*/*"] {
        let session = host.create("empty");
        assert_eq!(host.put(&session, range, b"").json()["size"], "0", "{range}");
    }
}

/// S14: a server that appends what it has already doubles it.
#[test]
fn r13_bytes_that_are_sent_again_are_skipped() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let data = data(18);
    assert_eq!(host.put(&session, "bytes 0-10/*", &data[..11]).range(), 11);
    assert_eq!(host.put(&session, "bytes 0-6/*", &data[..7]).range(), 11, "nothing new");
    assert_eq!(host.put(&session, "bytes 4-14/18", &data[4..15]).range(), 15);
    assert_eq!(host.put(&session, "bytes 11-17/18", &data[11..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data);
}

/// S03: a server that takes what comes after a hole moves it.
#[test]
fn r12_a_gap_is_refused_and_leaves_the_upload_as_it_was() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-6/*", &data(7)).range(), 7);
    let reply = host.put(&session, "bytes 11-17/18", &data(18)[11..]);
    assert_eq!(reply.status, 503);
    assert_eq!(
        reply.text(),
        "Invalid request.  According to the Content-Range header, the upload offset is 11 byte(s), which exceeds \
         already uploaded size of 7 byte(s)."
    );
    assert_eq!(host.persisted(&session), 7);
}

#[test]
fn r06_a_body_that_is_not_as_long_as_its_range_is_refused() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-10/11", &data(7)).status, 400);
    assert_eq!(host.put(&session, "bytes 0-6/11", &data(11)).status, 400);
    for (range, chunk) in
        [("bytes 0-10/11", "7\r\nabcdefg\r\n0\r\n\r\n"), ("bytes 0-2/11", "7\r\nabcdefg\r\n0\r\n\r\n")]
    {
        let mut peer = host.connect();
        let range = format!("Content-Range: {range}");
        peer.send(peer.head("PUT", &session, &[&range, "Transfer-Encoding: chunked"]));
        peer.send(chunk);
        assert_eq!(peer.reply().status, 400, "{range}");
    }
    assert_eq!(host.persisted(&session), 0);
}

#[test]
fn r23_a_cancelled_upload_is_over() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-6/*", &data(7)).range(), 7);
    assert_eq!(host.connect().ask("DELETE", &session, &[], b"").status, 499);
    assert_eq!(host.connect().ask("DELETE", &session, &[], b"").status, 499);
    assert_eq!(host.put(&session, "bytes */*", b"").status, 499);
    assert_eq!(host.put(&session, "bytes 7-10/11", &data(11)[7..]).status, 499);
    assert_eq!(host.media("n"), None);
    assert_eq!(root.path().join("data").read_dir().unwrap().count(), 0, "its bytes are removed");
}

/// S17: a server that forgets a complete upload makes its client send everything again.
#[test]
fn r22_success_is_repeated_whatever_comes() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let json = host.put(&session, "bytes 0-6/7", &data(7)).json();
    for (range, body) in
        [("bytes */7", &b""[..]), ("bytes */*", b""), ("bytes 0-6/7", b"OTHERS!"), ("bytes 7-9/10", b"abc")]
    {
        let reply = host.put(&session, range, body);
        assert_eq!((reply.status, reply.json()), (200, json.clone()), "{range}");
    }
    assert_eq!(host.connect().ask("DELETE", &session, &[], b"").status, 404);
    assert_eq!(host.media("n").unwrap(), data(7));
}

#[test]
fn a_newer_object_takes_the_place_of_an_older_one() {
    let (host, root) = Host::start(Config::default());
    let (older, newer) = (host.create("n"), host.create("n"));
    let first = host.put(&older, "bytes 0-6/7", &data(7)).json();
    let second = host.put(&newer, "bytes 0-10/11", &data(11)).json();
    let generation = |json: &serde_json::Value| json["generation"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(generation(&second) > generation(&first));
    assert_eq!(host.media("n").unwrap(), data(11));
    assert_eq!(host.put(&older, "bytes */7", b"").json(), first, "each upload repeats its own success");
    assert_eq!(root.path().join("data").read_dir().unwrap().count(), 1, "the older bytes are removed");
}

#[test]
fn r21_a_client_that_would_follow_a_308_gets_a_200_that_says_so() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let fields = ["Content-Range: bytes 0-6/*", "X-GUploader-No-308: yes"];
    let reply = host.connect().ask("POST", &session, &fields, &data(7));
    assert_eq!((reply.status, reply.field("x-http-status-code-override")), (200, Some("308")));
    assert_eq!((reply.range(), reply.text()), (7, ""));
}

#[test]
fn r14_with_the_policy_of_cloud_storage_whole_grains_are_kept() {
    let (host, _root) = Host::start(Config { policy: Policy::gcs(), ..Config::default() });
    let session = host.create("n");
    let data = data(GRANULARITY as usize + 11);
    assert_eq!(host.put(&session, "bytes 0-10/*", &data[..11]).status, 400, "it would add nothing");
    let reply = host.put(&session, &format!("bytes 0-{}/*", data.len() - 1), &data);
    assert_eq!((reply.status, reply.range()), (308, u64::from(GRANULARITY)));
    let range = format!("bytes {GRANULARITY}-{}/{}", data.len() - 1, data.len());
    assert_eq!(host.put(&session, &range, &data[GRANULARITY as usize..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data);
}

#[test]
fn r16_what_is_too_large_is_refused_at_once_or_where_it_is() {
    let (host, _root) =
        Host::start(Config { policy: Policy { max_size: 18, ..Policy::default() }, ..Config::default() });
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-18/19", &data(19)).status, 413);
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-*/*", "Transfer-Encoding: chunked"]));
    peer.send("b\r\n01234567890\r\n");
    peer.send("8\r\n12345678\r\n");
    assert_eq!(peer.reply().status, 413);
    assert_eq!(host.persisted(&session), 0);
    assert_eq!(host.put(&session, "bytes 0-17/18", &data(18)).status, 200);
}

#[test]
fn r04_malformed_requests_of_known_clients_are_understood_if_asked_for() {
    let lenient = Config {
        google: google::Options {
            leniency: Leniency { missing_unit: true, inverted_empty: true },
            ..google::Options::default()
        },
        http1: http1::Options { allow_length_with_chunked: true },
        ..Config::default()
    };
    for (config, status, persisted) in [(Config::default(), 400, 400), (lenient, 200, 308)] {
        let (host, _root) = Host::start(config);
        let session = host.create("n");
        assert_eq!(host.put(&session, "*/2000000", b"").status, persisted, "as the page of Redivis has it");
        // redivis-python sends this for an empty file.
        let mut peer = host.connect();
        let fields = ["Content-Range: bytes 0--1/0", "Content-Length: 0", "Transfer-Encoding: chunked"];
        peer.send(peer.head("PUT", &session, &fields));
        peer.send("0\r\n\r\n");
        let reply = peer.reply();
        assert_eq!((reply.status, reply.field("connection")), (status, Some("close")));
        peer.assert_closed();
    }
}
