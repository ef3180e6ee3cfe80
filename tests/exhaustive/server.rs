//! The server's side of a state: the host's loop, one call at a time.

use resumable::server::{Answer, BodyEnd, Fault, Refusal, Session, State, Step, StoreReply};
use resumable::{Intent, Overlap, Persisted, Saved, ServerError, Status};

use crate::config::{Config, Keeping, MOST};
use crate::defects::Defect;
use crate::ladder::{Ladder, Who};
use crate::properties::{Broken, Property};
use crate::store::{self, Store};
use crate::world::{Call, Row, Stage, World};

impl World {
    /// A head reaches a server. One that shares its store reads the record first.
    pub(crate) fn arrive(&mut self, at: usize, process: usize, config: &Config, ladder: &mut Ladder) {
        if config.processes > 1 {
            self.requests[at].floor = self.told;
        }
        let number = self.requests[at].number;
        if config.processes > 1 && config.defect != Some(Defect::RecordNotRead) {
            let record = self.store.record;
            ladder.line(Who::Server(process), format_args!("reads the record for #{number}: {}", Row(&record)));
            self.requests[at].stage = Stage::Looked { process, record };
        } else {
            self.admit(at, process, config, ladder);
        }
    }

    /// The record that was read goes to the machine, then the request does.
    pub(crate) fn admit_looked(&mut self, at: usize, config: &Config, ladder: &mut Ladder) {
        let Stage::Looked { process, record } = self.requests[at].stage else {
            panic!("no record was read for it");
        };
        if let Err(error) = self.processes[process].handle_record(record) {
            self.breaks(Property::TakesCalls, format!("a server reads the record {record:?}: {error}"));
        }
        self.admit(at, process, config, ladder);
    }

    fn admit(&mut self, at: usize, process: usize, config: &Config, ladder: &mut Ladder) {
        if matches!(self.requests[at].intent, Some(Intent::Append(_))) {
            self.firm = None;
        }
        let session = &mut self.processes[process];
        let before = session.clone();
        let ticket = match self.requests[at].intent {
            Some(intent) => session.handle_request(intent),
            None => session.expire(),
        };
        let step = session.step(&ticket);
        let refused = matches!(
            step,
            Ok(Step::Respond(outcome)) if matches!(outcome.answer, Answer::Refused(_))
        );
        let changed = *session != before;
        if let Ok(step) = step {
            let number = self.requests[at].number;
            ladder.line(Who::Server(process), format_args!("takes #{number}: {step}"));
        }
        self.requests[at].stage = Stage::Serving { process, ticket, call: Call::Idle };
        if refused && changed {
            self.breaks(Property::RefusalIsFree, "a refused request has changed the session");
        }
        let asks = matches!(self.requests[at].intent, Some(Intent::Status(Status { total: None, .. })));
        if asks && changed && config.policy.overlap == Overlap::Skip {
            self.breaks(Property::RefusalIsFree, "a question has changed the session");
        }
    }

    /// The next of what the host has to do for this request, other than its body and its answer.
    pub(crate) fn work(&mut self, at: usize, config: &Config, ladder: &mut Ladder) {
        let (process, call) = match &self.requests[at].stage {
            Stage::Serving { process, call, .. } | Stage::Ghost { process, call } => (*process, call.clone()),
            stage => panic!("no server works on it: {stage:?}"),
        };
        let next = match call {
            Call::Idle => self.issue(at, config),
            Call::Replied(reply) => self.reply(at, reply, config),
            call => {
                let session = &self.processes[process];
                let (next, broken) = act(&mut self.store, call.clone(), session, config);
                let number = self.requests[at].number;
                ladder.line(Who::Store, format_args!("for #{number}: {call} -> {next}"));
                self.note(broken.map_or(Ok(()), Err));
                next
            }
        };
        self.set_call(at, next);
    }

    pub(crate) fn set_call(&mut self, at: usize, next: Call) {
        if let Stage::Serving { call, .. } | Stage::Ghost { call, .. } = &mut self.requests[at].stage {
            *call = next;
        }
    }

    /// The host asks the machine what is due.
    fn issue(&mut self, at: usize, config: &Config) -> Call {
        let Stage::Serving { process, ticket, .. } = &self.requests[at].stage else {
            panic!("the server's task is gone");
        };
        let session = &self.processes[*process];
        let step = session.step(ticket).expect("it is not superseded");
        if let (Step::Fence { .. }, Keeping::Alone) = (step, config.keeping) {
            let known = session.snapshot();
            return self.reply(at, StoreReply::Fenced(known), config);
        }
        Call::Do(step)
    }

    /// The machine hears what the store has said.
    fn reply(&mut self, at: usize, reply: StoreReply, config: &Config) -> Call {
        let Stage::Serving { process, ticket, .. } = &mut self.requests[at].stage else {
            panic!("the server's task is gone");
        };
        let process = *process;
        let ending = matches!(self.processes[process].state(), State::Finalizing { .. });
        let failed = matches!(reply, StoreReply::Failed(_));
        let result = self.processes[process].handle_store(ticket, reply);
        if self.took(result).is_some() && ending && failed {
            self.look_again(process, config);
        }
        Call::Idle
    }

