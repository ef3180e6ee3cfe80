//! The requests of one upload: from a step of the machine to an exchange over HTTP, and back to a verdict.

mod hashes;
mod header;

use std::io::{self, BufRead, Read};
use std::ops::Range;

use resumable::Intent;
use resumable::client::{Verdict, Violation};
use resumable::google::{self, CreationKind, Text};

use serde::Serialize;

pub use self::header::Header;

use self::hashes::Hashes;
use super::client::{Error, Settings, Start};
use super::connection::{Connections, ExchangeError, Request, Response};
use super::event::{Answer, Event, Events, Report};
use super::source::Source;
use super::url::Url;

/// How a session is asked for: by a `POST`, whose answer has the session's URL in `Location`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// Cloud Storage's JSON interface, Drive, `YouTube`: no body.
    Json,
    /// Cloud Storage's XML interface, signed URLs: no body.
    Xml,
    /// Redivis: a JSON body with the name and the size of the upload.
    Redivis {
        /// The name of the upload.
        name: String,
    },
}

/// How much of an answer's body is shown.
const MAX_TEXT: usize = 1024;

/// One session on its server: where it is, and what was said.
pub struct Session<'s> {
    /// Where to ask for one.
    creation: Option<Url>,
    /// Where the session is, once there is one.
    url: Option<Url>,
    /// How many there were before it in this process.
    pub number: u32,
    settings: &'s Settings,
    headers: &'s [Header],
    connections: Connections,
    /// Who watches.
    pub events: &'s mut Events<'s>,
    /// What it took so far.
    pub report: Report,
    /// The last answer, or why there was none.
    pub last: Option<String>,
    /// What the server has said about the bytes of the whole object.
    pub hashes: Hashes,
    /// The end of all that was ever sent.
    high: u64,
}

impl<'s> Session<'s> {
    /// A session that does not exist yet, or one that does.
    pub fn new(start: Start, settings: &'s Settings, headers: &'s [Header], events: &'s mut Events<'_>) -> Self {
        let (creation, url) = match start {
            Start::New(creation) => (Some(creation), None),
            Start::Resumed { creation, session, .. } => (creation, Some(session)),
        };
        Self {
            creation,
            url,
            number: 0,
            settings,
            headers,
            connections: Connections::new(settings.timeout),
            events,
            report: Report::default(),
            last: None,
            hashes: Hashes::default(),
            high: 0,
        }
    }

    /// Where the session is, once there is one. A secret.
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// Asks for a session. `None` if there is no answer.
    pub fn create(&mut self, total: Option<u64>) -> Result<Option<Verdict>, Error> {
        let (kind, body) = match &self.settings.creation {
            Creation::Json => (CreationKind::Json, String::new()),
            Creation::Xml => (CreationKind::Xml, String::new()),
            Creation::Redivis { name } => (CreationKind::Json, redivis_body(name, total)),
        };
        let about = google::encode_creation(kind, total, self.settings.content_type.as_deref());
        let length = Text::number(body.len() as u64);
        let mut fields: Vec<(&str, &[u8])> = about.iter().collect();
        if !body.is_empty() {
            fields.push(("Content-Type", b"application/json"));
        }
        fields.push(("Content-Length", length.as_bytes()));
        fields.extend(self.headers.iter().map(Header::field));

        self.announce(&match total {
            Some(total) => format!("POST X-Upload-Content-Length: {total}"),
            None => "POST".to_owned(),
        });
        let url = self.creation.clone().ok_or(Error::NoCreation)?;
        let request = Request { method: "POST", url: &url, fields };
        let exchanged = self.connections.exchange(&request, &mut body.as_bytes(), |head| {
            let (verdict, location) = google::decode_creation_reply(head.status, head.headers);
            (verdict, location.map(|location| url.resolve(location)))
        });
        let Some(response) = self.heard(exchanged)? else {
            return Ok(None);
        };
        let (verdict, location) = response.head;
        let (verdict, text) = match location {
            None => (verdict, self.comment(&verdict, &response.text)),
            Some(Ok(url)) => {
                self.number += 1;
                (verdict, format!("Location: {}", self.url.insert(url)))
            }
            Some(Err(error)) => (Verdict::Violation(Violation::Address), format!("Location: {error}")),
        };
        Ok(Some(self.tell(response.status, verdict, text)))
    }

