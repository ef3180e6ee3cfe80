//! What is saved of an upload, and how: a record, and after it lines that say how far the upload has come since.
//!
//! ```text
//! {"upload":{"epoch":0,"persisted":0,...},"kind":"Storage","declared":{...},...}
//! {"epoch":1,"persisted":7,...}
//! {"epoch":2,"persisted":18,...}
//! ```
//!
//! The last line counts. The room for lines is made with the record and holds blanks, so a line is one write and one
//! sync: there is no new name, and the file keeps its length. When the room is used up, the record is replaced.
//!
//! Nothing is told of a line before it is synced. What a crash leaves of one that was not has blanks before its end or
//! in the place of its start, and is no line. Nothing is written behind such a rest: whoever has met it, or may have left it,
//! replaces the record.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use resumable::{Saved, Snapshot};
use serde::{Deserialize, Serialize};

use super::disk;
use super::json::{parse, replace_bytes};
use super::object::{Declared, Object};

/// What files are made of: a record and its lines take one or two.
const BLOCK: usize = 4096;

/// The least room for lines, and the most; one has about a hundred bytes. An upload that has used up its room gets more
/// of it: to replace a record takes much longer than a line.
const ROOM: usize = 1024;
const MOST_ROOM: usize = 64 * 1024;

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

impl Record {
    /// The record in a file, if there is one, with the last of its lines.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let mut record: Self = parse(lines.next().unwrap_or_default(), path)?;
        // The first that is none, or has no end, is a rest or the room that is left.
        for upload in lines.map_while(|line| serde_json::from_slice(line.strip_suffix(b"\n")?).ok()) {
            record.upload = upload;
        }
        Ok(Some(record))
    }

    /// The object is published, and the record did not say so yet.
    pub fn complete(&mut self) {
        self.upload.state = Saved::Complete;
        self.upload.total = Some(self.upload.persisted);
    }
}

/// The file of a record.
pub struct RecordFile {
    path: PathBuf,
    /// Where the next lines go.
    room: Range<u64>,
    /// How much of it is made with the next record.
    next_room: usize,
    /// Open for lines.
    file: Option<disk::File>,
    /// Whether it holds what was saved last. What seemed to fail may have been done all the same.
    is_certain: bool,
}

impl RecordFile {
    /// Without room: what is there is not known.
    pub fn new(path: PathBuf) -> Self {
        Self { path, room: 0..0, next_room: ROOM, file: None, is_certain: true }
    }

    pub fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// Saves a whole record.
    pub fn replace(&mut self, record: &Record) -> io::Result<()> {
        (self.file, self.room, self.is_certain) = (None, 0..0, false);
        let mut bytes = serde_json::to_vec(record)?;
        bytes.push(b'\n');
        let start = bytes.len();
        // To one that has ended nothing is added.
        if record.upload.state == Saved::Open {
            bytes.resize((start + self.next_room).next_multiple_of(BLOCK), b' ');
        }
        replace_bytes(&self.path, &bytes)?;
        (self.room, self.is_certain) = (start as u64..bytes.len() as u64, true);
        Ok(())
    }

    /// Adds a line, if there is room for it.
    pub fn append(&mut self, upload: &Snapshot) -> io::Result<bool> {
        let mut line = serde_json::to_vec(upload)?;
        line.push(b'\n');
        // Until it is done, there may be a part of it.
        let Range { start, end } = std::mem::replace(&mut self.room, 0..0);
        let next = start + line.len() as u64;
        if next > end {
            self.next_room = (self.next_room * 4).min(MOST_ROOM);
            return Ok(false);
        }
        self.is_certain = false;
        let file = match self.file.take() {
            Some(file) => file,
            None => disk::File::open(&self.path)?,
        };
        file.write_at(&line, start)?;
        file.sync()?;
        (self.file, self.room, self.is_certain) = (Some(file), next..end, true);
        Ok(true)
    }

    pub fn close(&mut self) {
        self.file = None;
    }
}
