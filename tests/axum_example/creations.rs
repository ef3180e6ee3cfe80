//! What a creation says of its object.

use crate::peer::Host;
use crate::server::Config;

/// One character would stand for all that is none: two objects would have one name.
#[test]
fn a_name_that_is_no_utf8_is_refused() {
    let (host, _root) = Host::start(Config::default());
    for (name, status) in [("%FF", 400), ("%C3%BC", 200), ("a+b", 200)] {
        let target = format!("/upload/storage/v1/b/b/o?uploadType=resumable&name={name}");
        assert_eq!(host.connect().ask("POST", &target, &[], b"").status, status, "{name}");
    }
}

/// A description that is shown in a head must fit into one.
#[test]
fn a_content_type_that_is_too_long_is_refused() {
    let (host, _root) = Host::start(Config::default());
    let said = format!(r#"{{"contentType": "a/{}"}}"#, "b".repeat(1023));
    let target = "/upload/storage/v1/b/b/o?uploadType=resumable&name=n";
    assert_eq!(host.connect().ask("POST", target, &[], said.as_bytes()).status, 400);
}
