//! What is visible: objects, each a description that says where its bytes are. The order is in [`super::store`].

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::disk;
use super::json::{read, replace};
use super::object::{Declared, Object, place};
use super::store::{Store, lock};

impl Store {
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
    /// does not hold that was declared with it: then nothing has changed.
    pub(super) fn publish(&self, object: &Object) -> io::Result<bool> {
        let _published = lock(&self.published);
        let place = self.place(&object.declared.bucket, &object.declared.name);
        let folder = place.parent().unwrap_or(&self.root);
        let old = read::<Object>(&place)?;
        let is_new = old.as_ref().is_none_or(|old| old.data != object.data);
        let visible = old.as_ref().map_or(0, |old| old.generation);
        if is_new && object.declared.if_generation.is_some_and(|wanted| wanted != visible) {
            return Ok(false);
        }
        if old.as_ref().is_none_or(|old| old.generation < object.generation) {
            disk::create_folder(folder)?;
            disk::sync_folder(&self.folder("objects"))?;
            replace(&place, object)?;
        } else {
            // It may be there because a sync of the folder failed.
            disk::sync_folder(folder)?;
        }
        let replaced = match old {
            Some(old) if old.data == object.data => None,
            Some(old) if old.generation > object.generation => Some(object.data.clone()),
            old => old.map(|old| old.data),
        };
        if let Some(id) = replaced {
            self.remove_data(&id);
        }
        Ok(true)
    }

    /// Makes an object invisible; whether there was one.
    pub fn remove(&self, bucket: &str, name: &str) -> io::Result<bool> {
        let _published = lock(&self.published);
        let place = self.place(bucket, name);
        let folder = place.parent().unwrap_or(&self.root);
        let Some(object) = read::<Object>(&place)? else {
            // It may be gone only until a crash, because a sync of the folder failed.
            return match disk::sync_folder(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(false),
            };
        };
        disk::remove(&place)?;
        disk::sync_folder(folder)?;
        self.remove_data(&object.data);
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

    /// Whether the object is published, durably, or was. Its bytes are removed only when another has taken its place.
    pub(super) fn was_published(&self, object: &Object) -> io::Result<bool> {
        let _published = lock(&self.published);
        let place = self.place(&object.declared.bucket, &object.declared.name);
        let is_visible = read::<Object>(&place)?.is_some_and(|visible| visible.data == object.data);
        if is_visible {
            place.parent().map_or(Ok(()), disk::sync_folder)?;
        }
        Ok(is_visible || !self.data(&object.data).try_exists()?)
    }

    /// Greater than that of any object that is visible under this name, and than any that was given before.
    pub(super) fn generation(&self, declared: &Declared) -> io::Result<u64> {
        let mut newest = lock(&self.published);
        let old = read::<Object>(&self.place(&declared.bucket, &declared.name))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        let above = newest.max(old.map_or(0, |old| old.generation));
        *newest = now.max(above + 1);
        Ok(*newest)
    }

    fn place(&self, bucket: &str, name: &str) -> PathBuf {
        place(&self.folder("objects"), bucket, name)
    }
}
