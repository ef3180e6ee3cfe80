//! A relay at one address, while the servers behind it come and go. It reads along and notes what is told.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use resumable::fields::{Field, Fields};
use resumable::http1::{Body, MAX_HEADERS, Options, parse_request, parse_response};

use crate::told::{Ledger, Told};

pub struct Relay {
    pub addr: SocketAddr,
    /// Where the server is, while there is one.
    pub server: Arc<Mutex<Option<String>>>,
}

/// A request that waits for its answer.
struct Asked {
    method: String,
    target: String,
    floor: Told,
}

type Queue = Arc<Mutex<VecDeque<Asked>>>;

impl Relay {
    /// It runs as long as the process.
    pub fn start(ledger: &Ledger) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let server = Arc::<Mutex<Option<String>>>::default();
        let (ledger, target) = (ledger.clone(), Arc::clone(&server));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let addr = target.lock().unwrap().clone();
                if let Some(server) = addr.and_then(|addr| TcpStream::connect(addr).ok()) {
                    join(&client, &server, &ledger);
                }
            }
        });
        Self { addr, server }
    }
}

fn join(client: &TcpStream, server: &TcpStream, ledger: &Ledger) {
    let queue = Queue::default();
    let clone = |stream: &TcpStream| stream.try_clone().unwrap();
    let mut requests = Requests { buffer: Vec::new(), body: None, queue: Arc::clone(&queue), ledger: ledger.clone() };
    let (from, to) = (clone(client), clone(server));
    thread::spawn(move || pump(from, to, |bytes| requests.read(bytes)));
    let mut answers = Answers { buffer: Vec::new(), body: None, queue, ledger: ledger.clone() };
    let (from, to) = (clone(server), clone(client));
    thread::spawn(move || pump(from, to, |bytes| answers.read(bytes)));
}

/// What comes is noted first: what was told counts as soon as it has left the server.
fn pump(mut from: TcpStream, mut to: TcpStream, mut note: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        note(&buffer[..len]);
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    // Either may be gone already.
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}

struct Requests {
    buffer: Vec<u8>,
    body: Option<Body>,
    queue: Queue,
    ledger: Ledger,
}

impl Requests {
    fn read(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        while skip(&mut self.buffer, &mut self.body) {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let head = match parse_request(&self.buffer, &mut headers, Options::default()) {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(error) => return self.ledger.violated(format!("a request cannot be read: {error}")),
            };
            let floor = self.ledger.floor(head.target);
            let asked = Asked { method: head.method.to_owned(), target: head.target.to_owned(), floor };
            self.queue.lock().unwrap().push_back(asked);
            self.body = Some(Body::new(head.body));
            let len = head.len;
            self.buffer.drain(..len);
        }
    }
}

struct Answers {
    buffer: Vec<u8>,
    body: Option<Body>,
    queue: Queue,
    ledger: Ledger,
}

impl Answers {
    fn read(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        while skip(&mut self.buffer, &mut self.body) {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut queue = self.queue.lock().unwrap();
            let Some(asked) = queue.front() else { return };
            let head = match parse_response(&self.buffer, &mut headers, &asked.method) {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(error) => return self.ledger.violated(format!("an answer cannot be read: {error}")),
            };
            let (len, body) = (head.len, head.body);
            if head.status >= 200 {
                if let Field::One(location) = head.headers.field("location") {
                    let location = std::str::from_utf8(location).unwrap();
                    let path = location.splitn(4, '/').nth(3).unwrap();
                    self.ledger.created(&format!("/{path}"));
                } else if asked.method == "PUT" {
                    let persisted = persisted(head.headers.field("range"));
                    self.ledger.answered(&asked.target, asked.floor, head.status, persisted);
                }
                queue.pop_front();
                self.body = Some(Body::new(body));
            }
            drop(queue);
            self.buffer.drain(..len);
        }
    }
}

/// How much `Range: bytes=0-N` says.
pub fn persisted(range: Field<'_>) -> u64 {
    range.one().map_or(0, |range| {
        let last = std::str::from_utf8(range).unwrap().strip_prefix("bytes=0-").unwrap();
        last.parse::<u64>().unwrap() + 1
    })
}

/// Skips a body; whether the next head may follow.
fn skip(buffer: &mut Vec<u8>, body: &mut Option<Body>) -> bool {
    while let Some(left) = body.as_mut().filter(|body| !body.is_end()) {
        let consumed = left.decode(buffer).map_or(0, |decoded| decoded.consumed);
        buffer.drain(..consumed);
        if consumed == 0 {
            return false;
        }
    }
    !buffer.is_empty()
}
