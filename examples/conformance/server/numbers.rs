//! The boundaries of numbers: what wraps in 32 or 64 bits must not become another offset.

use super::{Framing, Request, Site};
use crate::kit::case::{Case, Finding, Stop};

pub fn cases() -> Vec<Case<Site>> {
    let mut cases: Vec<Case<Site>> = REFUSED.iter().map(refused).collect();
    cases.extend([
        Case::new("R02", "the greatest total, with 7 bytes of data", "308 or 413", |site: &Site| {
            let mut upload = site.create(site.bytes(7), None)?;
            let range = format!("bytes 0-{}/18446744073709551615", site.bytes(7) - 1);
            let answer = upload.ask(&upload.whole(Request::raw(range)))?;
            let finding = if answer.status == 413 { answer.refuses(&[413]) } else { answer.tells(site.bytes(7)) };
            Ok(finding.and(upload.account()).and(upload.is_unpublished()?))
        }),
        Case::new("R10", "a question with the greatest total", "308 without Range", |site: &Site| {
            let mut upload = site.upload(7)?;
            let answer = upload.ask(&Request::raw("bytes */18446744073709551615"))?;
            Ok(answer.tells(0).and(upload.finish()))
        }),
        Case::new("R06", "a body of 2^64 - 2 bytes that ends early", "nothing invented, no crash", |site: &Site| {
            let mut upload = site.upload(18)?;
            let request = Request::raw("bytes 0-18446744073709551613/*").framing(Framing::Promise(u64::MAX - 1));
            let mut wire = upload.begin_with(&request, 0..7)?;
            wire.finish();
            let came = match upload.read(&mut wire, "PUT") {
                Ok(answer) => answer.refuses(&[400, 408, 413]),
                Err(none) => Finding::ok(none.to_string()),
            };
            drop(wire);
            Ok(came.and(upload.finish()))
        }),
        Case::new("R01", "a Content-Length of 2^64", "400, or closed", |site: &Site| {
            let mut upload = site.upload(18)?;
            let request = upload.request("bytes 0-17/18", 0..18).framing(Framing::Own);
            let mut wire = upload.connect()?;
            wire.send(upload.head(&request.field("Content-Length: 18446744073709551616")));
            let came = match upload.read(&mut wire, "PUT") {
                Ok(answer) => answer.refuses(&[400, 413]),
                Err(none) => Finding::lenient(none.to_string()),
            };
            Ok(came.and(upload.finish()))
        }),
    ]);
    cases
}

/// A value, how many bytes of junk come with it, by which statuses it is refused, and what is special about it.
type Refused = (&'static str, usize, &'static [u16], &'static str);

const REFUSED: &[Refused] = &[
    ("bytes 0-18446744073709551615/*", 7, &[400], "a length of 2^64"),
    ("bytes 0-18446744073709551615/18446744073709551615", 7, &[400], "a last position at the greatest total"),
    ("bytes 0-18446744073709551614/18446744073709551615", 7, &[400, 413], "a length of 2^64 - 1 and a body of 7 bytes"),
    ("bytes 18446744073709551615-18446744073709551615/*", 1, &[400], "one byte at the greatest position"),
    (
        "bytes 18446744073709551614-18446744073709551614/18446744073709551615",
        1,
        &[503, 409, 413],
        "a gap up to the end of all numbers",
    ),
    ("bytes 18446744073709551615-*/*", 3, &[503, 409, 413], "a gap up to the greatest position, of an open range"),
    ("bytes 18446744073709551616-18446744073709551622/*", 7, &[400], "2^64 - (2^64+6), which wraps to 0-6"),
    ("bytes 0-18446744073709551622/18446744073709551623", 7, &[400], "a range that wraps to 0-6/7"),
    ("bytes 4294967296-4294967302/4294967303", 7, &[503, 409, 413], "2^32 - (2^32+6), which wraps to 0-6 in 32 bits"),
    ("bytes 0-4294967302/4294967303", 7, &[400, 413], "a range that wraps to 0-6/7 in 32 bits"),
    ("bytes 9007199254740993-9007199254740999/9007199254741000", 7, &[503, 409, 413], "a gap above 2^53"),
    ("bytes */18446744073709551616", 0, &[400], "a total of 2^64"),
    ("bytes */99999999999999999999999999999999999999999", 0, &[400], "a total of 41 digits"),
];

fn refused((value, len, statuses, why): &'static Refused) -> Case<Site> {
    let expected: Vec<String> = statuses.iter().map(u16::to_string).collect();
    let expected = format!("{}, nothing kept", expected.join(" or "));
    Case::new("R02", format!("{why}: {value}"), expected, |site: &Site| -> Result<Finding, Stop> {
        let mut upload = site.upload(18)?;
        let answer = upload.ask(&Request::raw(*value).body(vec![b'!'; *len]))?;
        Ok(answer.refuses(statuses).and(upload.finish()))
    })
}
