//! One upload: the machine, its store, and the loop between them. This is the part to copy.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use resumable::server::{BodyEnd, Fault, Outcome, Session, State, Step, StoreReply, Ticket, TicketId};
use resumable::{Intent, Policy, ServerError, SnapshotError, Superseded};

use super::checksum::Checksums;
use super::connection::{Incoming, ReadError};
use super::ladder::Ladder;
use super::store::{Files, Kind, Record, StoreError, lock};

pub struct Upload {
    /// What is true of the upload. The lock is held for one call at a time: nobody keeps it while reading, writing or
    /// waiting, so a connection that is half dead cannot keep a newer request waiting.
    session: Mutex<Session>,
    files: Files,
    /// Where its address leads, which never changes.
    place: (Kind, String),
    /// The connections of the requests under way, to be shut when a newer request takes over.
    connections: Mutex<HashMap<TicketId, Arc<TcpStream>>>,
}

/// What a request brings besides what it asks for.
pub struct Arriving<'r> {
    /// A second handle of its connection, to end it from outside.
    pub handle: Arc<TcpStream>,
    /// Its body, decoded.
    pub body: &'r mut dyn Incoming,
    /// What the whole object must come to, if this request completes it.
    pub checksums: Checksums,
}

/// Why a request gets no answer of the session's.
#[derive(Debug, thiserror::Error)]
pub enum Hangup {
    #[error("a newer request has taken over")]
    Superseded(#[from] Superseded),
    /// The body did not come to its end. What came of it is kept.
    #[error("the body was cut: {0}")]
    Cut(ReadError),
    /// The body is not in its coding, so nobody knows what its bytes are worth. Only what is durable is kept.
    #[error("the body was dropped: {0}")]
    Dropped(ReadError),
    /// The machine was called wrongly, or the store said what cannot be.
    #[error("fault: {0}")]
    Fault(ServerError),
    /// The request is over and no answer is owed.
    #[error("over")]
    Over,
}

impl From<ServerError> for Hangup {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Superseded(superseded) => Self::Superseded(superseded),
            error => Self::Fault(error),
        }
    }
}

impl Upload {
    pub fn new(session: Session, files: Files) -> Self {
        let Record { kind, declared, .. } = files.record();
        let place = (kind, declared.bucket);
        Self { session: Mutex::new(session), files, place, connections: Mutex::default() }
    }

    pub fn restore(policy: Policy, files: Files) -> Result<Self, SnapshotError> {
        let session = Session::restore(policy, files.record().upload)?;
        Ok(Self::new(session, files))
    }

    pub fn record(&self) -> Record {
        self.files.record()
    }

    /// Whether it was created by this interface, into this bucket: there its address leads.
    pub fn is_at(&self, kind: Kind, bucket: &str) -> bool {
        (self.place.0, self.place.1.as_str()) == (kind, bucket)
    }

    pub fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    /// Serves one request: does what is due until there is an answer, or until there is to be none.
    pub fn serve(&self, intent: Intent, arriving: Arriving<'_>, ladder: &Ladder<'_>) -> Result<Outcome, Hangup> {
        let Arriving { handle, body, checksums } = arriving;
        let mut request = Request::admit(self, intent, handle, ladder);
        loop {
            // Not in the head of the `match`, which would keep the lock to its end.
            let step = self.session().step(&request.ticket)?;
            match step {
                Step::Fence { record, evict } => {
                    request.stored(self.files.fence(record))?;
                    self.evict(evict);
                }
                Step::ReadBody { .. } => request.read(body)?,
                Step::Sync { record, .. } => request.stored(self.files.sync(record))?,
                Step::Commit { record, .. } => request.stored(self.files.commit(record, &checksums))?,
                Step::Discard { record } => request.stored(self.files.discard(record))?,
                Step::Respond(outcome) => return Ok(outcome),
                _ => return Err(request.cut.take().map_or(Hangup::Over, Hangup::Cut)),
            }
        }
    }

