//! One connection to a server, in plain bytes: what is sent may be no HTTP at all, what comes is read strictly.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use resumable::fields::{Field, Fields, is_named};
use resumable::http1::{Body, Framing, MAX_HEADERS, parse_response};

use super::case::{Finding, Stop, Verdict};

/// The most of an answer that is read: no answer of this protocol but an object's bytes is large.
const MAX_ANSWER: usize = 64 << 20;

pub struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
    patience: Duration,
    /// The peer takes no more bytes.
    broken: bool,
}

/// An answer, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The statuses of the 1xx responses before it.
    pub interim: Vec<u16>,
    pub fields: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Whether the connection may carry another request.
    pub keep_alive: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    #[error("no connection: {0}")]
    Connect(String),
    #[error("closed without an answer")]
    Closed,
    #[error("reset without an answer")]
    Reset,
    #[error("no answer within {} s", .0.as_secs_f32())]
    Late(Duration),
    #[error("no answer that can be read: {0}")]
    Malformed(String),
    #[error("an answer of more than {MAX_ANSWER} bytes, which nobody has sent")]
    Large,
}

impl From<NoAnswer> for Stop {
    /// Where an answer is owed.
    fn from(none: NoAnswer) -> Self {
        let verdict = if none == NoAnswer::Large { Verdict::Wrong } else { Verdict::Crash };
        Self(Finding::new(verdict, none.to_string()))
    }
}

impl Fields for Answer {
    fn field(&self, name: &str) -> Field<'_> {
        let mut found = self.fields.iter().filter(|(field, _)| is_named(field.as_bytes(), name));
        match (found.next(), found.next()) {
            (None, _) => Field::Absent,
            (Some((_, value)), None) => Field::One(value),
            (Some(_), Some(_)) => Field::Repeated,
        }
    }
}

impl fmt::Display for Answer {
    /// `308 bytes=0-42`, or the status and the first words of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for interim in &self.interim {
            write!(f, "{interim} ")?;
        }
        write!(f, "{}", self.status)?;
        match self.field("range") {
            Field::One(range) => write!(f, " {}", range.escape_ascii())?,
            Field::Repeated => f.write_str(" (several Range)")?,
            Field::Absent => {}
        }
        if self.status >= 400 && !self.body.is_empty() {
            let text = String::from_utf8_lossy(&self.body);
            let line: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
            write!(f, " {}", line.escape_debug())?;
        }
        Ok(())
    }
}

impl Wire {
    pub fn connect(host: (&str, u16), patience: Duration) -> Result<Self, NoAnswer> {
        let connect = || {
            let address = host.to_socket_addrs()?.next().ok_or(ErrorKind::NotFound)?;
            let stream = TcpStream::connect_timeout(&address, patience)?;
            stream.set_nodelay(true)?;
            stream.set_write_timeout(Some(patience))?;
            io::Result::Ok(stream)
        };
        let stream = connect().map_err(|error| NoAnswer::Connect(error.to_string()))?;
        Ok(Self { stream, unread: Vec::new(), patience, broken: false })
    }

    /// Sends bytes. Whether the peer still takes them is no matter: it may have answered before.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.broken = self.broken || self.stream.write_all(bytes.as_ref()).is_err();
    }

    /// Sends bytes one by one, each in a packet of its own.
    pub fn trickle(&mut self, bytes: &[u8]) {
        for byte in bytes.chunks(1) {
            self.send(byte);
        }
    }

    /// Says that nothing more will be sent (FIN). Answers can still be read.
    pub fn finish(&mut self) {
        self.broken = self.broken || self.stream.shutdown(Shutdown::Write).is_err();
    }

    /// Ends the connection at once (RST): what is still under way is lost.
    pub fn reset(self) {
        // An error means that it is gone already.
        let _ = rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
    }

    /// Reads one answer, and the 1xx before it, to the end of its body.
    pub fn answer(&mut self, to_method: &str) -> Result<Answer, NoAnswer> {
        let deadline = Instant::now() + self.patience;
        let mut interim = Vec::new();
        loop {
            let mut answer = self.head(to_method, deadline)?;
            if answer.status < 200 {
                interim.push(answer.status);
            } else {
                answer.interim = interim;
                return Ok(answer);
            }
        }
    }

    /// Reads one response, which may be a 1xx.
    pub fn response(&mut self, to_method: &str) -> Result<Answer, NoAnswer> {
        self.response_within(to_method, self.patience)
    }

    /// The same with less patience.
    pub fn response_within(&mut self, to_method: &str, patience: Duration) -> Result<Answer, NoAnswer> {
        self.head(to_method, Instant::now() + patience)
    }

    /// Whether the connection ends within `patience` without another byte.
    pub fn ends(&mut self, patience: Duration) -> bool {
        self.unread.is_empty() && matches!(self.fill(Instant::now() + patience), Ok(0) | Err(NoAnswer::Reset))
    }

    fn head(&mut self, to_method: &str, deadline: Instant) -> Result<Answer, NoAnswer> {
        let (mut answer, framing) = loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let parsed = parse_response(&self.unread, &mut headers, to_method);
            if let Some(head) = parsed.map_err(|error| NoAnswer::Malformed(error.to_string()))? {
                let fields = head.headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec()));
                let answer = Answer {
                    status: head.status,
                    fields: fields.collect(),
                    keep_alive: head.keep_alive,
                    ..Answer::default()
                };
                let (len, framing) = (head.len, head.body);
                self.unread.drain(..len);
                break (answer, framing);
            }
            if self.fill(deadline)? == 0 {
                return Err(if self.unread.is_empty() {
                    NoAnswer::Closed
                } else {
                    NoAnswer::Malformed("closed inside its head".to_owned())
                });
            }
        };
        answer.body = self.body(framing, deadline)?;
        Ok(answer)
    }

    fn body(&mut self, framing: Framing, deadline: Instant) -> Result<Vec<u8>, NoAnswer> {
        let (mut body, mut data) = (Body::new(framing), Vec::new());
        while !body.is_end() {
            let decoded = body.decode(&self.unread).map_err(|error| NoAnswer::Malformed(error.to_string()))?;
            data.extend_from_slice(decoded.data);
            let consumed = decoded.consumed;
            self.unread.drain(..consumed);
            if data.len() > MAX_ANSWER {
                return Err(NoAnswer::Large);
            }
            if consumed == 0 && self.fill(deadline)? == 0 {
                if body.is_clean_at_close() {
                    break;
                }
                return Err(NoAnswer::Malformed("closed inside its body".to_owned()));
            }
        }
        Ok(data)
    }

    /// Reads more. 0 is the end.
    fn fill(&mut self, deadline: Instant) -> Result<usize, NoAnswer> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                return Err(NoAnswer::Late(self.patience));
            }
            match self.stream.read(&mut buffer) {
                Ok(len) => {
                    self.unread.extend_from_slice(&buffer[..len]);
                    return Ok(len);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(NoAnswer::Late(self.patience));
                }
                Err(_) => return Err(NoAnswer::Reset),
            }
        }
    }
}
