//! The real client against the real server, through the real codecs, under an adversary that is made of bytes: it says
//! who moves next, cuts bodies, loses and delays answers, repeats requests, crashes either side, and lets the store
//! fail. All promises are asserted at every step. When its bytes end, so does the trouble, and the upload must reach
//! its end whatever is still under way.

use core::num::{NonZeroU32, NonZeroU64};
use core::time::Duration;

use httparse::{EMPTY_HEADER, Header};
use resumable::client::{Attempt, Chunk, ChunkSize, ClientPolicy, Length, Retry, Source, Step, Upload, Verdict};
use resumable::google::{Echo, Options, Reply, decode_reply, decode_request, encode_reply, encode_request};
use resumable::server::{self, Answer, BodyEnd, Fault, Session, StoreReply, Ticket};
use resumable::{Completes, Contention, Epoch, Intent, OnCut, Policy, Saved, Snapshot};

use super::choices::Choices;
use super::store::{Store, bytes};

/// So many connections are open at most.
const MOST_CONNECTIONS: usize = 5;

/// Uploads one source, as `data` lets it.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let mut world = World::new(&mut choices);
    while let Some(operation) = choices.byte() {
        world.operate(operation, &mut choices);
    }
    world.finish();
}

/// One request on its way, at the server, or answered.
struct Connection {
    /// Which of the client's processes waits for it, and as which attempt; nobody if it is a copy.
    caller: Option<(u32, Attempt)>,
    intent: Intent,
    echo: Echo,
    ticket: Option<Ticket>,
    /// The bytes of the body that have not come yet.
    body: core::ops::Range<u64>,
    cut: bool,
    store_reply: Option<StoreReply>,
    reply: Option<Reply>,
    /// What had been told when it was admitted.
    floor: u64,
}

struct World {
    size: u64,
    client_policy: ClientPolicy,
    upload: Upload,
    /// Which of the client's processes it is.
    life: u32,
    /// Up to where the source has been read, and whether it is known to end there.
    filled: u64,
    drip: u64,
    acknowledged: u64,
    /// How many requests there were since there was progress or a wait.
    in_a_row: u32,
    session: Session,
    store: Store,
    connections: Vec<Connection>,
    /// The greatest offset that was told.
    told: u64,
}

impl World {
    fn new(choices: &mut Choices<'_>) -> Self {
        let size = choices.below(64) as u64;
        let grain = choices.pick([1, 4, 7]);
        let floor = NonZeroU32::new(5).expect("not zero");
        let policy = Policy {
            sync_every: NonZeroU64::new(choices.pick([0, 1, 3, 11])),
            granularity: NonZeroU64::new(u64::from(grain)).expect("not zero"),
            on_cut: choices.pick([OnCut::Keep, OnCut::Floor(floor), OnCut::Discard]),
            completes: choices.pick([Completes::AtTotal, Completes::Explicit]),
            contention: choices.pick([Contention::Preempt, Contention::Refuse]),
            ..Policy::default()
        };
        let chunk = u64::from(grain) * choices.pick([1, 2, 5]);
        let chunk = ChunkSize::new(chunk, grain).expect("a multiple");
        let patient = Retry { max_attempts: u32::MAX, max_wait: Duration::MAX, ..Retry::default() };
        let client_policy = ClientPolicy {
            chunk: choices.pick([Chunk::Size(chunk), Chunk::Rest]),
            retry: patient,
            source: choices.pick([Source::Replayable, Source::Once]),
            restarts: 0,
        };
        let known = choices.flag();
        let mut upload = Upload::new(if known { Length::Known(size) } else { Length::Unknown }, client_policy, 7);
        let Step::Create { attempt, total } = upload.step() else { panic!("a creation is due") };
        let total = total.filter(|_| choices.flag());
        upload.handle_response(attempt, Verdict::Created).expect("the newest attempt");
        let record = Snapshot { epoch: Epoch::NONE, persisted: 0, total, state: Saved::Open };
        Self {
            size,
            client_policy,
            upload,
            life: 0,
            filled: if known { size } else { 0 },
            drip: choices.pick([3, 1, 100]),
            acknowledged: 0,
            in_a_row: 0,
            session: Session::new(policy, total).expect("there is no limit"),
            store: Store::new(record),
            connections: Vec::new(),
            told: 0,
        }
    }

    fn operate(&mut self, operation: u8, choices: &mut Choices<'_>) {
        let count = self.connections.len();
        let index = if count == 0 { 0 } else { usize::from(operation >> 4) % count };
        match operation & 0x0f {
            0 | 1 => self.client_moves(),
            // A copy of a request, as from a proxy that tries again.
            2 if 0 < count && count < MOST_CONNECTIONS => {
                let Connection { intent, echo, .. } = self.connections[index];
                self.connect(None, intent, echo);
            }
            3 => self.crash_server(),
            4 if count == 0 => self.crash_client(),
            _ if count == 0 => self.client_moves(),
            4 => {
                self.client_gives_up();
                self.crash_client();
            }
            5 => self.connections[index].cut = true,
            6 => self.client_gives_up(),
            7 => drop(self.take(index)),
            8 => self.store_fails(index),
            9 => self.deliver(index),
            _ => {
                if self.server_moves(index, 1 + choices.below(13)) {
                    self.deliver(index);
                }
            }
        }
    }

