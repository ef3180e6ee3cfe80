//! A little client that keeps the protocol, or breaks it in one way: the kit has to notice.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use resumable::google::range;
use serde_json::Value;

const CHUNK: usize = 262_144;

/// The most of an answer that is read.
const MAX_ANSWER: u64 = 64 * 1024;

/// In which way it breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// It goes on from what it has sent, whatever `Range` says.
    TrustsWhatItSent,
    Takes308ForSuccess,
    /// It goes on from what `Range` says, even if it never sent so much.
    GoesAhead,
    /// It goes on from the end of any range.
    IgnoresTheStart,
    /// After a part was kept it sends the end of the chunk where the rest belongs.
    SendsTheWrongRest,
    BelievesAnySuccess,
    FollowsRedirects,
    /// It tries again without a wait or an end.
    Spins,
    WaitsForEver,
    ReadsEverything,
}

const FLAWS: [Flaw; 11] = [
    Flaw::None,
    Flaw::TrustsWhatItSent,
    Flaw::Takes308ForSuccess,
    Flaw::GoesAhead,
    Flaw::IgnoresTheStart,
    Flaw::SendsTheWrongRest,
    Flaw::BelievesAnySuccess,
    Flaw::FollowsRedirects,
    Flaw::Spins,
    Flaw::WaitsForEver,
    Flaw::ReadsEverything,
];

impl FromStr for Flaw {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = FLAWS.into_iter().find(|flaw| format!("{flaw:?}") == text);
        found.ok_or_else(|| format!("expected a flaw, got {text}"))
    }
}

struct Client<'c> {
    flaw: Flaw,
    file: &'c [u8],
    session: String,
    /// What the server is believed to have.
    at: usize,
    /// Where the last chunk began and ended.
    sent: (usize, usize),
    /// Failures in a row without progress.
    failures: u32,
    asks: bool,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// Uploads the file.
pub fn upload(flaw: Flaw, file: &[u8], url: &str) -> Result<(), String> {
    let mut client = Client { flaw, file, session: String::new(), at: 0, sent: (0, 0), failures: 0, asks: false };
    while client.session.is_empty() {
        match client.exchange("POST", url, None, b"") {
            Some(answer) if answer.status / 100 == 2 => {
                client.session = answer.field("location").map(str::to_owned).ok_or("no session")?;
            }
            Some(answer) if answer.status < 500 => return Err(format!("creation: {}", answer.status)),
            _ => client.failed()?,
        }
    }
    while !client.send()? {}
    Ok(())
}

