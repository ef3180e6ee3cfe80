//! Servers that say nothing, or not enough, and never hang up: the client needs a time limit of its own.

use std::time::Duration;

use super::undisturbed::{head_end, with_field};
use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, case, progress};
use crate::kit::client::{Act, Program};

pub fn cases() -> Vec<Case<Program>> {
    let silent = |at: At| Fault::at(at).acts(Act::Hold(Vec::new()));
    let held = |at: At, bytes: &[u8]| Fault::at(at).acts(Act::Hold(bytes.to_vec()));
    let half = b"HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-26";
    vec![
        case("R42", "no answer to the creation", Owed::Success, [silent(At::Create)]),
        case("R42", "no answer to the first data, nothing kept", Owed::Success, [silent(At::Data)]),
        case("R42", "no answer to the first data, all kept", Owed::Success, [silent(At::Data).keeps(Part::All)]),
        case("R42", "no answer to the first data, none of it read", Owed::Success, [silent(At::Data).reads(0)]),
        case(
            "R42",
            "no answer to a question",
            Owed::Success,
            [progress(), Fault::at(At::Data).after(1).closes(b""), silent(At::Status)],
        ),
        case("R42", "no answer to the last data, all kept", Owed::Success, [silent(At::Last).keeps(Part::All)]),
        case("R42", "half a head, then silence", Owed::Success, [held(At::Data, half)]),
        case(
            "R42",
            "503, then silence in its body",
            Owed::Success,
            [held(At::Data, b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\nnot")],
        ),
        case(
            "R42",
            "success, then silence in its body",
            Owed::Success,
            [Fault::at(At::Last).sends(|answer| Act::Hold(answer[..head_end(&answer) + 5].to_vec()))],
        ),
        case("R47", "no answer to anything for ever", Owed::Failure, [silent(At::Any).for_ever()]),
        case("R47", "no answer to any data for ever", Owed::Failure, [silent(At::Data).for_ever()]),
        case(
            "R42",
            "a head that never ends, byte by byte",
            Owed::Success,
            [Fault::at(At::Data).acts(drip(b"HTTP/1.1 308 Resume Incomplete\r\nX-Field: ".to_vec()))],
        ),
        case(
            "R42",
            "503 with a body that never ends, byte by byte",
            Owed::Success,
            [Fault::at(At::Data).acts(drip(b"HTTP/1.1 503 Service Unavailable\r\n\r\n".to_vec()))],
        ),
        case(
            "R42",
            "success with a body that never ends, byte by byte",
            Owed::Either,
            [Fault::at(At::Last).sends(|_| drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".to_vec()))],
        ),
        case(
            "R42",
            "every answer 300 ms late",
            Owed::Success,
            [Fault::at(At::Any).for_ever().delays(Duration::from_millis(300))],
        ),
        case(
            "R42",
            "every answer in two parts",
            Owed::Success,
            [Fault::at(At::Any).for_ever().sends(|answer| {
                let answer = with_field(&answer, "Connection: close");
                let (first, second) = answer.split_at(answer.len() / 2);
                Act::Stream { head: first.to_vec(), piece: second.to_vec(), times: 1, pause: Duration::ZERO }
            })],
        ),
    ]
}

/// A byte now and then, for longer than anybody waits.
fn drip(head: Vec<u8>) -> Act {
    Act::Stream { head, piece: b"a".to_vec(), times: 100_000, pause: Duration::from_millis(20) }
}
