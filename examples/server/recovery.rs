//! What a store does when it is opened: an earlier process may have been killed between any two steps.
//!
//! | order | because |
//! |---|---|
//! | remove every `.tmp` | nothing was told of what it was to become |
//! | sync `uploads` and the folder of each bucket | the earlier process may have renamed a file there and not synced the folder. Whoever reads the new file tells of it, and removes what it replaces: it must not turn into the old one then. (The other folders were synced before anything counted on them.) |
//! | complete the records whose object is published, or was | the record was to be replaced next. Until it is, the upload could be given up, and the bytes of the object with it |
//! | remove the bytes that no open upload and no object has | that was to be done next |
//! | remove the folders of buckets without an object | the description was to be put there next |

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resumable::Saved;

use super::disk;
use super::json::read;
use super::object::Object;
use super::record::{Record, RecordFile};
use super::store::{Store, id_of};

impl Store {
    pub(super) fn recover(&self) -> io::Result<()> {
        let buckets: Vec<PathBuf> = list(&self.folder("objects"))?.into_iter().filter(|path| path.is_dir()).collect();
        for folder in buckets.iter().chain([&self.folder("uploads")]) {
            for path in list(folder)? {
                if path.extension() == Some(OsStr::new("tmp")) {
                    disk::remove(&path)?;
                }
            }
            disk::sync_folder(folder)?;
        }
        let needed = self.needed(&buckets)?;
        self.remove_bytes(&needed)?;
        for bucket in buckets {
            if list(&bucket)?.is_empty() {
                disk::remove_folder(&bucket)?;
            }
        }
        Ok(())
    }

    /// The ids of the uploads whose bytes are needed.
    fn needed(&self, buckets: &[PathBuf]) -> io::Result<HashSet<String>> {
        let mut needed = HashSet::new();
        for bucket in buckets {
            for path in list(bucket)? {
                needed.extend(read::<Object>(&path)?.map(|object| object.data));
            }
        }
        for path in list(&self.folder("uploads"))? {
            let (Some(id), Some(mut record)) = (id_of(&path), Record::read(&path)?) else { continue };
            if record.upload.state != Saved::Open {
                continue;
            }
            if record.object.as_ref().map_or(Ok(false), |object| self.was_published(object))? {
                record.complete();
                RecordFile::new(path).replace(&record)?;
            } else {
                needed.insert(id.to_owned());
            }
        }
        Ok(needed)
    }

    fn remove_bytes(&self, needed: &HashSet<String>) -> io::Result<()> {
        let mut used = 0;
        for path in list(&self.folder("data"))? {
            if path.file_name().and_then(OsStr::to_str).is_some_and(|id| needed.contains(id)) {
                used += fs::metadata(&path)?.len();
            } else {
                disk::remove(&path)?;
            }
        }
        self.room.found(used);
        Ok(())
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}
