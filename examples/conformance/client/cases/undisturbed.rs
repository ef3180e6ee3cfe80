//! Uploads that nothing disturbs, by servers that all answer in their own way.

use crate::kit::case::Case;
use crate::kit::client::plot::{At, FILE, Fault, Owed, QUANTUM, case, sized};
use crate::kit::client::{Act, Program};

pub fn cases() -> Vec<Case<Program>> {
    let mut cases: Vec<_> = [
        ("an empty file", 0),
        ("a file of one byte", 1),
        ("a file of one byte less than 256 KiB", QUANTUM - 1),
        ("a file of exactly 256 KiB", QUANTUM),
        ("a file of 256 KiB and one byte", QUANTUM + 1),
        ("a file of exactly 512 KiB", 2 * QUANTUM),
        ("a file of two times 256 KiB and a rest", FILE),
    ]
    .into_iter()
    .map(|(name, size)| sized("R46", name, Owed::Success, size, []))
    .collect();
    cases.extend(forms());
    cases.extend(successes());
    cases
}

/// The same answers in other forms.
fn forms() -> Vec<Case<Program>> {
    let form = |name, way: fn(Vec<u8>) -> Act| {
        case("R40", format!("every answer {name}"), Owed::Success, [Fault::at(At::Any).for_ever().sends(way)])
    };
    let field = |name: String, line: String| {
        let way = move |answer: Vec<u8>| Act::Answer(with_field(&answer, &line));
        case("R40", format!("every answer with {name}"), Owed::Success, [Fault::at(At::Any).for_ever().sends(way)])
    };
    vec![
        form("with field names in lower case", |answer| Act::Answer(renamed(&answer, u8::to_ascii_lowercase))),
        form("with field names in upper case", |answer| Act::Answer(renamed(&answer, u8::to_ascii_uppercase))),
        form("without space after colons", |answer| Act::Answer(replaced(&answer, ": ", ":"))),
        form("with tabs and spaces around values", |answer| Act::Answer(replaced(&answer, ": ", ": \t  "))),
        form("in chunks", |answer| Act::Answer(in_chunks(&answer))),
        form("up to the close of the connection", |answer| Act::Close(without_length(&answer))),
        form("with Connection: close", |answer| Act::Close(with_field(&answer, "Connection: close"))),
        form("with a connection that is closed without notice", Act::Close),
        form("by HTTP/1.0", |answer| Act::Close(replaced(&answer, "HTTP/1.1", "HTTP/1.0"))),
        form("with 308 Permanent Redirect as its reason", |answer| {
            Act::Answer(replaced(&answer, "Resume Incomplete", "Permanent Redirect"))
        }),
        form("with an empty reason", |answer| {
            Act::Answer(replaced(&replaced(&answer, "308 Resume Incomplete", "308 "), "200 OK", "200 "))
        }),
        form("with a JSON body, also 308 (fake-gcs-server)", |answer| {
            Act::Answer(replaced(&answer, "Content-Length: 0\r\n\r\n", "Content-Length: 15\r\n\r\n{\"id\": \"7\"}    "))
        }),
        field("X-Goog-Upload-Chunk-Granularity (B27)".into(), "X-Goog-Upload-Chunk-Granularity: 262144".into()),
        field("X-Range-MD5".into(), "X-Range-MD5: d41d8cd98f00b204e9800998ecf8427e".into()),
        field("40 fields".into(), (0..40).map(|n| format!("X-Field-{n}: {n}")).collect::<Vec<_>>().join("\r\n")),
        field("a field of 4 KiB".into(), format!("X-GUploader-UploadID: {}", "A".repeat(4096))),
    ]
}

/// Other answers that say success.
fn successes() -> Vec<Case<Program>> {
    let success = |name: &'static str, status: &'static str, fields: &'static [&'static str]| {
        let fault = Fault::at(At::Last).does(move |stage, seen| {
            let _ = stage.honest(seen);
            Act::answer(status, fields)
        });
        case("R44", name, Owed::Success, [fault])
    };
    vec![
        success("201 for success (Drive)", "201 Created", &[]),
        success("204 for success", "204 No Content", &[]),
        success("200 without a body (Redivis)", "200 OK", &[]),
        success("200 with the stored length (XML)", "200 OK", &["X-Goog-Stored-Content-Length: 600011"]),
        success("200 with a range (fake-gcs-server)", "200 OK", &["Range: bytes=0-600010"]),
    ]
}

/// `answer` with another field.
pub fn with_field(answer: &[u8], line: &str) -> Vec<u8> {
    let at = head_end(answer) - 2;
    [&answer[..at], line.as_bytes(), b"\r\n", &answer[at..]].concat()
}

/// Where the body of `answer` begins.
pub fn head_end(answer: &[u8]) -> usize {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4)
}

fn replaced(answer: &[u8], old: &str, new: &str) -> Vec<u8> {
    let (head, body) = answer.split_at(head_end(answer));
    [String::from_utf8_lossy(head).replace(old, new).as_bytes(), body].concat()
}

fn renamed(answer: &[u8], letter: fn(&u8) -> u8) -> Vec<u8> {
    let (head, body) = answer.split_at(head_end(answer));
    let mut lines = head.split_inclusive(|byte| *byte == b'\n');
    let mut renamed = lines.next().unwrap_or_default().to_vec();
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
        renamed.extend(line[..colon].iter().map(letter));
        renamed.extend(&line[colon..]);
    }
    [&renamed, body].concat()
}

/// Without its Content-Length, if it has one.
fn without_length(answer: &[u8]) -> Vec<u8> {
    let (head, body) = answer.split_at(head_end(answer));
    let lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"Content-Length:"));
    [&lines.flatten().copied().collect::<Vec<u8>>(), body].concat()
}

fn in_chunks(answer: &[u8]) -> Vec<u8> {
    let (head, body) = answer.split_at(head_end(answer));
    let head = with_field(&without_length(head), "Transfer-Encoding: chunked");
    let chunks =
        body.chunks(11).flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    [head, chunks.collect(), b"0\r\n\r\n".to_vec()].concat()
}
