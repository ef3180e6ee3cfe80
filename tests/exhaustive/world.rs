//! The state that is searched: a client, the requests under way, the servers, their store.

use core::fmt;
use core::hash::Hash;

use resumable::client::{Attempt, Upload};
use resumable::server::{Outcome, Session, State, Step, StoreReply, Ticket};
use resumable::{ClientSnapshot, Epoch, Intent, Received, Snapshot};

use crate::canon::{Counters, Print};
use crate::config::{Config, Faults, Keeping, MOST};
use crate::ladder::Ladder;
use crate::properties::{Broken, Property};
use crate::store::Store;

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) requests: Vec<Request>,
    pub(crate) processes: Vec<Session>,
    pub(crate) store: Store,
    /// The greatest offset that has left a server.
    pub(crate) told: u64,
    /// What was told last, if no append has come since; where one process serves and overlap is a conflict.
    pub(crate) firm: Option<u64>,
    /// The faults that may still happen.
    pub(crate) faults: Faults,
    /// The first promise that a step has broken.
    pub(crate) broken: Option<Broken>,
    overlooked: &'static [Property],
    /// How many requests there have been: their names in a ladder.
    numbered: u8,
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) upload: Upload,
    /// The request whose answer it waits for.
    pub(crate) awaited: Option<Attempt>,
    /// An answer was lost, and it has not asked yet.
    pub(crate) lost: bool,
    /// The end of what any of its processes has sent.
    pub(crate) sent: u64,
    /// The end of what its host may have dropped.
    pub(crate) dropped: u64,
}

/// A request, from its head to its answer: a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) number: u8,
    /// The attempt of the client's present process; `None` if nobody there would hear an answer.
    pub(crate) attempt: Option<Attempt>,
    /// `None` is the server's own wish that the upload expire.
    pub(crate) intent: Option<Intent>,
    /// The body that has not arrived: from here
    pub(crate) at: u64,
    /// up to here, in offsets of the source.
    pub(crate) end: u64,
    /// What had been told when it came, where several processes answer.
    pub(crate) floor: u64,
    /// Whether the client had sent some of it before.
    pub(crate) again: bool,
    pub(crate) stage: Stage,
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// Its head is under way.
    Travelling,
    /// A server that shares its store has read the record for it.
    Looked { process: usize, record: Snapshot },
    /// A server works on it.
    Serving { process: usize, ticket: Ticket, call: Call },
    /// The server's task is gone, its call on the store is not.
    Ghost { process: usize, call: Call },
    /// Its answer is under way.
    Answered(Outcome),
    /// Its connection is closed without an answer.
    Closed,
}

/// How far the store is with what a request has asked of it. Every call is issued, done and answered at different
/// times, and everything else may come between.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Idle,
    /// What the machine asked for, or its first half.
    Do(Step),
    Write {
        epoch: Epoch,
        at: u64,
        data: [u8; MOST],
        len: usize,
    },
    /// The second half: the record.
    Save {
        record: Snapshot,
        reply: StoreReply,
    },
    /// The second half: the bytes are durable (with a defect), or gone.
    Sync {
        epoch: Epoch,
        to: Received,
    },
    Remove {
        epoch: Epoch,
    },
    /// The store has answered; the machine does not know it yet.
    Replied(StoreReply),
}

impl World {
    pub(crate) fn new(config: &Config, ladder: &mut Ladder) -> Self {
        let upload = Upload::new(config.length(), config.client_policy(), 0);
        let mut world = Self {
            client: Client { upload, awaited: None, lost: false, sent: 0, dropped: 0 },
            requests: Vec::new(),
            processes: Vec::new(),
            store: Store::new(fresh(config).snapshot(), config.checks()),
            told: 0,
            firm: None,
            faults: config.faults,
            broken: None,
            overlooked: config.overlooked,
            numbered: 0,
        };
        world.create(config);
        world.settle(config, ladder);
        world
    }

    /// A new session at the server, with nothing of an older one.
    pub(crate) fn create(&mut self, config: &Config) {
        let session = fresh(config);
        self.store = Store::new(session.snapshot(), config.checks());
        self.processes = vec![session; config.processes];
        self.requests.clear();
        (self.told, self.firm) = (0, None);
        (self.client.sent, self.client.dropped) = (0, 0);
    }

