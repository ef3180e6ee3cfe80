//! The total: declared once, never contradicted, never below what is kept.

use std::ops::Range;

use super::{Site, Upload};
use crate::kit::case::{Case, Finding, Stop};

pub fn cases() -> Vec<Case<Site>> {
    [changes(), excesses(), questions()].into_iter().flatten().collect()
}

fn changes() -> Vec<Case<Site>> {
    vec![
        Case::new(
            "R11",
            "a smaller total than that of an earlier append (C21)",
            "400, session untouched",
            |it: &Site| changed(it, "bytes 0-6/18", "bytes 7-10/11", 7..11),
        ),
        Case::new("R11", "a larger total than that of an earlier append", "400, session untouched", |it: &Site| {
            changed(it, "bytes 0-6/18", "bytes 7-17/25", 7..18)
        }),
        Case::new("R11", "a smaller total than that of the creation (C22)", "400, session untouched", |it: &Site| {
            declared(it, "bytes 0-10/11", 0..11)
        }),
        Case::new("R11", "a larger total than that of the creation", "400, session untouched", |it: &Site| {
            declared(it, "bytes 0-17/25", 0..18)
        }),
    ]
}

fn excesses() -> Vec<Case<Site>> {
    vec![
        Case::new(
            "R11",
            "an append beyond the total of the creation, without a total",
            "400, nothing beyond",
            |it: &Site| beyond(it.create(it.bytes(21), Some(it.bytes(18)))?, "bytes 0-20/*", 0..21),
        ),
        Case::new(
            "R11",
            "an append beyond the total of an earlier append, without a total",
            "400, nothing beyond",
            |it: &Site| {
                let mut upload = it.upload(21)?;
                upload.put("bytes 0-6/18", 0..7)?;
                beyond(upload, "bytes 7-20/*", 7..21)
            },
        ),
        Case::new("R11", "bytes a-*/* beyond the total of the creation", "400, nothing beyond", |it: &Site| {
            beyond(it.create(it.bytes(21), Some(it.bytes(18)))?, "bytes 0-*/*", 0..21)
        }),
        Case::new(
            "R11",
            "bytes a-*/* that ends before the total of the creation",
            "400, no half object",
            |it: &Site| {
                let mut upload = it.upload_of_declared(18)?;
                let request = upload.request("bytes 0-*/*", 0..7).chunked();
                let answer = upload.ask(&request)?;
                Ok(answer.refuses(&[400]).and(upload.finish()))
            },
        ),
        Case::new("R11", "an append whose total is below what is kept", "400, nothing truncated", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..11)?;
            let answer = upload.put("bytes 3-6/7", 3..7)?;
            let asked = upload.put("bytes */*", 0..0)?;
            Ok(answer.refuses(&[400]).and(asked.tells(it.bytes(11))).and(upload.finish()))
        }),
        Case::new("R11", "a refused total declares nothing", "400, then 200 with another total", |it: &Site| {
            let mut upload = it.upload(18)?;
            let request = upload.request("bytes 0-10/11", 0..7);
            let answer = upload.ask(&request)?;
            Ok(answer.refuses(&[400]).and(upload.finish()))
        }),
        Case::new(
            "R11",
            "the total of a gap declares nothing",
            "503 or 409, then 200 with another total",
            |it: &Site| {
                let mut upload = it.upload(18)?;
                let request = upload.request("bytes 20-24/25", 0..0).body(upload.junk(5));
                let answer = upload.ask(&request)?;
                Ok(answer.refuses(&[503, 409]).and(upload.finish()))
            },
        ),
    ]
}

