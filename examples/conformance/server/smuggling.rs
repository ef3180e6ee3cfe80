//! Requests that two parties could read differently (RFC 9112, section 11.2). Each hides a cancel of the session in what
//! one reading takes for the body: a server that carries it out has invented a request.

use std::time::Duration;

use super::{Framing, Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop, Verdict};
use crate::kit::wire::NoAnswer;

/// How long an answer to what was hidden may take; the state of the session tells, too.
const MOMENT: Duration = Duration::from_millis(300);

pub fn cases() -> Vec<Case<Site>> {
    let mut cases: Vec<Case<Site>> = SHAPES
        .iter()
        .map(|(name, fields, start)| {
            let expected = "400 or 501, or closed; the hidden request is not carried out";
            Case::new("HTTP", *name, expected, |it: &Site| shape(it, fields, start))
        })
        .collect();
    cases.extend([
        Case::new(
            "HTTP",
            "a cancel in the body of a refused request",
            "refused; it is not carried out",
            |it: &Site| {
                // The gap is refused, perhaps without reading the body; then the connection must not go on inside it.
                hidden(it, |upload, hidden| upload.request("bytes 11-17/18", 0..0).body(hidden), true)
            },
        ),
        Case::new(
            "HTTP",
            "a cancel in the body of a malformed request",
            "refused; it is not carried out",
            |it: &Site| hidden(it, |_, hidden| Request::raw("bytes 7-17").body(hidden), true),
        ),
        Case::new("HTTP", "a cancel in the body of a question", "refused; it is not carried out", |it: &Site| {
            hidden(it, |_, hidden| Request::raw("bytes */*").body(hidden), true)
        }),
        Case::new("HTTP", "a cancel in the body of another method", "refused; it is not carried out", |it: &Site| {
            hidden(it, |_, hidden| Request::raw("bytes 0-6/7").method("PATCH").body(hidden), true)
        }),
        Case::new(
            "HTTP",
            "a cancel after the range of a chunked body",
            "refused; it is not carried out",
            |it: &Site| {
                hidden(it, |upload, hidden| upload.request("bytes 7-10/18", 7..11).then(hidden).chunked(), false)
            },
        ),
        Case::new("R04", "an empty object with Content-Length and chunked, as redivis-python", "400", |it: &Site| {
            let mut upload = it.upload(0)?;
            let request = Request::raw("bytes */0")
                .field("Content-Length: 0")
                .field("Transfer-Encoding: chunked")
                .framing(Framing::Own)
                .body(&b"0\r\n\r\n"[..]);
            let answer = upload.ask(&request)?;
            Ok(answer.refuses(&[400]).and(upload.finish()))
        }),
    ]);
    cases
}

