//! What is kept of an upload, so that the same command goes on after this process was killed: a small JSON file.
//!
//! The file is replaced as a whole: a kill at any moment leaves the old one or the new one. Each step has its reason:
//!
//! 1. `FILE.lock` is locked, so that two processes never write at once. The lock goes with its process, however that
//!    ends.
//! 2. `FILE.tmp` is written from nothing and synced: after a power failure, too, the new name leads to whole contents.
//! 3. It is renamed to `FILE`, which replaces the old contents at once.
//! 4. The folder is synced: what was told to be kept stays, and a removed file does not come back.
//!
//! Whoever has the URL of the session may write to it, so that only the owner may read the file.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use resumable::ClientSnapshot;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::args::Target;
use super::client::Kept;
use super::session::Creation;
use super::source::{Known, hex};
use super::url::Url;

/// The first words of every state, by which another file is told from one.
const FORMAT: &str = "state of a resumable upload, 1";

/// A state is far smaller.
const MAX: u64 = 64 * 1024;

/// What is kept. There is no `Debug`: the URL of the session is a secret.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    format: String,
    /// The digest of what the session was asked for with; `None` if it was made elsewhere.
    creation: Option<String>,
    session: String,
    /// How far the upload has come.
    pub upload: ClientSnapshot,
    /// What the source is known by.
    pub source: Known,
}

/// A state file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read, written or removed.
    #[error("cannot use the state file {}: {error}", path.display())]
    Io {
        /// Where it is.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another process has it.
    #[error("expected to be alone with the state file {}, but another process uses it", path.display())]
    InUse {
        /// Where it is.
        path: PathBuf,
    },
    /// It is something else, or damaged. What is wrong is not shown: it could be a part of a secret.
    #[error("expected the state of an upload in {}, got something else from line {line}, column {column} on", path.display())]
    Malformed {
        /// Where it is.
        path: PathBuf,
        /// Where the reading ended.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// A field of it has a value that no state has.
    #[error("expected the state of an upload in {}, got one in which {what}", path.display())]
    Invalid {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// It is the state of something else.
    #[error("expected the state of this upload in {}, got that of {other}", path.display())]
    Foreign {
        /// Where it is.
        path: PathBuf,
        /// Of what.
        other: &'static str,
    },
    /// There is none.
    #[error("expected the state of an upload in {}, got no such file", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
}

impl State {
    /// Of an upload whose session is what `target` names.
    pub fn new(target: &Target, kept: Kept<'_>) -> Self {
        let session = format!("http://{}{}", kept.session.authority(), kept.session.target());
        let Kept { record: upload, source, .. } = kept;
        Self { format: FORMAT.to_owned(), creation: digest(target), session, upload, source }
    }
}

/// The digest of what names a session's object to its server, which can be a secret too.
fn digest(target: &Target) -> Option<String> {
    let Target::Creation(url, creation) = target else {
        return None;
    };
    let (kind, name) = match creation {
        Creation::Json => ("json", ""),
        Creation::Xml => ("xml", ""),
        Creation::Redivis { name } => ("redivis", name.as_str()),
    };
    Some(hex(&Sha256::digest([kind, name, url.authority(), url.target()].join("\n"))))
}

/// A state file that this process has for itself.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// Held for its lock.
    _lock: Lock,
}

impl StateFile {
    /// The file at `path`, which may not exist yet.
    pub fn lock(path: &Path) -> Result<Self, StateError> {
        let lock = Lock::take(beside(path, ".lock")).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => StateError::InUse { path: path.to_owned() },
            _ => StateError::Io { path: path.to_owned(), error },
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The state, if there is one, and where its session is. It has to be that of `target`.
    pub fn read(&self, target: &Target) -> Result<Option<(State, Url)>, StateError> {
        let path = || self.path.clone();
        let mut text = Vec::new();
        match File::open(&self.path).and_then(|file| file.take(MAX).read_to_end(&mut text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| self.io(error))?,
        };
        let state: State = serde_json::from_slice(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            StateError::Malformed { path: path(), line, column }
        })?;
        let invalid = |what| Err(StateError::Invalid { path: path(), what });
        if state.format != FORMAT {
            return invalid("the format is another one");
        }
        if state.upload.total.is_some_and(|total| total < state.upload.persisted) {
            return invalid("more is persisted than there is");
        }
        let Ok(url) = Url::parse(&state.session) else {
            return invalid("the session is no URL");
        };
        let foreign = |other| Err(StateError::Foreign { path: path(), other });
        match target {
            Target::Creation(..) if state.creation != digest(target) => {
                return foreign("one to another URL, or of another kind or name");
            }
            // Credentials for the one must not go to the other.
            Target::Creation(creation, _) if !url.is_same_host(creation) => {
                return invalid("the session is not on the host of its creation");
            }
            Target::Session(session) if *session != url => return foreign("another session"),
            _ => {}
        }
        Ok(Some((state, url)))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces it.
    pub fn write(&self, state: &State) -> io::Result<()> {
        let temporary = beside(&self.path, ".tmp");
        remove(&temporary)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(&serde_json::to_vec_pretty(state)?)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        sync_folder(&self.path)
    }

    /// Removes it: the upload is over.
    pub fn remove(self) -> Result<(), StateError> {
        let removed = remove(&self.path).and_then(|()| remove(&beside(&self.path, ".tmp")));
        removed.and_then(|()| sync_folder(&self.path)).map_err(|error| self.io(error))
    }

    fn io(&self, error: io::Error) -> StateError {
        StateError::Io { path: self.path.clone(), error }
    }
}

/// An empty file that is locked, and removed when the lock is given back.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    fn take(path: PathBuf) -> io::Result<Self> {
        loop {
            let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            // The one who had it may have removed it since it was opened.
            match fs::metadata(&path) {
                Ok(found) if found.ino() == file.metadata()?.ino() => return Ok(Self { path, _file: file }),
                _ => {}
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An empty file that stays does no harm.
        let _ = remove(&self.path);
    }
}

/// The same path with a longer name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(ending);
    path.into()
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
