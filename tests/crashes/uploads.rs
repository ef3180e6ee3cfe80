//! A few uploads of all kinds, driven through the machine and the store, and what was told about them.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use resumable::server::{Answer, BodyEnd, Fault, Outcome, Refusal, Session, Step, StoreReply, Ticket};
use resumable::{Append, Extent, Intent, Policy, Status};
use tempfile::TempDir;

use super::check::check;
use super::checksum::Checksums;
use super::disk::{self, Journal, Plan, journal};
use super::image::{Disk, Luck};
use super::object::Declared;
use super::store::{Files, Kind, Record, Store, StoreError};

/// An upload as its client knows it.
#[derive(Clone, Debug)]
pub struct Known {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// How much was told to be persisted.
    pub told: u64,
    /// The end that was told.
    pub end: Option<End>,
    /// The end that was asked for, beside success.
    pub asked: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Complete,
    Cancelled,
    /// Expired and then forgotten.
    Expired,
    /// Complete, and then its object was removed.
    Removed,
}

/// What the clients know, by the ids of their uploads.
pub type Facts = BTreeMap<String, Known>;

/// When the machine may crash.
#[derive(Clone, Copy, Debug)]
pub enum Moments {
    /// After each operation.
    Each { from: usize },
    /// Just when something has been told.
    Told { from: usize },
}

struct Upload {
    session: Session,
    files: Files,
}

pub struct World {
    base: TempDir,
    store: Option<Arc<Store>>,
    uploads: BTreeMap<String, Upload>,
    /// What is known after so many operations.
    history: Vec<(usize, Facts)>,
}

/// With a sync in the middle of most bodies.
pub fn policy() -> Policy {
    Policy { sync_every: NonZeroU64::new(5), ..Policy::default() }
}

impl World {
    pub fn new(plan: Plan) -> Self {
        let base = folder();
        disk::start(Journal { base: base.path().into(), plan, ..Journal::default() });
        let mut world = Self { base, store: None, uploads: BTreeMap::new(), history: vec![(0, Facts::new())] };
        world.open();
        world
    }

    fn open(&mut self) {
        journal(|it| it.recovering = true);
        // Where it has failed once, it is tried again.
        let store = Store::open(self.root(), None).or_else(|_| Store::open(self.root(), None));
        journal(|it| it.recovering = false);
        self.store = store.ok().map(Arc::new);
        assert!(self.store.is_some() || is_killed(), "the store does not open");
    }

    fn root(&self) -> PathBuf {
        self.base.path().join("root")
    }

    /// Uploads of all kinds.
    pub fn play(&mut self) {
        let older = self.create("n", 18);
        self.append(&older, 7, None);
        // Two of one name: the later success replaces the earlier.
        let newer = self.create("n", 11);
        self.append(&newer, 11, Some(11));
        self.append(&older, 18, Some(18));
        let cancelled = self.create("cancelled", 11);
        self.append(&cancelled, 7, None);
        self.cancel(&cancelled);
        let cut = self.create("cut", 11);
        let body = self.known(&cut).map_or(Vec::new(), |it| it.bytes[..7].to_vec());
        self.request(&cut, append(0, 11, Some(11), Some(11)), &body, BodyEnd::Cut);
        self.status(&cut);
        // A chunked body that is shorter than its range does not count; then the object is shorter than that.
        let short = self.create("short", 3);
        self.request(&short, append(0, 11, None, None), b"junk", BodyEnd::Clean);
        self.append(&short, 3, Some(3));
        let expired = self.create("expired", 7);
        self.append(&expired, 3, None);
        self.expire(&expired);
        let removed = self.create("removed", 7);
        self.append(&removed, 7, Some(7));
        self.remove(&removed);
        // Closed by a request without a body.
        let closed = self.create("closed", 6);
        self.append(&closed, 6, None);
        self.insist(|world| {
            world.request(&closed, Intent::Status(Status { total: Some(6), body: Some(0) }), b"", BodyEnd::Clean)
        });
    }

    /// After a kill: the next process tells what it finds.
    pub fn restart(&mut self) {
        self.uploads.clear();
        self.store = None;
        journal(|it| {
            it.is_killed = false;
            it.plan.kill_at = None;
        });
        self.open();
        let ids: Vec<String> = self.facts().keys().cloned().collect();
        for id in ids {
            let store = self.store.as_ref().expect("it is open");
            if let Some(files) = store.load(&id).unwrap() {
                let session = Session::restore(policy(), files.record().upload).unwrap();
                self.uploads.insert(id.clone(), Upload { session, files });
                self.status(&id);
            }
        }
    }

