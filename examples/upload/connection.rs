//! One HTTP exchange over TCP: a request goes out, an answer comes in, and nothing a server does makes it hang.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use resumable::http1::{
    Body, Framing, HeadError, MAX_HEAD, MAX_HEADERS, ResponseHead, WriteError, parse_response, write_request,
};

use super::url::Url;

/// How much of an answer's body is read. The connection is closed on a longer one.
const MAX_BODY: usize = 64 * 1024;

/// How many 1xx answers may come before the answer.
const MAX_INTERIM: u32 = 32;

/// How long a write may keep the client from looking whether the server has answered.
const GLANCE: Duration = Duration::from_millis(100);

/// The head of a request.
#[derive(Debug)]
pub struct Request<'r> {
    /// A token.
    pub method: &'r str,
    /// Where it goes.
    pub url: &'r Url,
    /// All fields but Host; with the length of the body.
    pub fields: Vec<(&'r str, &'r [u8])>,
}

/// An answer.
#[derive(Debug)]
pub struct Response<T> {
    /// The status code.
    pub status: u16,
    /// What the caller has read from the head.
    pub head: T,
    /// The body, or the start of a very long one.
    pub text: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The request cannot be written. Nothing was sent.
    #[error("cannot write the request: {0}")]
    Request(#[from] WriteError),
    /// The body of the request cannot be read. A part of it may have been sent.
    #[error("cannot read what to send: {0}")]
    Body(#[source] io::Error),
    /// What the server got and did is not known.
    #[error(transparent)]
    Lost(#[from] Lost),
}

/// Why an answer did not come, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// There is no connection.
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    /// The connection broke.
    #[error("the connection is lost: {0}")]
    Broken(#[from] io::Error),
    /// The server closed the connection.
    #[error("the connection was closed without an answer")]
    Closed,
    /// The server neither took nor sent anything.
    #[error("no sign of the server for {0:?}")]
    Silent(Duration),
    /// What came is not an answer.
    #[error("the answer is malformed: {0}")]
    Head(#[from] HeadError),
    /// There was no end of 1xx answers.
    #[error("expected an answer after {MAX_INTERIM} interim ones, got another")]
    Interim,
    /// A success broke off. It may not have been one: it is asked for again.
    #[error("the answer {status} broke off")]
    Cut {
        /// Its status.
        status: u16,
    },
    /// A success came before the server can have had the body.
    #[error("the answer {status} came before everything was sent")]
    Early {
        /// Its status.
        status: u16,
    },
}

/// Makes connections, and keeps the last one while the server allows it.
#[derive(Debug)]
pub struct Connections {
    timeout: Duration,
    idle: Option<Connection>,
}

impl Connections {
    /// `timeout` is how long a server may be silent; not zero.
    pub fn new(timeout: Duration) -> Self {
        let idle = None;
        Self { timeout, idle }
    }

    /// Sends one request and reads the answer to it; `read` takes from its head what the caller needs. No redirect is
    /// followed.
    ///
    /// An answer that comes while the body is still being sent ends the sending, unless it is a success. A success
    /// counts only if everything was sent. A kept connection that turns out to be dead is not replaced: what came
    /// through it is not known, so that is for the caller to decide.
    pub fn exchange<T>(
        &mut self,
        request: &Request<'_>,
        body: &mut dyn BufRead,
        mut read: impl FnMut(&ResponseHead<'_, '_>) -> T,
    ) -> Result<Response<T>, ExchangeError> {
        let mut head = vec![0; MAX_HEAD];
        let (target, host) = (request.url.target(), request.url.authority());
        let fields = request.fields.iter().copied();
        let len = write_request(&mut head, request.method, target, host, fields)?;
        let mut connection = match self.idle.take().and_then(|idle| idle.if_usable(host)) {
            Some(idle) => idle,
            None => Connection::open(request.url, self.timeout)?,
        };
        let all_sent = connection.send(&mut head[..len].chain(body), request.method)?;
        let (response, reusable) = connection.receive(request.method, all_sent, &mut read)?;
        self.idle = reusable.then_some(connection);
        Ok(response)
    }
}

#[derive(Debug)]
struct Connection {
    host: String,
    timeout: Duration,
    stream: TcpStream,
    /// What has come and is not used yet.
    input: Vec<u8>,
    interim: u32,
}

impl Connection {
    fn open(url: &Url, timeout: Duration) -> Result<Self, Lost> {
        let mut error = io::Error::other("the host has no address");
        for address in url.address().to_socket_addrs().map_err(Lost::Connect)? {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_write_timeout(Some(GLANCE.min(timeout)))?;
                    return Ok(Self {
                        host: url.authority().to_owned(),
                        timeout,
                        stream,
                        input: Vec::new(),
                        interim: 0,
                    });
                }
                Err(failed) => error = failed,
            }
        }
        Err(Lost::Connect(error))
    }

    /// The kept connection, unless it leads elsewhere, was closed, or has brought something that nobody asked for.
    fn if_usable(mut self, host: &str) -> Option<Self> {
        self.interim = 0;
        let is_quiet = self.input.is_empty() && self.take_in().is_err_and(|error| is_timeout(&error));
        (self.host == host && is_quiet).then_some(self)
    }

    /// Sends all of `bytes`, or as much as makes sense; whether it was all.
    fn send(&mut self, bytes: &mut dyn BufRead, method: &str) -> Result<bool, ExchangeError> {
        let mut heard = Instant::now();
        loop {
            let piece = bytes.fill_buf().map_err(ExchangeError::Body)?;
            if piece.is_empty() {
                return Ok(true);
            }
            if self.is_answered(method)? {
                return Ok(false);
            }
            match self.stream.write(piece) {
                Ok(sent) => {
                    bytes.consume(sent);
                    heard = Instant::now();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) && heard.elapsed() < self.timeout => {}
                Err(error) if is_timeout(&error) => return Err(Lost::Silent(self.timeout).into()),
                // The server does not want the rest. It may have said why.
                Err(_) => return Ok(false),
            }
        }
    }

    /// Whether there is an answer already that makes the rest of the request pointless, or nobody to send it to.
    fn is_answered(&mut self, method: &str) -> Result<bool, Lost> {
        let mut status = self.head(method, &mut |head| head.status)?;
        if status.is_none() {
            match self.take_in() {
                Ok(0) => return Ok(true),
                Ok(_) => status = self.head(method, &mut |head| head.status)?,
                Err(error) => return Ok(!is_timeout(&error)),
            }
        }
        Ok(status.is_some_and(|status| status >= 300))
    }

    /// Reads the answer; whether another request may follow on this connection.
    fn receive<T>(
        &mut self,
        method: &str,
        all_sent: bool,
        read: &mut dyn FnMut(&ResponseHead<'_, '_>) -> T,
    ) -> Result<(Response<T>, bool), Lost> {
        let mut deadline = Instant::now() + self.timeout;
        let (status, framing, keep_alive, len, head) = loop {
            let found =
                self.head(method, &mut |head| (head.status, head.body, head.keep_alive, head.len, read(head)))?;
            if let Some(found) = found {
                break found;
            }
            let is_first = self.input.is_empty();
            if self.wait(deadline)? == 0 {
                return Err(Lost::Closed);
            }
            if is_first {
                deadline = Instant::now() + self.timeout;
            }
        };
        self.input.drain(..len);
        let (text, end) = self.body(framing);
        let is_success = (200..300).contains(&status);
        if is_success && !all_sent {
            return Err(Lost::Early { status });
        }
        if is_success && end == End::Cut {
            return Err(Lost::Cut { status });
        }
        let reusable = keep_alive && all_sent && end == End::Read;
        Ok((Response { status, head, text }, reusable))
    }

    /// What `read` makes of the answer's head, if all of it has come. Interim answers are skipped.
    fn head<T>(&mut self, method: &str, read: &mut dyn FnMut(&ResponseHead<'_, '_>) -> T) -> Result<Option<T>, Lost> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let interim = match parse_response(&self.input, &mut headers, method)? {
                None => return Ok(None),
                Some(head) if head.status >= 200 => return Ok(Some(read(&head))),
                Some(head) => head.len,
            };
            self.input.drain(..interim);
            self.interim += 1;
            if self.interim > MAX_INTERIM {
                return Err(Lost::Interim);
            }
        }
    }

