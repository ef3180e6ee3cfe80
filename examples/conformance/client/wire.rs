//! The scripted server's connections: requests in, acts out.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use resumable::http1::{Body, Framing, MAX_HEADERS, Options, parse_request};

use super::act::Act;
use super::seen::Seen;
use super::stage::{MAX_REQUESTS, Script, Stage};

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
    /// Serves connections until the run is over: those of the host, and those of the other one.
    pub fn serve(&self, listeners: &[TcpListener; 2]) -> io::Result<()> {
        listeners.iter().try_for_each(|listener| listener.set_nonblocking(true))?;
        thread::scope(|scope| {
            while !self.is_over.load(Ordering::SeqCst) {
                for (n, listener) in listeners.iter().enumerate() {
                    match listener.accept() {
                        Ok((stream, _)) => {
                            scope.spawn(move || {
                                // An error is a client that is gone.
                                let _ = self.connection(stream, n > 0);
                            });
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PULSE / 20),
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(())
        })
    }

    fn connection(&self, stream: TcpStream, elsewhere: bool) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PULSE))?;
        stream.set_write_timeout(Some(PULSE))?;
        let mut connection = Connection { stream, unread: Vec::new(), is_over: &self.is_over };
        while let Some((mut seen, framing, expects)) = connection.head()? {
            seen.elsewhere = elsewhere;
            let limit = lock(&self.script).reads(&seen);
            let rest = connection.body(&mut seen, framing, limit.unwrap_or(MAX_BODY), expects)?;
            let Some(act) = self.act(&seen) else { return Ok(()) };
            if !connection.play(act, rest)? {
                break;
            }
        }
        Ok(())
    }

    /// What to do with a request; `None` if there were too many.
    fn act(&self, seen: &Seen) -> Option<Act> {
        let mut stage = lock(&self.stage);
        if stage.requests == MAX_REQUESTS {
            self.is_capped.store(true, Ordering::SeqCst);
            return None;
        }
        stage.requests += 1;
        stage.check(seen);
        let act = match lock(&self.script).act(&mut stage, seen) {
            Act::Honest => stage.honest(seen),
            act => act,
        };
        lock(&self.exchange).extend([format!("> {seen}"), format!("< {}", act.describe())]);
        Some(act)
    }
}

struct Connection<'p> {
    stream: TcpStream,
    unread: Vec<u8>,
    is_over: &'p AtomicBool,
}

impl Connection<'_> {
    /// Does it; whether the connection goes on. `rest` is what was not read of the request's body.
    fn play(&mut self, act: Act, rest: Body) -> io::Result<bool> {
        match act {
            Act::Honest => {}
            Act::Answer(bytes) => {
                self.write(&bytes)?;
                // What was not read of the body is not the next head.
                self.skip(rest)?;
                return Ok(true);
            }
            Act::Close(bytes) => self.write(&bytes)?,
            Act::Reset => rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO))?,
            Act::Hold(bytes) => {
                self.write(&bytes)?;
                self.wait(Duration::MAX);
            }
            Act::Stream { head, piece, times, pause } => {
                self.write(&head)?;
                for _ in 0..times {
                    self.write(&piece)?;
                    self.wait(pause);
                }
            }
        }
        Ok(false)
    }

    /// Waits so long, or until the run is over.
    fn wait(&self, time: Duration) {
        let since = Instant::now();
        while since.elapsed() < time && !self.is_over.load(Ordering::SeqCst) {
            thread::sleep(PULSE.min(time));
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) if is_pause(&error) && !self.is_over.load(Ordering::SeqCst) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next head, its body's framing, and whether the client waits for 100.
    fn head(&mut self) -> io::Result<Option<(Seen, Framing, bool)>> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            // Some clients send both, which is for a server to refuse; the script is to see it.
            let options = Options { allow_length_with_chunked: true };
            let parsed = parse_request(&self.unread, &mut headers, options);
            if parsed.is_err() {
                self.unread.clear();
                return Ok(Some((Seen::malformed(), Framing::Length(0), false)));
            }
            if let Ok(Some(head)) = parsed {
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
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
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
        let mut buffer = [0; 16 * 1024];
        while !self.is_over.load(Ordering::SeqCst) {
            match self.stream.read(&mut buffer) {
                Ok(len) => {
                    self.unread.extend_from_slice(&buffer[..len]);
                    return Ok(len);
                }
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }
}

/// Whether a call ended only to look whether the run is over.
fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
