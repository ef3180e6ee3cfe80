//! The kit has teeth for clients, too: each flaw gets `WRONG` or `crash` from the cases that are about it.

use crate::wrong_client::{self, Flaw};
use crate::{Line, not_ok, run_client};

/// The program that the kit runs: this one, with this test only. It panics where a client would fail.
#[test]
#[ignore = "it is a program for the other tests, not a test"]
fn client() {
    let var = |name| std::env::var(name).unwrap();
    let file = std::fs::read(var("KIT_FILE")).unwrap();
    wrong_client::upload(var("KIT_FLAW").parse().unwrap(), &file, &var("KIT_URL")).unwrap();
}

fn judge(flaw: Flaw, only: &str) -> Vec<Line> {
    let program = std::env::current_exe().unwrap();
    // The trace of a client that fails is of no use, and can take longer than the client may.
    let variables = format!("RUST_BACKTRACE=0 KIT_FLAW={flaw:?} KIT_FILE={{file}} KIT_URL={{url}}");
    run_client(&format!("{variables} '{}' --ignored --exact client_teeth::client", program.display()), only, 20)
}

/// The cases that `only` chooses all get the verdict.
fn each_gets(verdict: &str, flaw: Flaw, only: &str) {
    let lines = judge(flaw, only);
    assert!(!lines.is_empty(), "{only} chooses no case");
    for line in lines {
        assert_eq!(line.verdict, verdict, "{flaw:?}: {}", line.text);
    }
}

/// The control: without a flaw the little client gets neither.
#[test]
fn a_client_without_a_flaw_gets_neither_wrong_nor_crash() {
    let lines = judge(Flaw::None, "R41|R43|R44|R46|R48|gigabyte");
    let worse = lines.iter().filter(|line| matches!(&*line.verdict, "WRONG" | "crash"));
    assert_eq!(not_ok(worse), "");
    let uploads = lines.iter().filter(|line| line.tag == "R46");
    assert_eq!(not_ok(uploads), "");
}

/// BYR, PHPC, RCL (B41, B42, B48).
#[test]
fn a_client_that_trusts_what_it_has_sent_leaves_gaps() {
    each_gets("WRONG", Flaw::TrustsWhatItSent, "308, (half|one byte|nothing|100003 bytes) .*of the first data kept");
}

/// RED (B56).
#[test]
fn a_client_that_takes_308_for_success_loses_bytes() {
    each_gets("WRONG", Flaw::Takes308ForSuccess, "308, .* of the (first|last) data kept");
}

/// NODE and GAPY (B32).
#[test]
fn a_client_that_goes_on_wherever_it_is_told_skips_bytes() {
    each_gets("WRONG", Flaw::GoesAhead, "R41 308 to (|later )data, one byte ahead");
}

/// B17, and many more.
#[test]
fn a_client_that_does_not_read_where_a_range_begins_skips_bytes() {
    each_gets("WRONG", Flaw::IgnoresTheStart, "R40 308 to data with Range: bytes=(5|1)-262143");
}

/// GCR before its #6683 (B02): it keeps the wrong end of a chunk of which a part was kept.
#[test]
fn a_client_that_sends_the_wrong_rest_mixes_bytes() {
    each_gets("WRONG", Flaw::SendsTheWrongRest, "R41 308, (one byte|100003 bytes) of the first data kept");
}

#[test]
fn a_client_that_believes_a_success_too_early_loses_bytes() {
    each_gets("WRONG", Flaw::BelievesAnySuccess, "R44 20[014] to data that is not the last");
}

/// A stack of HTTP that is left alone does so (facts, section 3.3).
#[test]
fn a_client_that_follows_308_tells_the_other_host() {
    each_gets("WRONG", Flaw::FollowsRedirects, "308 to data with a Location on another host");
    each_gets("lenient", Flaw::FollowsRedirects, "307 of data to another host");
}

/// Two clients of facts, section 6, do so at thousands of requests a second.
#[test]
fn a_client_that_tries_again_at_once_and_for_ever_spins() {
    each_gets("crash", Flaw::Spins, "for ever after creation|no progress|308, nothing kept, for ever");
}

#[test]
fn a_client_without_a_time_limit_hangs() {
    each_gets("crash", Flaw::WaitsForEver, "no answer to the creation");
}

#[test]
fn a_client_that_reads_whatever_comes_grows_large() {
    each_gets("crash", Flaw::ReadsEverything, "503 with a body of a gigabyte$");
}

/// `curl -T` takes any answer for success unless it is told not to, and knows nothing of sessions.
#[test]
fn curl_by_itself_is_no_client_of_this_protocol() {
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no curl here");
        return;
    }
    let lines = run_client("curl -s -m 10 -X POST -T {file} {url}", "R46 a file of (one byte|exactly)", 20);
    assert!(lines.len() >= 3);
    assert!(lines.iter().all(|line| line.verdict == "WRONG"), "{lines:?}");
}