fn questions() -> Vec<Case<Site>> {
    vec![
        Case::new("R10", "a question on a fresh session (C1, S23)", "308 without Range", |it: &Site| {
            asked(it, 0, "bytes */*")
        }),
        Case::new("R10", "a question with a total on a fresh session", "308 without Range", |it: &Site| {
            asked(it, 0, "bytes */18")
        }),
        Case::new(
            "R10",
            "bytes */0 on a session of a known total",
            "308 without Range, no empty object",
            |it: &Site| {
                let mut upload = it.upload_of_declared(18)?;
                let answer = upload.put("bytes */0", 0..0)?;
                Ok(answer.tells(0).and(upload.finish()))
            },
        ),
        Case::new("R10", "a question in the middle (C2, S13)", "308 with the offset", |it: &Site| {
            asked(it, 7, "bytes */*")
        }),
        Case::new("R10", "a question with the total in the middle (C5, S12)", "308, nothing finished", |it: &Site| {
            asked(it, 7, "bytes */18")
        }),
        Case::new(
            "R10",
            "a question with a total below what is kept (C4, S27)",
            "308, nothing truncated",
            |it: &Site| asked(it, 11, "bytes */7"),
        ),
        Case::new("R10", "bytes */0 in the middle", "308, no empty object", |it: &Site| asked(it, 7, "bytes */0")),
        Case::new(
            "R10",
            "the total of a question declares nothing",
            "308, then 200 with another total",
            |it: &Site| asked(it, 7, "bytes */25"),
        ),
        Case::new("R10", "a question after one byte or unit (S30)", "308 bytes=0-0", |it: &Site| {
            asked(it, 1, "bytes */*")
        }),
        Case::new("R10", "a close at less than the total of the creation", "308, nothing finished", |it: &Site| {
            let mut upload = it.upload_of_declared(18)?;
            upload.append(0..7)?;
            let answer = upload.put("bytes */7", 0..0)?;
            Ok(answer.tells(it.bytes(7)).and(upload.finish()))
        }),
        Case::new("R10", "a close at less than the total of an append", "308, nothing finished", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.put("bytes 0-6/18", 0..7)?;
            let answer = upload.put("bytes */7", 0..0)?;
            Ok(answer.tells(it.bytes(7)).and(upload.finish()))
        }),
        Case::new("R10", "many questions in a row", "308 with the same offset each time", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let mut finding = Finding::nothing();
            for range in ["bytes */*", "bytes */18", "bytes */*", "bytes */25", "bytes */0"] {
                finding.add(upload.put(range, 0..0)?.tells(it.bytes(7)));
            }
            Ok(finding.and(upload.finish()))
        }),
    ]
}

/// An append with the total 18, then one with another, under which the upload ends after `part`.
fn changed(site: &Site, first: &str, then: &str, part: Range<usize>) -> Result<Finding, Stop> {
    let mut upload = site.upload(part.end)?;
    let answer = upload.put(first, 0..7)?;
    if upload.acked != site.bytes(7) {
        return Err(upload.unready("an append was not kept", &answer));
    }
    let answer = upload.put(then, part)?;
    Ok(answer.refuses(&[400]).and(untouched(&mut upload, 7)?))
}

/// A creation with the total 18, then an append with another, under which the upload ends after `part`.
fn declared(site: &Site, range: &str, part: Range<usize>) -> Result<Finding, Stop> {
    let mut upload = site.create(site.bytes(part.end), Some(site.bytes(18)))?;
    let answer = upload.put(range, part)?;
    Ok(answer.refuses(&[400]).and(untouched(&mut upload, 0)?))
}

/// A request with more than the total that was named before. A server that takes it all has only been lenient.
fn beyond(mut upload: Upload<'_>, range: &str, part: Range<usize>) -> Result<Finding, Stop> {
    let answer = upload.put(range, part)?;
    if !upload.completed && upload.acked <= upload.site.bytes(18) {
        upload.resize(18);
    }
    Ok(answer.refuses(&[400]).and(upload.finish()))
}

fn untouched(upload: &mut Upload<'_>, units: usize) -> Result<Finding, Stop> {
    if upload.completed {
        return Ok(upload.finish());
    }
    upload.resize(18);
    let bytes = upload.site.bytes(units);
    Ok(upload.put("bytes */*", 0..0)?.tells(bytes).and(upload.finish()))
}

/// Keeps so many units and asks.
fn asked(site: &Site, kept: usize, range: &str) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    if kept > 0 {
        upload.append(0..kept)?;
    }
    let answer = upload.put(range, 0..0)?;
    Ok(answer.tells(site.bytes(kept)).and(upload.finish()))
}
