//! Any operations of hosts and peers on the sessions of one or two processes that share a store.
//!
//! After each of them: what is persisted never falls, nothing is told that the store has not confirmed, a call that
//! fails has changed nothing, nothing is written below what is persisted, there is one writer, and a superseded request
//! moves nothing. At the end, every request ends, and the upload can go on.

mod calls;
mod request;

use core::num::{NonZeroU32, NonZeroU64};

use resumable::server::{Answer, Outcome, Refusal, Session, State, Step};
use resumable::{
    Append, Completes, Contention, Epoch, Extent, Intent, OnCut, Overlap, Policy, Saved, Snapshot, Status,
};

use super::choices::Choices;
use super::store::Store;
use request::Request;

/// So many requests are under way at most.
const MOST_REQUESTS: usize = 7;

/// Sets sessions up and does what `data` says.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let policy = policy(&mut choices);
    let start = start(&mut choices);
    let Ok(session) = Session::restore(policy, start) else {
        assert!(start.check().is_err());
        return;
    };
    let processes = vec![session; 1 + choices.below(2)];
    let mut world = World { processes, requests: Vec::new(), store: Store::new(start), told: 0 };
    while let Some(operation) = choices.byte() {
        world.operate(operation, &mut choices);
        world.check();
    }
    world.finish();
}

struct World {
    processes: Vec<Session>,
    requests: Vec<Request>,
    store: Store,
    /// The greatest offset that was told.
    told: u64,
}

fn policy(choices: &mut Choices<'_>) -> Policy {
    let every = choices.pick([0, 1, 3, 11]);
    let floor = NonZeroU32::new(5).expect("not zero");
    Policy {
        max_size: choices.pick([u64::MAX, 40, 7]),
        sync_every: NonZeroU64::new(every),
        granularity: NonZeroU64::new(choices.pick([1, 4, 7])).expect("not zero"),
        on_cut: choices.pick([OnCut::Keep, OnCut::Floor(floor), OnCut::Discard]),
        overlap: choices.pick([Overlap::Skip, Overlap::Conflict]),
        completes: choices.pick([Completes::AtTotal, Completes::Explicit]),
        contention: choices.pick([Contention::Preempt, Contention::Refuse]),
    }
}

/// The record with which the store starts.
fn start(choices: &mut Choices<'_>) -> Snapshot {
    let epoch = Epoch::from_record(choices.pick([0, 3, u64::MAX - 3]));
    let persisted = if choices.flag() { choices.offset(0) } else { 0 };
    let total = choices.maybe_offset(persisted);
    Snapshot { epoch, persisted, total, state: Saved::Open }
}

impl World {
    fn operate(&mut self, operation: u8, choices: &mut Choices<'_>) {
        let process = usize::from(operation >> 5) % self.processes.len();
        match operation & 0x1f {
            0..=3 => self.admit(process, |session| good_append(session, choices)),
            4 => self.admit(process, |session| any_append(session, choices)),
            5 => self.admit(process, |session| status(session, choices)),
            6 => self.admit(process, |_| Intent::Cancel),
            7 => self.expire(process),
            8 => self.crash(process),
            9 => self.processes[process].handle_record(self.store.record).expect("the store's record is right"),
            10 => self.wrong_record(process, choices),
            operation => {
                let count = self.requests.len();
                if count > 0 {
                    let index = choices.below(count);
                    self.move_request(index, operation, choices);
                }
            }
        }
    }

    fn admit(&mut self, process: usize, intent: impl FnOnce(&Session) -> Intent) {
        if self.requests.len() == MOST_REQUESTS {
            return;
        }
        let several = self.processes.len() > 1;
        let session = &mut self.processes[process];
        if several {
            session.handle_record(self.store.record).expect("the store's record is right");
        }
        let before = session.clone();
        let intent = intent(session);
        let ticket = session.handle_request(intent);
        if ticket.id().is_none() {
            assert_eq!(*session, before, "{intent} moves the session without having claimed it");
        }
        if let Ok(Step::Respond(Outcome { answer: Answer::Refused(_), .. })) = session.step(&ticket) {
            assert_eq!(*session, before, "{intent} is refused, and moves the session");
        }
        self.requests.push(Request::new(process, ticket, self.told));
    }

    fn expire(&mut self, process: usize) {
        if self.requests.len() < MOST_REQUESTS {
            let ticket = self.processes[process].expire();
            self.requests.push(Request::new(process, ticket, self.told));
        }
    }

    /// A process dies; what was written and not made durable is lost with it.
    fn crash(&mut self, process: usize) {
        let policy = self.processes[process].policy();
        self.processes[process] = Session::restore(policy, self.store.record).expect("the store's record is right");
        self.requests.retain(|request| request.process != process);
        if self.processes.len() == 1 {
            self.store.crash();
        }
    }

