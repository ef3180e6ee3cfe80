//! What can happen next.

use resumable::client::{State as ClientState, Step as ClientStep};
use resumable::server::{Answer, BodyEnd, Step};
use resumable::{Append, Extent, Intent, Saved, Status};

use crate::config::{Config, Keeping};
use crate::defects::Defect;
use crate::ladder::{Ladder, Who};
use crate::world::{Call, Stage, World};

/// One thing that happens. Requests are named by their place in the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A wait of the client ends.
    Waited,
    /// The client's host has read its source.
    Filled { ended: bool },
    /// A head reaches a server.
    Arrive { at: u8, process: u8 },
    /// A server that has read the record takes the request.
    Admit { at: u8 },
    /// The host asks what is due, the store does it, or the machine hears of it.
    Work { at: u8 },
    /// Some of a body arrives.
    Piece { at: u8 },
    /// A body ends, cleanly.
    End { at: u8 },
    /// A body that nobody waits for is cut.
    Cut { at: u8 },
    /// An answer leaves its server.
    Answer { at: u8 },
    /// An answer arrives, in time or not.
    Deliver { at: u8 },
    /// The answer to an append arrives, but what it says to be persisted was left out.
    DeliverBare { at: u8 },
    /// The client notices that its connection was closed.
    Notice { at: u8 },
    /// The client gives its request up.
    GiveUp,
    /// A request is sent twice by something between.
    Double { at: u8 },
    /// A server process dies.
    Crash { process: u8 },
    /// All of them die, and what was not synced is lost.
    PowerLoss,
    /// The client's process dies; the next one has the first snapshot, or the last.
    Restart { first: bool },
    /// A third party asks, naming the size or not.
    Probe { sized: bool },
    /// A third party sends what leaves a hole.
    Stray,
    /// A call on the store fails, done or not.
    Fail { at: u8, done: bool },
    /// A task of the server is dropped, and its call on the store too or not.
    Drop { at: u8, haunts: bool },
    /// The user gives the upload up.
    Cancel,
    /// The server lets the upload expire.
    Expire { process: u8 },
}

impl Action {
    /// Whether this is one of the faults that are counted.
    pub(crate) fn is_fault(self) -> bool {
        matches!(
            self,
            Self::GiveUp
                | Self::Double { .. }
                | Self::DeliverBare { .. }
                | Self::Crash { .. }
                | Self::PowerLoss
                | Self::Restart { .. }
                | Self::Probe { .. }
                | Self::Stray
                | Self::Fail { .. }
                | Self::Drop { .. }
                | Self::Cancel
                | Self::Expire { .. }
        )
    }
}

impl World {
    /// Everything that can happen next, always in the same order.
    pub(crate) fn actions(&self, config: &Config, out: &mut Vec<Action>) {
        out.clear();
        match self.client.upload.step() {
            ClientStep::Wait(_) => out.push(Action::Waited),
            ClientStep::Fill { to } => {
                if to <= config.size {
                    out.push(Action::Filled { ended: false });
                }
                out.push(Action::Filled { ended: true });
            }
            _ => {}
        }
        for at in 0..self.requests.len() {
            self.request_actions(at, config, out);
        }
        self.faults(config, out);
    }

    fn request_actions(&self, place: usize, config: &Config, out: &mut Vec<Action>) {
        let at = u8::try_from(place).expect("few requests");
        let request = &self.requests[place];
        match &request.stage {
            Stage::Travelling => {
                out.extend(
                    (0..self.processes.len())
                        .map(|process| Action::Arrive { at, process: u8::try_from(process).expect("few processes") }),
                );
                if self.faults.doubled > 0 && request.attempt.is_some() {
                    out.push(Action::Double { at });
                }
            }
            Stage::Looked { .. } => out.push(Action::Admit { at }),
            Stage::Serving { call, .. } => self.serving_actions(place, at, call, config, out),
            Stage::Ghost { .. } => out.push(Action::Work { at }),
            Stage::Answered(outcome) => {
                out.push(Action::Deliver { at });
                if self.faults.bare > 0
                    && matches!(outcome.answer, Answer::Incomplete { .. })
                    && matches!(request.intent, Some(Intent::Append(_)))
                {
                    out.push(Action::DeliverBare { at });
                }
            }
            Stage::Closed => out.push(Action::Notice { at }),
        }
    }

