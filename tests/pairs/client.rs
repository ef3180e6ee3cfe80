//! The client's host: it owns the source and the wire, and does what its `Upload` says.

use std::rc::Rc;
use std::time::Duration;

use httparse::EMPTY_HEADER;
use resumable::client::{Attempt, ClientError, ClientPolicy, Length, Retry, Source, Step, Upload, Verdict};
use resumable::fields::Fields;
use resumable::google::{CreationKind, decode_creation_reply, decode_reply, encode_creation, encode_request};
use resumable::http1::{Body, CHUNK_END, LAST_CHUNK, MAX_HEADERS, chunk_head, parse_response, write_request};
use resumable::{Append, ClientSnapshot, Extent, Intent, Persisted};

use crate::plan::{Form, Setup};
use crate::properties::{Broken, Property, require};
use crate::support::flaw::Flaw;
use crate::support::service::CREATION;
use crate::support::source::{object, slice};

/// The bytes of one request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) attempt: Attempt,
    pub(crate) bytes: Rc<[u8]>,
    pub(crate) is_creation: bool,
    /// Whether it brings the object's last bytes.
    is_last: bool,
    /// In the words of the wire.
    pub(crate) line: String,
}

/// What the host is to do next.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    Send(Request),
    /// Wait so many milliseconds.
    Wait(u64),
    /// It is over.
    Over,
}

/// A client's process.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) upload: Upload,
    setup: Setup,
    flaw: Option<Flaw>,
    /// The session's address.
    session: Option<String>,
    /// What survives the process.
    saved: Option<ClientSnapshot>,
    /// Up to where the source has been read.
    filled: u64,
    /// The greatest offset that this session has acknowledged.
    acknowledged: u64,
    /// Up to where the source has been sent.
    sent: u64,
    /// Whether its user has given the upload up.
    is_cancelled: bool,
    /// How many requests there were since there was progress or a wait.
    in_a_row: u32,
}

