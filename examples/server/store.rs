//! Where bytes and records are kept, and in which order they are written.
//!
//! ```text
//! ROOT/lock                       held by the one process that serves this folder
//! ROOT/uploads/ID.json            the record of an upload
//! ROOT/data/ID                    its bytes; they stay here, also when the object is published
//! ROOT/objects/BUCKET/NAME.json   the description of an object, which says where its bytes are
//! ```
//!
//! A small file is *replaced*: a new one `NAME.tmp` is written and synced, renamed over the old one, and the folder is
//! synced. After a crash there is the old one or the new one, and nobody was told of the new one before the last sync.
//! How a line is added to a record, and what a crash may leave of it, is in [`super::record`].
//! What a crash can undo, and what not, is in [`super::disk`]; [`super::published`] has the objects. Every sync below is
//! needed: a test leaves out each in turn (`tests/crashes.rs`).
//!
//! | step | order | because |
//! |---|---|---|
//! | create | the empty file; sync `data`; replace the record | an address is told last, so one that was told has its record, and a record has its file |
//! | fence | replace the record, if it may say more than was confirmed; cut the file to what is persisted | bytes that came and did not count take no room, and are no part of the object; a record never counts bytes that are cut |
//! | write | the bytes | they promise nothing yet, so a crash may take any of them |
//! | sync | sync the file; add a line to the record and sync it, or replace it | a record never counts bytes that a crash can take away; an offset is told after both |
//! | commit | the description into the record; create the bucket's folder, sync `objects`; replace the description in its place; the record says complete; remove the bytes of the object it replaced | what is visible is whole and stays, and a commit that was cut short can be told from one that was not begun: the record knows what it was about to publish |
//! | load | sync the record | an earlier process may have been killed between a line and its sync, and what the line says is told now |
//! | discard | replace the record; remove the bytes | an upload that is given up never comes back without its bytes |
//! | remove an object | remove its description; sync the bucket's folder; remove the bytes | what is visible has its bytes |
//! | forget | remove the record, once it has ended | the object does not need it |
//! | open | see [`super::recovery`] | what an earlier process has renamed and not synced is made durable before it is believed |
//!
//! Where a removal fails, or a crash undoes it, that only costs room until the next start. It must not come first: the
//! bytes that a record or a description counts on are removed when its successor is durable, never before.
//!
//! A sync that has failed is not repeated: the kernel may have dropped the bytes and then call the next one a success.
//! What was not confirmed is not persisted, so the client sends it again and it is written again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use resumable::server::{Rejection, StoreReply, Write};
use resumable::{Epoch, Persisted, Saved, Snapshot};
use rustix::fs::{FlockOperation, flock};

use super::checksum::{Checksums, Sum};
use super::disk;
use super::object::{Declared, Object};
use super::record::RecordFile;
pub use super::record::{Kind, Record};
use super::room::Room;

pub struct Store {
    pub(super) root: PathBuf,
    /// The newest generation. Its lock orders the changes of what is published.
    pub(super) published: Mutex<u64>,
    pub(super) room: Room,
    /// Whether every object gets an MD5, which only reading all of its bytes again can tell.
    has_md5: bool,
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
    file: RecordFile,
    data: Option<Data>,
    /// The sum of what is written, if this process has written all of it in one go. After a cut its length fits neither
    /// the next write nor the size, so it is dropped then.
    written: Option<Sum>,
}

/// The bytes of an upload, while their file is open.
struct Data {
    file: disk::File,
    /// How many there are, which nobody else changes.
    len: u64,
}

