//! The server example passes, with each of its options.

use std::num::NonZeroU64;
use std::path::Path;
use std::thread::{self, JoinHandle};

use resumable::google::content_range::Leniency;
use resumable::google::{self, CancelStatus, GapStatus};
use resumable::{Policy, http1};
use tempfile::TempDir;

use crate::kit::server::Kind;
use crate::server::{Config, Server, Stopper};
use crate::{Line, not_ok, run, target};

/// The server example, stopped at the end of its test.
struct Host {
    addr: String,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
    _root: TempDir,
}

impl Host {
    fn start(config: Config) -> Self {
        let root = tempfile::tempdir().unwrap();
        let server = bind(root.path(), config);
        let (addr, stopper) = (server.addr().to_string(), server.stopper());
        Self { addr, stopper, thread: Some(thread::spawn(move || server.run())), _root: root }
    }

    /// Runs cases against its JSON kind.
    fn run(&self, granularity: u64, only: &str) -> Vec<Line> {
        let url = format!("http://{}/upload/storage/v1/b/b/o?uploadType=resumable", self.addr);
        run(&target(url, Kind::Json, None, granularity), only)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

fn bind(root: &Path, config: Config) -> Server {
    Server::bind("127.0.0.1:0".parse().unwrap(), root.to_owned(), config, Box::new(|_| {})).unwrap()
}

#[test]
fn the_server_passes_every_case_without_any_leniency() {
    let lines = Host::start(Config::default()).run(1, "");
    assert!(lines.len() >= 300, "only {} cases were run", lines.len());
    assert_eq!(not_ok(&lines), "");
}

#[test]
fn it_passes_where_only_multiples_are_kept() {
    let policy = Policy { granularity: NonZeroU64::new(1000).unwrap(), ..Policy::default() };
    let lines = Host::start(Config { policy, ..Config::default() }).run(1000, "");
    assert_eq!(not_ok(&lines), "");
}

#[test]
fn it_passes_when_it_syncs_inside_bodies() {
    let policy = Policy { sync_every: NonZeroU64::new(5), ..Policy::default() };
    let lines = Host::start(Config { policy, ..Config::default() }).run(1, "R05|R06|R13|R15|R22|R25");
    assert_eq!(not_ok(&lines), "");
}

#[test]
fn it_passes_with_the_other_statuses() {
    let google = google::Options {
        gap: GapStatus::Conflict409,
        cancel: CancelStatus::NoContent204,
        ..google::Options::default()
    };
    let lines = Host::start(Config { google, ..Config::default() }).run(1, "R02|R12|R23|gap|cancel");
    assert_eq!(not_ok(&lines), "");
}

#[test]
fn it_passes_in_the_redivis_kind() {
    let host = Host::start(Config::default());
    let url = format!("http://{}/api/v1/tables/t/uploads", host.addr);
    let object = format!("http://{}/storage/v1/b/t/o/{{name}}?alt=media", host.addr);
    let lines = run(&target(url, Kind::Redivis, Some(object), 1), "R05|R10|R13|R22|creation");
    assert_eq!(not_ok(&lines), "");
}

#[test]
fn it_passes_in_the_xml_kind() {
    let host = Host::start(Config::default());
    let url = format!("http://{}/b/{{name}}", host.addr);
    let object = url.clone();
    let lines = run(&target(url, Kind::Xml, Some(object), 1), "R05|R10|R13|R22|R23|creation|S19");
    assert_eq!(not_ok(&lines), "");
}

/// With the options that some clients need, exactly what the options are for is lenient, and nothing is worse.
#[test]
fn its_options_for_malformed_requests_are_lenient_and_no_more() {
    let leniency = Leniency { missing_unit: true, inverted_empty: true };
    let config = Config {
        google: google::Options { leniency, ..google::Options::default() },
        http1: http1::Options { allow_length_with_chunked: true },
        ..Config::default()
    };
    let lines = Host::start(config).run(1, "R01|R02|R03|R04|Content-Length|chunked");
    let mut lenient: Vec<&str> = lines.iter().filter(|line| line.verdict != "ok").map(|line| &*line.name).collect();
    lenient.sort_unstable();
    assert!(lines.iter().all(|line| matches!(&*line.verdict, "ok" | "lenient")), "{}", not_ok(&lines));
    assert_eq!(
        lenient,
        [
            "Content-Length and chunked",
            "an empty object with Content-Length and chunked, as redivis-python",
            "chunked and Content-Length",
            "no unit and no total (F14): */*",
            "no unit, as the Redivis page tells (F14): */7",
            "no unit, with data (S29): 0-6/7",
            "the inverted empty range of redivis and nodejs-storage (F9): bytes 0--1/0",
        ]
    );
}

/// A policy that refuses instead of taking over keeps every byte, too; only its clients have to wait.
#[test]
fn a_policy_that_refuses_a_newer_append_mixes_nothing() {
    let policy = Policy { contention: resumable::Contention::Refuse, ..Policy::default() };
    let lines = Host::start(Config { policy, ..Config::default() }).run(1, "R25|lost");
    assert!(lines.iter().all(|line| matches!(&*line.verdict, "ok" | "refused" | "lenient")), "{}", not_ok(&lines));
    assert!(lines.iter().any(|line| line.verdict == "refused"));
}
