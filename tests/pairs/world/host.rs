//! The server's end: its processes, what they ask of the store, and their loss.

use resumable::google::Options;
use resumable::http1;
use resumable::server::{Session, Step, TicketId};

use super::{Event, LATENCY, World};
use crate::client::Answer;
use crate::plan::{Crash, Random, Setup};
use crate::properties::{Broken, Property, require};
use crate::support::connection::Due;
use crate::support::disk::{Crashed, Id, Job};
use crate::support::flaw::Flaw;
use crate::support::service::Service;

/// How long a server waits for bytes.
const IDLE: u64 = 30_000;

/// One process of the server.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) service: Service,
    pub(super) is_up: bool,
}

impl Process {
    pub(super) fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        let mut service = Service::new(setup.policy, Options::default(), http1::Options::default());
        service.shared = setup.processes > 1;
        service.flaw = flaw;
        Self { service, is_up: true }
    }
}

impl World {
    pub(super) fn arrives_at_server(&mut self, link: usize, bytes: &[u8]) -> Result<(), Broken> {
        let open = &mut self.links[link];
        if !open.is_sending || open.server.is_closed() {
            return Ok(());
        }
        open.heard = self.now;
        if !open.is_client_open {
            self.seen.zombies += 1;
        }
        open.server.receive(bytes);
        self.pump(link)
    }

    pub(super) fn server_hangup(&mut self, link: usize) -> Result<(), Broken> {
        self.links[link].is_sending = false;
        self.links[link].server.end_of_input();
        self.pump(link)
    }

    pub(super) fn idle_timeout(&mut self, link: usize) -> Result<(), Broken> {
        let open = &mut self.links[link];
        open.is_timed = false;
        if open.server.is_closed() {
            return Ok(());
        }
        if self.now < open.heard + IDLE {
            self.watch(link);
            return Ok(());
        }
        self.note(|| format!("server    {link} has heard nothing for too long"));
        self.server_hangup(link)
    }

    /// Ends a connection from which nothing comes any more.
    fn watch(&mut self, link: usize) {
        let open = &mut self.links[link];
        if !open.is_timed && open.is_sending {
            open.is_timed = true;
            let at = open.heard + IDLE;
            self.schedule(at, Event::Idle { link });
        }
    }

    /// Lets the server do all that it can about one connection.
    fn pump(&mut self, link: usize) -> Result<(), Broken> {
        let Self { links, processes, disk, .. } = self;
        let open = &mut links[link];
        if open.job.is_some() {
            return Ok(());
        }
        if open.server.serves().is_none() {
            open.since = self.ledger.now();
        }
        let was_closed = open.server.is_closed();
        let service = &mut processes[open.process].service;
        let due = open.server.poll(service, disk);
        self.check_trouble(link)?;
        self.emit(link)?;
        match due {
            Due::Input => self.watch(link),
            Due::Store(job) => self.ask_store(link, job),
            Due::Crash => return self.crash(self.links[link].process, Some(link)),
            Due::Closed if was_closed => {}
            Due::Closed => self.schedule(self.now + LATENCY, Event::ClientHangup { link }),
        }
        Ok(())
    }

    /// Sends what the server has to say, and holds it against what it may say.
    fn emit(&mut self, link: usize) -> Result<(), Broken> {
        let open = &mut self.links[link];
        let (output, said, since) = (open.server.take_output(), open.server.take_said(), open.since);
        if output.is_empty() {
            return Ok(());
        }
        let process = self.links[link].process;
        self.note(|| {
            let answer = Answer::parse(&output, false).map_or(String::new(), |answer| answer.line);
            format!("server {process}  {link} < {answer}")
        });
        for said in said {
            self.ledger.said(said, since, self.plan.setup.size, &self.disk)?;
        }
        self.reply(link, output);
        Ok(())
    }

    /// What the machine cannot believe of its store is the store's fault: it has lost what it had confirmed.
    fn check_trouble(&mut self, link: usize) -> Result<(), Broken> {
        let process = self.links[link].process;
        match self.processes[process].service.trouble.take() {
            Some(what) => Err(Broken { property: Property::NoLoss, what }),
            None => Ok(()),
        }
    }

    fn ask_store(&mut self, link: usize, job: Job) {
        let process = self.links[link].process;
        self.note(|| format!("server {process}  {link} {}", job.name()));
        if let Some(older) = job.evicts() {
            self.evict(process, job.id, older);
        }
        self.links[link].job = Some(job);
        self.schedule(self.now + self.plan.setup.store_ms, Event::Store { link });
    }

