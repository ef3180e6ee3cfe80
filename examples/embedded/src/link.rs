//! A link that fails, with a server at its other end whose store is an array.

use resumable::google::{self, Options, Reply};
use resumable::server::{BodyEnd, Session, Step, StoreReply, Ticket};
use resumable::{Persisted, Policy, http1};

/// The size of the object in bytes.
pub const SIZE: usize = 5003;

/// The link and the server behind it.
pub struct Link {
    random: u64,
    session: Session,
    store: [u8; SIZE],
    published: bool,
}

impl Link {
    pub fn new(seed: u64) -> Self {
        // An object of this size is not above the policy's limit, which is the only reason for a refusal.
        let Ok(session) = Session::new(Policy::default(), Some(SIZE as u64)) else { unreachable!() };
        Self { random: seed, session, store: [0; SIZE], published: false }
    }

    pub fn published(&self) -> Option<&[u8; SIZE]> {
        self.published.then_some(&self.store)
    }

    /// Carries a request over and its answer back; `None` if either was lost. A body may be cut anywhere.
    pub fn exchange(&mut self, head: &[u8], body: &[u8], answer: &mut [u8]) -> Option<usize> {
        let arrives = match self.draw(3) {
            0 => self.draw(body.len() + 1),
            _ => body.len(),
        };
        let reply = self.serve(head, &body[..arrives])?;
        let lost = self.draw(4) == 0;
        let len = http1::write_response(answer, reply.status, reply.fields().iter()).ok()?;
        (!lost).then_some(len)
    }

    fn serve(&mut self, head: &[u8], body: &[u8]) -> Option<Reply> {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let head = http1::parse_request(head, &mut headers, http1::Options::default()).ok()??;
        let options = Options::default();
        let request = match google::decode_request(head.method, head.headers, head.body.length(), &options) {
            Ok(request) => request,
            Err(error) => return Some(Reply::from(error)),
        };
        let whole = head.body.length() == Some(body.len() as u64);
        let mut ticket = self.session.handle_request(request.intent);
        let mut pieces = body.chunks(700);
        loop {
            match self.session.step(&ticket).ok()? {
                Step::Fence { .. } => self.replied(&mut ticket, StoreReply::Fenced(self.session.snapshot()))?,
                Step::ReadBody { .. } => match pieces.next() {
                    Some(piece) => {
                        let write = self.session.handle_body(&mut ticket, piece).ok()?;
                        let at = write.at.get() as usize;
                        self.store[at..at + write.data.len()].copy_from_slice(write.data);
                    }
                    None => {
                        let end = if whole { BodyEnd::Clean } else { BodyEnd::Cut };
                        self.session.handle_body_end(&mut ticket, end).ok()?;
                    }
                },
                Step::Sync { to, .. } => {
                    self.replied(&mut ticket, StoreReply::Synced(Persisted::confirmed(to.get())))?;
                }
                Step::Commit { .. } => {
                    self.published = true;
                    self.replied(&mut ticket, StoreReply::Committed)?;
                }
                Step::Respond(outcome) => {
                    return Some(google::encode_reply(&outcome, request.echo, &options));
                }
                _ => return None,
            }
        }
    }

    fn replied(&mut self, ticket: &mut Ticket, reply: StoreReply) -> Option<()> {
        self.session.handle_store(ticket, reply).ok()
    }

    /// A number below `below` (xorshift).
    fn draw(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % below as u64) as usize
    }
}