    fn serving_actions(&self, place: usize, at: u8, call: &Call, config: &Config, out: &mut Vec<Action>) {
        let request = &self.requests[place];
        let Stage::Serving { process, ticket, .. } = &request.stage else {
            return;
        };
        let may_fail = self.faults.failed > 0;
        match call {
            Call::Idle => {
                match self.processes[*process].step(ticket) {
                    Ok(Step::ReadBody { .. }) => {
                        out.push(if request.at < request.end { Action::Piece { at } } else { Action::End { at } });
                        if !self.is_awaited(request) || self.has_sibling(place) {
                            out.push(Action::Cut { at });
                        }
                    }
                    Ok(Step::Respond(_)) => out.push(Action::Answer { at }),
                    Ok(Step::Fence { .. })
                        if config.keeping == Keeping::Alone
                            && self.is_calling()
                            && config.defect != Some(Defect::FenceDoesNotWait) => {}
                    Ok(_) => out.push(Action::Work { at }),
                    // `settle` has closed what is superseded.
                    Err(error) => panic!("{error}"),
                }
            }
            Call::Replied(_) => out.push(Action::Work { at }),
            _ => {
                out.push(Action::Work { at });
                if may_fail {
                    out.push(Action::Fail { at, done: false });
                    out.push(Action::Fail { at, done: true });
                }
            }
        }
        if self.faults.dropped > 0 {
            let calling = !matches!(call, Call::Idle | Call::Replied(_));
            out.push(Action::Drop { at, haunts: false });
            if calling && config.keeping == Keeping::Checked {
                out.push(Action::Drop { at, haunts: true });
            }
        }
    }

    fn faults(&self, config: &Config, out: &mut Vec<Action>) {
        let faults = &self.faults;
        let processes = 0..u8::try_from(self.processes.len()).expect("few processes");
        let state = self.client.upload.state();
        let ended = matches!(state, ClientState::Failed(_) | ClientState::Cancelled);
        if faults.lost > 0 && self.client.awaited.is_some() {
            out.push(Action::GiveUp);
        }
        if faults.crashes > 0 {
            out.extend(processes.clone().map(|process| Action::Crash { process }));
            out.push(Action::PowerLoss);
        }
        if faults.restarts > 0 && !ended {
            out.push(Action::Restart { first: true });
            if self.client.upload.snapshot().is_some() {
                out.push(Action::Restart { first: false });
            }
        }
        if faults.probes > 0 {
            out.push(Action::Probe { sized: false });
            if config.known {
                out.push(Action::Probe { sized: true });
            }
        }
        if faults.strays > 0 {
            out.push(Action::Stray);
        }
        if faults.cancels > 0 && !ended && state != ClientState::Done {
            out.push(Action::Cancel);
        }
        if faults.expiries > 0 && self.store.record.state == Saved::Open {
            out.extend(processes.map(|process| Action::Expire { process }));
        }
    }

    /// What is so after this has happened.
    pub(crate) fn after(&self, action: Action, config: &Config, ladder: &mut Ladder) -> Self {
        let mut next = self.clone();
        if action.is_fault() {
            next.suffer(action, config, ladder);
        } else {
            next.proceed(action, config, ladder);
        }
        next.settle(config, ladder);
        next
    }

