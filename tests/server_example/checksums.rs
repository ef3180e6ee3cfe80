//! Checksums that are declared for an object hold, or it is never published.

use std::fs;

use crate::peer::{Host, data};
use crate::server::Config;

const CREATE: &str = "/upload/storage/v1/b/b/o?uploadType=resumable&name=n";
const MD5: &str = "NyYhYVSn5w3Ng2U00hW4Iw==";
const CRC32C: &str = "ZP1iQg==";
const OTHER_MD5: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
const OTHER_CRC32C: &str = "AAAAAA==";

fn create(host: &Host, fields: &[&str], said: &str) -> String {
    let reply = host.connect().ask("POST", CREATE, fields, said.as_bytes());
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.location(&host.addr)
}

#[test]
fn an_object_that_holds_what_was_declared_is_published() {
    let (host, _root) = Host::start(Config::default());
    let body = format!(r#"{{"md5Hash": "{MD5}", "crc32c": "{CRC32C}"}}"#);
    let both = format!("x-goog-hash: crc32c={CRC32C},md5={MD5}");
    let (crc32c, md5) = (format!("x-goog-hash: crc32c={CRC32C}"), format!("x-goog-hash: md5={MD5}"));
    for (at_creation, said, at_end) in [
        (&[][..], body.as_str(), &[][..]),
        (&[], "", &[both.as_str()]),
        (&[both.as_str()], &body, &[crc32c.as_str(), md5.as_str()]),
        (&[crc32c.as_str()], "", &[md5.as_str()]),
    ] {
        let session = create(&host, at_creation, said);
        assert_eq!(host.put(&session, "bytes 0-6/*", b"resumab").status, 308);
        let fields = [&["Content-Range: bytes 7-10/11"], at_end].concat();
        let reply = host.connect().ask("PUT", &session, &fields, b"le!\n");
        assert_eq!(reply.status, 200, "{at_creation:?} {said} {at_end:?}: {reply:?}");
        assert_eq!(reply.json()["md5Hash"], MD5);
    }
}

/// The sum of the bytes is kept while they come; what another process has written is read again.
#[test]
fn without_md5_an_object_has_its_crc32c_and_no_md5_unless_one_is_declared() {
    let config = Config { no_md5: true, ..Config::default() };
    for (restarts, said) in [(false, ""), (true, ""), (false, MD5), (true, MD5)] {
        let (mut host, root) = Host::start(config.clone());
        let session = create(&host, &[], "");
        assert_eq!(host.put(&session, "bytes 0-6/11", b"resumab").range(), 7);
        // A chunked body that is shorter than its range does not count.
        let mut peer = host.connect();
        peer.send(peer.head("PUT", &session, &["Content-Range: bytes 7-10/11", "Transfer-Encoding: chunked"]));
        peer.send("2\r\nno\r\n0\r\n\r\n");
        assert_eq!(peer.reply().status, 400);
        if restarts {
            host.stop();
            host = Host::on(root.path(), config.clone());
        }
        let hash = format!("x-goog-hash: md5={said}");
        let fields = ["Content-Range: bytes 7-10/11", &hash];
        let reply = host.connect().ask("PUT", &session, &fields[..if said.is_empty() { 1 } else { 2 }], b"le!\n");
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.json()["crc32c"], CRC32C);
        assert_eq!(reply.json()["md5Hash"].as_str().unwrap_or_default(), said);
        // Of another MD5 it is not.
        let session = create(&host, &[], &format!(r#"{{"md5Hash": "{OTHER_MD5}"}}"#));
        assert_eq!(host.put(&session, "bytes 0-10/11", b"resumable!\n").status, 400);
    }
}

/// R23: it cannot be mended, so the upload is dead, and what was visible before stays.
#[test]
fn r23_an_object_that_differs_is_refused_and_its_upload_is_dead() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-6/7", &data(7)).status, 200);
    let md5 = format!(r#"{{"md5Hash": "{OTHER_MD5}"}}"#);
    let crc32c = format!(r#"{{"crc32c": "{OTHER_CRC32C}", "md5Hash": "{MD5}"}}"#);
    let header = format!("x-goog-hash: md5={OTHER_MD5}");
    let second = format!("x-goog-hash: crc32c={OTHER_CRC32C}");
    let first = format!("x-goog-hash: md5={MD5}");
    for (at_creation, said, at_end) in [
        (&[][..], md5.as_str(), &[][..]),
        (&[], &crc32c, &[]),
        (&[header.as_str()], "", &[]),
        (&[], "", &[header.as_str()]),
        (&[], "", &[first.as_str(), second.as_str()]),
    ] {
        let session = create(&host, at_creation, said);
        let fields = [&["Content-Range: bytes 0-10/11"], at_end].concat();
        let reply = host.connect().ask("PUT", &session, &fields, b"resumable!\n");
        assert_eq!(reply.status, 400, "{at_creation:?} {said} {at_end:?}");
        assert_eq!(reply.text(), "the object differs from the checksum that was declared for it");
        assert_eq!(host.put(&session, "bytes */11", b"").status, 410);
        assert_eq!(host.put(&session, "bytes 0-10/11", b"resumable!\n").status, 410);
        assert_eq!(host.media("n").unwrap(), data(7));
        assert_eq!(fs::read_dir(root.path().join("data")).unwrap().count(), 1, "its bytes are gone");
    }
}

#[test]
fn a_checksum_is_what_the_whole_must_come_to_not_a_part() {
    let (host, _root) = Host::start(Config::default());
    let session = create(&host, &[], "");
    let other = format!("x-goog-hash: crc32c={OTHER_CRC32C}");
    let fields = ["Content-Range: bytes 0-6/*", other.as_str()];
    assert_eq!(host.connect().ask("PUT", &session, &fields, b"resumab").status, 308);
    assert_eq!(host.put(&session, "bytes 7-10/11", b"le!\n").status, 200);
    let fields = ["Content-Range: bytes */11", other.as_str()];
    assert_eq!(host.connect().ask("PUT", &session, &fields, b"").status, 200, "success is repeated, not checked again");
}

#[test]
fn an_upload_of_the_xml_interface_is_checked_too() {
    let (host, _root) = Host::start(Config::default());
    let header = format!("x-goog-hash: md5={OTHER_MD5}");
    let reply = host.connect().ask("POST", "/b/n", &["x-goog-resumable: start", &header], b"");
    let session = reply.location(&host.addr);
    assert_eq!(host.put(&session, "bytes 0-10/11", b"resumable!\n").status, 400);
    assert_eq!(host.put(&session, "bytes */11", b"").status, 410);
}

#[test]
fn what_is_no_checksum_is_refused_at_once() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    for value in [
        "crc32c=ZP1iQg",
        "crc32c=ZP1i",
        "md5=ZP1iQg==",
        "md5=!",
        "sha256=AAAA",
        "junk",
        "crc32c=ZP1iQg==,crc32c=AAAAAA==",
    ] {
        let header = format!("x-goog-hash: {value}");
        let fields = ["Content-Range: bytes 0-10/11", header.as_str()];
        let reply = host.connect().ask("PUT", &session, &fields, b"resumable!\n");
        assert_eq!(reply.status, 400, "{value}");
        assert!(reply.text().starts_with("expected "), "{}", reply.text());
        assert_eq!(host.connect().ask("POST", CREATE, &[&header], b"").status, 400, "{value}");
    }
    for said in [r#"{"md5Hash": "x"}"#, r#"{"crc32c": "NyYhYVSn5w3Ng2U00hW4Iw=="}"#] {
        assert_eq!(host.connect().ask("POST", CREATE, &[], said.as_bytes()).status, 400, "{said}");
    }
    assert_eq!(host.persisted(&session), 0);
}
