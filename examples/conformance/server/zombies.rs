//! Zombies: an older connection that goes on sending after the client has come back on a newer one.
//!
//! What the older one had sent before counts as the client's. What it sends afterwards is `!`, which is no part of the
//! object: if any of it is found there, or counted, the server has mixed two writers.

use std::ops::Range;
use std::time::Duration;

use resumable::http1::LAST_CHUNK;

use super::{Framing, Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::{Answer, NoAnswer, Wire};

/// How long 100 Continue may take; a server need not send it.
const MOMENT: Duration = Duration::from_secs(2);

pub fn cases() -> Vec<Case<Site>> {
    [after_an_answer(), in_other_states(), among_others(), refused_beside()].into_iter().flatten().collect()
}

fn after_an_answer() -> Vec<Case<Site>> {
    vec![
        Case::new("R25", "a newer append while an older one hangs", "308 at once", |it: &Site| {
            let (mut upload, _older) = begin(it, false)?;
            Ok(take_over(&mut upload, "bytes 0-10/18", 0..11)?.and(upload.finish()))
        }),
        Case::new(
            "R25",
            "the older one goes on after the newer one was answered",
            "no byte of it counts",
            |it: &Site| {
                let (mut upload, mut older) = begin(it, false)?;
                let taken = take_over(&mut upload, "bytes 0-10/18", 0..11)?;
                older.send(upload.junk(5));
                let asked = upload.put("bytes */*", 0..0)?;
                Ok(taken.and(asked.tells(it.bytes(11))).and(upload.finish()))
            },
        ),
        Case::new(
            "R25",
            "the older one comes to its end after the newer one was answered",
            "nothing is finished",
            |it: &Site| {
                let (mut upload, mut older) = begin(it, false)?;
                let taken = take_over(&mut upload, "bytes 0-10/18", 0..11)?;
                older.send(upload.junk(11));
                let answer = superseded(&mut older);
                let asked = upload.put("bytes */*", 0..0)?;
                Ok(taken.and(answer).and(asked.tells(it.bytes(11))).and(upload.finish()))
            },
        ),
        Case::new(
            "R25",
            "an older bytes 0-*/* ends cleanly after the newer one was answered",
            "nothing is finished",
            |it: &Site| {
                let (mut upload, mut older) = begin(it, true)?;
                let taken = take_over(&mut upload, "bytes 0-10/18", 0..11)?;
                older.send(super::chunks(&upload.junk(3)));
                older.send(LAST_CHUNK);
                let answer = superseded(&mut older);
                let asked = upload.put("bytes */*", 0..0)?;
                Ok(taken.and(answer).and(asked.tells(it.bytes(11))).and(upload.finish()))
            },
        ),
    ]
}

fn in_other_states() -> Vec<Case<Site>> {
    vec![
        Case::new(
            "R25",
            "the older one goes on while the newer one is in the middle",
            "no byte of it counts",
            |it: &Site| {
                let (mut upload, mut older) = begin(it, false)?;
                // Whoever has begun with it must not count the older one any more.
                let request = upload.request("bytes 0-17/18", 0..18);
                let mut newer = hang(&mut upload, request, 0..0)?;
                upload.more(&mut newer, Framing::Length, 0..9);
                older.send(upload.junk(4));
                upload.more(&mut newer, Framing::Length, 9..15);
                older.send(upload.junk(7));
                upload.more(&mut newer, Framing::Length, 15..18);
                let answer = upload.read(&mut newer, "PUT");
                Ok(owed(answer)?.and(upload.finish()))
            },
        ),
        Case::new("R25", "the older one goes on after the upload is complete", "the object stays", |it: &Site| {
            let (mut upload, mut older) = begin(it, false)?;
            let taken = take_over(&mut upload, "bytes 0-17/18", 0..18)?;
            older.send(upload.junk(11));
            let answer = superseded(&mut older);
            Ok(taken.and(answer).and(upload.finish()))
        }),
        Case::new("R25", "the older one is reset after the newer one was answered", "no offset falls", |it: &Site| {
            let (mut upload, older) = begin(it, false)?;
            let taken = take_over(&mut upload, "bytes 0-10/18", 0..11)?;
            older.reset();
            let asked = upload.put("bytes */*", 0..0)?;
            Ok(taken.and(asked.tells(it.bytes(11))).and(upload.finish()))
        }),
        Case::new("R25", "the older one began further on than the newer one", "no byte of it counts", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let request = upload.request("bytes 7-17/18", 7..18);
            let mut older = hang(&mut upload, request, 7..11)?;
            let taken = take_over(&mut upload, "bytes 3-14/18", 3..15)?;
            older.send(upload.junk(7));
            let answer = superseded(&mut older);
            Ok(taken.and(answer).and(upload.finish()))
        }),
    ]
}

