//! Ids of uploads: what has not their form is never looked for.

use std::fs;

use crate::peer::{Host, data};
use crate::server::Config;

/// An id becomes the name of a file. Here the files are there for each of these, and still it is no id.
#[test]
fn what_has_not_the_form_of_an_id_finds_nothing() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    let id = session.rsplit_once('=').unwrap().1;
    assert_eq!(host.put(&session, "bytes 0-6/*", &data(7)).range(), 7);
    let names = ["ab".to_owned(), format!("{id}0"), "g".repeat(32), "A".repeat(32), format!("../{}", "a".repeat(29))];
    for name in names {
        for (folder, end) in [("uploads", ".json"), ("data", "")] {
            let file = |name: &str| root.path().join(folder).join(format!("{name}{end}"));
            fs::copy(file(id), file(&name)).unwrap();
        }
        for session in [session.replace(id, &name), session.replace(id, &name.replace('/', "%2F"))] {
            assert_eq!(host.put(&session, "bytes */*", b"").status, 404, "{session}");
        }
    }
    assert_eq!(host.persisted(&session), 7);
}
