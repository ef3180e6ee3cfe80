//! The link: connections that lose, delay and repeat bytes.

use std::rc::Rc;

use resumable::client::Attempt;

use super::{Event, LATENCY, World};
use crate::plan::Exchange;
use crate::support::connection::Connection;
use crate::support::disk::Job;

/// A connection, as both ends see it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "the two ends know different things")]
pub(super) struct Link {
    /// Which of the server's processes.
    pub(super) process: usize,
    pub(super) server: Connection,
    /// What the store does for it.
    pub(super) job: Option<Job>,
    /// When the server last heard of the client.
    pub(super) heard: u64,
    pub(super) is_timed: bool,
    /// What had been told when its request was admitted.
    pub(super) since: usize,
    /// Whether what the client has sent still arrives, and when the last of it does.
    pub(super) is_sending: bool,
    pub(super) last_arrival: u64,
    /// How many bytes of answers still arrive; all, if none.
    pub(super) reply_left: Option<usize>,
    /// Whether the ends are not told when it is lost.
    pub(super) half_open: bool,
    /// Whose it is; nobody's if it is a copy.
    pub(super) caller: Option<Caller>,
    pub(super) is_client_open: bool,
    /// What came for the client.
    pub(super) inbox: Vec<u8>,
}

/// Which request of which of the client's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) life: u32,
    pub(super) attempt: Attempt,
    pub(super) is_creation: bool,
}

impl Link {
    pub(super) fn superseded(&self) -> u64 {
        u64::from(self.server.superseded)
    }
}

impl World {
    /// A new connection; none if the process is down.
    pub(super) fn connect(&mut self, exchange: &Exchange, caller: Option<Caller>) -> Option<usize> {
        let process = exchange.process % self.processes.len();
        if !self.processes[process].is_up {
            return None;
        }
        self.links.push(Link {
            process,
            server: Connection::default(),
            job: None,
            heard: self.now,
            is_timed: false,
            since: 0,
            is_sending: true,
            last_arrival: self.now,
            reply_left: None,
            half_open: false,
            caller,
            is_client_open: caller.is_some(),
            inbox: Vec::new(),
        });
        Some(self.links.len() - 1)
    }

    /// Sends the bytes of a request, as far as the exchange lets them.
    pub(super) fn transmit(&mut self, link: usize, exchange: &Exchange, bytes: &Rc<[u8]>) {
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").map_or(1, |at| at + 4);
        let cut = exchange.cut.map(|cut| cut.within(bytes.len(), head));
        let end = cut.unwrap_or(bytes.len());
        let grain = match exchange.grain {
            0 => bytes.len(),
            grain => grain.max(bytes.len() / 12),
        };
        let mut at = self.now + LATENCY;
        for start in (0..end).step_by(grain.max(1)) {
            let range = start..end.min(start + grain);
            self.schedule(at, Event::ToServer { link, bytes: Rc::clone(bytes), range });
            at += exchange.pace;
        }
        let open = &mut self.links[link];
        open.last_arrival = at;
        open.half_open = exchange.half_open;
        open.reply_left = exchange.reply_cut;
        if let Some(cut) = cut {
            self.note(|| format!("link      connection {link} is lost after {cut} bytes of the request"));
            self.lose(link, at);
        }
    }

    /// Tells both ends that a connection is lost, unless it is one of which nobody is told.
    pub(super) fn lose(&mut self, link: usize, at: u64) {
        if !self.links[link].half_open {
            self.schedule(at, Event::ServerHangup { link });
            self.schedule(at, Event::ClientHangup { link });
        }
    }

    /// Sends what the server has said.
    pub(super) fn reply(&mut self, link: usize, mut bytes: Vec<u8>) {
        let open = &mut self.links[link];
        let at = self.now + LATENCY;
        let mut is_lost = false;
        if let Some(left) = &mut open.reply_left {
            is_lost = *left < bytes.len();
            bytes.truncate(*left);
            *left -= bytes.len();
        }
        if !bytes.is_empty() && open.caller.is_some() {
            self.schedule(at, Event::ToClient { link, bytes });
        }
        if is_lost {
            self.note(|| format!("link      connection {link} is lost within the answer"));
            self.links[link].reply_left = Some(0);
            self.lose(link, at);
        }
    }
}
