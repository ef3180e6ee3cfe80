//! Names: none leads out of the root, no two are one, and what is secret is not shown.

use std::collections::BTreeSet;
use std::path::Path;

use crate::peer::{Host, data};
use crate::server::Config;

/// Every path below a folder.
fn tree(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        found.insert(path.to_str().unwrap().to_owned());
        if path.is_dir() {
            found.extend(tree(&path));
        }
    }
    found
}

#[test]
fn no_name_leads_out_of_the_root() {
    let outside = tempfile::tempdir().unwrap();
    let root = outside.path().join("root");
    let host = Host::on(&root, Config::default());
    for name in [
        "../../escape",
        "..%2F..%2Fescape",
        "/etc/escape",
        "%2Fetc%2Fescape",
        "a/../../../escape",
        "..%5Cescape",
        ".hidden",
        "...",
        "lock",
        "con.json",
        "%25%32%65",
    ] {
        let session = host.create(name);
        assert_eq!(host.put(&session, "bytes 0-6/7", &data(7)).status, 200, "{name}");
        assert_eq!(host.media(name).unwrap(), data(7), "{name}");
    }
    let inside = root.to_str().unwrap();
    let objects = format!("{inside}/objects/b/");
    for path in tree(outside.path()) {
        assert!(path == inside || path.starts_with(&format!("{inside}/")), "{path}");
        if let Some(name) = path.strip_prefix(&objects) {
            let name = name.strip_suffix(".json").unwrap();
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_%".contains(&b)), "{path}");
        }
    }
}

#[test]
fn what_is_no_name_is_refused() {
    let (host, _root) = Host::start(Config::default());
    let long = "x".repeat(1025);
    for name in ["", ".", "..", "%2e%2e", "a%00b", "a%0Ab", "a%7Fb", "%ff", &long] {
        let target = format!("/upload/storage/v1/b/b/o?uploadType=resumable&name={name}");
        assert_eq!(host.connect().ask("POST", &target, &[], b"").status, 400, "{name}");
        let target = format!("/storage/v1/b/b/o/{name}");
        assert_eq!(host.connect().ask("GET", &target, &[], b"").status, 400, "{name}");
        let target = format!("/upload/storage/v1/b/{name}/o?uploadType=resumable&name=n");
        assert_eq!(host.connect().ask("POST", &target, &[], b"").status, 400, "{name}");
        let target = format!("/api/v1/tables/{name}/uploads");
        assert_eq!(host.connect().ask("POST", &target, &[], b"").status, 400, "{name}");
    }
    for body in [r#"{"name": ""}"#, r#"{"name": ".."}"#, r#"{"name": "a\u0000b"}"#] {
        let reply = host.connect().ask("POST", "/upload/storage/v1/b/b/o?uploadType=resumable", &[], body.as_bytes());
        assert_eq!(reply.status, 400, "{body}");
    }
}

#[test]
fn names_that_look_alike_are_different_objects() {
    let (host, _root) = Host::start(Config::default());
    let long = "y".repeat(300);
    let names = [
        "a/b".to_owned(),
        "a%252Fb".to_owned(),
        "a_b".to_owned(),
        "a.b".to_owned(),
        "a%2Bb".to_owned(),
        "A/b".to_owned(),
        long.clone(),
        format!("{long}z"),
        "%C3%A9".repeat(512),
        "z".repeat(1024),
    ];
    for (number, name) in names.iter().enumerate() {
        let session = host.create(name);
        assert_eq!(host.put(&session, "bytes 0-*/*", &data(number)).status, 200, "{name}");
    }
    for (number, name) in names.iter().enumerate() {
        assert_eq!(host.media(name).unwrap(), data(number), "{name}");
    }
}

/// Whoever has the id may write: the log is not the place for it, however it is asked for.
#[test]
fn the_log_shows_the_words_of_the_wire_and_no_secret() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let id = session.rsplit_once('=').unwrap().1;
    assert_eq!(host.put(&session, "bytes 0-6/18", &data(7)).status, 308);
    assert_eq!(host.put(&session, "bytes 11-17/18", &data(7)).status, 503);
    let fields = ["Content-Range: bytes */18", "X-GUploader-No-308: yes"];
    assert_eq!(host.connect().ask("PUT", &session, &fields, b"").status, 200);
    let encoded = id.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    for target in [
        format!("/?upload_id={id}"),
        format!("/api/v1/tables/b/uploads/{id}/more"),
        format!("/api/v1/tables/b/uploads/{encoded}"),
        session.replace(id, &encoded),
        session.replace("/b/b/", "/b/other/"),
    ] {
        host.put(&target, "bytes */*", b"");
    }
    let reply = host.connect().ask("POST", "/api/v1/tables/b/uploads", &[], b"");
    let table = reply.json()["id"].as_str().unwrap().to_owned();
    host.connect().ask("DELETE", &format!("/api/v1/tables/b/uploads/{table}"), &[], b"");

    let log = host.log().join("\n");
    let short = &id[..8];
    for line in [
        "> POST /upload/storage/v1/b/b/o?uploadType=resumable&name=n (connection 1)\n< 200 (connection 1)\n",
        &format!("> PUT bytes 0-6/18 (connection 2, upload {short})\n< 308 bytes=0-6 (connection 2, upload {short})\n"),
        &format!(
            "< 503 Invalid request.  According to the Content-Range header, the upload offset is 11 byte(s), which exceeds already uploaded size of 7 byte(s). (connection 3, upload {short})\n"
        ),
        &format!("< 200 (308) bytes=0-6 (connection 4, upload {short})\n"),
        "> DELETE (connection",
        "< 499 (connection",
    ] {
        assert!(log.contains(line), "{line}\n{log}");
    }
    for secret in [id, &encoded, &table] {
        assert!(!log.to_lowercase().contains(secret), "{log}");
        assert!(!log.contains(&secret[8..]), "{log}");
    }
}
