//! Requests to sessions, as a host drives them, and nothing around them.

use std::hint::black_box;

use resumable::google::content_range::{ContentRange, Leniency};
use resumable::google::range;
use resumable::server::{Answer, Outcome, Session, Step};
use resumable::{Append, Extent, Intent, Status};

use crate::drive::drive;
use crate::sessions::{Id, Sessions};

/// How many requests there are in a batch: their sessions fit into the first cache.
pub const BATCH: usize = 64;

/// How many bytes an append brings. The session does not look at them.
pub const CHUNK: u64 = BYTES.len() as u64;
static BYTES: [u8; 512] = [7; 512];

/// Requests that are done one after the other.
pub enum Batch<'m> {
    /// Looks these sessions up and reads them, nothing else.
    LookUp(&'m Sessions, [Id; BATCH]),
    /// Looks these sessions up and appends to each.
    LookUpAppend(&'m mut Sessions, [Id; BATCH]),
    /// Asks each of these sessions for its status. They are found already.
    Status(&'m mut Sessions, [usize; BATCH]),
    /// Appends to each of these sessions. They are found already.
    Append(&'m mut Sessions, [usize; BATCH]),
    /// Asks the same session for its status, each time as it is now.
    StatusOf(&'m Session),
    /// Appends to the same session, each time as it is now.
    AppendTo(&'m Session),
    /// The same, from the text of a `Content-Range` to the text of a `Range`.
    FieldsTo(&'m Session, &'m [u8]),
}

/// Does the requests; whether each had the answer that it should have. This function alone is timed and counted.
#[inline(never)]
pub fn timed(batch: &mut Batch<'_>) -> bool {
    match batch {
        Batch::LookUp(sessions, ids) => {
            ids.iter().all(|id| sessions.get(id).is_some_and(|session| black_box(session.clone()).total().is_some()))
        }
        Batch::LookUpAppend(sessions, ids) => ids.iter().all(|id| sessions.get_mut(id).is_some_and(append)),
        Batch::Status(sessions, places) => {
            places.iter().all(|place| sessions.get_index_mut(*place).is_some_and(|(_, session)| status(session)))
        }
        Batch::Append(sessions, places) => {
            places.iter().all(|place| sessions.get_index_mut(*place).is_some_and(|(_, session)| append(session)))
        }
        Batch::StatusOf(session) => (0..BATCH).all(|_| status(&mut black_box(session.clone()))),
        Batch::AppendTo(session) => (0..BATCH).all(|_| append(&mut black_box(session.clone()))),
        Batch::FieldsTo(session, value) => {
            (0..BATCH).all(|_| fields(&mut black_box(session.clone()), black_box(value)))
        }
    }
}

/// A question about the status: one input.
#[inline(never)]
fn status(session: &mut Session) -> bool {
    let ticket = session.handle_request(black_box(Intent::Status(Status { total: None, body: Some(0) })));
    matches!(black_box(session.step(&ticket)), Ok(Step::Respond(_)))
}

/// An append of a chunk: five inputs, and the question what is due after each.
#[inline(never)]
fn append(session: &mut Session) -> bool {
    let at = session.persisted().get();
    let append = Append { at, extent: Extent::To(at + CHUNK), total: session.total(), body: Some(CHUNK) };
    black_box(drive(session, black_box(Intent::Append(append)), &BYTES)).is_some()
        && session.persisted().get() == at + CHUNK
}

/// An append whose numbers come as text and go as text.
#[inline(never)]
fn fields(session: &mut Session, value: &[u8]) -> bool {
    let Ok(ContentRange::Range { start, end, total, .. }) = ContentRange::parse(value, Leniency::default()) else {
        return false;
    };
    let append = Append { at: start, extent: Extent::To(end), total, body: Some(CHUNK) };
    let Some(Outcome { answer: Answer::Incomplete { persisted }, .. }) = drive(session, Intent::Append(append), &BYTES)
    else {
        return false;
    };
    let Ok(persisted) = persisted.get().try_into() else { return false };
    black_box(range::encode(persisted)).as_bytes().starts_with(b"bytes=0-")
}
