//! How an upload starts.

use resumable::Policy;
use serde_json::json;

use crate::peer::{Host, data};
use crate::server::Config;

const CREATE: &str = "/upload/storage/v1/b/b/o?uploadType=resumable";
const TABLE: &str = "/api/v1/tables/demo.dataset.table/uploads";

#[test]
fn a_storage_upload_starts_with_an_address_on_the_host_that_was_asked() {
    let (host, _root) = Host::start(Config::default());
    let reply = host.connect().ask("POST", &format!("{CREATE}&name=n"), &[], b"");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.field("content-length"), Some("0"));
    let session = reply.location(&host.addr);
    let id = session.strip_prefix(&format!("{CREATE}&upload_id=")).unwrap();
    assert_eq!(id.len(), 32, "128 bits");
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(host.create("n"), session, "each upload has its own");
    assert_eq!(host.persisted(&session), 0);
}

#[test]
fn an_id_leads_to_the_session_whatever_stands_beside_it() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let (path, query) = session.split_once('?').unwrap();
    let id = query.split_once('&').unwrap().1;
    for query in [id.to_owned(), format!("{id}&uploadType=media"), format!("uploadType=resumable&name=other&{id}")] {
        assert_eq!(host.put(&format!("{path}?{query}"), "bytes */*", b"").status, 308, "{query}");
    }
}

