//! The conformance kit against the server and the client example, which pass, and against servers and clients that break
//! the protocol in one way each, which do not.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test over TCP has sockets, files and threads"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "conformance/client_passes.rs"]
mod client_passes;
#[path = "conformance/client_teeth.rs"]
mod client_teeth;
#[path = "../examples/conformance/kit.rs"]
#[allow(dead_code, reason = "what the program prints for people is not used here")]
mod kit;
#[path = "conformance/passes.rs"]
mod passes;
#[path = "../examples/server/server.rs"]
mod server;
#[path = "conformance/teeth.rs"]
mod teeth;
#[path = "conformance/wrong.rs"]
mod wrong;
#[path = "conformance/wrong_client.rs"]
mod wrong_client;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use kit::client::Program;
use kit::report::{Report, Style};
use kit::server::{Kind, Site, Target, table};
use regex::Regex;
use serde_json::Value;

/// How long the kit waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// One line of the kit's output.
#[derive(Debug)]
pub(crate) struct Line {
    /// The rule's tag.
    pub tag: String,
    /// The name of the case.
    pub name: String,
    /// What was said of it.
    pub verdict: String,
    /// The whole line.
    pub text: String,
}

impl Line {
    /// What there is to match a pattern with.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.tag, self.name)
    }
}

/// The creation URL of a server, and what else the kit is told of it.
pub(crate) fn target(url: String, kind: Kind, object: Option<String>, granularity: u64) -> Target {
    Target { url, kind: Some(kind), object, granularity: Some(granularity), patience: PATIENCE }
}

/// Runs the cases that `only` chooses, some at the same time, and reads the kit's own output.
pub(crate) fn run(target: &Target, only: &str) -> Vec<Line> {
    let only = Regex::new(only).unwrap();
    let site = Site::open(target).unwrap();
    let mut shares: Vec<Vec<_>> = (0..4).map(|_| Vec::new()).collect();
    for (n, case) in kit::choose(table(), Some(&only)).into_iter().enumerate() {
        shares[n % 4].push(case);
    }
    let output = thread::scope(|scope| {
        let (site, shares) = (&site, &shares);
        let play = |share: &'_ Vec<_>| {
            let mut output = Vec::new();
            let mut report = Report::new(&mut output, Style::Json);
            kit::run(site, share, &mut report).unwrap();
            output
        };
        let threads: Vec<_> = shares.iter().map(|share| scope.spawn(move || play(share))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<u8>>()
    });
    str::from_utf8(&output).unwrap().lines().filter_map(line).collect()
}

/// Runs the cases that `only` chooses against a client, each for so many seconds at most, and reads the kit's own output.
pub(crate) fn run_client(command: &str, only: &str, seconds: u64) -> Vec<Line> {
    let only = Regex::new(only).unwrap();
    let program = Program::new(command, Duration::from_secs(seconds)).unwrap();
    let mut output = Vec::new();
    let mut report = Report::new(&mut output, Style::Json);
    kit::run_together(&program, &kit::choose(kit::client::table(), Some(&only)), 4, &mut report).unwrap();
    str::from_utf8(&output).unwrap().lines().filter_map(line).collect()
}

/// Where cargo puts an example, seen from this test.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let program = target.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "expected {}: run `cargo build --examples`", program.display());
    program
}

fn line(text: &str) -> Option<Line> {
    let json: Value = serde_json::from_str(text).unwrap();
    let word = |key: &str| json[key].as_str().map(str::to_owned);
    Some(Line { tag: word("tag")?, name: word("name")?, verdict: word("verdict")?, text: text.to_owned() })
}

/// The lines with another verdict than `ok`, for messages.
pub(crate) fn not_ok<'l>(lines: impl IntoIterator<Item = &'l Line>) -> String {
    let mut text = String::new();
    for line in lines.into_iter().filter(|line| line.verdict != "ok") {
        writeln!(text, "{}", line.text).unwrap();
    }
    text
}
