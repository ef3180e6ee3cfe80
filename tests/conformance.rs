//! The conformance kit against the server example, which passes, and against servers that break the protocol in one way
//! each, which do not.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test over TCP has sockets, files and threads"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "../examples/conformance/kit.rs"]
#[allow(dead_code, unused_imports, reason = "the half for clients is not used here")]
mod kit;
#[path = "conformance/passes.rs"]
mod passes;
#[path = "../examples/server/server.rs"]
mod server;
#[path = "conformance/teeth.rs"]
mod teeth;
#[path = "conformance/wrong.rs"]
mod wrong;

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use kit::report::{Report, Style};
use kit::server::{Kind, Site, Target, table};
use regex::Regex;
use serde_json::Value;

/// How long the kit waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// One line of the kit's output.
#[derive(Debug)]
pub(crate) struct Line {
    /// The name of the case.
    pub name: String,
    /// What was said of it.
    pub verdict: String,
    /// The whole line.
    pub text: String,
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

fn line(text: &str) -> Option<Line> {
    let json: Value = serde_json::from_str(text).unwrap();
    let word = |key: &str| json[key].as_str().map(str::to_owned);
    Some(Line { name: word("name")?, verdict: word("verdict")?, text: text.to_owned() })
}

/// The lines with another verdict than `ok`, for messages.
pub(crate) fn not_ok<'l>(lines: impl IntoIterator<Item = &'l Line>) -> String {
    let mut text = String::new();
    for line in lines.into_iter().filter(|line| line.verdict != "ok") {
        writeln!(text, "{}", line.text).unwrap();
    }
    text
}
