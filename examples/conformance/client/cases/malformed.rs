//! What is no answer of HTTP, or one that can be read in two ways. Whatever a client makes of it, it is true.

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, case, progress};
use crate::kit::client::{Act, Program};

const ANSWERS: [(&str, &[u8]); 22] = [
    ("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n"),
    ("HTTP/0.9", b"<html>308 bytes=0-262143</html>\r\n\r\n"),
    ("HTTP/2 without notice", b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80"),
    ("HTTP/2.0 as a version", b"HTTP/2.0 308 Resume Incomplete\r\nContent-Length: 0\r\n\r\n"),
    ("a status of two digits", b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
    ("a status of four digits", b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
    ("a status with a sign", b"HTTP/1.1 +200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("a status of letters", b"HTTP/1.1 OK OK\r\nContent-Length: 0\r\n\r\n"),
    ("no status line", b"Range: bytes=0-262143\r\nContent-Length: 0\r\n\r\n"),
    ("bare line feeds", b"HTTP/1.1 308 Resume Incomplete\nRange: bytes=0-99\nContent-Length: 0\n\n"),
    ("empty lines first", b"\r\n\r\nHTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
    ("a space before a colon", b"HTTP/1.1 308 Resume Incomplete\r\nRange : bytes=0-99\r\nContent-Length: 0\r\n\r\n"),
    ("a folded range", b"HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-99\r\n 999\r\nContent-Length: 0\r\n\r\n"),
    ("a NUL in a field", b"HTTP/1.1 308 Resume Incomplete\r\nX-Field: a\0b\r\nContent-Length: 0\r\n\r\n"),
    ("a line without a colon", b"HTTP/1.1 308 Resume Incomplete\r\nRange bytes=0-99\r\nContent-Length: 0\r\n\r\n"),
    ("bytes above 127", b"HTTP/1.1 308 R\xe9sum\xe9\r\nX-Field: \xff\xfe\r\nContent-Length: 0\r\n\r\n"),
    ("a negative length", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
    ("a length beyond numbers", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello"),
    ("a length and chunks", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("an unknown coding", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\n"),
    ("a chunk size of letters", b"HTTP/1.1 503 Later\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"),
];

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for (name, bytes) in ANSWERS {
        // To data that is not the last, even a success is no success.
        let part = Fault::at(At::Part).acts(Act::Answer(bytes.to_vec()));
        cases.push(case("R40", format!("{name}, to the first data"), Owed::Either, [part]));
        let later = Fault::at(At::Data).after(1).closes(b"");
        let question = Fault::at(At::Status).closes(bytes);
        if !bytes.windows(4).any(|four| four == b" 200") {
            cases.push(case("R40", format!("{name}, to a question"), Owed::Either, [progress(), later, question]));
        }
    }
    let garbage = || Act::Close(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec());
    cases.push(case("R40", "another protocol, to the creation", Owed::Either, [Fault::at(At::Create).acts(garbage())]));
    let ever = Fault::at(At::Any).for_ever().acts(garbage());
    cases.push(case("R47", "another protocol, to everything for ever", Owed::FailureInTheEnd, [ever]));
    cases
}
