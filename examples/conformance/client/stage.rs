//! What the scripted server of one run knows, and what a good server does with a request.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use resumable::fields::Fields as _;
use resumable::google::content_range::ContentRange;
use serde_json::json;

use super::act::{Act, answer};
use super::seen::{Role, Seen};

/// A client that has sent more requests than this in one run goes round in circles.
pub const MAX_REQUESTS: usize = 64;

/// What is done with each request of a run.
pub trait Script: Send {
    /// How many bytes of its body are read before [`act`](Self::act); `None` for all of it.
    fn reads(&self, head: &Seen) -> Option<usize>;

    /// What is done then.
    fn act(&mut self, stage: &mut Stage, seen: &Seen) -> Act;
}

/// What the server knows. The fields are the script's to change, too.
#[derive(Debug, Default)]
pub struct Stage {
    /// Where it is: `127.0.0.1:PORT`.
    pub authority: String,
    /// Another host, where nothing of the upload belongs.
    pub elsewhere: String,
    /// Whether a client that goes there was led by what other clients may follow.
    pub may_go_elsewhere: bool,
    /// What the client is to upload.
    pub file: Vec<u8>,
    /// What is kept of the session.
    pub kept: Vec<u8>,
    /// What was published.
    pub object: Option<Vec<u8>>,
    /// How many sessions were created. Only the last one lives.
    pub sessions: usize,
    /// What stands behind the number in the address of a session.
    pub suffix: &'static str,
    pub cancelled: bool,
    /// How many requests came.
    pub requests: usize,
    /// Which faults of the script the client has met.
    pub played: BTreeSet<usize>,
    /// What the client has done wrong, whatever the case is about.
    pub account: Vec<String>,
}

impl Stage {
    /// Where the session is on its host.
    pub fn path(&self) -> String {
        format!("/session/{}{}", self.sessions, self.suffix)
    }

    /// Compares a request with the file and with what is kept, and enters what is wrong into the account.
    pub fn check(&mut self, seen: &Seen) {
        if seen.elsewhere && !self.may_go_elsewhere {
            self.account.push(format!("{seen}, where nothing of it belongs"));
        }
        let Some(start) = seen.start().filter(|_| seen.role == Role::Data) else { return };
        let belongs = self.file.get(start..).unwrap_or_default();
        if !belongs.starts_with(&seen.body) {
            self.account.push(format!("other bytes than the file's under {seen}"));
        }
        if seen.is_last() && seen.whole && start + seen.body.len() != self.file.len() {
            self.account.push(format!("{seen} as the last one of {} bytes", self.file.len()));
        }
        if start > self.kept.len() && seen.target == self.path() && self.object.is_none() && !self.cancelled {
            self.account.push(format!("a gap: {seen} where the server has {} bytes", self.kept.len()));
        }
    }

    /// Keeps what is new of a body, at most `limit` bytes of it.
    pub fn keep(&mut self, seen: &Seen, limit: usize) {
        if seen.target != self.path() {
            return;
        }
        let Some(skipped) = seen.start().and_then(|start| self.kept.len().checked_sub(start)) else { return };
        let body = &seen.body[..seen.body.len().min(limit)];
        self.kept.extend_from_slice(body.get(skipped..).unwrap_or_default());
    }

    /// 308 with what is kept; for a client whose stack would follow it, what stands for it.
    pub fn incomplete(&self, seen: &Seen) -> Act {
        let range = self.kept.len().checked_sub(1).map(|last| format!("Range: bytes=0-{last}"));
        let mut fields: Vec<&str> = range.iter().map(String::as_str).collect();
        if seen.field("x-guploader-no-308").one().is_some_and(|value| value.eq_ignore_ascii_case(b"yes")) {
            fields.push("X-HTTP-Status-Code-Override: 308");
            return Act::answer("200 OK", &fields);
        }
        Act::answer("308 Resume Incomplete", &fields)
    }

    /// Publishes what is kept, and says so, with all that a client of Google's wants to read: some take a description
    /// without checksums, others one without a generation for a failure.
    pub fn complete(&mut self) -> Act {
        let object = self.object.get_or_insert_with(|| self.kept.clone());
        let described = json!({
            "kind": "storage#object",
            "id": "b/o/1",
            "selfLink": format!("http://{}/storage/v1/b/b/o/o", self.authority),
            "mediaLink": format!("http://{}/storage/v1/b/b/o/o?alt=media", self.authority),
            "bucket": "b",
            "name": "o",
            "generation": "1",
            "metageneration": "1",
            "size": object.len().to_string(),
            "md5Hash": BASE64_STANDARD.encode(Md5::digest(&object)),
            "crc32c": BASE64_STANDARD.encode(crc_fast::crc32_iscsi(object).to_be_bytes()),
        });
        let fields = ["Content-Type: application/json; charset=UTF-8"];
        Act::Answer(answer("200 OK", &fields, &described.to_string()))
    }

    /// A new session, of which nothing is told yet.
    pub fn create(&mut self) {
        self.sessions += 1;
        self.kept.clear();
        self.cancelled = false;
    }

    /// The session is gone, with all that was kept.
    pub fn lose(&mut self) {
        self.sessions += 1;
        self.kept.clear();
    }

    /// What a good server does.
    pub fn honest(&mut self, seen: &Seen) -> Act {
        if seen.role == Role::Create {
            self.create();
            let authority = if seen.elsewhere { &self.elsewhere } else { &self.authority };
            return Act::answer("200 OK", &[&format!("Location: http://{authority}{}", self.path())]);
        }
        if seen.role == Role::Other {
            return Act::text("400 Bad Request", "expected a request of the protocol, got another");
        }
        if seen.target != self.path() {
            return Act::text("404 Not Found", "expected the address of a session, got another");
        }
        if self.cancelled {
            return Act::answer("499 Client Closed Request", &[]);
        }
        match seen.role {
            _ if self.object.is_some() => self.complete(),
            Role::Cancel => {
                self.cancelled = true;
                Act::answer("499 Client Closed Request", &[])
            }
            Role::Status if seen.range == Some(ContentRange::unsatisfied(Some(self.kept.len() as u64))) => {
                self.complete()
            }
            Role::Data => self.append(seen),
            _ => self.incomplete(seen),
        }
    }

    fn append(&mut self, seen: &Seen) -> Act {
        let (at, kept) = (seen.start().unwrap_or(usize::MAX), self.kept.len());
        if at > kept {
            let text = format!(
                "Invalid request.  According to the Content-Range header, the upload offset is {at} byte(s), which \
                 exceeds already uploaded size of {kept} byte(s)."
            );
            return Act::text("503 Service Unavailable", &text);
        }
        self.keep(seen, usize::MAX);
        match (seen.whole, seen.is_last()) {
            // Nobody is there to read an answer.
            (false, _) => Act::Close(Vec::new()),
            (true, true) => self.complete(),
            (true, false) => self.incomplete(seen),
        }
    }
}
