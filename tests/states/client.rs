//! Every call on an upload, with a source of at most two bytes and little patience.

use std::collections::BTreeSet;
use std::time::Duration;

use resumable::client::{
    Attempt, Chunk, ChunkSize, ClientError, ClientPolicy, Length, Retry, Source, Step, Upload, Verdict, Violation,
};
use resumable::{ClientSnapshot, Persisted};

use crate::{Transition, World, name, search};

#[derive(Clone, PartialEq, Eq, Hash)]
struct Client(Upload);

pub(crate) fn transitions() -> BTreeSet<Transition> {
    let one = ChunkSize::new(1, 1).expect("one byte");
    let retry = Retry { max_attempts: 2, ..Retry::default() };
    let mut start = Vec::new();
    for chunk in [Chunk::Rest, Chunk::Size(one)] {
        for (source, restarts) in [(Source::Once, 0), (Source::Replayable, 1)] {
            let policy = ClientPolicy { chunk, retry, source, restarts };
            for length in [Length::Known(0), Length::Known(2), Length::Unknown] {
                start.push(Client(Upload::new(length, policy, 7)));
            }
            for total in [Some(2), None] {
                let record = ClientSnapshot { persisted: 1, total };
                start.push(Client(Upload::resume(record, policy, 7)));
            }
        }
    }
    search(start, 7)
}

fn verdicts() -> Vec<Verdict> {
    let mut verdicts = vec![
        Verdict::Created,
        Verdict::Incomplete { persisted: None },
        Verdict::Complete { size: None },
        Verdict::Complete { size: Some(1) },
        Verdict::Unavailable { retry_after: None },
        Verdict::Unavailable { retry_after: Some(Duration::from_secs(1_000_000)) },
        Verdict::Gone,
        Verdict::Cancelled,
        Verdict::Refused { code: 400 },
        Verdict::Violation(Violation::Range),
    ];
    for persisted in 0..=3 {
        let persisted = Some(Persisted::confirmed(persisted));
        verdicts.push(Verdict::Incomplete { persisted });
    }
    verdicts
}

impl Client {
    /// Which request is asked of the host.
    fn asks(&self) -> Option<Attempt> {
        match self.0.step() {
            Step::Create { attempt, .. } | Step::Send { attempt, .. } => Some(attempt),
            _ => None,
        }
    }

    /// The world after a call. A call that fails leaves everything as it was.
    fn after(
        &self,
        call: impl FnOnce(&mut Upload) -> Result<(), ClientError>,
        seen: &mut BTreeSet<Transition>,
    ) -> Option<Self> {
        let mut next = self.clone();
        if call(&mut next.0).is_err() {
            assert!(next == *self, "a call that fails changes nothing");
            return None;
        }
        let (from, to) = (self.0.state(), next.0.state());
        if from != to || self.asks() != next.asks() {
            seen.insert((name(&from), name(&to)));
        }
        Some(next)
    }
}

impl World for Client {
    fn successors(&self, seen: &mut BTreeSet<Transition>) -> Vec<Self> {
        let mut next = Vec::new();
        if let Some(attempt) = self.asks() {
            next.push(self.after(|upload| upload.handle_lost(attempt), seen));
            for verdict in verdicts() {
                next.push(self.after(|upload| upload.handle_response(attempt, verdict), seen));
            }
        }
        next.push(self.after(Upload::handle_waited, seen));
        for available in 0..=2 {
            for ended in [false, true] {
                next.push(self.after(|upload| upload.handle_source(available, ended), seen));
            }
        }
        next.push(self.after(
            |upload| {
                upload.cancel();
                Ok(())
            },
            seen,
        ));
        next.into_iter().flatten().collect()
    }
}
