//! `Content-Range`: what is no value of it, and the liberties that the grammar has.

use super::{Request, Site};
use crate::kit::case::{Case, Finding, Stop, Verdict};

pub fn cases() -> Vec<Case<Site>> {
    let mut cases: Vec<Case<Site>> = MALFORMED.iter().map(Malformed::case).collect();
    cases.extend(ALLOWED.iter().map(|(value, why)| {
        Case::new("R01", format!("{why}: {}", value.escape_debug()), "200", |site: &Site| {
            let mut upload = site.create(7, None)?;
            let answer = upload.ask(&upload.whole(Request::raw(*value)))?;
            Ok(answer.succeeds().and(upload.finish()))
        })
    }));
    cases.extend([
        Case::new("R03", "Content-Range twice, the same", "400, nothing kept", |site: &Site| {
            twice(site, "bytes 0-6/7", "bytes 0-6/7")
        }),
        Case::new("R03", "Content-Range twice, a question and data", "400, nothing kept", |site: &Site| {
            twice(site, "bytes */*", "bytes 0-6/7")
        }),
        Case::new("R03", "malformed in the middle of an upload", "400, the session untouched", |site: &Site| {
            let mut upload = site.upload(18)?;
            upload.append(0..7)?;
            let answer = upload.ask(&Request::raw("bytes 7-17").body(upload.junk(11)))?;
            let asked = upload.put("bytes */*", 0..0)?;
            Ok(answer.refuses(&[400]).and(asked.tells(site.bytes(7))).and(upload.finish()))
        }),
    ]);
    cases
}

/// Two fields with these values, and 7 bytes.
fn twice(site: &Site, first: &str, second: &str) -> Result<Finding, Stop> {
    let mut upload = site.create(7, None)?;
    let answer = upload.ask(&upload.whole(Request::raw(first).range(second)))?;
    Ok(answer.refuses(&[400]).and(upload.finish()))
}

/// Values that are unusual and well-formed, with the whole object of 7 bytes.
const ALLOWED: &[(&str, &str)] = &[
    ("Bytes 0-6/7", "a unit with a capital"),
    ("BYTES 0-6/7", "a unit in capitals"),
    ("bytes 00-06/0007", "leading zeros"),
    ("bytes 0-6/00000000000000000000000000000007", "more leading zeros than a number has digits"),
];

struct Malformed {
    tag: &'static str,
    value: &'static str,
    why: &'static str,
    with: Body,
}

/// What comes with a malformed value.
#[derive(Clone, Copy)]
enum Body {
    /// The whole object of 7 bytes: a lenient reader could mean it, and if it then keeps exactly that, nothing is lost.
    Whole,
    /// So many bytes that are no part of the object, which no reading allows to keep.
    Junk(usize),
    /// Nothing, and the object is empty: a lenient reader could close it.
    EmptyObject,
    /// Nothing: a lenient reader could take it for a question.
    Question,
}

impl Malformed {
    fn case(&'static self) -> Case<Site> {
        let name = format!("{}: {}", self.why, self.value.escape_debug());
        Case::new(self.tag, name, "400, nothing kept", |site: &Site| self.go(site))
    }

    fn go(&self, site: &Site) -> Result<Finding, Stop> {
        let mut upload = site.create(if matches!(self.with, Body::EmptyObject) { 0 } else { 7 }, None)?;
        let request = Request::raw(self.value);
        let answer = upload.ask(&match self.with {
            Body::Whole => upload.whole(request),
            Body::Junk(len) => request.body(vec![b'!'; len]),
            Body::EmptyObject | Body::Question => request,
        })?;
        let mut finding = answer.refuses(&[400]);
        if matches!(self.with, Body::Junk(_)) && answer.status == 308 && upload.acked == 0 {
            // It says that nothing was kept, and that is so.
            finding.verdict = finding.verdict.max(Verdict::Lenient);
        }
        Ok(finding.and(upload.finish()))
    }
}

const fn whole(tag: &'static str, value: &'static str, why: &'static str) -> Malformed {
    Malformed { tag, value, why, with: Body::Whole }
}

const fn junk(tag: &'static str, value: &'static str, len: usize, why: &'static str) -> Malformed {
    Malformed { tag, value, why, with: Body::Junk(len) }
}

const fn question(tag: &'static str, value: &'static str, why: &'static str) -> Malformed {
    Malformed { tag, value, why, with: Body::Question }
}

const fn empty(tag: &'static str, value: &'static str, why: &'static str) -> Malformed {
    Malformed { tag, value, why, with: Body::EmptyObject }
}

const MALFORMED: &[Malformed] = &[
    whole("R01", "bytes 0-6/7junk", "something after the total (S06)"),
    whole("R01", "bytes 0-6/7 ;x", "a parameter"),
    whole("R01", "bytes 0-6/7, bytes 0-6/7", "a list"),
    whole("R01", "bytes 0-2,3-6/7", "two ranges"),
    whole("R01", "bytes  0-6/7", "two spaces"),
    whole("R01", "bytes\t0-6/7", "a tab"),
    whole("R01", "bytes=0-6/7", "the unit of Range"),
    whole("R01", "bytes 0 - 6 / 7", "spaces inside"),
    whole("R01", "bytes +0-+6/+7", "signs (P01)"),
    whole("R01", "bytes 0x0-0x6/0x7", "hexadecimal numbers"),
    whole("R01", "bytes 0-6.0/7", "a fraction"),
    whole("R01", "bytes 0-6e0/7", "an exponent"),
    whole("R01", "bytes \u{660}-\u{666}/\u{667}", "digits that are not ASCII"),
    whole("R01", "bytes 0-6", "no total"),
    whole("R01", "bytes 0-6/", "an empty total (F13)"),
    whole("R01", "bytes 0-/7", "no last position"),
    whole("R01", "bytes -6/7", "no first position"),
    whole("R01", "bytes 0/7", "no dash"),
    whole("R01", "bytes", "only the unit"),
    whole("R01", "", "an empty value"),
    whole("R01", "items 0-6/7", "another unit"),
    junk("R01", "bytes *-6/7", 7, "a star for the first position"),
    junk("R01", "bytes *-*/*", 7, "stars everywhere"),
    whole("R02", "bytes 0-99/7", "a last position beyond the total (S10)"),
    junk("R02", "bytes 0-7/7", 8, "a last position at the total (P02)"),
    junk("R02", "bytes 3-0/7", 4, "inverted (S07)"),
    junk("R02", "bytes 6-0/7", 7, "inverted, with a body as long as the turned range"),
    junk("R02", "bytes 8-*/7", 3, "a first position beyond the total"),
    junk("R02", "bytes 60-39/100", 40, "the inverted range of google-api-python-client (F12)"),
    question("R01", "bytes */", "an empty total, without data (F13)"),
    question("R01", "bytes */+7", "a sign, without data"),
    question("R01", "bytes */7*", "two totals, without data"),
    question("R01", "bytes */-1", "a negative total"),
    question("R01", "bytes *", "no total, without data"),
    question("R04", "*/7", "no unit, as the Redivis page tells (F14)"),
    question("R04", "*/*", "no unit and no total (F14)"),
    whole("R04", "0-6/7", "no unit, with data (S29)"),
    empty("R04", "bytes 0--1/0", "the inverted empty range of redivis and nodejs-storage (F9)"),
    empty("R02", "bytes 0--1/*", "the inverted empty range of google-cloud-php (F9)"),
    empty("R02", "bytes 0-0/0", "the last position is not below an empty total (F11)"),
    empty("R02", "bytes 0-18446744073709551615/0", "the last position of an empty object, wrapped (F17)"),
];
