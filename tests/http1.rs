//! The HTTP/1.1 layer with real bytes: what it reads, what it refuses, what it writes, and that splits do not matter.

#[path = "http1/bodies.rs"]
mod bodies;
#[path = "../fuzz/src/lib.rs"]
#[allow(clippy::pedantic, clippy::expect_used, dead_code, unreachable_pub)]
mod fuzz_bodies;
#[path = "http1/heads.rs"]
mod heads;
#[path = "http1/refusals.rs"]
mod refusals;
#[path = "http1/splits.rs"]
mod splits;
mod strategies;
#[path = "http1/writing.rs"]
mod writing;

use httparse::{EMPTY_HEADER, Header};
use resumable::http1::{HeadError, MAX_HEADERS, Options, RequestHead, ResponseHead, parse_request, parse_response};

/// Room for the fields of a head.
fn room<'b>() -> [Header<'b>; MAX_HEADERS] {
    [EMPTY_HEADER; MAX_HEADERS]
}

/// Parses a request head, and checks that every prefix of `text` agrees with the answer for all of it.
fn request<'h, 'b>(text: &'b [u8], headers: &'h mut [Header<'b>]) -> Result<RequestHead<'h, 'b>, HeadError> {
    let mut refused = false;
    for len in 0..text.len() {
        let (mut some, mut all) = (room(), room());
        let prefix = parse_request(&text[..len], &mut some, Options::default());
        let whole = parse_request(text, &mut all, Options::default());
        match (prefix, whole) {
            (Ok(Some(prefix)), Ok(Some(whole))) => assert_eq!(prefix, whole),
            (Ok(None), Ok(Some(whole))) => assert!(len < whole.len, "late at {len}"),
            (_, Ok(None)) => panic!("the head is not whole"),
            (Ok(None), Err(_)) => assert!(!refused, "healed at {len}"),
            (Err(_), Err(_)) => refused = true,
            disagree => panic!("at {len}: {disagree:?}"),
        }
    }
    parse_request(text, headers, Options::default()).map(|head| head.expect("checked above"))
}

/// The same for a response head.
fn response<'h, 'b>(
    text: &'b [u8],
    headers: &'h mut [Header<'b>],
    to_method: &str,
) -> Result<ResponseHead<'h, 'b>, HeadError> {
    let mut refused = false;
    for len in 0..text.len() {
        let (mut some, mut all) = (room(), room());
        let prefix = parse_response(&text[..len], &mut some, to_method);
        let whole = parse_response(text, &mut all, to_method);
        match (prefix, whole) {
            (Ok(Some(prefix)), Ok(Some(whole))) => assert_eq!(prefix, whole),
            (Ok(None), Ok(Some(whole))) => assert!(len < whole.len, "late at {len}"),
            (_, Ok(None)) => panic!("the head is not whole"),
            (Ok(None), Err(_)) => assert!(!refused, "healed at {len}"),
            (Err(_), Err(_)) => refused = true,
            disagree => panic!("at {len}: {disagree:?}"),
        }
    }
    parse_response(text, headers, to_method).map(|head| head.expect("checked above"))
}
