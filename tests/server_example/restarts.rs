//! What a later process finds: after an orderly end, after a crash, after a crash at the worst moment.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroU64;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use resumable::Policy;
use serde_json::{Value, json};

use crate::peer::{Host, PATIENCE, Peer, data};
use crate::server::store::Record;
use crate::server::{Config, Server};

#[test]
fn uploads_go_on_after_a_restart_and_their_ends_are_repeated() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let (open, complete, cancelled, untouched) =
        (host.create("open"), host.create("complete"), host.create("cancelled"), host.create("untouched"));
    assert_eq!(host.put(&open, "bytes 0-6/18", &data(7)).range(), 7);
    let success = host.put(&complete, "bytes 0-10/11", &data(11)).json();
    assert_eq!(host.connect().ask("DELETE", &cancelled, &[], b"").status, 499);
    host.stop();

    let host = Host::on(root.path(), Config::default());
    assert_eq!(host.put(&open, "bytes 7-18/19", &data(12)).status, 400, "the total was declared before");
    assert_eq!(host.persisted(&open), 7);
    assert_eq!(host.put(&open, "bytes 7-17/18", &data(18)[7..]).status, 200);
    assert_eq!(host.media("open").unwrap(), data(18));
    assert_eq!(host.put(&complete, "bytes */11", b"").json(), success);
    assert_eq!(host.media("complete").unwrap(), data(11));
    assert_eq!(host.put(&cancelled, "bytes */*", b"").status, 499);
    assert_eq!(host.put(&untouched, "bytes 0-2/3", &data(3)).status, 200);
}

/// An orderly stop is a cut for those whose body is on its way.
#[test]
fn what_came_of_a_body_is_kept_when_the_server_stops() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let session = host.create("n");
    let mut peer = host.connect();
    peer.send(peer.head(
        "PUT",
        &session,
        &["Content-Range: bytes 0-17/18", "Content-Length: 18", "Expect: 100-continue"],
    ));
    assert_eq!(peer.reply().status, 100);
    peer.send(&data(18)[..7]);
    // The server must have read the bytes, or there is nothing to keep.
    let since = Instant::now();
    while fs::read_dir(root.path().join("data")).unwrap().all(|file| file.unwrap().metadata().unwrap().len() < 7) {
        assert!(since.elapsed() < PATIENCE, "the bytes were not stored");
    }
    host.stop();
    peer.assert_closed();
    let host = Host::on(root.path(), Config::default());
    assert_eq!(host.persisted(&session), 7);
}

#[test]
fn two_processes_do_not_serve_one_root() {
    let (_host, root) = Host::start(Config::default());
    let second =
        Server::bind("127.0.0.1:0".parse().unwrap(), root.path().to_owned(), Config::default(), Box::new(|_| ()));
    let error = second.err().unwrap().to_string();
    assert_eq!(error, "expected to have the folder alone, but another process serves it");
}

/// R24: the crash came after the last byte was durable: the object is not there, and the commit is asked for again.
#[test]
fn r24_a_commit_that_a_crash_cut_short_is_done_when_the_client_asks() {
    for published in [true, false] {
        let root = tempfile::tempdir().unwrap();
        let host = Host::on(root.path(), Config::default());
        let session = host.create("n");
        let before = host.put(&session, "bytes 0-10/11", &data(11)).json();
        host.stop();
        // As the disk is when the record does not yet say complete, or not even what was to be published.
        let record = edit_record(root.path(), |record| {
            record["upload"]["state"] = json!("Open");
            if !published {
                record["object"] = Value::Null;
            }
        });
        assert_eq!(record["upload"]["persisted"], 11);
        if !published {
            fs::remove_dir_all(root.path().join("objects/b")).unwrap();
        }
        let host = Host::on(root.path(), Config::default());
        assert_eq!(host.media("n").is_some(), published);
        let asked = host.put(&session, "bytes */*", b"");
        assert_eq!(asked.status, if published { 200 } else { 308 }, "a mere question completes nothing");
        let after = host.put(&session, "bytes */11", b"").json();
        assert_eq!(after == before, published, "the same object, if it was there already");
        assert_eq!(host.media("n").unwrap(), data(11));
    }
}

