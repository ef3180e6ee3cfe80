//! One run: a client, a link, servers and a store, in virtual time.
//!
//! Everything that happens is an event at a time, in milliseconds. What happens at the same time happens in the order
//! in which it was brought about. So a run is a function of its plan, and can be repeated to be looked at.

#[path = "world/caller.rs"]
mod caller;
#[path = "world/host.rs"]
mod host;
#[path = "world/link.rs"]
mod link;

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use resumable::client::{Failure, Step};
use resumable::server::Rejection;

use crate::client::{Client, Request};
use crate::plan::{Ending, Exchange, Plan};
use crate::properties::{Broken, Ledger, Property, require};
use crate::support::disk::Disk;
use crate::support::flaw::Flaw;
use crate::support::source::{object, slice};
use host::Process;
use link::Link;

/// How long bytes take from one side to the other.
const LATENCY: u64 = 5;

/// No run has more events, unless it never ends.
const MOST_EVENTS: u32 = 100_000;

/// What was met in one run, or in many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Runs that ended in a delivered upload.
    pub(crate) delivered: u64,
    /// Requests that were sent.
    pub(crate) requests: u64,
    /// Crashes of a task, a process or the machine.
    pub(crate) crashes: u64,
    /// Pieces that came from a connection that its client had given up.
    pub(crate) zombies: u64,
    /// Requests that a newer one had superseded.
    pub(crate) superseded: u64,
    /// Operations that the store refused because another process had a greater epoch.
    pub(crate) stale: u64,
    /// Answers that came when nobody waited for them any more.
    pub(crate) too_late: u64,
    /// Commits of what was published already.
    pub(crate) repeated_commits: u64,
    /// Clients that were lost and resumed by another process.
    pub(crate) resumed: u64,
}

impl Seen {
    /// Adds what was met in another run.
    pub(crate) fn add(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.requests += other.requests;
        self.crashes += other.crashes;
        self.zombies += other.zombies;
        self.superseded += other.superseded;
        self.stale += other.stale;
        self.too_late += other.too_late;
        self.repeated_commits += other.repeated_commits;
        self.resumed += other.resumed;
    }
}

#[derive(Debug)]
enum Event {
    ToServer {
        link: usize,
        bytes: Rc<[u8]>,
        range: Range<usize>,
    },
    ServerHangup {
        link: usize,
    },
    ToClient {
        link: usize,
        bytes: Vec<u8>,
    },
    ClientHangup {
        link: usize,
    },
    Store {
        link: usize,
    },
    Idle {
        link: usize,
    },
    /// The client's patience is at its end, or its wait is over, unless its turn has passed.
    Patience {
        turn: u64,
    },
    Waited {
        turn: u64,
    },
    ClientDies {
        life: u32,
    },
    Twin {
        exchange: Exchange,
        bytes: Rc<[u8]>,
    },
    Restart {
        process: usize,
    },
    Cancel,
    Expire,
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Waiting {
    /// None if there was nobody to connect to.
    link: Option<usize>,
    turn: u64,
    request: Request,
    exchange: Exchange,
}

#[derive(Debug)]
pub(crate) struct World {
    plan: Plan,
    flaw: Option<Flaw>,
    now: u64,
    events: BTreeMap<(u64, u64), Event>,
    scheduled: u64,
    client: Client,
    /// Which of the client's processes it is.
    life: u32,
    turn: u64,
    waiting: Option<Waiting>,
    /// A connection that the client may use again.
    idle: Option<usize>,
    exchanges: usize,
    links: Vec<Link>,
    processes: Vec<Process>,
    disk: Disk,
    ledger: Ledger,
    crashes: usize,
    seen: Seen,
    log: Option<Vec<String>>,
}

impl World {
    /// A world at its start; `flaw` is what is wrong with it, `logs` whether it writes a ladder.
    pub(crate) fn new(plan: &Plan, flaw: Option<Flaw>, logs: bool) -> Self {
        let setup = &plan.setup;
        let mut disk = Disk::default();
        disk.flaw = flaw;
        (disk.finds_objects, disk.halves) = (setup.finds_objects, setup.halves);
        disk.rejects = (setup.ending == Ending::Rejected).then_some(Rejection::Checksum);
        disk.crashes = running(plan.crashes.iter().map(|(after, _)| *after)).collect();
        let at = running(plan.failures.iter().map(|(after, _)| *after));
        disk.failures = at.zip(plan.failures.iter().map(|(_, failure)| *failure)).collect();
        let mut world = Self {
            plan: plan.clone(),
            flaw,
            now: 0,
            events: BTreeMap::new(),
            scheduled: 0,
            client: Client::new(setup, flaw),
            life: 0,
            turn: 0,
            waiting: None,
            idle: None,
            exchanges: 0,
            links: Vec::new(),
            processes: (0..setup.processes).map(|_| Process::new(setup, flaw)).collect(),
            disk,
            ledger: Ledger::default(),
            crashes: 0,
            seen: Seen::default(),
            log: logs.then(Vec::new),
        };
        match setup.ending {
            Ending::Cancelled(at) => world.schedule(at, Event::Cancel),
            Ending::Expired(at) => world.schedule(at, Event::Expire),
            Ending::Delivered | Ending::Rejected => {}
        }
        world
    }