    /// The store was to end the upload, and nobody knows whether it did: the record tells.
    fn look_again(&mut self, process: usize, config: &Config) {
        if config.defect != Some(Defect::EndNotLookedUp) {
            self.store.recover(config);
            let result = self.processes[process].handle_record(self.store.record);
            self.took(result);
        }
    }

    /// A call of the host may come too late, but it is never a wrong one.
    fn took<T>(&mut self, result: Result<T, ServerError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(ServerError::Superseded(_)) => None,
            Err(error) => {
                self.breaks(Property::TakesCalls, format!("a server: {error}"));
                None
            }
        }
    }

    /// Some of the body arrives.
    pub(crate) fn piece(&mut self, at: usize, config: &Config, ladder: &mut Ladder) {
        let request = &mut self.requests[at];
        let start = request.at;
        request.at = request.end.min(start + config.piece);
        let shift = u64::from(request.again);
        let chunk: Vec<u8> = (start..request.at).map(|at| store::source((at + shift) % MOST as u64)).collect();
        let (number, end) = (request.number, request.at);
        let Stage::Serving { process, ticket, call } = &mut request.stage else {
            panic!("no server reads it");
        };
        let process = *process;
        ladder.line(Who::Server(process), format_args!("reads bytes {start}..{end} of #{number}"));
        let write = self.processes[process].handle_body(ticket, &chunk);
        if let Ok(write) = &write
            && !write.data.is_empty()
        {
            let mut data = [0; MOST];
            data[..write.data.len()].copy_from_slice(write.data);
            *call = Call::Write { epoch: write.epoch, at: write.at.get(), data, len: write.data.len() };
        }
        let write = write.map(|_| ());
        self.took(write);
    }

    /// The body ends, as it should or too early.
    pub(crate) fn end(&mut self, at: usize, end: BodyEnd, config: &Config, ladder: &mut Ladder) {
        let request = &mut self.requests[at];
        let number = request.number;
        let Stage::Serving { process, ticket, .. } = &mut request.stage else {
            panic!("no server reads it");
        };
        let seen = match (config.defect, end) {
            (Some(Defect::CutIsClean), BodyEnd::Cut) => BodyEnd::Clean,
            _ => end,
        };
        let process = *process;
        ladder.line(Who::Server(process), format_args!("sees the end of #{number}: {end:?}"));
        request.at = request.end;
        let result = self.processes[process].handle_body_end(ticket, seen);
        self.took(result);
    }

    /// The answer leaves the server.
    pub(crate) fn answer(&mut self, at: usize, config: &Config, ladder: &mut Ladder) {
        let request = &self.requests[at];
        let (number, floor) = (request.number, request.floor);
        let Stage::Serving { process, ticket, .. } = &request.stage else {
            panic!("no server works on it");
        };
        let fenced = ticket.id().is_some();
        let process = *process;
        let ending = matches!(self.processes[process].state(), State::Finalizing { .. });
        let Ok(Step::Respond(outcome)) = self.processes[process].step(ticket) else {
            panic!("no answer is due");
        };
        ladder.line(Who::Server(process), format_args!("answers #{number}: {outcome}"));
        match outcome.answer {
            Answer::Incomplete { persisted } => {
                if persisted.get() < floor {
                    self.breaks(Property::NoLoss, format!("{floor} bytes were told, now {persisted}"));
                }
                let given_up = !matches!(self.store.record.state, Saved::Open | Saved::Complete);
                if given_up && config.processes == 1 && config.faults.dropped == 0 {
                    self.breaks(Property::NoLie, format!("{persisted} bytes are told of an upload that is given up"));
                }
                self.told = self.told.max(persisted.get());
                let asked = matches!(self.requests[at].intent, Some(Intent::Status(_)));
                if asked && config.policy.overlap == Overlap::Conflict && config.processes == 1 {
                    self.firm = Some(persisted.get());
                }
            }
            Answer::Complete { size } => {
                if self.store.published != Some(size) {
                    let published = self.store.published;
                    self.breaks(
                        Property::HonestSuccess,
                        format!("complete with {size} bytes is told, published is {published:?}"),
                    );
                }
                self.told = self.told.max(size);
            }
            Answer::Cancelled | Answer::Refused(Refusal::Cancelled | Refusal::Expired) => {
                if self.store.published.is_some() {
                    self.breaks(Property::HonestEnd, format!("{outcome} is told, the object is published"));
                }
            }
            Answer::Refused(refusal) if fenced && config.processes == 1 && by_its_head(&refusal, ending) => {
                self.breaks(Property::RefusalIsFree, format!("a request that took an epoch is refused: {refusal}"));
            }
            _ => {}
        }
        let request = &mut self.requests[at];
        request.at = request.end;
        request.stage = Stage::Answered(outcome);
        if !self.is_awaited(&self.requests[at]) {
            self.deliver(at, false, config, ladder);
        }
    }

    /// A call on the store fails, with its work done or not.
    pub(crate) fn fail(&mut self, at: usize, done: bool, config: &Config, ladder: &mut Ladder) {
        if done {
            self.work(at, config, ladder);
        }
        ladder.line(Who::Fault, format_args!("the store says that it failed"));
        self.set_call(at, Call::Replied(StoreReply::Failed(Fault::Unavailable)));
    }

    /// The server's task for a request is dropped. Its call on the store may go on.
    pub(crate) fn drop_task(&mut self, at: usize, haunts: bool, config: &Config) {
        let stage = core::mem::replace(&mut self.requests[at].stage, Stage::Closed);
        let Stage::Serving { process, ticket, call } = stage else {
            panic!("no server works on it");
        };
        if config.defect != Some(Defect::DropNotTold) {
            let session = &mut self.processes[process];
            let ending = matches!(session.state(), State::Finalizing { by } if Some(by) == ticket.id());
            session.handle_abandoned(ticket);
            if ending {
                self.look_again(process, config);
            }
        }
        if haunts {
            let mut ghost = self.requests[at].clone();
            ghost.attempt = None;
            ghost.stage = Stage::Ghost { process, call };
            self.copy(ghost);
        }
    }

    /// A server process dies with everything in it, and starts again from the record.
    pub(crate) fn crash(&mut self, process: usize, config: &Config) {
        for request in &mut self.requests {
            if request.stage.is_at(process) {
                request.stage = Stage::Closed;
            }
        }
        if config.defect == Some(Defect::RestoresWritten) {
            self.store.record.persisted = store::prefix(&self.store.written);
        }
        self.store.recover(config);
        match Session::restore(config.policy, self.store.record) {
            Ok(session) => self.processes[process] = session,
            Err(error) => self.breaks(Property::TakesCalls, format!("restoring: {error}")),
        }
    }
}

