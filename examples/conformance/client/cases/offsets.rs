//! How much a server says to have: less than was sent, more, less than before.

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, QUANTUM, case, progress, sized};
use crate::kit::client::{Act, Program};

/// No multiple of anything.
const SOME: usize = 100_003;

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = less();
    cases.extend(full());
    cases.extend(ahead());
    cases.extend(behind());
    cases.extend(without_range());
    cases
}

/// R41: it goes on from what was kept, the rest first.
fn less() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for (what, keeps) in [
        ("half", Part::Half),
        ("one byte", Part::First(1)),
        ("all but one byte", Part::AllButOne),
        ("nothing", Part::Nothing),
        ("100003 bytes", Part::First(SOME)),
    ] {
        let kept = |at| Fault::at(at).keeps(keeps).tells();
        cases.push(case("R41", format!("308, {what} of the first data kept"), Owed::Success, [kept(At::Data)]));
        let later = [progress(), kept(At::Data).after(1)];
        cases.push(case("R41", format!("308, {what} of later data kept"), Owed::Success, later));
        cases.push(case("R41", format!("308, {what} of the last data kept"), Owed::Success, [kept(At::Last)]));
    }
    let slowly = |keeps| Fault::at(At::Data).keeps(keeps).tells().for_ever();
    // Google's servers tell less than they have while they still write (google-cloud-cpp#9750).
    let told_late = [Fault::at(At::Data).keeps(Part::All).closes(b""), Fault::at(At::Status).claims("bytes=0-99")];
    let nothing_twice = [progress(), Fault::at(At::Data).after(1).times(2).tells()];
    cases.extend([
        sized("R41", "one byte of each request kept, of 11", Owed::Success, 11, [slowly(Part::First(1))]),
        case("R41", "half of each request kept, at least 100003 bytes", Owed::Success, [slowly(Part::First(SOME))]),
        case(
            "R41",
            "308 to a question with less than what is kept, and with all of it later",
            Owed::Success,
            told_late,
        ),
        case("R48", "308, nothing kept, twice in a row", Owed::Success, nothing_twice),
        case("R48", "308, nothing kept, for ever", Owed::FailureInTheEnd, [slowly(Part::Nothing)]),
        case(
            "R48",
            "308, nothing kept, for ever after progress",
            Owed::FailureInTheEnd,
            [progress(), slowly(Part::Nothing).after(1)],
        ),
    ]);
    cases
}

/// R44: everything is kept, but not published.
fn full() -> Vec<Case<Program>> {
    let last = || Fault::at(At::Last).keeps(Part::All).tells();
    let question = || Fault::at(At::Status).tells();
    vec![
        case("R44", "308 with the full range to the last data (B31)", Owed::Success, [last()]),
        case("R44", "308 with the full range, and once more to the close", Owed::Success, [last(), question()]),
        case("R44", "308 with the full range for ever", Owed::FailureInTheEnd, [last(), question().for_ever()]),
        sized("R44", "308 to an empty file, once", Owed::Success, 0, [Fault::at(At::Session).tells()]),
        sized(
            "R44",
            "308 to an empty file for ever",
            Owed::FailureInTheEnd,
            0,
            [Fault::at(At::Session).tells().for_ever()],
        ),
    ]
}

/// R41: never skip. Nothing of what was sent is kept, so that a client which goes on where it is told leaves a gap.
fn ahead() -> Vec<Case<Program>> {
    let by_one = |at: At| {
        Fault::at(at).does(|_, seen| {
            let sent = seen.start().unwrap_or(0) + seen.body.len();
            Act::answer("308 Resume Incomplete", &[&format!("Range: bytes=0-{sent}")])
        })
    };
    let lost = || Fault::at(At::Data).closes(b"");
    let beyond = |at: At, last: &str| Fault::at(at).claims(&format!("bytes=0-{last}"));
    vec![
        case("R41", "308 to data, one byte ahead of what was sent", Owed::Failure, [by_one(At::Data)]),
        case("R41", "308 to later data, one byte ahead", Owed::Failure, [progress(), by_one(At::Data).after(1)]),
        case("R41", "308 to the last data, one byte ahead", Owed::Failure, [by_one(At::Last)]),
        case("R41", "308 to data, far beyond the end", Owed::Failure, [beyond(At::Data, "18446744073709551614")]),
        case("R41", "308 to data, the full range after a part (B11, B32)", Owed::Failure, [beyond(At::Part, "600010")]),
        case("R41", "308 to a question, beyond the end", Owed::Failure, [lost(), beyond(At::Status, "600011")]),
        sized("R41", "308 to an empty file with one byte", Owed::Failure, 0, [beyond(At::Session, "0")]),
    ]
}

/// R41: what was acknowledged is gone. A client that can read its file again may do so, but not for ever.
fn behind() -> Vec<Case<Program>> {
    let forgets = |at: At, left: usize| {
        Fault::at(at).does(move |stage, seen| {
            stage.kept.truncate(left);
            stage.incomplete(seen)
        })
    };
    let lost = || Fault::at(At::Data).after(1).closes(b"");
    let later = |left| forgets(At::Data, left).after(1);
    vec![
        case("R41", "308 to data, behind what was acknowledged", Owed::Either, [progress(), later(SOME)]),
        case("R41", "308 to data, nothing left of what was acknowledged", Owed::Either, [progress(), later(0)]),
        case(
            "R41",
            "308 to a question, behind what was acknowledged",
            Owed::Either,
            [progress(), lost(), forgets(At::Status, SOME)],
        ),
        case(
            "R41",
            "308 to a question, nothing left of what was acknowledged",
            Owed::Either,
            [progress(), lost(), forgets(At::Status, 0)],
        ),
        case(
            "R41",
            "308 behind what was acknowledged, for ever",
            Owed::FailureInTheEnd,
            [progress(), later(SOME).for_ever()],
        ),
        case(
            "R41",
            "progress and back again, for ever",
            Owed::FailureInTheEnd,
            [Fault::at(At::Data).for_ever().does(|stage, seen| {
                if stage.kept.len() > SOME {
                    stage.kept.truncate(SOME);
                } else {
                    stage.keep(seen, QUANTUM);
                }
                stage.incomplete(seen)
            })],
        ),
    ]
}

/// 308 without `Range` although bytes are kept, "once every few million uploads" (google-cloud-cpp#7877).
fn without_range() -> Vec<Case<Program>> {
    let bare = |at| Fault::at(at).answers("308 Resume Incomplete", &[]);
    let lost = || Fault::at(At::Data).after(1).closes(b"");
    vec![
        case("R41", "308 without Range to the first data, all kept", Owed::Success, [bare(At::Data).keeps(Part::All)]),
        case(
            "R41",
            "308 without Range after progress, nothing more kept",
            Owed::Success,
            [progress(), bare(At::Data).after(1)],
        ),
        case(
            "R41",
            "308 without Range after progress, more kept",
            Owed::Success,
            [progress(), bare(At::Data).after(1).keeps(Part::First(SOME))],
        ),
        case("R41", "308 without Range to the last data, all kept", Owed::Success, [bare(At::Last).keeps(Part::All)]),
        case(
            "R41",
            "308 without Range to a question after progress",
            Owed::Either,
            [progress(), lost(), bare(At::Status)],
        ),
        case(
            "R41",
            "308 without Range for ever after progress",
            Owed::FailureInTheEnd,
            [progress(), bare(At::Session).after(1).for_ever()],
        ),
    ]
}
