//! Connections: reuse, pipelining, 100 Continue, slow peers, early answers.

use std::thread;
use std::time::Duration;

use super::{Framing, Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::{Answer, NoAnswer, Wire};

pub fn cases() -> Vec<Case<Site>> {
    [connections(), expectations(), slow_peers(), versions()].into_iter().flatten().collect()
}

fn connections() -> Vec<Case<Site>> {
    vec![
        Case::new("HTTP", "a whole upload on one connection", "308, 308, 200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let mut wire = None;
            let mut finding = Finding::nothing();
            for (range, part) in [("bytes 0-6/*", 0..7), ("bytes */*", 0..0), ("bytes 7-17/18", 7..18)] {
                let request = upload.request(range, part);
                let answer = on_one(&mut upload, &mut wire, &request)?;
                finding.add(if range.ends_with("18") { answer.succeeds() } else { answer.tells(it.bytes(7)) });
            }
            Ok(finding.and(upload.finish()))
        }),
        Case::new(
            "HTTP",
            "a refused request, then a good one on the same connection",
            "400 and then 200, or closed",
            |it: &Site| {
                let mut upload = it.upload(18)?;
                let mut wire = None;
                let bad = Request::raw("bytes 0-6/7junk").body(upload.junk(7));
                let refused = on_one(&mut upload, &mut wire, &bad)?;
                let good = upload.request("bytes 0-17/18", 0..18);
                let answer = on_one(&mut upload, &mut wire, &good)?;
                Ok(refused.refuses(&[400]).and(answer.succeeds()).and(upload.finish()))
            },
        ),
        Case::new("HTTP", "pipelining: two appends in one packet", "308 and 200, in this order", |it: &Site| {
            pipelined(it, &[("bytes 0-6/*", 0..7), ("bytes 7-17/18", 7..18)], false)
        }),
        Case::new(
            "HTTP",
            "pipelining: two chunked appends in one packet",
            "308 and 200, in this order",
            |it: &Site| pipelined(it, &[("bytes 0-6/*", 0..7), ("bytes 7-17/18", 7..18)], true),
        ),
        Case::new("HTTP", "pipelining: an append, a question, an append", "308, 308 and 200", |it: &Site| {
            pipelined(it, &[("bytes 0-6/*", 0..7), ("bytes */*", 0..0), ("bytes 7-17/18", 7..18)], false)
        }),
    ]
}

fn expectations() -> Vec<Case<Site>> {
    vec![
        Case::new("HTTP", "100 Continue for an append", "100 before the body", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18).field("Expect: 100-continue");
            let mut wire = upload.begin_with(&request, 0..0)?;
            let first = wire.response("PUT");
            let finding = match &first {
                Ok(interim) if interim.status == 100 => Finding::ok("100"),
                Ok(answer) if answer.status == 417 => return Ok(Finding::refused("417").and(upload.finish())),
                Ok(answer) => return Ok(answer.refuses(&[]).and(upload.finish())),
                Err(none @ NoAnswer::Late(_)) => Finding::lenient(format!("no 100: {none}")),
                Err(none) => return Err(none.clone().into()),
            };
            upload.more(&mut wire, Framing::Length, 0..18);
            let answer = upload.read(&mut wire, "PUT")?;
            Ok(finding.and(answer.succeeds()).and(upload.finish()))
        }),
        Case::new("HTTP", "Expect: 100-continue and the body at once", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let answer = upload.ask(&upload.request("bytes 0-17/18", 0..18).field("Expect: 100-continue"))?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        early("a gap", &[503, 409], |upload| upload.request("bytes 7-17/18", 0..0).body(upload.junk(11))),
        early("a malformed range", &[400], |upload| Request::raw("bytes 0-6").body(upload.junk(7))),
        early("a length that is not the range's", &[400], |upload| {
            upload.request("bytes 0-17/18", 0..0).body(upload.junk(7))
        }),
        Case::new("R12", "a gap is refused before its body comes", "503 or 409 at once", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 7-17/18", 0..0).body(upload.junk(11));
            let mut wire = upload.connect()?;
            wire.send(upload.head(&request));
            let came = match upload.read(&mut wire, "PUT") {
                Ok(answer) => answer.refuses(&[503, 409]),
                Err(NoAnswer::Late(_)) => Finding::lenient("waits for the body"),
                Err(none) => return Err(none.into()),
            };
            // A server that takes one connection at a time still waits on this one.
            drop(wire);
            Ok(came.and(upload.finish()))
        }),
    ]
}