impl Store {
    /// Opens the store under `root`, for `quota` bytes of uploads and objects, and puts in order what an earlier process
    /// has left there.
    pub fn open(root: PathBuf, quota: Option<u64>) -> io::Result<Self> {
        create_root(&root)?;
        let lock = File::create(root.join("lock"))?;
        // Epochs are kept in memory: two processes would not see each other's.
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                let text = "expected to have the folder alone, but another process serves it";
                io::Error::new(io::ErrorKind::WouldBlock, text)
            }
            _ => error.into(),
        })?;
        let store = Self { root, published: Mutex::new(0), room: Room::new(quota), has_md5: true, _lock: lock };
        store.recover()?;
        Ok(store)
    }

    /// Describes objects without an MD5, unless a client declares one.
    pub fn without_md5(self) -> Self {
        Self { has_md5: false, ..self }
    }

    pub fn create(self: &Arc<Self>, id: &str, record: Record) -> io::Result<Files> {
        disk::File::create_new(&self.data(id))?;
        disk::sync_folder(&self.folder("data"))?;
        let mut file = RecordFile::new(self.record(id));
        file.replace(&record)?;
        // With an MD5 all bytes are read again, and tell their sum then.
        let sum = (!self.has_md5).then(Sum::default);
        Ok(self.files(id, record, file, sum))
    }

    /// An upload of an earlier process, if there is one. `id` must be one: see [`is_id`].
    pub fn load(self: &Arc<Self>, id: &str) -> io::Result<Option<Files>> {
        let path = self.record(id);
        let Some(record) = Record::read(&path)? else {
            return Ok(None);
        };
        // The last line may be of a process that was killed before it could sync it.
        disk::File::open(&path)?.sync()?;
        let Snapshot { persisted, state, .. } = record.upload;
        if state == Saved::Open && fs::metadata(self.data(id))?.len() < persisted {
            return Err(io::Error::other("the store has lost bytes it had promised"));
        }
        Ok(Some(self.files(id, record, RecordFile::new(path), None)))
    }

    /// The uploads to which nothing has happened for so long: no byte, no other change of the record.
    pub fn idle(&self, since: Duration) -> io::Result<Vec<String>> {
        let mut idle = Vec::new();
        for entry in fs::read_dir(self.folder("uploads"))? {
            let path = entry?.path();
            let Some(id) = id_of(&path) else { continue };
            let changed = [&path, &self.data(id)].map(|path| fs::metadata(path).and_then(|it| it.modified()).ok());
            // A clock that was set back has not elapsed.
            let rest = changed.into_iter().flatten().max().and_then(|it| it.elapsed().ok());
            if rest.is_some_and(|rest| rest >= since) {
                idle.push(id.to_owned());
            }
        }
        Ok(idle)
    }

    /// Removes the record of an upload that has ended: from here on it is unknown.
    pub fn forget(&self, id: &str) -> io::Result<()> {
        disk::remove(&self.record(id))
    }

    fn files(self: &Arc<Self>, id: &str, record: Record, file: RecordFile, sum: Option<Sum>) -> Files {
        let inner = Inner { record, file, data: None, written: sum };
        Files { store: Arc::clone(self), id: id.to_owned(), inner: Mutex::new(inner) }
    }

    /// Removes the bytes of an upload. What cannot be removed now only costs room.
    pub(super) fn remove_data(&self, id: &str) {
        let path = self.data(id);
        let len = fs::metadata(&path).map_or(0, |it| it.len());
        if disk::remove(&path).is_ok() {
            self.room.give(len);
        }
    }

    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn record(&self, id: &str) -> PathBuf {
        self.folder("uploads").join(id.to_owned() + ".json")
    }

    pub(super) fn data(&self, id: &str) -> PathBuf {
        self.folder("data").join(id)
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
        if inner.record.upload.state == Saved::Open {
            inner.trim(self)?;
        }
        Ok(StoreReply::Fenced(inner.record.upload))
    }

    /// A commit may have published the object and then failed, or crashed, before the record said so. Whoever asks
    /// next must know, or the upload could be cancelled, and the bytes of the object with it.
    fn finish_commit(&self, inner: &mut Inner) -> io::Result<()> {
        if let Some(object) = &inner.record.object
            && inner.record.upload.state == Saved::Open
            && self.store.was_published(object)?
        {
            inner.save(Record::complete)?;
        }
        Ok(())
    }

    /// Puts bytes in their place, which promises nothing before the next sync.
    pub fn write(&self, write: &Write<'_>) -> Result<(), StoreError> {
        let mut inner = self.under(write.epoch)?;
        if let Err(error) = inner.data(self)?.write(write, &self.store.room) {
            // The request ends here, and what it has brought since the last sync does not count.
            inner.trim(self)?;
            return Err(error.into());
        }
        inner.written = inner.written.filter(|sum| sum.len == write.at.get());
        if let Some(sum) = &mut inner.written {
            sum.append(write.data);
        }
        Ok(())
    }

    pub fn sync(&self, record: Snapshot) -> Result<StoreReply, StoreError> {
        let mut inner = self.under(record.epoch)?;
        inner.data(self)?.file.sync()?;
        inner.proceed(record)?;
        Ok(StoreReply::Synced(Persisted::confirmed(record.persisted)))
    }

    /// Publishes the object, unless its bytes differ from what was declared with its creation or with this request.
    pub fn commit(&self, record: Snapshot, checksums: &Checksums) -> Result<StoreReply, StoreError> {
        let mut inner = self.under(record.epoch)?;
        let size = record.persisted;
        let declared = &inner.record.declared;
        let wants_md5 = self.store.has_md5 || checksums.md5.or(declared.checksums.md5).is_some();
        // One that was decided before the upload became longer was not published, or the upload would have ended then.
        let is_decided = |object: &Object| object.size == size && (object.md5.is_some() || !wants_md5);
        let decided = inner.record.object.clone().filter(is_decided);
        let object = match (&decided, inner.written.filter(|sum| sum.len == size && !wants_md5)) {
            (Some(object), _) => object.clone(),
            (None, Some(sum)) => Object::without_md5(declared.clone(), &self.id, sum, self.store.generation(declared)?),
            (None, None) => self.describe(declared, size, wants_md5)?,
        };
        if !(checksums.hold_for(&object) && object.declared.checksums.hold_for(&object)) {
            return Ok(StoreReply::Rejected(Rejection::Checksum));
        }
        if decided.is_none() {
            inner.save(|saved| saved.object = Some(object.clone()))?;
        }
        if !self.store.publish(&object)? {
            return Ok(StoreReply::Rejected(Rejection::Precondition));
        }
        inner.save(|saved| saved.upload = record)?;
        Ok(StoreReply::Committed)
    }

    pub fn discard(&self, record: Snapshot) -> Result<StoreReply, StoreError> {
        let mut inner = self.under(record.epoch)?;
        inner.save(|saved| saved.upload = record)?;
        inner.data = None;
        self.store.remove_data(&self.id);
        Ok(StoreReply::Discarded)
    }

    /// Closes the files: there may be more open uploads than a process may have open files.
    pub fn close(&self) {
        let mut inner = lock(&self.inner);
        inner.data = None;
        inner.file.close();
    }

    fn describe(&self, declared: &Declared, size: u64, has_md5: bool) -> io::Result<Object> {
        let generation = self.store.generation(declared)?;
        let mut file = File::open(self.store.data(&self.id))?;
        let object = Object::describe(declared.clone(), &self.id, &mut file, generation, has_md5)?;
        if object.size != size {
            return Err(io::Error::other(format!("expected {size} bytes, found {}", object.size)));
        }
        Ok(object)
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

impl Data {
    fn write(&mut self, write: &Write<'_>, room: &Room) -> io::Result<()> {
        let (at, before) = (write.at.get(), self.len);
        let after = before.max(at.saturating_add(write.data.len() as u64));
        room.take(after - before)?;
        let written = self.file.write_at(write.data, at);
        self.len = match &written {
            Ok(()) => after,
            // A part of it may be there. If that cannot be told, all of it may be, and is cut.
            Err(_) => self.file.len().unwrap_or(after),
        };
        room.give(after.saturating_sub(self.len));
        written
    }
}

impl Inner {
    fn data(&mut self, files: &Files) -> io::Result<&mut Data> {
        if let Some(ref mut data) = self.data {
            return Ok(data);
        }
        let file = disk::File::open(&files.store.data(&files.id))?;
        let len = file.len()?;
        Ok(self.data.insert(Data { file, len }))
    }

    /// Removes the bytes that do not count.
    fn trim(&mut self, files: &Files) -> io::Result<()> {
        let persisted = self.record.upload.persisted;
        if self.data(files)?.len > persisted {
            if !self.file.is_certain() {
                self.save(|_| ())?;
            }
            let data = self.data(files)?;
            data.file.set_len(persisted)?;
            files.store.room.give(data.len - persisted);
            data.len = persisted;
        }
        Ok(())
    }

    /// Changes the record, on the disk first.
    fn save(&mut self, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        let mut record = self.record.clone();
        change(&mut record);
        self.file.replace(&record)?;
        self.record = record;
        Ok(())
    }

    /// Saves how far the upload has come.
    fn proceed(&mut self, upload: Snapshot) -> io::Result<()> {
        if self.file.append(&upload)? {
            self.record.upload = upload;
            Ok(())
        } else {
            self.save(|saved| saved.upload = upload)
        }
    }
}

/// What a lock guards is changed in one step, so it is whole even if a thread has died with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this has the form of an id, 32 hexadecimal digits. What has not must not become the name of a file.
#[allow(dead_code, reason = "a test of the store makes its own ids")]
pub fn is_id(text: &str) -> bool {
    // To the end, whatever it finds: that takes less than to branch on each byte.
    text.len() == 32 && text.bytes().fold(true, |all, byte| all & matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The id of the upload whose record is at this path.
pub(super) fn id_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(".json")
}

/// Creates the folders. One that stands for something below it is durable before that is begun.
fn create_root(root: &Path) -> io::Result<()> {
    let folders = ["uploads", "data", "objects"].map(|name| root.join(name));
    if !folders[0].try_exists()? {
        // The last above a relative path is an empty one, which stands for a folder that is there.
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.is_dir();
        let missing: Vec<&Path> = root.ancestors().take_while(is_missing).collect();
        for folder in missing.into_iter().rev() {
            disk::create_folder(folder)?;
            disk::sync_folder(parent(folder))?;
        }
        // An earlier process may have come so far and no farther.
        disk::sync_folder(parent(root))?;
    }
    for folder in folders {
        disk::create_folder(&folder)?;
    }
    disk::sync_folder(root)
}

/// The folder that has this one's name; that of a relative path of one name is where the process runs.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}
