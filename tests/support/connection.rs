//! One connection of a server: bytes in, bytes out, and in between what the session wants done.
//!
//! This is a whole host, but for the waiting: it says what it waits for, and whoever owns it decides when that comes.

use httparse::EMPTY_HEADER;
use resumable::client::Verdict;
use resumable::fields::Fields;
use resumable::google::{Creation, CreationKind, Reply, decode_creation, decode_reply, decode_request, encode_reply};
use resumable::http1::{self, Framing, MAX_HEADERS, RequestHead, parse_request, parse_response, write_response};
use resumable::server::{Outcome, StoreReply, TicketId};

use super::disk::{Disk, Id, Job};
use super::service::{Service, Target, location, target};
use super::serving::{Progress, Serving};

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    input: Vec<u8>,
    /// How much of the input is done with.
    read: usize,
    ended: bool,
    output: Vec<u8>,
    said: Vec<Said>,
    state: State,
    /// How many requests ended here because a newer one had taken over.
    pub(crate) superseded: u32,
}

#[derive(Debug, Default)]
enum State {
    /// It reads a head.
    #[default]
    Head,
    /// It reads the body of a creation, which means nothing here.
    Describing(Describing),
    /// It waits for the store to keep a new upload.
    Creating(Id, Describing),
    /// It serves a request to a session.
    Serving(Box<Serving>),
    Closed,
}

#[derive(Clone, Copy, Debug)]
struct Describing {
    body: http1::Body,
    total: Option<u64>,
    kind: CreationKind,
    keep_alive: bool,
}

/// An answer about an upload, as it went onto the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Which upload.
    pub(crate) id: Id,
    /// What a client makes of it.
    pub(crate) verdict: Verdict,
}

/// What a connection waits for.
#[derive(Debug)]
pub(crate) enum Due {
    /// More bytes.
    Input,
    /// The store; then [`Connection::store_replied`].
    Store(Job),
    /// The process has crashed.
    Crash,
    /// Nothing: it is closed.
    Closed,
}

