//! Answers of a gigabyte: the client's memory stays small.

use std::time::Duration;

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, QUANTUM, case};
use crate::kit::client::{Act, Program};

const GIGABYTE: usize = 1 << 30;

/// How much is written at once.
const PIECE: usize = 64 << 10;

pub fn cases() -> Vec<Case<Program>> {
    let to_data = |head: String| Fault::at(At::Data).acts(flood(head));
    let error = |status: &str| to_data(with_length(status, ""));
    vec![
        case("R42", "503 with a body of a gigabyte", Owed::Success, [error("503 Service Unavailable")]),
        case("R43", "403 with a body of a gigabyte", Owed::Failure, [error("403 Forbidden")]),
        case(
            "R42",
            "503 with a body of a gigabyte, up to the close",
            Owed::Success,
            [to_data("HTTP/1.1 503 Service Unavailable\r\n\r\n".into())],
        ),
        case(
            "R42",
            "503 with a chunk of a gigabyte",
            Owed::Success,
            [to_data("HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n".into())],
        ),
        case(
            "R42",
            "503 with a chunk extension of a gigabyte",
            Owed::Success,
            [to_data("HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n1;a=".into())],
        ),
        case(
            "R41",
            "308 with a body of a gigabyte",
            Owed::Success,
            [Fault::at(At::Data)
                .keeps(Part::First(QUANTUM))
                .acts(flood(with_length("308 Resume Incomplete", "Range: bytes=0-262143\r\n")))],
        ),
        case(
            "R44",
            "success with a body of a gigabyte",
            Owed::Success,
            [Fault::at(At::Last).sends(|_| flood(with_length("200 OK", "")))],
        ),
        case(
            "R44",
            "a session, with a body of a gigabyte",
            Owed::Success,
            [Fault::at(At::Create).does(|stage, _| {
                stage.create();
                flood(with_length("200 OK", &format!("Location: http://{}{}\r\n", stage.authority, stage.path())))
            })],
        ),
        case(
            "R42",
            "a field of a gigabyte",
            Owed::Either,
            [to_data("HTTP/1.1 308 Resume Incomplete\r\nX-Field: ".into())],
        ),
        case(
            "R42",
            "fields of a gigabyte",
            Owed::Either,
            [Fault::at(At::Data).acts(Act::Stream {
                head: b"HTTP/1.1 308 Resume Incomplete\r\n".to_vec(),
                piece: b"X-Field: 7\r\n".repeat(PIECE / 12),
                times: GIGABYTE / PIECE,
                pause: Duration::ZERO,
            })],
        ),
        case("R42", "a status line of a gigabyte", Owed::Either, [to_data("HTTP/1.1 503 ".into())]),
        case(
            "R42",
            "a body of 18446744073709551615 bytes that breaks off",
            Owed::Success,
            [Fault::at(At::Data)
                .closes(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 18446744073709551615\r\n\r\nnot now")],
        ),
    ]
}

fn with_length(status: &str, fields: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {GIGABYTE}\r\n\r\n")
}

fn flood(head: String) -> Act {
    let (piece, times) = (b"overflow".repeat(PIECE / 8), GIGABYTE / PIECE);
    Act::Stream { head: head.into_bytes(), piece, times, pause: Duration::ZERO }
}