    /// The client does what is due, if it waits for nothing.
    fn client_moves(&mut self) {
        if self.waits_for().is_some() {
            return;
        }
        match self.upload.step() {
            Step::Send { attempt, intent, body } => {
                assert!(
                    body.is_empty() || body.start >= self.acknowledged,
                    "P5: {body:?}, {} known",
                    self.acknowledged
                );
                assert!(body.end <= self.filled || body.is_empty(), "P5: {body:?} of {} read", self.filled);
                self.in_a_row += 1;
                assert!(self.in_a_row <= 3, "R48: {} requests in a row", self.in_a_row);
                if self.connections.len() < MOST_CONNECTIONS + 1 {
                    let (intent, echo) = over_the_wire(intent);
                    self.connect(Some((self.life, attempt)), intent, echo);
                } else {
                    self.upload.handle_lost(attempt).expect("the newest attempt");
                }
            }
            Step::Wait(_) => {
                self.in_a_row = 0;
                self.upload.handle_waited().expect("a wait is due");
            }
            Step::Fill { to } => {
                let more = (self.filled + self.drip).min(self.size).max(self.filled);
                let ended = more == self.filled;
                assert!(to > self.filled || ended, "P5: asks for {to}, {} is read", self.filled);
                self.filled = more;
                self.upload.handle_source(more, ended).expect("the source does not contradict itself");
            }
            Step::Done { size } => {
                assert_eq!((self.store.published, size), (Some(self.size), self.size), "P5: nothing is published");
            }
            step => panic!("ends with: {step}"),
        }
    }

    fn connect(&mut self, caller: Option<(u32, Attempt)>, intent: Intent, echo: Echo) {
        let body = match intent {
            Intent::Append(append) => append.at..append.at + append.body.expect("a client knows its length"),
            _ => 0..0,
        };
        let floor = self.told;
        let (ticket, store_reply, reply) = (None, None, None);
        self.connections.push(Connection { caller, intent, echo, ticket, body, cut: false, store_reply, reply, floor });
    }

    /// The connection whose answer the client waits for.
    fn waits_for(&self) -> Option<usize> {
        let (Step::Send { attempt, .. } | Step::Create { attempt, .. }) = self.upload.step() else {
            return None;
        };
        self.connections.iter().position(|connection| connection.caller == Some((self.life, attempt)))
    }

    /// The client loses its patience; the server does not hear of it.
    fn client_gives_up(&mut self) {
        if let Some(index) = self.waits_for()
            && let Some((_, attempt)) = self.connections[index].caller
        {
            self.upload.handle_lost(attempt).expect("the newest attempt");
        }
    }

    /// A connection is gone, and with it its request and its answer.
    fn take(&mut self, index: usize) -> Connection {
        let waited_for = self.waits_for() == Some(index);
        let mut connection = self.connections.swap_remove(index);
        if let Some(ticket) = connection.ticket.take() {
            self.session.handle_abandoned(ticket);
        }
        if let (true, Some((_, attempt))) = (waited_for, connection.caller) {
            self.upload.handle_lost(attempt).expect("the newest attempt");
        }
        connection
    }

    /// The answer, if there is one, arrives.
    fn deliver(&mut self, index: usize) {
        let Some(reply) = self.connections[index].reply else {
            return;
        };
        let waited_for = self.waits_for() == Some(index);
        let connection = self.connections.swap_remove(index);
        let Some((life, attempt)) = connection.caller.filter(|(life, _)| *life == self.life) else {
            return;
        };
        let fields = reply.fields();
        let mut headers = [EMPTY_HEADER; 5];
        let verdict = decode_reply(reply.status, fill(&mut headers, fields.iter()));
        let before = self.upload.clone();
        let result = self.upload.handle_response(attempt, verdict);
        assert_eq!(result.is_ok(), waited_for, "attempt {} of life {life}", attempt.get());
        assert!(waited_for || self.upload == before, "an answer to an older attempt changes something");
        let persisted = self.upload.persisted().get();
        assert!(persisted >= self.acknowledged, "P2: acknowledged fell to {persisted}");
        if persisted > self.acknowledged {
            (self.acknowledged, self.in_a_row) = (persisted, 0);
        }
    }

