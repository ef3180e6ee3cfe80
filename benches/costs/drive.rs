//! One request, as a host drives it: shared by the benchmarks.

use std::hint::black_box;

use resumable::server::{BodyEnd, Outcome, Session, Step, StoreReply};
use resumable::{Intent, Persisted};

/// An append of one chunk: five inputs, and the question what is due after each.
#[inline(never)]
pub(crate) fn drive(session: &mut Session, intent: Intent, chunk: &[u8]) -> Option<Outcome> {
    let mut ticket = session.handle_request(intent);
    let mut body = [chunk].into_iter();
    loop {
        match session.step(&ticket).ok()? {
            Step::Fence { .. } => {
                let record = session.snapshot();
                session.handle_store(&mut ticket, StoreReply::Fenced(record)).ok()?;
            }
            Step::ReadBody { .. } => match body.next() {
                Some(chunk) => {
                    black_box(session.handle_body(&mut ticket, chunk).ok()?);
                }
                None => session.handle_body_end(&mut ticket, BodyEnd::Clean).ok()?,
            },
            Step::Sync { to, .. } => {
                session.handle_store(&mut ticket, StoreReply::Synced(Persisted::confirmed(to.get()))).ok()?;
            }
            Step::Respond(outcome) => return Some(outcome),
            _ => return None,
        }
    }
}
