//! A whole object in one request: what clients do with small ones.

use std::fs;
use std::net::Shutdown;
use std::path::Path;

use resumable::Policy;
use serde_json::json;

use crate::peer::{Host, data};
use crate::server::Config;

const MEDIA: &str = "/upload/storage/v1/b/b/o?uploadType=media&name=n";
const MULTIPART: &str = "/upload/storage/v1/b/b/o?uploadType=multipart";
const RELATED: &str = "Content-Type: multipart/related; boundary=\"==0==\"";

/// As google-resumable-media writes it.
fn related(said: &str, media: &[u8]) -> Vec<u8> {
    let mut body = b"--==0==\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n".to_vec();
    body.extend(said.bytes());
    body.extend(b"\r\n--==0==\r\ncontent-type: text/csv\r\n\r\n");
    body.extend(media);
    body.extend(b"\r\n--==0==--");
    body
}

/// How many files hold bytes of uploads and objects.
fn data_files(root: &Path) -> usize {
    fs::read_dir(root.join("data")).unwrap().count()
}

#[test]
fn a_media_upload_is_an_object_at_once() {
    let (host, root) = Host::start(Config::default());
    let reply = host.connect().ask("POST", MEDIA, &["Content-Type: text/csv"], &data(18));
    assert_eq!(fs::read_dir(root.path().join("uploads")).unwrap().count(), 0, "nobody can ask for the upload");
    assert_eq!(reply.status, 200);
    let json = reply.json();
    assert_eq!((&json["name"], &json["size"], &json["contentType"]), (&json!("n"), &json!("18"), &json!("text/csv")));
    assert_eq!(host.media("n").unwrap(), data(18));

    let reply = host.connect().ask("POST", MEDIA, &[], b"");
    assert_eq!((reply.status, &reply.json()["size"]), (200, &json!("0")), "an empty one replaces it");
    assert_eq!(host.media("n").unwrap(), b"");
}

#[test]
fn a_media_upload_may_have_no_length() {
    let (host, _root) = Host::start(Config::default());
    let mut peer = host.connect();
    peer.send(peer.head("POST", MEDIA, &["Transfer-Encoding: chunked", "Expect: 100-continue"]));
    assert_eq!(peer.reply().status, 100);
    peer.send("7\r\n");
    peer.send(data(7));
    peer.send("\r\n0\r\n\r\n");
    assert_eq!(peer.reply().status, 200);
    assert_eq!(host.media("n").unwrap(), data(7));
    assert_eq!(peer.ask("GET", "/storage/v1/b/b/o/n", &[], b"").status, 200, "the connection goes on");
}

#[test]
fn a_multipart_upload_is_described_and_stored() {
    let (host, _root) = Host::start(Config::default());
    let said = r#"{"name": "a/b", "metadata": {"k": "v"}}"#;
    let mut peer = host.connect();
    let reply = peer.ask("POST", MULTIPART, &[RELATED], &related(said, &data(18)));
    assert_eq!(reply.status, 200, "{reply:?}");
    let json = reply.json();
    assert_eq!((&json["name"], &json["size"], &json["contentType"]), (&json!("a/b"), &json!("18"), &json!("text/csv")));
    assert_eq!(json["metadata"], json!({"k": "v"}));
    assert_eq!(host.media("a%2Fb").unwrap(), data(18));
    assert_eq!(peer.ask("GET", "/storage/v1/b/b/o/a%2Fb", &[], b"").status, 200, "the connection goes on");
}

/// gcsfs ends its lines in LF alone; Go's client writes a boundary without quotes and a last line end.
#[test]
fn a_multipart_upload_may_look_as_its_client_writes_it() {
    let (host, _root) = Host::start(Config::default());
    // What looks like the start of a boundary is data.
    let media = [&data(18)[..], b"\r\n--==0=\n--==0\r\n--\n"].concat();
    let gcsfs = [
        b"--==0==\nContent-Type: application/json; charset=UTF-8\n\n{\"name\": \"n\"}\n--==0==\nContent-Type: x/y\n\n",
        &media[..],
        b"\n--==0==--",
    ]
    .concat();
    let go = [
        b"--b_7\r\nContent-Type: application/json\r\n\r\n{\"name\": \"n\"}\n\r\n--b_7\r\nContent-Type: x/y\r\n\r\n",
        &media[..],
        b"\r\n--b_7--\r\n",
    ]
    .concat();
    for (content_type, body) in [(RELATED, gcsfs), ("Content-Type: multipart/related; boundary=b_7", go)] {
        let reply = host.connect().ask("POST", MULTIPART, &[content_type], &body);
        assert_eq!((reply.status, &reply.json()["contentType"]), (200, &json!("x/y")), "{content_type}");
        assert_eq!(host.media("n").unwrap(), media, "{content_type}");
        let removed = host.connect().ask("DELETE", "/storage/v1/b/b/o/n", &[], b"");
        assert_eq!(removed.status, 204);
    }
}

