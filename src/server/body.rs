//! The arithmetic of one body: which of its bytes count, where they belong, and what its end means.

use core::num::NonZeroU64;

use super::{Append, Extent, Refusal};
use crate::policy::{Completes, OnCut};
use crate::{Persisted, Policy, Received, offset};

/// How far one body has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Body {
    /// The offset in the object of the first byte that the body brought.
    start: u64,
    /// The offset of the next one.
    at: u64,
    /// The bytes before this offset were persisted when it was decided what becomes of the body.
    persisted: Persisted,
    /// Where the body must end (exclusive), if that is known.
    end: Option<u64>,
}

/// Which part of a chunk to store: leave out `skip` bytes, then store from `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) skip: u64,
    pub(super) at: Received,
}

/// What a clean end means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// Publish this much.
    pub(super) to: Received,
    /// The size of the object, if this was its end.
    pub(super) size: Option<u64>,
    /// Whether the object is to be committed.
    pub(super) complete: bool,
}

impl Body {
    /// The body of an append, where `declared` is the total that counts.
    #[inline]
    pub(super) fn of_append(append: &Append, declared: Option<u64>, persisted: Persisted) -> Self {
        let end = match append.extent {
            Extent::To(end) => Some(end),
            Extent::Body | Extent::Last => declared,
        };
        Self { start: append.at, at: append.at, persisted, end }
    }

    /// The body of a request that must have none.
    #[inline]
    pub(super) fn none(persisted: Persisted) -> Self {
        Self { start: 0, at: 0, persisted, end: Some(0) }
    }

    /// How much was persisted when it was decided what becomes of the body.
    #[inline]
    pub(super) fn persisted(&self) -> Persisted {
        self.persisted
    }

    /// How many bytes more may come.
    #[inline]
    pub(super) fn limit(&self, policy: &Policy) -> u64 {
        offset::between(self.at, self.limit_end(policy))
    }

    /// The bytes before this offset are persisted or have been handed to the store.
    #[inline]
    pub(super) fn received(&self) -> Received {
        Received::new(self.at.max(self.persisted.get()))
    }

    /// Moves past a chunk of `len` bytes, if it may come.
    #[inline]
    pub(super) fn take(&mut self, len: u64, policy: &Policy) -> Result<Part, Refusal> {
        // R06: past the range nothing is stored. A length that does not fit into the object's offsets is past any.
        let next = offset::end(self.at, len).filter(|next| *next <= self.limit_end(policy));
        let Some(next) = next else {
            return Err(self.too_long(len, policy));
        };
        // R13: what is persisted is skipped, never rewritten.
        let at = self.received();
        let skip = offset::between(self.at, at.get()).min(len);
        self.at = next;
        Ok(Part { skip, at })
    }

    /// Why a chunk of `len` bytes may not come.
    #[cold]
    fn too_long(&self, len: u64, policy: &Policy) -> Refusal {
        let next = offset::end(self.at, len);
        match (self.end, next) {
            (Some(end), next) if next.is_none_or(|next| next > end) => {
                Refusal::BodyTooLong { range: offset::between(self.start, end) }
            }
            (_, next) => Refusal::TooLarge { max_size: policy.max_size, size: next.unwrap_or(u64::MAX) },
        }
    }

    /// Past this nothing may come.
    #[inline]
    fn limit_end(&self, policy: &Policy) -> u64 {
        // A total that was declared under another policy may be above the limit of this one.
        self.end.map_or(policy.max_size, |end| end.min(policy.max_size))
    }

    /// What the clean end of the body of an append means.
    #[inline]
    pub(super) fn end(&self, extent: Extent, declared: Option<u64>, policy: &Policy) -> Result<Ended, Refusal> {
        // And a clean end short of the range publishes nothing.
        if let Some(end) = self.end
            && extent != Extent::Body
            && self.at < end
        {
            let range = offset::between(self.start, end);
            return Err(Refusal::BodyTooShort { range, received: offset::between(self.start, self.at) });
        }
        if extent == Extent::Last && self.at < self.persisted.get() {
            return Err(Refusal::TotalBelowPersisted { total: self.at, persisted: self.persisted });
        }
        let size = if extent == Extent::Last { Some(self.at) } else { declared };
        let whole = size == Some(self.at);
        let to = if whole { self.received() } else { publishable(self.received(), self.persisted, policy) };
        if to.get() <= self.persisted.get() && self.at > self.persisted.get() {
            return Err(Refusal::TooSmall { granularity: policy.granularity.get(), end: self.at });
        }
        let complete = whole && (policy.completes == Completes::AtTotal || extent == Extent::Last);
        Ok(Ended { to, size, complete })
    }

    /// What a cut body publishes.
    #[inline]
    pub(super) fn cut(&self, policy: &Policy) -> Received {
        let received = self.received();
        // R15: what arrived, whatever the framing promised.
        let kept = match policy.on_cut {
            OnCut::Floor(quantum) if NonZeroU64::from(quantum) > policy.granularity => {
                Received::new(offset::floor(received.get(), quantum.into()))
            }
            OnCut::Keep | OnCut::Floor(_) => received,
            OnCut::Discard => Received::new(0),
        };
        publishable(kept, self.persisted, policy)
    }

    /// What may be published in the middle of the body, if enough has come since `persisted`.
    #[inline]
    pub(super) fn due(&self, persisted: Persisted, policy: &Policy) -> Option<Received> {
        let every = policy.sync_every?;
        if policy.on_cut == OnCut::Discard {
            return None;
        }
        let to = self.cut(policy);
        (offset::between(persisted.get(), to.get()) >= every.get()).then_some(to)
    }
}

/// What of `received` may be published by a request that is not the last.
#[inline]
fn publishable(received: Received, persisted: Persisted, policy: &Policy) -> Received {
    // R14: a multiple of the granularity, and never less than before.
    Received::new(offset::floor(received.get(), policy.granularity).max(persisted.get()))
}
