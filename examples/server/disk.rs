//! What the store does to its folder: one call of the system each, and what a crash may undo of it.
//!
//! When the process dies, what these calls have done stays. When the machine dies, each of them may be undone or not,
//! alone and in any order, until it is synced: the bytes of a file and its length by [`File::sync`]; a name (that it
//! is there, which file it stands for, that it is gone) by [`sync_folder`] of the folder that has it. A rename gives
//! one or the other, never a mixture: that is all that is atomic here.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a sync does nothing. It is a matter of the process: whoever measures without the disk wants none at all.
static NO_SYNC: AtomicBool = AtomicBool::new(false);

/// Lets every sync of this process do nothing from here on. What the system has not written of its own accord when the
/// machine dies is lost then, also what was told to be safe.
pub fn never_sync() {
    NO_SYNC.store(true, Ordering::Relaxed);
}

/// A file that is written.
pub struct File(fs::File);

impl File {
    /// A new file. There must be none of this name.
    pub fn create_new(path: &Path) -> io::Result<Self> {
        fs::File::create_new(path).map(Self)
    }

    /// An empty file, whatever was there.
    pub fn create(path: &Path) -> io::Result<Self> {
        fs::File::create(path).map(Self)
    }

    /// A file that is there.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::File::options().write(true).open(path).map(Self)
    }

    pub fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    pub fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, at)
    }

    pub fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    /// Makes the bytes durable, with the length (`fdatasync` leaves out only what is not needed to read them back).
    pub fn sync(&self) -> io::Result<()> {
        if NO_SYNC.load(Ordering::Relaxed) { Ok(()) } else { self.0.sync_data() }
    }
}

/// A folder, unless it is there already. The one above it must be there.
pub fn create_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

/// Gives a file another name, in the place of a file that may have it.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Removes a folder, which must be empty.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    fs::remove_dir(path)
}

/// Makes the names in a folder durable.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if NO_SYNC.load(Ordering::Relaxed) { Ok(()) } else { fs::File::open(path)?.sync_all() }
}
