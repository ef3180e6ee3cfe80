//! The creation of an upload.

use resumable::fields::Fields;

use super::{Request, Site};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::Answer;

pub fn cases() -> Vec<Case<Site>> {
    vec![
        Case::new("creation", "an upload is created", "200 or 201 with a Location", |it: &Site| {
            let answer = it.ask_creation(|request| request)?;
            Ok(created(&answer))
        }),
        Case::new("creation", "two creations are two uploads", "two addresses", |it: &Site| {
            let (first, second) = (it.ask_creation(|request| request)?, it.ask_creation(|request| request)?);
            let finding = created(&first).and(created(&second));
            Ok(if first.field("location") == second.field("location") {
                finding.and(Finding::wrong("both have the same address"))
            } else {
                finding
            })
        }),
        Case::new("creation", "what is sent to one upload is not in another", "308 without Range", |it: &Site| {
            let (mut one, mut other) = (it.upload(18)?, it.upload(18)?);
            one.append(0..7)?;
            let asked = other.put("bytes */*", 0..0)?;
            other.append(0..11)?;
            Ok(asked.tells(0).and(one.finish()).and(other.finish()))
        }),
        length("abc", "a total that is no number", &[400]),
        length("-1", "a negative total", &[400]),
        length("+7", "a total with a sign", &[400]),
        length("18446744073709551616", "a total of 2^64", &[400, 413]),
        length("7, 7", "a list of totals", &[400]),
        Case::new("creation", "two totals", "400", |it: &Site| {
            let two =
                |request: Request| request.field("X-Upload-Content-Length: 7").field("X-Upload-Content-Length: 11");
            Ok(it.ask_creation(two)?.refuses(&[400]))
        }),
        Case::new("creation", "the greatest total", "200, 201 or 413", |it: &Site| {
            let greatest = |request: Request| request.field("X-Upload-Content-Length: 18446744073709551615");
            let answer = it.ask_creation(greatest)?;
            Ok(if answer.status == 413 { answer.refuses(&[413]) } else { created(&answer) })
        }),
        Case::new("creation", "an empty total, as google-cloud-php sends it", "200 or 201", |it: &Site| {
            Ok(created(&it.ask_creation(|request| request.field("X-Upload-Content-Length:"))?))
        }),
        Case::new("creation", "the total 0, and then bytes */0", "200", |it: &Site| {
            let mut upload = it.upload_of_declared(0)?;
            let answer = upload.put("bytes */0", 0..0)?;
            Ok(answer.succeeds().and(upload.finish()))
        }),
        Case::new("creation", "x-goog-resumable with another value than start", "400", |it: &Site| {
            Ok(it.ask_creation(|request| request.field("x-goog-resumable: stop"))?.refuses(&[400]))
        }),
        Case::new("S19", "the Content-Type of a chunk is not the object's", "the type of the creation", |it: &Site| {
            let mut upload = it.upload_of_type(18, "image/png")?;
            let answer = upload.ask(&upload.request("bytes 0-17/18", 0..18).field("Content-Type: text/x-chunk"))?;
            let finding = answer.succeeds();
            let kept = match upload.content_type()? {
                None => Finding::skipped("the type cannot be seen"),
                Some(kept) if kept.starts_with("text/x-chunk") => Finding::lenient(format!("the object has {kept}")),
                Some(kept) => Finding::ok(format!("the object has {kept}")),
            };
            Ok(finding.and(kept).and(upload.finish()))
        }),
    ]
}

fn created(answer: &Answer) -> Finding {
    let has_location = answer.field("location").one().is_some();
    match answer.status {
        200 | 201 if has_location => Finding::ok(answer.to_string()),
        200 | 201 => Finding::refused(format!("{answer} without one Location")),
        500 | 502 | 504 => Finding::crash(answer.to_string()),
        _ => Finding::refused(answer.to_string()),
    }
}

fn length(value: &'static str, why: &'static str, statuses: &'static [u16]) -> Case<Site> {
    let expected: Vec<String> = statuses.iter().map(u16::to_string).collect();
    Case::new("creation", format!("{why}: {value}"), expected.join(" or "), move |it: &Site| -> Result<Finding, Stop> {
        let answer = it.ask_creation(|request| request.field(format!("X-Upload-Content-Length: {value}")))?;
        Ok(answer.refuses(statuses))
    })
}
