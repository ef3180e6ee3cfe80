//! A stream of unknown length, held from the first byte that is not acknowledged yet.

use std::io::{self, Read};
use std::ops::Range;

use resumable::ClientSnapshot;

use super::digest::{Checksum, Digests};
use super::{Changed, Known, PIECE, hex, length, read_some};

pub(super) struct StreamSource {
    input: Box<dyn Read>,
    /// The digest of what was acknowledged to an earlier process, and how much that was, until it is skipped.
    expected: Option<(u64, String)>,
    /// How long it has to be, if an earlier process has seen its end.
    size: Option<u64>,
    /// Whether anything was read in this process.
    touched: bool,
    ended: bool,
    /// The bytes from the end of what is `acknowledged` on.
    held: Vec<u8>,
    acknowledged: Digests,
}

impl StreamSource {
    pub(super) fn new(input: Box<dyn Read>) -> Self {
        Self {
            input,
            expected: None,
            size: None,
            touched: false,
            ended: false,
            held: Vec::new(),
            acknowledged: Digests::new(Checksum::None),
        }
    }

    pub(super) fn set_checksum(&mut self, checksum: Checksum) {
        self.acknowledged = Digests::new(checksum);
    }

    pub(super) fn expect(&mut self, record: ClientSnapshot, sha256: &str) {
        self.expected = Some((record.persisted, sha256.to_owned()));
        self.size = record.total;
    }

    pub(super) fn rewind(&mut self) -> bool {
        if !self.touched {
            self.expected = None;
            self.size = None;
        }
        !self.touched
    }

    pub(super) fn fill(&mut self, to: u64) -> io::Result<(u64, bool)> {
        self.touched = true;
        if let Some((acknowledged, sha256)) = self.expected.take() {
            self.skip(acknowledged, &sha256)?;
        }
        let held = self.held.len();
        let available = self.acknowledged.at() + held as u64;
        let wanted = length(PIECE.min(to.saturating_sub(available)));
        self.held.resize(held + wanted, 0);
        let read = read_some(&mut self.input, &mut self.held[held..]);
        self.held.truncate(held + *read.as_ref().unwrap_or(&0));
        let available = available + read? as u64;
        let ended = wanted > 0 && self.held.len() == held;
        self.ended |= ended;
        match self.size {
            Some(expected) if available > expected || ended && available != expected => {
                Err(Changed::Size { expected, got: available }.into())
            }
            _ => Ok((available, ended)),
        }
    }

    /// Reads what the server has acknowledged to an earlier process, and compares.
    fn skip(&mut self, acknowledged: u64, sha256: &str) -> io::Result<()> {
        let mut piece = vec![0; length(PIECE.min(acknowledged))];
        while self.acknowledged.at() < acknowledged {
            let at = self.acknowledged.at();
            let wanted = length(PIECE.min(acknowledged - at));
            let read = read_some(&mut self.input, &mut piece[..wanted])?;
            if read == 0 {
                return Err(Changed::Size { expected: self.size.unwrap_or(acknowledged), got: at }.into());
            }
            self.acknowledged.update(at, &piece[..read]);
        }
        if hex(&self.acknowledged.sha256()) != sha256 {
            return Err(Changed::Prefix { acknowledged }.into());
        }
        Ok(())
    }

    pub(super) fn piece(&self, range: Range<u64>) -> &[u8] {
        let start = self.acknowledged.at();
        let end = range.end.min(range.start + PIECE);
        &self.held[length(range.start - start)..length(end - start)]
    }

    pub(super) fn release(&mut self, offset: u64) {
        let start = self.acknowledged.at();
        let done = length(offset.saturating_sub(start)).min(self.held.len());
        self.acknowledged.update(start, &self.held[..done]);
        self.held.drain(..done);
    }

    pub(super) fn known(&self, acknowledged: u64) -> Option<Known> {
        let is_there = self.acknowledged.at() == acknowledged;
        is_there.then(|| Known::Stream { sha256: hex(&self.acknowledged.sha256()) })
    }

    pub(super) fn checksum(&self) -> Option<(&'static str, String)> {
        let mut all = self.acknowledged.clone();
        all.update(all.at(), &self.held);
        all.checksum().filter(|_| self.ended)
    }

    pub(super) fn finish(&self) -> [u8; 32] {
        self.acknowledged.sha256()
    }
}
