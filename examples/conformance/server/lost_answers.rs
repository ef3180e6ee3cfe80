//! Answers that nobody reads: the client hangs up after it has sent everything, and asks again.

use std::ops::Range;

use super::{Request, Site};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::Answer;

pub fn cases() -> Vec<Case<Site>> {
    vec![
        Case::new("P1", "the answer to a chunk is lost, then a question", "308, all of it or less", |it: &Site| {
            lost(it, "bytes 0-6/18", 0..7, false, &[])
        }),
        Case::new("P1", "the answer to a chunk is lost, then the same chunk again", "308, kept once", |it: &Site| {
            lost(it, "bytes 0-6/18", 0..7, false, &[("bytes 0-6/18", 0..7)])
        }),
        Case::new(
            "P4",
            "the last answer is lost, then a question with the total",
            "200, published once",
            |it: &Site| lost(it, "bytes 0-17/18", 0..18, false, &[("bytes */18", 0..0)]),
        ),
        Case::new("P4", "the last answer is lost, then a question without the total", "200 or 308", |it: &Site| {
            lost(it, "bytes 0-17/18", 0..18, false, &[("bytes */*", 0..0)])
        }),
        Case::new("P4", "the last answer is lost, then all of it again", "200", |it: &Site| {
            lost(it, "bytes 0-17/18", 0..18, false, &[("bytes 0-17/18", 0..18)])
        }),
        Case::new("P4", "the last answer is lost with a reset, then a question", "200 or 308", |it: &Site| {
            lost(it, "bytes 0-17/18", 0..18, true, &[("bytes */18", 0..0)])
        }),
        Case::new("P4", "the answer to bytes 0-*/* is lost, then a question", "200 or 308", |it: &Site| {
            lost(it, "bytes 0-*/*", 0..18, false, &[("bytes */*", 0..0)])
        }),
        Case::new(
            "P4",
            "the answer to the close is lost, then the close again",
            "200, or 503 until then",
            |it: &Site| {
                let mut upload = it.upload(18)?;
                upload.append(0..18)?;
                let mut wire = upload.connect()?;
                let close = upload.request("bytes */18", 0..0);
                wire.send(upload.head(&close));
                drop(wire);
                let answer = upload.ask(&close)?;
                let again = upload.ask(&close)?;
                // R24: while it is still being committed, it is to be asked for again.
                let close = |answer: &Answer| match answer.status {
                    503 => answer.refuses(&[503]),
                    _ => answer.succeeds(),
                };
                Ok(close(&answer).and(close(&again)).and(upload.finish()))
            },
        ),
        Case::new("R23", "the answer to a cancel is lost, then a question", "499", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let mut wire = upload.connect()?;
            wire.send(upload.head(&Request::plain().method("DELETE")));
            // Half closed, so that the request is served; the answer is not read.
            wire.finish();
            wire.ends(std::time::Duration::from_millis(500));
            drop(wire);
            let asked = upload.put("bytes */*", 0..0)?;
            let finding = if asked.status == 308 {
                asked.tells(it.bytes(7)).and(upload.finish())
            } else {
                asked.refuses(&[499]).and(upload.is_unpublished()?)
            };
            Ok(finding.and(upload.account()))
        }),
    ]
}

/// Sends a whole request, reads nothing, and goes on with others.
fn lost(
    site: &Site,
    range: &str,
    part: Range<usize>,
    reset: bool,
    then: &[(&str, Range<usize>)],
) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    let mut wire = upload.begin(range, part.clone(), part.len())?;
    if reset {
        wire.reset();
    } else {
        wire.finish();
        drop(wire);
    }
    let mut finding = Finding::nothing();
    for (range, part) in then {
        let request = upload.request(range, part.clone());
        let answer = upload.ask_again(&request)?;
        // How far the server has come by then is a race; what it tells is held against the account.
        finding.add(match answer.status {
            308 => answer.tells(upload.acked),
            503 => answer.refuses(&[503]),
            _ => answer.succeeds(),
        });
    }
    Ok(finding.and(upload.finish()))
}