    /// Looks at what crashes leave at these moments.
    pub fn check_images(&mut self, moments: Moments, lucks: &[Luck]) -> Result<(), String> {
        self.uploads.clear();
        self.store = None;
        let Journal { ops, .. } = disk::stop();
        let mut disk = Disk::new(self.base.path());
        for done in 0..=ops.len() {
            let is_one = match moments {
                Moments::Each { from } => done >= from,
                Moments::Told { from } => done >= from && self.history.iter().any(|(at, _)| *at == done),
            };
            for luck in lucks.iter().filter(|_| is_one) {
                let left = folder();
                disk.crash(*luck, left.path());
                let known = self.history.iter().rev().find(|(at, _)| *at <= done).map(|(_, facts)| facts);
                check(&left.path().join("root"), known.unwrap()).map_err(|error| {
                    let recent = &ops[done.saturating_sub(12)..done];
                    format!("crashed after {done} operations, {luck:?} survives: {error}\n{recent:#?}")
                })?;
            }
            if let Some(op) = ops.get(done) {
                disk.apply(op);
            }
        }
        Ok(())
    }

    fn create(&mut self, name: &'static str, size: usize) -> String {
        for attempt in 0..2 {
            let id = format!("{name}-{size}-{attempt}");
            let Some(store) = self.store.as_ref().filter(|_| !is_killed()) else { return id };
            let session = Session::new(policy(), None).unwrap();
            let declared = Declared {
                bucket: bucket(name).to_owned(),
                name: name.to_owned(),
                content_type: "text/plain".to_owned(),
                metadata: BTreeMap::new(),
                checksums: Checksums::default(),
                if_generation: None,
            };
            let record = Record { upload: session.snapshot(), kind: Kind::Storage, declared, object: None };
            if let Ok(files) = store.create(&id, record) {
                self.uploads.insert(id.clone(), Upload { session, files });
                let bytes = (0..size).map(|at| (at * 7 + size * 31).to_le_bytes()[0]).collect();
                self.tell(&id, |facts| {
                    facts.insert(id.clone(), Known { name, bytes, told: 0, end: None, asked: None });
                });
                return id;
            }
        }
        assert!(is_killed(), "no upload can be created");
        String::new()
    }

    /// Sends what is missing before `to`, until it is told to be there.
    fn append(&mut self, id: &str, to: usize, total: Option<u64>) {
        self.insist(|world| {
            let Some(Answer::Incomplete { persisted }) = world.status(id) else { return world.status(id) };
            let at = persisted.get();
            let body = world.known(id).map_or(Vec::new(), |it| it.bytes[usize::try_from(at).unwrap()..to].to_vec());
            world.request(id, append(at, to as u64, total, Some(body.len() as u64)), &body, BodyEnd::Clean)
        });
    }

    fn cancel(&mut self, id: &str) {
        self.ask(id, End::Cancelled);
        self.insist(|world| world.request(id, Intent::Cancel, b"", BodyEnd::Clean));
    }

    fn expire(&mut self, id: &str) {
        self.ask(id, End::Expired);
        for _ in 0..2 {
            let Some(upload) = self.uploads.get_mut(id).filter(|_| !is_killed()) else { return };
            let ticket = upload.session.expire();
            upload.drive(ticket, b"", BodyEnd::Clean);
            if upload.session.step(&upload.session.clone().expire()).is_ok_and(|step| step == Step::Close)
                && self.store.as_ref().is_some_and(|store| store.forget(id).is_ok())
            {
                self.uploads.remove(id);
                self.tell(id, |facts| facts.get_mut(id).unwrap().end = Some(End::Expired));
                return;
            }
        }
    }

    /// Removes an object.
    fn remove(&mut self, id: &str) {
        self.ask(id, End::Removed);
        let Some(Known { name, .. }) = self.known(id).cloned() else { return };
        for _ in 0..2 {
            let Some(store) = self.store.as_ref().filter(|_| !is_killed()) else { return };
            if store.remove(bucket(name), name).is_ok() {
                self.tell(id, |facts| facts.get_mut(id).unwrap().end = Some(End::Removed));
                return;
            }
        }
    }

    fn status(&mut self, id: &str) -> Option<Answer> {
        self.request(id, Intent::Status(Status { total: None, body: Some(0) }), b"", BodyEnd::Clean)
    }

    /// Asks again as long as that is of use.
    fn insist(&mut self, mut ask: impl FnMut(&mut Self) -> Option<Answer>) {
        for _ in 0..3 {
            match ask(self) {
                Some(Answer::Refused(Refusal::Unavailable | Refusal::StoreFull)) => {}
                _ => return,
            }
        }
        panic!("the store fails for ever");
    }

