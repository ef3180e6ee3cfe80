//! A server that plays a script: what each request has to be, and what is done with it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use resumable::fields::Fields as _;
use resumable::http1::{Body, Framing, MAX_HEADERS, Options, parse_request};

/// A part of the session's address that nobody may be shown.
pub const TOKEN: &str = "token-that-nobody-may-see";

/// How long the server waits for a client before the test fails.
const PATIENCE: Duration = Duration::from_secs(50);

/// One line of a script: the request (`PUT bytes 0-6/11`), and what is done with it.
pub type Exchange = (String, Action);

/// What is done with one request. `{host}` in an answer stands for the server's host and port.
pub enum Action {
    /// Reads it all, answers, and goes on with the connection.
    Answer(String),
    /// Reads it all, does something else, answers, and goes on with the connection.
    Then(Box<dyn FnOnce() + Send>, String),
    /// Reads so many bytes of its body, does something, sends this, perhaps nothing, and closes.
    Amid(u64, Box<dyn FnOnce() + Send>, String),
    /// Reads it all, answers, does something, and closes.
    After(String, Box<dyn FnOnce() + Send>),
    /// Reads it all, sends this, perhaps nothing, and closes.
    Close(String),
    /// Reads so many bytes of its body, sends this, and closes.
    Cut(u64, String),
    /// Reads so many bytes of its body, sends this, and reads nothing more.
    Hold(u64, String),
    /// Reads so many bytes of its body, sends this, reads the rest, sends that, and goes on with the connection.
    Interrupt(u64, String, String),
    /// Reads it all, sends this and then zeroes, until the client closes.
    Flood(String),
}

/// What came.
#[derive(Debug, Default)]
pub struct Seen {
    /// Where the server was.
    pub port: u16,
    /// Each request, as in the script.
    pub lines: Vec<String>,
    /// Each head, as it came.
    pub heads: Vec<String>,
    /// Each body that is no part of the object.
    pub bodies: Vec<String>,
    /// How many connections were made.
    pub connections: usize,
    /// How many zeroes could be sent.
    pub flooded: u64,
}

/// The most bytes that are read or compared at once.
const PIECE: usize = 65_536;

/// Bytes of the source from that offset on. Each depends on its position, with a period that divides no chunk.
fn piece(offset: u64) -> &'static [u8] {
    static PERIODS: LazyLock<Vec<u8>> = LazyLock::new(|| (0..251).cycle().take(PIECE + 251).collect());
    let start = usize::try_from(offset % 251).unwrap();
    &PERIODS[start..start + PIECE]
}

/// So many bytes of the source.
pub fn bytes(size: u64) -> Vec<u8> {
    let size = usize::try_from(size).unwrap();
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let more = piece(bytes.len() as u64);
        bytes.extend_from_slice(&more[..more.len().min(size - bytes.len())]);
    }
    bytes
}

/// A server in a thread of its own.
pub struct Server {
    pub port: u16,
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<Seen>,
}

impl Server {
    pub fn start(script: Vec<Exchange>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let player = Player { script: script.into_iter(), held: Vec::new(), seen: Seen { port, ..Seen::default() } };
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || player.play(&listener, &stopped));
        Self { port, stop, thread }
    }

    /// Ends it, once the client has ended. Panics if a body had other bytes than the source.
    pub fn stop(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

struct Player {
    script: std::vec::IntoIter<Exchange>,
    /// Connections that are neither read nor closed.
    held: Vec<TcpStream>,
    seen: Seen,
}

impl Player {
    fn play(mut self, listener: &TcpListener, stop: &AtomicBool) -> Seen {
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    self.seen.connections += 1;
                    stream.set_nonblocking(false).unwrap();
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    stream.set_write_timeout(Some(PATIENCE)).unwrap();
                    let mut peer = Some(Peer { stream, input: Vec::new() });
                    while let Some(connection) = peer.take() {
                        peer = self.serve(connection);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if stop.load(Ordering::Relaxed) {
                        return self.seen;
                    }
                    thread::sleep(Duration::from_millis(1));
                }
                Err(error) => panic!("accept: {error}"),
            }
        }
    }

    /// Plays one exchange. The connection, if it goes on.
    fn serve(&mut self, mut peer: Peer) -> Option<Peer> {
        let mut request = peer.head()?;
        self.seen.lines.push(request.line.clone());
        self.seen.heads.push(request.head.clone());
        // What is not in the script is refused for good, so that the client ends.
        let refusal = || (String::new(), Action::Answer(status(400, "not in the script")));
        let (_, action) = self.script.next().unwrap_or_else(refusal);
        match action {
            Action::Answer(answer) => {
                self.seen.bodies.push(peer.body(&mut request, u64::MAX));
                peer.send(&answer);
                return Some(peer);
            }
            Action::Close(answer) => {
                peer.body(&mut request, u64::MAX);
                peer.send(&answer);
            }
            Action::Cut(most, answer) => {
                peer.body(&mut request, most);
                peer.send(&answer);
            }
            Action::Hold(most, answer) => {
                peer.body(&mut request, most);
                peer.send(&answer);
                self.held.push(peer.stream);
            }
            Action::Then(act, answer) => {
                peer.body(&mut request, u64::MAX);
                act();
                peer.send(&answer);
                return Some(peer);
            }
            Action::Amid(most, act, answer) => {
                peer.body(&mut request, most);
                act();
                peer.send(&answer);
            }
            Action::After(answer, act) => {
                peer.body(&mut request, u64::MAX);
                peer.send(&answer);
                act();
            }
            Action::Interrupt(most, first, second) => {
                peer.body(&mut request, most);
                peer.send(&first);
                peer.body(&mut request, u64::MAX);
                peer.send(&second);
                return Some(peer);
            }
            Action::Flood(answer) => {
                peer.body(&mut request, u64::MAX);
                peer.send(&answer);
                while peer.stream.write_all(&[0; 4096]).is_ok() {
                    self.seen.flooded += 4096;
                }
            }
        }
        None
    }
}

