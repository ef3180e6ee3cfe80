//! Uploads to which nothing happens are given up, and nothing is left of them.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::peer::{Host, PATIENCE, data};
use crate::server::Config;

const HOUR: Duration = Duration::from_secs(3600);

/// The id of the session at this address.
fn id(session: &str) -> &str {
    session.rsplit('=').next().unwrap()
}

/// As if nothing had happened to this file for two hours.
fn age(path: impl AsRef<Path>) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - 2 * HOUR).unwrap();
}

fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_true() {
        assert!(since.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// R23: expired is 404. What has ended is forgotten without its object.
#[test]
fn r23_what_is_idle_for_so_long_expires_and_the_rest_stays() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let names = ["idle", "complete", "cancelled", "busy", "young"];
    let [idle, complete, cancelled, busy, young] = names.map(|name| host.create(name));
    for open in [&idle, &busy, &young] {
        assert_eq!(host.put(open, "bytes 0-6/18", &data(7)).range(), 7);
    }
    assert_eq!(host.put(&complete, "bytes 0-10/11", &data(11)).status, 200);
    assert_eq!(host.connect().ask("DELETE", &cancelled, &[], b"").status, 499);
    host.stop();
    let record = |session| root.path().join(format!("uploads/{}.json", id(session)));
    let bytes = |session| root.path().join(format!("data/{}", id(session)));
    // Bytes come to `busy`, and are not synced yet.
    for session in [&idle, &complete, &cancelled, &busy] {
        age(record(session));
    }
    for session in [&idle, &complete] {
        age(bytes(session));
    }

    let host = Host::on(root.path(), Config { expire: Some(HOUR), ..Config::default() });
    for ended in [&idle, &complete, &cancelled] {
        wait_until("an upload does not expire", || !record(ended).exists());
        assert_eq!(host.put(ended, "bytes */*", b"").status, 404);
    }
    assert!(!bytes(&idle).exists());
    assert_eq!(host.media("complete").unwrap(), data(11));
    for open in [&busy, &young] {
        assert_eq!(host.put(open, "bytes 7-17/18", &data(18)[7..]).status, 200);
    }
    assert_eq!(host.media("busy").unwrap(), data(18));
    let log = host.log();
    assert!(log.contains(&format!("* expired (upload {})", &id(&idle)[..8])), "{log:#?}");
}

/// Whoever says nothing for so long is no writer any more: its connection is closed.
#[test]
fn r23_a_silent_writer_does_not_keep_its_upload() {
    let (host, root) = Host::start(Config { expire: Some(Duration::from_millis(300)), ..Config::default() });
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &session, &["Content-Range: bytes 0-17/18", "Content-Length: 18"]));
    peer.send(&data(18)[..7]);
    peer.assert_closed();
    wait_until("the upload does not expire", || host.put(&session, "bytes */*", b"").status == 404);
    for folder in ["uploads", "data"] {
        wait_until(folder, || fs::read_dir(root.path().join(folder)).unwrap().next().is_none());
    }
    assert!(host.media("n").is_none());
}