    /// Lets the upload expire, unless it has ended. Whoever still writes is stopped.
    pub fn expire(&self, ladder: &Ladder<'_>) -> Result<(), Hangup> {
        let ticket = self.session().expire();
        let mut request = Request { upload: self, ticket, ladder, cut: None };
        loop {
            let step = self.session().step(&request.ticket)?;
            match step {
                Step::Fence { record, evict } => {
                    request.stored(self.files.fence(record))?;
                    self.evict(evict);
                }
                Step::Discard { record } => request.stored(self.files.discard(record))?,
                _ => return Ok(()),
            }
        }
    }

    /// Closes its files until they are needed again.
    pub fn close(&self) {
        self.files.close();
    }

    /// Whether nothing will happen to it any more.
    pub fn has_ended(&self) -> bool {
        !matches!(self.session().state(), State::Open { .. } | State::Finalizing { .. })
    }

    /// Ends the connection of a request that a newer one has superseded: it may be waiting for bytes that never come.
    /// And those of all before it: one that was superseded at once had no time to do it.
    fn evict(&self, older: Option<TicketId>) {
        lock(&self.connections).retain(|id, stream| {
            let stays = Some(*id) > older;
            if !stays {
                // An error means that it is gone already.
                let _ = stream.shutdown(Shutdown::Both);
            }
            stays
        });
    }
}

/// One request under way. However it ends, the session is told.
struct Request<'u> {
    upload: &'u Upload,
    ticket: Ticket,
    ladder: &'u Ladder<'u>,
    /// Why the body was cut.
    cut: Option<ReadError>,
}

impl<'u> Request<'u> {
    fn admit(upload: &'u Upload, intent: Intent, handle: Arc<TcpStream>, ladder: &'u Ladder<'u>) -> Self {
        let request = Self { upload, ticket: upload.session().handle_request(intent), ladder, cut: None };
        if let Some(id) = request.ticket.id() {
            // Whoever evicts this request before this line finds no connection to shut. Then this request finds that
            // it is superseded before it waits for anything.
            lock(&upload.connections).insert(id, handle);
        }
        request
    }

    /// Reads some of the body.
    fn read(&mut self, body: &mut dyn Incoming) -> Result<(), Hangup> {
        let Self { upload, ticket, ladder, cut } = self;
        match body.read() {
            Ok(Some(chunk)) => {
                let write = upload.session().handle_body(ticket, chunk)?;
                // Of a body that is only counted there is nothing to store.
                if !write.data.is_empty()
                    && let Err(error) = upload.files.write(&write)
                {
                    let reply = refused(&error, ladder);
                    upload.session().handle_store(ticket, reply)?;
                }
            }
            Ok(None) => upload.session().handle_body_end(ticket, BodyEnd::Clean)?,
            Err(error @ ReadError::Content(_)) => return Err(Hangup::Dropped(error)),
            Err(error) => {
                *cut = Some(error);
                upload.session().handle_body_end(ticket, BodyEnd::Cut)?;
            }
        }
        Ok(())
    }

    /// Tells the session what the store said.
    fn stored(&mut self, reply: Result<StoreReply, StoreError>) -> Result<(), Hangup> {
        let reply = reply.unwrap_or_else(|error| refused(&error, self.ladder));
        self.upload.session().handle_store(&mut self.ticket, reply)?;
        Ok(())
    }
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.ticket.id() {
            lock(&self.upload.connections).remove(&id);
        }
        // Nothing happens to a session that this request does not hold any more.
        self.upload.session().handle_abandoned(self.ticket.clone());
    }
}

fn refused(error: &StoreError, ladder: &Ladder<'_>) -> StoreReply {
    match error {
        StoreError::Stale(epoch) => StoreReply::Stale(*epoch),
        StoreError::Io(error) => {
            ladder.note(format_args!("the store failed: {error}"));
            StoreReply::Failed(match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full,
                _ => Fault::Unavailable,
            })
        }
    }
}
