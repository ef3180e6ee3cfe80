//! The campaign: uploads one after the other in a few slots, and kills.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::processes::{Client, PATIENCE, Server, ask, data};
use crate::relay::Relay;
use crate::told::Ledger;

/// How many bytes are synced at a time: a chunk of a client has several syncs in its middle.
const SYNC_EVERY: u64 = 50_021;
/// How many uploads run at once.
const SLOTS: usize = 3;
/// Of so many names each slot takes the next: objects are replaced.
const NAMES: u64 = 2;

/// How it went.
#[derive(Debug, Default)]
pub struct Report {
    pub seed: u64,
    pub servers: u64,
    pub clients: u64,
    /// Whole objects, compared byte for byte.
    pub objects: u64,
    pub sessions: usize,
    /// Answers about sessions that were checked.
    pub answers: u64,
    /// What killed servers left: a temporary file, bytes without a record or an object, a commit that had been begun,
    /// bytes that no record counts.
    pub left: [u64; 4],
    pub seconds: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, servers, clients, objects, sessions, answers, left, seconds } = self;
        let [temporary, orphans, commits, uncounted] = left;
        writeln!(f, "seed {seed}: {servers} kills of a server, {clients} of a client, in {seconds} s")?;
        writeln!(f, "{objects} objects compared, {sessions} sessions, {answers} answers checked")?;
        write!(
            f,
            "left by killed servers: {temporary} temporary files, {orphans} files without a record or an object, "
        )?;
        write!(f, "{commits} commits begun, {uncounted} files longer than their record says")
    }
}

struct Campaign {
    random: u64,
    folder: TempDir,
    ledger: Ledger,
    relay: Relay,
    server: Server,
    slots: Vec<Slot>,
    report: Report,
}

/// One upload after the other.
struct Slot {
    name: String,
    file: PathBuf,
    bytes: Vec<u8>,
    rounds: u64,
    client: Client,
}

pub fn campaign(kills: u64, seed: u64) -> Report {
    let since = Instant::now();
    let mut campaign = Campaign::start(seed);
    while campaign.report.servers + campaign.report.clients < kills {
        campaign.pause();
        campaign.reap();
        match campaign.below(10) {
            0..5 => campaign.kill_server(),
            5..9 => campaign.kill_client(),
            _ => {
                campaign.kill_client();
                campaign.kill_server();
            }
        }
        campaign.probe(12);
    }
    campaign.finish();
    let Campaign { mut report, ledger, .. } = campaign;
    (report.sessions, report.answers, report.seconds) =
        (ledger.sessions(), ledger.answers(), since.elapsed().as_secs());
    report
}

impl Campaign {
    fn start(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::default();
        let relay = Relay::start(&ledger);
        let server = Server::start(&folder.path().join("root"), SYNC_EVERY);
        *relay.server.lock().unwrap() = Some(server.addr.clone());
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let report = Report { seed, ..Report::default() };
        let mut campaign = Self { random, folder, ledger, relay, server, slots: Vec::new(), report };
        for number in 0..SLOTS {
            let slot = campaign.slot(number, 0);
            campaign.slots.push(slot);
        }
        campaign
    }

    /// The next upload of a slot, of an uneven size: some fit into one request, some need several.
    fn slot(&mut self, number: usize, rounds: u64) -> Slot {
        let size = usize::try_from(match self.below(4) {
            0 => self.below(1000),
            1 => 262_144 * (1 + self.below(3)),
            _ => 100_003 + self.below(900_000),
        });
        let bytes = data(self.below(256), size.unwrap());
        let file = self.folder.path().join(format!("source-{number}"));
        fs::write(&file, &bytes).unwrap();
        let name = format!("object-{number}-{}", rounds % NAMES);
        let url = format!("http://{}/upload/storage/v1/b/b/o?uploadType=resumable&name={name}", self.relay.addr);
        let client = Client::start(&file, &url, (rounds + number as u64) % 3 == 2);
        Slot { name, file, bytes, rounds, client }
    }

    /// Some time, or until something is told and a little longer: kills come at any moment, and uploads get on.
    fn pause(&mut self) {
        if self.below(3) > 0 {
            let (before, since) = (self.ledger.answers(), Instant::now());
            while self.ledger.answers() == before && since.elapsed() < Duration::from_secs(2) {
                thread::sleep(Duration::from_micros(200));
            }
        }
        let micros = self.below(60_000) >> self.below(6);
        thread::sleep(Duration::from_micros(micros));
    }

    /// Uploads that have come to their end are compared, and the next ones begin.
    fn reap(&mut self) {
        self.ledger.assert_kept();
        for number in 0..SLOTS {
            if self.has_ended(number) {
                let rounds = self.slots[number].rounds + 1;
                self.slots[number] = self.slot(number, rounds);
            }
        }
    }

