//! What is around an upload: a source, a link that fails, and a server that keeps to the protocol.
//!
//! Everything is checked while it happens: the source is never read below what was acknowledged nor beyond what it
//! has; the server sees no gap, no byte at another offset than its own, no range that cannot be; and between two equal
//! requests there was durable progress or a wait (R48).

use std::collections::HashSet;
use std::ops::Range;

use crate::harness::{byte, due, read, read_creation};
use resumable::client::{Length, State, Step, Upload};
use resumable::google::encode_request;

/// What befalls one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is answered.
    Answered,
    /// It never arrives.
    Lost,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// The connection is cut after so many bytes of the body.
    Cut(u64),
    /// All of it arrives, and only so many new bytes are kept. The answer says so.
    KeptOnly(u64),
    /// The server is busy, and does nothing.
    Busy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Nowhere,
    Open,
    Complete,
    Cancelled,
}

/// A server of one upload. What it keeps of a body that is not the last is a multiple of `grain`.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) kept: Vec<u8>,
    grain: usize,
    total: Option<usize>,
    life: Life,
}

impl Server {
    pub(crate) fn new(grain: usize) -> Self {
        Self { kept: Vec::new(), grain, total: None, life: Life::Nowhere }
    }

    /// Forgets a session that is open; a complete one has its object.
    pub(crate) fn lose_session(&mut self) {
        if self.life == Life::Open {
            self.life = Life::Nowhere;
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.life == Life::Complete
    }

    fn create(&mut self) {
        let grain = self.grain;
        *self = Self { life: Life::Open, ..Self::new(grain) };
    }

    fn handle(&mut self, line: &str, body: &[u8], fate: Fate) -> String {
        match (self.life, line) {
            (Life::Cancelled, _) => "499".into(),
            (Life::Nowhere, _) | (Life::Complete, "DELETE") => "404".into(),
            (Life::Complete, _) => "200".into(),
            (Life::Open, "DELETE") => {
                self.life = Life::Cancelled;
                "499".into()
            }
            (Life::Open, _) => self.put(line, body, fate),
        }
    }

    fn put(&mut self, line: &str, body: &[u8], fate: Fate) -> String {
        let range = line.strip_prefix("PUT bytes ").expect("a Content-Range");
        let (range, total) = range.split_once('/').expect("a total");
        let total = (total != "*").then(|| number(total));
        if let (Some(total), Some(declared)) = (total, self.total) {
            assert_eq!(total, declared, "a total does not change");
        }
        self.total = total.or(self.total);
        if range == "*" {
            assert!(body.is_empty(), "a question has no body");
        } else {
            let (first, last) = range.split_once('-').expect("two positions");
            self.append(number(first)..number(last) + 1, body, fate);
        }
        if Some(self.kept.len()) == total && !matches!(fate, Fate::Cut(_)) {
            self.life = Life::Complete;
            return "200".into();
        }
        match self.kept.len().checked_sub(1) {
            Some(last) => format!("308 bytes=0-{last}"),
            None => "308".into(),
        }
    }

    fn append(&mut self, range: Range<usize>, body: &[u8], fate: Fate) {
        assert!(range.start < range.end, "an empty or inverted range");
        assert!(self.total.is_none_or(|total| range.end <= total));
        assert!(range.start <= self.kept.len(), "a gap");
        assert_eq!(range.len(), body.len(), "the body is the range");
        for (at, data) in range.clone().zip(body) {
            assert_eq!(*data, byte(at as u64), "another offset's byte at {at}");
        }
        let had = self.kept.len();
        let end = match fate {
            Fate::Cut(arrived) => range.start + body.len().min(number(&arrived.to_string())),
            Fate::KeptOnly(new) => range.end.min(had + number(&new.to_string())),
            _ => range.end,
        };
        let whole = end == range.end && Some(end) == self.total && !matches!(fate, Fate::Cut(_));
        let end = if whole { end } else { end - end % self.grain };
        if end > had {
            self.kept.extend_from_slice(&body[had - range.start..end - range.start]);
        }
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

/// The bytes that are to be uploaded. What the server has acknowledged is dropped at once, as from a pipe.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    length: u64,
    /// Whether the end is seen together with the last bytes, or only when more are asked for.
    sees_end: bool,
    replayable: bool,
    dropped: u64,
    held: u64,
}

impl Source {
    pub(crate) fn new(length: u64, sees_end: bool, replayable: bool) -> Self {
        Self { length, sees_end, replayable, dropped: 0, held: 0 }
    }

    /// The bytes before this are gone: an earlier process has read them.
    pub(crate) fn start_at(&mut self, offset: u64) {
        self.held = offset;
        if !self.replayable {
            self.dropped = offset;
        }
    }

    fn read(&self, range: &Range<u64>) -> Vec<u8> {
        assert!(range.start >= self.dropped, "{range:?} was acknowledged");
        assert!(range.end <= self.held, "{range:?} was never filled");
        range.clone().map(byte).collect()
    }

    /// Reads up to `to`: how far it is now, and whether that is the end.
    fn fill(&mut self, to: u64) -> (u64, bool) {
        let ended = to > self.length || (self.sees_end && to == self.length);
        self.held = self.held.max(to.min(self.length));
        (self.held, ended)
    }

    fn acknowledge(&mut self, persisted: u64) {
        if !self.replayable {
            assert!(persisted >= self.dropped, "persisted fell to {persisted}");
            self.dropped = persisted;
        }
    }
}

/// An upload with everything around it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) upload: Upload,
    pub(crate) source: Source,
    pub(crate) server: Server,
    /// How many requests were made.
    pub(crate) requests: u32,
    /// The requests since the last wait and the last durable progress.
    recent: HashSet<String>,
    persisted: u64,
}

impl World {
    pub(crate) fn new(upload: Upload, length: Length, mut source: Source, server: Server) -> Self {
        if let Length::Known(total) = length {
            source.held = total;
        }
        Self { persisted: upload.persisted().get(), upload, source, server, requests: 0, recent: HashSet::new() }
    }

