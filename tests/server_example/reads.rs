//! What is asked about objects: their bytes, parts of them, lists, and their end.

use serde_json::{Value, json};

use crate::peer::{Host, data};
use crate::server::Config;
use crate::server::range::{Part, parse};

/// An object of these bytes in the bucket `b`.
fn put(host: &Host, name: &str, bytes: &[u8]) {
    let target = format!("/upload/storage/v1/b/b/o?uploadType=media&name={name}");
    let reply = host.connect().ask("POST", &target, &["Content-Type: text/csv"], bytes);
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[test]
fn the_bytes_are_read_at_each_of_their_addresses() {
    let (host, _root) = Host::start(Config::default());
    put(&host, "a%2Fb", &data(18));
    for target in [
        "/storage/v1/b/b/o/a%2Fb?alt=media",
        "/download/storage/v1/b/b/o/a%2Fb?alt=media",
        "/download/storage/v1/b/b/o/a%2Fb",
        "/download/storage/v1/b/b/o/a%2Fb?generation=1&alt=media",
        "/b/a/b",
        "/b/a%2Fb",
    ] {
        let reply = host.connect().ask("GET", target, &[], b"");
        assert_eq!((reply.status, &reply.body), (200, &data(18)), "{target}");
        assert_eq!(reply.field("accept-ranges"), Some("bytes"));
        assert_eq!(reply.field("x-goog-stored-content-length"), Some("18"));
    }
    let described = host.connect().ask("GET", "/storage/v1/b/b/o/a%2Fb", &[], b"");
    let link = format!("\"mediaLink\":\"http://{}/download/storage/v1/b/b/o/a%2Fb?alt=media\"", host.addr);
    assert!(described.text().contains(&link), "rclone reads there: {}", described.text());
    let link = format!("\"selfLink\":\"http://{}/storage/v1/b/b/o/a%2Fb\"", host.addr);
    assert!(described.text().contains(&link), "gcloud-storage understands no object without: {}", described.text());
    for target in
        ["/storage/v1/b/b/o/m?alt=media", "/download/storage/v1/b/b/o/m?alt=media", "/b/m", "/storage/v1/b/b/o/m"]
    {
        assert_eq!(host.connect().ask("GET", target, &[], b"").status, 404, "{target}");
    }
    assert_eq!(host.connect().ask("GET", "/download/b/n", &[], b"").status, 404);
}

#[test]
fn what_is_no_address_is_not_found() {
    let (host, _root) = Host::start(Config::default());
    put(&host, "n", &data(7));
    for path in [
        "/download/storage/v1/b/b",
        "/download/storage/v1/b/b/o",
        "/download/storage/v1/b/b/p/n",
        "/download/upload/storage/v1/b/b/o",
        "/storage/v1/b/b/p",
        "/storage/v1/b/b/",
        "/storage/v1/b/b/p/n",
        "/storage/v1",
        "/api/v1/tables/t",
        "/api/v1/tables/t/uploads/",
        "/api/v1/tables/t/tempUploads/n",
    ] {
        assert_eq!(host.connect().ask("GET", path, &[], b"").status, 404, "{path}");
    }
    for path in ["/upload/storage/v1/b/b/c/o", "/upload/storage/v1/b/b/o/", "/upload/storage/v1/b/b"] {
        let reply = host.connect().ask("POST", &format!("{path}?uploadType=resumable&name=n"), &[], b"");
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[test]
fn a_range_is_a_part() {
    let (host, _root) = Host::start(Config::default());
    let data = data(18);
    put(&host, "n", &data);
    let mut peer = host.connect();
    for (range, content_range, part) in [
        ("bytes=0-6", "bytes 0-6/18", &data[..7]),
        ("bytes=7-7", "bytes 7-7/18", &data[7..8]),
        ("bytes=11-", "bytes 11-17/18", &data[11..]),
        ("bytes=11-99999999999999999999", "bytes 11-17/18", &data[11..]),
        ("bytes=-7", "bytes 11-17/18", &data[11..]),
        ("bytes=-19", "bytes 0-17/18", &data),
    ] {
        let reply = peer.ask("GET", "/b/n", &[&format!("Range: {range}")], b"");
        assert_eq!((reply.status, reply.field("content-range")), (206, Some(content_range)), "{range}");
        assert_eq!(reply.body, part, "{range}");
    }
    for range in ["bytes=18-", "bytes=18-20", "bytes=-0", "bytes=99999999999999999999-"] {
        let reply = peer.ask("GET", "/b/n", &[&format!("Range: {range}")], b"");
        assert_eq!((reply.status, reply.field("content-range")), (416, Some("bytes */18")), "{range}");
    }
    for range in ["bytes=0-6,8-9", "lines=0-6", "bytes=7-6", "bytes=-", "bytes=x-6", "0-6"] {
        let reply = peer.ask("GET", "/b/n", &[&format!("Range: {range}")], b"");
        assert_eq!((reply.status, &reply.body), (200, &data), "{range}: what is not understood is ignored");
    }
}

#[test]
fn a_part_of_another_object_is_not_made_whole() {
    let (host, _root) = Host::start(Config::default());
    put(&host, "n", &data(18));
    let old = host.connect().ask("GET", "/b/n", &[], b"");
    let if_range = format!("If-Range: {}", old.field("etag").unwrap());
    let fields = ["Range: bytes=7-", if_range.as_str()];
    assert_eq!(host.connect().ask("GET", "/b/n", &fields, b"").status, 206);
    put(&host, "n", &data(11));
    let reply = host.connect().ask("GET", "/b/n", &fields, b"");
    assert_eq!((reply.status, reply.body), (200, data(11)));
}

/// Every range of every small object, against the bytes that it has.
#[test]
fn a_range_has_the_bytes_that_it_names() {
    for size in 0..5_u64 {
        let all: Vec<u64> = (0..size).collect();
        for first in 0..7_u64 {
            for last in first..7 {
                let named: Vec<u64> = all.iter().copied().filter(|at| (first..=last).contains(at)).collect();
                check(&format!("bytes={first}-{last}"), size, &named);
            }
            check(&format!("bytes={first}-"), size, all.get(usize::try_from(first).unwrap()..).unwrap_or_default());
            let suffix = all.len().saturating_sub(usize::try_from(first).unwrap());
            check(&format!("bytes=-{first}"), size, &all[suffix..]);
        }
    }
}

fn check(range: &str, size: u64, named: &[u64]) {
    match parse(range, size) {
        Part::Bytes(bytes) => assert_eq!(bytes.collect::<Vec<_>>(), named, "{range} of {size}"),
        Part::Unsatisfiable => assert!(named.is_empty(), "{range} of {size}"),
        Part::Whole => panic!("{range} of {size}"),
    }
}

fn list(host: &Host, query: &str) -> Value {
    host.connect().ask("GET", &format!("/storage/v1/b/b/o?{query}"), &[], b"").json()
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().into_iter().flatten().map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn objects_are_listed_in_the_order_of_their_names() {
    let (host, _root) = Host::start(Config::default());
    assert_eq!(list(&host, ""), json!({"kind": "storage#objects"}), "an empty bucket");
    let open = host.create("open");
    assert_eq!(host.put(&open, "bytes 0-6/18", &data(7)).status, 308);
    let long = "x".repeat(300);
    for name in ["b", "a%2Fb%2Fc", "a%2Fa", "a", "a.b", &long] {
        put(&host, name, &data(7));
    }
    assert_eq!(names(&list(&host, "projection=noAcl")), ["a", "a.b", "a/a", "a/b/c", "b", &long], "none that is open");
    assert_eq!(list(&host, "")["items"][0]["size"], "7");
    assert_eq!(names(&list(&host, "prefix=a%2F")), ["a/a", "a/b/c"]);
    assert_eq!(names(&list(&host, "prefix=c")), [""; 0]);

    let folder = list(&host, "delimiter=%2F&prefix=a");
    assert_eq!((names(&folder), &folder["prefixes"]), (vec!["a", "a.b"], &json!(["a/"])));
    let folder = list(&host, "delimiter=/&prefix=a/");
    assert_eq!((names(&folder), &folder["prefixes"]), (vec!["a/a"], &json!(["a/b/"])));
}

#[test]
fn a_long_list_comes_in_pages() {
    let (host, _root) = Host::start(Config::default());
    for name in ["a", "b%2F1", "b%2F2", "c", "d"] {
        put(&host, name, b"");
    }
    for (delimiter, expected) in [("", &["a", "b/1", "b/2", "c", "d"][..]), ("&delimiter=/", &["a", "b/", "c", "d"])] {
        for limit in 1..6 {
            let (mut found, mut token) = (Vec::new(), String::new());
            loop {
                let page = list(&host, &format!("maxResults={limit}&pageToken={token}{delimiter}"));
                let mut entries: Vec<String> = names(&page).into_iter().map(str::to_owned).collect();
                entries.extend(
                    page["prefixes"].as_array().into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()),
                );
                assert!((1..=limit).contains(&entries.len()), "{page}");
                entries.sort();
                found.extend(entries);
                match page["nextPageToken"].as_str() {
                    Some(next) => next.clone_into(&mut token),
                    None => break,
                }
            }
            assert_eq!(found, expected, "{limit} at once {delimiter}");
        }
    }
    for query in ["pageToken=%21", "maxResults=x", "maxResults=-1", "prefix=a&prefix=b"] {
        assert_eq!(host.connect().ask("GET", &format!("/storage/v1/b/b/o?{query}"), &[], b"").status, 400, "{query}");
    }
}

#[test]
fn a_bucket_is_there_when_it_is_asked_for() {
    let (host, _root) = Host::start(Config::default());
    let json = host.connect().ask("GET", "/storage/v1/b/some-bucket?projection=noAcl", &[], b"").json();
    assert_eq!((&json["kind"], &json["name"]), (&json!("storage#bucket"), &json!("some-bucket")));
    assert_eq!(host.connect().ask("GET", "/storage/v1/b/..", &[], b"").status, 400);
}

#[test]
fn an_object_that_is_removed_is_gone_and_may_come_again() {
    let (host, root) = Host::start(Config::default());
    for target in ["/storage/v1/b/b/o/n", "/b/n"] {
        put(&host, "n", &data(7));
        put(&host, "m", &data(7));
        let before = host.connect().ask("GET", "/storage/v1/b/b/o/n", &[], b"").json();
        let mut peer = host.connect();
        let reply = peer.ask("DELETE", target, &[], b"");
        assert_eq!((reply.status, reply.field("content-length"), &reply.body), (204, None, &Vec::new()));
        assert_eq!(peer.ask("DELETE", target, &[], b"").status, 404);
        assert_eq!(host.media("n"), None);
        assert_eq!(names(&list(&host, "")), ["m"]);
        assert_eq!(root.path().join("data").read_dir().unwrap().count(), 1, "its bytes are gone");
        put(&host, "n", &data(11));
        let after = host.connect().ask("GET", "/storage/v1/b/b/o/n", &[], b"").json();
        let generation = |json: &Value| json["generation"].as_str().unwrap().parse::<u64>().unwrap();
        assert!(generation(&after) > generation(&before));
    }
}

/// R22: the upload is over, and says so again, whatever became of its object.
#[test]
fn r22_the_success_of_an_upload_is_repeated_when_its_object_is_gone() {
    let (host, _root) = Host::start(Config::default());
    let session = host.create("n");
    let success = host.put(&session, "bytes 0-10/11", &data(11)).json();
    assert_eq!(host.connect().ask("DELETE", "/storage/v1/b/b/o/n", &[], b"").status, 204);
    assert_eq!(host.put(&session, "bytes */11", b"").json(), success);
    assert_eq!(host.media("n"), None);
}
