//! What answers have in their heads, other fields of requests, and methods.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use resumable::fields::{Field, Fields};

use super::{Request, Site};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::Answer;

pub fn cases() -> Vec<Case<Site>> {
    [answers(), methods(), encodings(), others()].into_iter().flatten().collect()
}

fn answers() -> Vec<Case<Site>> {
    vec![
        Case::new("R20", "the fields of a 308", "Range, Content-Length: 0, no Location", |it: &Site| {
            let mut upload = it.upload(18)?;
            let answer = upload.put("bytes 0-6/18", 0..7)?;
            Ok(answer.tells(it.bytes(7)).and(bare(&answer)).and(upload.finish()))
        }),
        Case::new("R20", "the fields of a 308 when nothing is kept", "no Range", |it: &Site| {
            let mut upload = it.upload(18)?;
            let answer = upload.put("bytes */*", 0..0)?;
            let range = match answer.field("range") {
                Field::Absent => Finding::ok("no Range"),
                _ => Finding::wrong("a Range"),
            };
            Ok(answer.tells(0).and(range).and(bare(&answer)).and(upload.finish()))
        }),
        no_308("data", |_| "bytes 0-6/18", true),
        no_308("a question", |_| "bytes */*", false),
        Case::new("R21", "X-GUploader-No-308 on the last request", "200 without the override", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18).field("X-GUploader-No-308: yes");
            let answer = upload.ask(&request)?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
    ]
}

fn methods() -> Vec<Case<Site>> {
    vec![
        Case::new("R07", "data by POST, as Go and rclone send it", "308 and 200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let first = upload.ask(&upload.request("bytes 0-6/*", 0..7).method("POST"))?;
            let last = upload.ask(&upload.request("bytes 7-17/18", 7..18).method("POST"))?;
            Ok(first.tells(it.bytes(7)).and(last.succeeds()).and(upload.finish()))
        }),
        Case::new("R07", "a question by POST", "308", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.ask(&upload.request("bytes */18", 0..0).method("POST"))?;
            Ok(answer.tells(it.bytes(7)).and(upload.finish()))
        }),
        method("GET"),
        method("PATCH"),
        method("put"),
        method("BREW"),
    ]
}

fn encodings() -> Vec<Case<Site>> {
    vec![
        Case::new("R26", "Content-Encoding: gzip, ranges of decoded bytes", "415, or decoded", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18).field("Content-Encoding: gzip");
            let body = gzip(&request.body);
            encoded(&mut upload, request, body)
        }),
        Case::new(
            "R26",
            "Content-Encoding: gzip of unknown total, chunked, as Google's Java client",
            "415, or decoded",
            |it: &Site| {
                let mut upload = it.upload(18)?;
                let request = upload.request("bytes 0-*/*", 0..18).field("Content-Encoding: gzip").chunked();
                let body = gzip(&request.body);
                encoded(&mut upload, request, body)
            },
        ),
        Case::new("R26", "Content-Encoding: an unknown one", "415, nothing kept", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18).field("Content-Encoding: x-unknown");
            let answer = upload.ask(&request)?;
            Ok(answer.refuses(&[415]).and(upload.finish()))
        }),
        Case::new("R26", "Content-Encoding: identity", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18).field("Content-Encoding: identity");
            let answer = upload.ask(&request)?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
    ]
}

fn others() -> Vec<Case<Site>> {
    vec![
        Case::new("R01", "the name of Content-Range in capitals", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let range = format!("CONTENT-RANGE: bytes 0-{}/{}", it.bytes(18) - 1, it.bytes(18));
            let answer = upload.ask(&upload.with_part(Request::plain().field(range), 0..18))?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("R01", "white space around the value of Content-Range", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let range = format!("Content-Range:\t bytes 0-{}/{} \t", it.bytes(18) - 1, it.bytes(18));
            let answer = upload.ask(&upload.with_part(Request::plain().field(range), 0..18))?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("R05", "further fields that clients send", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload
                .request("bytes 0-17/18", 0..18)
                .field("Content-Type: application/octet-stream")
                .field("X-Goog-Gcs-Idempotency-Token: 5f4dcc3b-5aa7-65d6-1d83-27deb882cf99")
                .field("X-Goog-Api-Client: gl-conformance/1")
                .field("User-Agent: conformance")
                .field("Accept-Encoding: gzip");
            let answer = upload.ask(&request)?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
    ]
}

/// What R20 says of a 308 beside its Range.
fn bare(answer: &Answer) -> Finding {
    let length = answer.field("content-length");
    if answer.field("location") != Field::Absent {
        Finding::lenient("a Location, which HTTP stacks follow")
    } else if length == Field::One(b"0") {
        Finding::ok("Content-Length: 0")
    } else {
        Finding::lenient("another Content-Length than 0")
    }
}

fn no_308(name: &'static str, range: impl Fn(&Site) -> &'static str + Send + Sync + 'static, data: bool) -> Case<Site> {
    let name = format!("X-GUploader-No-308: yes on {name}");
    Case::new("R21", name, "200 with X-HTTP-Status-Code-Override: 308", move |it: &Site| -> Result<Finding, Stop> {
        let mut upload = it.upload(18)?;
        let part = if data { 0..7 } else { 0..0 };
        let answer = upload.ask(&upload.request(range(it), part.clone()).field("X-GUploader-No-308: yes"))?;
        let finding = answer.tells(it.bytes(part.end));
        let finding = if answer.status == 308 { finding.and(Finding::lenient("a 308 all the same")) } else { finding };
        Ok(finding.and(upload.finish()))
    })
}

/// A method that a session does not know.
fn method(method: &'static str) -> Case<Site> {
    let name = format!("{method} on a session, with data");
    Case::new("R07", name, "405 with Allow, nothing kept", move |it: &Site| -> Result<Finding, Stop> {
        let mut upload = it.upload(18)?;
        let request = upload.request("bytes 0-17/18", 0..18).method(method);
        let answer = upload.ask(&request)?;
        let allow = match (answer.status, answer.field("allow")) {
            (405, Field::Absent) => Finding::lenient("no Allow"),
            _ => Finding::nothing(),
        };
        Ok(answer.refuses(&[405]).and(allow).and(upload.finish()))
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// Sends the encoded body: it is refused, or decoded.
fn encoded(upload: &mut super::Upload<'_>, request: Request, body: Vec<u8>) -> Result<Finding, Stop> {
    let answer = upload.ask(&request.body(body))?;
    let finding = if upload.completed { answer.succeeds() } else { answer.refuses(&[415]) };
    Ok(finding.and(upload.finish()))
}