#[test]
fn the_name_is_in_the_query_or_else_in_the_body() {
    let (host, _root) = Host::start(Config::default());
    for (query, body, name) in [
        ("&name=a%2Fb+c", "", "a/b c"),
        ("&name=query", r#"{"name": "body"}"#, "query"),
        ("", r#"{"name": "caf\u00e9/+"}"#, "caf\u{e9}/+"),
    ] {
        let reply = host.connect().ask("POST", &format!("{CREATE}{query}"), &[], body.as_bytes());
        let reply = host.put(&reply.location(&host.addr), "bytes */0", b"");
        assert_eq!((reply.status, &reply.json()["name"]), (200, &json!(name)), "{query} {body}");
    }
}

#[test]
fn what_the_creation_says_of_the_object_is_said_of_it_later() {
    let (host, _root) = Host::start(Config::default());
    let body = br#"{"contentType": "text/csv", "metadata": {"k": "v"}, "unknown": [1]}"#;
    let fields = ["Content-Type: application/json", "X-Upload-Content-Type: image/png"];
    let reply = host.connect().ask("POST", &format!("{CREATE}&name=n"), &fields, body);
    let session = reply.location(&host.addr);
    // S19: the type of a chunk says nothing about the object.
    let fields = ["Content-Type: text/html", "Content-Range: bytes 0-6/7"];
    assert_eq!(host.connect().ask("PUT", &session, &fields, &data(7)).status, 200);

    let described = host.connect().ask("GET", "/storage/v1/b/b/o/n", &[], b"").json();
    assert_eq!(described["contentType"], "text/csv");
    assert_eq!(described["metadata"], json!({"k": "v"}));
    let media = host.connect().ask("GET", "/storage/v1/b/b/o/n?alt=media", &[], b"");
    assert_eq!((media.field("content-type"), &media.body), (Some("text/csv"), &data(7)));

    let fields = ["X-Upload-Content-Type: image/png"];
    let reply = host.connect().ask("POST", &format!("{CREATE}&name=m"), &fields, b"");
    let reply = host.put(&reply.location(&host.addr), "bytes */0", b"");
    assert_eq!(reply.json()["contentType"], "image/png");
}

#[test]
fn r11_a_total_that_is_declared_at_creation_counts() {
    let (host, _root) = Host::start(Config::default());
    let fields = ["X-Upload-Content-Length: 11"];
    let reply = host.connect().ask("POST", &format!("{CREATE}&name=n"), &fields, b"");
    let session = reply.location(&host.addr);
    let reply = host.put(&session, "bytes 0-6/7", &data(7));
    assert_eq!((reply.status, reply.text()), (400, "expected the declared total of 11 bytes, got 7"));
    assert_eq!(host.put(&session, "bytes 0-6/*", &data(7)).status, 308);
    assert_eq!(host.put(&session, "bytes 7-10/*", &data(11)[7..]).status, 200, "it is whole at 11 bytes");
}

#[test]
fn a_table_upload_has_its_address_in_json_and_in_location() {
    let (host, _root) = Host::start(Config::default());
    let reply = host.connect().ask("POST", TABLE, &[], br#"{"name": "rows.csv", "size": 11}"#);
    assert_eq!(reply.status, 200);
    let json = reply.json();
    let session = format!("{TABLE}/{}", json["id"].as_str().unwrap());
    assert_eq!(reply.location(&host.addr), session);

    assert_eq!(host.put(&session, "bytes 0-6/*", &data(7)).range(), 7);
    let reply = host.put(&session, "bytes 7-10/11", &data(11)[7..]);
    assert_eq!((reply.status, reply.text()), (200, ""), "success has an empty body");
    assert_eq!(host.put(&session, "bytes */11", b"").status, 200);
    let target = "/storage/v1/b/demo.dataset.table/o/rows.csv?alt=media";
    assert_eq!(host.connect().ask("GET", target, &[], b"").body, data(11));
}

#[test]
fn an_upload_is_not_found_at_the_address_of_another_kind_or_bucket() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let id = session.rsplit_once('=').unwrap().1;
    for session in [format!("/api/v1/tables/b/uploads/{id}"), session.replace("/b/b/", "/b/other/")] {
        assert_eq!(host.put(&session, "bytes 0-6/7", &data(7)).status, 404);
    }
    assert_eq!(host.persisted(&session), 0);
}

#[test]
fn a_description_can_come_in_chunks_and_after_a_100_continue() {
    let (host, _root) = Host::start(Config::default());
    let mut peer = host.connect();
    peer.send(peer.head("POST", CREATE, &["Transfer-Encoding: chunked", "Expect: 100-continue"]));
    assert_eq!(peer.reply().status, 100);
    peer.send("7\r\n{\"name\"\r\n6\r\n: \"n\"}\r\n0\r\n\r\n");
    assert_eq!(peer.reply().status, 200);
}

#[test]
fn a_creation_that_cannot_be_understood_is_refused_with_one_line() {
    let config = Config { policy: Policy { max_size: 18, ..Policy::default() }, ..Config::default() };
    let (host, _root) = Host::start(config);
    let name = &format!("{CREATE}&name=n");
    let large = vec![b' '; 70_000];
    let long_type = format!(r#"{{"contentType": "a/{}"}}"#, "b".repeat(1023)).into_bytes();
    for (status, target, fields, body) in [
        (400, CREATE, &[][..], &b""[..]),
        (400, CREATE, &[], b"{}"),
        (400, name, &[], b"no json"),
        (400, name, &[], b"[]"),
        (400, name, &[], br#"{"metadata": {"k": 7}}"#),
        (400, name, &[], br#"{"contentType": "a\r\nb"}"#),
        (400, name, &[], &long_type),
        (400, name, &["X-Upload-Content-Length: +7"], b""),
        (400, name, &["X-Upload-Content-Length: 7", "X-Upload-Content-Length: 7"], b""),
        (400, "/upload/storage/v1/b/b/o?name=n", &[], b""),
        (400, "/upload/storage/v1/b/b/o?name=n&uploadType=other", &[], b""),
        (400, "/b/n", &[], b""),
        (400, "/upload/storage/v1/b/b/o?uploadType=resumable&name=n&name=m", &[], b""),
        (413, name, &[], &large),
        (413, name, &["X-Upload-Content-Length: 19"], b""),
        (413, TABLE, &[], br#"{"size": 19}"#),
        (404, "/upload/storage/v1/b/b/p?uploadType=resumable", &[], b""),
        (404, "/", &[], b""),
    ] {
        let reply = host.connect().ask("POST", target, fields, body);
        assert_eq!(reply.status, status, "{target} {fields:?}: {reply:?}");
        assert!(!reply.text().is_empty() && !reply.text().contains('\n'), "{reply:?}");
    }
    for (target, allow) in [
        (CREATE, "POST"),
        (TABLE, "POST"),
        ("/api/v1/tables/t/tempUploads", "POST"),
        ("/storage/v1/b/b", "GET"),
        ("/storage/v1/b/b/o", "GET"),
        ("/storage/v1/b/b/o/n", "GET, DELETE"),
        ("/b/n", "GET, POST, DELETE"),
    ] {
        let reply = host.connect().ask("PATCH", target, &[], b"");
        assert_eq!((reply.status, reply.field("allow")), (405, Some(allow)));
    }
}
