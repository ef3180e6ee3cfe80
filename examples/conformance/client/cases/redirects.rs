//! Redirects. A client that follows one of the web's is lenient, as long as everything arrives. But 308 is none here,
//! and who follows it hands the bytes, and the secret address of the session, to another host: `WRONG`.

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, QUANTUM, case, progress};
use crate::kit::client::{Act, Program};

const REDIRECTS: [&str; 4] = ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect"];

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for status in REDIRECTS {
        let code = &status[..3];
        let elsewhere = |at: At| to_elsewhere(Fault::at(at), status);
        cases.push(case("R43", format!("{code} of data to another host"), Owed::Failure, [elsewhere(At::Data)]));
        let lost = Fault::at(At::Data).closes(b"");
        cases.push(case(
            "R43",
            format!("{code} of a question to another host"),
            Owed::Failure,
            [lost, elsewhere(At::Status)],
        ));
        let name = format!("{code} of the creation to another host");
        cases.push(case("R43", name, Owed::Failure, [elsewhere(At::Create)]));
    }
    cases.extend([
        case(
            "R43",
            "307 of data to itself for ever",
            Owed::Failure,
            [to_itself(At::Session, "307 Temporary Redirect")],
        ),
        case("R43", "302 of the creation to itself for ever", Owed::Failure, [to_itself(At::Create, "302 Found")]),
        case(
            "R43",
            "308 of the creation to itself for ever",
            Owed::Failure,
            [to_itself(At::Create, "308 Permanent Redirect")],
        ),
        case(
            "R43",
            "307 of data without Location",
            Owed::Failure,
            [Fault::at(At::Data).answers("307 Temporary Redirect", &[])],
        ),
    ]);
    cases.extend(with_308());
    cases
}

/// R40: whatever else 308 says, it says how much was kept.
fn with_308() -> Vec<Case<Program>> {
    let elsewhere = |fault: Fault| to_elsewhere(fault, "308 Resume Incomplete");
    let lost = || Fault::at(At::Data).after(1).closes(b"");
    vec![
        case(
            "R40",
            "308 to data with a Location on another host, nothing kept",
            Owed::Success,
            [elsewhere(Fault::at(At::Data))],
        ),
        case(
            "R40",
            "308 to data with a Location on another host, a part kept",
            Owed::Success,
            [elsewhere(Fault::at(At::Data).keeps(Part::First(QUANTUM)))],
        ),
        case(
            "R40",
            "308 to the last data with a Location on another host",
            Owed::Success,
            [elsewhere(Fault::at(At::Last).keeps(Part::Half))],
        ),
        case(
            "R40",
            "308 to a question with a Location on another host",
            Owed::Success,
            [progress(), lost(), elsewhere(Fault::at(At::Status))],
        ),
        case(
            "R40",
            "308 to all data with a Location on the same host",
            Owed::Success,
            [Fault::at(At::Part)
                .for_ever()
                .keeps(Part::All)
                .does(|stage, seen| with_range(stage.kept.len(), &seen.target))],
        ),
    ]
}

fn to_elsewhere(fault: Fault, status: &'static str) -> Fault {
    fault.does(move |stage, seen| {
        let location = format!("http://{}{}", stage.elsewhere, seen.target);
        if status.starts_with("308") {
            return with_range(stage.kept.len(), &location);
        }
        stage.may_go_elsewhere = true;
        Act::answer(status, &[&format!("Location: {location}")])
    })
}

fn with_range(kept: usize, location: &str) -> Act {
    let location = format!("Location: {location}");
    match kept.checked_sub(1) {
        None => Act::answer("308 Permanent Redirect", &[&location]),
        Some(last) => Act::answer("308 Permanent Redirect", &[&location, &format!("Range: bytes=0-{last}")]),
    }
}

fn to_itself(at: At, status: &'static str) -> Fault {
    Fault::at(at).for_ever().does(move |stage, seen| {
        Act::answer(status, &[&format!("Location: http://{}{}", stage.authority, seen.target)])
    })
}
