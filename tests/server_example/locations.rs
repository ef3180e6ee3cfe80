//! The address that a client is told to go on at.

use crate::peer::Host;
use crate::server::{BaseUrl, Config};

const CREATE: &str = "/upload/storage/v1/b/b/o?uploadType=resumable&name=n";

/// `Location` of a creation with this Host.
fn location(host: &Host, target: &str, field: &str) -> String {
    let mut peer = host.connect();
    peer.send(format!("POST {target} HTTP/1.1\r\n{field}x-goog-resumable: start\r\n\r\n"));
    peer.reply().field("location").unwrap().to_owned()
}

/// Google's Rust SDK leaves the port out of Host; an address on port 80 would lead nowhere.
#[test]
fn the_base_is_what_the_client_asked_or_where_it_connected() {
    let (host, _root) = Host::start(Config::default());
    let addr = host.addr.as_str();
    for (name, expected) in [
        ("uploads.example:8080", "uploads.example:8080"),
        ("[::1]:8080", "[::1]:8080"),
        (addr, addr),
        ("127.0.0.1", addr),
        ("uploads.example", addr),
        ("[::1]", addr),
        ("uploads.example:", addr),
    ] {
        for target in [CREATE, "/b/n", "/api/v1/tables/t/uploads"] {
            let location = location(&host, target, &format!("Host: {name}\r\n"));
            assert!(location.starts_with(&format!("http://{expected}/")), "{name}: {location}");
        }
    }
    let mut peer = host.connect();
    peer.send(format!("POST {CREATE} HTTP/1.0\r\n\r\n"));
    assert!(peer.reply().field("location").unwrap().starts_with(&format!("http://{addr}/")), "without a Host");
}

#[test]
fn a_base_that_is_given_stands_before_every_address() {
    for base in ["https://uploads.example", "https://uploads.example/", "http://[::1]:8308/below"] {
        let base_url: BaseUrl = base.parse().unwrap();
        let (host, _root) = Host::start(Config { base_url: Some(base_url), ..Config::default() });
        for (target, path) in [
            (CREATE, "/upload/storage/v1/b/b/o?"),
            ("/b/n", "/b/n?upload_id="),
            ("/api/v1/tables/t/uploads", "/api/v1/tables/t/uploads/"),
        ] {
            let location = location(&host, target, "Host: other.example\r\n");
            assert!(location.starts_with(&format!("{}{path}", base.trim_end_matches('/'))), "{base}: {location}");
        }
    }
}

#[test]
fn what_is_no_base_is_refused() {
    for text in [
        "",
        "uploads.example",
        "ftp://a",
        "http://",
        "http:///a",
        "http://:80",
        "http://a?b",
        "http://a#b",
        "http://u@a",
        "http://a b",
    ] {
        let error = text.parse::<BaseUrl>().unwrap_err().to_string();
        assert!(error.starts_with("expected http://HOST") && error.contains(text), "{error}");
    }
}