    /// Reads the body of an answer, within limits; the start of it, and how it ended.
    fn body(&mut self, framing: Framing) -> (Vec<u8>, End) {
        let deadline = Instant::now() + self.timeout;
        let (mut body, mut text, mut used) = (Body::new(framing), Vec::new(), 0);
        while !body.is_end() {
            let Ok(decoded) = body.decode(&self.input) else {
                return (text, End::Cut);
            };
            let room = decoded.data.len().min(MAX_BODY - text.len());
            text.extend_from_slice(&decoded.data[..room]);
            used += decoded.consumed;
            let stuck = decoded.consumed == 0;
            self.input.drain(..decoded.consumed);
            if used > MAX_BODY {
                return (text, End::TooLong);
            }
            if stuck {
                match self.wait(deadline) {
                    Ok(0) if body.is_clean_at_close() => return (text, End::Read),
                    Ok(0) | Err(_) => return (text, End::Cut),
                    Ok(_) => {}
                }
            }
        }
        (text, End::Read)
    }

    /// Takes in what comes next, and waits for it until `deadline`. 0 is the end.
    fn wait(&mut self, deadline: Instant) -> Result<usize, Lost> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Lost::Silent(self.timeout));
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.read() {
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                read => return Ok(read?),
            }
        }
    }

    /// Takes in what is there, without waiting. 0 is the end.
    fn take_in(&mut self) -> io::Result<usize> {
        self.stream.set_nonblocking(true)?;
        let read = self.read();
        self.stream.set_nonblocking(false)?;
        read
    }

    fn read(&mut self) -> io::Result<usize> {
        let mut buf = [0; 8192];
        let read = self.stream.read(&mut buf)?;
        self.input.extend_from_slice(&buf[..read]);
        Ok(read)
    }
}

/// How the body of an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Where it said.
    Read,
    /// It goes on, but enough of it was read.
    TooLong,
    /// It broke off, or is malformed.
    Cut,
}

/// Whether a call ended because of a time limit. Systems differ in what they call it.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
