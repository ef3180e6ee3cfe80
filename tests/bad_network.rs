//! The two examples against each other over TCP: the real client, the real server, and a network that cuts
//! connections, loses answers and stalls.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test over TCP has sockets, files and threads"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "../examples/demo/download.rs"]
mod download;
#[path = "../examples/demo/proxy.rs"]
mod proxy;
#[path = "../examples/server/server.rs"]
mod server;
#[path = "../examples/upload"]
#[allow(dead_code, reason = "the tests need a part of it")]
mod upload {
    pub mod client;
    pub mod connection;
    pub mod event;
    pub mod session;
    pub mod source;
    pub mod url;
}

use std::fmt::Arguments;
use std::io::Cursor;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use resumable::Policy;
use resumable::client::{Chunk, ChunkSize, ClientPolicy, Retry};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use proxy::{Fault, Faults, Proxy};
use server::{Config, Server, Stopper};
use upload::client::Settings;
use upload::event::Report;
use upload::session::Creation;
use upload::source::Source;
use upload::url::Url;

const CHUNK: u64 = 262_144;

/// A server, a network to it, and what both have told.
struct World {
    server: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
    struck: Arc<Mutex<Vec<Fault>>>,
    proxy: Proxy,
    /// How long the client waits for a sign of the server.
    patience: Duration,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
    _root: TempDir,
}

impl World {
    fn new(policy: Policy, seed: u64, count: u32) -> Self {
        let root = tempfile::tempdir().unwrap();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let lines = Arc::clone(&log);
        let write = Box::new(move |line: Arguments<'_>| lines.lock().unwrap().push(line.to_string()));
        let config = Config { policy, ..Config::default() };
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), root.path().join("root"), config, write).unwrap();
        let (addr, stopper) = (server.addr(), server.stopper());
        let thread = Some(thread::spawn(move || server.run()));
        let faults =
            Faults { count, within: NonZeroU64::new(CHUNK).unwrap(), stall: Duration::from_millis(700), rate: None };
        // Shorter than a stall: the client comes back while the older connection still lives.
        let patience = if count > 0 { Duration::from_millis(500) } else { Duration::from_secs(20) };
        let struck = Arc::<Mutex<Vec<Fault>>>::default();
        let list = Arc::clone(&struck);
        let proxy = Proxy::start(addr, seed, faults, Box::new(move |fault, _| list.lock().unwrap().push(fault)));
        Self { server: addr, log, struck, proxy: proxy.unwrap(), patience, stopper, thread, _root: root }
    }

    fn upload(&self, source: &mut Source, path: &str, creation: Creation) -> Report {
        let retry = Retry {
            base: Duration::from_millis(5),
            cap: Duration::from_millis(100),
            max_attempts: 50,
            ..Retry::default()
        };
        let settings = Settings {
            policy: ClientPolicy {
                chunk: Chunk::Size(ChunkSize::google(CHUNK).unwrap()),
                retry,
                ..ClientPolicy::default()
            },
            seed: 7,
            timeout: self.patience,
            creation,
            content_type: None,
        };
        let url = Url::parse(&format!("http://{}{path}", self.proxy.addr())).unwrap();
        upload::client::upload(source, &url, &settings, &mut |_| ()).unwrap()
    }

    /// Uploads and reads back: both have the same bytes.
    fn transfer(&self, source: &mut Source, data: &[u8]) -> Report {
        let report = self.upload(source, "/upload/storage/v1/b/b/o?uploadType=resumable&name=n", Creation::Json);
        assert_eq!(report.size, data.len() as u64);
        assert!(download::sha256(self.server, "/storage/v1/b/b/o/n?alt=media").unwrap() == sum(data));
        assert!(report.sha256 == sum(data));
        report
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stopper.stop();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))) || thread::panicking(), "the server panicked");
    }
}

fn data(len: usize) -> Vec<u8> {
    let at = (0..len as u64).step_by(8);
    let mut data: Vec<u8> = at.flat_map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()).collect();
    data.truncate(len);
    data
}

fn sum(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// A file that lives as long as the folder.
fn file(data: &[u8]) -> (Source, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    std::fs::write(&path, data).unwrap();
    (Source::open(&path).unwrap(), folder)
}

fn over_a_bad_network(policy: Policy, seed: u64, source: &mut Source, data: &[u8]) {
    let world = World::new(policy, seed, 12);
    let report = world.transfer(source, data);
    let struck = world.struck.lock().unwrap().clone();
    assert_eq!(struck.len(), 12, "{struck:?}");
    assert!(report.retries > 0 && report.requests > report.retries, "{report:?}");
    let log = world.log.lock().unwrap().join("\n");
    assert!(log.contains("a newer request has taken over"), "{log}");
    let longest = log.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(longest < Some(32), "an id is in the log");
}

#[test]
fn a_file_arrives_whole_over_a_bad_network() {
    let data = data(4_000_003);
    let (mut source, _folder) = file(&data);
    let policy = Policy { sync_every: NonZeroU64::new(50_000), ..Policy::default() };
    over_a_bad_network(policy, 1, &mut source, &data);
}

#[test]
fn a_stream_arrives_whole_over_a_bad_network() {
    let data = data(4_000_003);
    over_a_bad_network(Policy::default(), 2, &mut Source::stream(Cursor::new(data.clone())), &data);
}

#[test]
fn a_stream_that_ends_with_a_chunk_arrives_whole_in_grains_over_a_bad_network() {
    let data = data(16 * 262_144);
    over_a_bad_network(Policy::gcs(), 3, &mut Source::stream(Cursor::new(data.clone())), &data);
}

#[test]
fn over_a_good_network_every_byte_is_sent_once() {
    for len in [0, 1, 262_143, 262_144, 262_145, 1_000_003] {
        for policy in [Policy::default(), Policy::gcs()] {
            let world = World::new(policy, 4, 0);
            let data = data(len);
            let (mut known, _folder) = file(&data);
            for source in [&mut known, &mut Source::stream(Cursor::new(data.clone()))] {
                let report = world.transfer(source, &data);
                assert_eq!((report.sent, report.resent, report.retries), (len as u64, 0, 0), "{len} bytes");
            }
        }
    }
}

#[test]
fn a_table_upload_arrives_whole() {
    let world = World::new(Policy::default(), 5, 0);
    let data = data(1_000_003);
    let (mut source, _folder) = file(&data);
    let creation = Creation::Redivis { name: "rows \"7\".csv".to_owned() };
    let report = world.upload(&mut source, "/api/v1/tables/demo.table/uploads", creation);
    assert_eq!((report.size, report.resent), (1_000_003, 0));
    let target = "/storage/v1/b/demo.table/o/rows%20%227%22.csv?alt=media";
    assert!(download::sha256(world.server, target).unwrap() == sum(&data));
}
