//! What must hold at every moment of a run, whatever goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use resumable::Saved;
use resumable::client::Verdict;

use crate::support::connection::Said;
use crate::support::disk::{Disk, Id, Upload};
use crate::support::source::object;

/// A promise of the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    /// What is recorded or told is durable, an offset or a cancellation: a crash at that moment would lose nothing of it.
    NoLie,
    /// What is told never falls, nor is a success taken back.
    NoLoss,
    /// What is stored is a prefix of what the client has.
    NoMix,
    /// An object is published at most once, and whole; a success is told once it is durable.
    NoHalfObject,
    /// The client says that it is done only if the object is published, and asks its host for no byte that the server
    /// has acknowledged.
    HonestClient,
    /// No request is sent twice in a row without progress or a wait in between.
    NoSpin,
    /// The run ends, and as it was meant to: once the trouble is over, the upload is delivered.
    GoodEnd,
}

/// A promise that was broken.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) property: Property,
    pub(crate) what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.property, self.what)
    }
}

/// Err, unless `holds`.
pub(crate) fn require(holds: bool, property: Property, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { property, what: what() }) }
}

/// What was told, and what is stored, so far.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    told: Vec<(Id, Told)>,
    /// How many durable bytes have been compared with the object.
    compared: BTreeMap<Id, u64>,
    published: BTreeSet<Id>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Bytes(u64),
    Complete,
    Cancelled,
}

impl Ledger {
    /// A moment, to be handed back to [`Ledger::said`].
    pub(crate) fn now(&self) -> usize {
        self.told.len()
    }

    /// An answer goes onto the wire. `since` is when its request was admitted: what had been told before binds it.
    pub(crate) fn said(&mut self, said: Said, since: usize, size: u64, disk: &Disk) -> Result<(), Broken> {
        let told = match said.verdict {
            Verdict::Incomplete { persisted } => Told::Bytes(persisted.unwrap_or_default().get()),
            Verdict::Complete { .. } => Told::Complete,
            Verdict::Cancelled => Told::Cancelled,
            _ => return Ok(()),
        };
        let before = self.told[..since].iter().filter(|(id, _)| *id == said.id).map(|(_, told)| *told).max();
        if let (Some(before @ (Told::Bytes(_) | Told::Complete)), Told::Bytes(_) | Told::Complete) = (before, told) {
            require(before <= told, Property::NoLoss, || format!("told {told:?} after {before:?}"))?;
        }
        match told {
            Told::Bytes(bytes) => check_durable(said.id, bytes, size, disk)?,
            Told::Complete => {
                let upload = disk.upload(said.id);
                let durable = upload.is_some_and(Upload::is_durably_complete);
                require(durable, Property::NoHalfObject, || "told a success that is not durable".to_owned())?;
            }
            Told::Cancelled => {
                let record = disk.upload(said.id).and_then(Upload::record);
                let durable = record.is_some_and(|record| record.state == Saved::Cancelled);
                require(durable, Property::NoLie, || "told a cancellation that is not durable".to_owned())?;
            }
        }
        self.told.push((said.id, told));
        Ok(())
    }

    /// The store has done something.
    pub(crate) fn stored(&mut self, id: Id, size: u64, disk: &Disk) -> Result<(), Broken> {
        let Some(upload) = disk.upload(id) else {
            return Ok(());
        };
        let persisted = upload.record().map_or(0, |record| record.persisted);
        let open = upload.record().is_some_and(|record| record.state == Saved::Open);
        let before = self.compared.get(&id).copied().unwrap_or(0);
        let holds = persisted >= before || !open;
        require(holds, Property::NoLoss, || format!("the record falls from {before} bytes to {persisted}"))?;
        if open && before != persisted {
            check_prefix(id, size, disk)?;
            self.compared.insert(id, persisted);
        }
        if let Some(bytes) = upload.object()
            && self.published.insert(id)
        {
            let whole = bytes.len() as u64 == size && bytes == &object()[..bytes.len()];
            require(whole, Property::NoHalfObject, || format!("published {} bytes of {size}", bytes.len()))?;
            let cancelled = self.told.contains(&(id, Told::Cancelled));
            require(!cancelled, Property::NoHalfObject, || "published after the cancellation was told".to_owned())?;
        }
        let times: u32 = disk.uploads().map(|(_, upload)| upload.publications).sum();
        require(times <= 1, Property::NoHalfObject, || format!("published {times} times"))
    }

    /// There was a crash: what was told must be there still.
    pub(crate) fn survived(&mut self, size: u64, disk: &Disk) -> Result<(), Broken> {
        self.published.retain(|id| disk.upload(*id).is_some_and(|upload| upload.object().is_some()));
        for (id, _) in disk.uploads() {
            check_prefix(id, size, disk)?;
        }
        for (id, told) in &self.told {
            if let Told::Bytes(bytes) = told {
                check_durable(*id, *bytes, size, disk)?;
            }
        }
        Ok(())
    }
}

/// P1: the bytes are there, the record knows of them, and both survive a crash at this moment.
fn check_durable(id: Id, bytes: u64, size: u64, disk: &Disk) -> Result<(), Broken> {
    let lie = |what: String| Broken { property: Property::NoLie, what };
    let upload = disk.upload(id).ok_or_else(|| lie("told of an upload that is not there".to_owned()))?;
    let record = upload.record().ok_or_else(|| lie("told of an upload without a durable record".to_owned()))?;
    // What was told of an upload that was given up meanwhile is kept no longer.
    if !matches!(record.state, Saved::Open | Saved::Complete) {
        return Ok(());
    }
    let kept = upload.durable_prefix();
    if (kept.len() as u64) < bytes || bytes > size {
        return Err(lie(format!("told {bytes} of {size} bytes, of which {} are durable", kept.len())));
    }
    let len = usize::try_from(bytes).expect("objects of tests fit into memory");
    require(kept[..len] == object()[..len], Property::NoMix, || {
        format!("told {bytes} bytes, which are durable, but not those of the object")
    })
}

/// P1, P3: the bytes that the record speaks of are durable, and the object's.
fn check_prefix(id: Id, size: u64, disk: &Disk) -> Result<(), Broken> {
    let Some(upload) = disk.upload(id) else {
        return Ok(());
    };
    let Some(record) = upload.record().filter(|record| matches!(record.state, Saved::Open | Saved::Complete)) else {
        return Ok(());
    };
    let (persisted, kept) = (record.persisted, upload.durable_prefix());
    let durable = kept.len() as u64 == persisted && persisted <= size;
    require(durable, Property::NoLie, || format!("recorded {persisted} of {size} bytes; {} are durable", kept.len()))?;
    let same = kept == &object()[..kept.len()];
    require(same, Property::NoMix, || format!("recorded {persisted} bytes, and not all are the object's"))
}
