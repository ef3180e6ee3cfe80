//! One connection: bytes to requests, answers to bytes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use resumable::fields::{Field, Fields, is_named};
use resumable::google::{FieldList, Reply};
use resumable::http1::{
    Body, BodyError, Framing, HeadError, MAX_HEAD, MAX_HEADERS, Options, RequestHead, parse_request, write_response,
};

use super::aligned::{ALIGNMENT, Aligned};
use super::answer::{Answer, Content};

/// A long body is handed on in pieces that end at multiples of this, as its chunks do: a file system takes longer where
/// two writes share a page. Larger pieces ask it for larger blocks of memory, which takes less where such blocks are at hand.
const PIECE: usize = 256 * 1024;

/// Room for a piece and the longest head before it, wherever that is put.
const BUFFER: usize = ALIGNMENT + MAX_HEAD + PIECE;

/// How long the first head of a connection is expected to be.
const USUAL_HEAD: usize = 512;

/// How much of a request that was refused is read after the answer, and for how long. A socket that is closed with
/// unread bytes resets the connection, and the client may lose the answer.
const LINGER_BYTES: u64 = 4 << 20;
const LINGER: Duration = Duration::from_secs(2);

pub struct Connection {
    stream: Arc<TcpStream>,
    local: SocketAddr,
    buffer: Aligned,
    /// What was read and not yet used: `buffer[start..end]`.
    start: usize,
    end: usize,
    /// The body of the request that is being served.
    body: Body,
    /// How many bytes of its present piece are still to come.
    piece: usize,
    /// How long its head was. The next one is most likely as long: so much is read at once that it comes with the first
    /// piece of its body, to where that piece is aligned.
    last_head: usize,
    /// The client waits for `100 Continue`.
    expects: bool,
    /// It has asked for a head alone (RFC 9110, section 9.3.2).
    is_head: bool,
    /// What is sent.
    out: Vec<u8>,
    date: Date,
}

/// The present time as answers have it, which stays the same for a second.
#[derive(Default)]
struct Date {
    second: u64,
    text: String,
}

impl Date {
    fn now(&mut self) -> &str {
        let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if self.second != second || self.text.is_empty() {
            *self = Self { second, text: httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second)) };
        }
        &self.text
    }
}

/// A request head that borrows nothing, so that the buffer is free for the body. A connection reads each of its heads
/// into the same one, which then has the room.
pub struct Head {
    pub method: String,
    pub target: String,
    pub body: Framing,
    pub keep_alive: bool,
    /// All of it.
    bytes: Vec<u8>,
    /// Where in it the names and the values of its fields are.
    fields: Vec<(Range<usize>, Range<usize>)>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            method: String::new(),
            target: String::new(),
            body: Framing::Length(0),
            keep_alive: false,
            bytes: Vec::new(),
            fields: Vec::new(),
        }
    }
}

/// Why there is no request, or no more of one.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The peer is gone.
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Head(#[from] HeadError),
    #[error(transparent)]
    Body(#[from] BodyError),
    /// What the body holds is not what its head says.
    #[error("{0}")]
    Content(String),
    /// The peer has said nothing for too long, in the middle of a request.
    #[error("expected the rest of the request, got nothing for too long")]
    Idle,
}

/// Where the bytes of an object come from.
pub trait Incoming {
    /// The next bytes, as they come; `None` at their clean end. The first call tells a client that waits for it to go
    /// on.
    fn read(&mut self) -> Result<Option<&[u8]>, ReadError>;
}

impl Fields for Head {
    fn field(&self, name: &str) -> Field<'_> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (None, _) => Field::Absent,
            (Some(value), None) => Field::One(value),
            (Some(_), Some(_)) => Field::Repeated,
        }
    }
}

impl Head {
    /// Becomes this one, which starts `buffer`.
    fn set(&mut self, head: &RequestHead<'_, '_>, buffer: &[u8]) {
        let place = |part: &[u8]| {
            let start = part.as_ptr().addr() - buffer.as_ptr().addr();
            start..start + part.len()
        };
        self.method.clear();
        self.method.push_str(head.method);
        self.target.clear();
        self.target.push_str(head.target);
        (self.body, self.keep_alive) = (head.body, head.keep_alive);
        self.bytes.clear();
        self.bytes.extend_from_slice(&buffer[..head.len]);
        self.fields.clear();
        self.fields.extend(head.headers.iter().map(|header| (place(header.name.as_bytes()), place(header.value))));
    }

    fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|(name, value)| (&self.bytes[name.clone()], &self.bytes[value.clone()]))
    }

    /// Every value of a field that may be repeated.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields().filter(move |(field, _)| is_named(field, name)).map(|(_, value)| value)
    }

    /// The fields whose names start like this, as text, without it and in lower case.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (String, String)> {
        self.fields().filter_map(move |(field, value)| {
            let field = field.to_ascii_lowercase();
            let rest = field.strip_prefix(prefix.as_bytes())?;
            Some((String::from_utf8_lossy(rest).into_owned(), String::from_utf8_lossy(value).into_owned()))
        })
    }
}

