//! The kit has teeth: each flaw gets `WRONG` or `crash` from the cases that are about it.

use regex::Regex;

use crate::kit::report::{Report, Style};
use crate::kit::server::{Kind, Site, Target, table};
use crate::wrong::{Flaw, WrongServer};
use crate::{Line, kit, not_ok, run, target};

fn judge(flaw: Flaw, only: &str) -> Vec<Line> {
    let server = WrongServer::start(flaw);
    run(&target_of(&server), only)
}

fn target_of(server: &WrongServer) -> Target {
    let url = format!("http://{}/create?uploadType=resumable", server.addr);
    let object = format!("http://{}/object/{{name}}", server.addr);
    target(url, Kind::Json, Some(object), 1)
}

/// The control: without a flaw the little server gets neither.
#[test]
fn a_server_without_a_flaw_gets_neither_wrong_nor_crash() {
    let lines = judge(Flaw::None, "");
    let worse = lines.iter().filter(|line| matches!(&*line.verdict, "WRONG" | "crash"));
    assert_eq!(not_ok(worse), "");
}

/// Each flaw, the verdict that it gets, and the cases that are about it.
const FLAWS: &[(Flaw, &str, &str)] = &[
    (Flaw::AppendsAtGaps, "WRONG", r"R12 a gap( before anything| of one byte|, not last|, chunked)"),
    (Flaw::AppendsOverlaps, "WRONG", "R13 (an overlap with the same|the same chunk again$|a part of what is kept)"),
    (Flaw::RewritesOverlaps, "WRONG", "R13 .*other bytes"),
    (
        Flaw::CreditsPromises,
        "WRONG",
        "R06 a Content-Length below the range|R15 cut by FIN: the first part of the whole",
    ),
    (Flaw::FinishesCuts, "WRONG", r"R15 cut by FIN: (the first part|chunked$|bytes 0-\*/\*|without Content-Range)"),
    (
        Flaw::FinishesOnQuestions,
        "WRONG",
        r"R10 (a question with a total on|a question with the total in|bytes \*/0 in)",
    ),
    (Flaw::OffByOne, "WRONG", "R05 total only in the last|R10 a question in the middle|R20 the fields of a 308$"),
    (Flaw::RangeOfNothing, "WRONG", r"R10 a question on a fresh session|R20 .* when nothing is kept"),
    (Flaw::Truncates, "WRONG", "R10 a question with a total below"),
    (
        Flaw::NoFence,
        "WRONG",
        "R25 (the older one (goes on after (the newer|a cancel)|comes to its end|began further on)|two older ones)",
    ),
    (Flaw::PublishesEarly, "WRONG", "R10 a question in the middle|R12 a gap of one byte"),
    (Flaw::LosesObjects, "WRONG", "R05 known total, one request|R22 everything again"),
    (
        Flaw::RewritesAfterCompletion,
        "WRONG",
        "R22 (everything again, with other|other bytes (of unknown|to the end|without))",
    ),
    (Flaw::IgnoresCancels, "WRONG", "R23 .* after a cancel"),
    (Flaw::ReadsBodiesAsHeads, "WRONG", "HTTP a cancel in the body"),
    (Flaw::Wraps, "WRONG", "R02 .*32 bits"),
    (Flaw::FailsOnMalformed, "crash", "R01 (no total|a sign|signs|two spaces)"),
    (Flaw::HangsUpOnMalformed, "crash", "R01 (no total|a sign|signs|two spaces)"),
    (Flaw::DiesOfCuts, "crash", "R15 cut by FIN: chunked$"),
];

#[test]
fn every_flaw_is_found_by_each_case_that_is_about_it() {
    for (flaw, verdict, only) in FLAWS {
        let lines = judge(*flaw, only);
        assert!(!lines.is_empty(), "{only} chooses no case");
        for line in lines {
            assert_eq!(&line.verdict, verdict, "{flaw:?}: {}", line.text);
        }
    }
}

/// After a case that the server does not survive, no other is run: it would be blamed for it.
#[test]
fn nothing_is_judged_after_a_server_is_dead() {
    let server = WrongServer::start(Flaw::DiesOfCuts);
    let site = Site::open(&target_of(&server)).unwrap();
    let cases = kit::choose(table(), Some(&Regex::new("R15 cut by FIN").unwrap()));
    assert!(cases.len() > 2);
    let mut output = Vec::new();
    let mut report = Report::new(&mut output, Style::Text { verbose: false });
    kit::run(&site, &cases, &mut report).unwrap();
    assert!(!report.end().unwrap(), "a crash is no pass");
    let output = String::from_utf8(output).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), 3, "{output}");
    assert!(lines[0].starts_with("crash   R15  cut by FIN: the first part of the whole | expected"), "{output}");
    assert_eq!(lines[1], format!("# the peer cannot go on; {} cases were not run", cases.len() - 1));
    assert_eq!(lines[2], "1 cases: 0 ok, 0 skipped, 0 lenient, 0 refused, 0 WRONG, 1 crash");
}
