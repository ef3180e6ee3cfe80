//! Bodies that do not come to their end: what arrived may be kept, and nothing is ever finished by it.

use std::ops::Range;

use super::{Request, Site};
use crate::kit::case::{Case, Finding, Stop};
use crate::kit::wire::NoAnswer;

pub fn cases() -> Vec<Case<Site>> {
    let mut cases: Vec<Case<Site>> = CUTS.iter().flat_map(|cut| [cut.case(End::Fin), cut.case(End::Rst)]).collect();
    cases.extend([
        Case::new("R15", "cut again and again, each time further on", "308 each time, no offset falls", |it: &Site| {
            let mut upload = it.upload(18)?;
            let mut finding = Finding::nothing();
            for _ in 0..6 {
                let at = upload.acked / it.unit;
                let mut wire = upload.begin(&format!("bytes {at}-17/18"), at..18, (18 - at).min(4))?;
                wire.finish();
                // The answer is not owed, and would come before the close.
                let _ = upload.read(&mut wire, "PUT");
                drop(wire);
                let answer = upload.put("bytes */*", 0..0)?;
                if upload.completed {
                    break;
                }
                finding.add(answer.tells(upload.acked));
            }
            Ok(finding.and(upload.finish()))
        }),
        Case::new("R15", "the connection ends inside the head", "nothing kept", |it: &Site| {
            let mut upload = it.upload(18)?;
            let head = upload.head(&upload.request("bytes 0-17/18", 0..18));
            let mut wire = upload.connect()?;
            wire.send(&head[..head.len() - 3]);
            wire.finish();
            let came = match upload.read(&mut wire, "PUT") {
                Ok(answer) => answer.refuses(&[400, 408]),
                Err(none) => Finding::ok(none.to_string()),
            };
            let asked = upload.put("bytes */*", 0..0)?;
            Ok(came.and(asked.tells(0)).and(upload.finish()))
        }),
        Case::new("R15", "a question whose connection is reset at once", "nothing changes", |it: &Site| {
            let mut upload = it.upload(18)?;
            upload.append(0..7)?;
            let mut wire = upload.connect()?;
            wire.send(upload.head(&Request::raw("bytes */*")));
            wire.reset();
            let asked = upload.put("bytes */*", 0..0)?;
            Ok(asked.tells(it.bytes(7)).and(upload.finish()))
        }),
    ]);
    cases
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Fin,
    Rst,
}

/// A body of which only a part comes.
struct Cut {
    name: &'static str,
    /// What is kept before it, in units.
    kept: usize,
    /// No `Content-Range` if empty.
    range: &'static str,
    body: Range<usize>,
    /// How much of the body comes, in units.
    comes: usize,
    chunked: bool,
}

const CUTS: &[Cut] = &[
    Cut { name: "the first part of the whole", kept: 0, range: "bytes 0-17/18", body: 0..18, comes: 7, chunked: false },
    Cut { name: "nothing of the whole", kept: 0, range: "bytes 0-17/18", body: 0..18, comes: 0, chunked: false },
    Cut {
        name: "all but the last of the whole",
        kept: 0,
        range: "bytes 0-17/18",
        body: 0..18,
        comes: 17,
        chunked: false,
    },
    Cut { name: "a part of a later chunk", kept: 7, range: "bytes 7-14/*", body: 7..15, comes: 3, chunked: false },
    Cut {
        name: "a part of an overlapping chunk",
        kept: 7,
        range: "bytes 3-14/18",
        body: 3..15,
        comes: 8,
        chunked: false,
    },
    Cut {
        name: "less of an overlapping chunk than is kept",
        kept: 7,
        range: "bytes 3-14/18",
        body: 3..15,
        comes: 2,
        chunked: false,
    },
    Cut { name: "chunked", kept: 0, range: "bytes 0-17/18", body: 0..18, comes: 7, chunked: true },
    Cut {
        name: "chunked, all but the last chunk of size 0",
        kept: 0,
        range: "bytes 0-17/18",
        body: 0..18,
        comes: 18,
        chunked: true,
    },
    Cut { name: "bytes 0-*/*, chunked", kept: 0, range: "bytes 0-*/*", body: 0..18, comes: 7, chunked: true },
    Cut {
        name: "bytes 0-*/*, chunked, all but the last chunk of size 0",
        kept: 0,
        range: "bytes 0-*/*",
        body: 0..18,
        comes: 18,
        chunked: true,
    },
    Cut { name: "bytes 0-*/*, Content-Length", kept: 0, range: "bytes 0-*/*", body: 0..18, comes: 7, chunked: false },
    Cut { name: "bytes a-*/T, chunked", kept: 7, range: "bytes 7-*/18", body: 7..18, comes: 4, chunked: true },
    Cut { name: "without Content-Range", kept: 0, range: "", body: 0..18, comes: 7, chunked: false },
    Cut { name: "without Content-Range, chunked", kept: 0, range: "", body: 0..18, comes: 7, chunked: true },
];

impl Cut {
    fn case(&'static self, end: End) -> Case<Site> {
        let how = if end == End::Fin { "FIN" } else { "RST" };
        Case::new(
            "R15",
            format!("cut by {how}: {}", self.name),
            "not finished, at most what arrived",
            move |it: &Site| self.go(it, end),
        )
    }

    fn go(&self, site: &Site, end: End) -> Result<Finding, Stop> {
        let mut upload = site.upload(18)?;
        if self.kept > 0 {
            upload.append(0..self.kept)?;
        }
        let mut request = match self.range {
            "" => upload.with_part(Request::plain(), self.body.clone()),
            range => upload.request(range, self.body.clone()),
        };
        if self.chunked {
            request = request.chunked();
        }
        let arrives = self.body.start + self.comes;
        let mut wire = upload.begin_with(&request, self.body.start..arrives)?;
        let mut finding = Finding::nothing();
        if end == End::Rst {
            wire.reset();
        } else {
            wire.finish();
            match upload.read(&mut wire, "PUT") {
                // An answer is not owed, but may come. If it is a success, the account says so.
                Ok(answer) => finding.add(answer.refuses(&[308, 400, 408])),
                Err(NoAnswer::Late(_)) => finding.add(Finding::lenient("neither an answer nor a close")),
                Err(none) => finding.add(Finding::ok(none.to_string())),
            }
        }
        if upload.completed {
            finding.add(Finding::wrong("a body that was cut has completed the upload"));
            return Ok(finding.and(upload.account()));
        }
        let asked = upload.put("bytes */*", 0..0)?;
        if upload.completed {
            finding.add(Finding::wrong(format!("{asked}: a body that was cut has completed the upload")));
            return Ok(finding.and(upload.account()));
        }
        Ok(finding.and(asked.tells(upload.acked)).and(upload.finish()))
    }
}
