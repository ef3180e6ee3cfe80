//! `Content-Range`: every well-formed form, and what is none.

use super::request::Request;
use super::{Site, Upload};
use crate::kit::case::{Case, Finding, Stop};

pub fn cases() -> Vec<Case<Site>> {
    let mut cases = vec![Case::new("R05", "data of known total, in one request", "200", |site: &Site| {
        let mut upload = site.upload(18)?;
        let answer = upload.put("bytes 0-17/18", 0..18)?;
        Ok(answer.succeeds().and(upload.finish()))
    })];
    cases.extend(MALFORMED.iter().map(|(value, why)| {
        let name = format!("{why}: {}", value.escape_debug());
        Case::new("R01", name, "400, nothing kept", |site: &Site| refused(site, value))
    }));
    cases
}

/// Values that have no meaning, each with a body of 7 bytes, and what is wrong with it.
const MALFORMED: &[(&str, &str)] = &[("bytes 0-6/7junk", "something after the total (S06)")];

/// Sends 7 bytes under that value; then as an honest client.
fn refused(site: &Site, value: &'static str) -> Result<Finding, Stop> {
    let mut upload = site.create(7, None)?;
    let answer = ask_malformed(&mut upload, Request::raw(value))?;
    Ok(answer.and(upload.finish()))
}

fn ask_malformed(upload: &mut Upload<'_>, request: Request) -> Result<Finding, Stop> {
    let mut request = request.body(upload.data.clone());
    request.offsets = Some(0..upload.data.len());
    Ok(upload.ask(&request)?.refuses(&[400]))
}