    /// Does what is due. `false` once there is nothing left to do.
    pub(crate) fn turn(&mut self, fate: Fate) -> bool {
        self.check();
        match self.upload.step() {
            Step::Create { .. } | Step::Send { .. } => self.request(fate),
            Step::Fill { to } => {
                let (available, ended) = self.source.fill(to);
                let source = self.upload.handle_source(available, ended);
                source.expect("the source does not contradict itself");
            }
            Step::Wait(delay) => {
                assert!(!delay.is_zero(), "a wait that is none");
                self.recent.clear();
                self.upload.handle_waited().expect("a wait is due");
            }
            _ => return false,
        }
        let persisted = self.upload.persisted().get();
        if persisted > self.persisted {
            self.recent.clear();
        }
        self.persisted = persisted;
        self.source.acknowledge(persisted);
        true
    }

    /// Plays to the end with these fates, and all is well after them.
    pub(crate) fn play(&mut self, fates: &mut dyn Iterator<Item = Fate>) -> Step {
        for _ in 0..10_000 {
            let fate = if self.is_request() { fates.next().unwrap_or(Fate::Answered) } else { Fate::Answered };
            if !self.turn(fate) {
                return self.upload.step();
            }
        }
        panic!("no end in sight: {}", self.upload.step());
    }

    /// Whether a request is due.
    pub(crate) fn is_request(&self) -> bool {
        matches!(self.upload.step(), Step::Create { .. } | Step::Send { .. })
    }

    fn request(&mut self, fate: Fate) {
        self.requests += 1;
        let line = due(&self.upload);
        assert!(self.recent.insert(line.clone()), "{line} again, without a wait");
        let (attempt, answer) = match self.upload.step() {
            Step::Create { attempt, .. } => {
                if !matches!(fate, Fate::Lost | Fate::Busy) {
                    self.server.create();
                }
                (attempt, "created".into())
            }
            Step::Send { attempt, intent, body } => {
                let head = encode_request(&intent).expect("it can be written");
                assert_eq!(head.content_length, Some(body.end - body.start));
                assert_eq!(body.start, self.upload.persisted().get(), "skips nothing");
                let data = self.source.read(&body);
                let answer = match fate {
                    Fate::Lost | Fate::Busy => String::new(),
                    _ => self.server.handle(&line, &data, fate),
                };
                (attempt, answer)
            }
            step => panic!("no request: {step}"),
        };
        let verdict = match fate {
            Fate::Lost | Fate::AnswerLost | Fate::Cut(_) => None,
            Fate::Busy => Some(read("503")),
            _ if self.upload.state() == State::Creating => Some(read_creation(&answer)),
            _ => Some(read(&answer)),
        };
        match verdict {
            Some(verdict) => self.upload.handle_response(attempt, verdict),
            None => self.upload.handle_lost(attempt),
        }
        .expect("the attempt is the newest");
    }

    /// What holds in every state.
    fn check(&self) {
        let upload = &self.upload;
        assert_eq!(upload.step(), upload.step(), "a step is a function");
        match upload.step() {
            Step::Done { size } => {
                assert!(self.server.is_complete(), "success without the server's");
                assert_eq!(size, self.source.length);
                let data: Vec<u8> = (0..size).map(byte).collect();
                assert_eq!(self.server.kept, data, "the object is the source");
                assert_eq!(upload.snapshot(), None);
            }
            Step::Failed(_) | Step::Cancelled => assert_eq!(upload.snapshot(), None),
            _ => {
                if let Some(record) = upload.snapshot() {
                    assert!(record.persisted <= upload.persisted().get());
                    assert_eq!(record.total, upload.total());
                }
            }
        }
    }
}