    /// Sends one request to the session. `None` if there is no answer.
    pub fn send(&mut self, intent: &Intent, source: &mut Source, range: Range<u64>) -> Result<Option<Verdict>, Error> {
        let url = self.url.clone().ok_or(Error::NoSession(*intent))?;
        let head = google::encode_request(intent)?;
        let list = head.fields();
        let hash = declared(intent, source)?;
        let mut fields: Vec<(&str, &[u8])> = list.iter().collect();
        fields.extend(hash.as_ref().map(|hash| ("x-goog-hash", hash.as_bytes())));
        // A session is only ever on the host of its creation, or on the one that the user has named.
        fields.extend(self.headers.iter().map(Header::field));
        self.announce(&head.to_string());
        let request = Request { method: head.method, url: &url, fields };
        let mut body = Chunk { source, range, high: &mut self.high, report: &mut self.report, events: self.events };
        let exchanged = self.connections.exchange(&request, &mut body, |head| {
            (google::decode_reply(head.status, head.headers), Hashes::of_head(head))
        });
        let Some(Response { status, head: (mut verdict, hashes), text }) = self.heard(exchanged)? else {
            return Ok(None);
        };
        if let Verdict::Complete { size } = &mut verdict {
            self.hashes = hashes.with_body(&text);
            *size = size.or(self.hashes.size);
        }
        let text = self.comment(&verdict, &text);
        Ok(Some(self.tell(status, verdict, text)))
    }

    fn announce(&mut self, line: &str) {
        self.report.requests += 1;
        (self.events)(Event::Request { line });
    }

    /// Sets what is only lost apart from what cannot be helped.
    fn heard<T>(&mut self, exchanged: Result<Response<T>, ExchangeError>) -> Result<Option<Response<T>>, Error> {
        match exchanged {
            Ok(response) => Ok(Some(response)),
            Err(ExchangeError::Lost(lost)) => {
                let why = lost.to_string();
                (self.events)(Event::Lost { why: &why });
                self.last = Some(why);
                Ok(None)
            }
            Err(ExchangeError::Body(error)) => Err(Error::source(error)),
            Err(ExchangeError::Request(error)) => Err(Error::Request(error)),
        }
    }

    fn tell(&mut self, status: u16, verdict: Verdict, text: String) -> Verdict {
        let answer = Answer { status, verdict, text };
        (self.events)(Event::Answer(&answer));
        self.last = Some(answer.to_string());
        verdict
    }

    /// What there is to say about an answer beside its verdict: for a failure, what the server says.
    fn comment(&self, verdict: &Verdict, body: &[u8]) -> String {
        match verdict {
            Verdict::Incomplete { .. } | Verdict::Complete { .. } => String::new(),
            Verdict::Refused { code: 300..400 } => "a redirect, which is not followed".to_owned(),
            _ => self.readable(body),
        }
    }

    /// The body of an answer as one line that neither tells a secret nor controls the terminal.
    fn readable(&self, body: &[u8]) -> String {
        let shown = &body[..body.len().min(MAX_TEXT)];
        let text = String::from_utf8_lossy(shown);
        let secrets = self.creation.iter().chain(&self.url);
        let text = secrets.fold(text.into_owned(), |text, url| url.redact(&text));
        let text = self.headers.iter().fold(text, |text, header| header.redact(&text));
        let is_between = |c: char| c.is_whitespace() || c.is_control();
        let mut words: Vec<&str> = text.split(is_between).filter(|word| !word.is_empty()).collect();
        if shown.len() == MAX_TEXT {
            // Where the text was cut there may be half a secret, which would not be found.
            if !text.ends_with(is_between) {
                words.pop();
            }
            words.push("...");
        }
        words.join(" ")
    }
}

/// The checksum of the whole for a request after which the upload can be complete.
///
/// For the last bytes all of a file is read before they are sent. For a question it is not: it may be asked where
/// almost nothing was sent yet, and what the server says in the end is compared all the same.
fn declared(intent: &Intent, source: &mut Source) -> Result<Option<String>, Error> {
    if !intent.can_complete() {
        return Ok(None);
    }
    let brings_bytes = matches!(intent, Intent::Append(_));
    let checksum = source.checksum(brings_bytes).map_err(Error::source)?;
    Ok(checksum.map(|(name, value)| format!("{name}={value}")))
}

/// The bytes of one request, counted when they have gone out.
struct Chunk<'c> {
    source: &'c mut Source,
    /// What has still to go out.
    range: Range<u64>,
    high: &'c mut u64,
    report: &'c mut Report,
    events: &'c mut Events<'c>,
}

impl BufRead for Chunk<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.range.is_empty() {
            return Ok(&[]);
        }
        self.source.piece(self.range.clone())
    }

    fn consume(&mut self, sent: usize) {
        let at = self.range.start;
        self.range.start += sent as u64;
        self.report.sent += sent as u64;
        self.report.resent += self.range.start.min(*self.high).saturating_sub(at);
        *self.high = self.range.start.max(*self.high);
        (self.events)(Event::Progress { at: self.range.start });
    }
}

impl Read for Chunk<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

/// What Redivis wants to know about an upload.
fn redivis_body(name: &str, size: Option<u64>) -> String {
    #[derive(Serialize)]
    struct Body<'b> {
        name: &'b str,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
    }
    // Writing such a body to memory cannot fail.
    serde_json::to_string(&Body { name, size }).unwrap_or_default()
}
