//! Where a request's first byte belongs: gaps, overlaps, and data that comes again.

use resumable::google::content_range::ContentRange;

use super::{Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::Answer;

pub fn cases() -> Vec<Case<Site>> {
    [gaps(), overlaps(), overlaps_of_other_forms()].into_iter().flatten().collect()
}

fn gaps() -> Vec<Case<Site>> {
    vec![
        Case::new("R12", "a gap before anything was kept (S24)", "503 or 409, nothing kept", |it: &Site| {
            gap(it, 0, "bytes 7-17/18", false)
        }),
        Case::new("R12", "a gap of one byte or unit (S03)", "503 or 409, nothing kept", |it: &Site| {
            gap(it, 7, "bytes 8-17/18", false)
        }),
        Case::new("R12", "a gap before the last byte or unit", "503 or 409, nothing kept", |it: &Site| {
            gap(it, 7, "bytes 17-17/18", false)
        }),
        Case::new("R12", "a gap, not last, unknown total", "503 or 409, nothing kept", |it: &Site| {
            gap(it, 7, "bytes 11-17/*", false)
        }),
        Case::new("R12", "a gap, chunked", "503 or 409, nothing kept", |it: &Site| gap(it, 7, "bytes 8-17/18", true)),
        Case::new("R12", "a gap of bytes a-*/*", "503 or 409, nothing kept", |it: &Site| {
            gap(it, 7, "bytes 8-*/*", true)
        }),
        Case::new("R12", "a gap of bytes a-*/T, empty", "503 or 409, nothing finished", |it: &Site| {
            gap(it, 7, "bytes 18-*/18", false)
        }),
        Case::new(
            "R12",
            "the next chunk after one that was kept only in part (B40, B41)",
            "503 or 409",
            |it: &Site| {
                let mut upload = it.upload(18)?;
                let wire = upload.begin("bytes 0-10/18", 0..11, 7)?;
                cut(wire);
                upload.wait_for(7)?;
                let at = upload.acked / it.unit;
                let answer = ask_gap(&mut upload, "bytes 11-17/18", false)?;
                let asked = upload.put("bytes */*", 0..0)?;
                Ok(judge(&answer).and(asked.tells(it.bytes(at))).and(upload.finish()))
            },
        ),
    ]
}

fn overlaps() -> Vec<Case<Site>> {
    vec![
        Case::new("R13", "an overlap with the same bytes, then new ones (S14)", "308 with the end", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.put("bytes 3-10/18", 3..11)?;
            Ok(answer.tells(it.bytes(11)).and(upload.finish()))
        }),
        Case::new("R13", "an overlap that is also the last request", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..11)?;
            let answer = upload.put("bytes 7-17/18", 7..18)?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("R13", "an overlap with other bytes", "the bytes that were kept first stay", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let mut request = upload.request("bytes 3-17/18", 3..18);
            let skipped = it.bytes(4);
            request.body[..skipped].fill(b'!');
            let answer = upload.ask(&request)?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new(
            "R13",
            "everything from 0 again, with other bytes where some are kept",
            "200, the first stay",
            |it: &Site| {
                let mut upload = it.upload(18)?;
                upload.append(0..7)?;
                let mut request = upload.request("bytes 0-17/18", 0..18);
                let skipped = it.bytes(7);
                request.body[..skipped].fill(b'!');
                let answer = upload.ask(&request)?;
                Ok(answer.succeeds().and(upload.finish()))
            },
        ),
        Case::new("R13", "the same chunk again", "308 with the unchanged offset", |it: &Site| {
            again(it, "bytes 0-6/*", 0..7)
        }),
        Case::new("R13", "a part of what is kept again", "308 with the unchanged offset", |it: &Site| {
            again(it, "bytes 1-4/*", 1..5)
        }),
        Case::new("R13", "the same chunk again with other bytes", "308, the first stay", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.ask(&upload.request("bytes 0-6/18", 0..0).body(upload.junk(7)))?;
            Ok(answer.tells(it.bytes(7)).and(upload.finish()))
        }),
    ]
}

fn overlaps_of_other_forms() -> Vec<Case<Site>> {
    vec![
        Case::new("R13", "an overlap, chunked byte by byte", "308 with the end", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.ask(&upload.request("bytes 3-10/18", 3..11).chunked())?;
            Ok(answer.tells(it.bytes(11)).and(upload.finish()))
        }),
        Case::new("R13", "an overlap of bytes a-*/*", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.ask(&upload.request("bytes 3-*/*", 3..18).chunked())?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("R13", "no Content-Range after an append: everything from 0", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.ask(&upload.with_part(Request::plain(), 0..18))?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("R13", "the last chunk again while it is not acknowledged", "200", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..18)?;
            let answer = upload.put("bytes 7-17/18", 7..18)?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
    ]
}

/// Keeps so many units and then sends junk under a range that leaves a gap.
fn gap(site: &Site, kept: usize, range: &str, chunked: bool) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    if kept > 0 {
        upload.append(0..kept)?;
    }
    let answer = ask_gap(&mut upload, range, chunked)?;
    let asked = upload.put("bytes */*", 0..0)?;
    Ok(judge(&answer).and(asked.tells(site.bytes(kept))).and(upload.finish()))
}

fn ask_gap(upload: &mut Upload<'_>, range: &str, chunked: bool) -> Result<Answer, Stop> {
    let request = upload.request(range, 0..0);
    let parsed = ContentRange::parse(range.as_bytes(), resumable::google::content_range::Leniency::default());
    let units = match parsed {
        Ok(ContentRange::Range { start, end, .. }) => end - start,
        Ok(ContentRange::From { start, .. }) => 18 - start,
        _ => 0,
    };
    let request = request.body(upload.junk(usize::try_from(units).unwrap_or(0)));
    upload.ask(&if chunked { request.chunked() } else { request })
}

/// 503 with words by which Google's clients know that it is not one that passes, or 409.
fn judge(answer: &Answer) -> Finding {
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status == 503 && (!text.contains("Content-Range") || text.contains("earlier")) {
        return Finding::lenient(format!("{answer} (looks like a 503 that passes)"));
    }
    answer.refuses(&[503, 409])
}

/// Sends a part again of which nothing is new.
fn again(site: &Site, range: &str, part: std::ops::Range<usize>) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    upload.append(0..7)?;
    let answer = upload.put(range, part)?;
    Ok(answer.tells(site.bytes(7)).and(upload.finish()))
}

fn cut(mut wire: crate::kit::wire::Wire) {
    wire.finish();
}