impl Client<'_> {
    /// Sends a chunk or a question; whether that was the end.
    fn send(&mut self) -> Result<bool, String> {
        let (at, total) = (self.at, self.file.len());
        let end = if self.asks { at } else { total.min(at + CHUNK) };
        let (range, mut body) = if at == end {
            (format!("bytes */{total}"), &[][..])
        } else {
            (format!("bytes {at}-{}/{total}", end - 1), &self.file[at..end])
        };
        let (start, last_end) = self.sent;
        if self.flaw == Flaw::SendsTheWrongRest && start < at && at < last_end {
            // The rest of the chunk is as long as the part that was kept, it believes.
            body = &self.file[start..start + body.len()];
        }
        self.sent = if self.asks { self.sent } else { (at, end) };
        let session = self.session.clone();
        let answer = self.exchange("PUT", &session, Some(&range), body);
        let location = answer.as_ref().and_then(|answer| answer.field("location").map(str::to_owned));
        match answer.as_ref().map_or(503, |answer| answer.status) {
            200..=299 if self.flaw == Flaw::BelievesAnySuccess => Ok(true),
            200..=299 if self.sent.1 == total => match answer.and_then(|answer| answer.size()) {
                Some(size) if size != total => Err(format!("expected an object of {total} bytes, got {size}")),
                _ => Ok(true),
            },
            308 if self.flaw == Flaw::Takes308ForSuccess => Ok(true),
            300..=308 if self.flaw == Flaw::FollowsRedirects && location.is_some() => {
                self.session = location.unwrap_or(session);
                self.failed()?;
                Ok(false)
            }
            308 => self.incomplete(answer.as_ref().and_then(|answer| answer.field("range"))),
            408 | 429 | 500..=599 => {
                self.failed()?;
                self.asks = true;
                Ok(false)
            }
            status => Err(format!("answer {status}")),
        }
    }

    fn incomplete(&mut self, range: Option<&str>) -> Result<bool, String> {
        let any_end = |range: &str| range.rsplit('-').next()?.parse::<usize>().ok().map(|last| last + 1);
        let kept = match range {
            None => 0,
            Some(range) if self.flaw == Flaw::IgnoresTheStart => any_end(range).ok_or("no number")?,
            Some(range) => usize::try_from(range::parse(range.as_bytes()).map_err(|error| error.to_string())?)
                .map_err(|error| error.to_string())?,
        };
        let kept = if self.flaw == Flaw::TrustsWhatItSent { self.sent.1 } else { kept };
        if kept > self.sent.1 && !matches!(self.flaw, Flaw::GoesAhead | Flaw::IgnoresTheStart) {
            return Err(format!("expected at most {} bytes, got {kept}", self.sent.1));
        }
        if kept < self.at && (range.is_some() || self.asks) {
            return Err(format!("expected at least {} bytes, got {kept}", self.at));
        }
        // No range at all, after progress: a question settles it.
        self.asks = kept < self.at;
        if kept <= self.at {
            self.failed()?;
        } else {
            (self.at, self.failures) = (kept.min(self.file.len()), 0);
        }
        Ok(false)
    }

    fn failed(&mut self) -> Result<(), String> {
        if self.flaw == Flaw::Spins {
            return Ok(());
        }
        self.failures += 1;
        thread::sleep(Duration::from_millis(1));
        if self.failures < 5 { Ok(()) } else { Err("no progress".to_owned()) }
    }

    /// One request on a connection of its own. `None` if there is no answer.
    fn exchange(&self, method: &str, url: &str, range: Option<&str>, body: &[u8]) -> Option<Answer> {
        let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
        let mut stream = TcpStream::connect(host).ok()?;
        let patience = if self.flaw == Flaw::WaitsForEver { None } else { Some(Duration::from_secs(2)) };
        stream.set_read_timeout(patience).ok()?;
        let range = range.map(|range| format!("Content-Range: {range}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{range}Content-Length: {}\r\n\r\n",
            body.len()
        );
        // What could not be sent may have been answered all the same.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let limit = if self.flaw == Flaw::ReadsEverything { u64::MAX } else { MAX_ANSWER };
        Answer::read(&mut stream.take(limit))
    }
}

impl Answer {
    fn read(stream: &mut impl Read) -> Option<Self> {
        let mut read = Vec::new();
        let mut piece = vec![0; 64 * 1024];
        let mut end = None;
        while end.is_none_or(|end| read.len() < end) {
            match stream.read(&mut piece).ok()? {
                0 => break,
                len => read.extend_from_slice(&piece[..len]),
            }
            end = end.or_else(|| whole(&read));
        }
        let head_end = read.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(read[..head_end].to_vec()).ok()?;
        Some(Self { status: head.get(9..12)?.parse().ok()?, head, body: read[head_end + 4..].to_vec() })
    }

    /// The size of the object, if the server says.
    fn size(&self) -> Option<usize> {
        let described: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        self.field("x-goog-stored-content-length").or(described["size"].as_str())?.parse().ok()
    }

    fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// How long the answer is, once its head has come.
fn whole(read: &[u8]) -> Option<usize> {
    let head_end = read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&read[..head_end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    Some(length.map_or(usize::MAX, |length| head_end + length.trim().parse::<usize>().unwrap_or(0)))
}
