//! The client's end: its requests, its waits, and its loss.

use super::link::Caller;
use super::{Event, LATENCY, Waiting, World};
use crate::client::{Answer, Next, Request};
use crate::properties::Broken;

/// How long a client waits for an answer, if the plan does not say otherwise.
const PATIENCE: u64 = 10_000;

impl World {
    /// Lets the client do what is due, unless it waits for something.
    pub(super) fn go_on(&mut self) -> Result<(), Broken> {
        if self.waiting.is_some() {
            return Ok(());
        }
        match self.client.next()? {
            Next::Send(request) => self.send(request),
            Next::Wait(delay) => {
                self.note(|| format!("client    waits {delay} ms"));
                self.turn += 1;
                self.schedule(self.now + delay, Event::Waited { turn: self.turn });
            }
            Next::Over => {
                let step = self.client.upload.step();
                self.note(|| format!("client    {step}"));
            }
        }
        Ok(())
    }

    fn send(&mut self, request: Request) {
        let exchange = self.plan.exchanges.get(self.exchanges).cloned().unwrap_or_default();
        self.exchanges += 1;
        self.turn += 1;
        self.seen.requests += 1;
        let (life, attempt, is_creation) = (self.life, request.attempt, request.is_creation);
        let caller = Caller { life, attempt, is_creation };
        let idle = self.idle.take().filter(|idle| !exchange.fresh && self.links[*idle].is_client_open);
        let link = idle.or_else(|| self.connect(&exchange, Some(caller)));
        let patience = if let Some(link) = link {
            self.note(|| format!("client    {link} > {} ({} bytes)", request.line, request.bytes.len()));
            self.links[link].caller = Some(caller);
            self.transmit(link, &exchange, &request.bytes);
            exchange.patience.unwrap_or(PATIENCE)
        } else {
            self.note(|| "client    finds no server".to_owned());
            LATENCY
        };
        let turn = self.turn;
        self.schedule(self.now + patience, Event::Patience { turn });
        if let Some(after) = exchange.dies {
            self.schedule(self.now + after, Event::ClientDies { life });
        }
        if let Some(after) = exchange.twin {
            let twin = exchange.for_twin();
            self.schedule(self.now + after, Event::Twin { exchange: twin, bytes: request.bytes.clone() });
        }
        self.waiting = Some(Waiting { link, turn, request, exchange });
    }

    pub(super) fn arrives_at_client(&mut self, link: usize, bytes: &[u8]) -> Result<(), Broken> {
        let open = &mut self.links[link];
        open.inbox.extend_from_slice(bytes);
        let Some(caller) = open.caller.filter(|caller| caller.life == self.life) else {
            return Ok(());
        };
        let Some(answer) = Answer::parse(&open.inbox, caller.is_creation) else {
            return Ok(());
        };
        open.inbox.drain(..answer.len);
        let is_awaited = self.waiting.as_ref().is_some_and(|waiting| waiting.link == Some(link));
        if !is_awaited {
            self.seen.too_late += 1;
            self.note(|| format!("client    {link} < {}, too late", answer.line));
            return self.client.too_late(caller.attempt, &answer);
        }
        self.note(|| format!("client    {link} < {}", answer.line));
        self.waiting = None;
        if answer.keep_alive {
            self.idle = Some(link);
        } else {
            self.links[link].is_client_open = false;
        }
        self.client.answered(caller.attempt, answer)?;
        self.go_on()
    }

    pub(super) fn client_hangup(&mut self, link: usize) -> Result<(), Broken> {
        self.links[link].is_client_open = false;
        match self.waiting.take_if(|waiting| waiting.link == Some(link)) {
            Some(waiting) => self.lost(&waiting),
            None => Ok(()),
        }
    }

    pub(super) fn give_up(&mut self, turn: u64) -> Result<(), Broken> {
        match self.waiting.take_if(|waiting| waiting.turn == turn) {
            Some(waiting) => {
                self.hang_up(&waiting);
                self.lost(&waiting)
            }
            None => Ok(()),
        }
    }

    fn lost(&mut self, waiting: &Waiting) -> Result<(), Broken> {
        self.note(|| format!("client    has no answer to {}", waiting.request.line));
        self.client.lost(&waiting.request)?;
        self.go_on()
    }

    /// The client closes the connection of a request. What it has sent may still arrive.
    fn hang_up(&mut self, waiting: &Waiting) {
        let Some(link) = waiting.link else {
            return;
        };
        let open = &mut self.links[link];
        open.is_client_open = false;
        if waiting.exchange.resets {
            open.is_sending = false;
            self.schedule(self.now + LATENCY, Event::ServerHangup { link });
        } else if !open.half_open {
            let at = open.last_arrival.max(self.now) + LATENCY;
            self.schedule(at, Event::ServerHangup { link });
        }
    }

    pub(super) fn waited(&mut self, turn: u64) -> Result<(), Broken> {
        if turn == self.turn && self.waiting.is_none() && !self.client.is_over() {
            self.client.waited()?;
            self.go_on()?;
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self) -> Result<(), Broken> {
        self.note(|| "client    gives the upload up".to_owned());
        self.client.cancel();
        self.turn += 1;
        if let Some(waiting) = self.waiting.take() {
            self.hang_up(&waiting);
        }
        self.go_on()
    }

    pub(super) fn client_dies(&mut self, life: u32) -> Result<(), Broken> {
        if life != self.life || !self.client.resume() {
            return Ok(());
        }
        self.note(|| "client    is lost; another process goes on".to_owned());
        self.seen.resumed += 1;
        self.life += 1;
        self.turn += 1;
        self.idle = None;
        if let Some(waiting) = self.waiting.take() {
            self.hang_up(&waiting);
        }
        self.go_on()
    }
}