impl Client {
    pub(crate) fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        let length = if setup.known { Length::Known(setup.size) } else { Length::Unknown };
        Self {
            upload: Upload::new(length, policy(setup), setup.jitter),
            setup: setup.clone(),
            flaw,
            session: None,
            saved: None,
            filled: 0,
            acknowledged: 0,
            sent: 0,
            is_cancelled: false,
            in_a_row: 0,
        }
    }

    /// Another process goes on where this one was lost, if the source can be read again.
    pub(crate) fn resume(&mut self) -> bool {
        if self.setup.source == Source::Once || self.is_over() {
            return false;
        }
        let setup = self.setup.clone();
        match self.saved {
            Some(saved) => {
                self.upload = Upload::resume(saved, policy(&setup), setup.jitter + 1);
                // The source is read again from its start, or, as here, from where the record says.
                self.filled = saved.persisted;
            }
            None => *self = Self { is_cancelled: self.is_cancelled, ..Self::new(&setup, self.flaw) },
        }
        self.in_a_row = 0;
        if self.is_cancelled {
            self.upload.cancel();
        }
        true
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.upload.step(), Step::Done { .. } | Step::Cancelled | Step::Failed(_))
    }

    /// Does what needs no waiting.
    pub(crate) fn next(&mut self) -> Result<Next, Broken> {
        loop {
            match self.upload.step() {
                Step::Create { attempt, total } => {
                    self.count_request()?;
                    return Ok(Next::Send(self.creation(attempt, total)));
                }
                Step::Send { attempt, intent, body } => {
                    self.count_request()?;
                    let acknowledged = self.acknowledged;
                    require(body.is_empty() || body.start >= acknowledged, Property::HonestClient, || {
                        format!("asks for the bytes {body:?}, although {acknowledged} are acknowledged")
                    })?;
                    let is_known = self.upload.total().is_some();
                    require(body.end <= self.filled || is_known, Property::HonestClient, || {
                        format!("asks for the bytes {body:?} of a source that was read up to {}", self.filled)
                    })?;
                    let start = if self.flaw == Some(Flaw::ClientForgetsToReplay) { self.sent } else { body.start };
                    let len = body.end - body.start;
                    let end = (start + len).min(self.setup.size);
                    let bytes = slice(object(), &(end - len..end)).expect("within the object");
                    self.sent = self.sent.max(end);
                    return Ok(Next::Send(self.request(attempt, &intent, bytes)));
                }
                Step::Fill { to } => self.fill(to)?,
                Step::Wait(delay) => {
                    self.in_a_row = 0;
                    return Ok(Next::Wait(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX) + 1));
                }
                _ => return Ok(Next::Over),
            }
        }
    }

    /// R48: a request, and once more after a question.
    fn count_request(&mut self) -> Result<(), Broken> {
        self.in_a_row += 1;
        require(self.in_a_row <= 3, Property::NoSpin, || {
            format!("{} requests without progress or a wait", self.in_a_row)
        })
    }

    /// Reads some more of the source; that it has ended is seen only when nothing more comes.
    fn fill(&mut self, to: u64) -> Result<(), Broken> {
        let more = (self.filled + self.setup.drip).min(self.setup.size);
        let ended = more == self.filled;
        require(to > self.filled || ended, Property::HonestClient, || {
            format!("asks for a source up to {to}, which was read up to {}", self.filled)
        })?;
        self.filled = more;
        self.upload
            .handle_source(more, ended)
            .map_err(|error| Broken { property: Property::HonestClient, what: error.to_string() })
    }

    /// The answer to the request that is under way.
    pub(crate) fn answered(&mut self, attempt: Attempt, answer: Answer) -> Result<(), Broken> {
        let verdict = match answer.verdict {
            Verdict::Incomplete { persisted: Some(more) } if self.flaw == Some(Flaw::ClientAddsUpRanges) => {
                let persisted = Some(Persisted::confirmed(self.acknowledged + more.get()));
                Verdict::Incomplete { persisted }
            }
            verdict => verdict,
        };
        if verdict == Verdict::Created {
            self.session = answer.location;
            (self.acknowledged, self.sent, self.in_a_row) = (0, 0, 0);
        }
        self.upload.handle_response(attempt, verdict).map_err(called_wrongly)?;
        self.after(verdict == Verdict::Created);
        Ok(())
    }

    /// There is no answer to the request that is under way.
    pub(crate) fn lost(&mut self, request: &Request) -> Result<(), Broken> {
        let result = if self.flaw == Some(Flaw::ClientTakesSilenceForSuccess) && request.is_last {
            self.upload.handle_response(request.attempt, Verdict::Complete { size: None })
        } else {
            self.upload.handle_lost(request.attempt)
        };
        result.map_err(called_wrongly)?;
        self.after(false);
        Ok(())
    }

    /// An answer to a request that was given up: it must change nothing.
    pub(crate) fn too_late(&mut self, attempt: Attempt, answer: &Answer) -> Result<(), Broken> {
        let before = self.upload.clone();
        let result = self.upload.handle_response(attempt, answer.verdict);
        require(result.is_err() && self.upload == before, Property::HonestClient, || {
            format!("takes an answer to attempt {} for a newer one", attempt.get())
        })
    }

    /// The user gives the upload up.
    pub(crate) fn cancel(&mut self) {
        self.is_cancelled = true;
        self.in_a_row = 0;
        self.upload.cancel();
    }

    pub(crate) fn waited(&mut self) -> Result<(), Broken> {
        self.upload.handle_waited().map_err(called_wrongly)
    }

    fn after(&mut self, created: bool) {
        let persisted = self.upload.persisted().get();
        if persisted > self.acknowledged {
            self.acknowledged = persisted;
            self.in_a_row = 0;
        }
        if created || self.setup.saves {
            self.saved = self.upload.snapshot().or(self.saved);
        }
    }

    fn creation(&self, attempt: Attempt, total: Option<u64>) -> Request {
        let kind = self.setup.kind;
        let (target, host) = match kind {
            CreationKind::Json => (CREATION, "storage.example"),
            CreationKind::Xml => ("/b/o", "b.storage.example"),
        };
        let fields = encode_creation(kind, total, None);
        let fields = fields.iter().chain([("Content-Length", &b"0"[..])]);
        let mut head = [0; 1024];
        let len = write_request(&mut head, "POST", target, host, fields).expect("the fields are the dialect's");
        let line = format!("POST {}", total.map_or(String::new(), |total| format!("of {total} bytes")));
        Request { attempt, bytes: head[..len].into(), is_creation: true, is_last: false, line }
    }

    fn request(&self, attempt: Attempt, intent: &Intent, data: &[u8]) -> Request {
        let (intent, whole) = self.reword(intent);
        let head = encode_request(&intent).expect("the intents of an upload can be encoded");
        let fields = head.fields();
        let chunked = self.setup.chunked && head.method == "PUT";
        let mut lines: Vec<(&str, &[u8])> = fields
            .iter()
            .filter(|(name, _)| !(chunked && *name == "Content-Length" || whole && *name == "Content-Range"))
            .collect();
        if chunked {
            lines.push(("Transfer-Encoding", b"chunked"));
        }
        if self.setup.no_308 {
            lines.push(("X-GUploader-No-308", b"yes"));
        }
        let session = self.session.as_deref().expect("requests follow a creation");
        let mut out = [0; 1024];
        let len = write_request(&mut out, head.method, session, "a", lines).expect("the fields are the dialect's");
        let mut bytes = out[..len].to_vec();
        if chunked {
            for piece in data.chunks(data.len().div_ceil(3).max(1)) {
                let size = chunk_head(piece.len() as u64).expect("pieces are not empty");
                bytes.extend([size.as_bytes(), piece, CHUNK_END].concat());
            }
            bytes.extend(LAST_CHUNK);
        } else {
            bytes.extend(data);
        }
        let is_last = matches!(intent, Intent::Append(Append { at, .. }) if at + data.len() as u64 == self.setup.size);
        Request { attempt, bytes: bytes.into(), is_creation: false, is_last, line: head.to_string() }
    }

    /// Another form of the last bytes that means the same, and whether it is no Content-Range at all.
    fn reword(&self, intent: &Intent) -> (Intent, bool) {
        let Intent::Append(append @ Append { at, extent: Extent::To(end), total: Some(total), .. }) = *intent else {
            return (*intent, false);
        };
        let last = Append { extent: Extent::Last, ..append };
        match self.setup.form {
            _ if end != total => (*intent, false),
            Form::Range => (*intent, false),
            Form::ToTheEnd => (Intent::Append(last), false),
            Form::ToSomeEnd => (Intent::Append(Append { total: None, ..last }), false),
            Form::Whole => (*intent, at == 0),
        }
    }
}