    /// Runs to the end, and looks at what is left.
    pub(crate) fn run(&mut self) -> Result<Seen, Broken> {
        self.go_on()?;
        let mut events = 0;
        while let Some(((at, _), event)) = self.events.pop_first() {
            self.now = at;
            events += 1;
            require(events < MOST_EVENTS, Property::GoodEnd, || format!("{events} events and no end"))?;
            self.happen(event)?;
        }
        self.check_end()?;
        self.seen.stale = self.disk.stale;
        self.seen.repeated_commits = self.disk.repeated_commits;
        self.seen.superseded = self.links.iter().map(Link::superseded).sum();
        Ok(self.seen)
    }

    /// The exchange so far, in the words of the wire; of a long one, its start and its end.
    pub(crate) fn ladder(&self) -> String {
        let lines = self.log.as_deref().unwrap_or_default();
        match lines.len().checked_sub(120) {
            Some(more @ 1..) => {
                let (start, end) = (lines[..60].join("\n"), lines[60 + more..].join("\n"));
                format!("{start}\n... {more} lines ...\n{end}")
            }
            _ => lines.join("\n"),
        }
    }

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::ToServer { link, bytes, range } => self.arrives_at_server(link, &bytes[range]),
            Event::ServerHangup { link } => self.server_hangup(link),
            Event::ToClient { link, bytes } => self.arrives_at_client(link, &bytes),
            Event::ClientHangup { link } => self.client_hangup(link),
            Event::Store { link } => self.operate(link),
            Event::Idle { link } => self.idle_timeout(link),
            Event::Patience { turn } => self.give_up(turn),
            Event::Waited { turn } => self.waited(turn),
            Event::ClientDies { life } => self.client_dies(life),
            Event::Twin { exchange, bytes } => {
                self.note(|| format!("link      the same {} bytes once more", bytes.len()));
                if let Some(link) = self.connect(&exchange, None) {
                    self.transmit(link, &exchange, &bytes);
                }
                Ok(())
            }
            Event::Restart { process } => {
                self.note(|| format!("server {process}  is back"));
                self.disk.recover();
                self.processes[process].is_up = true;
                Ok(())
            }
            Event::Cancel => self.cancel(),
            Event::Expire => self.expire(),
        }
    }

    /// What the run came to, and what a last crash leaves of it.
    fn check_end(&mut self) -> Result<(), Broken> {
        let Self { plan, client, disk, ledger, seen, .. } = self;
        let (size, ending) = (plan.setup.size, plan.setup.ending);
        let step = client.upload.step();
        disk.crash(|| false);
        ledger.survived(size, disk)?;
        let whole = slice(object(), &(0..size)).expect("within the object");
        let mut published = disk.uploads().filter(|(_, upload)| upload.object() == Some(whole));
        match step {
            Step::Done { size: done } => {
                let (id, upload) = published.next().ok_or_else(|| Broken {
                    property: Property::HonestClient,
                    what: "the client is done, and nothing is published".to_owned(),
                })?;
                require(upload.is_durably_complete() && done == size, Property::HonestClient, || {
                    format!("the client is done with {done} of {size} bytes, upload {id} is not complete")
                })?;
                seen.delivered += 1;
                Ok(())
            }
            step => {
                let conflict = step == Step::Failed(Failure::Refused { code: 409 });
                let meant = match ending {
                    _ if conflict && plan.may_conflict() => true,
                    Ending::Delivered => false,
                    Ending::Cancelled(_) => step == Step::Cancelled,
                    Ending::Expired(_) => step == Step::Failed(Failure::Gone),
                    Ending::Rejected => {
                        matches!(step, Step::Failed(Failure::Refused { code: 400 } | Failure::Gone))
                    }
                };
                require(meant, Property::GoodEnd, || format!("ends with: {step}; was to be {ending:?}"))
            }
        }
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.scheduled += 1;
        self.events.insert((at.max(self.now), self.scheduled), event);
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push(format!("{:>8} ms  {}", self.now, line()));
        }
    }
}

/// The running sums of some numbers.
fn running(numbers: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    numbers.scan(0, |sum, more| {
        *sum += more;
        Some(*sum)
    })
}
