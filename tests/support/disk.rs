//! A store that behaves like a disk: of what was not synced, any part may survive a crash, and any part may not.
//!
//! Each upload has a record and its data, which survive separately, and an object once it is published. What a
//! [`Step`] asks for is a [`Job`] of several operations, each of which checks the epoch and acts at once. A crash can
//! fall between any two of them.

use std::collections::{BTreeMap, BTreeSet};

use resumable::server::{Fault, Rejection, Step, StoreReply, TicketId};
use resumable::{Epoch, Persisted, Saved, Snapshot};

use super::file::File;
use super::flaw::Flaw;

/// Which upload.
pub(crate) type Id = u64;

/// All uploads.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    uploads: BTreeMap<Id, Upload>,
    /// How many operations there were.
    pub(crate) operations: u64,
    /// Before which operations it crashes.
    pub(crate) crashes: BTreeSet<u64>,
    /// Which operations fail, and whether they fail only after they have been done.
    pub(crate) failures: BTreeMap<u64, Failure>,
    /// Whether the next commit fails.
    pub(crate) publishes_not: bool,
    /// Why nothing is ever published.
    pub(crate) rejects: Option<Rejection>,
    /// Whether it makes only half of what it is asked for durable, and has to be asked again.
    pub(crate) halves: bool,
    /// Whether it looks for the object when it records an epoch: a commit that had come so far is then seen to be done.
    /// A store must, if uploads are given up there; else an upload can be given up whose object is published.
    pub(crate) finds_objects: bool,
    /// What is wrong with it, on purpose.
    pub(crate) flaw: Option<Flaw>,
    /// How many requests it turned away because a newer one had been fenced.
    pub(crate) stale: u64,
    /// How many commits found the object published already.
    pub(crate) repeated_commits: u64,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing was done.
    Before(Fault),
    /// It was done, but the answer says otherwise.
    After(Fault),
}

/// Why an operation was not done, or seems so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A newer request has been fenced, with this epoch.
    Stale(Epoch),
    /// It failed.
    Failed(Fault),
    /// The crash comes before it.
    Crash,
}

/// The crash comes before the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crashed;

/// What is kept of one upload.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// The record that every process reads for the epoch.
    current: Snapshot,
    /// The record that survives a crash; none if not even the creation does.
    durable: Option<Snapshot>,
    data: File,
    /// The published object.
    object: Option<Object>,
    /// How often an object was made visible.
    pub(crate) publications: u32,
}

#[derive(Clone, Debug)]
struct Object {
    bytes: Vec<u8>,
    durable: bool,
}

/// What a step asks of the store, and how far it has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    /// Which upload it is about.
    pub(crate) id: Id,
    step: Option<Step>,
    done: u8,
}

impl Job {
    /// The first operation of what `step` asks for.
    #[must_use]
    pub(crate) fn new(id: Id, step: Step) -> Self {
        let step = Some(step);
        Self { id, step, done: 0 }
    }

    /// The request whose connection is to be stopped for this one.
    #[must_use]
    pub(crate) fn evicts(&self) -> Option<TicketId> {
        match self.step {
            Some(Step::Fence { evict, .. }) => evict,
            _ => None,
        }
    }

    /// What it does, in a word or two.
    pub(crate) fn name(&self) -> String {
        self.step.map_or("create".to_owned(), |step| step.to_string())
    }

    /// The creation of an upload, whose record is there already.
    #[must_use]
    pub(crate) fn creation(id: Id) -> Self {
        let (step, done) = (None, 0);
        Self { id, step, done }
    }
}

impl Disk {
    /// A new upload, which is durable once its [`Job::creation`] is done.
    pub(crate) fn create(&mut self, record: Snapshot) -> Id {
        let id = self.uploads.len() as Id + 1;
        let upload = Upload { current: record, durable: None, data: File::default(), object: None, publications: 0 };
        self.uploads.insert(id, upload);
        id
    }

    /// What is kept of an upload.
    #[must_use]
    pub(crate) fn upload(&self, id: Id) -> Option<&Upload> {
        self.uploads.get(&id)
    }

    /// All uploads.
    pub(crate) fn uploads(&self) -> impl Iterator<Item = (Id, &Upload)> {
        self.uploads.iter().map(|(id, upload)| (*id, upload))
    }

