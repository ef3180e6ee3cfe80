//! Cancelling, in each state, and sessions that are not there.

use super::{Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop};

pub fn cases() -> Vec<Case<Site>> {
    vec![
        Case::new("R23", "cancel a fresh session (C24)", "499, or 204", |it: &Site| cancelled(it, 0, None)),
        Case::new("R23", "cancel in the middle", "499, or 204", |it: &Site| cancelled(it, 7, None)),
        Case::new("R23", "cancel when everything is there and not closed", "499, or 204", |it: &Site| {
            cancelled(it, 18, None)
        }),
        Case::new("R23", "a question after a cancel", "499", |it: &Site| {
            cancelled(it, 7, Some(&|upload| upload.request("bytes */*", 0..0)))
        }),
        Case::new("R23", "a close after a cancel", "499, nothing published", |it: &Site| {
            cancelled(it, 18, Some(&|upload| upload.request("bytes */18", 0..0)))
        }),
        Case::new("R23", "the rest after a cancel", "499, nothing published", |it: &Site| {
            cancelled(it, 7, Some(&|upload| upload.request("bytes 7-17/18", 7..18)))
        }),
        Case::new("R23", "everything after a cancel", "499, nothing published", |it: &Site| {
            cancelled(it, 7, Some(&|upload| upload.request("bytes 0-17/18", 0..18)))
        }),
        Case::new("R23", "cancel twice", "499, or 204", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let first = upload.ask_unaccounted(&delete())?;
            let second = upload.ask_unaccounted(&delete())?;
            Ok(cancels(&first).and(second.refuses(&[499, 204, 404])).and(upload.is_unpublished()?))
        }),
        Case::new("R23", "DELETE with a body", "an answer; then the session is open or cancelled", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let request = delete().body(upload.junk(5));
            let answer = upload.ask_unaccounted(&request)?;
            let finding = if matches!(answer.status, 200 | 204 | 499) {
                cancels(&answer).and(upload.is_unpublished()?)
            } else {
                answer.refuses(&[400]).and(upload.finish())
            };
            Ok(finding)
        }),
        Case::new("R23", "a session that never was, a question", "404", |it: &Site| unknown(it, "PUT", "bytes */*", 0)),
        Case::new("R23", "a session that never was, data", "404, nothing published", |it: &Site| {
            unknown(it, "PUT", "bytes 0-6/7", 7)
        }),
        Case::new("R23", "a session that never was, a cancel", "404", |it: &Site| unknown(it, "DELETE", "", 0)),
    ]
}

pub fn delete() -> Request {
    Request::plain().method("DELETE")
}

/// The answer to a cancel of an open session.
fn cancels(answer: &crate::kit::wire::Answer) -> Finding {
    match answer.status {
        200 | 202 => Finding::lenient(answer.to_string()),
        204 | 499 => Finding::ok(answer.to_string()),
        500 | 502 | 504 => Finding::crash(answer.to_string()),
        _ => Finding::refused(answer.to_string()),
    }
}

type Then<'t> = &'t dyn Fn(&Upload<'_>) -> Request;

/// Keeps so many units and cancels, then perhaps sends another request, which has to be refused.
fn cancelled(site: &Site, kept: usize, then: Option<Then<'_>>) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    if kept > 0 {
        upload.append(0..kept)?;
    }
    let answer = upload.ask_unaccounted(&delete())?;
    let mut finding = cancels(&answer);
    if !matches!(answer.status, 200 | 202 | 204 | 499) {
        return Ok(finding.and(upload.finish()));
    }
    if let Some(then) = then {
        let answer = upload.ask_unaccounted(&then(&upload))?;
        finding.add(match answer.status {
            200 | 201 => Finding::wrong(format!("{answer}: a cancelled upload has completed")),
            308 => Finding::wrong(format!("{answer}: a cancelled upload goes on")),
            _ => answer.refuses(&[499]),
        });
    }
    Ok(finding.and(upload.is_unpublished()?))
}

/// A request to the address of a session with another id.
fn unknown(site: &Site, method: &'static str, range: &str, len: usize) -> Result<Finding, Stop> {
    let upload = site.upload(7)?;
    let mut request = Request::plain().method(method).body(vec![b'!'; len]);
    if !range.is_empty() {
        request = request.range(range);
    }
    let answer = upload.ask_neighbour(&request)?;
    Ok(match answer.status {
        200..=399 if method != "DELETE" => Finding::wrong(format!("{answer} for a session that never was")),
        _ => answer.refuses(&[404, 410]),
    }
    .and(upload.is_unpublished()?))
}
