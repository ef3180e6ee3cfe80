//! The canonical form of a state: what of it can make a difference later.
//!
//! Counters that only ever grow would make every path its own state. Four kinds of them are left out, each because
//! nothing but the following depends on it:
//!
//! - the client's attempts: only whether an answer belongs to the newest one;
//! - the client's jitter and, where its patience is endless, its failures and the sum of its waits: nothing, since
//!   waits may end any time;
//! - ticket numbers: only whether a ticket holds its session;
//! - epochs: only by how much they are above the store's recorded one; below it all are alike.
//!
//! The machines' fields are private, but `Hash` is derived, so hashing one spells out its fields in their order. A
//! [`Print`] takes the words of that spelling and leaves out the places of the counters. Where these places are is
//! found out by comparing machines that differ in nothing else, so a change of the fields is noticed, not missed.

use core::hash::{Hash, Hasher};

use resumable::client::{Step, Upload};
use resumable::server::{Session, State, Ticket};
use resumable::{ClientSnapshot, Epoch, Intent, Policy, Saved, Snapshot};

use crate::config::Config;

/// A fingerprint of 128 bits: among ten million states, two share one with a chance below 10^-24.
#[derive(Clone, Debug)]
pub(crate) struct Print {
    words: [u64; 2],
    place: u32,
    /// The places to leave out, from the start, as bits.
    omit: u64,
}

impl Print {
    pub(crate) fn new() -> Self {
        Self { words: [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344], place: 0, omit: 0 }
    }

    /// Leaves out these places of what is hashed next.
    pub(crate) fn omitting(&mut self, omit: u64, value: &impl Hash) {
        (self.place, self.omit) = (0, omit);
        value.hash(self);
        self.omit = 0;
    }

    /// An epoch, by how much it is above the recorded one.
    pub(crate) fn epoch(&mut self, epoch: Epoch, recorded: Epoch) {
        self.word((epoch.get() + 1).saturating_sub(recorded.get()));
    }

    pub(crate) fn digest(&self) -> u128 {
        u128::from(self.words[0]) << 64 | u128::from(self.words[1])
    }

    fn word(&mut self, word: u64) {
        let omitted = self.place < u64::BITS && self.omit >> self.place & 1 == 1;
        self.place += 1;
        if !omitted {
            self.words[0] = mix(self.words[0] ^ word);
            self.words[1] = mix(self.words[1].rotate_left(17).wrapping_add(word));
        }
    }
}

/// The finalizer of `MurmurHash3`, which spreads every bit over the word.
fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    z = (z ^ (z >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    z ^ (z >> 33)
}

impl Hasher for Print {
    fn finish(&self) -> u64 {
        self.words[0]
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.word(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.word(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.word(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.word(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.word(word.cast_unsigned() as u64);
    }
}

/// The words in which a value hashes itself.
#[derive(Default)]
struct Words(Vec<u64>);

impl Words {
    fn of(value: &impl Hash) -> Vec<u64> {
        let mut words = Self::default();
        value.hash(&mut words);
        words.0
    }
}

impl Hasher for Words {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.extend(bytes.iter().map(|byte| u64::from(*byte)));
    }

    fn write_u8(&mut self, word: u8) {
        self.0.push(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.0.push(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.0.push(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.0.push(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.0.push(word.cast_unsigned() as u64);
    }
}

/// The places at which two values differ, as bits. They must have as many words.
fn differing(left: &impl Hash, right: &impl Hash) -> u64 {
    let (left, right) = (Words::of(left), Words::of(right));
    assert_eq!(left.len(), right.len(), "the values differ in their shape");
    let differing = |place: &usize| left[*place] != right[*place];
    (0..left.len()).filter(differing).map(|place| 1 << place).sum()
}

/// Where the counters of a client and of a ticket are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counters {
    /// In an upload, with a total and without.
    upload: [u64; 2],
    /// In a ticket, with a number and without.
    ticket: [u64; 2],
    /// In a ticket with a number, where its epoch is.
    epoch: usize,
}

impl Counters {
    pub(crate) fn find(config: &Config) -> Self {
        let [numbered, other] = [true, false].map(Self::of_ticket);
        Self {
            upload: [Some(7), None].map(|total| Self::of_upload(config, total)),
            ticket: [numbered.0 | numbered.1, other.0 | other.1],
            epoch: numbered.0.trailing_zeros() as usize,
        }
    }

    fn of_upload(config: &Config, total: Option<u64>) -> u64 {
        let policy = config.client_policy();
        let record = ClientSnapshot { persisted: 3, total };
        let fresh = Upload::resume(record, policy, 0);
        let jitter = differing(&fresh, &Upload::resume(record, policy, 1));
        let mut tried = fresh.clone();
        let Step::Send { attempt, .. } = tried.step() else {
            panic!("a later process starts with a question");
        };
        tried.handle_lost(attempt).expect("it is the newest");
        tried.handle_waited().expect("it waits");
        let counters = differing(&fresh, &tried);
        assert_eq!(
            (jitter.count_ones(), counters.count_ones()),
            (1, 4),
            "attempt, failures, sum of waits and jitter are what grows"
        );
        if config.patience.is_none() {
            return counters;
        }
        // Progress resets failures and waits together and each wait is one nanosecond, so one of the two will do.
        let attempt = counters & 1 << counters.trailing_zeros();
        let both = counters & !jitter & !attempt;
        let sum = 1 << (u64::BITS - 1 - both.leading_zeros());
        attempt | jitter | sum
    }

    /// Where the epoch of a ticket is, and its number.
    fn of_ticket(numbered: bool) -> (u64, u64) {
        let record = |epoch| Snapshot {
            epoch: Epoch::from_record(epoch),
            persisted: 3,
            total: None,
            state: if numbered { Saved::Open } else { Saved::Cancelled },
        };
        let ticket = |epoch, older: u32| {
            let mut session = Session::restore(Policy::DEFAULT, record(epoch)).expect("it is one");
            for _ in 0..older {
                let ticket = session.handle_request(Intent::Cancel);
                session.handle_abandoned(ticket);
            }
            session.handle_request(Intent::Cancel)
        };
        let epoch = differing(&ticket(0, 0), &ticket(1, 0));
        // One claim more in this process, at the same epoch in the end.
        let number = if numbered { differing(&ticket(1, 0), &ticket(0, 1)) } else { 0 };
        assert_eq!(
            (epoch.count_ones(), number.count_ones()),
            (1, u32::from(numbered)),
            "a ticket has one epoch, and a number if it may move its session"
        );
        (epoch, number)
    }

    pub(crate) fn print_upload(&self, print: &mut Print, upload: &Upload) {
        let [with, without] = self.upload;
        let omit = if upload.total().is_some() { with } else { without };
        print.omitting(omit, upload);
    }

    /// A ticket's epoch counts only while it holds its session.
    pub(crate) fn print_ticket(&self, print: &mut Print, ticket: &Ticket, session: &Session, recorded: Epoch) {
        let [with, without] = self.ticket;
        let omit = if ticket.id().is_some() { with } else { without };
        print.omitting(omit, ticket);
        let holder = match session.state() {
            State::Open { writer } => writer,
            State::Finalizing { by } => Some(by),
            _ => None,
        };
        if ticket.id().is_some() && ticket.id() == holder {
            let epoch = Words::of(ticket)[self.epoch];
            print.epoch(Epoch::from_record(epoch), recorded);
        }
    }
}