impl Connection {
    /// A peer that says nothing, or takes nothing, for longer than `idle` is given up.
    pub fn new(stream: Arc<TcpStream>, idle: Option<Duration>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(idle)?;
        stream.set_write_timeout(idle)?;
        Ok(Self {
            local: stream.local_addr()?,
            stream,
            buffer: Aligned::new(BUFFER),
            start: 0,
            end: 0,
            body: Body::new(Framing::Length(0)),
            piece: PIECE,
            last_head: USUAL_HEAD,
            expects: false,
            is_head: false,
            // Twice the size: what an answer repeats of a request came in one head.
            out: vec![0; 2 * MAX_HEAD],
            date: Date::default(),
        })
    }

    /// A second handle, for whoever has to end this connection from outside.
    pub fn handle(&self) -> Arc<TcpStream> {
        Arc::clone(&self.stream)
    }

    /// Where the client has connected to.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Reads the head of the next request; false if the client has closed the connection between two of them, or is
    /// silent there.
    pub fn read_head(&mut self, into: &mut Head, options: Options) -> Result<bool, ReadError> {
        self.is_head = false;
        loop {
            let is_between = self.start == self.end;
            if !is_between {
                let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
                let unused = &self.buffer[self.start..self.end];
                if let Some(head) = parse_request(unused, &mut headers, options)? {
                    into.set(&head, unused);
                    self.start += head.len;
                    (self.body, self.piece, self.last_head) = (Body::new(head.body), PIECE, head.len);
                    self.expects = head.expect_continue;
                    self.is_head = head.method == "HEAD";
                    return Ok(true);
                }
            }
            match self.fill(self.last_head.wrapping_neg() % ALIGNMENT, self.last_head + PIECE) {
                Ok(0) | Err(ReadError::Idle) if is_between => return Ok(false),
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether what follows in the connection is the next request.
    pub fn is_body_read(&self) -> bool {
        self.body.is_end()
    }

    pub fn send(&mut self, answer: Answer, keep_alive: bool) -> io::Result<()> {
        let of_dialect = answer.reply.as_ref().map(Reply::fields);
        let fields = of_dialect
            .iter()
            .flat_map(FieldList::iter)
            .chain(answer.fields.iter().map(|(name, value)| (*name, value.as_slice())))
            .chain([("Date", self.date.now().as_bytes())])
            .chain((!keep_alive).then_some(("Connection", &b"close"[..])));
        let len = write_response(&mut self.out, answer.status, fields).map_err(io::Error::other)?;
        let (head, room) = self.out.split_at_mut(len);
        let mut stream = &*self.stream;
        match answer.body {
            _ if self.is_head => stream.write_all(head),
            Content::Bytes(bytes) => match room.get_mut(..bytes.len()) {
                Some(rest) => {
                    rest.copy_from_slice(&bytes);
                    stream.write_all(&self.out[..len + bytes.len()])
                }
                None => stream.write_all(&[&*head, &bytes].concat()),
            },
            Content::File(file, length) => {
                stream.write_all(head)?;
                // A file that has become shorter must not look like one that has been sent.
                let sent = io::copy(&mut file.take(length), &mut stream)?;
                if sent == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
            }
        }
    }

    /// Closes the connection so that the client can read the last answer: what it still sends is read and dropped,
    /// within limits.
    pub fn close(mut self) {
        let deadline = Instant::now() + LINGER;
        let mut dropped = 0;
        if self.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        while dropped < LINGER_BYTES {
            let left = deadline.saturating_duration_since(Instant::now());
            // A timeout of zero is an error: then the time is up.
            if self.stream.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match (&*self.stream).read(&mut self.buffer) {
                Ok(0) => return,
                Ok(len) => dropped += len as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Reads so much more at most, to this place in the buffer if nothing is left there. 0 is the end.
    fn fill(&mut self, at: usize, most: usize) -> Result<usize, ReadError> {
        if self.start == self.end {
            (self.start, self.end) = (at, at);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let room = &mut self.buffer[self.end..];
        let most = most.min(room.len());
        loop {
            match (&*self.stream).read(&mut room[..most]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(len) => {
                    self.end += len;
                    return Ok(len);
                }
                // Systems differ in how they say that the time is up.
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Err(ReadError::Idle);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The body of the request that is being served.
impl Incoming for Connection {
    fn read(&mut self) -> Result<Option<&[u8]>, ReadError> {
        if self.expects {
            self.expects = false;
            let mut head = [0; 32];
            let len = write_response(&mut head, 100, []).map_err(io::Error::other)?;
            (&*self.stream).write_all(&head[..len])?;
        }
        loop {
            if self.body.is_end() {
                return Ok(None);
            }
            let unused = &self.buffer[self.start..self.end];
            let decoded = self.body.decode(&unused[..self.piece.min(unused.len())])?;
            self.start += decoded.consumed;
            if !decoded.data.is_empty() {
                self.piece = if decoded.data.len() == self.piece { PIECE } else { self.piece - decoded.data.len() };
                // The data is the last part of what was consumed.
                let at = self.start - decoded.data.len();
                return Ok(Some(&self.buffer[at..self.start]));
            }
            if decoded.consumed == 0 && self.fill(0, self.piece)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}