fn among_others() -> Vec<Case<Site>> {
    vec![
        Case::new("R25", "two older ones", "no byte of them counts", |it: &Site| {
            let (mut upload, mut oldest) = begin(it, false)?;
            let request = upload.request("bytes 0-17/18", 0..18);
            let mut older = hang(&mut upload, request, 0..5)?;
            let taken = take_over(&mut upload, "bytes 0-10/18", 0..11)?;
            oldest.send(upload.junk(11));
            older.send(upload.junk(13));
            let answers = superseded(&mut oldest).and(superseded(&mut older));
            Ok(taken.and(answers).and(upload.finish()))
        }),
        Case::new("R25", "the older one goes on after a cancel", "nothing is published", |it: &Site| {
            let (mut upload, mut older) = begin(it, false)?;
            let cancelled = upload.ask_unaccounted(&Request::plain().method("DELETE"))?;
            if !matches!(cancelled.status, 200 | 204 | 499) {
                return Ok(cancelled.refuses(&[499]).and(upload.account()));
            }
            upload.more(&mut older, Framing::Length, 7..18);
            let answer = match older.answer("PUT") {
                Ok(answer) if answer.status < 300 => Finding::wrong(format!("the older one gets {answer}")),
                Ok(answer) => Finding::ok(format!("the older one gets {answer}")),
                Err(none) => Finding::ok(format!("the older one: {none}")),
            };
            Ok(cancelled.refuses(&[499, 204]).and(answer).and(upload.is_unpublished()?))
        }),
        Case::new("R25", "a question while an append is under way", "308, and the append succeeds", |it: &Site| {
            let (mut upload, mut writer) = begin(it, false)?;
            let asked = upload.put("bytes */*", 0..0)?.tells(upload.acked);
            upload.more(&mut writer, Framing::Length, 7..18);
            let answer = upload.read(&mut writer, "PUT");
            Ok(asked.and(undisturbed(answer)).and(upload.finish()))
        }),
    ]
}

fn refused_beside() -> Vec<Case<Site>> {
    vec![
        Case::new(
            "R03",
            "a malformed request while an append is under way",
            "400, and the append succeeds",
            |it: &Site| disturbed(it, |_| Request::raw("bytes 0-6/7junk"), &[400]),
        ),
        Case::new("R12", "a gap while an append is under way", "503 or 409, and the append succeeds", |it: &Site| {
            disturbed(it, |upload| upload.request("bytes 17-17/18", 17..18), &[503, 409])
        }),
        Case::new(
            "R11",
            "a total below another while an append is under way",
            "400, and the append succeeds",
            |it: &Site| disturbed(it, |upload| upload.request("bytes 0-2/3", 0..3), &[400]),
        ),
    ]
}

/// An upload of 18 units with an older request for all of it, of which 7 have been sent.
fn begin(site: &Site, chunked: bool) -> Result<(Upload<'_>, Wire), Stop> {
    let mut upload = if chunked { site.upload(18)? } else { site.upload_of_declared(18)? };
    let request =
        if chunked { upload.request("bytes 0-*/*", 0..18).chunked() } else { upload.request("bytes 0-17/18", 0..18) };
    let older = hang(&mut upload, request, 0..7)?;
    Ok((upload, older))
}

/// Begins a request and makes sure that the server has begun with it, too: it says 100, or answers questions about
/// something else in between.
fn hang(upload: &mut Upload<'_>, request: Request, part: Range<usize>) -> Result<Wire, Stop> {
    let request = request.field("Expect: 100-continue");
    let mut wire = upload.begin_with(&request, part.start..part.start)?;
    match wire.response_within("PUT", MOMENT) {
        Ok(interim) if interim.status == 100 => {}
        Ok(answer) => return Err(Finding::refused(format!("an append is not admitted: {answer}")).into()),
        Err(NoAnswer::Late(_)) => {
            for _ in 0..2 {
                upload.site.upload(1)?.put("bytes */*", 0..0)?;
            }
        }
        Err(none) => return Err(none.into()),
    }
    upload.more(&mut wire, request.framing, part);
    Ok(wire)
}

/// A newer append, which has to be served at once: then the older one must not count any more. If it is not, the case
/// ends here.
fn take_over(upload: &mut Upload<'_>, range: &str, part: Range<usize>) -> Result<Finding, Stop> {
    let request = upload.request(range, part.clone());
    let mut newer = upload.begin_with(&request, part)?;
    let answer = upload.read(&mut newer, "PUT");
    owed(answer)
}

/// An answer to a newer request. A server that makes it wait, or refuses it, mixes nothing, but its client is stuck.
fn owed(answer: Result<Answer, NoAnswer>) -> Result<Finding, Stop> {
    match answer {
        Ok(answer) if matches!(answer.status, 200 | 201 | 308) => Ok(Finding::ok(answer.to_string())),
        Ok(answer) => Err(Finding::refused(format!("the newer one gets {answer}")).into()),
        Err(none @ NoAnswer::Late(_)) => Err(Finding::refused(format!("the newer one: {none}")).into()),
        Err(none) => Err(none.into()),
    }
}

/// What a superseded request gets: best nothing; a success would be a lie.
fn superseded(older: &mut Wire) -> Finding {
    match older.answer("PUT") {
        Ok(answer) if answer.status < 300 => Finding::lenient(format!("the older one gets {answer}")),
        Ok(answer) => Finding::ok(format!("the older one gets {answer}")),
        Err(NoAnswer::Late(_)) => Finding::lenient("the older one is left hanging"),
        Err(none) => Finding::ok(format!("the older one: {none}")),
    }
}

/// The answer to an append that nothing may have disturbed.
fn undisturbed(answer: Result<Answer, NoAnswer>) -> Finding {
    match answer {
        Ok(answer) => answer.succeeds(),
        Err(none) => Finding::refused(format!("the append under way: {none}")),
    }
}

/// A request that is refused while an append is under way.
fn disturbed(site: &Site, request: impl Fn(&Upload<'_>) -> Request, statuses: &[u16]) -> Result<Finding, Stop> {
    let (mut upload, mut writer) = begin(site, false)?;
    let answer = upload.ask(&request(&upload))?;
    upload.more(&mut writer, Framing::Length, 7..18);
    let written = upload.read(&mut writer, "PUT");
    Ok(answer.refuses(statuses).and(undisturbed(written)).and(upload.finish()))
}