    /// Whether an upload has come to its end, which must be a good one.
    fn has_ended(&mut self, number: usize) -> bool {
        let client = &mut self.slots[number].client;
        match client.ended() {
            None => return false,
            Some(status) if status.success() => {}
            Some(status) => panic!("an upload ends with {status}: {}", client.last_words()),
        }
        let Slot { name, bytes, file, .. } = &self.slots[number];
        assert!(!file.with_extension("state").exists(), "a state stays");
        let target = format!("/storage/v1/b/b/o/{name}?alt=media");
        let answer = ask(&self.server.addr, "GET", &target, "", b"").unwrap();
        assert!(answer.status == 200 && answer.body == *bytes, "{name}: {}, other bytes", answer.status);
        self.report.objects += 1;
        true
    }

    fn kill_server(&mut self) {
        *self.relay.server.lock().unwrap() = None;
        self.server.kill();
        self.report.servers += 1;
        let root = self.folder.path().join("root");
        let left = left(&root);
        self.report.left.iter_mut().zip(left).for_each(|(sum, more)| *sum += more);
        self.server = Server::start(&root, SYNC_EVERY);
        *self.relay.server.lock().unwrap() = Some(self.server.addr.clone());
    }

    fn kill_client(&mut self) {
        let number = usize::try_from(self.below(SLOTS as u64)).unwrap();
        let client = &mut self.slots[number].client;
        if client.ended().is_none() {
            client.kill();
            client.again();
            self.report.clients += 1;
        }
    }

    /// Asks the server about the newest sessions.
    fn probe(&self, count: usize) {
        for session in self.ledger.newest(count) {
            let since = Instant::now();
            loop {
                let floor = self.ledger.floor(&session);
                let answer = ask(&self.server.addr, "PUT", &session, "Content-Range: bytes */*\r\n", b"").unwrap();
                self.ledger.answered(&session, floor, answer.status, answer.persisted);
                // While it is committed.
                if answer.status < 500 {
                    break;
                }
                assert!(since.elapsed() < PATIENCE, "{session}: {} for ever", answer.status);
                thread::sleep(Duration::from_millis(5));
            }
        }
        self.ledger.assert_kept();
    }

    /// No more kills: every upload comes to its end, every session is asked, and nothing is left over.
    fn finish(&mut self) {
        let since = Instant::now();
        for number in 0..SLOTS {
            while !self.has_ended(number) {
                assert!(since.elapsed() < PATIENCE, "an upload does not come to its end");
                thread::sleep(Duration::from_millis(1));
            }
        }
        self.probe(usize::MAX);
        assert_eq!(self.server.signal(Signal::TERM), Some(0));
        let root = self.folder.path().join("root");
        // A session that no client has come back to may have bytes that do not count: its next request removes them.
        let [temporary, orphans, commits, _] = left(&root);
        assert_eq!([temporary, orphans, commits], [0; 3], "left over after an orderly end");
    }

    /// The next number below this one.
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }
}

/// A record, and how far its last whole line says that the upload has come.
fn read_record(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    let (record, lines) = text.split_once('\n').unwrap();
    let mut record: Value = serde_json::from_str(record).unwrap();
    for upload in lines.lines().map_while(|line| serde_json::from_str(line).ok()) {
        record["upload"] = upload;
    }
    record
}

/// What there is under a root between two steps, in the order of [`Report::left`].
fn left(root: &Path) -> [u64; 4] {
    let list = |folder: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let (records, objects) = (list("uploads"), list("objects/b"));
    let is_json = |path: &&PathBuf| path.extension().is_some_and(|it| it == "json");
    let read = |path: &PathBuf| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
    let temporary = records.iter().chain(&objects).filter(|path| !is_json(path)).count();
    let visible: Vec<Value> = objects.iter().filter(is_json).map(|path| read(path)["data"].clone()).collect();
    let (mut orphans, mut commits, mut uncounted) = (0, 0, 0);
    for path in list("data") {
        let id = path.file_name().unwrap().to_str().unwrap();
        let record = root.join(format!("uploads/{id}.json"));
        let record = if record.exists() { read_record(&record) } else { Value::Null };
        let is_open = record["upload"]["state"] == "Open";
        orphans += u64::from(!is_open && !visible.contains(&Value::from(id)));
        commits += u64::from(is_open && !record["object"].is_null());
        let persisted = record["upload"]["persisted"].as_u64();
        uncounted += u64::from(is_open && persisted.is_some_and(|it| it < fs::metadata(&path).unwrap().len()));
    }
    [temporary as u64, orphans, commits, uncounted]
}