    pub(crate) fn breaks(&mut self, property: Property, how: impl Into<String>) {
        self.note(Err(property.broken(how)));
    }

    pub(crate) fn note(&mut self, result: Result<(), Broken>) {
        if let Err(broken) = result
            && self.broken.is_none()
            && !self.overlooked.contains(&broken.property)
        {
            self.broken = Some(broken);
        }
    }

    /// Adds a request of a third party, or of the client.
    pub(crate) fn request(
        &mut self,
        attempt: Option<Attempt>,
        intent: Option<Intent>,
        body: core::ops::Range<u64>,
    ) -> u8 {
        self.numbered += 1;
        self.requests.push(Request {
            number: self.numbered,
            attempt,
            intent,
            at: body.start,
            end: body.end,
            floor: 0,
            again: false,
            stage: Stage::Travelling,
        });
        self.numbered
    }

    /// A second copy of a request, or of what is left of it.
    pub(crate) fn copy(&mut self, request: Request) -> u8 {
        self.numbered += 1;
        self.requests.push(Request { number: self.numbered, ..request });
        self.numbered
    }

    /// Whether the client waits for the answer to this request.
    pub(crate) fn is_awaited(&self, request: &Request) -> bool {
        request.attempt.is_some() && request.attempt == self.client.awaited
    }

    /// Whether another copy of this request is still on its way to an answer.
    pub(crate) fn has_sibling(&self, at: usize) -> bool {
        let attempt = self.requests[at].attempt;
        self.requests.iter().enumerate().any(|(other, request)| {
            other != at && request.attempt == attempt && !matches!(request.stage, Stage::Closed)
        })
    }

    /// Whether a call on the store is under way, begun but not done.
    pub(crate) fn is_calling(&self) -> bool {
        self.requests.iter().any(|request| match &request.stage {
            Stage::Serving { call, .. } | Stage::Ghost { call, .. } => !matches!(call, Call::Idle | Call::Replied(_)),
            _ => false,
        })
    }

    /// Does at once what takes no time: sends the request that is due, issues what a machine asks for, forgets what
    /// nobody waits for.
    pub(crate) fn settle(&mut self, config: &Config, ladder: &mut Ladder) {
        self.send(config, ladder);
        for at in (0..self.requests.len()).rev() {
            self.serve(at, config, ladder);
        }
        self.send(config, ladder);
        for at in (0..self.requests.len()).rev() {
            let request = &self.requests[at];
            let over = match &request.stage {
                Stage::Closed => !self.is_awaited(request) || self.has_sibling(at),
                Stage::Ghost { call, .. } => matches!(call, Call::Idle | Call::Replied(_)),
                _ => false,
            };
            if over {
                self.requests.remove(at);
            }
        }
    }

    /// A host's loop asks what is due as soon as it has nothing else to do for a request.
    fn serve(&mut self, at: usize, config: &Config, ladder: &mut Ladder) {
        let Stage::Serving { process, ticket, call: Call::Idle } = &self.requests[at].stage else {
            return;
        };
        match self.processes[*process].step(ticket) {
            Err(_) | Ok(Step::Close) => self.requests[at].stage = Stage::Closed,
            Ok(Step::ReadBody { .. }) => {}
            // It has to wait for other calls on the store.
            Ok(Step::Fence { .. }) if config.keeping == Keeping::Alone => {}
            Ok(_) if config.lazy => {}
            Ok(Step::Respond(_)) => self.answer(at, config, ladder),
            Ok(step) => self.set_call(at, Call::Do(step)),
        }
    }

    /// The first snapshot that the client's host could save.
    pub(crate) fn first_snapshot(config: &Config) -> ClientSnapshot {
        ClientSnapshot { persisted: 0, total: config.known.then_some(config.size) }
    }

    /// The fingerprint of the canonical form.
    pub(crate) fn print(&self, counters: &Counters) -> u128 {
        let recorded = self.store.record.epoch;
        let mut print = Print::new();
        let Client { upload, awaited, lost, sent, dropped } = &self.client;
        counters.print_upload(&mut print, upload);
        (awaited.is_some(), lost, sent, dropped).hash(&mut print);
        let mut requests: Vec<u128> =
            self.requests.iter().map(|request| self.print_request(request, counters)).collect();
        requests.sort_unstable();
        requests.hash(&mut print);
        for session in &self.processes {
            print_record(&mut print, &session.snapshot(), recorded);
            match session.state() {
                State::Open { writer } => writer.is_some().hash(&mut print),
                state => matches!(state, State::Finalizing { .. }).hash(&mut print),
            }
        }
        print_record(&mut print, &self.store.record, recorded);
        let Store { written, durable, published, .. } = &self.store;
        (written, durable, published, self.told, self.firm, self.faults).hash(&mut print);
        print.digest()
    }

