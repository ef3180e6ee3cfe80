//! One upload, shared by all requests about it: the machine, the way to its store, and who is to stop.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};

use resumable::server::{Session, State, TicketId};
use resumable::{Policy, SnapshotError};
use tokio::sync::watch;

use super::object::{Declared, Object};
use super::store::{Files, lock};
use super::writer::Writer;

pub struct Upload {
    /// What is true of the upload. The lock is held for one call at a time, which takes nanoseconds and never waits for
    /// a peer or the disk: so a lock of the standard library is right in async code too.
    session: Mutex<Session>,
    pub writer: Writer,
    /// The newest request that was told to stop; all before it are to stop, too.
    evicted: watch::Sender<Option<TicketId>>,
    id: String,
    declared: Declared,
}

impl Upload {
    pub fn new(session: Session, id: String, files: Files) -> Arc<Self> {
        let declared = files.record().declared;
        let (session, writer) = (Mutex::new(session), Writer::start(files));
        Arc::new(Self { session, writer, evicted: watch::Sender::new(None), id, declared })
    }

    pub fn restore(policy: Policy, id: String, files: Files) -> Result<Arc<Self>, SnapshotError> {
        Ok(Self::new(Session::restore(policy, files.record().upload)?, id, files))
    }

    pub fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    pub fn has_ended(&self) -> bool {
        !matches!(self.session().state(), State::Open { .. } | State::Finalizing { .. })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn bucket(&self) -> &str {
        &self.declared.bucket
    }

    /// What was published.
    pub fn object(&self) -> Option<&Object> {
        self.writer.object()
    }

    /// Wakes the requests up to `newest`: each of them may be waiting for bytes that never come.
    pub fn evict(&self, newest: Option<TicketId>) {
        self.evicted.send_if_modified(|evicted| {
            let is_newer = newest > *evicted;
            if is_newer {
                *evicted = newest;
            }
            is_newer
        });
    }

    /// Ready when this request is to stop.
    pub async fn evicted(&self, request: Option<TicketId>) {
        let Some(request) = request else {
            // It writes nothing and stops nobody.
            return pending().await;
        };
        // The sender is our own: it is not gone.
        let _ = self.evicted.subscribe().wait_for(|newest| *newest >= Some(request)).await;
    }
}
