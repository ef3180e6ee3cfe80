//! Any answers, losses and calls of its host on an upload.
//!
//! After each of them: it asks for nothing below what is acknowledged and nothing that its host does not have, it
//! repeats no request without progress or a wait between (R48), a call that fails has changed nothing, and success means
//! that everything was sent and the server has said so. At the end the server is unavailable for good: it gives up.

use core::time::Duration;
use std::collections::HashSet;

use resumable::client::{
    Attempt, Chunk, ChunkSize, ClientError, ClientPolicy, Length, Retry, Source, Step, Upload, Verdict, Violation,
};
use resumable::google::{Options, decode_request, encode_request};
use resumable::{Append, ClientSnapshot, Extent, Intent, Persisted};

use super::choices::Choices;

/// Sets an upload up and does what `data` says.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let policy = policy(&mut choices);
    let seed = choices.below(256) as u64;
    let total = choices.maybe_offset(20);
    let (upload, resumed) = if choices.flag() {
        let snapshot = ClientSnapshot { persisted: choices.offset(10), total };
        (Upload::resume(snapshot, policy, seed), true)
    } else {
        (Upload::new(total.map_or(Length::Unknown, Length::Known), policy, seed), false)
    };
    let mut host = Host::new(upload, policy, total, resumed);
    host.check();
    while let Some(operation) = choices.byte() {
        host.operate(operation, &mut choices);
        host.check();
    }
    host.finish();
}

fn policy(choices: &mut Choices<'_>) -> ClientPolicy {
    let grain = choices.pick([1, 4, 7]);
    let size = ChunkSize::new(u64::from(grain) * choices.pick([1, 2, 1 << 61]), grain);
    let chunk = if choices.flag() { size.map_or(Chunk::Rest, Chunk::Size) } else { Chunk::Rest };
    let retry = Retry {
        base: choices.pick([Duration::from_secs(1), Duration::ZERO, Duration::MAX]),
        max_attempts: choices.pick([10, 0, 1, 3]),
        max_wait: choices.pick([Duration::from_secs(600), Duration::MAX, Duration::ZERO]),
        ..Retry::default()
    };
    let source = choices.pick([Source::Once, Source::Replayable]);
    ClientPolicy { chunk, retry, source, restarts: choices.pick([0, 1, 2]) }
}

struct Host {
    upload: Upload,
    policy: ClientPolicy,
    /// The length of the source, once it is known.
    total: Option<u64>,
    /// Up to where the source has been read.
    available: u64,
    /// The end of what was ever sent; anything, if an earlier process may have sent it.
    sent: u64,
    persisted: u64,
    /// How often what is persisted fell.
    falls: u32,
    /// The requests since the last wait or progress.
    recent: HashSet<String>,
    /// Whether the last answer was a success.
    succeeded: bool,
    cancelled: bool,
    waited: Duration,
}

impl Host {
    fn new(upload: Upload, policy: ClientPolicy, total: Option<u64>, resumed: bool) -> Self {
        let persisted = upload.persisted().get();
        Self {
            policy,
            total,
            available: total.unwrap_or(0).max(persisted),
            sent: if resumed { total.unwrap_or(u64::MAX) } else { 0 },
            persisted,
            falls: 0,
            recent: HashSet::new(),
            succeeded: false,
            cancelled: false,
            waited: Duration::ZERO,
            upload,
        }
    }

    fn operate(&mut self, operation: u8, choices: &mut Choices<'_>) {
        match operation & 0x0f {
            0..=5 => {
                let verdict = self.verdict(choices);
                self.answer(verdict);
            }
            6 => self.lose(),
            7 | 8 => self.wait(),
            9 | 10 => self.fill(choices),
            11 => self.wrong_source(choices),
            12 => self.stale(choices),
            13 => self.resume(choices),
            14 => {
                self.upload.cancel();
                self.cancelled = true;
                self.recent.clear();
            }
            // What is due, whatever it is.
            _ => {
                self.fill(choices);
                self.wait();
            }
        }
    }

