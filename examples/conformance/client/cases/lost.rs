//! Answers that are lost, and connections that break: what was kept is unknown, and to be asked for.

use super::undisturbed::head_end;
use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, case, progress};
use crate::kit::client::{Act, Program};

/// Where an answer breaks off.
const CUTS: [(&str, &[u8]); 5] = [
    ("before the answer", b""),
    ("in the middle of the version", b"HTT"),
    ("in the middle of the status line", b"HTTP/1.1 30"),
    ("in the middle of the range", b"HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-9"),
    ("before the end of the head", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"),
];

/// No multiple of anything.
const SOME: usize = 100_003;

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for (place, bytes) in CUTS {
        let lost = |at: At| Fault::at(at).closes(bytes);
        let mut add = |name: String, faults: Vec<Fault>| cases.push(case("R42", name, Owed::Success, faults));
        add(format!("creation, closed {place}"), vec![lost(At::Create)]);
        add(format!("the first data, nothing kept, closed {place}"), vec![lost(At::Data)]);
        add(format!("the first data, all kept, closed {place}"), vec![lost(At::Data).keeps(Part::All)]);
        let later = lost(At::Data).after(1);
        add(format!("later data, nothing kept, closed {place}"), vec![progress(), later.clone()]);
        add(format!("later data, half kept, closed {place}"), vec![progress(), later.clone().keeps(Part::Half)]);
        add(format!("a question, closed {place}"), vec![progress(), later, lost(At::Status)]);
        add(format!("the last data, all kept, closed {place}"), vec![lost(At::Last).keeps(Part::All)]);
    }
    cases.extend(resets());
    cases.extend(bodies());
    cases.extend(successes());
    cases
}

fn resets() -> Vec<Case<Program>> {
    let reset = |at: At| Fault::at(at).acts(Act::Reset);
    vec![
        case("R42", "creation, reset", Owed::Success, [reset(At::Create)]),
        case("R42", "the first data, nothing kept, reset", Owed::Success, [reset(At::Data)]),
        case("R42", "the last data, all kept, reset", Owed::Success, [reset(At::Last).keeps(Part::All)]),
        case("R42", "every request reset for ever", Owed::FailureInTheEnd, [reset(At::Any).for_ever()]),
        case(
            "R42",
            "every request closed for ever after progress",
            Owed::FailureInTheEnd,
            [progress(), Fault::at(At::Session).after(1).for_ever().closes(b"")],
        ),
    ]
}

/// The connection breaks in the middle of a body.
fn bodies() -> Vec<Case<Program>> {
    let cut = |keeps| Fault::at(At::Data).reads(SOME).keeps(keeps).closes(b"");
    let reset = |keeps| Fault::at(At::Data).reads(SOME).keeps(keeps).acts(Act::Reset);
    vec![
        case("R42", "closed in the middle of the first data, nothing kept", Owed::Success, [cut(Part::Nothing)]),
        case("R42", "closed in the middle of the first data, what came is kept", Owed::Success, [cut(Part::All)]),
        case(
            "R42",
            "closed in the middle of later data, nothing kept",
            Owed::Success,
            [progress(), cut(Part::Nothing).after(1)],
        ),
        case(
            "R42",
            "closed in the middle of later data, what came is kept",
            Owed::Success,
            [progress(), cut(Part::All).after(1)],
        ),
        case("R42", "closed in the middle of the first data, one byte kept", Owed::Success, [cut(Part::First(1))]),
        case("R42", "reset in the middle of the first data, what came is kept", Owed::Success, [reset(Part::All)]),
        case("R42", "reset in the middle of the first data, nothing kept", Owed::Success, [reset(Part::Nothing)]),
        case("R47", "closed in the middle of all data, what came is kept", Owed::Success, [cut(Part::All).for_ever()]),
        case(
            "R47",
            "closed in the middle of all data, nothing kept, for ever",
            Owed::FailureInTheEnd,
            [cut(Part::Nothing).for_ever()],
        ),
    ]
}

/// The upload is complete, but the client does not hear it.
fn successes() -> Vec<Case<Program>> {
    let cut = |at: At, end: fn(&[u8]) -> usize| {
        Fault::at(at).sends(move |answer| Act::Close(answer[..end(&answer)].to_vec()))
    };
    let lost = || Fault::at(At::Last).keeps(Part::All).closes(b"");
    vec![
        case("R42", "success, closed before the answer", Owed::Success, [cut(At::Last, |_| 0)]),
        case(
            "R42",
            "success, closed in the middle of the head",
            Owed::Success,
            [cut(At::Last, |answer| head_end(answer) / 2)],
        ),
        case("R42", "success, closed after the head", Owed::Success, [cut(At::Last, head_end)]),
        case(
            "R42",
            "success, closed before the last byte of the body",
            Owed::Success,
            [cut(At::Last, |answer| answer.len() - 1)],
        ),
        case("R42", "success, reset", Owed::Success, [Fault::at(At::Last).sends(|_| Act::Reset)]),
        case("R42", "success, lost also when it is asked for", Owed::Success, [lost(), cut(At::Status, |_| 0)]),
        case(
            "R42",
            "success, lost for ever",
            Owed::FailureInTheEnd,
            [Fault::at(At::Last).sends(|_| Act::Close(Vec::new())), Fault::at(At::Status).for_ever().closes(b"")],
        ),
    ]
}
