//! The example's `disk`, with a journal: what it does is done for real, but syncs are only written down.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What was done to the files and folders.
#[derive(Clone, Debug)]
pub enum Op {
    Create(PathBuf),
    Write {
        path: PathBuf,
        at: u64,
        bytes: Vec<u8>,
    },
    SetLen(PathBuf, u64),
    Sync(PathBuf),
    /// A sync that has failed: the kernel has dropped the bytes, and a later sync finds nothing to do.
    Dropped(PathBuf),
    CreateFolder(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    SyncFolder(PathBuf),
    /// It failed, or was left out.
    Nothing,
}

/// Which sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Of the bytes of an upload.
    Bytes,
    /// Of a new record, before it is renamed.
    Record,
    /// Of a new description, before it is renamed.
    Description,
    /// Of the folder above the root.
    AboveRoot,
    Root,
    Uploads,
    Data,
    Objects,
    Bucket,
}

impl Sync {
    /// Those that are needed when an upload has a step to make.
    pub const OF_A_STEP: &[Self] =
        &[Self::Bytes, Self::Record, Self::Description, Self::Uploads, Self::Data, Self::Objects, Self::Bucket];

    /// Those that are needed when a store is opened.
    pub const OF_AN_OPEN: &[Self] = &[Self::AboveRoot, Self::Root, Self::Uploads, Self::Bucket];

    fn of(op: &Op, base: &Path) -> Option<Self> {
        let (Op::Sync(path) | Op::SyncFolder(path)) = op else { return None };
        let names: Vec<_> = path.strip_prefix(base).ok()?.iter().filter_map(|name| name.to_str()).collect();
        match (op, &names[..]) {
            (_, []) => Some(Self::AboveRoot),
            (_, [_root]) => Some(Self::Root),
            (_, [_root, "uploads"]) => Some(Self::Uploads),
            (_, [_root, "data"]) => Some(Self::Data),
            (_, [_root, "objects"]) => Some(Self::Objects),
            (_, [_root, "data", _]) => Some(Self::Bytes),
            (_, [_root, "uploads", _]) => Some(Self::Record),
            (Op::Sync(_), _) => Some(Self::Description),
            _ => Some(Self::Bucket),
        }
    }
}

/// A sync that is left out, while a store is opened or afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Omitted {
    pub sync: Sync,
    pub recovering: bool,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing was done.
    Before,
    /// It was done all the same.
    After,
}

/// Which operation fails, and how.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub at: usize,
    pub failure: Failure,
}

/// What is to happen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    pub omitted: Option<Omitted>,
    /// Before which operation the process is killed.
    pub kill_at: Option<usize>,
    pub fails: Option<Fault>,
}

/// What has happened.
#[derive(Debug, Default)]
pub struct Journal {
    pub base: PathBuf,
    pub ops: Vec<Op>,
    pub plan: Plan,
    pub recovering: bool,
    pub is_killed: bool,
}

thread_local! {
    static JOURNAL: RefCell<Option<Journal>> = const { RefCell::new(None) };
}

/// What is done in this thread from here on is written down.
pub fn start(journal: Journal) {
    JOURNAL.with(|it| *it.borrow_mut() = Some(journal));
}

/// Nothing more is.
pub fn stop() -> Journal {
    JOURNAL.with(|it| it.borrow_mut().take()).expect("a journal was started")
}

/// Reads or changes the journal.
pub fn journal<T>(act: impl FnOnce(&mut Journal) -> T) -> T {
    JOURNAL.with(|it| act(it.borrow_mut().as_mut().expect("a journal was started")))
}

fn act<T>(op: Op, real: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    JOURNAL.with(|it| match it.borrow_mut().as_mut() {
        Some(journal) => journal.act(op, real),
        None => real(),
    })
}

impl Journal {
    fn act<T>(&mut self, op: Op, real: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let now = self.ops.len();
        let Plan { omitted, kill_at, fails } = self.plan;
        if self.is_killed || kill_at == Some(now) {
            self.is_killed = true;
            return Err(io::Error::other("the process is killed"));
        }
        let failure = fails.filter(|fault| fault.at == now).map(|fault| fault.failure);
        if failure == Some(Failure::Before) {
            self.ops.push(match op {
                Op::Sync(path) => Op::Dropped(path),
                _ => Op::Nothing,
            });
            return Err(io::ErrorKind::StorageFull.into());
        }
        let done = real()?;
        let sync = Sync::of(&op, &self.base);
        let is_omitted = omitted.is_some_and(|it| Some(it.sync) == sync && it.recovering == self.recovering);
        self.ops.push(if is_omitted { Op::Nothing } else { op });
        if failure.is_some() { Err(io::Error::other("it was done, and nobody knows")) } else { Ok(done) }
    }
}

pub struct File(fs::File, PathBuf);

impl File {
    pub fn create_new(path: &Path) -> io::Result<Self> {
        act(Op::Create(path.into()), || Ok(Self(fs::File::create_new(path)?, path.into())))
    }

    pub fn create(path: &Path) -> io::Result<Self> {
        act(Op::Create(path.into()), || Ok(Self(fs::File::create(path)?, path.into())))
    }

    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(fs::File::options().write(true).open(path)?, path.into()))
    }

    pub fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    pub fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        act(Op::Write { path: self.1.clone(), at, bytes: bytes.into() }, || self.0.write_all_at(bytes, at))
    }

    pub fn set_len(&self, len: u64) -> io::Result<()> {
        act(Op::SetLen(self.1.clone(), len), || self.0.set_len(len))
    }

    pub fn sync(&self) -> io::Result<()> {
        act(Op::Sync(self.1.clone()), || Ok(()))
    }
}

pub fn create_folder(path: &Path) -> io::Result<()> {
    act(Op::CreateFolder(path.into()), || match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    })
}

pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    act(Op::Rename(from.into(), to.into()), || fs::rename(from, to))
}

pub fn remove(path: &Path) -> io::Result<()> {
    act(Op::Remove(path.into()), || fs::remove_file(path))
}

pub fn remove_folder(path: &Path) -> io::Result<()> {
    act(Op::Remove(path.into()), || fs::remove_dir(path))
}

pub fn sync_folder(path: &Path) -> io::Result<()> {
    act(Op::SyncFolder(path.into()), || fs::metadata(path).map(drop))
}
