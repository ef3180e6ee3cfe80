//! One upload of a case, and the account of it: what was sent, what was told, what must hold whatever the case is.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use resumable::client::Verdict as Told;
use resumable::google;

use super::request::{Request, in_bytes};
use super::site::Site;
use crate::kit::case::{Finding, Stop, Verdict};
use crate::kit::url::Url;
use crate::kit::wire::{Answer, NoAnswer, Wire};

/// How often an honest client tries to finish an upload without progress.
const TRIES: usize = 5;

pub struct Upload<'s> {
    pub site: &'s Site,
    session: Url,
    object: Option<Url>,
    /// The whole that is to be uploaded: bytes that depend on their position, and on the upload.
    pub data: Vec<u8>,
    /// The greatest offset that was told, in bytes.
    pub acked: usize,
    /// Up to where the server can have bytes without a gap, if it kept everything that it ever got.
    pub sent: usize,
    /// Whether the server has said that the upload is complete.
    pub completed: bool,
    /// What has gone wrong against the account.
    account: Option<Finding>,
}

impl<'s> Upload<'s> {
    pub fn new(site: &'s Site, session: Url, object: Option<Url>, size: usize) -> Self {
        let salt = session.target().bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte));
        Self { site, session, object, data: data(size, salt), acked: 0, sent: 0, completed: false, account: None }
    }

    /// A request in units: a well-formed range such as `bytes 7-17/18`, and the part of the data that it carries.
    pub fn request(&self, range: &str, part: Range<usize>) -> Request {
        self.with_part(Request::raw(in_bytes(range, self.site.unit as u64)), part)
    }

    /// The same request with a part of the data, in units.
    pub fn with_part(&self, request: Request, part: Range<usize>) -> Request {
        let offsets = part.start * self.site.unit..part.end * self.site.unit;
        let mut request = request.body(&self.data[offsets.clone()]);
        request.offsets = Some(offsets);
        request
    }

    /// Sends a request of [`request`](Self::request) and reads its answer. Both are entered into the account.
    pub fn put(&mut self, range: &str, part: Range<usize>) -> Result<Answer, Stop> {
        self.ask(&self.request(range, part))
    }

    /// Sends a request on a connection of its own and reads its answer, which is owed. Both are entered into the account.
    pub fn ask(&mut self, request: &Request) -> Result<Answer, Stop> {
        self.may_have(request);
        let answer = self.site.ask(&self.session, request);
        self.enter(&answer);
        Ok(answer?)
    }

    /// Appends a part, in units, which has to succeed for the case to go on.
    pub fn append(&mut self, part: Range<usize>) -> Result<(), Stop> {
        let answer = self.put(&format!("bytes {}-{}/*", part.start, part.end - 1), part.clone())?;
        if answer.status == 308 && self.acked == part.end * self.site.unit {
            Ok(())
        } else {
            Err(Stop::unready("an append was not kept", answer))
        }
    }

    /// Uploads everything in one request, which has to succeed for the case to go on.
    pub fn complete(&mut self) -> Result<(), Stop> {
        let units = self.data.len() / self.site.unit;
        let answer = self.put(&format!("bytes 0-{}/{units}", units - 1), 0..units)?;
        if self.completed { Ok(()) } else { Err(Stop::unready("an upload did not complete", answer)) }
    }

    /// Sends a head, and so many bytes of the body; the connection stays open.
    pub fn open(&mut self, request: &Request, bytes: usize) -> Result<Wire, Stop> {
        self.may_have(request);
        self.site.say(format!("{request}, of which {bytes} are sent"));
        let mut wire = self.connect()?;
        wire.send(self.head(request));
        wire.send(&request.wire_body()[..bytes]);
        Ok(wire)
    }

    /// A connection to the server of the session.
    pub fn connect(&self) -> Result<Wire, NoAnswer> {
        self.site.connect(&self.session)
    }

    /// The head of a request to the session.
    pub fn head(&self, request: &Request) -> Vec<u8> {
        request.head(self.session.authority(), self.session.target())
    }

    /// The authority and the request target of the session, for heads that a [`Request`] cannot have.
    pub fn address(&self) -> (&str, &str) {
        (self.session.authority(), self.session.target())
    }

    /// Reads an answer to a request that was sent on this connection.
    pub fn read(&mut self, wire: &mut Wire, to_method: &str) -> Result<Answer, NoAnswer> {
        let answer = wire.answer(to_method);
        self.site.hear(&answer);
        self.enter(&answer);
        answer
    }

    /// Enters what is about to be sent into the account.
    pub fn may_have(&mut self, request: &Request) {
        if let Some(offsets) = &request.offsets
            && offsets.start <= self.sent
        {
            self.sent = self.sent.max(offsets.end);
        }
    }

    /// Enters an answer into the account.
    pub fn enter(&mut self, answer: &Result<Answer, NoAnswer>) {
        let Ok(answer) = answer else { return };
        match google::decode_reply(answer.status, answer) {
            Told::Incomplete { persisted } => {
                let told = persisted.map_or(0, |persisted| usize::try_from(persisted.get()).unwrap_or(usize::MAX));
                if told < self.acked {
                    self.wrong(format!("the offset fell from {} to {told}", self.acked));
                }
                if told > self.sent {
                    self.wrong(format!("told to have {told} bytes when only {} were sent", self.sent));
                }
                if self.completed {
                    self.wrong("told to be incomplete after it was complete".to_owned());
                }
                self.acked = self.acked.max(told);
            }
            Told::Complete { size } => {
                self.completed = true;
                if self.sent < self.data.len() {
                    let (sent, all) = (self.sent, self.data.len());
                    self.wrong(format!("success when only {sent} of {all} bytes can be there"));
                }
                if let Some(size) = size.filter(|size| *size != self.data.len() as u64) {
                    self.wrong(format!("told to have stored {size} bytes of {}", self.data.len()));
                }
                self.check_description(answer);
            }
            Told::Violation(violation) => self.wrong(format!("{answer}: {violation}")),
            _ => {}
        }
    }

    /// What an honest client comes to: it asks, sends what is missing and compares the object. What has gone wrong
    /// against the account is in it. `Refused` if the upload cannot be finished.
    pub fn finish(&mut self) -> Finding {
        let finding = self.try_to_finish().unwrap_or_else(|Stop(finding)| finding);
        match self.account.take() {
            Some(account) => account.and(finding),
            None => finding,
        }
    }

    /// The object's bytes, if they can be read.
    pub fn object(&self) -> Result<Option<Vec<u8>>, Stop> {
        let Some(url) = &self.object else { return Ok(None) };
        let answer = self.site.ask(url, &Request::plain().method("GET"))?;
        Ok((answer.status == 200).then_some(answer.body))
    }

    /// Asks until the server tells to have so many units, or time is up; what it told last, in bytes.
    pub fn wait_for(&mut self, units: usize) -> Result<usize, Stop> {
        let deadline = Instant::now() + self.site.patience;
        while self.acked < units * self.site.unit && !self.completed && Instant::now() < deadline {
            self.put("bytes */*", 0..0)?;
            thread::sleep(Duration::from_millis(20));
        }
        Ok(self.acked)
    }

    fn wrong(&mut self, what: String) {
        let next = Finding::wrong(what);
        self.account = Some(match self.account.take() {
            Some(account) => account.and(next),
            None => next,
        });
    }

    /// Compares what a success says about the object with what was sent.
    fn check_description(&mut self, answer: &Answer) {
        let Ok(described) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return };
        let md5 = BASE64_STANDARD.encode(Md5::digest(&self.data));
        let crc32c = BASE64_STANDARD.encode(crc32c::crc32c(&self.data).to_be_bytes());
        for (key, expected) in [("size", self.data.len().to_string()), ("md5Hash", md5), ("crc32c", crc32c)] {
            let told = match &described[key] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) => number.to_string(),
                _ => continue,
            };
            if told != expected {
                self.wrong(format!("success for an object with {key} {told}, sent was {expected}"));
            }
        }
    }

    fn try_to_finish(&mut self) -> Result<Finding, Stop> {
        if !self.completed && self.site.readable && self.object()?.is_some() {
            return Ok(Finding::wrong("an object can be read before the upload is complete"));
        }
        let mut stuck = 0;
        while !self.completed {
            let before = self.acked;
            let answer = self.put("bytes */*", 0..0)?;
            if answer.status != 308 && !self.completed {
                return Ok(Finding::refused(format!("then the upload cannot go on: {answer}")));
            }
            let answer = if self.completed { answer } else { self.send_rest()? };
            stuck = if self.acked > before { 0 } else { stuck + 1 };
            if stuck == TRIES {
                return Ok(Finding::refused(format!("then the upload does not end: {answer}")));
            }
        }
        self.compare()
    }

    fn send_rest(&mut self) -> Result<Answer, Stop> {
        let (start, end) = (self.acked, self.data.len());
        if start >= end {
            return self.ask(&Request::raw(format!("bytes */{end}")));
        }
        let mut request = Request::raw(format!("bytes {start}-{}/{end}", end - 1)).body(&self.data[start..]);
        request.offsets = Some(start..end);
        self.ask(&request)
    }

    fn compare(&self) -> Result<Finding, Stop> {
        if !self.site.readable {
            return Ok(Finding::ok("then complete"));
        }
        let Some(object) = self.object()? else {
            return Ok(Finding::wrong("success, but the object cannot be read"));
        };
        let same = object.iter().zip(&self.data).take_while(|(got, sent)| got == sent).count();
        Ok(if object == self.data {
            Finding::ok("then complete and identical")
        } else {
            let (got, sent) = (object.len(), self.data.len());
            Finding::wrong(format!("the object has {got} bytes, sent were {sent}; they differ from byte {same} on"))
        })
    }
}

