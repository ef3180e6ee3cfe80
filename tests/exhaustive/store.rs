//! The store: bytes that are written, bytes that are durable, one record, one published object.

use resumable::{Epoch, Saved, Snapshot};

use crate::config::{Config, MOST};
use crate::defects::Defect;
use crate::properties::{Broken, Property};

/// One upload in the store. Every call is one atomic operation; a crash can come between any two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Store {
    /// Whether calls below the recorded epoch are refused.
    pub(crate) checks: bool,
    pub(crate) record: Snapshot,
    /// What a reader would find; 0 is nothing.
    pub(crate) written: [u8; MOST],
    /// What of it a crash does not lose.
    pub(crate) durable: [u8; MOST],
    /// The size of the published object in bytes.
    pub(crate) published: Option<u64>,
}

/// The byte of the source at this offset: never 0, and no two alike.
pub(crate) fn source(at: u64) -> u8 {
    b"abcdef"[index(at)]
}

pub(crate) fn index(at: u64) -> usize {
    usize::try_from(at).expect("an offset in memory")
}

/// How many bytes from the start are the source's.
pub(crate) fn prefix(bytes: &[u8; MOST]) -> u64 {
    (0..MOST as u64).take_while(|at| bytes[index(*at)] == source(*at)).count() as u64
}

impl Store {
    pub(crate) fn new(record: Snapshot, checks: bool) -> Self {
        Self { checks, record, written: [0; MOST], durable: [0; MOST], published: None }
    }

    fn check(&self, epoch: Epoch) -> Result<(), Epoch> {
        if self.checks && epoch < self.record.epoch { Err(self.record.epoch) } else { Ok(()) }
    }

    /// Compare-and-set of the epoch alone; the record that is then true. A store that publishes and records in two
    /// operations finds here what a crash has left between them.
    pub(crate) fn fence(&mut self, record: Snapshot, config: &Config) -> Result<Snapshot, Epoch> {
        if record.epoch <= self.record.epoch {
            return Err(self.record.epoch);
        }
        self.record.epoch = record.epoch;
        if config.defect == Some(Defect::FenceReplacesRecord) {
            self.record = record;
        }
        self.recover(config);
        Ok(self.record)
    }

    /// What is published is complete, whatever the record says.
    pub(crate) fn recover(&mut self, config: &Config) {
        if let (Some(size), Saved::Open) = (self.published, self.record.state)
            && config.recovers
        {
            self.record.state = Saved::Complete;
            self.record.persisted = size;
            self.record.total = Some(size);
        }
    }

    pub(crate) fn write(&mut self, epoch: Epoch, at: u64, data: &[u8]) -> Result<(), Epoch> {
        self.check(epoch)?;
        self.written[index(at)..][..data.len()].copy_from_slice(data);
        Ok(())
    }

    /// Every byte before `to` is durable.
    pub(crate) fn sync(&mut self, epoch: Epoch, to: u64) -> Result<(), Epoch> {
        self.check(epoch)?;
        let to = index(to);
        self.durable[..to].copy_from_slice(&self.written[..to]);
        Ok(())
    }

    /// Publishes the object; again, if that has been done, which changes nothing.
    pub(crate) fn publish(&mut self, epoch: Epoch, size: u64, config: &Config) -> Result<Result<(), Broken>, Epoch> {
        self.check(epoch)?;
        if self.published.is_some() && config.defect != Some(Defect::PublishedAgain) {
            return Ok(Ok(()));
        }
        let again = self.published.replace(size).is_some();
        let (durable, whole) = (prefix(&self.durable), config.size);
        Ok(if again {
            Err(Property::OneObject.broken("published again"))
        } else if size != whole || durable < whole {
            Err(Property::OneObject
                .broken(format!("{size} bytes of {whole} are published, {durable} of them durable and the source's")))
        } else {
            Ok(())
        })
    }

    /// Replaces the record.
    pub(crate) fn save(&mut self, record: Snapshot) -> Result<Result<(), Broken>, Epoch> {
        self.check(record.epoch)?;
        let before = core::mem::replace(&mut self.record, record);
        let fell = record.persisted < before.persisted || record.epoch < before.epoch;
        let left = before.state != Saved::Open && record.state != before.state;
        Ok(if self.checks && (fell || left) {
            Err(Property::NoLoss.broken(format!("the record was {before:?}, is {record:?}")))
        } else {
            Ok(())
        })
    }

    pub(crate) fn remove(&mut self, epoch: Epoch) -> Result<(), Epoch> {
        self.check(epoch)?;
        self.written = [0; MOST];
        self.durable = [0; MOST];
        Ok(())
    }

    /// What was not synced is lost.
    pub(crate) fn lose_power(&mut self) {
        self.written = self.durable;
    }
}