#[test]
fn a_large_multipart_upload_is_read_in_pieces() {
    let (host, _root) = Host::start(Config::default());
    let media = data(3_000_001);
    let reply = host.connect().ask("POST", MULTIPART, &[RELATED], &related(r#"{"name": "n"}"#, &media));
    assert_eq!(reply.status, 200);
    assert!(host.media("n").unwrap() == media);
}

/// P4: it has no address, so there is no second try, and nothing of it is to be seen or kept.
#[test]
fn r15_what_is_cut_leaves_nothing() {
    let (host, root) = Host::start(Config::default());
    let whole = related(r#"{"name": "n"}"#, &data(18));
    for (target, fields, body) in [
        (MEDIA, &["Content-Length: 18"][..], &data(18)[..]),
        (MEDIA, &["Transfer-Encoding: chunked"], b"7\r\nabcdefg\r\n4\r\nhijk\r\n0\r\n\r\n"),
        (MULTIPART, &[RELATED, &format!("Content-Length: {}", whole.len())], &whole),
    ] {
        // Few of them, because each costs some syncs; `related.rs` has every one.
        for cut in (0..body.len()).step_by(11) {
            let mut peer = host.connect();
            peer.send(peer.head("POST", target, fields));
            peer.send(&body[..cut]);
            peer.stream.shutdown(Shutdown::Write).unwrap();
            peer.assert_closed();
            assert_eq!(host.media("n"), None, "{target} cut at {cut}");
            assert_eq!(data_files(root.path()), 0, "{target} cut at {cut}");
        }
    }
}

#[test]
fn a_whole_object_that_is_refused_leaves_nothing() {
    let policy = Policy { max_size: 18, ..Policy::default() };
    let (host, root) = Host::start(Config { policy, ..Config::default() });
    let named = r#"{"name": "n"}"#;
    let long = related(named, &data(19));
    let whole = related(named, &data(7));
    let third = [&whole[..whole.len() - 2], b"\r\nContent-Type: a/b\r\n\r\nx\r\n--==0==--"].concat();
    let wrong = related(r#"{"name": "n", "crc32c": "AAAAAA=="}"#, &data(7));
    let unnamed = related("{}", &data(7));
    let other = ["Content-Type: multipart/form-data; boundary=\"==0==\""];
    for (status, target, fields, body) in [
        (413, MEDIA, &[][..], &data(19)[..]),
        (413, MULTIPART, &[RELATED], &long),
        (400, MULTIPART, &[], &whole),
        (400, MULTIPART, &other, &whole),
        (400, MULTIPART, &["Content-Type: multipart/related"], &whole),
        (400, MULTIPART, &["Content-Type: multipart/related; boundary=other"], &whole),
        (400, MULTIPART, &[RELATED], &whole[..whole.len() - 2]),
        (400, MULTIPART, &[RELATED], &whole[..whole.len() - 9]),
        (400, MULTIPART, &[RELATED], b"--==0==\r\n\r\n{\"name\": \"n\"}\r\n--==0==--"),
        (400, MULTIPART, &[RELATED], &third),
        (400, MULTIPART, &[RELATED], &wrong),
        (400, MULTIPART, &[RELATED], &unnamed),
        (400, MULTIPART, &[RELATED], b"--==0==\r\n\r\n[]\r\n--==0==\r\n\r\nx\r\n--==0==--"),
        (400, "/upload/storage/v1/b/b/o?uploadType=media", &[], b"x"),
        (400, MEDIA, &["x-goog-hash: crc32c=AAAAAA=="], b"x"),
    ] {
        let reply = host.connect().ask("POST", target, fields, body);
        assert_eq!(reply.status, status, "{target} {fields:?} {}: {reply:?}", body.escape_ascii());
        assert!(!reply.text().is_empty() && !reply.text().contains('\n'), "{reply:?}");
        assert_eq!((host.media("n"), data_files(root.path())), (None, 0), "{target} {}", body.escape_ascii());
    }
}
