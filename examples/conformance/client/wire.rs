//! The scripted server's connections: requests in, acts out.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use resumable::http1::{Body, Framing, MAX_HEADERS, Options, parse_request};

use super::stage::{Act, MAX_REQUESTS, Script, Seen, Stage};

/// How often a thread that waits looks whether the run has ended.
const PULSE: Duration = Duration::from_millis(20);

/// The most of one body that is read.
const MAX_BODY: usize = 64 << 20;

/// What the threads of one run share.
pub struct Play<'p> {
    pub stage: Mutex<Stage>,
    pub script: Mutex<Box<dyn Script + 'p>>,
    pub exchange: Mutex<Vec<String>>,
    pub is_over: AtomicBool,
    /// There were too many requests.
    pub is_capped: AtomicBool,
}

impl Play<'_> {
    /// Serves connections until the run is over.
    pub fn serve(&self, listener: &TcpListener) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        thread::scope(|scope| {
            while !self.is_over.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        scope.spawn(move || {
                            // An error is a client that is gone.
                            let _ = self.connection(stream);
                        });
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PULSE / 10),
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
    }

    fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PULSE))?;
        let mut connection = Connection { stream, unread: Vec::new(), is_over: &self.is_over };
        while let Some((mut seen, framing, expects)) = connection.head()? {
            let stage = lock(&self.stage);
            seen.number = stage.requests.len();
            let limit = lock(&self.script).reads(&stage, &seen);
            drop(stage);
            let rest = connection.body(&mut seen, framing, limit.unwrap_or(MAX_BODY), expects)?;

            let mut stage = lock(&self.stage);
            seen.number = stage.requests.len();
            if seen.number == MAX_REQUESTS {
                self.is_capped.store(true, Ordering::SeqCst);
                return Ok(());
            }
            stage.check(&seen);
            let act = match lock(&self.script).act(&mut stage, &seen) {
                Act::Honest => stage.honest(&seen),
                act => act,
            };
            lock(&self.exchange).extend([format!("> {seen}"), format!("< {}", describe(&act))]);
            stage.requests.push(seen);
            drop(stage);
            match act {
                Act::Honest => {}
                Act::Answer(bytes) => {
                    connection.stream.write_all(&bytes)?;
                    // What was not read of the body is not the next head.
                    connection.skip(rest)?;
                }
                Act::Close(bytes) => return connection.stream.write_all(&bytes),
                Act::Reset => {
                    return Ok(rustix::net::sockopt::set_socket_linger(&connection.stream, Some(Duration::ZERO))?);
                }
                Act::Hold(bytes) => {
                    connection.stream.write_all(&bytes)?;
                    while !self.is_over.load(Ordering::SeqCst) {
                        thread::sleep(PULSE);
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

struct Connection<'p> {
    stream: TcpStream,
    unread: Vec<u8>,
    is_over: &'p AtomicBool,
}

impl Connection<'_> {
    /// The next head, its body's framing, and whether the client waits for 100.
    fn head(&mut self) -> io::Result<Option<(Seen, Framing, bool)>> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            // Some clients send both, which is for a server to refuse; the script is to see it.
            let options = Options { allow_length_with_chunked: true };
            if let Some(head) = parse_request(&self.unread, &mut headers, options).map_err(io::Error::other)? {
                let fields = head.headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec()));
                let seen = Seen::new(head.method, head.target, fields.collect());
                let found = (seen, head.body, head.expect_continue);
                let len = head.len;
                self.unread.drain(..len);
                return Ok(Some(found));
            }
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads up to `limit` bytes of a body into `seen`; what is left of it.
    fn body(&mut self, seen: &mut Seen, framing: Framing, limit: usize, expects: bool) -> io::Result<Body> {
        let mut body = Body::new(framing);
        if expects && limit > 0 {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        while !body.is_end() && seen.body.len() < limit {
            let room = self.unread.len().min(limit - seen.body.len());
            let decoded = body.decode(&self.unread[..room]).map_err(io::Error::other)?;
            seen.body.extend_from_slice(decoded.data);
            let consumed = decoded.consumed;
            self.unread.drain(..consumed);
            if consumed == 0 && self.fill()? == 0 {
                break;
            }
        }
        seen.whole = body.is_end();
        Ok(body)
    }

    /// Reads the rest of a body and drops it.
    fn skip(&mut self, mut body: Body) -> io::Result<()> {
        while !body.is_end() {
            let consumed = body.decode(&self.unread).map_err(io::Error::other)?.consumed;
            self.unread.drain(..consumed);
            if consumed == 0 && self.fill()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Reads more. 0 is the end, also that of the run.
    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 64 * 1024];
        while !self.is_over.load(Ordering::SeqCst) {
            match self.stream.read(&mut buffer) {
                Ok(len) => {
                    self.unread.extend_from_slice(&buffer[..len]);
                    return Ok(len);
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                }
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }
}

/// What was done, as one line.
fn describe(act: &Act) -> String {
    let first = |bytes: &[u8]| {
        let head = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let range = bytes.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"Range:")).unwrap_or_default();
        format!("{} {}", head.escape_ascii(), range.trim_ascii_end().escape_ascii()).trim_end().to_owned()
    };
    match act {
        Act::Honest => "(honest)".to_owned(),
        Act::Answer(bytes) => first(bytes),
        Act::Close(bytes) => format!("{} (then closed)", first(bytes)),
        Act::Reset => "(reset)".to_owned(),
        Act::Hold(bytes) => format!("{} (then silence)", first(bytes)),
    }
}

pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
