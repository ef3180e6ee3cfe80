//! What a crash may leave of files and folders.
//!
//! The rules are harsher than those of any file system: of the changes since the last sync of a file or of a folder,
//! any may survive and any may not, and a long write may survive in half. Only a rename is all or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::disk::Op;

/// What survives of what was not synced.
#[derive(Clone, Copy, Debug)]
pub enum Luck {
    Nothing,
    Everything,
    /// Some, decided by this number.
    Some(u64),
}

/// All files and folders below one.
#[derive(Clone, Debug)]
pub struct Disk {
    base: PathBuf,
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    File { durable: Vec<u8>, pending: Vec<Change> },
    Folder { durable: Names, pending: Vec<Vec<(String, Option<usize>)>> },
}

type Names = BTreeMap<String, usize>;

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    SetLen(usize),
}

const BASE: usize = 0;

impl Disk {
    /// An empty folder.
    pub fn new(base: &Path) -> Self {
        Self { base: base.into(), nodes: vec![folder()] }
    }

    /// Does what was done.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Create(path) => match self.find(path) {
                Some(_) => self.change(path, Change::SetLen(0)),
                None => self.add(path, Node::File { durable: Vec::new(), pending: Vec::new() }),
            },
            Op::CreateFolder(path) if self.find(path).is_none() => self.add(path, folder()),
            Op::CreateFolder(_) | Op::Nothing => {}
            Op::Write { path, at, bytes } => self.change(path, Change::Write(length(*at), bytes.clone())),
            Op::SetLen(path, len) => self.change(path, Change::SetLen(length(*len))),
            Op::Rename(from, to) => {
                let node = self.find(from).expect("what is renamed is there");
                self.rename(from, vec![(name(from), None), (name(to), Some(node))]);
            }
            Op::Remove(path) => self.rename(path, vec![(name(path), None)]),
            Op::Sync(path) | Op::SyncFolder(path) => {
                if let Some(node) = self.find(path) {
                    self.nodes[node].settle(&mut || true);
                }
            }
            Op::Dropped(path) => {
                if let Some(node) = self.find(path) {
                    self.nodes[node].settle(&mut || false);
                }
            }
        }
    }

    /// Makes a folder of what a crash leaves.
    pub fn crash(&self, luck: Luck, into: &Path) {
        let mut state = match luck {
            Luck::Some(seed) => seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            _ => 0,
        };
        let mut survives = || match luck {
            Luck::Nothing => false,
            Luck::Everything => true,
            Luck::Some(_) => {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.count_ones().is_multiple_of(2)
            }
        };
        let mut left = self.clone();
        for node in &mut left.nodes {
            node.settle(&mut survives);
        }
        left.write(BASE, into);
    }

    fn write(&self, node: usize, path: &Path) {
        match &self.nodes[node] {
            Node::File { durable, .. } => fs::write(path, durable).unwrap(),
            Node::Folder { durable, .. } => {
                fs::create_dir_all(path).unwrap();
                for (name, node) in durable {
                    self.write(*node, &path.join(name));
                }
            }
        }
    }

    fn find(&self, path: &Path) -> Option<usize> {
        let path = path.strip_prefix(&self.base).expect("all is below the base");
        path.iter().try_fold(BASE, |node, name| self.nodes[node].names().get(name.to_str()?).copied())
    }

    fn add(&mut self, path: &Path, node: Node) {
        self.nodes.push(node);
        self.rename(path, vec![(name(path), Some(self.nodes.len() - 1))]);
    }

    /// Changes names in the folder that has this path.
    fn rename(&mut self, path: &Path, unit: Vec<(String, Option<usize>)>) {
        let folder = self.find(path.parent().unwrap()).expect("the folder is there");
        let Node::Folder { pending, .. } = &mut self.nodes[folder] else { panic!("a file has no names") };
        pending.push(unit);
    }

    fn change(&mut self, path: &Path, change: Change) {
        let node = self.find(path).expect("what is written is there");
        let Node::File { pending, .. } = &mut self.nodes[node] else { panic!("a folder is not written") };
        pending.push(change);
    }
}

impl Node {
    /// Of what was not synced, this survives.
    fn settle(&mut self, survives: &mut impl FnMut() -> bool) {
        match self {
            Self::File { durable, pending } => {
                for change in std::mem::take(pending) {
                    match change {
                        Change::SetLen(len) if survives() => durable.resize(len, 0),
                        Change::SetLen(_) => {}
                        Change::Write(at, bytes) => {
                            let half = bytes.len() / 2;
                            for (at, part) in [(at, &bytes[..half]), (at + half, &bytes[half..])] {
                                if survives() {
                                    durable.resize(durable.len().max(at + part.len()), 0);
                                    durable[at..at + part.len()].copy_from_slice(part);
                                }
                            }
                        }
                    }
                }
            }
            Self::Folder { durable, pending } => {
                for unit in std::mem::take(pending) {
                    if survives() {
                        change(durable, unit);
                    }
                }
            }
        }
    }

    /// The names in a folder as long as nothing crashes.
    fn names(&self) -> Names {
        let Self::Folder { durable, pending } = self else { return Names::new() };
        let mut names = durable.clone();
        for unit in pending {
            change(&mut names, unit.clone());
        }
        names
    }
}

fn change(names: &mut Names, unit: Vec<(String, Option<usize>)>) {
    for (name, node) in unit {
        match node {
            Some(node) => names.insert(name, node),
            None => names.remove(&name),
        };
    }
}

fn folder() -> Node {
    Node::Folder { durable: Names::new(), pending: Vec::new() }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn length(bytes: u64) -> usize {
    usize::try_from(bytes).expect("objects of tests fit into memory")
}
