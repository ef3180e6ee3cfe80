//! A body that is not what its range says, in each direction and with both framings.

use super::{Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop};

pub fn cases() -> Vec<Case<Site>> {
    [lengths(), chunked(), questions()].into_iter().flatten().collect()
}

fn lengths() -> Vec<Case<Site>> {
    vec![
        Case::new("R06", "a Content-Length above the range, last request", "400, nothing beyond", |it: &Site| {
            differs(it, "bytes 0-17/18", |upload| [upload.part(0..18), upload.junk(4)].concat(), false)
        }),
        Case::new("R06", "a Content-Length above the range, not last", "400, nothing beyond", |it: &Site| {
            differs(it, "bytes 0-6/18", |upload| [upload.part(0..7), upload.junk(4)].concat(), false)
        }),
        Case::new("R06", "a Content-Length below the range, last request (S04, S28)", "400", |it: &Site| {
            differs(it, "bytes 0-17/18", |upload| upload.part(0..7), false)
        }),
        Case::new("R06", "a Content-Length below the range, not last (S15, S21)", "400", |it: &Site| {
            differs(it, "bytes 0-10/18", |upload| upload.part(0..7), false)
        }),
        Case::new("R06", "a Content-Length of 0 for a range", "400", |it: &Site| {
            differs(it, "bytes 0-17/18", |_| Vec::new(), false)
        }),
        Case::new("R06", "a Content-Length above bytes a-*/T", "400, nothing beyond", |it: &Site| {
            differs(it, "bytes 0-*/18", |upload| [upload.part(0..18), upload.junk(4)].concat(), false)
        }),
        Case::new("R06", "a Content-Length below bytes a-*/T", "400", |it: &Site| {
            differs(it, "bytes 0-*/18", |upload| upload.part(0..7), false)
        }),
    ]
}

fn chunked() -> Vec<Case<Site>> {
    vec![
        Case::new("R06", "a chunked body beyond the range, last request", "400, nothing beyond", |it: &Site| {
            differs(it, "bytes 0-17/18", |upload| [upload.part(0..18), upload.junk(4)].concat(), true)
        }),
        Case::new("R06", "a chunked body beyond the range, not last", "400, nothing beyond", |it: &Site| {
            differs(it, "bytes 0-6/18", |upload| [upload.part(0..7), upload.junk(4)].concat(), true)
        }),
        Case::new("R06", "a chunked body that ends before the range does, last request", "400", |it: &Site| {
            differs(it, "bytes 0-17/18", |upload| upload.part(0..7), true)
        }),
        Case::new("R06", "a chunked body that ends before the range does, not last", "400", |it: &Site| {
            differs(it, "bytes 0-10/18", |upload| upload.part(0..7), true)
        }),
        Case::new("R06", "an empty chunked body for a range", "400", |it: &Site| {
            differs(it, "bytes 0-17/18", |_| Vec::new(), true)
        }),
        Case::new("R06", "a chunked body that ends before bytes a-*/T does", "400", |it: &Site| {
            differs(it, "bytes 0-*/18", |upload| upload.part(0..7), true)
        }),
        Case::new("R06", "a chunked body beyond bytes a-*/T", "400, nothing beyond", |it: &Site| {
            differs(it, "bytes 0-*/18", |upload| [upload.part(0..18), upload.junk(4)].concat(), true)
        }),
        Case::new(
            "R06",
            "no Content-Range and less than the total of the creation",
            "400, no half object",
            |it: &Site| {
                let mut upload = it.upload_of_declared(18)?;
                let request = upload.with_part(Request::plain(), 0..7);
                let answer = upload.ask(&request)?;
                Ok(answer.refuses(&[400]).and(upload.finish()))
            },
        ),
        Case::new(
            "R06",
            "no Content-Range and more than the total of the creation",
            "400, nothing beyond",
            |it: &Site| {
                let mut upload = it.create(it.bytes(22), Some(it.bytes(18)))?;
                let answer = upload.ask(&upload.whole(Request::plain()))?;
                if !upload.completed && upload.acked <= it.bytes(18) {
                    upload.resize(18);
                }
                Ok(answer.refuses(&[400]).and(upload.finish()))
            },
        ),
    ]
}

fn questions() -> Vec<Case<Site>> {
    vec![
        Case::new("R08", "a question with a body, bytes */* (S09, F15)", "400, nothing kept", |it: &Site| {
            question(it, "bytes */*", false)
        }),
        Case::new("R08", "a question with a body, bytes */T", "400, nothing kept", |it: &Site| {
            question(it, "bytes */18", false)
        }),
        Case::new("R08", "a question with a chunked body", "400, nothing kept", |it: &Site| {
            question(it, "bytes */*", true)
        }),
        Case::new("R08", "a question with an empty chunked body", "308 with the offset", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.ask(&Request::raw("bytes */*").chunked())?;
            Ok(answer.tells(it.bytes(7)).and(upload.finish()))
        }),
        Case::new("R08", "a close with a body, at the end", "400, or success without it", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..18)?;
            let answer = upload.ask(&upload.request("bytes */18", 0..0).body(upload.junk(3)))?;
            Ok(answer.refuses(&[400]).and(upload.finish()))
        }),
    ]
}

/// A request with a body that is not what the range says.
fn differs(site: &Site, range: &str, body: impl Fn(&Upload<'_>) -> Vec<u8>, chunked: bool) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    let bytes = body(&upload);
    let own = bytes.len().min(upload.data.len());
    let own = bytes.iter().zip(&upload.data).take(own).take_while(|(sent, data)| sent == data).count();
    let mut request = upload.request(range, 0..0).body(bytes);
    request.offsets = Some(0..own);
    let answer = upload.ask(&if chunked { request.chunked() } else { request })?;
    Ok(answer.refuses(&[400]).and(upload.finish()))
}

fn question(site: &Site, range: &str, chunked: bool) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    upload.append(0..7)?;
    let request = upload.request(range, 0..0).body(upload.junk(3));
    let answer = upload.ask(&if chunked { request.chunked() } else { request })?;
    let asked = upload.put("bytes */*", 0..0)?;
    Ok(answer.refuses(&[400]).and(asked.tells(site.bytes(7))).and(upload.finish()))
}
