//! Redivis: uploads into a table, and the temporary ones of its own client.

use serde_json::json;

use crate::peer::{Host, data};
use crate::server::Config;

const TEMPORARY: &str = "/api/v1/tables/demo.dataset.table/tempUploads";

/// Temporary uploads of these sizes: their ids and the paths of their addresses.
fn temporary(host: &Host, sizes: &[u64]) -> Vec<(String, String)> {
    let wanted = sizes.iter().map(|size| json!({"size": size, "name": format!("{size}.csv"), "resumable": true}));
    let body = json!({ "tempUploads": wanted.collect::<Vec<_>>() }).to_string();
    let reply = host.connect().ask("POST", TEMPORARY, &["Authorization: Bearer token"], body.as_bytes());
    assert_eq!(reply.status, 200, "{reply:?}");
    let results = reply.json()["results"].as_array().unwrap().clone();
    let base = format!("http://{}", host.addr);
    results
        .iter()
        .map(|it| {
            assert_eq!(it["resumable"], true);
            let path = it["url"].as_str().unwrap().strip_prefix(&base).unwrap();
            (it["id"].as_str().unwrap().to_owned(), path.to_owned())
        })
        .collect()
}

/// `perform_resumable_upload` of redivis-python: a start at the address, then one PUT for all; after a failure a
/// question and the rest.
#[test]
fn a_temporary_upload_is_started_where_it_is_and_goes_on_like_any_other() {
    let (host, _root) = Host::start(Config::default());
    let [(id, url)] = &temporary(&host, &[18])[..] else { panic!("one was asked for") };
    let start = ["x-upload-content-length: 18", "x-goog-resumable: start", "Authorization: Bearer token"];
    let reply = host.connect().ask("POST", url, &start, b"");
    assert_eq!((reply.status, reply.text()), (201, ""));
    let session = reply.location(&host.addr);
    assert_eq!(&session, &format!("/api/v1/tables/demo.dataset.table/uploads/{id}"));

    let whole_url = format!("http://{}{url}", host.addr);
    assert_eq!(host.connect().ask("POST", &whole_url, &start, b"").location(&host.addr), session);

    assert_eq!(host.put(&session, "bytes 0-10/18", &data(11)).range(), 11);
    assert_eq!(host.connect().ask("POST", url, &start, b"").status, 201, "a start that is repeated changes nothing");
    assert_eq!(host.put(&session, "bytes */18", b"").range(), 11);
    let reply = host.put(&session, "bytes 11-17/18", &data(18)[11..]);
    assert_eq!((reply.status, reply.text()), (200, ""));
    let target = "/storage/v1/b/demo.dataset.table/o/18.csv?alt=media";
    assert_eq!(host.connect().ask("GET", target, &[], b"").body, data(18));
}

/// `perform_standard_upload`: small ones are simply PUT there.
#[test]
fn a_temporary_upload_may_come_in_one_request() {
    let (host, _root) = Host::start(Config::default());
    let uploads = temporary(&host, &[7, 11]);
    assert_eq!(uploads.len(), 2);
    for ((_, url), size) in uploads.iter().zip([7, 11]) {
        let reply = host.connect().ask("PUT", url, &["Authorization: Bearer token"], &data(size));
        assert_eq!((reply.status, reply.text()), (200, ""));
        let target = format!("/storage/v1/b/demo.dataset.table/o/{size}.csv?alt=media");
        assert_eq!(host.connect().ask("GET", &target, &[], b"").body, data(size));
    }
}

#[test]
fn r11_a_start_with_another_size_is_refused() {
    let (host, _root) = Host::start(Config::default());
    let [(_, url)] = &temporary(&host, &[18])[..] else { panic!("one was asked for") };
    let reply = host.connect().ask("POST", url, &["x-upload-content-length: 17", "x-goog-resumable: start"], b"");
    assert_eq!((reply.status, reply.text()), (400, "expected the declared total of 18 bytes, got 17"));
    assert_eq!(host.connect().ask("POST", url, &["x-goog-resumable: stop"], b"").status, 400);
    assert_eq!(host.persisted(url), 0);
}

#[test]
fn what_is_no_list_of_uploads_is_refused() {
    let (host, _root) = Host::start(Config::default());
    for body in ["", "{}", "[]", r#"{"tempUploads": {}}"#, r#"{"tempUploads": [{"name": ".."}]}"#, "junk"] {
        assert_eq!(host.connect().ask("POST", TEMPORARY, &[], body.as_bytes()).status, 400, "{body}");
    }
}
