//! Refusals: those that pass, and those that do not.

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, QUANTUM, case, progress};
use crate::kit::client::{Act, Program};

/// They pass.
const TRANSIENT: [&str; 7] = [
    "408 Request Timeout",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Timeout",
    "599 Network Connect Timeout",
];

/// They do not. 404 and 410 are about the session, see there.
const FINAL: [&str; 12] = [
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "405 Method Not Allowed",
    "409 Conflict",
    "411 Length Required",
    "412 Precondition Failed",
    "413 Content Too Large",
    "415 Unsupported Media Type",
    "416 Range Not Satisfiable",
    "422 Unprocessable Content",
    "499 Client Closed Request",
];

/// No multiple of anything.
const SOME: usize = 100_003;

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = transient();
    cases.extend(refusals());
    cases.extend(for_ever());
    cases.extend(unusual());
    cases
}

/// R42: wait, ask, go on from what was kept.
fn transient() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for status in TRANSIENT {
        let code = &status[..3];
        let answer = |at: At| Fault::at(at).acts(Act::text(status, "not now"));
        let mut add = |name: String, faults: Vec<Fault>| cases.push(case("R42", name, Owed::Success, faults));
        add(format!("{code} to the creation"), vec![answer(At::Create)]);
        add(format!("{code} to the first data, nothing kept"), vec![answer(At::Data)]);
        add(format!("{code} to the first data, a part kept"), vec![answer(At::Data).keeps(Part::First(SOME))]);
        let later = answer(At::Data).after(1);
        add(format!("{code} to later data, a part kept"), vec![progress(), later.clone().keeps(Part::First(SOME))]);
        add(format!("{code} to later data, and to the question"), vec![progress(), later, answer(At::Status)]);
        add(format!("{code} to the last data, all kept"), vec![answer(At::Last).keeps(Part::All)]);
    }
    let status = "503 Service Unavailable";
    let gap = Fault::at(At::Data).after(1).does(|stage, seen| {
        let text = format!(
            "Invalid request.  According to the Content-Range header, the upload offset is {} byte(s), which exceeds \
             already uploaded size of {} byte(s).",
            seen.start().unwrap_or(0) + QUANTUM,
            stage.kept.len()
        );
        Act::text("503 Service Unavailable", &text)
    });
    cases.extend([
        case("R42", "503 with the text of a gap, untrue (C10)", Owed::Either, [progress(), gap]),
        case("R47", "503 twice in a row", Owed::Success, [Fault::at(At::Data).times(2).answers(status, &[])]),
        case(
            "R47",
            "503 to each second data, with progress between",
            Owed::Success,
            [
                Fault::at(At::Data).answers(status, &[]),
                progress().after(1),
                Fault::at(At::Data).after(2).answers(status, &[]),
            ],
        ),
    ]);
    cases
}

/// R43: failures at once; so each is for ever, and a client that tries again has only lost time.
fn refusals() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for status in FINAL.into_iter().chain(["404 Not Found", "410 Gone"]) {
        let refusal = Fault::at(At::Create).for_ever().acts(Act::text(status, "no"));
        cases.push(case("R43", format!("{} to the creation", &status[..3]), Owed::Failure, [refusal]));
    }
    for status in FINAL {
        let code = &status[..3];
        let refusal = |at: At| Fault::at(at).for_ever().acts(Act::text(status, "no"));
        cases.push(case("R43", format!("{code} to the first data"), Owed::Failure, [refusal(At::Session)]));
        cases.push(case(
            "R43",
            format!("{code} to later data"),
            Owed::Failure,
            [progress(), refusal(At::Session).after(1)],
        ));
        let lost = Fault::at(At::Data).closes(b"");
        cases.push(case("R43", format!("{code} to a question"), Owed::Failure, [lost, refusal(At::Status)]));
    }
    cases
}

/// R47: patience ends.
fn for_ever() -> Vec<Case<Program>> {
    let answer = |at: At, status| Fault::at(at).for_ever().answers(status, &[]);
    let lost = || Fault::at(At::Data).closes(b"");
    let end = Owed::FailureInTheEnd;
    let mut cases = Vec::new();
    for status in
        ["408 Request Timeout", "429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"]
    {
        let code = &status[..3];
        cases.push(case("R47", format!("{code} to every creation for ever"), end, [answer(At::Create, status)]));
        cases.push(case(
            "R47",
            format!("{code} to everything for ever after creation"),
            end,
            [answer(At::Session, status)],
        ));
    }
    cases.extend([
        case("R47", "503 to all data for ever, questions answered", end, [answer(At::Data, "503 Service Unavailable")]),
        case("R47", "503 to all questions for ever", end, [lost(), answer(At::Status, "503 Service Unavailable")]),
        case(
            "R47",
            "503 to all data for ever after progress",
            end,
            [progress(), answer(At::Data, "503 Service Unavailable").after(1)],
        ),
        case(
            "R48",
            "308 to everything for ever, without progress",
            end,
            [answer(At::Session, "308 Resume Incomplete")],
        ),
    ]);
    cases
}

/// Statuses that there are not, or not here.
fn unusual() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for status in ["000 Zero", "099 Low", "300 Multiple Choices", "304 Not Modified", "600 High", "999 Request denied"]
    {
        let code = &status[..3];
        let answer = |at: At| Fault::at(at).answers(status, &[]);
        cases.push(case("R40", format!("{code} to data"), Owed::Either, [answer(At::Data)]));
        cases.push(case("R40", format!("{code} to the creation"), Owed::Either, [answer(At::Create)]));
    }
    cases
}