    /// A record that no upload can have is refused.
    fn wrong_record(&mut self, process: usize, choices: &mut Choices<'_>) {
        let session = &mut self.processes[process];
        let persisted = choices.offset(session.persisted().get());
        let total = choices.maybe_offset(persisted);
        let state = choices.pick([Saved::Open, Saved::Complete]);
        let record = Snapshot { epoch: self.store.record.epoch, persisted, total, state };
        if record.check().is_err() {
            let before = session.clone();
            assert!(session.handle_record(record).is_err());
            assert_eq!(*session, before);
        }
    }

    /// What holds at every moment.
    fn check(&self) {
        for (process, session) in self.processes.iter().enumerate() {
            assert_eq!(session.snapshot().check(), Ok(()));
            let persisted = session.persisted().get();
            assert!(persisted <= self.store.record.persisted, "P1: {persisted} were not confirmed");
            let mine = self.requests.iter().filter(|request| request.process == process);
            let working = mine.filter(|request| request.is_working(session)).count();
            assert!(working <= 1, "P3: {working} requests have the store work");
            if session.state() == State::Complete {
                assert!(self.store.published.is_some(), "P4");
            }
        }
    }

    /// P1 and P2, and that an end is told only when it is durable. `floor` had been told when the request came.
    fn tell(&mut self, outcome: Outcome, floor: u64) {
        let record = self.store.record;
        match outcome.answer {
            Answer::Incomplete { persisted } => {
                let persisted = persisted.get();
                assert!(persisted <= record.persisted, "P1: {persisted} is told, {} are durable", record.persisted);
                assert!(persisted >= floor, "P2: {persisted} is told after {floor}");
                self.told = self.told.max(persisted);
            }
            Answer::Complete { size } => {
                assert_eq!((record.state, self.store.published), (Saved::Complete, Some(size)), "P4");
            }
            Answer::Cancelled | Answer::Refused(Refusal::Cancelled) => assert_eq!(record.state, Saved::Cancelled),
            Answer::Refused(Refusal::Expired) => assert_eq!(record.state, Saved::Expired),
            Answer::Refused(Refusal::Dead) => assert_eq!(record.state, Saved::Dead),
            _ => {}
        }
    }

    /// Every request ends, also if its peer is gone; and then the upload can go on.
    fn finish(&mut self) {
        while let Some(mut request) = self.requests.pop() {
            self.finish_request(&mut request);
            self.check();
        }
        for process in 0..self.processes.len() {
            let session = &mut self.processes[process];
            session.handle_record(self.store.record).expect("the store's record is right");
            assert_eq!(session.persisted().get(), self.store.record.persisted);
            self.admit(process, |_| Intent::Status(Status { total: None, body: Some(0) }));
            let mut request = self.requests.pop().expect("there is room");
            self.finish_request(&mut request);
        }
        self.complete();
    }

    /// One more append completes what is open, if nothing forbids it.
    fn complete(&mut self) {
        let Snapshot { epoch, persisted, total, state } = self.store.record;
        let session = &self.processes[0];
        let left = total.map_or(3, |total| total - persisted);
        let size = persisted.checked_add(left);
        let fits = size.is_some_and(|size| size <= session.policy().max_size);
        if state != Saved::Open || left > 100 || !fits || epoch > Epoch::from_record(u64::MAX - 4) {
            return;
        }
        // What was declared and never made durable is still declared.
        let total = session.total();
        let left = total.map_or(left, |total| total - persisted);
        if left > 100 {
            return;
        }
        let append = Append { at: persisted, extent: Extent::Last, total, body: Some(left) };
        self.admit(0, |_| Intent::Append(append));
        let mut request = self.requests.pop().expect("there is room");
        self.finish_request(&mut request);
        assert_eq!(self.store.record.state, Saved::Complete, "{append:?} completes it");
    }
}

/// An append as an honest client sends it, or one that starts a little too low.
fn good_append(session: &Session, choices: &mut Choices<'_>) -> Intent {
    let at = session.persisted().get().saturating_sub(choices.pick([0, 0, 0, 3]));
    let mut end = at.saturating_add(choices.below(24) as u64);
    if let Some(total) = session.total() {
        end = end.min(total);
    }
    let total = session.total().or(choices.flag().then_some(end));
    let body = choices.flag().then_some(end.saturating_sub(at));
    let extent = match choices.below(4) {
        0 => Extent::Body,
        1 => Extent::Last,
        _ => Extent::To(end),
    };
    Intent::Append(Append { at, extent, total, body })
}

fn any_append(session: &Session, choices: &mut Choices<'_>) -> Intent {
    let at = choices.offset(session.persisted().get());
    let extent = match choices.below(3) {
        0 => Extent::Body,
        1 => Extent::Last,
        _ => Extent::To(choices.offset(at)),
    };
    let total = choices.maybe_offset(session.total().unwrap_or(at));
    Intent::Append(Append { at, extent, total, body: choices.maybe_offset(0) })
}

fn status(session: &Session, choices: &mut Choices<'_>) -> Intent {
    let persisted = session.persisted().get();
    let total = choices.pick([None, Some(persisted), session.total(), Some(7)]);
    Intent::Status(Status { total, body: choices.pick([Some(0), None, Some(3)]) })
}
