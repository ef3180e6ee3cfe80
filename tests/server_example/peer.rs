//! A server in this process, and a peer that speaks to it in plain bytes.

use std::fmt::{Arguments, Write as _};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::server::{Config, Server, Stopper};

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server that is stopped at the end of its test.
pub struct Host {
    /// `127.0.0.1:PORT`.
    pub addr: String,
    log: Arc<Mutex<Vec<String>>>,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// A server on `root`.
    #[allow(clippy::needless_pass_by_value, reason = "most tests make one just for this")]
    pub fn on(root: &Path, config: Config) -> Self {
        let log = Arc::<Mutex<Vec<String>>>::default();
        let server = bind(root, &config, &log);
        Self {
            addr: server.addr().to_string(),
            log,
            stopper: server.stopper(),
            thread: Some(thread::spawn(move || server.run())),
        }
    }

    /// A server on a new folder, which lives as long as the second value.
    pub fn start(config: Config) -> (Self, TempDir) {
        let root = tempfile::tempdir().unwrap();
        (Self::on(root.path(), config), root)
    }

    pub fn connect(&self) -> Peer {
        Peer::connect(&self.addr)
    }

    /// What the server has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// A new upload of an object of this name into the bucket `b`: the path and query of its session.
    pub fn create(&self, name: &str) -> String {
        let target = format!("/upload/storage/v1/b/b/o?uploadType=resumable&name={name}");
        let reply = self.connect().ask("POST", &target, &[], b"");
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.location(&self.addr)
    }

    /// One request on a connection of its own.
    pub fn put(&self, session: &str, range: &str, body: &[u8]) -> Reply {
        self.connect().put(session, range, body)
    }

    /// How much of an upload is persisted.
    pub fn persisted(&self, session: &str) -> u64 {
        let reply = self.put(session, "bytes */*", b"");
        assert_eq!(reply.status, 308, "{reply:?}");
        reply.range()
    }

    /// The bytes of an object in the bucket `b`, if there is one.
    pub fn media(&self, name: &str) -> Option<Vec<u8>> {
        let target = format!("/storage/v1/b/b/o/{name}?alt=media");
        let reply = self.connect().ask("GET", &target, &[], b"");
        assert!(matches!(reply.status, 200 | 404), "{reply:?}");
        (reply.status == 200).then_some(reply.body)
    }

    /// Stops the server and waits until it has.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
    }
}

fn bind(root: &Path, config: &Config, log: &Arc<Mutex<Vec<String>>>) -> Server {
    let since = Instant::now();
    loop {
        let lines = Arc::clone(log);
        let write = Box::new(move |line: Arguments<'_>| lines.lock().unwrap().push(line.to_string()));
        match Server::bind("127.0.0.1:0".parse().unwrap(), root.to_owned(), config.clone(), write) {
            Ok(server) => return server,
            // Another test has just started a process: until that runs its own program it has all files of this one,
            // also the lock of a server that has stopped.
            Err(error) if error.kind() == ErrorKind::WouldBlock && since.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// One connection.
pub struct Peer {
    pub stream: TcpStream,
    addr: String,
    unread: Vec<u8>,
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// All lines but the first, in lower case names.
    fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Peer {
    pub fn connect(addr: &str) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, addr: addr.to_owned(), unread: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a whole request and reads its answer.
    pub fn ask(&mut self, method: &str, target: &str, fields: &[&str], body: &[u8]) -> Reply {
        let length = format!("Content-Length: {}", body.len());
        let fields: Vec<&str> = fields.iter().copied().chain([length.as_str()]).collect();
        self.send(head(&self.addr, method, target, &fields));
        self.send(body);
        self.reply()
    }

    pub fn put(&mut self, session: &str, range: &str, body: &[u8]) -> Reply {
        self.ask("PUT", session, &[&format!("Content-Range: {range}")], body)
    }

    /// The head of a request with these fields and a Host.
    pub fn head(&self, method: &str, target: &str, fields: &[&str]) -> Vec<u8> {
        head(&self.addr, method, target, fields)
    }

    /// Reads one answer.
    pub fn reply(&mut self) -> Reply {
        let end = self.read_until(|unread| unread.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4));
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap()[..3].parse().unwrap();
        let fields = lines.map(|line| line.split_once(": ").unwrap());
        let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let mut reply = Reply { status, fields, body: Vec::new() };
        let length = reply.field("content-length").map_or(0, |length| length.parse().unwrap());
        self.read_until(|unread| (unread.len() >= length).then_some(length));
        reply.body = self.unread.drain(..length).collect();
        reply
    }

    /// The connection has to have an end, with nothing before it.
    pub fn assert_closed(&mut self) {
        assert_eq!(self.rest(), "");
    }

    /// Reads to the end of the connection: it has to have one, by a close or a reset.
    pub fn rest(&mut self) -> String {
        if let Err(error) = self.stream.read_to_end(&mut self.unread) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        }
        self.unread.drain(..).as_slice().escape_ascii().to_string()
    }

    fn read_until(&mut self, enough: impl Fn(&[u8]) -> Option<usize>) -> usize {
        let mut buffer = [0; 4096];
        loop {
            if let Some(end) = enough(&self.unread) {
                return end;
            }
            let len = self.stream.read(&mut buffer).unwrap();
            assert_ne!(len, 0, "closed after {}", self.unread.escape_ascii());
            self.unread.extend_from_slice(&buffer[..len]);
        }
    }
}

impl Reply {
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(field, _)| field == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is given twice");
        value
    }

    /// All values of a field that may be given more than once.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// The body, without what differs from server to server: where an object and its bytes are.
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.field("content-type"), Some("application/json; charset=UTF-8"));
        let mut json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        if let Some(object) = json.as_object_mut() {
            object.remove("mediaLink");
            object.remove("selfLink");
        }
        json
    }

    /// How much is persisted, as `Range` says.
    pub fn range(&self) -> u64 {
        self.field("range").map_or(0, |range| {
            let last: u64 = range.strip_prefix("bytes=0-").unwrap().parse().unwrap();
            last + 1
        })
    }

    /// The path and query of the session at `addr` that `Location` names.
    pub fn location(&self, addr: &str) -> String {
        self.field("location").unwrap().strip_prefix(&format!("http://{addr}")).unwrap().to_owned()
    }
}

fn head(host: &str, method: &str, target: &str, fields: &[&str]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
    for field in fields {
        write!(head, "{field}\r\n").unwrap();
    }
    head += "\r\n";
    head.into_bytes()
}

/// Bytes that depend on their position, also above 256 and 65536.
pub fn data(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at ^ (at >> 8).wrapping_mul(29) ^ (at >> 16).wrapping_mul(53)).to_le_bytes()[0]).collect()
}