    /// The server does one thing for a connection; whether its answer is ready.
    fn server_moves(&mut self, index: usize, len: usize) -> bool {
        let Self { connections, session, store, .. } = self;
        let connection = &mut connections[index];
        if connection.reply.is_some() {
            return true;
        }
        let Some(ticket) = &mut connection.ticket else {
            connection.ticket = Some(session.handle_request(connection.intent));
            connection.floor = self.told;
            return false;
        };
        if let Some(reply) = connection.store_reply.take() {
            // The store may have been at work while another request took over.
            let _ = session.handle_store(ticket, reply);
            return false;
        }
        match session.step(ticket) {
            Ok(server::Step::ReadBody { limit }) => {
                let left = connection.body.end - connection.body.start;
                let len = left.min(len as u64);
                if len == 0 || connection.cut {
                    let end = if len == 0 { BodyEnd::Clean } else { BodyEnd::Cut };
                    session.handle_body_end(ticket, end).expect("the end of the body is due");
                } else {
                    assert!(left <= limit, "an honest body of {left} bytes is above the limit of {limit}");
                    let chunk = bytes(connection.body.start, len as usize);
                    connection.body.start += len;
                    assert!(store.write(session.handle_body(ticket, &chunk).expect("a chunk is due")));
                }
                false
            }
            Ok(server::Step::Respond(outcome)) => {
                let reply = encode_reply(&outcome, connection.echo, &Options::default());
                let told = check_told(outcome.answer, reply, connection.floor, store);
                let grain = session.policy().granularity;
                assert!(told % grain == 0 || told == self.size, "R14: {told} is told, grains are of {grain}");
                self.told = self.told.max(told);
                connection.reply = Some(reply);
                true
            }
            Ok(server::Step::Close) | Err(_) => {
                self.take(index);
                false
            }
            Ok(step) => {
                connection.store_reply = Some(store.perform(step));
                false
            }
        }
    }

    fn store_fails(&mut self, index: usize) {
        let Connection { ticket: Some(ticket), store_reply, .. } = &mut self.connections[index] else {
            return;
        };
        *store_reply = None;
        let _ = self.session.handle_store(ticket, StoreReply::Failed(Fault::Unavailable));
    }

    /// The server's process dies with its connections; what was not made durable is lost.
    fn crash_server(&mut self) {
        while !self.connections.is_empty() {
            self.take(0);
        }
        self.store.crash();
        let record = self.store.record;
        self.session = Session::restore(self.session.policy(), record).expect("the store's record is right");
    }

    /// Another process of the client goes on from the record of this one.
    fn crash_client(&mut self) {
        if let (Some(record), Source::Replayable) = (self.upload.snapshot(), self.client_policy.source) {
            self.upload = Upload::resume(record, self.client_policy, 11);
            self.life += 1;
            self.in_a_row = 0;
            // The source is read again, from where the record says.
            self.filled = record.total.unwrap_or(record.persisted);
        }
    }

    /// Without trouble, the upload ends, and a question about it is answered with success.
    fn finish(&mut self) {
        for _ in 0..2_000 {
            if let Step::Done { .. } = self.upload.step() {
                self.client_moves();
                return;
            }
            self.client_moves();
            for index in (0..self.connections.len()).rev() {
                if self.server_moves(index, 7) {
                    self.deliver(index);
                }
            }
        }
        panic!("never ends: {}, {:?}", self.upload.step(), self.session);
    }
}

/// P1, P2 and P4 of an answer; the offset that it tells.
fn check_told(answer: Answer, reply: Reply, floor: u64, store: &Store) -> u64 {
    match answer {
        Answer::Incomplete { persisted } => {
            let persisted = persisted.get();
            assert_eq!(reply.persisted.map_or(0, NonZeroU64::get), persisted);
            assert!(persisted <= store.record.persisted, "P1: {persisted} of {} is told", store.record.persisted);
            assert!(persisted >= floor, "P2: {persisted} is told after {floor}");
            persisted
        }
        Answer::Complete { size } => {
            assert_eq!((store.published, store.record.state), (Some(size), Saved::Complete), "P4");
            size
        }
        _ => 0,
    }
}

/// What the server reads of a request that the client writes.
fn over_the_wire(intent: Intent) -> (Intent, Echo) {
    let head = encode_request(&intent).expect("what is to be sent can be written");
    let fields = head.fields();
    let mut headers = [EMPTY_HEADER; 5];
    let headers = fill(&mut headers, fields.iter());
    let request = decode_request(head.method, headers, head.content_length, &Options::default());
    let request = request.expect("what is written is read");
    (request.intent, request.echo)
}

fn fill<'h, 'f>(
    room: &'h mut [Header<'f>],
    fields: impl Iterator<Item = (&'static str, &'f [u8])>,
) -> &'h [Header<'f>] {
    let mut len = 0;
    for (header, (name, value)) in room.iter_mut().zip(fields) {
        *header = Header { name, value };
        len += 1;
    }
    &room[..len]
}
