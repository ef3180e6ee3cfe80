//! Where bytes and records are kept, and in which order they are written. Everything here waits for the disk, so it is
//! called on the threads for blocking work only.
//!
//! ```text
//! ROOT/lock                       held by the one process that serves this folder
//! ROOT/uploads/ID.json            the record of an upload
//! ROOT/data/ID                    its bytes; they stay here, also when the object is published
//! ROOT/objects/BUCKET/NAME.json   the description of an object, which says where its bytes are
//! ```
//!
//! | step | order | so that |
//! |---|---|---|
//! | create | the empty file, its folder, the record | an address that was told still works after a crash |
//! | write | the bytes, no promise | |
//! | sync | `fdatasync` of the bytes, then the record | a record never counts bytes that a crash can take away |
//! | commit | the description into the record, then to its place, then the record says complete | what is visible is whole, and a commit cut short can be repeated: the record knows what it was about to publish |
//! | discard | the record, then the bytes are removed | an upload that is given up never comes back; a crash in between costs room |
//! | open | temporary files are removed, the folders of records and descriptions are synced | what an earlier process had renamed and not synced must not turn back once it is told |
//!
//! A small file is replaced by writing a new one, `fsync`, renaming it over the old one, and `fsync` of the folder:
//! after a crash there is the old one or the new one.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use resumable::server::{Fault, Rejection, StoreReply};
use resumable::{Epoch, Persisted, Received, Saved, Snapshot};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::checksum::Checksums;
use super::disk::sync_folder;
use super::json::{read, replace};
use super::object::{Declared, Object, place};

/// What is saved of an upload: the machine's part and the host's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub upload: Snapshot,
    pub declared: Declared,
    /// What a commit publishes. Decided once, before it is published.
    pub object: Option<Object>,
}

pub struct Store {
    root: PathBuf,
    /// The newest generation. Its lock orders the changes of what is published.
    published: Mutex<u64>,
    /// Closing it lets go of the root.
    _lock: File,
}

/// One upload in the store. Its writer owns it, so its calls come one after the other.
pub struct Files {
    store: Arc<Store>,
    id: String,
    record: Record,
    data: Option<File>,
}

impl Store {
    pub fn open(root: PathBuf) -> io::Result<Self> {
        for folder in ["uploads", "data", "objects"] {
            fs::create_dir_all(root.join(folder))?;
        }
        sync_folder(&root)?;
        let lock = File::create(root.join("lock"))?;
        // Epochs are kept in memory: two processes would not see each other's.
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let store = Self { root, published: Mutex::new(0), _lock: lock };
        store.recover()?;
        Ok(store)
    }

