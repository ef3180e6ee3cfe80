//! A tiny store in memory, which knows which bytes are right, and forgets in a crash what it has not made durable.

use resumable::server::{Step, StoreReply, Write};
use resumable::{Persisted, Saved, Snapshot};

/// The byte at this offset of every source: it differs from its neighbours, and from those of other chunks.
pub(crate) fn byte(at: u64) -> u8 {
    let mixed = at.wrapping_mul(31) ^ (at / 7).wrapping_mul(17) ^ (at / 251);
    mixed.to_le_bytes()[0]
}

/// The bytes from `at` on.
pub(crate) fn bytes(at: u64, len: usize) -> Vec<u8> {
    (at..=u64::MAX).take(len).map(byte).collect()
}

pub(crate) struct Store {
    pub(crate) record: Snapshot,
    /// The bytes before this offset were there from the start, and are not kept.
    base: u64,
    /// What is written from `base` on; what the record does not know of is lost in a crash.
    written: Vec<u8>,
    /// The size of the object, once it is published.
    pub(crate) published: Option<u64>,
}

impl Store {
    pub(crate) fn new(record: Snapshot) -> Self {
        Self { record, base: record.persisted, written: Vec::new(), published: None }
    }

    /// Whether it takes a write: not if it comes from a process that another one has overtaken.
    pub(crate) fn write(&mut self, write: Write<'_>) -> bool {
        if write.data.is_empty() || write.epoch < self.record.epoch {
            return write.data.is_empty();
        }
        assert_eq!(write.epoch, self.record.epoch, "a write with an epoch that was never recorded");
        assert_eq!(self.record.state, Saved::Open, "a write to an upload that has ended");
        let at = write.at.get();
        assert!(at >= self.record.persisted, "a write at {at}, below {} persisted", self.record.persisted);
        assert_eq!(write.data, bytes(at, write.data.len()), "the bytes of another offset at {at}");
        let at = (at - self.base) as usize;
        assert!(at <= self.written.len(), "a hole before {}", write.at);
        self.written.truncate(at);
        self.written.extend_from_slice(write.data);
        true
    }

    /// Does what a step asks for.
    pub(crate) fn perform(&mut self, step: Step) -> StoreReply {
        let known = self.record.epoch;
        match step {
            Step::Fence { record, .. } if record.epoch <= known => StoreReply::Stale(known),
            Step::Fence { record, .. } => {
                self.record.epoch = record.epoch;
                self.find_object();
                StoreReply::Fenced(self.record)
            }
            Step::Sync { record, .. } | Step::Commit { record, .. } | Step::Discard { record }
                if record.epoch < known =>
            {
                StoreReply::Stale(known)
            }
            Step::Sync { to, record } => self.sync(to.get(), record),
            Step::Commit { size, record } => {
                self.check_record(record, Saved::Complete);
                assert_eq!((record.persisted, self.record.persisted, record.total), (size, size, Some(size)));
                self.publish(size);
                self.record = record;
                StoreReply::Committed
            }
            Step::Discard { record } => {
                assert!(record.state != Saved::Open && record.state != Saved::Complete);
                self.check_record(record, record.state);
                assert_eq!(self.published, None, "discards what is published");
                self.record = record;
                StoreReply::Discarded
            }
            step => panic!("the store has no part in: {step}"),
        }
    }

    /// Makes the bytes up to `to` durable, then the record.
    pub(crate) fn sync(&mut self, to: u64, record: Snapshot) -> StoreReply {
        let record = Snapshot { persisted: to, ..record };
        self.check_record(record, Saved::Open);
        let end = (to - self.base) as usize;
        assert!(end <= self.written.len(), "a sync to {to}, which was never written");
        self.record = record;
        StoreReply::Synced(Persisted::confirmed(to))
    }

    /// Publishes the object; a crash may come before the record.
    pub(crate) fn publish(&mut self, size: u64) {
        assert_eq!(*self.published.get_or_insert(size), size, "published again, of another size");
    }

    /// What is published, but not recorded as such, is found.
    fn find_object(&mut self) {
        if let (Some(size), Saved::Open) = (self.published, self.record.state) {
            self.record = Snapshot { persisted: size, total: Some(size), state: Saved::Complete, ..self.record };
        }
    }

    pub(crate) fn crash(&mut self) {
        let kept = self.record.persisted - self.base;
        self.written.truncate(kept as usize);
    }

    fn check_record(&self, record: Snapshot, state: Saved) {
        assert_eq!(record.check(), Ok(()));
        assert_eq!(record.state, state);
        assert_eq!(self.record.state, Saved::Open, "the upload has ended");
        assert!(record.persisted >= self.record.persisted, "the record falls to {}", record.persisted);
        assert!(self.record.total.is_none_or(|total| record.total == Some(total)), "the total changes");
    }
}