    fn verdict(&self, choices: &mut Choices<'_>) -> Verdict {
        let end = match self.upload.step() {
            Step::Send { body, .. } => body.end,
            _ => self.persisted,
        };
        match choices.below(16) {
            0 | 1 => Verdict::Created,
            2..=5 => Verdict::Incomplete { persisted: Some(Persisted::confirmed(choices.offset(end))) },
            6 => Verdict::Incomplete { persisted: None },
            7 | 8 => Verdict::Complete { size: None },
            9 => Verdict::Complete { size: Some(choices.offset(end)) },
            10 | 11 => {
                let seconds = choices.maybe_offset(1);
                Verdict::Unavailable { retry_after: seconds.map(Duration::from_secs) }
            }
            12 => Verdict::Gone,
            13 => Verdict::Cancelled,
            14 => Verdict::Refused { code: 403 },
            _ => Verdict::Violation(Violation::Range),
        }
    }

    fn attempt(&self) -> Option<Attempt> {
        match self.upload.step() {
            Step::Create { attempt, .. } | Step::Send { attempt, .. } => Some(attempt),
            _ => None,
        }
    }

    /// The request that is due is sent and answered.
    fn answer(&mut self, verdict: Verdict) {
        let Some(attempt) = self.attempt() else {
            return;
        };
        self.send();
        self.upload.handle_response(attempt, verdict).expect("the newest attempt");
        self.succeeded = matches!(verdict, Verdict::Complete { .. });
        if let (Verdict::Unavailable { retry_after: Some(floor) }, Step::Wait(delay)) = (verdict, self.upload.step()) {
            assert!(delay >= floor, "R47: waits {delay:?}, was asked for {floor:?}");
        }
        self.answered_once(attempt);
    }

    fn lose(&mut self) {
        if let Some(attempt) = self.attempt() {
            self.send();
            self.upload.handle_lost(attempt).expect("the newest attempt");
            self.answered_once(attempt);
        }
    }

    fn answered_once(&mut self, attempt: Attempt) {
        let before = self.upload.clone();
        let again = self.upload.handle_response(attempt, Verdict::Complete { size: None });
        assert!(matches!(again, Err(ClientError::StaleAttempt { .. })), "answered twice");
        assert_eq!(self.upload, before);
    }

    /// Puts the request on the wire, and holds it against what the host knows.
    fn send(&mut self) {
        let step = self.upload.step();
        let line = step.to_string();
        assert!(self.recent.insert(line.clone()), "R48: {line} once more, without progress or a wait");
        match step {
            Step::Send { intent, body, .. } => {
                let head = encode_request(&intent).expect("what is to be sent can be written");
                let fields = head.fields();
                let mut headers = [httparse::EMPTY_HEADER; 4];
                for (header, (name, value)) in headers.iter_mut().zip(fields.iter()) {
                    *header = httparse::Header { name, value };
                }
                let read = decode_request(head.method, &headers[..], head.content_length, &Options::default());
                assert_eq!(read.map(|read| read.intent), Ok(intent), "read as something else");
                if let Intent::Append(Append { at, extent, total, body: length }) = intent {
                    assert!(at == body.start && at == self.persisted && body.start < body.end, "{line}: {body:?}");
                    assert_eq!((extent, length), (Extent::To(body.end), Some(body.end - at)));
                    assert!(body.end <= self.available, "P5: {body:?} of a source that was read to {}", self.available);
                    assert!(total == self.total && total.is_none_or(|total| body.end <= total), "{line}");
                } else {
                    assert!(body.is_empty(), "{line}: {body:?}");
                }
                self.sent = self.sent.max(body.end);
            }
            Step::Create { total, .. } => {
                assert_eq!(total, self.total);
                self.sent = 0;
            }
            _ => {}
        }
    }

    fn wait(&mut self) {
        let due = matches!(self.upload.step(), Step::Wait(_));
        if let Step::Wait(delay) = self.upload.step() {
            assert!(!delay.is_zero(), "R48: a wait that is none");
            self.waited = self.waited.saturating_add(delay);
            assert!(self.waited <= self.policy.retry.max_wait, "R47: {:?} of waiting", self.waited);
            self.recent.clear();
        }
        let before = self.upload.clone();
        let result = self.upload.handle_waited();
        assert_eq!(result.is_ok(), due);
        assert!(due || self.upload == before, "a call that failed changed something");
    }

