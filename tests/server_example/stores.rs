//! The store: what it refuses, and what an answer is worth when it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use resumable::server::{Session, Step, StoreReply, Ticket, Write};
use resumable::{Append, Epoch, Extent, Intent, Policy, Saved, Snapshot};

use crate::peer::{Host, data};
use crate::server::Config;
use crate::server::checksum::Checksums;
use crate::server::object::{Declared, place};
use crate::server::store::{Files, Kind, Record, Store, StoreError};

const OPEN: Snapshot = Snapshot { epoch: Epoch::NONE, persisted: 0, total: None, state: Saved::Open };

fn files(root: &Path) -> Files {
    create(&Arc::new(Store::open(root.to_owned(), None).unwrap()), "0123")
}

/// An upload of which nothing is there yet.
pub(crate) fn create(store: &Arc<Store>, id: &str) -> Files {
    let declared = Declared {
        bucket: "b".to_owned(),
        name: "n".to_owned(),
        content_type: "text/plain".to_owned(),
        metadata: BTreeMap::new(),
        checksums: Checksums::default(),
        if_generation: None,
    };
    let record = Record { upload: OPEN, kind: Kind::Storage, declared, object: None };
    store.create(id, record).unwrap()
}

pub(crate) fn at(epoch: u64, persisted: u64) -> Snapshot {
    Snapshot { epoch: Epoch::from_record(epoch), persisted, ..OPEN }
}

fn stale<T>(result: &Result<T, StoreError>) -> Option<u64> {
    match result {
        Err(StoreError::Stale(epoch)) => Some(epoch.get()),
        _ => None,
    }
}

/// A request whose body is being read under this epoch, to get a `Write` from.
fn reading(session: &mut Session) -> Ticket {
    let append = Append { at: 0, extent: Extent::To(7), total: None, body: Some(7) };
    let mut ticket = session.handle_request(Intent::Append(append));
    let Ok(Step::Fence { record, .. }) = session.step(&ticket) else { panic!("{:?}", session.step(&ticket)) };
    session.handle_store(&mut ticket, StoreReply::Fenced(record)).unwrap();
    ticket
}

/// P3: the check and the act are one, so a zombie in this process cannot write, whatever its thread was about to do.
#[test]
fn a_step_below_the_recorded_epoch_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let files = files(root.path());
    assert!(matches!(files.fence(at(1, 0)), Ok(StoreReply::Fenced(record)) if record == at(1, 0)));

    let mut session = Session::new(Policy::default(), None).unwrap();
    let mut ticket = reading(&mut session);
    let older: Write<'_> = session.handle_body(&mut ticket, b"OLDOLD!").unwrap();
    assert_eq!(older.epoch.get(), 1);
    assert!(files.fence(at(2, 0)).is_ok());

    assert_eq!(stale(&files.write(&older)), Some(2));
    assert_eq!(stale(&files.sync(at(1, 7))), Some(2));
    assert_eq!(stale(&files.commit(at(1, 7), &Checksums::default())), Some(2));
    assert_eq!(stale(&files.discard(at(1, 0))), Some(2));
    assert_eq!(stale(&files.fence(at(2, 0))), Some(2), "an epoch is taken once");
    assert_eq!(files.record().upload, at(2, 0));
    assert_eq!(fs::metadata(root.path().join("data/0123")).unwrap().len(), 0);
    assert!(!root.path().join("objects/b").exists());
}

/// P2: whoever fences knows less than the store when an older request has just been synced.
#[test]
fn an_epoch_is_recorded_beside_what_is_persisted_already() {
    let root = tempfile::tempdir().unwrap();
    let files = files(root.path());
    assert!(files.fence(at(1, 0)).is_ok());
    assert!(files.sync(at(1, 7)).is_ok());
    assert!(matches!(files.fence(at(2, 0)), Ok(StoreReply::Fenced(record)) if record == at(2, 7)));
}

/// P1: the record cannot be written, so nothing is told. When it can be again, the upload goes on.
#[test]
fn a_store_that_fails_is_no_success_and_no_end() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-6/18", &data(7)).range(), 7);
    host.stop();
    // Its files are not open now.
    let host = Host::on(root.path(), Config::default());
    assert_eq!(host.persisted(&session), 7);
    let (records, hidden) = (root.path().join("uploads"), root.path().join("hidden"));
    fs::rename(&records, &hidden).unwrap();
    let reply = host.put(&session, "bytes 7-10/18", &data(11)[7..]);
    assert_eq!((reply.status, reply.field("retry-after")), (503, Some("1")));
    assert_eq!(host.put(&session, "bytes 7-17/18", &data(18)[7..]).status, 503);
    assert_eq!(host.persisted(&session), 7);
    let target = "/upload/storage/v1/b/b/o?uploadType=resumable&name=m";
    assert_eq!(host.connect().ask("POST", target, &[], b"").status, 503);
    fs::rename(&hidden, &records).unwrap();
    assert_eq!(host.persisted(&session), 7);
    assert_eq!(host.put(&session, "bytes 7-17/18", &data(18)[7..]).status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

/// Files stay open for the next request to an upload, but not those of all uploads that there are.
#[cfg(target_os = "linux")]
#[test]
fn of_many_open_uploads_some_have_open_files() {
    let (host, root) = Host::start(Config::default());
    let open = |folder: &str| {
        let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(|link| fs::read_link(link.ok()?.path()).ok());
        links.filter(|path| path.starts_with(root.path().join(folder))).count()
    };
    let sessions: Vec<String> = (0..80).map(|n| host.create(&format!("n{n}"))).collect();
    for (n, session) in sessions.iter().enumerate() {
        assert_eq!((open("data"), open("uploads")), (n.min(64), n.min(64)));
        assert_eq!(host.put(session, "bytes 0-6/18", &data(7)).range(), 7);
    }
    for session in &sessions {
        assert_eq!(host.put(session, "bytes 7-17/18", &data(18)[7..]).status, 200);
    }
    assert_eq!((open("data"), open("uploads")), (0, 0), "what has ended needs none");
}

/// P4: every byte is durable and the object cannot be published: that is asked for again.
#[test]
fn r24_a_commit_that_fails_is_repeated() {
    let (host, root) = Host::start(Config::default());
    let session = host.create("n");
    let (objects, hidden) = (root.path().join("objects"), root.path().join("hidden"));
    fs::rename(&objects, &hidden).unwrap();
    fs::write(&objects, "in the way").unwrap();
    assert_eq!(host.put(&session, "bytes 0-10/11", &data(11)).status, 503);
    assert_eq!(host.put(&session, "bytes */11", b"").status, 503);
    assert_eq!(host.persisted(&session), 11);
    fs::remove_file(&objects).unwrap();
    fs::rename(&hidden, &objects).unwrap();
    assert_eq!(host.put(&session, "bytes */11", b"").status, 200);
    assert_eq!(host.media("n").unwrap(), data(11));
}

#[test]
fn every_name_has_a_place_of_its_own() {
    let names: Vec<String> = (0..2000).map(|n| format!("{}{n}", "/".repeat(n % 300))).collect();
    let places: BTreeSet<_> = names.iter().map(|name| place(Path::new("/r"), "b", name)).collect();
    assert_eq!(places.len(), names.len());
    for place in places {
        assert_eq!(place.parent(), Some(Path::new("/r/b")));
        assert!(place.file_name().unwrap().len() <= 205, "{}", place.display());
    }
}
