//! What a process that was killed leaves behind: nothing of it is shown, counted as part of an object, or kept for ever.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::peer::{Host, data};
use crate::server::Config;
use crate::server::store::Record;

/// All files and folders under `root`, but the lock.
fn names(root: &Path) -> BTreeSet<String> {
    fn walk(root: &Path, folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            names.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            if path.is_dir() {
                walk(root, &path, names);
            }
        }
    }
    let mut names = BTreeSet::new();
    walk(root, root, &mut names);
    names.remove("lock");
    names
}

/// The id of the session at this address.
fn id(session: &str) -> &str {
    session.rsplit('=').next().unwrap()
}

fn edit(root: &Path, session: &str, edit: impl FnOnce(&mut Value)) {
    let path = root.join(format!("uploads/{}.json", id(session)));
    let mut record = serde_json::to_value(Record::read(&path).unwrap().unwrap()).unwrap();
    edit(&mut record);
    fs::write(&path, serde_json::to_vec(&record).unwrap()).unwrap();
}

#[test]
fn what_nobody_needs_is_removed_at_the_start() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let (open, complete, cancelled) = (host.create("open"), host.create("complete"), host.create("cancelled"));
    assert_eq!(host.put(&open, "bytes 0-6/18", &data(7)).range(), 7);
    assert_eq!(host.put(&complete, "bytes 0-10/11", &data(11)).status, 200);
    assert_eq!(host.connect().ask("DELETE", &cancelled, &[], b"").status, 499);
    host.stop();
    let before = names(root.path());
    // As a process leaves it that was killed before it renamed a file, after it created the bytes of an upload or the
    // folder of a bucket, before it removed the bytes of an upload that was given up or of an object that was replaced.
    let left = ["uploads/0123.tmp", "objects/b/new.tmp", "data/0123", &format!("data/{}", id(&cancelled))];
    for left in left {
        fs::write(root.path().join(left), "left").unwrap();
    }
    fs::create_dir(root.path().join("objects/empty")).unwrap();

    let host = Host::on(root.path(), Config::default());
    assert_eq!(names(root.path()), before);
    assert_eq!(host.put(&open, "bytes 7-17/18", &data(18)[7..]).status, 200);
    assert_eq!(host.media("open").unwrap(), data(18));
    assert_eq!(host.media("complete").unwrap(), data(11));
    assert_eq!(host.put(&cancelled, "bytes */*", b"").status, 499);
}

/// A chunked body can end cleanly before its range does: nothing of it counts. Then a shorter object is uploaded.
#[test]
fn r06_bytes_that_did_not_count_are_no_part_of_the_object() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-10/*", "Transfer-Encoding: chunked"]));
    peer.send(b"7\r\n");
    peer.send(data(7));
    peer.send(b"\r\n0\r\n\r\n");
    assert_eq!(peer.reply().status, 400);
    let reply = host.put(&session, "bytes 0-2/3", &data(3));
    assert_eq!((reply.status, &reply.json()["size"]), (200, &json!("3")));
    assert_eq!(host.media("n").unwrap(), data(3));
    assert_eq!(fs::metadata(root.path().join(format!("data/{}", id(&session)))).unwrap().len(), 3);
}

/// P4: what was about to be published is whole when the upload has become longer since.
#[test]
fn r24_a_commit_that_failed_does_not_fix_what_a_later_one_publishes() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-10/*", &data(11)).range(), 11);
    // The description cannot be written to its place.
    let in_the_way = root.path().join("objects/b/n.tmp");
    fs::create_dir_all(&in_the_way).unwrap();
    assert_eq!(host.put(&session, "bytes */11", b"").status, 503);
    fs::remove_dir(&in_the_way).unwrap();
    host.stop();
    // Nobody has seen that object, and its size was never told to be the total.
    let host = Host::on(root.path(), Config::default());
    let reply = host.put(&session, "bytes 11-17/18", &data(18)[11..]);
    assert_eq!((reply.status, &reply.json()["size"]), (200, &json!("18")));
    assert_eq!(host.media("n").unwrap(), data(18));
}

/// The crash came after the object was published, and its place was taken before the record knew: its bytes are gone,
/// as they should be, and its success is repeated.
#[test]
fn r24_a_commit_whose_object_was_replaced_before_the_record_knew_is_a_success() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let (older, newer) = (host.create("n"), host.create("n"));
    let success = host.put(&older, "bytes 0-10/11", &data(11)).json();
    assert_eq!(host.put(&newer, "bytes 0-6/7", &data(7)).status, 200);
    host.stop();
    edit(root.path(), &older, |record| record["upload"]["state"] = json!("Open"));

    let host = Host::on(root.path(), Config::default());
    assert_eq!(host.put(&older, "bytes */11", b"").json(), success);
    assert_eq!(host.media("n").unwrap(), data(7));
}