    /// Stores a part of a body.
    ///
    /// # Errors
    ///
    /// [`Trouble`]; unless it failed after it was done, nothing is stored.
    pub(crate) fn write(&mut self, id: Id, epoch: Epoch, at: u64, data: &[u8]) -> Result<(), Trouble> {
        self.attempt(|disk| {
            disk.check_epoch(id, epoch)?;
            let appends = disk.flaw == Some(Flaw::StoreAppendsWhereItsFileEnds);
            let file = &mut disk.get(id)?.data;
            let at = if appends { file.current.len() as u64 } else { at };
            file.write(at, data);
            Ok(())
        })
    }

    /// Does the next operation of a job; the reply, once it was the last one.
    ///
    /// # Errors
    ///
    /// [`Crashed`]. Every other trouble is a reply.
    pub(crate) fn advance(&mut self, job: &mut Job) -> Result<Option<StoreReply>, Crashed> {
        let result = self.attempt(|disk| match job.step {
            Some(step) => disk.operate(job, step),
            None => disk.sync_creation(job),
        });
        job.done += 1;
        match result {
            Ok(reply) => Ok(reply),
            Err(Trouble::Stale(epoch)) => Ok(Some(StoreReply::Stale(epoch))),
            Err(Trouble::Failed(fault)) => Ok(Some(StoreReply::Failed(fault))),
            Err(Trouble::Crash) => Err(Crashed),
        }
    }

    /// The record as it is after a crash: what a process reads when it does not know an upload.
    #[must_use]
    pub(crate) fn read(&self, id: Id) -> Option<Snapshot> {
        self.uploads.get(&id)?.durable
    }

    /// The machine has lost its power: of what was not synced, `luck` decides what survives.
    pub(crate) fn crash(&mut self, mut luck: impl FnMut() -> bool) {
        for upload in self.uploads.values_mut() {
            if luck() {
                upload.durable = Some(upload.current);
            }
            upload.current = upload.durable.unwrap_or(upload.current);
            upload.data.crash(&mut luck);
            if let Some(object) = &mut upload.object {
                if !object.durable && !luck() {
                    upload.object = None;
                    upload.publications -= 1;
                } else {
                    object.durable = true;
                }
            }
        }
    }

    /// A process starts and reads the records: what an earlier one wrote is made durable before it is believed.
    pub(crate) fn recover(&mut self) {
        for upload in self.uploads.values_mut() {
            if upload.durable.is_some() {
                upload.durable = Some(upload.current);
            }
        }
    }