/// An answer, as its head says.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    location: Option<String>,
    /// How many bytes it has.
    pub(crate) len: usize,
    pub(crate) keep_alive: bool,
    /// In the words of the wire.
    pub(crate) line: String,
}

impl Answer {
    /// Reads one whole answer from the start of `bytes`; `None` if more of it must come.
    pub(crate) fn parse(bytes: &[u8], to_creation: bool) -> Option<Self> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let head = parse_response(bytes, &mut headers, "PUT").expect("the server's heads are right")?;
        let (mut body, mut len) = (Body::new(head.body), head.len);
        while !body.is_end() {
            let decoded = body.decode(&bytes[len..]).expect("the server's bodies are right");
            len += decoded.consumed;
            if decoded.consumed == 0 {
                return None;
            }
        }
        let keep_alive = head.keep_alive;
        let range = head.headers.field("range").one().map(|range| format!(" {}", range.escape_ascii()));
        let line = format!("{}{}", head.status, range.unwrap_or_default());
        let (verdict, location) = if to_creation {
            decode_creation_reply(head.status, head.headers)
        } else {
            (decode_reply(head.status, head.headers), None)
        };
        let location = location.map(|location| String::from_utf8_lossy(location).into_owned());
        Some(Self { verdict, location, len, keep_alive, line })
    }
}

fn called_wrongly(error: ClientError) -> Broken {
    Broken { property: Property::HonestClient, what: error.to_string() }
}

fn policy(setup: &Setup) -> ClientPolicy {
    let Setup { chunk, source, restarts, .. } = *setup;
    // Patient enough for all the trouble there can be.
    let retry = Retry { max_attempts: 200, max_wait: Duration::from_secs(86_400), ..Retry::default() };
    ClientPolicy { chunk, retry, source, restarts }
}