    fn evict(&mut self, process: usize, id: Id, older: TicketId) {
        let serves = Some((id, Some(older)));
        let mut links = self.links.iter();
        let link = links.position(|link| link.process == process && link.server.serves() == serves);
        if let Some(link) = link
            && self.plan.setup.evicts
        {
            self.links[link].is_sending = false;
            self.schedule(self.now, Event::ServerHangup { link });
        }
    }

    /// The store does one operation.
    pub(super) fn operate(&mut self, link: usize) -> Result<(), Broken> {
        let size = self.plan.setup.size;
        let open = &mut self.links[link];
        let process = open.process;
        let Some(job) = &mut open.job else {
            return Ok(());
        };
        let id = job.id;
        let result = self.disk.advance(job);
        match result {
            Err(Crashed) => self.crash(process, Some(link)),
            Ok(None) => {
                self.ledger.stored(id, size, &self.disk)?;
                self.schedule(self.now + self.plan.setup.store_ms, Event::Store { link });
                Ok(())
            }
            Ok(Some(reply)) => {
                self.ledger.stored(id, size, &self.disk)?;
                let open = &mut self.links[link];
                open.job = None;
                open.server.store_replied(&mut self.processes[process].service, reply);
                self.note(|| format!("store     {link} {reply:?}"));
                self.check_trouble(link)?;
                self.pump(link)
            }
        }
    }

    /// The next crash of the plan.
    fn crash(&mut self, process: usize, link: Option<usize>) -> Result<(), Broken> {
        let (_, crash) = self.plan.crashes[self.crashes];
        self.crashes += 1;
        self.seen.crashes += 1;
        self.note(|| format!("server {process}  crashes: {crash:?}"));
        match (crash, link) {
            (Crash::Task, Some(link)) => {
                let open = &mut self.links[link];
                open.job = None;
                open.server.abandon(&mut self.processes[process].service);
                self.schedule(self.now + LATENCY, Event::ClientHangup { link });
            }
            (Crash::Task, None) => {}
            (Crash::Process(down), _) => self.kill(process, down),
            (Crash::Machine { luck, down }, _) => {
                for process in 0..self.processes.len() {
                    self.kill(process, down);
                }
                let mut luck = Random::new(luck);
                self.disk.crash(|| luck.below(2) == 1);
            }
        }
        self.ledger.survived(self.plan.setup.size, &self.disk)
    }

    fn kill(&mut self, process: usize, down: u64) {
        self.processes[process] = Process::new(&self.plan.setup, self.flaw);
        self.processes[process].is_up = false;
        for link in 0..self.links.len() {
            let open = &mut self.links[link];
            if open.process == process && !open.server.is_closed() {
                open.server.close();
                open.job = None;
                if !open.half_open {
                    self.schedule(self.now + LATENCY, Event::ClientHangup { link });
                }
            }
        }
        self.schedule(self.now + 1 + down, Event::Restart { process });
    }

    /// The server lets every open upload expire.
    pub(super) fn expire(&mut self) -> Result<(), Broken> {
        if !self.processes[0].is_up {
            return Ok(());
        }
        let uploads: Vec<Id> = self.disk.uploads().map(|(id, _)| id).collect();
        for id in uploads {
            self.note(|| format!("server 0  lets upload {id} expire"));
            let service = &mut self.processes[0].service;
            let Some(mut ticket) = service.session(id, &self.disk).map(Session::expire) else {
                continue;
            };
            while let Some(session) = self.processes[0].service.loaded(id)
                && let Ok(step) = session.step(&ticket)
                && step != Step::Close
            {
                let mut job = Job::new(id, step);
                if let Some(older) = job.evicts() {
                    self.evict(0, id, older);
                }
                let reply = loop {
                    match self.disk.advance(&mut job) {
                        Ok(Some(reply)) => break reply,
                        Ok(None) => {}
                        Err(Crashed) => {
                            let result = self.crash(0, None);
                            if let Some(session) = self.processes[0].service.loaded(id) {
                                session.handle_abandoned(ticket);
                            }
                            return result;
                        }
                    }
                };
                self.ledger.stored(id, self.plan.setup.size, &self.disk)?;
                let Some(session) = self.processes[0].service.loaded(id) else {
                    break;
                };
                let result = session.handle_store(&mut ticket, reply);
                require(result.is_ok(), Property::NoLoss, || format!("{result:?}"))?;
            }
        }
        Ok(())
    }
}