/// What frames a body in two ways, and how that body starts before the hidden request.
const SHAPES: &[(&str, &[&str], &str)] = &[
    ("Content-Length and chunked", &["Content-Length: {all}", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
    ("chunked and Content-Length", &["Transfer-Encoding: chunked", "Content-Length: {all}"], "0\r\n\r\n"),
    ("Content-Length that ends before the chunks do", &["Content-Length: 5", "Transfer-Encoding: chunked"], "{chunk}"),
    ("two Content-Lengths, the first short", &["Content-Length: 0", "Content-Length: {all}"], ""),
    ("two Content-Lengths, the second short", &["Content-Length: {all}", "Content-Length: 0"], ""),
    ("two equal Content-Lengths", &["Content-Length: {all}", "Content-Length: {all}"], ""),
    ("a list of Content-Lengths", &["Content-Length: 0, {all}"], ""),
    ("a Content-Length with a sign", &["Content-Length: +{all}"], ""),
    ("a negative Content-Length (F12)", &["Content-Length: -20"], ""),
    ("a hexadecimal Content-Length", &["Content-Length: 0x10"], ""),
    ("a Content-Length with a space inside", &["Content-Length: 0 {all}"], ""),
    ("an empty Content-Length", &["Content-Length:"], ""),
    ("Transfer-Encoding: xchunked", &["Transfer-Encoding: xchunked", "Content-Length: {all}"], "0\r\n\r\n"),
    ("Transfer-Encoding: chunked, identity", &["Transfer-Encoding: chunked, identity"], "0\r\n\r\n"),
    ("Transfer-Encoding: chunked twice", &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
    ("Transfer-Encoding: chunked, chunked", &["Transfer-Encoding: chunked, chunked"], "0\r\n\r\n"),
    ("Transfer-Encoding: gzip, chunked", &["Transfer-Encoding: gzip, chunked"], "0\r\n\r\n"),
    ("Transfer-Encoding: identity", &["Transfer-Encoding: identity", "Content-Length: {all}"], ""),
    (
        "Transfer-Encoding with a space before the colon",
        &["Transfer-Encoding : chunked", "Content-Length: {all}"],
        "0\r\n\r\n",
    ),
    ("Transfer-Encoding on a folded line", &["Transfer-Encoding:\r\n chunked", "Content-Length: {all}"], "0\r\n\r\n"),
    (
        "Transfer-Encoding with a vertical tab",
        &["Transfer-Encoding: \u{b}chunked", "Content-Length: {all}"],
        "0\r\n\r\n",
    ),
];

/// A question with a body that is framed in two ways: by one reading it is over where the hidden request begins.
fn shape(site: &Site, fields: &[&str], start: &str) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    upload.append(0..7)?;
    let hidden = cancel(&upload);
    let start = start.replace("{chunk}", &format!("{:x}\r\n", hidden.len()));
    let end = if start.ends_with("\r\n") && !start.starts_with('0') { "\r\n0\r\n\r\n" } else { "" };
    let body = [start.as_bytes(), &hidden, end.as_bytes()].concat();
    let mut request = Request::raw("bytes */*").framing(Framing::Own);
    for field in fields {
        request = request.field(field.replace("{all}", &body.len().to_string()));
    }
    send(&mut upload, &request.body(body), &[400, 411, 413, 501])
}

/// A request with the cancel in its body, rightly framed.
fn hidden(site: &Site, request: impl Fn(&Upload<'_>, Vec<u8>) -> Request, plain: bool) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    upload.append(0..7)?;
    let mut hidden = cancel(&upload);
    if plain {
        // As long as the range of the gap, where there is one.
        hidden.resize(hidden.len().max(site.bytes(7)), b'\n');
    }
    let request = request(&upload, hidden);
    send(&mut upload, &request, &[400, 405, 409, 503])
}

/// The bytes of a request that cancels the session.
fn cancel(upload: &Upload<'_>) -> Vec<u8> {
    upload.head(&super::cancel::delete())
}

/// Sends it, reads what comes, and looks whether the session lives.
fn send(upload: &mut Upload<'_>, request: &Request, statuses: &[u16]) -> Result<Finding, Stop> {
    let mut wire = upload.connect()?;
    upload.enter_request(request);
    upload.site.say(request);
    wire.send(upload.head(request));
    wire.send(request.wire_body());
    let mut finding = match upload.read(&mut wire, "PUT") {
        Ok(answer) => answer.refuses(statuses),
        Err(none @ (NoAnswer::Closed | NoAnswer::Reset)) => Finding::ok(none.to_string()),
        Err(none @ NoAnswer::Late(_)) => Finding::lenient(none.to_string()),
        Err(none) => return Err(none.into()),
    };
    // What comes after the first answer, if anything does: the hidden request's.
    if let Ok(answer) = wire.response_within("DELETE", MOMENT) {
        finding.add(Finding::lenient(format!("then {answer}, to what was hidden")));
    }
    drop(wire);
    let rest = upload.finish();
    if rest.verdict == Verdict::Refused {
        finding.add(Finding::wrong("the hidden request was carried out"));
    }
    Ok(finding.and(rest))
}
