//! Where bytes and records are kept, and in which order they are written.
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
//!
//! A small file is replaced by writing a new one, `fsync`, renaming it over the old one, and `fsync` of the folder:
//! after a crash there is the old one or the new one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use resumable::server::{Rejection, StoreReply, Write};
use resumable::{Epoch, Persisted, Saved, Snapshot};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::checksum::Checksums;
use super::object::{Declared, Object, place};

/// What is saved of an upload: the machine's part and the host's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub upload: Snapshot,
    pub kind: Kind,
    pub declared: Declared,
    /// What a commit publishes. Decided once, before it is published.
    pub object: Option<Object>,
}

/// By which interface an upload was created: that decides how its success looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Cloud Storage: a description of the object.
    Storage,
    /// Redivis: an empty body.
    Table,
    /// Cloud Storage's XML interface: an empty body, and fields that describe the object.
    Xml,
}

pub struct Store {
    root: PathBuf,
    /// The newest generation. Its lock orders the changes of what is published.
    published: Mutex<u64>,
    /// Closing it lets go of the root.
    _lock: File,
}

/// One upload in the store.
pub struct Files {
    store: Arc<Store>,
    id: String,
    inner: Mutex<Inner>,
}

struct Inner {
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
        Ok(Self { root, published: Mutex::new(0), _lock: lock })
    }

    pub fn create(self: &Arc<Self>, id: &str, record: Record) -> io::Result<Files> {
        File::create_new(self.data(id))?;
        sync_folder(&self.root.join("data"))?;
        replace(&self.record(id), &record)?;
        Ok(self.files(id, record))
    }

    /// An upload of an earlier process, if there is one. `id` must be one that [`super::routes`] lets through.
    pub fn load(self: &Arc<Self>, id: &str) -> io::Result<Option<Files>> {
        let Some(record) = read::<Record>(&self.record(id))? else {
            return Ok(None);
        };
        let Snapshot { persisted, state, .. } = record.upload;
        if state == Saved::Open && !self.was_published(id, &record)? && fs::metadata(self.data(id))?.len() < persisted {
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

    /// Makes `object` visible, unless it was already, or a newer one has taken its place since.
    fn publish(&self, object: &Object) -> io::Result<()> {
        let _published = lock(&self.published);
        let place = self.place(&object.declared.bucket, &object.declared.name);
        let old = read::<Object>(&place)?;
        let old = match old {
            Some(old) if old.data == object.data => return Ok(()),
            Some(old) if old.generation > object.generation => object.clone(),
            old => {
                let folder = place.parent().unwrap_or(&self.root);
                fs::create_dir_all(folder)?;
                sync_folder(&self.root.join("objects"))?;
                replace(&place, object)?;
                let Some(old) = old else { return Ok(()) };
                old
            }
        };
        // It is replaced: what cannot be removed now only costs room.
        let _ = fs::remove_file(self.data(&old.data));
        Ok(())
    }

    /// Makes an object invisible; whether there was one.
    pub fn remove(&self, bucket: &str, name: &str) -> io::Result<bool> {
        let _published = lock(&self.published);
        let place = self.place(bucket, name);
        let Some(object) = read::<Object>(&place)? else {
            return Ok(false);
        };
        fs::remove_file(&place)?;
        place.parent().map_or(Ok(()), sync_folder)?;
        // Nobody sees it any more: what cannot be removed now only costs room.
        let _ = fs::remove_file(self.data(&object.data));
        Ok(true)
    }

    /// The objects of a bucket, in the order of their names. It reads them all, which an index would spare.
    pub fn list(&self, bucket: &str) -> io::Result<Vec<Object>> {
        let place = self.place(bucket, "");
        let entries = match fs::read_dir(place.parent().unwrap_or(&self.root)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut objects = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                // Nothing is there any more if it has just been removed.
                objects.extend(read::<Object>(&path)?);
            }
        }
        objects.sort_by(|a, b| a.declared.name.cmp(&b.declared.name));
        Ok(objects)
    }

    /// Whether the object of an upload is visible, or was so and has been replaced or removed since: then its bytes are
    /// gone.
    fn was_published(&self, id: &str, record: &Record) -> io::Result<bool> {
        let Some(object) = &record.object else {
            return Ok(false);
        };
        let _published = lock(&self.published);
        let visible = read::<Object>(&self.place(&object.declared.bucket, &object.declared.name))?;
        Ok(visible.is_some_and(|visible| visible.data == object.data) || !self.data(id).try_exists()?)
    }

    /// Greater than that of any object that is visible under this name, and than any that was given before.
    fn generation(&self, declared: &Declared) -> io::Result<u64> {
        let mut newest = lock(&self.published);
        let old = read::<Object>(&self.place(&declared.bucket, &declared.name))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        let above = newest.max(old.map_or(0, |old| old.generation));
        *newest = now.max(above + 1);
        Ok(*newest)
    }

    fn files(self: &Arc<Self>, id: &str, record: Record) -> Files {
        Files { store: Arc::clone(self), id: id.to_owned(), inner: Mutex::new(Inner { record, data: None }) }
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

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Each step checks the epoch and acts under one lock, which is never held while anybody waits for a peer.
impl Files {
    pub fn record(&self) -> Record {
        lock(&self.inner).record.clone()
    }

    /// Records an epoch. In memory is enough: this process has the root to itself, and the requests that an epoch
    /// fences off end with the process.
    pub fn fence(&self, wanted: Snapshot) -> Result<StoreReply, StoreError> {
        let mut inner = lock(&self.inner);
        let known = &mut inner.record.upload;
        if wanted.epoch <= known.epoch {
            return Err(StoreError::Stale(known.epoch));
        }
        known.epoch = wanted.epoch;
        known.total = known.total.or(wanted.total);
        self.finish_commit(&mut inner)?;
        Ok(StoreReply::Fenced(inner.record.upload))
    }

    /// A commit may have published the object and then failed, or crashed, before the record said so. Whoever asks
    /// next must know, or the upload could be cancelled, and the bytes of the object with it.
    fn finish_commit(&self, inner: &mut Inner) -> io::Result<()> {
        if inner.record.upload.state == Saved::Open && self.store.was_published(&self.id, &inner.record)? {
            inner.save(self, |saved| {
                saved.upload.state = Saved::Complete;
                saved.upload.total = Some(saved.upload.persisted);
            })?;
        }
        Ok(())
    }

    /// Puts bytes in their place, which promises nothing before the next sync.
    pub fn write(&self, write: &Write<'_>) -> Result<(), StoreError> {
        let mut inner = self.under(write.epoch)?;
        inner.data(self)?.write_all_at(write.data, write.at.get()).map_err(StoreError::Io)
    }

    pub fn sync(&self, record: Snapshot) -> Result<StoreReply, StoreError> {
        let mut inner = self.under(record.epoch)?;
        inner.data(self)?.sync_data()?;
        inner.save(self, |saved| saved.upload = record)?;
        Ok(StoreReply::Synced(Persisted::confirmed(record.persisted)))
    }

    /// Publishes the object, unless its bytes differ from what was declared with its creation or with this request.
    pub fn commit(&self, record: Snapshot, checksums: &Checksums) -> Result<StoreReply, StoreError> {
        let mut inner = self.under(record.epoch)?;
        let object = match inner.record.object.clone() {
            Some(object) => object,
            None => self.describe(&inner.record.declared)?,
        };
        if !(checksums.hold_for(&object) && object.declared.checksums.hold_for(&object)) {
            return Ok(StoreReply::Rejected(Rejection::Checksum));
        }
        if inner.record.object.is_none() {
            inner.save(self, |saved| saved.object = Some(object.clone()))?;
        }
        self.store.publish(&object)?;
        inner.save(self, |saved| saved.upload = record)?;
        Ok(StoreReply::Committed)
    }

    pub fn discard(&self, record: Snapshot) -> Result<StoreReply, StoreError> {
        let mut inner = self.under(record.epoch)?;
        inner.save(self, |saved| saved.upload = record)?;
        inner.data = None;
        // The record has decided: what cannot be removed now only costs room.
        let _ = fs::remove_file(self.store.data(&self.id));
        Ok(StoreReply::Discarded)
    }

    /// Closes the file: there may be more open uploads than a process may have open files.
    pub fn close(&self) {
        lock(&self.inner).data = None;
    }

    fn describe(&self, declared: &Declared) -> io::Result<Object> {
        let generation = self.store.generation(declared)?;
        let mut file = File::open(self.store.data(&self.id))?;
        Object::describe(declared.clone(), &self.id, &mut file, generation)
    }

    /// The lock, if no greater epoch is recorded.
    fn under(&self, epoch: Epoch) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = lock(&self.inner);
        let recorded = inner.record.upload.epoch;
        if epoch < recorded {
            return Err(StoreError::Stale(recorded));
        }
        Ok(inner)
    }
}

impl Inner {
    fn data(&mut self, files: &Files) -> io::Result<&mut File> {
        if let Some(ref mut file) = self.data {
            return Ok(file);
        }
        let path = files.store.data(&files.id);
        Ok(self.data.insert(File::options().write(true).open(path)?))
    }

    /// Changes the record, on the disk first.
    fn save(&mut self, files: &Files, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        let mut record = self.record.clone();
        change(&mut record);
        replace(&files.store.record(&files.id), &record)?;
        self.record = record;
        Ok(())
    }
}

/// What a lock guards is changed in one step, so it is whole even if a thread has died with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn replace<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