    /// One operation, unless a crash or a failure comes in between.
    fn attempt<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, Trouble>) -> Result<T, Trouble> {
        self.operations += 1;
        if self.crashes.contains(&self.operations) {
            return Err(Trouble::Crash);
        }
        match self.failures.get(&self.operations).copied() {
            Some(Failure::Before(fault)) => Err(Trouble::Failed(fault)),
            Some(Failure::After(fault)) => act(self).and(Err(Trouble::Failed(fault))),
            None => act(self),
        }
    }

    fn get(&mut self, id: Id) -> Result<&mut Upload, Trouble> {
        self.uploads.get_mut(&id).ok_or(Trouble::Failed(Fault::Unavailable))
    }

    fn check_epoch(&mut self, id: Id, epoch: Epoch) -> Result<(), Trouble> {
        let recorded = self.get(id)?.current.epoch;
        if epoch < recorded && self.flaw != Some(Flaw::StoreIgnoresEpochs) {
            self.stale += 1;
            return Err(Trouble::Stale(recorded));
        }
        Ok(())
    }

    fn sync_creation(&mut self, job: &Job) -> Result<Option<StoreReply>, Trouble> {
        let upload = self.get(job.id)?;
        upload.durable = Some(upload.current);
        Ok(Some(StoreReply::Fenced(upload.current)))
    }

    fn operate(&mut self, job: &Job, step: Step) -> Result<Option<StoreReply>, Trouble> {
        match step {
            Step::Fence { record, .. } => self.fence(job, record),
            Step::Sync { to, record } => self.sync(job, to.get(), record),
            Step::Commit { size, record } => self.commit(job, size, record),
            Step::Discard { record } => self.discard(job, record),
            _ => Err(Trouble::Failed(Fault::Unavailable)),
        }
    }

    fn fence(&mut self, job: &Job, record: Snapshot) -> Result<Option<StoreReply>, Trouble> {
        let blind = self.flaw == Some(Flaw::StoreIgnoresEpochs);
        let finds_objects = self.finds_objects;
        let upload = self.get(job.id)?;
        if job.done == 0 {
            let recorded = upload.current.epoch;
            if record.epoch <= recorded && !blind {
                self.stale += 1;
                return Err(Trouble::Stale(recorded));
            }
            upload.current.epoch = record.epoch;
            return Ok(None);
        }
        if let Some(object) = &mut upload.object
            && finds_objects
        {
            object.durable = true;
            let size = object.bytes.len() as u64;
            let (persisted, total, state) = (size, Some(size), Saved::Complete);
            upload.current = Snapshot { persisted, total, state, ..upload.current };
        }
        upload.durable = Some(upload.current);
        Ok(Some(StoreReply::Fenced(upload.current)))
    }

    fn sync(&mut self, job: &Job, to: u64, record: Snapshot) -> Result<Option<StoreReply>, Trouble> {
        self.check_epoch(job.id, record.epoch)?;
        let (flaw, halves) = (self.flaw, self.halves);
        let upload = self.get(job.id)?;
        let before = upload.durable.map_or(0, |record| record.persisted);
        let to = if halves { before + to.saturating_sub(before).div_ceil(2) } else { to };
        let record = Snapshot { persisted: to, ..record };
        let order = match flaw {
            Some(Flaw::StoreRecordsBeforeItSyncs) => [1, 2, 0],
            _ => [0, 1, 2],
        };
        match order[usize::from(job.done.min(2))] {
            0 if flaw == Some(Flaw::StoreConfirmsWithoutSync) => {}
            0 => upload.data.sync(),
            1 => upload.current = record,
            _ if flaw == Some(Flaw::StoreNeverSyncsTheRecord) => {}
            _ => upload.durable = Some(upload.current),
        }
        Ok((job.done == 2).then_some(StoreReply::Synced(Persisted::confirmed(to))))
    }

    fn commit(&mut self, job: &Job, size: u64, record: Snapshot) -> Result<Option<StoreReply>, Trouble> {
        self.check_epoch(job.id, record.epoch)?;
        if let Some(rejection) = self.rejects {
            return Ok(Some(StoreReply::Rejected(rejection)));
        }
        if std::mem::take(&mut self.publishes_not) {
            return Err(Trouble::Failed(Fault::Unavailable));
        }
        let twice = self.flaw == Some(Flaw::StorePublishesAgain);
        let upload = self.get(job.id)?;
        match job.done {
            0 if upload.object.is_some() && !twice => self.repeated_commits += 1,
            0 => {
                let bytes = upload.data.prefix(size);
                let durable = false;
                upload.object = Some(Object { bytes, durable });
                upload.publications += 1;
            }
            1 => {
                if let Some(object) = &mut upload.object {
                    object.durable = true;
                }
            }
            2 => upload.current = record,
            _ => {
                upload.durable = Some(upload.current);
                return Ok(Some(StoreReply::Committed));
            }
        }
        Ok(None)
    }

    fn discard(&mut self, job: &Job, record: Snapshot) -> Result<Option<StoreReply>, Trouble> {
        self.check_epoch(job.id, record.epoch)?;
        let hasty = self.flaw == Some(Flaw::StoreDiscardsWithoutRecord);
        let upload = self.get(job.id)?;
        match job.done {
            0 if hasty => return Ok(Some(StoreReply::Discarded)),
            0 => upload.current = record,
            1 => upload.durable = Some(upload.current),
            _ => {
                upload.data = File::default();
                return Ok(Some(StoreReply::Discarded));
            }
        }
        Ok(None)
    }
}

impl Upload {
    /// How many bytes have come, durable or not.
    #[must_use]
    pub(crate) fn received(&self) -> u64 {
        self.data.current.len() as u64
    }

    /// The record that survives a crash, if the creation does.
    #[must_use]
    pub(crate) fn record(&self) -> Option<Snapshot> {
        self.durable
    }

    /// The bytes that survive a crash, as far as the record knows of them.
    #[must_use]
    pub(crate) fn durable_prefix(&self) -> &[u8] {
        let persisted = self.durable.map_or(0, |record| record.persisted);
        let len = usize::try_from(persisted).unwrap_or(usize::MAX);
        let data = &self.data.durable;
        data.get(..len).unwrap_or(data)
    }

    /// The object, once it is published.
    #[must_use]
    pub(crate) fn object(&self) -> Option<&[u8]> {
        self.object.as_ref().map(|object| &object.bytes[..])
    }

    /// Whether the object is published and survives a crash, and so does the record that says so.
    #[must_use]
    pub(crate) fn is_durably_complete(&self) -> bool {
        self.object.as_ref().is_some_and(|object| object.durable)
            && self.durable.is_some_and(|record| record.state == Saved::Complete)
    }
}