/// The crash came after the object was published, and before the upload knew it a newer one took its place.
#[test]
fn r24_a_commit_that_is_repeated_does_not_bring_back_what_was_replaced() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let older = host.create("n");
    assert_eq!(host.put(&older, "bytes 0-10/11", &data(11)).status, 200);
    host.stop();
    edit_record(root.path(), |record| record["upload"]["state"] = json!("Open"));
    let bytes = fs::read_dir(root.path().join("data")).unwrap().next().unwrap().unwrap().path();

    let host = Host::on(root.path(), Config::default());
    let newer = host.create("n");
    assert_eq!(host.put(&older, "bytes */*", b"").status, 200, "its object is there, so it has been published");
    assert_eq!(host.put(&newer, "bytes 0-6/7", &data(7)).status, 200);
    assert!(!bytes.exists(), "the bytes of the older object are removed with it");
    assert_eq!(host.put(&older, "bytes */11", b"").json()["size"], "11", "it was published, and is told so");
    assert_eq!(host.media("n").unwrap(), data(7));
}

/// The same, but the process has ended once more before the client asks; and the object may have been removed instead.
#[test]
fn r24_a_commit_whose_object_is_gone_is_told_as_the_success_that_it_was() {
    for removed in [true, false] {
        let root = tempfile::tempdir().unwrap();
        let host = Host::on(root.path(), Config::default());
        let session = host.create("n");
        let success = host.put(&session, "bytes 0-10/11", &data(11)).json();
        host.stop();
        edit_record(root.path(), |record| record["upload"]["state"] = json!("Open"));
        let host = Host::on(root.path(), Config::default());
        if removed {
            assert_eq!(host.connect().ask("DELETE", "/b/n", &[], b"").status, 204);
        } else {
            assert_eq!(host.put(&host.create("n"), "bytes 0-6/7", &data(7)).status, 200);
        }
        host.stop();
        let host = Host::on(root.path(), Config::default());
        let reply = host.put(&session, "bytes */11", b"");
        assert_eq!((reply.status, reply.json()), (200, success));
        assert_eq!(host.media("n"), (!removed).then(|| data(7)), "it is not brought back");
    }
}

/// Bytes that were promised and are gone are no upload to go on with.
#[test]
fn a_record_that_promises_more_than_there_is_is_not_served() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), Config::default());
    let session = host.create("n");
    assert_eq!(host.put(&session, "bytes 0-10/18", &data(11)).range(), 11);
    host.stop();
    let bytes = fs::read_dir(root.path().join("data")).unwrap().next().unwrap().unwrap().path();
    fs::write(bytes, &data(11)[..7]).unwrap();
    let host = Host::on(root.path(), Config::default());
    assert_eq!(host.put(&session, "bytes */*", b"").status, 503);
}

/// P1, P2: what was told before the process was killed is there after it, and the rest can be sent again.
#[test]
fn an_upload_goes_on_from_what_was_told_when_the_server_is_killed() {
    let root = tempfile::tempdir().unwrap();
    let data = data(300_007);
    let mut server = Killable::start(root.path());
    let session = server.create("n");
    let mut told = 0;
    for cut in [100_000, 200_001, 250_000] {
        let mut peer = Peer::connect(&server.addr);
        let range = format!("Content-Range: bytes {told}-300006/300007");
        let length = format!("Content-Length: {}", data.len() - told);
        peer.send(peer.head("PUT", &session, &[&range, &length]));
        peer.send(&data[told..cut]);
        // With a sync after each 10000 bytes, most of that is told while the body is still on its way.
        let since = Instant::now();
        let before = loop {
            let now = server.persisted(&session);
            if now > told {
                break now;
            }
            assert!(since.elapsed() < PATIENCE, "nothing is synced in the middle of the body");
        };
        server = server.kill_and_start(root.path());
        told = server.persisted(&session);
        assert!((before..=cut).contains(&told), "{before} was told before, {told} after");
    }
    let range = format!("bytes {told}-300006/300007");
    assert_eq!(Peer::connect(&server.addr).put(&session, &range, &data[told..]).status, 200);
    server = server.kill_and_start(root.path());
    assert_eq!(Peer::connect(&server.addr).put(&session, "bytes */300007", b"").status, 200);
    let media = Peer::connect(&server.addr).ask("GET", "/storage/v1/b/b/o/n?alt=media", &[], b"");
    assert!(media.body == data);
}

