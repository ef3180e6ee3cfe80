//! One process of a server: the sessions that it has in memory, and where they are addressed.

use std::collections::BTreeMap;

use resumable::google::Options;
use resumable::server::{Refusal, Session};
use resumable::{Policy, Saved, ServerError, Snapshot, http1};

use super::disk::{Disk, Id};
use super::flaw::Flaw;

/// Where uploads are created: the path of Google's Cloud Storage, for a bucket `b`.
pub(crate) const CREATION: &str = "/upload/storage/v1/b/b/o?uploadType=resumable";

/// The sessions that one process has in memory, and how it treats them.
#[derive(Debug)]
pub(crate) struct Service {
    /// How uploads are treated.
    pub(crate) policy: Policy,
    /// What the dialect leaves open.
    pub(crate) options: Options,
    /// What is tolerated in heads.
    pub http1: http1::Options,
    /// Whether other processes serve the same uploads: then the record is read before each request.
    pub(crate) shared: bool,
    /// What is wrong with it, on purpose.
    pub(crate) flaw: Option<Flaw>,
    /// What a session could not believe of its store.
    pub(crate) trouble: Option<String>,
    sessions: BTreeMap<Id, Session>,
}

impl Service {
    /// A process that has just started: it knows no session until it is asked for one.
    #[must_use]
    pub(crate) fn new(policy: Policy, options: Options, http1: http1::Options) -> Self {
        Self { policy, options, http1, shared: false, flaw: None, trouble: None, sessions: BTreeMap::new() }
    }

    /// The session `id` as this process knows it, restored from its record if need be.
    pub(crate) fn session(&mut self, id: Id, disk: &Disk) -> Option<&mut Session> {
        let record = disk.read(id)?;
        let complete = record.state == Saved::Complete;
        if complete && self.flaw == Some(Flaw::ServerForgetsSessionsThatAreComplete) {
            return None;
        }
        if !self.sessions.contains_key(&id) {
            match self.restore(record) {
                Ok(session) => self.sessions.insert(id, session),
                Err(error) => {
                    self.trouble = Some(error);
                    return None;
                }
            };
        }
        if self.shared {
            let result = self.sessions.get_mut(&id)?.handle_record(record);
            self.note(result);
        }
        self.sessions.get_mut(&id)
    }

    fn restore(&self, record: Snapshot) -> Result<Session, String> {
        if self.flaw == Some(Flaw::ServerForgetsTheRecord) {
            return Session::new(self.policy, record.total).map_err(|error| error.to_string());
        }
        Session::restore(self.policy, record).map_err(|error| error.to_string())
    }

    /// What a session said to a call: that a newer request has taken over is no trouble, all else is.
    pub(crate) fn note(&mut self, result: Result<(), ServerError>) {
        match result {
            Ok(()) | Err(ServerError::Superseded(_)) => {}
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    /// The session `id`, if this process has it in memory.
    pub(crate) fn loaded(&mut self, id: Id) -> Option<&mut Session> {
        self.sessions.get_mut(&id)
    }

    /// Makes a new upload; its record is not durable yet.
    ///
    /// # Errors
    ///
    /// The session's refusal of a total that is too large.
    pub(crate) fn create(&mut self, total: Option<u64>, disk: &mut Disk) -> Result<Id, Refusal> {
        let session = Session::new(self.policy, total)?;
        let id = disk.create(session.snapshot());
        self.sessions.insert(id, session);
        Ok(id)
    }
}

/// The address of a session.
#[must_use]
pub(crate) fn location(id: Id) -> String {
    format!("{CREATION}&upload_id={id}")
}

/// What a request target addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An upload.
    Session(Id),
    /// Anything else.
    Elsewhere,
}

/// Reads a request target.
#[must_use]
pub(crate) fn target(target: &str) -> Target {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let id = query.split('&').find_map(|pair| pair.strip_prefix("upload_id=")).map(|id| id.parse().unwrap_or(0));
    id.map_or(Target::Elsewhere, Target::Session)
}
