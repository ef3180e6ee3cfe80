//! The kit has teeth: each flaw gets `WRONG` or `crash` from the cases that are about it.

use crate::kit::server::Kind;
use crate::wrong::{Flaw, WrongServer};
use crate::{Line, not_ok, run, target};

fn judge(flaw: Flaw, only: &str) -> Vec<Line> {
    let server = WrongServer::start(flaw);
    let url = format!("http://{}/create?uploadType=resumable", server.addr);
    let object = format!("http://{}/object/{{name}}", server.addr);
    run(&target(url, Kind::Json, Some(object), 1), only)
}

/// The cases that `only` chooses all get the verdict.
fn each_gets(verdict: &str, flaw: Flaw, only: &str) {
    let lines = judge(flaw, only);
    assert!(!lines.is_empty(), "{only} chooses no case");
    for line in lines {
        assert_eq!(line.verdict, verdict, "{flaw:?}: {}", line.text);
    }
}

/// The control: without a flaw the little server gets neither.
#[test]
fn a_server_without_a_flaw_gets_neither_wrong_nor_crash() {
    let lines = judge(Flaw::None, "");
    let worse = lines.iter().filter(|line| matches!(&*line.verdict, "WRONG" | "crash"));
    assert_eq!(not_ok(worse), "");
}

#[test]
fn bytes_after_a_gap_that_are_appended_are_wrong() {
    each_gets("WRONG", Flaw::AppendsAtGaps, "R12 a gap (of one|before|, chunked)");
}

#[test]
fn explore() {
    use Flaw::*;
    for flaw in [
        AppendsAtGaps,
        AppendsOverlaps,
        RewritesOverlaps,
        CreditsPromises,
        FinishesCuts,
        FinishesOnQuestions,
        OffByOne,
        RangeOfNothing,
        Truncates,
        NoFence,
        PublishesEarly,
        LosesObjects,
        RewritesAfterCompletion,
        IgnoresCancels,
        ReadsBodiesAsHeads,
        Wraps,
        FailsOnMalformed,
        HangsUpOnMalformed,
        DiesOfCuts,
    ] {
        let lines = judge(flaw, "");
        for line in lines {
            if matches!(&*line.verdict, "WRONG" | "crash") {
                eprintln!("@ {flaw:?} {} {} {}", line.verdict, line.tag, line.name);
            }
        }
    }
}