/// Not a test: the process that the test above kills. It serves the folder that the variable names.
#[test]
#[ignore = "the process that another test starts and kills"]
fn server_to_be_killed() {
    let Some(root) = env::var_os(ROOT) else { return };
    let policy = Policy { sync_every: NonZeroU64::new(10_000), ..Policy::default() };
    let config = Config { policy, ..Config::default() };
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), root.into(), config, Box::new(|_| ())).unwrap();
    // Not `print!`, which the test harness captures.
    writeln!(std::io::stdout(), "\nlistening on http://{}", server.addr()).unwrap();
    server.run();
}

const ROOT: &str = "RESUMABLE_TEST_ROOT";

/// A server in a process of its own, killed without warning, at the latest when its test ends.
struct Killable {
    child: Child,
    addr: String,
}

impl Killable {
    fn start(root: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "restarts::server_to_be_killed", "--ignored", "--nocapture"])
            .env(ROOT, root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut addresses =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("listening on http://").map(str::to_owned));
        let addr = addresses.next().expect("the server says where it listens");
        Self { child, addr }
    }

    fn kill_and_start(self, root: &Path) -> Self {
        drop(self);
        Self::start(root)
    }

    fn create(&self, name: &str) -> String {
        let target = format!("/upload/storage/v1/b/b/o?uploadType=resumable&name={name}");
        Peer::connect(&self.addr).ask("POST", &target, &[], b"").location(&self.addr)
    }

    fn persisted(&self, session: &str) -> usize {
        let reply = Peer::connect(&self.addr).put(session, "bytes */*", b"");
        assert_eq!(reply.status, 308, "{reply:?}");
        usize::try_from(reply.range()).unwrap()
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has seen then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Changes the only record under `root`, and returns what it has become.
fn edit_record(root: &Path, edit: impl FnOnce(&mut Value)) -> Value {
    let path = fs::read_dir(root.join("uploads")).unwrap().next().unwrap().unwrap().path();
    let mut record = serde_json::to_value(Record::read(&path).unwrap().unwrap()).unwrap();
    edit(&mut record);
    fs::write(&path, serde_json::to_vec(&record).unwrap()).unwrap();
    record
}

/// The crash came after the object was published, and before the upload knew it: nobody can give that upload up any
/// more, least of all take the bytes of the object with it. A total that the close had declared is lost, too.
#[test]
fn r22_an_upload_whose_object_was_published_before_a_crash_is_not_cancelled() {
    for size in [0, 11] {
        let root = tempfile::tempdir().unwrap();
        let host = Host::on(root.path(), Config::default());
        let session = host.create("n");
        if size > 0 {
            assert_eq!(host.put(&session, "bytes 0-10/*", &data(size)).range(), 11);
        }
        assert_eq!(host.put(&session, &format!("bytes */{size}"), b"").status, 200);
        host.stop();
        edit_record(root.path(), |record| {
            record["upload"]["state"] = json!("Open");
            record["upload"]["total"] = Value::Null;
        });

        let host = Host::on(root.path(), Config::default());
        assert_eq!(host.connect().ask("DELETE", &session, &[], b"").status, 404);
        assert_eq!(host.put(&session, "bytes */*", b"").status, 200);
        assert_eq!(host.media("n").unwrap(), data(size));
    }
}
