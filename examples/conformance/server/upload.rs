//! One upload of a case, and the account of it: what was sent, what was told, what must hold whatever the case is.
//!
//! Ranges of the data are in units: the server's granularity, 1 byte if it has none.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use resumable::Persisted;
use resumable::client::Verdict as Told;
use resumable::fields::Fields;
use resumable::google;

use super::request::{Framing, Request, chunks, in_bytes};
use super::site::Site;
use crate::kit::case::{Finding, Stop};
use crate::kit::url::Url;
use crate::kit::wire::{Answer, NoAnswer, Wire};

pub struct Upload<'s> {
    pub site: &'s Site,
    session: Url,
    object: Option<Url>,
    salt: u8,
    /// The whole that is to be uploaded: bytes that depend on their position, and on the upload.
    pub data: Vec<u8>,
    /// The greatest offset that was told, in bytes.
    pub acked: usize,
    /// Up to where the server can have bytes without a gap, if it kept everything that it ever got.
    pub sent: usize,
    /// Whether the server has said that the upload is complete.
    pub completed: bool,
    /// What has gone wrong against the account.
    pub account: Option<Finding>,
}

impl<'s> Upload<'s> {
    pub fn new(site: &'s Site, session: Url, object: Option<Url>, bytes: usize) -> Self {
        let salt = session.target().bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte));
        Self {
            site,
            session,
            object,
            salt,
            data: data(bytes, salt),
            acked: 0,
            sent: 0,
            completed: false,
            account: None,
        }
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

    /// The same request with all of the data.
    pub fn whole(&self, request: Request) -> Request {
        let mut request = request.body(self.data.as_slice());
        request.offsets = Some(0..self.data.len());
        request
    }

    /// Makes it an upload of so many units; the bytes that both have are the same.
    pub fn resize(&mut self, units: usize) {
        self.data = data(units * self.site.unit, self.salt);
    }

    /// A part of the data, in units.
    pub fn part(&self, part: Range<usize>) -> Vec<u8> {
        self.data[part.start * self.site.unit..part.end * self.site.unit].to_vec()
    }

    /// Sends a request of [`request`](Self::request) and reads its answer.
    pub fn put(&mut self, range: &str, part: Range<usize>) -> Result<Answer, Stop> {
        self.ask(&self.request(range, part))
    }

    /// Sends a request on a connection of its own and reads its answer, which is owed. Both are entered into the account.
    pub fn ask(&mut self, request: &Request) -> Result<Answer, Stop> {
        Ok(self.ask_once(request)?)
    }

    /// The same where an answer may be missing.
    pub fn ask_once(&mut self, request: &Request) -> Result<Answer, NoAnswer> {
        self.enter_request(request);
        let answer = self.site.ask(&self.session, request);
        self.enter(&answer);
        answer
    }

    /// The same on a connection that is there.
    pub fn ask_on(&mut self, wire: &mut Wire, request: &Request) -> Result<Answer, Stop> {
        self.enter_request(request);
        self.site.say(request);
        wire.send(self.head(request));
        wire.send(request.wire_body());
        Ok(self.read(wire, request.method)?)
    }

    /// The same, not entered into the account: for cancels, whose success is another, and for requests of several threads.
    pub fn ask_unaccounted(&self, request: &Request) -> Result<Answer, NoAnswer> {
        self.site.ask(&self.session, request)
    }

    /// Sends a request to the address of a session with another id, which never was.
    pub fn ask_neighbour(&self, request: &Request) -> Result<Answer, Stop> {
        let neighbour = format!("http://{}{}z0z", self.session.authority(), self.session.target());
        let neighbour = Url::parse(&neighbour).map_err(|error| Stop::unready("no other address", error))?;
        Ok(self.site.ask(&neighbour, request)?)
    }

    /// Appends a part, in units, which has to succeed for the case to go on.
    pub fn append(&mut self, part: Range<usize>) -> Result<(), Stop> {
        let answer = self.put(&format!("bytes {}-{}/*", part.start, part.end - 1), part.clone())?;
        if answer.status == 308 && self.acked == part.end * self.site.unit {
            Ok(())
        } else {
            Err(self.unready("an append was not kept", &answer))
        }
    }

    /// Uploads everything in one request, which has to succeed for the case to go on.
    pub fn complete(&mut self) -> Result<(), Stop> {
        let units = self.data.len() / self.site.unit;
        let answer = self.put(&format!("bytes 0-{}/{units}", units - 1), 0..units)?;
        if self.completed { Ok(()) } else { Err(self.unready("an upload did not complete", &answer)) }
    }

    /// Begins a request of this range and part, of which it sends the head and so many units; the connection stays open.
    pub fn begin(&mut self, range: &str, part: Range<usize>, units: usize) -> Result<Wire, Stop> {
        let request = self.request(range, part.clone());
        self.begin_with(&request, part.start..part.start + units)
    }

    /// The same with another request, of whose body this part is sent.
    pub fn begin_with(&mut self, request: &Request, part: Range<usize>) -> Result<Wire, Stop> {
        let mut wire = self.connect()?;
        wire.send(self.head(request));
        self.site.say(format!("{request}, of which {} units are sent", part.len()));
        self.more(&mut wire, request.framing, part);
        Ok(wire)
    }

    /// Sends a further part of the body, in units.
    pub fn more(&mut self, wire: &mut Wire, framing: Framing, part: Range<usize>) {
        let offsets = part.start * self.site.unit..part.end * self.site.unit;
        self.enter_bytes(&offsets);
        let bytes = &self.data[offsets];
        wire.send(if framing == Framing::Chunked { chunks(bytes) } else { bytes.to_vec() });
    }

    /// As many units as this of bytes that are no part of the upload.
    pub fn junk(&self, units: usize) -> Vec<u8> {
        vec![b'!'; units * self.site.unit]
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
    pub fn enter_request(&mut self, request: &Request) {
        if let Some(offsets) = &request.offsets {
            self.enter_bytes(offsets);
        }
    }

    /// Enters that all of the data has been sent, or is about to be.
    pub fn enter_all_sent(&mut self) {
        self.sent = self.data.len();
    }

    /// Whether an answer tells more bytes than there are.
    pub fn is_told_too_much(&self, answer: &Answer) -> bool {
        let told = match google::decode_reply(answer.status, answer) {
            Told::Incomplete { persisted } => persisted.map_or(0, Persisted::get),
            Told::Complete { size } => size.unwrap_or(0),
            Told::Violation(_) => u64::MAX,
            _ => 0,
        };
        told > self.data.len() as u64
    }

    /// Bytes count as soon as nothing is missing before them.
    fn enter_bytes(&mut self, offsets: &Range<usize>) {
        if offsets.start <= self.sent {
            self.sent = self.sent.max(offsets.end);
        }
    }

    /// Enters an answer into the account.
    fn enter(&mut self, answer: &Result<Answer, NoAnswer>) {
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
                self.acked = self.acked.max(self.data.len());
                self.check_description(answer);
            }
            Told::Violation(violation) => self.wrong(format!("{answer}: {violation}")),
            _ => {}
        }
    }

    /// What has gone wrong against the account, for an upload that is not to be finished.
    pub fn account(&mut self) -> Finding {
        self.account.take().unwrap_or_else(Finding::nothing)
    }

    /// Nothing may have been published, as far as that can be seen.
    pub fn is_unpublished(&self) -> Result<Finding, Stop> {
        Ok(match self.object()? {
            Some(object) => Finding::wrong(format!("an object of {} bytes can be read", object.len())),
            None if self.site.readable => Finding::ok("no object"),
            None => Finding::nothing(),
        })
    }

    /// The object's bytes, if they can be read.
    pub fn object(&self) -> Result<Option<Vec<u8>>, Stop> {
        Ok(self.read_object()?.map(|answer| answer.body))
    }

    /// The object's type, if it can be read.
    pub fn content_type(&self) -> Result<Option<String>, Stop> {
        let answer = self.read_object()?;
        let content_type = answer.as_ref().and_then(|answer| answer.field("content-type").one());
        Ok(content_type.map(|value| String::from_utf8_lossy(value).into_owned()))
    }

    fn read_object(&self) -> Result<Option<Answer>, Stop> {
        let Some(url) = &self.object else { return Ok(None) };
        let answer = self.site.ask(url, &Request::plain().method("GET"))?;
        Ok(Some(answer).filter(|answer| answer.status == 200))
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

    /// What a case needs first did not come about; what the account says counts all the same.
    pub fn unready(&mut self, what: &str, answer: &Answer) -> Stop {
        let Stop(finding) = Stop::unready(what, answer);
        self.account().and(finding).into()
    }

    fn wrong(&mut self, what: String) {
        if self.account.as_ref().is_some_and(|account| account.came.contains(&what)) {
            return;
        }
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
        let crc32c = BASE64_STANDARD.encode(crc_fast::crc32_iscsi(&self.data).to_be_bytes());
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
}

/// Bytes that depend on their position, also above 256 and 65536, and on the salt.
pub fn data(len: usize, salt: u8) -> Vec<u8> {
    let byte = |at: usize| (at ^ (at >> 8).wrapping_mul(29) ^ (at >> 16).wrapping_mul(53)).to_le_bytes()[0];
    (0..len).map(|at| byte(at).wrapping_add(salt)).collect()
}