    fn request(&mut self, id: &str, intent: Intent, body: &[u8], end: BodyEnd) -> Option<Answer> {
        let upload = self.uploads.get_mut(id).filter(|_| !is_killed())?;
        let ticket = upload.session.handle_request(intent);
        let answer = upload.drive(ticket, body, end)?.answer;
        if is_killed() {
            return None;
        }
        self.tell(id, |facts| {
            let known = facts.get_mut(id).unwrap();
            match answer {
                Answer::Incomplete { persisted } => known.told = known.told.max(persisted.get()),
                Answer::Complete { .. } if known.end != Some(End::Removed) => known.end = Some(End::Complete),
                Answer::Cancelled | Answer::Refused(Refusal::Cancelled) => known.end = Some(End::Cancelled),
                _ => {}
            }
        });
        Some(answer)
    }

    fn ask(&mut self, id: &str, end: End) {
        self.tell(id, |facts| {
            if let Some(known) = facts.get_mut(id) {
                known.asked = Some(end);
            }
        });
    }

    fn facts(&self) -> &Facts {
        &self.history.last().unwrap().1
    }

    fn known(&self, id: &str) -> Option<&Known> {
        self.facts().get(id)
    }

    /// From here on the clients know this.
    fn tell(&mut self, _id: &str, change: impl FnOnce(&mut Facts)) {
        let mut facts = self.facts().clone();
        change(&mut facts);
        self.history.push((journal(|it| it.ops.len()), facts));
    }
}

/// Whether the process has been killed.
pub fn is_killed() -> bool {
    journal(|it| it.is_killed)
}

/// Whether the operation that is to fail has been reached.
pub fn has_failed() -> bool {
    journal(|it| it.plan.fails.is_some_and(|fault| fault.at < it.ops.len()))
}

impl Upload {
    fn drive(&mut self, mut ticket: Ticket, body: &[u8], end: BodyEnd) -> Option<Outcome> {
        let Self { session, files } = self;
        let mut chunks = body.chunks(3);
        let outcome = loop {
            let reply = match session.step(&ticket).unwrap() {
                Step::Fence { record, .. } => files.fence(record),
                Step::Sync { record, .. } => files.sync(record),
                Step::Commit { record, .. } => files.commit(record, &Checksums::default()),
                Step::Discard { record } => files.discard(record),
                Step::ReadBody { .. } => {
                    let Some(chunk) = chunks.next() else {
                        session.handle_body_end(&mut ticket, end).unwrap();
                        continue;
                    };
                    match files.write(&session.handle_body(&mut ticket, chunk).unwrap()) {
                        Ok(()) => continue,
                        Err(error) => Err(error),
                    }
                }
                Step::Respond(outcome) => break Some(outcome),
                _ => break None,
            };
            session.handle_store(&mut ticket, reply.unwrap_or_else(|error| failed(&error))).unwrap();
        };
        // Or they stay open for the next request.
        if session.snapshot().epoch.get() % 2 == 0 {
            files.close();
        }
        session.handle_abandoned(ticket);
        outcome
    }
}

/// Not all are in one folder.
fn bucket(name: &str) -> &'static str {
    if name.len() > 5 { "b2" } else { "b1" }
}

/// In memory where there is such a place: thousands of folders are made, and what is lost here is lost on purpose.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn failed(error: &StoreError) -> StoreReply {
    match error {
        StoreError::Stale(epoch) => StoreReply::Stale(*epoch),
        StoreError::Io(_) => StoreReply::Failed(Fault::Unavailable),
    }
}

fn append(at: u64, to: u64, total: Option<u64>, body: Option<u64>) -> Intent {
    Intent::Append(Append { at, extent: Extent::To(to), total, body })
}

/// Completes an upload that is open, from what is persisted.
pub fn finish(files: Files, bytes: &[u8]) -> Result<(), String> {
    let record = files.record().upload;
    let session = Session::restore(policy(), record).map_err(|error| error.to_string())?;
    let mut upload = Upload { session, files };
    let (size, at) = (bytes.len() as u64, record.persisted);
    let (intent, body) = if at == size {
        (Intent::Status(Status { total: Some(size), body: Some(0) }), &[][..])
    } else {
        (append(at, size, Some(size), Some(size - at)), &bytes[usize::try_from(at).unwrap()..])
    };
    let ticket = upload.session.handle_request(intent);
    match upload.drive(ticket, body, BodyEnd::Clean).map(|outcome| outcome.answer) {
        Some(Answer::Complete { size: whole }) if whole == size => Ok(()),
        other => Err(format!("expected the upload to be completed from {at}, got {other:?}")),
    }
}
