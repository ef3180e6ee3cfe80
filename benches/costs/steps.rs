//! What the machines take for their part, and a whole step with everything around it but I/O.

use std::cell::RefCell;
use std::hint::black_box;

use resumable::client::{ClientPolicy, Length, Step as ClientStep, Upload, Verdict};
use resumable::google::{self, Echo, Options};
use resumable::http1;
use resumable::server::{Outcome, Session};
use resumable::{Append, Extent, Intent, Persisted, Policy, Status};

use crate::case::{Case, cases};
use crate::drive::drive;
use crate::heads;

const CHUNK: u64 = 65_536;
static BYTES: [u8; 65_536] = [7; 65_536];

pub(crate) const CASES: &[Case] = cases! {
    "no step" => (),
    "session, new" => session(),
    "session, a question: 1 input" => {
        let mut session = session();
        let ticket = session.handle_request(black_box(Intent::Status(Status { total: None, body: Some(0) })));
        black_box(session.step(&ticket)).is_ok()
    },
    "session, an append: 5 inputs" => {
        let mut session = session();
        black_box(append(&mut session)).is_some()
    },
    "session, two appends: 10 inputs" => {
        let mut session = session();
        let first = append(&mut session).is_some();
        first && append_at(&mut session, CHUNK).is_some()
    },
    "step, server: a chunk from head to 308" => OUT.with_borrow_mut(server_step),
    "answer by httparse" => {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        httparse::Response::new(&mut headers).parse(black_box(REPLY)).is_ok()
    },
    "upload, new" => upload(),
    "upload, a chunk and its 308: 1 input" => {
        let mut upload = upload();
        send(&mut upload).is_some()
    },
    "step, client: a chunk from head to 308" => OUT.with_borrow_mut(client_step),
};

fn session() -> Session {
    let session = Session::new(black_box(Policy::default()), black_box(Some(2_000_000)));
    session.unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// One append of a chunk, as a host drives it: five inputs, and the question what is due after each.
fn append(session: &mut Session) -> Option<Outcome> {
    append_at(session, 0)
}

fn append_at(session: &mut Session, at: u64) -> Option<Outcome> {
    let append = Append { at, extent: Extent::To(at + CHUNK), total: Some(2_000_000), body: Some(CHUNK) };
    drive(session, black_box(Intent::Append(append)), &BYTES)
}

/// Everything that a server does for a chunk but the I/O: the head parsed and decoded, the session driven, the 308
/// written.
#[inline(never)]
fn server_step(out: &mut [u8; 256]) -> Option<usize> {
    let mut session = session();
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let (method, _) = heads::parse(&mut headers);
    let options = Options::default();
    let request = google::decode_request(method, &headers[..12], Some(CHUNK), &options).ok()?;
    let outcome = drive(&mut session, request.intent, &BYTES)?;
    let reply = google::encode_reply(&outcome, Echo::default(), &options);
    black_box(http1::write_response(out, reply.status, reply.fields().iter()).ok())
}

thread_local! {
    static OUT: RefCell<[u8; 256]> = const { RefCell::new([0; 256]) };
}

fn upload() -> Upload {
    let mut upload = Upload::new(black_box(Length::Known(2_000_000)), ClientPolicy::default(), 7);
    if let ClientStep::Create { attempt, .. } = upload.step() {
        upload.handle_response(attempt, Verdict::Created).unwrap_or_else(|error| panic!("{error}"));
    }
    upload
}

fn send(upload: &mut Upload) -> Option<ClientStep> {
    let ClientStep::Send { attempt, .. } = upload.step() else { return None };
    let persisted = Some(Persisted::confirmed(black_box(CHUNK)));
    upload.handle_response(attempt, black_box(Verdict::Incomplete { persisted })).ok()?;
    Some(black_box(upload.step()))
}

/// A 308 as servers send it.
const REPLY: &[u8] = b"HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-65535\r\nContent-Length: 0\r\n\
    Date: Fri, 31 Dec 1999 23:59:59 GMT\r\n\r\n";

/// Everything that a client does for a chunk but the I/O: the head written, the answer parsed and taken.
#[inline(never)]
fn client_step(out: &mut [u8; 256]) -> Option<ClientStep> {
    let mut upload = upload();
    let ClientStep::Send { attempt, intent, .. } = upload.step() else { return None };
    let head = google::encode_request(&intent).ok()?;
    black_box(http1::write_request(out, head.method, "/u/7", "storage.example.com", head.fields().iter()).ok())?;
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let answer = http1::parse_response(black_box(REPLY), &mut headers, "PUT").ok()??;
    upload.handle_response(attempt, google::decode_reply(answer.status, answer.headers)).ok()?;
    Some(black_box(upload.step()))
}