    /// Reads as much of the source as is due, less, or to its end.
    fn fill(&mut self, choices: &mut Choices<'_>) {
        let Step::Fill { to } = self.upload.step() else {
            return;
        };
        let ended = choices.flag();
        let short = if choices.flag() { choices.below(9) as u64 } else { 0 };
        let available = if to == u64::MAX { self.available.saturating_add(short) } else { to.saturating_sub(short) };
        self.available = available.max(self.available);
        if ended {
            self.total = Some(self.available);
            self.sent = self.sent.min(self.available);
        }
        self.upload.handle_source(self.available, ended).expect("the source does not contradict itself");
    }

    /// A source that contradicts itself is refused.
    fn wrong_source(&mut self, choices: &mut Choices<'_>) {
        let (available, ended) = (choices.offset(self.available), choices.flag());
        let wrong = match self.total {
            Some(total) => available > total || (ended && available != total),
            None => false,
        };
        if wrong {
            let before = self.upload.clone();
            assert!(self.upload.handle_source(available, ended).is_err(), "{available} of {:?}", self.total);
            assert_eq!(self.upload, before);
        }
    }

    /// An answer when none is due changes nothing.
    fn stale(&mut self, choices: &mut Choices<'_>) {
        let older = Upload::new(Length::Known(7), self.policy, 7);
        let Step::Create { attempt, .. } = older.step() else { panic!("a creation is due") };
        if self.attempt() != Some(attempt) {
            let before = self.upload.clone();
            let verdict = self.verdict(choices);
            assert!(self.upload.handle_response(attempt, verdict).is_err());
            assert!(self.upload.handle_lost(attempt).is_err());
            assert_eq!(self.upload, before);
        }
    }

    /// A later process goes on from the record.
    fn resume(&mut self, choices: &mut Choices<'_>) {
        if let Some(snapshot) = self.upload.snapshot() {
            assert_eq!(snapshot.total, self.total);
            let upload = Upload::resume(snapshot, self.policy, choices.below(256) as u64);
            let total = self.total;
            let cancelled = self.cancelled;
            *self = Self { cancelled, ..Self::new(upload, self.policy, total, true) };
            if cancelled {
                self.upload.cancel();
            }
        }
    }

    /// What holds at every moment.
    fn check(&mut self) {
        let persisted = self.upload.persisted().get();
        if persisted > self.persisted {
            assert!(persisted <= self.sent, "P5: skips to {persisted}, sent were {}", self.sent);
            self.recent.clear();
            self.waited = Duration::ZERO;
        }
        if persisted < self.persisted {
            self.falls += 1;
            assert_eq!(self.policy.source, Source::Replayable, "P5: persisted fell to {persisted}");
            assert!(self.falls <= 1 + u32::from(self.policy.restarts), "P5: persisted falls again and again");
        }
        self.persisted = persisted;
        match self.upload.step() {
            Step::Done { size } => {
                assert!(self.succeeded, "P5: success that the server never told");
                assert_eq!(Some(size), self.total, "P5: success for a part");
                assert!(self.sent >= size, "P5: success with {} of {size} bytes sent", self.sent);
            }
            Step::Cancelled => assert!(self.cancelled),
            Step::Failed(failure) => assert!(!failure.to_string().is_empty()),
            _ => return,
        }
        assert_eq!(self.upload.snapshot(), None);
        let before = self.upload.step();
        self.upload.cancel();
        assert_eq!(self.upload.step(), before, "an end is left");
    }

    /// The server is unavailable for good, and the source ends.
    fn finish(&mut self) {
        for _ in 0..100 {
            match self.upload.step() {
                Step::Create { .. } | Step::Send { .. } => self.answer(Verdict::Unavailable { retry_after: None }),
                Step::Wait(_) => self.wait(),
                Step::Fill { .. } => {
                    self.total = Some(self.available);
                    self.sent = self.sent.min(self.available);
                    self.upload.handle_source(self.available, true).expect("the source ends");
                }
                _ => return,
            }
            self.check();
        }
        panic!("never gives up: {}", self.upload.step());
    }
}
