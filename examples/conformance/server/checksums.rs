//! Checksums that are declared for an object: they are about the whole, and one that does not hold publishes nothing.
//!
//! The protocol does not demand that a server checks them; one that takes any is skipped.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};

use super::{Request, Site, Upload, data};
use crate::kit::case::{Case, Finding, Stop};

type Hashes = Vec<(&'static str, String)>;

pub fn cases() -> Vec<Case<Site>> {
    let at_creation = |name: &'static str, holds, hashes: fn(&[u8]) -> Hashes| {
        let name = format!("{name} declared first, two requests");
        Case::new("S16", name, expected(holds), move |it: &Site| {
            let data = data(it.bytes(18), 0);
            let said = hashes(&data);
            judge(it.upload_described(data, &said)?, None, holds)
        })
    };
    let at_the_end = |name: &'static str, holds, hash: fn(&[u8]) -> String| {
        let name = format!("x-goog-hash with {name} on the last request");
        Case::new("R23", name, expected(holds), move |it: &Site| {
            let upload = it.upload(18)?;
            let field = format!("x-goog-hash: {}", hash(&upload.data));
            judge(upload, Some(field), holds)
        })
    };
    vec![
        at_creation("the right md5Hash and crc32c", true, |data| {
            vec![("md5Hash", md5(data)), ("crc32c", crc32c(data))]
        }),
        at_creation("another md5Hash", false, |data| vec![("md5Hash", md5(&data[1..]))]),
        at_creation("another crc32c", false, |data| vec![("crc32c", crc32c(&data[1..]))]),
        at_the_end("the right ones", true, |data| format!("crc32c={},md5={}", crc32c(data), md5(data))),
        at_the_end("another md5", false, |data| format!("crc32c={},md5={}", crc32c(data), md5(&data[1..]))),
        at_the_end("another crc32c", false, |data| format!("crc32c={}", crc32c(&data[1..]))),
    ]
}

fn expected(holds: bool) -> &'static str {
    if holds { "308, 200" } else { "400 to the last, nothing published, the upload is dead" }
}

/// Uploads everything in two requests, the second with this field.
fn judge(mut upload: Upload<'_>, field: Option<String>, holds: bool) -> Result<Finding, Stop> {
    upload.append(0..7)?;
    let last = upload.request("bytes 7-17/18", 7..18);
    let answer = upload.ask(&field.into_iter().fold(last, Request::field))?;
    if holds {
        return Ok(answer.succeeds().and(upload.finish()));
    }
    if upload.completed {
        return Ok(Finding::skipped(format!("{answer}: it is not checked")).and(upload.finish()));
    }
    let unpublished = upload.is_unpublished()?;
    let asked = upload.put("bytes */*", 0..0)?;
    Ok(answer.refuses(&[400]).and(unpublished).and(asked.refuses(&[410, 404])).and(upload.account()))
}

fn md5(data: &[u8]) -> String {
    BASE64_STANDARD.encode(Md5::digest(data))
}

fn crc32c(data: &[u8]) -> String {
    BASE64_STANDARD.encode(crc_fast::crc32_iscsi(data).to_be_bytes())
}
