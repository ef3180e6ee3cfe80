//! The conformance kit: cases, and who is tested by them.
//!
//! - `case.rs`: a case, its verdict. `report.rs`: what is printed. `wire.rs`: one connection to a server, in plain bytes.
//! - `server/`: the cases for servers. [`server::Site`] is the server that is tested, [`server::Upload`] one upload of a
//!   case; they keep account of what was sent and told, and judge every answer against it.
//! - `client/`: the cases for clients. [`client::Program`] is the command that is tested, [`client::Stage`] the scripted
//!   server that one run of it meets.
//!
//! To add a case, add a line to the table of a file of its topic; each topic has `pub fn cases() -> Vec<Case<..>>`,
//! which `table()` of `server/mod.rs` or `client/cases/mod.rs` strings together.
#![allow(unreachable_pub, reason = "a program exports nothing: `pub` is what other modules use")]

pub mod case;
pub mod client;
pub mod report;
pub mod server;
#[path = "../upload/url.rs"]
#[allow(dead_code, reason = "the kit needs a part of it")]
pub mod url;
pub mod wire;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use regex::Regex;

use case::{Case, Peer};
use report::Report;

/// The cases that a pattern chooses: a regular expression, found anywhere in `TAG NAME`, without regard to case.
pub fn choose<P: Peer>(mut cases: Vec<Case<P>>, only: Option<&Regex>) -> Vec<Case<P>> {
    cases.retain(|case| only.is_none_or(|only| only.is_match(&case.title())));
    cases
}

/// Runs cases one after the other and prints their lines, up to one after which the peer cannot go on.
pub fn run<P: Peer, W: Write>(peer: &P, cases: &[Case<P>], report: &mut Report<W>) -> io::Result<()> {
    for (n, case) in cases.iter().enumerate() {
        let (line, goes_on) = case.run(peer);
        report.line(&line)?;
        if !goes_on {
            report.note(&format!("the peer cannot go on; {} cases were not run", cases.len() - n - 1))?;
            break;
        }
    }
    Ok(())
}

/// Runs cases, some at the same time, and prints their lines in order: for a peer that no case can break for the others.
pub fn run_together<P: Peer + Sync, W: Write>(
    peer: &P,
    cases: &[Case<P>],
    jobs: usize,
    report: &mut Report<W>,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, lines) = mpsc::channel();
    thread::scope(|scope| {
        for sender in vec![sender; jobs] {
            let next = &next;
            scope.spawn(move || {
                let due = || {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    cases.get(n).map(|case| (n, case))
                };
                while let Some((n, case)) = due() {
                    if sender.send((n, case.run(peer).0)).is_err() {
                        // Nobody can print it.
                        break;
                    }
                }
            });
        }
        let (mut early, mut printed) = (BTreeMap::new(), 0);
        for (n, line) in lines {
            early.insert(n, line);
            while let Some(line) = early.remove(&printed) {
                report.line(&line)?;
                printed += 1;
            }
        }
        Ok(())
    })
}
