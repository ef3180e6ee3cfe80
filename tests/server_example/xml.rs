//! The XML interface and signed URLs: `/BUCKET/OBJECT`.

use crate::peer::{Host, data};
use crate::server::Config;

const START: &[&str] = &["x-goog-resumable: start", "Content-Type: text/csv", "x-goog-meta-K: v"];

#[test]
fn an_upload_starts_with_a_field_and_ends_with_fields() {
    let (host, _root) = Host::start(Config::default());
    let reply = host.connect().ask("POST", "/b/a/c%20d", START, b"");
    assert_eq!((reply.status, reply.text()), (201, ""));
    let session = reply.location(&host.addr);
    let id = session.strip_prefix("/b/a/c%20d?upload_id=").unwrap();
    assert_eq!(id.len(), 32);

    assert_eq!(host.put(&session, "bytes 0-6/*", b"resumab").range(), 7);
    for range in ["bytes 7-10/11", "bytes */11"] {
        let body = if range == "bytes */11" { &b""[..] } else { b"le!\n" };
        let reply = host.put(&session, range, body);
        assert_eq!((reply.status, reply.text(), reply.field("content-length")), (200, "", Some("0")), "{range}");
        assert_eq!(reply.field("x-goog-stored-content-length"), Some("11"));
        assert_eq!(reply.all("x-goog-hash"), ["crc32c=ZP1iQg==", "md5=NyYhYVSn5w3Ng2U00hW4Iw=="]);
        assert_eq!(reply.field("x-goog-stored-content-encoding"), Some("identity"));
        assert!(reply.field("x-goog-generation").unwrap().parse::<u64>().unwrap() > 0);
    }

    let reply = host.connect().ask("GET", "/b/a/c%20d", &[], b"");
    assert_eq!((reply.status, reply.text(), reply.field("content-type")), (200, "resumable!\n", Some("text/csv")));
    assert_eq!(reply.all("x-goog-hash"), ["crc32c=ZP1iQg==", "md5=NyYhYVSn5w3Ng2U00hW4Iw=="]);
    let json = host.connect().ask("GET", "/storage/v1/b/b/o/a%2Fc%20d", &[], b"").json();
    assert_eq!((&json["size"], &json["metadata"]["k"]), (&"11".into(), &"v".into()), "one store, two interfaces");
}

#[test]
fn an_upload_of_one_interface_is_not_found_in_the_other() {
    let (host, _root) = Host::start(Config::default());
    let session = host.connect().ask("POST", "/b/n", START, b"").location(&host.addr);
    let id = session.rsplit_once('=').unwrap().1;
    let json = format!("/upload/storage/v1/b/b/o?uploadType=resumable&upload_id={id}");
    assert_eq!(host.put(&json, "bytes */*", b"").status, 404);
    assert_eq!(host.put(&session.replace("/b/n", "/c/n"), "bytes */*", b"").status, 404);
    assert_eq!(host.put(&session, "bytes */*", b"").status, 308);
}

#[test]
fn r07_a_session_has_its_methods_here_too() {
    let (host, _root) = Host::start(Config::default());
    let session = host.connect().ask("POST", "/b/n", START, b"").location(&host.addr);
    let reply = host.connect().ask("GET", &session, &[], b"");
    assert_eq!((reply.status, reply.field("allow")), (405, Some("PUT, POST, DELETE")));
    let reply = host.connect().ask("POST", &session, &["Content-Range: bytes 0-6/18"], &data(7));
    assert_eq!(reply.range(), 7);
    assert_eq!(host.connect().ask("DELETE", &session, &[], b"").status, 499);
    assert_eq!(host.put(&session, "bytes */*", b"").status, 499);
}

#[test]
fn no_bucket_has_the_name_of_an_interface() {
    let (host, _root) = Host::start(Config::default());
    for path in ["/upload/n", "/storage/n", "/download/n", "/api/n", "/resumable/n", "/b", "/"] {
        assert_eq!(host.connect().ask("POST", path, START, b"").status, 404, "{path}");
    }
    for path in ["/b/", "//n", "/b/.."] {
        assert_eq!(host.connect().ask("POST", path, START, b"").status, 400, "{path}");
    }
}

#[test]
fn a_bucket_may_have_a_name_that_begins_like_one() {
    let (host, _root) = Host::start(Config::default());
    for path in ["/uploads/n", "/storages/n", "/downloads/n", "/apis/n", "/resumables/n"] {
        let session = host.connect().ask("POST", path, START, b"").location(&host.addr);
        assert_eq!(host.put(&session, "bytes 0-6/7", &data(7)).status, 200, "{path}");
        assert_eq!(host.connect().ask("GET", path, &[], b"").body, data(7), "{path}");
    }
}
