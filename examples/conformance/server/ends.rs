//! Every well-formed way to bring an upload to its end, as the clients of the field do it.

use std::ops::Range;

use super::{Request, Site};
use crate::kit::case::{Case, Finding, Stop};

pub fn cases() -> Vec<Case<Site>> {
    let mut cases: Vec<Case<Site>> = WAYS.iter().map(Way::case).collect();
    cases.extend([
        Case::new("R05", "the whole object without Content-Range", "200", |it: &Site| one(it, &|_| Request::plain())),
        Case::new("R05", "the whole object without Content-Range, chunked", "200", |it: &Site| {
            one(it, &|_| Request::plain().chunked())
        }),
        Case::new("R05", "an empty object without Content-Range", "200", |it: &Site| empty(it, &Request::plain())),
        Case::new("R05", "an empty object by bytes */0", "200", |it: &Site| empty(it, &Request::raw("bytes */0"))),
        Case::new("R05", "an empty object by bytes 0-*/*", "200", |it: &Site| empty(it, &Request::raw("bytes 0-*/*"))),
        Case::new("R05", "an empty object by bytes 0-*/0", "200", |it: &Site| empty(it, &Request::raw("bytes 0-*/0"))),
        Case::new("R05", "an empty object by bytes 0-*/* and an empty chunked body", "200", |it: &Site| {
            empty(it, &Request::raw("bytes 0-*/*").chunked())
        }),
        Case::new("R10", "bytes */* closes nothing", "308, until bytes */T", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..18)?;
            let asked = upload.put("bytes */*", 0..0)?;
            let closed = upload.put("bytes */18", 0..0)?;
            Ok(asked.tells(it.bytes(18)).and(closed.succeeds()).and(upload.finish()))
        }),
        Case::new(
            "R05",
            "a total named at the creation is reached without naming it",
            "200, or 308 and then closed",
            |it: &Site| {
                let mut upload = it.upload_of_declared(18)?;
                let answer = upload.put("bytes 0-17/*", 0..18)?;
                // Cloud Storage may complete here, or wait for the close.
                let finding = if answer.status == 308 { answer.tells(it.bytes(18)) } else { answer.succeeds() };
                Ok(finding.and(upload.finish()))
            },
        ),
    ]);
    cases
}

/// Requests that all have to succeed, and the last one completes the upload.
struct Way {
    name: &'static str,
    units: usize,
    /// Each range with the part that it brings.
    requests: &'static [(&'static str, Range<usize>)],
    chunked: bool,
}

const WAYS: &[Way] = &[
    Way { name: "known total, one request", units: 18, requests: &[("bytes 0-17/18", 0..18)], chunked: false },
    Way { name: "known total, one request, chunked", units: 18, requests: &[("bytes 0-17/18", 0..18)], chunked: true },
    Way { name: "one byte or unit", units: 1, requests: &[("bytes 0-0/1", 0..1)], chunked: false },
    Way {
        name: "known total in every request",
        units: 18,
        requests: &[("bytes 0-6/18", 0..7), ("bytes 7-14/18", 7..15), ("bytes 15-17/18", 15..18)],
        chunked: false,
    },
    Way {
        name: "total only in the last request",
        units: 18,
        requests: &[("bytes 0-6/*", 0..7), ("bytes 7-14/*", 7..15), ("bytes 15-17/18", 15..18)],
        chunked: false,
    },
    Way {
        name: "total only in the last request, chunked",
        units: 18,
        requests: &[("bytes 0-6/*", 0..7), ("bytes 7-14/*", 7..15), ("bytes 15-17/18", 15..18)],
        chunked: true,
    },
    Way {
        name: "a stream that ends on a boundary, closed by bytes */T",
        units: 15,
        requests: &[("bytes 0-6/*", 0..7), ("bytes 7-14/*", 7..15), ("bytes */15", 0..0)],
        chunked: false,
    },
    Way { name: "bytes 0-*/*, Content-Length", units: 18, requests: &[("bytes 0-*/*", 0..18)], chunked: false },
    Way { name: "bytes 0-*/*, chunked", units: 18, requests: &[("bytes 0-*/*", 0..18)], chunked: true },
    Way { name: "bytes 0-*/T", units: 18, requests: &[("bytes 0-*/18", 0..18)], chunked: false },
    Way { name: "bytes 0-*/T, chunked", units: 18, requests: &[("bytes 0-*/18", 0..18)], chunked: true },
    Way {
        name: "bytes a-*/* after an append",
        units: 18,
        requests: &[("bytes 0-6/*", 0..7), ("bytes 7-*/*", 7..18)],
        chunked: true,
    },
    Way {
        name: "bytes a-*/T after an append",
        units: 18,
        requests: &[("bytes 0-6/18", 0..7), ("bytes 7-*/18", 7..18)],
        chunked: false,
    },
    Way {
        name: "bytes a-*/* with nothing left, empty body",
        units: 7,
        requests: &[("bytes 0-6/*", 0..7), ("bytes 7-*/*", 0..0)],
        chunked: false,
    },
];

impl Way {
    fn case(&'static self) -> Case<Site> {
        Case::new("R05", self.name, "308 that tells all that was sent, at last 200", |site: &Site| self.go(site))
    }

    fn go(&self, site: &Site) -> Result<Finding, Stop> {
        let mut upload = site.upload(self.units)?;
        let mut findings = Vec::new();
        for (at, (range, part)) in self.requests.iter().enumerate() {
            let mut request = upload.request(range, part.clone());
            if self.chunked && !part.is_empty() {
                request = request.chunked();
            }
            let answer = upload.ask(&request)?;
            let is_last = at + 1 == self.requests.len();
            findings.push(if is_last { answer.succeeds() } else { answer.tells(site.bytes(part.end)) });
        }
        findings.push(upload.finish());
        Ok(findings.into_iter().fold(Finding::nothing(), Finding::and))
    }
}

/// 18 units in one request.
fn one(site: &Site, request: &dyn Fn(&Site) -> Request) -> Result<Finding, Stop> {
    let mut upload = site.upload(18)?;
    let request = upload.with_part(request(site), 0..18);
    let answer = upload.ask(&request)?;
    Ok(answer.succeeds().and(upload.finish()))
}

fn empty(site: &Site, request: &Request) -> Result<Finding, Stop> {
    let mut upload = site.upload(0)?;
    let answer = upload.ask(request)?;
    Ok(answer.succeeds().and(upload.finish()))
}