impl Answer {
    /// A refusal, with one of these statuses by the rule.
    pub fn refuses(&self, statuses: &[u16]) -> Finding {
        let came = self.to_string();
        match self.status {
            status if statuses.contains(&status) => Finding::ok(came),
            500 | 502 | 504 => Finding::crash(came),
            200..=399 => Finding::lenient(format!("{came} (not refused)")),
            _ => Finding::lenient(came),
        }
    }

    /// 308 that tells so many bytes by the rule; more than that, or less than was told before, is the account's.
    pub fn tells(&self, bytes: usize) -> Finding {
        let came = self.to_string();
        match google::decode_reply(self.status, self) {
            Told::Incomplete { persisted } if persisted.map_or(0, |it| it.get()) == bytes as u64 => Finding::ok(came),
            Told::Incomplete { .. } | Told::Complete { .. } => Finding::lenient(came),
            _ => self.not(came),
        }
    }

    /// Success.
    pub fn succeeds(&self) -> Finding {
        let came = self.to_string();
        match google::decode_reply(self.status, self) {
            Told::Complete { .. } if matches!(self.status, 200 | 201) => Finding::ok(came),
            Told::Complete { .. } | Told::Incomplete { .. } => Finding::lenient(came),
            _ => self.not(came),
        }
    }

    fn not(&self, came: String) -> Finding {
        let verdict = if matches!(self.status, 500 | 502 | 504) { Verdict::Crash } else { Verdict::Refused };
        Finding::new(verdict, came)
    }
}

/// Bytes that depend on their position, also above 256 and 65536, and on the salt.
pub fn data(len: usize, salt: u8) -> Vec<u8> {
    let byte = |at: usize| (at ^ (at >> 8).wrapping_mul(29) ^ (at >> 16).wrapping_mul(53)).to_le_bytes()[0];
    (0..len).map(|at| byte(at).wrapping_add(salt)).collect()
}
