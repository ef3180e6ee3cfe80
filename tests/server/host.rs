//! A host in memory: what a server around the machine does, and a store that forgets what it has not confirmed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use resumable::google::{Echo, Options, Reply, decode_request, encode_reply};
use resumable::server::{BodyEnd, Outcome, Session, Step, StoreReply, Ticket, Write};
use resumable::{Epoch, Persisted, Policy, Saved, Snapshot};

use crate::request::Request;

/// What survives a crash of the process, and what of it does not.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) record: Snapshot,
    /// Written, and lost in a crash.
    cache: Vec<u8>,
    pub(crate) durable: Vec<u8>,
    pub(crate) object: Option<Vec<u8>>,
    /// How often it was asked to publish.
    pub(crate) commits: u32,
    /// What it says next instead of doing anything.
    pub(crate) says: VecDeque<StoreReply>,
}

impl Store {
    /// Whether the write was taken.
    pub(crate) fn write(&mut self, write: Write<'_>) -> bool {
        if write.epoch < self.record.epoch {
            return false;
        }
        let at = usize::try_from(write.at.get()).expect("a small object");
        if !write.data.is_empty() {
            assert!(at >= self.durable.len(), "persisted bytes are not rewritten");
            assert!(at <= self.cache.len(), "there is no hole");
            self.cache.truncate(at);
            self.cache.extend_from_slice(write.data);
        }
        true
    }

    pub(crate) fn answer(&mut self, step: Step) -> StoreReply {
        if let Some(reply) = self.says.pop_front() {
            return reply;
        }
        let (Step::Fence { record, .. }
        | Step::Sync { record, .. }
        | Step::Commit { record, .. }
        | Step::Discard { record }) = step
        else {
            panic!("the store has no part in: {step}");
        };
        let known = self.record.epoch;
        match step {
            Step::Fence { .. } if record.epoch <= known => StoreReply::Stale(known),
            Step::Fence { .. } => {
                self.record.epoch = record.epoch;
                StoreReply::Fenced(self.record)
            }
            _ if record.epoch < known => StoreReply::Stale(known),
            Step::Sync { to, .. } => {
                assert_eq!(record.persisted, to.get(), "the record tells what is then durable");
                self.sync(to.get(), record);
                StoreReply::Synced(Persisted::confirmed(to.get()))
            }
            Step::Commit { size, .. } => {
                assert_eq!(size, self.durable.len() as u64, "every byte is durable");
                self.record = record;
                self.object = Some(self.durable.clone());
                self.commits += 1;
                StoreReply::Committed
            }
            _ => {
                self.record = record;
                self.cache.clear();
                self.durable.clear();
                StoreReply::Discarded
            }
        }
    }

    /// Makes the bytes up to `to` durable, then the record.
    pub(crate) fn sync(&mut self, to: u64, record: Snapshot) {
        let to = usize::try_from(to).expect("a small object");
        self.durable = self.cache[..to].to_vec();
        self.record = Snapshot { persisted: to as u64, ..record };
    }
}

/// One process that serves one upload.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) session: Session,
    pub(crate) store: Rc<RefCell<Store>>,
    pub(crate) options: Options,
    /// The ladder of the last request that was sent with [`Host::send`].
    pub(crate) steps: Vec<String>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) reply: Option<Reply>,
    /// The greatest offset that was ever told.
    told: u64,
}

/// One request that is being served.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) ticket: Ticket,
    echo: Echo,
    pieces: VecDeque<Vec<u8>>,
    end: BodyEnd,
    pub(crate) steps: Vec<String>,
    pub(crate) outcome: Option<Outcome>,
    reply: Option<Reply>,
}

impl Host {
    pub(crate) fn new(policy: Policy, total: Option<u64>) -> Self {
        Self::holding(policy, total, b"")
    }

    /// An upload of which `bytes` are persisted.
    pub(crate) fn holding(policy: Policy, total: Option<u64>, bytes: &[u8]) -> Self {
        Self::recorded(
            policy,
            Snapshot { epoch: Epoch::NONE, persisted: bytes.len() as u64, total, state: Saved::Open },
            bytes,
        )
    }