    fn print_request(&self, request: &Request, counters: &Counters) -> u128 {
        let recorded = self.store.record.epoch;
        let mut print = Print::new();
        let Request { intent, at, end, floor, again, stage, .. } = request;
        (self.is_awaited(request), intent, at, end, floor).hash(&mut print);
        again.hash(&mut print);
        core::mem::discriminant(stage).hash(&mut print);
        match stage {
            Stage::Travelling | Stage::Closed => {}
            Stage::Looked { process, record } => {
                process.hash(&mut print);
                print_record(&mut print, record, recorded);
            }
            Stage::Serving { process, ticket, call } => {
                process.hash(&mut print);
                let session = &self.processes[*process];
                counters.print_ticket(&mut print, ticket, session, recorded);
                call.print(&mut print, recorded);
            }
            Stage::Ghost { process, call } => {
                process.hash(&mut print);
                call.print(&mut print, recorded);
            }
            Stage::Answered(outcome) => outcome.hash(&mut print),
        }
        print.digest()
    }
}

impl Call {
    fn print(&self, print: &mut Print, recorded: Epoch) {
        core::mem::discriminant(self).hash(print);
        match self {
            Self::Idle => {}
            Self::Do(step) => {
                core::mem::discriminant(step).hash(print);
                if let Some(record) = record_of(step) {
                    print_record(print, &record, recorded);
                }
            }
            Self::Write { epoch, at, data, len } => {
                print.epoch(*epoch, recorded);
                (at, data, len).hash(print);
            }
            Self::Save { record, reply } => {
                print_record(print, record, recorded);
                reply.hash(print);
            }
            Self::Sync { epoch, to } => {
                print.epoch(*epoch, recorded);
                to.hash(print);
            }
            Self::Remove { epoch } => print.epoch(*epoch, recorded),
            Self::Replied(StoreReply::Fenced(record)) => print_record(print, record, recorded),
            Self::Replied(StoreReply::Stale(epoch)) => print.epoch(*epoch, recorded),
            Self::Replied(reply) => reply.hash(print),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle => f.write_str("done"),
            Self::Do(step) => step.fmt(f),
            Self::Write { epoch, at, len, .. } => write!(f, "write {len} at {at}, {epoch}"),
            Self::Save { record, .. } => write!(f, "record {record}", record = Row(record)),
            Self::Sync { epoch, to } => write!(f, "sync to {to}, {epoch}"),
            Self::Remove { epoch } => write!(f, "remove the bytes, {epoch}"),
            Self::Replied(StoreReply::Fenced(record)) => write!(f, "fenced: {}", Row(record)),
            Self::Replied(StoreReply::Stale(epoch)) => write!(f, "refused, recorded is {epoch}"),
            Self::Replied(reply) => write!(f, "{reply:?}"),
        }
    }
}

/// A record in few words.
pub(crate) struct Row<'r>(pub(crate) &'r Snapshot);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Snapshot { epoch, persisted, total, state } = self.0;
        write!(f, "{epoch}, {persisted} persisted")?;
        if let Some(total) = total {
            write!(f, " of {total}")?;
        }
        write!(f, ", {state:?}")
    }
}

/// The record that a step carries; whatever else it carries follows from it.
fn record_of(step: &Step) -> Option<Snapshot> {
    match step {
        Step::Fence { record, .. }
        | Step::Sync { record, .. }
        | Step::Commit { record, .. }
        | Step::Discard { record } => Some(*record),
        _ => None,
    }
}

fn print_record(print: &mut Print, record: &Snapshot, recorded: Epoch) {
    let Snapshot { epoch, persisted, total, state } = record;
    print.epoch(*epoch, recorded);
    (persisted, total, state).hash(print);
}

fn fresh(config: &Config) -> Session {
    let total = config.declared.then_some(config.size);
    Session::new(config.policy, total).expect("there is no limit")
}