struct Request {
    line: String,
    head: String,
    body: Body,
    /// The offset of the body's next byte in the object, if it is a part of it.
    at: Option<u64>,
}

struct Peer {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Peer {
    /// The next request; `None` if the client has closed.
    fn head(&mut self) -> Option<Request> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            if let Some(head) = parse_request(&self.input, &mut headers, Options::default()).unwrap() {
                assert_ne!(head.body, Framing::Chunked, "the client always knows the length");
                let range = head.headers.field("content-range").one();
                let range = range.map(|range| str::from_utf8(range).unwrap());
                let first = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('-'));
                let request = Request {
                    line: [head.method].into_iter().chain(range).collect::<Vec<_>>().join(" "),
                    head: str::from_utf8(&self.input[..head.len]).unwrap().to_owned(),
                    body: Body::new(head.body),
                    at: first.map(|(first, _)| first.parse().unwrap()),
                };
                self.input.drain(..request.head.len());
                return Some(request);
            }
            if self.read() == 0 {
                return None;
            }
        }
    }

    /// Reads up to `most` bytes of a body. Bytes of the object are compared with the source and dropped, others are
    /// returned.
    fn body(&mut self, request: &mut Request, most: u64) -> String {
        let (mut left, mut text) = (most, Vec::new());
        while left > 0 && !request.body.is_end() {
            if self.input.is_empty() && self.read() == 0 {
                break;
            }
            let some = self.input.len().min(PIECE).min(usize::try_from(left).unwrap_or(PIECE));
            let decoded = request.body.decode(&self.input[..some]).unwrap();
            left -= decoded.data.len() as u64;
            match &mut request.at {
                Some(at) => {
                    let is_right = piece(*at).starts_with(decoded.data);
                    assert!(is_right, "{}: not the source's bytes after {at}", request.line);
                    *at += decoded.data.len() as u64;
                }
                None => text.extend_from_slice(decoded.data),
            }
            let consumed = decoded.consumed;
            self.input.drain(..consumed);
        }
        String::from_utf8(text).unwrap()
    }

    /// A client may be gone, and that is its right.
    fn send(&mut self, answer: &str) {
        let host = self.stream.local_addr().unwrap().to_string();
        let answer = answer.replace("{host}", &host);
        let _ = self.stream.write_all(answer.as_bytes());
    }

    fn read(&mut self) -> usize {
        let mut buf = vec![0; PIECE];
        let read = match self.stream.read(&mut buf) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("the client neither sends nor closes: {error}"),
        };
        self.input.extend_from_slice(&buf[..read]);
        read
    }
}

/// An answer with a line of text.
pub fn status(status: u16, text: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

/// The answer to a creation.
pub fn created() -> String {
    format!("HTTP/1.1 200 OK\r\nLocation: /up/{TOKEN}?upload_id={TOKEN}\r\nContent-Length: 0\r\n\r\n")
}

/// 308: so many bytes are persisted.
pub fn kept(bytes: u64) -> String {
    let range = match bytes.checked_sub(1) {
        None => String::new(),
        Some(last) => format!("Range: bytes=0-{last}\r\n"),
    };
    format!("HTTP/1.1 308 Resume Incomplete\r\n{range}Content-Length: 0\r\n\r\n")
}

/// The whole object is there, and that is said of it.
pub fn described(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The whole object is there.
pub fn complete() -> String {
    status(200, "{}")
}