impl Connection {
    /// Bytes have come.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        if !self.is_closed() {
            self.input.extend_from_slice(bytes);
        }
    }

    /// No more bytes will come.
    pub(crate) fn end_of_input(&mut self) {
        self.ended = true;
    }

    /// The bytes to send.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// What those bytes say about uploads.
    pub(crate) fn take_said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    /// The request that is served: which upload, and which of its requests.
    #[must_use]
    pub(crate) fn serves(&self) -> Option<(Id, Option<TicketId>)> {
        match &self.state {
            State::Serving(serving) => Some((serving.id, serving.ticket.id())),
            _ => None,
        }
    }

    /// Whether nothing more is read or sent.
    #[must_use]
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Goes on as far as it can.
    pub(crate) fn poll(&mut self, service: &mut Service, disk: &mut Disk) -> Due {
        loop {
            let due = match self.state {
                State::Head => self.read_head(service, disk),
                State::Describing(creation) => self.read_description(creation, service, disk),
                State::Creating(id, _) => Some(Due::Store(Job::creation(id))),
                State::Serving(_) => self.serve(service, disk),
                State::Closed => Some(Due::Closed),
            };
            if let Some(due) = due {
                return due;
            }
        }
    }

    /// The store has done what was due, or has failed.
    pub(crate) fn store_replied(&mut self, service: &mut Service, reply: StoreReply) {
        match &mut self.state {
            State::Creating(id, creation) => {
                let (id, kind, keep_alive) = (*id, creation.kind, creation.keep_alive);
                if matches!(reply, StoreReply::Fenced(_)) {
                    let status = if kind == CreationKind::Json { 200 } else { 201 };
                    let location = location(id);
                    self.write(status, &[("Location", location.as_bytes())], "", keep_alive);
                } else {
                    self.write(503, &[("Retry-After", b"1")], "", keep_alive);
                }
            }
            State::Serving(serving) => {
                let result = match service.loaded(serving.id) {
                    Some(session) => session.handle_store(&mut serving.ticket, reply),
                    None => Ok(()),
                };
                service.note(result);
            }
            _ => {}
        }
    }

    /// Whoever serves this connection is gone: its task was dropped.
    pub(crate) fn abandon(&mut self, service: &mut Service) {
        if let State::Serving(serving) = std::mem::replace(&mut self.state, State::Closed)
            && let Some(session) = service.loaded(serving.id)
        {
            session.handle_abandoned(serving.ticket);
        }
    }

    /// Closes it.
    pub(crate) fn close(&mut self) {
        self.state = State::Closed;
    }

    fn read_head(&mut self, service: &mut Service, disk: &mut Disk) -> Option<Due> {
        self.input.drain(..self.read);
        self.read = 0;
        let input = std::mem::take(&mut self.input);
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let due = match parse_request(&input, &mut headers, service.http1) {
            Ok(None) if !self.ended => Some(Due::Input),
            Ok(None) => {
                self.close();
                None
            }
            Ok(Some(head)) => {
                self.read = head.len;
                self.admit(&head, service, disk);
                None
            }
            Err(error) => {
                self.refuse(error.status(), &error.to_string(), false);
                None
            }
        };
        self.input = input;
        due
    }

    fn admit(&mut self, head: &RequestHead<'_, '_>, service: &mut Service, disk: &Disk) {
        // What is refused here is refused before its body is read.
        let keep_alive = head.keep_alive && head.body == Framing::Length(0);
        let Target::Session(id) = target(head.target) else {
            return self.admit_creation(head, keep_alive);
        };
        let options = service.options;
        match decode_request(head.method, head.headers, head.body.length(), &options) {
            Ok(request) => match service.session(id, disk) {
                Some(session) => {
                    let serving = Serving::new(id, head, request, session);
                    self.state = State::Serving(Box::new(serving));
                }
                None => self.refuse(404, "expected a session, got none", keep_alive),
            },
            Err(error) => self.write_reply(None, &Reply::from(error), keep_alive),
        }
    }

    fn admit_creation(&mut self, head: &RequestHead<'_, '_>, keep_alive: bool) {
        let starts =
            head.target.contains("uploadType=resumable") || head.headers.field("x-goog-resumable").one().is_some();
        if head.method != "POST" || !starts {
            return self.refuse(404, "expected an upload, got another target", keep_alive);
        }
        match decode_creation(head.headers) {
            Ok(Creation { kind, total, .. }) => {
                let (body, keep_alive) = (http1::Body::new(head.body), head.keep_alive);
                self.state = State::Describing(Describing { body, total, kind, keep_alive });
            }
            Err(error) => self.refuse(400, &error.to_string(), keep_alive),
        }
    }

    fn read_description(&mut self, mut creation: Describing, service: &mut Service, disk: &mut Disk) -> Option<Due> {
        if creation.body.is_end() {
            match service.create(creation.total, disk) {
                Ok(id) => self.state = State::Creating(id, creation),
                Err(refusal) => self.refuse(413, &refusal.to_string(), creation.keep_alive),
            }
            return None;
        }
        match creation.body.decode(&self.input[self.read..]) {
            Ok(decoded) if decoded.consumed > 0 => {
                self.read += decoded.consumed;
                self.state = State::Describing(creation);
            }
            Ok(_) if !self.ended => return Some(Due::Input),
            Ok(_) => self.close(),
            Err(error) => self.refuse(error.status(), &error.to_string(), false),
        }
        None
    }

    fn serve(&mut self, service: &mut Service, disk: &mut Disk) -> Option<Due> {
        let State::Serving(serving) = &mut self.state else {
            return None;
        };
        let input = self.input.get(self.read..).unwrap_or_default();
        match serving.advance(input, self.ended, service, disk) {
            Progress::Consumed(bytes) => self.read += bytes,
            Progress::Due(due) => return Some(due),
            Progress::Continue => self.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n"),
            Progress::Respond(outcome) => self.respond(outcome, service),
            Progress::Close(Some(status)) => {
                self.refuse(status, "expected a body, got what cannot be understood", false);
            }
            Progress::Close(None) => self.close(),
            Progress::Superseded => {
                self.superseded += 1;
                self.close();
            }
        }
        None
    }

    fn respond(&mut self, outcome: Outcome, service: &Service) {
        if let State::Serving(serving) = &self.state {
            // Of a cancellation the session does not know whether it had a body.
            let is_read = outcome.body_read || serving.body.is_end();
            let (id, keep_alive) = (serving.id, serving.keep_alive && is_read);
            let reply = encode_reply(&outcome, serving.echo, &service.options);
            self.write_reply(Some(id), &reply, keep_alive);
        }
    }

    fn write_reply(&mut self, id: Option<Id>, reply: &Reply, keep_alive: bool) {
        let fields = reply.fields();
        // The length is written with the text, which for an object is none.
        let fields: Vec<_> = fields.iter().filter(|(name, _)| *name != "Content-Length").collect();
        let text = reply.text.map_or(String::new(), |text| text.to_string());
        let start = self.output.len();
        self.write(reply.status, &fields, &text, keep_alive);
        if let Some(id) = id {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let head = parse_response(&self.output[start..], &mut headers, "PUT");
            let head = head.expect("what was written is a head").expect("all of it");
            let verdict = decode_reply(head.status, head.headers);
            self.said.push(Said { id, verdict });
        }
    }

    fn refuse(&mut self, status: u16, text: &str, keep_alive: bool) {
        self.write(status, &[("Content-Type", b"text/plain; charset=utf-8")], text, keep_alive);
    }

    /// Writes an answer, and then reads the next head or closes.
    fn write(&mut self, status: u16, fields: &[(&str, &[u8])], text: &str, keep_alive: bool) {
        let length = text.len().to_string();
        let mut all = fields.to_vec();
        if status != 204 {
            all.push(("Content-Length", length.as_bytes()));
        }
        if !keep_alive {
            all.push(("Connection", b"close"));
        }
        let mut out = [0; 1024];
        let len = write_response(&mut out, status, all).expect("the fields are the dialect's");
        self.output.extend_from_slice(&out[..len]);
        self.output.extend_from_slice(text.as_bytes());
        self.state = if keep_alive { State::Head } else { State::Closed };
    }
}
