//! Answers that are none yet: 1xx.

use std::time::Duration;

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, case};
use crate::kit::client::{Act, Program};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

pub fn cases() -> Vec<Case<Program>> {
    let before = |name: &'static str, interim: Vec<u8>| {
        let sent = move |answer: Vec<u8>| Act::Answer([&*interim, &*answer].concat());
        case("R40", format!("{name} before every answer"), Owed::Success, [Fault::at(At::Any).for_ever().sends(sent)])
    };
    let endless = |at: At| {
        let (piece, pause) = (CONTINUE.to_vec(), Duration::from_millis(1));
        Fault::at(at).acts(Act::Stream { head: Vec::new(), piece, times: 1_000_000, pause })
    };
    vec![
        before("100 Continue", CONTINUE.to_vec()),
        before("100 Continue three times", CONTINUE.repeat(3)),
        before("102 Processing", b"HTTP/1.1 102 Processing\r\n\r\n".to_vec()),
        before("103 Early Hints", b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n".to_vec()),
        before("103 with a range and a location", interim_with_lies()),
        before("a 1xx that nobody knows", b"HTTP/1.1 199 Whatever\r\nX-Field: 1\r\n\r\n".to_vec()),
        case("R40", "100 Continue and then nothing, to data", Owed::Success, [Fault::at(At::Data).closes(CONTINUE)]),
        case(
            "R40",
            "101 Switching Protocols to data",
            Owed::Either,
            [Fault::at(At::Data).answers("101 Switching Protocols", &["Upgrade: websocket", "Connection: Upgrade"])],
        ),
        case("R47", "100 Continue without end to data, once", Owed::Either, [endless(At::Data)]),
        case("R47", "100 Continue without end to everything", Owed::Failure, [endless(At::Any).for_ever()]),
    ]
}

/// Nothing in an interim answer is an answer.
fn interim_with_lies() -> Vec<u8> {
    b"HTTP/1.1 103 Early Hints\r\nRange: bytes=0-600010\r\nLocation: http://127.0.0.1:1/elsewhere\r\n\r\n".to_vec()
}