    /// An earlier process may have been killed between any two steps. What it had renamed is made durable before anybody
    /// is told of it, and what it had not renamed yet is removed: nobody was told of that.
    fn recover(&self) -> io::Result<()> {
        let mut folders = vec![self.root.join("uploads")];
        folders.extend(list(&self.root.join("objects"))?.into_iter().filter(|path| path.is_dir()));
        for folder in folders {
            let temporary = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "tmp");
            list(&folder)?.iter().filter(|path| temporary(path)).try_for_each(fs::remove_file)?;
            sync_folder(&folder)?;
        }
        Ok(())
    }

    pub fn create(self: &Arc<Self>, id: &str, record: Record) -> io::Result<Files> {
        File::create_new(self.data(id))?;
        sync_folder(&self.root.join("data"))?;
        replace(&self.record(id), &record)?;
        Ok(self.files(id, record))
    }

    /// An upload of an earlier process, if there is one.
    pub fn load(self: &Arc<Self>, id: &str) -> io::Result<Option<Files>> {
        let Some(record) = read::<Record>(&self.record(id))? else {
            return Ok(None);
        };
        let Snapshot { persisted, state, .. } = record.upload;
        if state == Saved::Open && fs::metadata(self.data(id))?.len() < persisted {
            return Err(io::Error::other("the store has lost bytes it had promised"));
        }
        Ok(Some(self.files(id, record)))
    }

    /// A published object and its bytes.
    pub fn object(&self, bucket: &str, name: &str) -> io::Result<Option<(Object, File)>> {
        // The lock keeps the bytes from being removed between the two steps.
        let _published = lock(&self.published);
        let Some(object) = read::<Object>(&self.place(bucket, name))? else {
            return Ok(None);
        };
        let file = File::open(self.data(&object.data))?;
        Ok(Some((object, file)))
    }

    /// Makes `object` visible, unless it was already, or a newer one has taken its place since. False if the precondition
    /// does not hold that was declared for it: then nothing has changed.
    fn publish(&self, object: &Object) -> io::Result<bool> {
        let _published = lock(&self.published);
        let place = self.place(&object.declared.bucket, &object.declared.name);
        let visible = read::<Object>(&place)?;
        let generation = visible.as_ref().map_or(0, |visible| visible.generation);
        let replaced = match visible {
            Some(visible) if visible.data == object.data => return Ok(true),
            _ if object.declared.if_generation.is_some_and(|wanted| wanted != generation) => return Ok(false),
            Some(visible) if visible.generation > object.generation => Some(object.data.clone()),
            visible => {
                fs::create_dir_all(place.parent().unwrap_or(&self.root))?;
                sync_folder(&self.root.join("objects"))?;
                replace(&place, object)?;
                visible.map(|visible| visible.data)
            }
        };
        // What cannot be removed now only costs room.
        let _ = replaced.map(|data| fs::remove_file(self.data(&data)));
        Ok(true)
    }

    fn is_published(&self, object: &Object) -> io::Result<bool> {
        let _published = lock(&self.published);
        let visible = read::<Object>(&self.place(&object.declared.bucket, &object.declared.name))?;
        Ok(visible.is_some_and(|visible| visible.data == object.data))
    }

    /// Greater than that of any object that is visible under this name, and than any that was given before.
    fn generation(&self, declared: &Declared) -> io::Result<u64> {
        let mut newest = lock(&self.published);
        let old = read::<Object>(&self.place(&declared.bucket, &declared.name))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        *newest = now.max(newest.max(old.map_or(0, |old| old.generation)) + 1);
        Ok(*newest)
    }

    fn files(self: &Arc<Self>, id: &str, record: Record) -> Files {
        Files { store: Arc::clone(self), id: id.to_owned(), record, data: None }
    }

    fn record(&self, id: &str) -> PathBuf {
        self.root.join("uploads").join(id.to_owned() + ".json")
    }

    fn data(&self, id: &str) -> PathBuf {
        self.root.join("data").join(id)
    }

    fn place(&self, bucket: &str, name: &str) -> PathBuf {
        place(&self.root.join("objects"), bucket, name)
    }
}

/// Why the store did not do it.
pub enum StoreError {
    /// A greater epoch is recorded.
    Stale(Epoch),
    Io(io::Error),
}

