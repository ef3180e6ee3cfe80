//! A server of one upload whose store is an array.

use std::fmt::Write as _;

use httparse::EMPTY_HEADER;
use resumable::google::{Options, Reply, decode_creation, decode_request, encode_reply};
use resumable::http1::{self, Body, RequestHead, parse_request, write_response};
use resumable::server::{BodyEnd, Fault, Session, Step, StoreReply, Ticket};
use resumable::{Persisted, Policy};

use crate::{Line, SIZE};

pub(crate) struct Server {
    session: Option<Session>,
    store: [u8; SIZE],
    is_published: bool,
    /// Whether the store fails.
    pub(crate) is_busy: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self { session: None, store: [0; SIZE], is_published: false, is_busy: false }
    }
}

impl Server {
    pub(crate) fn published(&self) -> Option<&[u8; SIZE]> {
        self.is_published.then_some(&self.store)
    }

    /// Serves one request, of which perhaps not all has arrived; the length of the answer, if there is one.
    pub(crate) fn serve(&mut self, request: &[u8], answer: &mut [u8], is_creation: bool) -> Option<usize> {
        let mut headers = [EMPTY_HEADER; 8];
        let head = parse_request(request, &mut headers, http1::Options::default());
        let head = head.expect("a right head").expect("a whole head");
        if is_creation {
            let creation = decode_creation(head.headers).expect("a right creation");
            self.session = Some(Session::new(Policy::default(), creation.total).expect("there is no limit"));
            let fields = [("Location", &b"/uploads/7"[..]), ("Content-Length", b"0")];
            return Some(write_response(answer, creation.status(), fields).expect("it fits"));
        }
        let reply = self.answer(&head, &request[head.len..])?;
        let fields = reply.fields();
        let host = reply.is_complete().then_some(("Content-Length", &b"0"[..]));
        let mut len = write_response(answer, reply.status, fields.iter().chain(host)).expect("it fits");
        if let Some(text) = reply.text {
            let mut line = Line { text: [0; 256], len: 0 };
            write!(line, "{text}").expect("refusals are short");
            answer[len..len + line.len].copy_from_slice(&line.text[..line.len]);
            len += line.len;
        }
        Some(len)
    }

    fn answer(&mut self, head: &RequestHead<'_, '_>, mut bytes: &[u8]) -> Option<Reply> {
        let options = Options::default();
        let request = decode_request(head.method, head.headers, head.body.length(), &options);
        let request = request.expect("a right request");
        let session = self.session.as_mut().expect("there was a creation");
        let mut ticket = session.handle_request(request.intent);
        let mut body = Body::new(head.body);
        loop {
            match session.step(&ticket).expect("it is the only request") {
                Step::ReadBody { .. } => {
                    let decoded = body.decode(&bytes[..bytes.len().min(500)]).expect("a right body");
                    bytes = &bytes[decoded.consumed..];
                    if decoded.consumed == 0 {
                        let end = if body.is_end() { BodyEnd::Clean } else { BodyEnd::Cut };
                        session.handle_body_end(&mut ticket, end).expect("it is due");
                    } else if !decoded.data.is_empty() {
                        let write = session.handle_body(&mut ticket, decoded.data).expect("it is due");
                        let at = usize::try_from(write.at.get()).expect("a small object");
                        self.store[at..at + write.data.len()].copy_from_slice(write.data);
                    }
                }
                Step::Respond(outcome) => return Some(encode_reply(&outcome, request.echo, &options)),
                Step::Close => return None,
                step => {
                    let reply = if self.is_busy { StoreReply::Failed(Fault::Unavailable) } else { does(session, step) };
                    self.is_published |= reply == StoreReply::Committed;
                    replied(session, &mut ticket, reply);
                }
            }
        }
    }
}

fn does(session: &Session, step: Step) -> StoreReply {
    match step {
        Step::Fence { .. } => StoreReply::Fenced(session.snapshot()),
        Step::Sync { to, .. } => StoreReply::Synced(Persisted::confirmed(to.get())),
        Step::Commit { .. } => StoreReply::Committed,
        step => panic!("not asked for: {step}"),
    }
}

fn replied(session: &mut Session, ticket: &mut Ticket, reply: StoreReply) {
    session.handle_store(ticket, reply).expect("it is due");
}