impl Stage {
    fn is_at(&self, here: usize) -> bool {
        match self {
            Self::Looked { process, .. } | Self::Serving { process, .. } | Self::Ghost { process, .. } => {
                *process == here
            }
            Self::Travelling | Self::Answered(_) | Self::Closed => false,
        }
    }
}

/// Whether a request is refused for what its head says, which was known before it took an epoch. While the store ends
/// the upload for another request, whoever has not been answered yet is to ask again.
fn by_its_head(refusal: &Refusal, ending: bool) -> bool {
    match refusal {
        Refusal::Busy => !ending,
        Refusal::Gap { .. }
        | Refusal::TotalChanged { .. }
        | Refusal::BeyondTotal { .. }
        | Refusal::LengthMismatch { .. } => true,
        _ => false,
    }
}

/// One call on the store, or one half of it.
fn act(store: &mut Store, call: Call, session: &Session, config: &Config) -> (Call, Option<Broken>) {
    let mut broken = None;
    let mut note = |result: Result<(), Broken>| broken = result.err();
    let defect = config.defect;
    let done = match call {
        Call::Do(Step::Fence { record, .. }) => store.fence(record, config).map(|answer| {
            let record = if defect == Some(Defect::FenceAnswerForgotten) { session.snapshot() } else { answer };
            Call::Replied(StoreReply::Fenced(record))
        }),
        Call::Do(Step::Sync { to, record }) => {
            let reply = StoreReply::Synced(Persisted::confirmed(to.get()));
            if defect == Some(Defect::RecordsBeforeSyncing) {
                store.save(record).map(&mut note).map(|()| Call::Sync { epoch: record.epoch, to })
            } else if defect == Some(Defect::AcknowledgesReceived) {
                Ok(Call::Save { record, reply })
            } else {
                let synced = store.sync(record.epoch, to.get());
                synced.map(|()| Call::Save { record, reply })
            }
        }
        Call::Do(Step::Commit { size, record }) => store
            .publish(record.epoch, size, config)
            .map(&mut note)
            .map(|()| Call::Save { record, reply: StoreReply::Committed }),
        Call::Do(Step::Discard { record }) => {
            if defect == Some(Defect::DiscardNotFenced) {
                store.checks = false;
            }
            store.save(record).map(&mut note).map(|()| Call::Remove { epoch: record.epoch })
        }
        Call::Write { epoch, at, data, len } => {
            let persisted = match config.keeping {
                Keeping::Alone => session.persisted().get(),
                Keeping::Checked => store.record.persisted,
            };
            store.write(epoch, at, &data[..len]).map(|()| {
                if at < persisted {
                    note(
                        Err(Property::NoMix.broken(format!("bytes from {at} are written, {persisted} are persisted"))),
                    );
                }
                Call::Idle
            })
        }
        Call::Save { record, reply } => store.save(record).map(&mut note).map(|()| Call::Replied(reply)),
        Call::Sync { epoch, to } => {
            store.sync(epoch, to.get()).map(|()| Call::Replied(StoreReply::Synced(Persisted::confirmed(to.get()))))
        }
        Call::Remove { epoch } => store.remove(epoch).map(|()| Call::Replied(StoreReply::Discarded)),
        call => panic!("the store has nothing to do: {call:?}"),
    };
    let next = done.unwrap_or_else(|epoch| Call::Replied(StoreReply::Stale(epoch)));
    (next, broken)
}
