//! Preconditions: an object takes the place of the one that its creator knew, or of none, or it is not published.

use crate::peer::{Host, data};
use crate::server::Config;

const CREATE: &str = "/upload/storage/v1/b/b/o?uploadType=resumable&name=n";
const MEDIA: &str = "/upload/storage/v1/b/b/o?uploadType=media&name=n";

fn start(host: &Host, condition: &str) -> String {
    let reply = host.connect().ask("POST", &format!("{CREATE}&ifGenerationMatch={condition}"), &[], b"");
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.location(&host.addr)
}

/// Two clients create what neither has seen: one of them wins, whole, and the other is told.
#[test]
fn r23_an_object_whose_precondition_does_not_hold_is_refused_and_its_upload_is_dead() {
    let (host, root) = Host::start(Config::default());
    let (first, second) = (start(&host, "0"), start(&host, "0"));
    assert_eq!(host.put(&second, "bytes 0-10/11", &data(11)).status, 200);
    let reply = host.put(&first, "bytes 0-6/7", &data(7));
    assert_eq!((reply.status, reply.text()), (412, "the object's precondition does not hold"));
    assert_eq!(host.put(&first, "bytes */7", b"").status, 410);
    assert_eq!(host.put(&second, "bytes */11", b"").status, 200, "a success is repeated, not checked again");
    assert_eq!(host.media("n").unwrap(), data(11));
    assert_eq!(root.path().join("data").read_dir().unwrap().count(), 1, "its bytes are gone");
}

#[test]
fn an_object_replaces_the_generation_that_its_creator_knew() {
    let (host, _root) = Host::start(Config::default());
    let mut generation = "0".to_owned();
    for size in [7, 11, 3] {
        let target = format!("{MEDIA}&ifGenerationMatch={generation}");
        let reply = host.connect().ask("POST", &target, &[], &data(size));
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(host.connect().ask("POST", &target, &[], b"late").status, 412);
        assert_eq!(host.media("n").unwrap(), data(size));
        reply.json()["generation"].as_str().unwrap().clone_into(&mut generation);
    }
    assert_eq!(host.connect().ask("DELETE", "/b/n", &[], b"").status, 204);
    let session = start(&host, &generation);
    assert_eq!(host.put(&session, "bytes */0", b"").status, 412, "it is gone");
}

/// Whoever names a condition relies on it: it is not silently left out.
#[test]
fn a_condition_that_is_not_checked_is_refused() {
    let (host, _root) = Host::start(Config::default());
    assert_eq!(host.connect().ask("POST", MEDIA, &[], &data(7)).status, 200);
    for (method, target) in [
        ("POST", format!("{CREATE}&ifGenerationMatch=x")),
        ("POST", format!("{CREATE}&ifGenerationMatch=-1")),
        ("POST", format!("{CREATE}&ifGenerationNotMatch=0")),
        ("POST", format!("{MEDIA}&ifMetagenerationMatch=1")),
        ("POST", format!("{MEDIA}&ifMetagenerationNotMatch=1")),
        ("DELETE", "/storage/v1/b/b/o/n?ifGenerationMatch=1".to_owned()),
        ("GET", "/storage/v1/b/b/o/n?ifMetagenerationMatch=1".to_owned()),
    ] {
        let reply = host.connect().ask(method, &target, &[], b"");
        assert_eq!(reply.status, 400, "{method} {target}");
        assert!(reply.text().starts_with("expected "), "{}", reply.text());
    }
    assert_eq!(host.media("n").unwrap(), data(7));
}