    fn proceed(&mut self, action: Action, config: &Config, ladder: &mut Ladder) {
        match action {
            Action::Waited => {
                ladder.line(Who::Client, format_args!("has waited"));
                self.heard(config, |upload| upload.handle_waited());
            }
            Action::Filled { ended } => {
                if let ClientStep::Fill { to } = self.client.upload.step() {
                    self.fill(to, ended, config, ladder);
                }
            }
            Action::Arrive { at, process } => {
                self.arrive(at.into(), process.into(), config, ladder);
            }
            Action::Admit { at } => self.admit_looked(at.into(), config, ladder),
            Action::Work { at } => self.work(at.into(), config, ladder),
            Action::Piece { at } => self.piece(at.into(), config, ladder),
            Action::End { at } => self.end(at.into(), BodyEnd::Clean, config, ladder),
            Action::Cut { at } => self.end(at.into(), BodyEnd::Cut, config, ladder),
            Action::Answer { at } => self.answer(at.into(), config, ladder),
            Action::Deliver { at } => self.deliver(at.into(), false, config, ladder),
            Action::Notice { at } => {
                let number = self.requests.remove(at.into()).number;
                ladder.line(Who::Client, format_args!("sees #{number} closed"));
                self.lose(config);
            }
            _ => panic!("{action:?} is a fault"),
        }
    }

    fn suffer(&mut self, action: Action, config: &Config, ladder: &mut Ladder) {
        let left = &mut self.faults;
        match action {
            Action::GiveUp => {
                left.lost -= 1;
                ladder.line(Who::Fault, format_args!("the client gives its request up"));
                self.lose(config);
            }
            Action::Double { at } => {
                left.doubled -= 1;
                let request = self.requests[usize::from(at)].clone();
                let number = request.number;
                let copy = self.copy(request);
                ladder.line(Who::Fault, format_args!("#{number} is doubled: #{copy}"));
            }
            Action::DeliverBare { at } => {
                left.bare -= 1;
                ladder.line(Who::Fault, format_args!("what is persisted is left out"));
                self.deliver(at.into(), true, config, ladder);
            }
            Action::Crash { process } => {
                left.crashes -= 1;
                ladder.line(Who::Fault, format_args!("server {process} crashes"));
                self.crash(process.into(), config);
            }
            Action::PowerLoss => {
                left.crashes -= 1;
                ladder.line(Who::Fault, format_args!("the power fails"));
                self.store.lose_power();
                for process in 0..self.processes.len() {
                    self.crash(process, config);
                }
            }
            Action::Restart { first } => {
                left.restarts -= 1;
                let which = if first { "first" } else { "last" };
                ladder.line(Who::Fault, format_args!("the client restarts from its {which} snapshot"));
                self.restart_client(first, config);
            }
            Action::Probe { sized } => {
                left.probes -= 1;
                let total = sized.then_some(config.size);
                let intent = Intent::Status(Status { total, body: Some(0) });
                let number = self.request(None, Some(intent), 0..0);
                ladder.line(Who::Fault, format_args!("a third party sends #{number}: {intent}"));
            }
            Action::Stray => {
                left.strays -= 1;
                let at = config.size + 1;
                let intent = Intent::Append(Append { at, extent: Extent::To(at + 1), total: None, body: Some(1) });
                let number = self.request(None, Some(intent), 0..0);
                ladder.line(Who::Fault, format_args!("a third party sends #{number}: {intent}"));
            }
            Action::Fail { at, done } => {
                left.failed -= 1;
                self.fail(at.into(), done, config, ladder);
            }
            Action::Drop { at, haunts } => {
                left.dropped -= 1;
                let number = self.requests[usize::from(at)].number;
                let rest = if haunts { ", its call on the store goes on" } else { "" };
                ladder.line(Who::Fault, format_args!("the task of #{number} is dropped{rest}"));
                self.drop_task(at.into(), haunts, config);
            }
            Action::Cancel => {
                left.cancels -= 1;
                ladder.line(Who::Fault, format_args!("the user cancels"));
                self.client.upload.cancel();
            }
            Action::Expire { process } => {
                left.expiries -= 1;
                let number = self.request(None, None, 0..0);
                ladder.line(Who::Fault, format_args!("server {process} lets the upload expire: #{number}"));
                let at = self.requests.len() - 1;
                self.arrive(at, process.into(), config, ladder);
            }
            _ => panic!("{action:?} is no fault"),
        }
    }
}