fn slow_peers() -> Vec<Case<Site>> {
    vec![
        Case::new("HTTP", "byte by byte, Content-Length", "200", |it: &Site| slow(it, false)),
        Case::new("HTTP", "byte by byte, chunked", "200", |it: &Site| slow(it, true)),
        Case::new("HTTP", "a pause in the middle of the body", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let mut wire = upload.begin("bytes 0-17/18", 0..18, 7)?;
            thread::sleep(Duration::from_secs(1));
            upload.more(&mut wire, Framing::Length, 7..18);
            let answer = upload.read(&mut wire, "PUT")?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("HTTP", "a silent peer does not keep others waiting", "200 for the other upload", |it: &Site| {
            let mut silent = it.upload(18)?;
            let wires: Vec<_> = (0..5).map(|_| silent.begin("bytes 0-17/18", 0..18, 7)).collect::<Result<_, _>>()?;
            let mut upload = it.upload(18)?;
            let answer = upload.put("bytes 0-17/18", 0..18)?;
            drop(wires);
            Ok(answer.succeeds().and(upload.finish()).and(silent.finish()))
        }),
        Case::new("HTTP", "a half closed connection: FIN after the whole request", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let mut wire = upload.begin("bytes 0-17/18", 0..18, 18)?;
            wire.finish();
            let answer = match upload.read(&mut wire, "PUT") {
                Ok(answer) => answer.succeeds(),
                // Some stacks take it for a client that is gone.
                Err(none) => Finding::lenient(none.to_string()),
            };
            Ok(answer.and(upload.finish()))
        }),
    ]
}

fn versions() -> Vec<Case<Site>> {
    vec![
        Case::new("HTTP", "a request line with a whole URL", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18);
            let (host, target) = upload.address();
            let head = request.head(host, &format!("http://{host}{target}"));
            let mut wire = upload.connect()?;
            wire.send(head);
            upload.more(&mut wire, Framing::Length, 0..18);
            let answer = upload.read(&mut wire, "PUT")?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("HTTP", "HTTP/1.0 with Content-Length", "200, or 505", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18);
            let head = String::from_utf8_lossy(&upload.head(&request)).replacen("HTTP/1.1", "HTTP/1.0", 1);
            let mut wire = upload.connect()?;
            wire.send(head);
            upload.more(&mut wire, Framing::Length, 0..18);
            let answer = upload.read(&mut wire, "PUT")?;
            let finding = if answer.status == 505 { answer.refuses(&[505]) } else { answer.succeeds() };
            Ok(finding.and(upload.finish()))
        }),
    ]
}

/// Sends a request on the connection of the one before, if that is open still.
fn on_one(upload: &mut Upload<'_>, wire: &mut Option<Wire>, request: &Request) -> Result<Answer, Stop> {
    let mut this = match wire.take() {
        Some(wire) => wire,
        None => upload.connect()?,
    };
    let answer = upload.ask_on(&mut this, request)?;
    if answer.keep_alive {
        *wire = Some(this);
    }
    Ok(answer)
}

/// All requests in one packet; the last one is the last of the upload.
fn pipelined(site: &Site, requests: &[(&str, std::ops::Range<usize>)], chunked: bool) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    let mut wire = upload.connect()?;
    let mut bytes = Vec::new();
    for (range, part) in requests {
        let mut request = upload.request(range, part.clone());
        if chunked {
            request = request.chunked();
        }
        bytes.extend(upload.head(&request));
        bytes.extend(request.wire_body());
        upload.enter_all_sent();
        site.say(&request);
    }
    wire.send(bytes);
    let mut finding = Finding::nothing();
    for (n, _) in requests.iter().enumerate() {
        let answer = match upload.read(&mut wire, "PUT") {
            Ok(answer) => answer,
            // The connection may be closed between two answers; the client then sends the rest again.
            Err(none @ (NoAnswer::Closed | NoAnswer::Reset)) if n > 0 => {
                finding.add(Finding::lenient(format!("after {n} answers: {none}")));
                break;
            }
            Err(none) => return Err(none.into()),
        };
        finding.add(if n + 1 == requests.len() { answer.succeeds() } else { answer.tells(site.bytes(7)) });
    }
    Ok(finding.and(upload.finish()))
}

/// A refused request whose client waits for 100 Continue.
fn early(
    name: &'static str,
    statuses: &'static [u16],
    request: impl Fn(&Upload<'_>) -> Request + Send + Sync + 'static,
) -> Case<Site> {
    let name = format!("Expect: 100-continue for {name}");
    Case::new("HTTP", name, "the refusal instead of 100", move |it: &Site| -> Result<Finding, Stop> {
        let mut upload = it.upload(18)?;
        let request = request(&upload).field("Expect: 100-continue");
        let mut wire = upload.connect()?;
        it.say(&request);
        wire.send(upload.head(&request));
        let finding = match wire.response("PUT") {
            Ok(first) if first.status != 100 => first.refuses(statuses),
            // A client may send the body without the 100 (RFC 9110, section 10.1.1).
            Ok(_) | Err(NoAnswer::Late(_)) => {
                wire.send(&request.body);
                let answer = upload.read(&mut wire, "PUT")?;
                Finding::lenient("waits for the body").and(answer.refuses(statuses))
            }
            Err(none) => return Err(none.into()),
        };
        drop(wire);
        Ok(finding.and(upload.finish()))
    })
}

/// Every byte in a packet of its own; the units are small here, whatever the server's granularity is.
fn slow(site: &Site, chunked: bool) -> Result<Finding, Stop> {
    let mut upload = site.create(18, None)?;
    let mut request = upload.whole(Request::raw("bytes 0-17/18"));
    if chunked {
        request = request.chunked();
    }
    let mut wire = upload.connect()?;
    upload.enter_all_sent();
    site.say(&request);
    wire.trickle(&upload.head(&request));
    wire.trickle(&request.wire_body());
    let answer = upload.read(&mut wire, "PUT")?;
    Ok(answer.succeeds().and(upload.finish()))
}
