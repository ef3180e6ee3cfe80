//! The file of a record: lines say how far an upload has come, and a line that a crash has cut says nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resumable::Snapshot;

use crate::peer::data;
use crate::server::store::{Files, Record, Store};
use crate::stores::{at, create};

const ID: &str = "0123";

fn store(root: &Path) -> Arc<Store> {
    Arc::new(Store::open(root.to_owned(), None).unwrap())
}

fn path(root: &Path) -> PathBuf {
    root.join(format!("uploads/{ID}.json"))
}

fn saved(root: &Path) -> Snapshot {
    Record::read(&path(root)).unwrap().unwrap().upload
}

fn sync(files: &Files, record: Snapshot) {
    assert!(files.fence(record).is_ok());
    assert!(files.sync(record).is_ok());
}

#[test]
fn each_sync_is_saved_and_the_record_is_seldom_replaced() {
    let root = tempfile::tempdir().unwrap();
    let files = create(&store(root.path()), ID);
    let (mut whole, mut longest) = (0, 0);
    for number in 1..3000 {
        sync(&files, at(number, number * 7));
        assert_eq!(saved(root.path()), at(number, number * 7));
        let text = fs::read_to_string(path(root.path())).unwrap();
        longest = longest.max(text.len());
        whole += u64::from(text.lines().nth(1).is_none_or(|line| line.trim().is_empty()));
    }
    assert!((4..10).contains(&whole), "of 2999 syncs, {whole} have replaced the record");
    assert!(longest <= 68 * 1024, "a record of {longest} bytes");
}

/// What a crash leaves of a line that was not synced: any part of it, and blanks for the rest.
#[test]
fn a_line_in_part_says_nothing_and_nothing_is_written_behind_it() {
    let root = tempfile::tempdir().unwrap();
    let files = create(&store(root.path()), ID);
    sync(&files, at(1, 7));
    let before = fs::read(path(root.path())).unwrap();
    sync(&files, at(2, 18));
    let after = fs::read(path(root.path())).unwrap();
    let changed: Vec<usize> = (0..after.len()).filter(|at| before[*at] != after[*at]).collect();
    let (start, end) = (changed[0], changed[changed.len() - 1] + 1);
    drop(files);
    for cut in start + 1..end {
        for left in [[&after[..cut], &before[cut..]].concat(), [&before[..cut], &after[cut..]].concat()] {
            fs::write(path(root.path()), &left).unwrap();
            assert_eq!(saved(root.path()), at(1, 7), "cut at {cut} of {start}-{end}");
        }
    }
    fs::write(root.path().join("data").join(ID), data(7)).unwrap();
    let files = store(root.path()).load(ID).unwrap().unwrap();
    assert_eq!(files.record().upload, at(1, 7));
    for number in [2, 3] {
        sync(&files, at(number, 7));
        assert_eq!(saved(root.path()), at(number, 7));
    }
}
