//! What must hold of a folder that a crash has left.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resumable::Saved;

use super::json::read;
use super::object::Object;
use super::store::{Record, Store};
use super::uploads::{End, Facts, Known, finish};

type Checked = Result<(), String>;

/// What was told is there, nothing half is visible, nothing is left over; and the uploads that are open can be
/// completed, after which all that holds again.
pub fn check(root: &Path, facts: &Facts) -> Checked {
    check_again(root, facts)?;
    let store = open(root)?;
    for (id, known) in facts {
        let files = store.load(id).map_err(|error| format!("{id}: {error}"))?;
        let Some(files) = files.filter(|files| files.record().upload.state == Saved::Open) else { continue };
        finish(files, &known.bytes).map_err(|error| format!("{id}: {error}"))?;
    }
    drop(store);
    let mut facts = facts.clone();
    for known in facts.values_mut().filter(|known| known.asked.is_none()) {
        known.end = Some(End::Complete);
    }
    check_again(root, &facts).map_err(|error| format!("completed after the crash: {error}"))
}

fn check_again(root: &Path, facts: &Facts) -> Checked {
    let store = open(root)?;
    for (id, known) in facts {
        let record = Record::read(&store.record(id)).map_err(|error| error.to_string())?;
        check_upload(root, id, known, record.as_ref()).map_err(|error| format!("{id}: {error}"))?;
    }
    check_objects(root, facts)?;
    check_leftovers(root)
}

fn open(root: &Path) -> Result<Arc<Store>, String> {
    if let Some(above) = root.parent() {
        fs::create_dir_all(above).unwrap();
    }
    Ok(Arc::new(Store::open(root.to_owned(), None).map_err(|error| format!("the store does not open: {error}"))?))
}

fn check_upload(root: &Path, id: &str, known: &Known, record: Option<&Record>) -> Checked {
    let Some(record) = record else {
        let may_be_gone = known.asked == Some(End::Expired);
        return if may_be_gone { Ok(()) } else { Err("an upload is gone whose address was told".to_owned()) };
    };
    let Known { told, end, asked, .. } = *known;
    let upload = record.upload;
    let found = match upload.state {
        Saved::Open => None,
        Saved::Complete => Some(End::Complete),
        Saved::Cancelled => Some(End::Cancelled),
        Saved::Expired => Some(End::Expired),
        Saved::Dead => return Err("it is dead".to_owned()),
    };
    let end = if end == Some(End::Removed) { Some(End::Complete) } else { end };
    // What was expired may come back, and expires again.
    if end.is_some_and(|end| end != End::Expired && found != Some(end)) {
        return Err(format!("expected {end:?}, which was told, found {found:?}"));
    }
    if matches!(found, Some(End::Cancelled | End::Expired)) {
        return if found == asked { Ok(()) } else { Err(format!("{found:?}, and nobody has asked for it")) };
    }
    if upload.persisted < told {
        return Err(format!("expected the {told} bytes that were told, found {}", upload.persisted));
    }
    if found == Some(End::Complete) {
        let object = record.object.as_ref().ok_or("complete without an object")?;
        return if object.size == known.bytes.len() as u64 { Ok(()) } else { Err("complete too early".to_owned()) };
    }
    let bytes = fs::read(root.join("data").join(id)).map_err(|error| error.to_string())?;
    let persisted = usize::try_from(upload.persisted).unwrap();
    if bytes.get(..persisted) != known.bytes.get(..persisted) {
        return Err(format!("the first {persisted} bytes are others"));
    }
    Ok(())
}

/// An object is visible whole, and stays until another takes its place.
fn check_objects(root: &Path, facts: &Facts) -> Checked {
    let mut visible = BTreeSet::new();
    for path in files(&root.join("objects")).iter().filter(|path| path.is_file()) {
        let object: Object = read(path).map_err(|error| error.to_string())?.unwrap();
        let name = object.declared.name;
        let known = facts.get(&object.data).ok_or_else(|| format!("{name}: of an upload that nobody knows"))?;
        let bytes = fs::read(root.join("data").join(&object.data)).map_err(|error| format!("{name}: {error}"))?;
        if bytes != known.bytes || object.size != bytes.len() as u64 || object.crc32c != crc_fast::crc32_iscsi(&bytes) {
            return Err(format!("{name}: visible and not whole: {bytes:?}"));
        }
        if known.end == Some(End::Removed) {
            return Err(format!("{name}: visible after it was removed"));
        }
        visible.insert(name);
    }
    let mut complete = facts.values().filter(|known| known.end == Some(End::Complete) && known.asked.is_none());
    match complete.find(|known| !visible.contains(known.name)) {
        Some(known) => Err(format!("{}: complete and not visible", known.name)),
        None => Ok(()),
    }
}

/// Beside the lock there are records, the bytes of open uploads, and objects with their bytes.
fn check_leftovers(root: &Path) -> Checked {
    let mut expected =
        BTreeSet::from([root.join("lock"), root.join("data"), root.join("objects"), root.join("uploads")]);
    for path in files(&root.join("uploads")) {
        let id = path.file_stem().unwrap().to_owned();
        if Record::read(&path).map_err(|error| error.to_string())?.unwrap().upload.state == Saved::Open {
            expected.insert(root.join("data").join(id));
        }
        expected.extend((path.extension().unwrap() == "json").then_some(path));
    }
    for path in files(&root.join("objects")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "json"))
    {
        let object: Object = read(&path).map_err(|error| error.to_string())?.unwrap();
        expected.insert(root.join("data").join(object.data));
        expected.extend(path.parent().map(Path::to_owned));
        expected.insert(path);
    }
    let left: BTreeSet<PathBuf> = files(root).into_iter().collect();
    let differ: Vec<_> = left.symmetric_difference(&expected).collect();
    if differ.is_empty() { Ok(()) } else { Err(format!("left over, or missing: {differ:?}")) }
}

/// All files and folders below one.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found
}
