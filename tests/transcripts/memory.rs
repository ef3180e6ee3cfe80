//! The machine with a store in memory, fed in pieces of any size.

use std::collections::BTreeMap;

use resumable::server::{Fault, Rejection, Step, StoreReply};

use crate::expect::Reply;
use crate::format::{Event, Setup, Stored};
use crate::play::Player;
use crate::support::connection::{Connection, Due};
use crate::support::disk::{Crashed, Disk, Failure, Id, Job};
use crate::support::service::{Service, Target, target};

/// How the bytes of the requests come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Feed {
    /// As they are sent.
    Whole,
    /// As they are sent, but split once, after so many bytes in all.
    SplitAt(usize),
    /// In pieces of this size.
    Pieces(usize),
    /// The start and the end byte by byte, the middle in large pieces.
    Edges,
}

/// A connection, as both ends see it.
#[derive(Debug, Default)]
struct Open {
    connection: Connection,
    /// What the server has sent and nobody has read.
    unread: Vec<u8>,
    is_cut: bool,
}

/// A server in memory.
#[derive(Debug)]
pub(crate) struct Memory {
    setup: Setup,
    service: Service,
    disk: Disk,
    connections: BTreeMap<String, Open>,
    feed: Feed,
    /// How many bytes have come.
    pub(crate) fed: usize,
}

impl Memory {
    /// A server that has just started.
    pub(crate) fn new(setup: &Setup, feed: Feed) -> Self {
        Self {
            setup: setup.clone(),
            service: Service::new(setup.policy, setup.options, setup.http1),
            disk: Disk::default(),
            connections: BTreeMap::new(),
            feed,
            fed: 0,
        }
    }

    fn open(&mut self, name: &str) -> &mut Open {
        self.connections.entry(name.to_owned()).or_default()
    }

    /// Lets the server do all that it can about one connection.
    fn pump(&mut self, name: &str) {
        while let Some(open) = self.connections.get_mut(name) {
            let due = open.connection.poll(&mut self.service, &mut self.disk);
            open.unread.extend(open.connection.take_output());
            let Due::Store(job) = due else {
                return;
            };
            self.evict(&job);
            let reply = run(&mut self.disk, job);
            if let Some(open) = self.connections.get_mut(name) {
                open.connection.store_replied(&mut self.service, reply);
            }
        }
    }

    fn evict(&mut self, job: &Job) {
        if let Some(evicted) = job.evicts() {
            let serves = Some((job.id, Some(evicted)));
            let mut open = self.connections.values_mut();
            if let Some(older) = open.find(|open| open.connection.serves() == serves) {
                older.connection.close();
            }
        }
    }

    fn expire(&mut self, id: Id) -> Result<(), String> {
        let session = self.service.session(id, &self.disk);
        let session = session.ok_or("expected a session, got none")?;
        let mut ticket = session.expire();
        while let Ok(step) = session.step(&ticket)
            && step != Step::Close
        {
            let reply = run(&mut self.disk, Job::new(id, step));
            let result = session.handle_store(&mut ticket, reply);
            result.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn pieces<'b>(&mut self, bytes: &'b [u8]) -> Vec<&'b [u8]> {
        let before = self.fed;
        self.fed += bytes.len();
        match self.feed {
            Feed::SplitAt(at) if at > before && at < self.fed => vec![&bytes[..at - before], &bytes[at - before..]],
            Feed::Whole | Feed::SplitAt(_) => vec![bytes],
            Feed::Pieces(size) => bytes.chunks(size).collect(),
            Feed::Edges => {
                let (start, rest) = bytes.split_at(bytes.len().min(600));
                let (middle, end) = rest.split_at(rest.len().saturating_sub(43));
                let edges = [start.chunks(1), middle.chunks(30_011), end.chunks(1)];
                edges.into_iter().flatten().collect()
            }
        }
    }
}

fn run(disk: &mut Disk, mut job: Job) -> StoreReply {
    loop {
        match disk.advance(&mut job) {
            Ok(Some(reply)) => return reply,
            Ok(None) => {}
            Err(Crashed) => unreachable!("crashes come between requests here"),
        }
    }
}

fn id(session: &str) -> Result<Id, String> {
    match target(session) {
        Target::Session(id) => Ok(id),
        Target::Elsewhere => Err(format!("expected a session, got {session}")),
    }
}

impl Player for Memory {
    fn send(&mut self, connection: &str, bytes: &[u8]) -> Result<(), String> {
        for piece in self.pieces(bytes) {
            let open = self.open(connection);
            if open.is_cut {
                return Err(format!("expected another connection, `{connection}` is cut"));
            }
            open.connection.receive(piece);
            self.pump(connection);
        }
        Ok(())
    }

    fn receive(&mut self, connection: &str) -> Result<Reply, String> {
        let open = self.open(connection);
        let closed = open.connection.is_closed();
        let reply = Reply::parse(&open.unread, closed)?;
        let (reply, len) = reply.ok_or("expected an answer, got none")?;
        open.unread.drain(..len);
        Ok(reply)
    }

    fn cut(&mut self, connection: &str) -> Result<(), String> {
        let open = self.open(connection);
        open.is_cut = true;
        open.connection.end_of_input();
        self.pump(connection);
        Ok(())
    }

    fn wait(&mut self, connection: &str) -> Result<(), String> {
        match &self.open(connection).unread[..] {
            [] => Ok(()),
            unread => Err(format!("expected silence, got {}", unread.escape_ascii())),
        }
    }

    fn closed(&mut self, connection: &str) -> Result<(), String> {
        self.wait(connection)?;
        if self.open(connection).connection.is_closed() {
            Ok(())
        } else {
            Err("expected a closed connection, got an open one".to_owned())
        }
    }

    fn event(&mut self, event: Event, session: &str) -> Result<(), String> {
        match event {
            Event::Crash => {
                self.finish()?;
                self.connections.clear();
                self.disk.crash(|| false);
                let Setup { policy, options, http1, .. } = self.setup;
                self.service = Service::new(policy, options, http1);
            }
            Event::Expire => self.expire(id(session)?)?,
            Event::StoreFails => {
                let next = self.disk.operations + 1;
                self.disk.failures.insert(next, Failure::Before(Fault::Unavailable));
            }
            Event::StoreCannotPublish => self.disk.publishes_not = true,
            Event::StoreRejects => self.disk.rejects = Some(Rejection::Checksum),
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        let mut open = self.connections.iter();
        match open.find(|(_, open)| !open.unread.is_empty()) {
            Some((name, open)) => {
                Err(format!("end: expected every answer to be read, got on `{name}`: {}", open.unread.escape_ascii()))
            }
            None => Ok(()),
        }
    }

    fn stored(&mut self, session: &str) -> Result<(Stored, Vec<u8>), String> {
        let Some(upload) = self.disk.upload(id(session)?) else {
            return Ok((Stored::NoUpload, Vec::new()));
        };
        let record = upload.record().ok_or("expected a record, got none")?;
        let bytes = match record.state {
            resumable::Saved::Complete => upload.object().unwrap_or_default(),
            _ => upload.durable_prefix(),
        };
        Ok((Stored::Bytes(bytes.len() as u64, record.state), bytes.to_vec()))
    }
}