    /// An upload with this record.
    pub(crate) fn recorded(policy: Policy, record: Snapshot, bytes: &[u8]) -> Self {
        let store = Store {
            record,
            cache: bytes.to_vec(),
            durable: bytes.to_vec(),
            object: None,
            commits: 0,
            says: VecDeque::new(),
        };
        Self::process(policy, &Rc::new(RefCell::new(store)))
    }

    fn process(policy: Policy, store: &Rc<RefCell<Store>>) -> Self {
        let record = store.borrow().record;
        Self {
            session: Session::restore(policy, record).expect("an upload can have this record"),
            store: Rc::clone(store),
            options: Options::default(),
            steps: Vec::new(),
            outcome: None,
            reply: None,
            told: 0,
        }
    }

    /// A second process over the same store.
    pub(crate) fn another_process(&self) -> Self {
        Self::process(self.session.policy(), &self.store)
    }

    /// The process dies and is started again: what the store has not confirmed is gone.
    pub(crate) fn crash(&mut self) {
        let mut store = self.store.borrow_mut();
        let durable = store.durable.clone();
        store.cache = durable;
        self.session = Session::restore(self.session.policy(), store.record).expect("its record");
    }

    /// The next thing that the store says, instead of doing what it is asked.
    pub(crate) fn store_says(&mut self, reply: StoreReply) {
        self.store.borrow_mut().says.push_back(reply);
    }

    /// The sync that is due makes only the bytes up to `to` durable, and says so.
    pub(crate) fn store_keeps(&mut self, conn: &mut Conn, to: u64) {
        let Ok(Step::Sync { record, .. }) = self.session.step(&conn.ticket) else { panic!("no sync is due") };
        self.store.borrow_mut().sync(to, record);
        let reply = StoreReply::Synced(Persisted::confirmed(to));
        let taken = self.session.handle_store(&mut conn.ticket, reply);
        taken.expect("the store's answer is taken");
    }

    pub(crate) fn persisted(&self) -> u64 {
        self.session.persisted().get()
    }

    /// The bytes of the published object.
    pub(crate) fn object(&self) -> Option<Vec<u8>> {
        self.store.borrow().object.clone()
    }

    /// Serves one request to its end. What comes of it is the line of a log: `308 bytes=0-6`, or `closed`.
    pub(crate) fn send(&mut self, request: Request<'_>) -> String {
        self.steps.clear();
        self.outcome = None;
        let headers = request.headers();
        let head = decode_request(request.method, &headers[..], request.length, &self.options);
        match head {
            Ok(_) => {
                let mut conn = self.open(request);
                let line = self.finish(&mut conn);
                (self.steps, self.outcome, self.reply) = (conn.steps, conn.outcome, conn.reply);
                line
            }
            Err(error) => {
                let reply = Reply::from(error);
                self.reply = Some(reply);
                reply.to_string()
            }
        }
    }

    /// Serves a request that has to be refused at once: its body is not read, nothing of the upload or its store
    /// changes, no epoch is taken.
    pub(crate) fn refuses(&mut self, request: Request<'_>) -> String {
        let (session, record) = (self.session.clone(), self.store.borrow().record);
        // What a cancel is does not depend on a body, so the machine knows of none: it counts as unread.
        let has_body = request.length != Some(0) || request.method == "DELETE";
        let line = self.send(request);
        assert_eq!(self.session, session, "the session is untouched");
        assert_eq!(self.store.borrow().record, record, "the store is untouched");
        if let Some(outcome) = self.outcome {
            assert_eq!(self.steps, [format!("respond {outcome}")]);
            assert_eq!(outcome.body_read, !has_body, "the body is not read");
        }
        line
    }

    /// The fields of the last reply, one a line.
    pub(crate) fn fields(&self) -> Vec<String> {
        fields(self.reply)
    }