impl StoreError {
    /// What the session is told.
    pub fn reply(&self) -> StoreReply {
        match self {
            Self::Stale(epoch) => StoreReply::Stale(*epoch),
            Self::Io(error) => StoreReply::Failed(match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full,
                _ => Fault::Unavailable,
            }),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Files {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn record(&self) -> &Record {
        &self.record
    }

    /// What is visible of this upload: nothing before the record says that it is complete.
    pub fn published(&self) -> Option<&Object> {
        self.record.object.as_ref().filter(|_| self.record.upload.state == Saved::Complete)
    }

    /// Records an epoch. In memory is enough: this process has the root to itself, and the requests that an epoch
    /// fences off end with the process.
    pub fn fence(&mut self, wanted: Snapshot) -> Result<StoreReply, StoreError> {
        let known = &mut self.record.upload;
        if wanted.epoch <= known.epoch {
            return Err(StoreError::Stale(known.epoch));
        }
        known.epoch = wanted.epoch;
        known.total = known.total.or(wanted.total);
        self.finish_commit()?;
        Ok(StoreReply::Fenced(self.record.upload))
    }

    /// A commit may have published the object and then failed, or crashed, before the record said so. Whoever asks
    /// next must know, or the upload could be cancelled, and the bytes of the object with it.
    fn finish_commit(&mut self) -> io::Result<()> {
        if let Some(object) = &self.record.object
            && self.record.upload.state == Saved::Open
            && self.store.is_published(object)?
        {
            self.save(|saved| {
                saved.upload.state = Saved::Complete;
                saved.upload.total = Some(saved.upload.persisted);
            })?;
        }
        Ok(())
    }

    /// Puts bytes in their place, which promises nothing before the next sync.
    pub fn write(&mut self, epoch: Epoch, at: Received, data: &[u8]) -> Result<(), StoreError> {
        self.check(epoch)?;
        self.data()?.write_all_at(data, at.get()).map_err(StoreError::Io)
    }

    pub fn sync(&mut self, record: Snapshot) -> Result<StoreReply, StoreError> {
        self.check(record.epoch)?;
        self.data()?.sync_data()?;
        self.save(|saved| saved.upload = record)?;
        Ok(StoreReply::Synced(Persisted::confirmed(record.persisted)))
    }

    /// Publishes the object, unless its bytes differ from what was declared for it.
    pub fn commit(&mut self, record: Snapshot, checksums: &Checksums) -> Result<StoreReply, StoreError> {
        self.check(record.epoch)?;
        // One that was decided before the upload became longer was not published, or it would have ended then.
        let decided = self.record.object.clone().filter(|object| object.size == record.persisted);
        let object = match &decided {
            Some(object) => object.clone(),
            None => self.describe(record.persisted)?,
        };
        if !(checksums.hold_for(&object) && object.declared.checksums.hold_for(&object)) {
            return Ok(StoreReply::Rejected(Rejection::Checksum));
        }
        if decided.is_none() {
            self.save(|saved| saved.object = Some(object.clone()))?;
        }
        if !self.store.publish(&object)? {
            return Ok(StoreReply::Rejected(Rejection::Precondition));
        }
        self.save(|saved| saved.upload = record)?;
        Ok(StoreReply::Committed)
    }

    fn describe(&mut self, size: u64) -> io::Result<Object> {
        let generation = self.store.generation(&self.record.declared)?;
        // An older request may have written beyond what counts.
        let file = self.data()?;
        file.set_len(size)?;
        file.sync_data()?;
        let mut file = File::open(self.store.data(&self.id))?;
        Object::describe(self.record.declared.clone(), &self.id, &mut file, generation)
    }

    pub fn discard(&mut self, record: Snapshot) -> Result<StoreReply, StoreError> {
        self.check(record.epoch)?;
        self.save(|saved| saved.upload = record)?;
        self.data = None;
        // The record has decided: what cannot be removed now only costs room.
        let _ = fs::remove_file(self.store.data(&self.id));
        Ok(StoreReply::Discarded)
    }

    /// Closes the file, unless a newer request uses it: there may be more open uploads than a process may have open
    /// files.
    pub fn close(&mut self, epoch: Epoch) {
        if self.check(epoch).is_ok() {
            self.data = None;
        }
    }

    /// Whether no greater epoch is recorded. Nobody can record one before the caller has acted: it owns the files.
    fn check(&self, epoch: Epoch) -> Result<(), StoreError> {
        let recorded = self.record.upload.epoch;
        if epoch < recorded { Err(StoreError::Stale(recorded)) } else { Ok(()) }
    }

    fn data(&mut self) -> io::Result<&mut File> {
        if let Some(ref mut file) = self.data {
            return Ok(file);
        }
        let path = self.store.data(&self.id);
        Ok(self.data.insert(File::options().write(true).open(path)?))
    }

    /// Changes the record, on the disk first.
    fn save(&mut self, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        let mut record = self.record.clone();
        change(&mut record);
        replace(&self.store.record(&self.id), &record)?;
        self.record = record;
        Ok(())
    }
}

/// What a lock guards is changed in one step, so it is whole even if a thread has died with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}
