//! After completion: the success can be asked for again, and nothing changes the object any more.

use super::{Request, Site, Upload};
use crate::kit::case::{Case, Finding, Stop};

pub fn cases() -> Vec<Case<Site>> {
    vec![
        success("a question with the total (C20, S17)", |it| it.request("bytes */18", 0..0)),
        success("a question without the total", |it| it.request("bytes */*", 0..0)),
        success("a question with another total", |it| it.request("bytes */25", 0..0)),
        success("a question with the total 0", |it| it.request("bytes */0", 0..0)),
        success("the last chunk again", |it| it.request("bytes 7-17/18", 7..18)),
        success("everything again", |it| it.request("bytes 0-17/18", 0..18)),
        success("everything again, with other bytes (C34)", |it| it.request("bytes 0-17/18", 0..0).body(it.junk(18))),
        success("other bytes at a higher offset", |it| it.request("bytes 18-24/25", 0..0).body(it.junk(7))),
        success("other bytes beyond a gap", |it| it.request("bytes 20-24/25", 0..0).body(it.junk(5))),
        success("other bytes of unknown total", |it| it.request("bytes 18-24/*", 0..0).body(it.junk(7))),
        success("other bytes to the end of the body", |it| it.request("bytes 18-*/*", 0..0).body(it.junk(7)).chunked()),
        success("other bytes without Content-Range", |it| Request::plain().body(it.junk(5))),
        success("nothing, without Content-Range", |_| Request::plain()),
        success("everything again by POST", |it| it.request("bytes 0-17/18", 0..18).method("POST")),
        Case::new("R22", "a cut body after completion", "the object stays", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.complete()?;
            let mut wire = upload.connect()?;
            let request = upload.request("bytes 0-17/18", 0..0).body(upload.junk(18));
            wire.send(upload.head(&request));
            wire.send(upload.junk(7));
            wire.reset();
            let asked = upload.put("bytes */18", 0..0)?;
            Ok(asked.succeeds().and(upload.finish()))
        }),
        Case::new("R22", "DELETE after completion (C25)", "404, the object stays", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.complete()?;
            let answer = upload.ask_unaccounted(&Request::plain().method("DELETE"))?;
            // 200 by the rule's other reading: the answer of a complete session.
            let finding = answer.refuses(&[404]);
            Ok(finding.and(upload.finish()))
        }),
        Case::new("R22", "DELETE after completion, then a question", "200 again", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.complete()?;
            upload.ask_unaccounted(&Request::plain().method("DELETE"))?;
            let asked = upload.put("bytes */18", 0..0)?;
            Ok(asked.succeeds().and(upload.finish()))
        }),
        Case::new("R03", "a malformed request after completion", "400, the object stays", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.complete()?;
            let answer = upload.ask(&Request::raw("bytes 0-2/3junk").body(upload.junk(3)))?;
            Ok(answer.refuses(&[400]).and(upload.finish()))
        }),
        Case::new("R22", "the success three times", "the same answer each time", |it: &Site| {
            let mut upload = it.upload(18)?;
            let first = upload.put("bytes 0-17/18", 0..18)?;
            let mut finding = first.succeeds();
            for _ in 0..2 {
                let again = upload.put("bytes */18", 0..0)?;
                finding.add(again.succeeds());
                if (first.status, &first.body) != (again.status, &again.body) {
                    finding.add(Finding::lenient("another answer than the first"));
                }
            }
            Ok(finding.and(upload.finish()))
        }),
        Case::new("R22", "an empty object, asked for again", "200", |it: &Site| {
            let mut upload = it.upload(0)?;
            let first = upload.put("bytes */0", 0..0)?;
            let again = upload.put("bytes */0", 0..0)?;
            let asked = upload.put("bytes */*", 0..0)?;
            Ok(first.succeeds().and(again.succeeds()).and(asked.succeeds()).and(upload.finish()))
        }),
    ]
}

/// A request to a complete session of 18 units, which gets the success again.
fn success(name: &'static str, request: impl Fn(&Upload<'_>) -> Request + Send + Sync + 'static) -> Case<Site> {
    Case::new("R22", name, "200, the object stays", move |site: &Site| -> Result<Finding, Stop> {
        let mut upload = site.upload(18)?;
        upload.complete()?;
        let answer = upload.ask(&request(&upload))?;
        Ok(answer.succeeds().and(upload.finish()))
    })
}
