//! Answers that come before the body was read, successes before everything was sent, and 200 that stands for 308.

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, QUANTUM, case, progress};
use crate::kit::client::{Act, Program};

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = before_the_body();
    cases.extend(too_early());
    cases.extend(other_objects());
    cases.extend(overrides());
    cases
}

fn before_the_body() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for (status, owed) in [
        ("503 Service Unavailable", Owed::Success),
        ("429 Too Many Requests", Owed::Success),
        ("308 Resume Incomplete", Owed::Success),
        ("413 Content Too Large", Owed::Failure),
        ("400 Bad Request", Owed::Failure),
    ] {
        for (read, bytes) in [("any", 0), ("1000 bytes", 1000)] {
            let name = format!("{} before {read} of the body was read", &status[..3]);
            let fault = Fault::at(At::Data).reads(bytes);
            cases.push(case("R42", format!("{name}, the rest is read"), owed, [fault.clone().answers(status, &[])]));
            let answer = Act::answer(status, &["Connection: close"]).into_answer();
            cases.push(case("R42", format!("{name}, then closed"), owed, [fault.closes(&answer)]));
        }
    }
    let some = Fault::at(At::Data).reads(1000).keeps(Part::All).tells();
    cases.push(case("R41", "308 with the 1000 bytes that were read, the rest is dropped", Owed::Success, [some]));
    cases
}

/// R44: 2xx counts only after everything was sent. A client that sends all in one request does not come to these.
fn too_early() -> Vec<Case<Program>> {
    let part = |status: &str, keeps| Fault::at(At::Part).keeps(keeps).answers(status, &[]);
    let later = Fault::at(At::Part).after(1);
    vec![
        case("R44", "200 to data that is not the last, nothing kept", Owed::Failure, [part("200 OK", Part::Nothing)]),
        case("R44", "200 to data that is not the last, all of it kept", Owed::Failure, [part("200 OK", Part::All)]),
        case("R44", "201 to data that is not the last", Owed::Failure, [part("201 Created", Part::All)]),
        case("R44", "204 to data that is not the last", Owed::Failure, [part("204 No Content", Part::All)]),
        case("R44", "200 to later data that is not the last", Owed::Failure, [later.answers("200 OK", &[])]),
        case(
            "R44",
            "200 to a question after a lost part",
            Owed::Failure,
            [Fault::at(At::Part).closes(b""), Fault::at(At::Status).answers("200 OK", &[])],
        ),
        case(
            "R44",
            "200 to a question after a part, with the size of the part",
            Owed::Failure,
            [
                Fault::at(At::Part).closes(b""),
                Fault::at(At::Status).answers("200 OK", &["X-Goog-Stored-Content-Length: 262144"]),
            ],
        ),
        case("R44", "an answer that nobody asked for behind 308: 200", Owed::Success, [stray("200 OK")]),
        case(
            "R44",
            "an answer that nobody asked for behind 308: 503",
            Owed::Success,
            [stray("503 Service Unavailable")],
        ),
    ]
}

/// The first data is kept in part and told; but a second answer follows, which belongs to no request.
fn stray(status: &'static str) -> Fault {
    Fault::at(At::Data).keeps(Part::First(QUANTUM)).does(move |stage, seen| {
        let told = stage.incomplete(seen).into_answer();
        Act::Answer([told, Act::answer(status, &[]).into_answer()].concat())
    })
}

/// R44: a success about another object. Nothing is published.
fn other_objects() -> Vec<Case<Program>> {
    let last = |fields: &[&str]| Fault::at(At::Last).answers("200 OK", fields);
    let body = |body: &'static str| {
        let fields = ["Content-Type: application/json; charset=UTF-8"];
        Fault::at(At::Last).acts(Act::Answer(super::super::act::answer("200 OK", &fields, body)))
    };
    vec![
        case(
            "R44",
            "200 with a stored length of one byte less",
            Owed::Failure,
            [last(&["X-Goog-Stored-Content-Length: 600010"])],
        ),
        case(
            "R44",
            "200 with a stored length of one byte more",
            Owed::Failure,
            [last(&["X-Goog-Stored-Content-Length: 600012"])],
        ),
        case(
            "R44",
            "200 with a description of another size",
            Owed::Failure,
            [body(r#"{"kind": "storage#object", "size": "262144"}"#)],
        ),
    ]
}

/// R45: `X-HTTP-Status-Code-Override`.
fn overrides() -> Vec<Case<Program>> {
    const OVERRIDE: &str = "X-HTTP-Status-Code-Override: 308";
    let kept = || Fault::at(At::Data).keeps(Part::First(QUANTUM));
    let range = "Range: bytes=0-262143";
    vec![
        case("R45", "200 with override 308 and a range", Owed::Success, [kept().answers("200 OK", &[OVERRIDE, range])]),
        case(
            "R45",
            "200 with override 308 and no range",
            Owed::Success,
            [Fault::at(At::Data).answers("200 OK", &[OVERRIDE])],
        ),
        case(
            "R45",
            "200 with override 308 to the last data",
            Owed::Success,
            [Fault::at(At::Last).keeps(Part::Half).does(|stage, _| {
                let last = stage.kept.len() - 1;
                Act::answer("200 OK", &[OVERRIDE, &format!("Range: bytes=0-{last}")])
            })],
        ),
        case(
            "R45",
            "200 with override 308 to a question",
            Owed::Success,
            [
                progress(),
                Fault::at(At::Data).after(1).closes(b""),
                Fault::at(At::Status).answers("200 OK", &[OVERRIDE, range]),
            ],
        ),
        case(
            "R45",
            "200 with override 503",
            Owed::Either,
            [kept().answers("200 OK", &["X-HTTP-Status-Code-Override: 503"])],
        ),
        case("R45", "200 with override twice", Owed::Either, [kept().answers("200 OK", &[OVERRIDE, OVERRIDE])]),
    ]
}
