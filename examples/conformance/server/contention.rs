//! Several connections at once that all mean well.

use std::thread;

use super::{Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop, Verdict};
use crate::kit::wire::{Answer, NoAnswer};

/// How many there are at once.
const WRITERS: usize = 8;

pub fn cases() -> Vec<Case<Site>> {
    vec![
        Case::new("R25", "eight writers of the whole at once", "one whole object", |it: &Site| {
            at_once(it, |upload, _| upload.request("bytes 0-17/18", 0..18))
        }),
        Case::new("R25", "eight writers of bytes 0-*/* at once", "one whole object", |it: &Site| {
            at_once(it, |upload, _| upload.request("bytes 0-*/*", 0..18).chunked())
        }),
        Case::new("R25", "writers of overlapping chunks at once", "one whole object", |it: &Site| {
            at_once(it, |upload, n| upload.request(&format!("bytes 0-{}/18", n * 2), 0..n * 2 + 1))
        }),
        Case::new("R25", "writers of chunks that follow each other at once (C27)", "one whole object", |it: &Site| {
            at_once(it, |upload, n| upload.request(&format!("bytes {}-{}/18", n * 2, n * 2 + 1), n * 2..n * 2 + 2))
        }),
        Case::new("R25", "writers and questions at once", "one whole object, no untrue offset", |it: &Site| {
            at_once(it, |upload, n| match n % 2 {
                0 => upload.request("bytes 0-17/18", 0..18),
                _ => upload.request("bytes */18", 0..0),
            })
        }),
        Case::new("R25", "writers and a cancel at once (C26)", "a whole object, or none", |it: &Site| {
            let mut upload = it.upload(18)?;
            let answers = together(&upload, |upload, n| match n {
                3 => Request::plain().method("DELETE"),
                _ => upload.request("bytes 0-17/18", 0..18),
            });
            let finding = judge(&upload, &answers, &[204]);
            let asked = upload.put("bytes */18", 0..0);
            // Success before everything was sent by this account, which does not know of the others.
            upload.account();
            let object = upload.object()?;
            Ok(finding.and(match (asked?, object) {
                (_, Some(object)) if object != upload.data => Finding::wrong("the object has other bytes"),
                (answer, Some(_)) => answer.succeeds(),
                (answer, None) if it.readable => answer.refuses(&[499]),
                (answer, None) => Finding::ok(answer.to_string()),
            }))
        }),
    ]
}

/// Eight requests at once; then as an honest client.
fn at_once(site: &Site, request: impl Fn(&Upload<'_>, usize) -> Request + Sync) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    let answers = together(&upload, &request);
    upload.enter_all_sent();
    upload.completed = answers.iter().flatten().any(|answer| answer.succeeds().verdict == Verdict::Ok);
    Ok(judge(&upload, &answers, &[]).and(upload.finish()))
}

fn together(
    upload: &Upload<'_>,
    request: impl Fn(&Upload<'_>, usize) -> Request + Sync,
) -> Vec<Result<Answer, NoAnswer>> {
    thread::scope(|scope| {
        let request = &request;
        let ask = |n| scope.spawn(move || upload.ask_unaccounted(&request(upload, n)));
        let threads: Vec<_> = (0..WRITERS).map(ask).collect();
        let crashed = || Err(NoAnswer::Malformed("a thread of the kit panicked".to_owned()));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| crashed())).collect()
    })
}

/// Each gets an answer of the protocol, or one of `others`, or is closed as superseded.
fn judge(upload: &Upload<'_>, answers: &[Result<Answer, NoAnswer>], others: &[u16]) -> Finding {
    let mut came: Vec<String> = Vec::new();
    let mut verdict = Verdict::Ok;
    for answer in answers {
        let text = match answer {
            Ok(answer) => answer.status.to_string(),
            Err(NoAnswer::Closed | NoAnswer::Reset) => "closed".to_owned(),
            Err(none) => none.to_string(),
        };
        let this = match answer {
            Ok(answer) if upload.is_told_too_much(answer) => Verdict::Wrong,
            Ok(answer) if matches!(answer.status, 500 | 502 | 504) => Verdict::Crash,
            Ok(answer) if matches!(answer.status, 200 | 201 | 308 | 404 | 409 | 410 | 423 | 429 | 499 | 503) => {
                Verdict::Ok
            }
            Ok(answer) if others.contains(&answer.status) => Verdict::Ok,
            Ok(_) => Verdict::Lenient,
            Err(NoAnswer::Closed | NoAnswer::Reset) => Verdict::Ok,
            Err(_) => Verdict::Crash,
        };
        verdict = verdict.max(this);
        came.push(text);
    }
    Finding::new(verdict, came.join(" "))
}
