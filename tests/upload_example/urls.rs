//! The example's URLs: what is taken, where a session may be, and what is shown of it.

#[path = "../../examples/upload/url.rs"]
mod url;

use url::{Url, UrlError};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn a_url_is_split_into_what_a_request_needs() {
    for (text, address, authority, target) in [
        ("http://a", ("a", 80), "a", "/"),
        ("HTTP://A.b:8308/c?d=e#f", ("a.b", 8308), "A.b:8308", "/c?d=e"),
        ("http://a?b", ("a", 80), "a", "/?b"),
        ("http://[::1]:81/", ("::1", 81), "[::1]:81", "/"),
    ] {
        let url = url(text);
        assert_eq!((url.address(), url.authority(), url.target()), (address, authority, target), "{text}");
    }
}

#[test]
fn what_is_no_plain_http_url_is_refused() {
    for (text, error) in [
        ("https://a/", UrlError::Https),
        ("ftp://a/", UrlError::Scheme),
        ("/a", UrlError::Scheme),
        ("http://user:password@a/", UrlError::UserInfo),
        ("http:///a", UrlError::Host),
        ("http://a:/", UrlError::Host),
        ("http://a:+80/", UrlError::Host),
        ("http://a:65536/", UrlError::Host),
        ("http://[::1/", UrlError::Host),
        ("http://[::1]80/", UrlError::Host),
        ("http://a/b c", UrlError::Bytes),
        ("http://a/b\r\nX: y", UrlError::Bytes),
        ("http://a/\u{e9}", UrlError::Bytes),
    ] {
        assert_eq!(Url::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_location_may_leave_out_what_the_creation_has() {
    let creation = url("http://a:8308/create?uploadType=resumable");
    for location in ["http://a:8308/u/7?id=9", "//A:8308/u/7?id=9", "/u/7?id=9"] {
        let session = creation.resolve(location.as_bytes()).unwrap();
        assert_eq!((session.address(), session.target()), (("a", 8308), "/u/7?id=9"), "{location}");
    }
}

/// RFC 9110, section 10.2.2: a `Location` may be relative; RFC 3986, section 5.2: to what.
#[test]
fn a_relative_location_is_taken_from_the_path_of_the_creation() {
    let creation = url("http://a:8308/b/c/d?uploadType=resumable");
    for (location, target) in [
        ("u", "/b/c/u"),
        ("u/7?id=9", "/b/c/u/7?id=9"),
        ("./u:7", "/b/c/u:7"),
        ("../u", "/b/u"),
        ("../../../u", "/u"),
        ("u/../v/./w", "/b/c/v/w"),
        ("u/..", "/b/c/"),
        (".", "/b/c/"),
        ("?id=9/../:", "/b/c/d?id=9/../:"),
        ("u#f", "/b/c/u"),
    ] {
        let session = creation.resolve(location.as_bytes()).unwrap();
        assert_eq!((session.address(), session.target()), (("a", 8308), target), "{location}");
    }
    assert_eq!(url("http://a").resolve(b"u").unwrap().target(), "/u");
}

#[test]
fn a_location_elsewhere_is_refused() {
    let creation = url("http://a:8308/create");
    assert_eq!(creation.resolve(b"https://a:8308/u"), Err(UrlError::Https));
    assert_eq!(creation.resolve(b"ftp://a:8308/u"), Err(UrlError::Scheme));
    assert_eq!(creation.resolve(b"u:7/8"), Err(UrlError::Scheme));
    assert_eq!(creation.resolve(b""), Err(UrlError::Scheme));
    assert_eq!(creation.resolve(b"/\xff"), Err(UrlError::Bytes));
    for location in [&b"http://b:8308/u"[..], b"//a:8309/u", b"http://a/u", b"http://a:8308.b/u"] {
        let error = creation.resolve(location).unwrap_err();
        assert!(matches!(error, UrlError::OtherHost { .. } | UrlError::Host), "{error}");
    }
}

#[test]
fn neither_display_nor_debug_show_a_secret() {
    for (text, shown) in [
        ("http://a:1/b/secret", "http://a:1/b/***"),
        ("http://a/b/secret/?id=secret&secret&c=", "http://a/b/***/?id=***&***&c=***"),
        ("http://a/", "http://a/"),
        ("http://a", "http://a/"),
    ] {
        assert_eq!(url(text).to_string(), shown);
        assert_eq!(format!("{:?}", url(text)), format!("Url({shown})"));
    }
}

#[test]
fn a_text_of_the_server_is_shown_without_the_secret() {
    let url = url("http://a/b/secret-token-7?id=secret-token-77&kind=short");
    assert_eq!(url.redact("no secret-token-77, secret-token-7, short"), "no ***, ***, short");
}

#[test]
fn a_parameter_is_encoded() {
    assert_eq!(url("http://a/b").with_query("name", "c d/\u{e9}").target(), "/b?name=c%20d%2F%C3%A9");
    assert_eq!(url("http://a/b?c=d").with_query("name", "e~").target(), "/b?c=d&name=e~");
}

#[test]
fn a_parameter_is_found_by_its_whole_name() {
    let url = url("http://a/b?filename=c&name=d&e");
    for (name, is_there) in [("name", true), ("e", true), ("file", false), ("d", false)] {
        assert_eq!(url.has_query(name), is_there, "{name}");
    }
}