    /// Admits a request; nothing is done for it yet.
    pub(crate) fn open(&mut self, request: Request<'_>) -> Conn {
        let headers = request.headers();
        let head = decode_request(request.method, &headers[..], request.length, &self.options)
            .expect("a request that can be understood");
        Conn {
            ticket: self.session.handle_request(head.intent),
            echo: head.echo,
            end: request.end,
            pieces: request.into_pieces(),
            steps: Vec::new(),
            outcome: None,
            reply: None,
        }
    }

    /// Lets the upload expire.
    pub(crate) fn expire(&mut self) -> Conn {
        Conn {
            ticket: self.session.expire(),
            echo: Echo::default(),
            pieces: VecDeque::new(),
            end: BodyEnd::Clean,
            steps: Vec::new(),
            outcome: None,
            reply: None,
        }
    }

    /// What is due for a request.
    pub(crate) fn due(&self, conn: &Conn) -> String {
        match self.session.step(&conn.ticket) {
            Ok(step) => step.to_string(),
            Err(superseded) => superseded.to_string(),
        }
    }

    /// Serves a request until `due` is due, which is not done.
    pub(crate) fn until(&mut self, conn: &mut Conn, due: &str) {
        for _ in 0..1000 {
            if self.due(conn) == due {
                return;
            }
            assert!(!self.turn(conn), "{due} was never due: {:?}", conn.steps);
        }
        panic!("{due} was never due");
    }

    /// Serves a request to its end.
    pub(crate) fn finish(&mut self, conn: &mut Conn) -> String {
        for _ in 0..1000 {
            if self.turn(conn) {
                return conn.reply.map_or("closed".into(), |reply| reply.to_string());
            }
        }
        panic!("the request does not end: {:?}", &conn.steps[..9]);
    }

    /// Does what is due, and says whether that was all.
    pub(crate) fn turn(&mut self, conn: &mut Conn) -> bool {
        let step = match self.session.step(&conn.ticket) {
            Ok(step) => step,
            Err(superseded) => {
                conn.steps.push(superseded.to_string());
                return true;
            }
        };
        conn.note(step);
        match step {
            Step::ReadBody { .. } => self.read(conn),
            Step::Respond(outcome) => {
                let reply = encode_reply(&outcome, conn.echo, &self.options);
                (conn.outcome, conn.reply) = (Some(outcome), Some(reply));
                self.check_told(reply);
                return true;
            }
            Step::Close => return true,
            step => {
                let reply = self.store.borrow_mut().answer(step);
                let taken = self.session.handle_store(&mut conn.ticket, reply);
                taken.expect("the store's answer is taken");
            }
        }
        false
    }

    fn read(&mut self, conn: &mut Conn) {
        let taken = match conn.pieces.pop_front() {
            Some(piece) => self.session.handle_body(&mut conn.ticket, &piece).map(|write| {
                // There is nothing to store of what is only counted.
                assert!(write.data.is_empty() || self.store.borrow_mut().write(write), "the write is taken");
            }),
            None => self.session.handle_body_end(&mut conn.ticket, conn.end),
        };
        taken.expect("a body is due");
    }

    /// P1: what is told is durable. P2: what is told never falls.
    fn check_told(&mut self, reply: Reply) {
        let Some(told) = reply.persisted else { return };
        let told = told.get();
        assert!(told <= self.store.borrow().durable.len() as u64, "P1: {told} is told");
        assert!(told >= self.told, "P2: {told} is told after {}", self.told);
        self.told = told;
    }
}

fn fields(reply: Option<Reply>) -> Vec<String> {
    let fields = reply.expect("there was a reply").fields();
    let lines = fields.iter().map(|(name, value)| format!("{name}: {}", value.escape_ascii()));
    lines.collect()
}

impl Conn {
    /// The fields of its reply, one a line.
    pub(crate) fn fields(&self) -> Vec<String> {
        fields(self.reply)
    }

    /// The ladder: one line a step, one for the whole body.
    fn note(&mut self, step: Step) {
        let line = match step {
            Step::ReadBody { .. } => "read".to_string(),
            step => step.to_string(),
        };
        if line != "read" || self.steps.last() != Some(&line) {
            self.steps.push(line);
        }
    }
}
