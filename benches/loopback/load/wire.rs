//! One connection: a head and a body out, an answer in.

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use resumable::http1::{Framing, MAX_HEADERS, parse_response};

/// How much of a body is sent in one call.
const BODY: usize = 8 << 20;

/// How long an answer may take: a slow disk syncs a GiB in the meantime.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct Wire {
    stream: TcpStream,
    addr: SocketAddr,
    body: Vec<u8>,
    buffer: Vec<u8>,
    /// How many files and objects were begun, so that each has a name of its own.
    pub(crate) count: u64,
}

/// How the end of an answer is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// It is one byte.
    Byte,
    Http,
    /// It has no body, whatever its head says (RFC 9110, section 9.3.2).
    Head,
}

/// What counts of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
}

impl Wire {
    pub(crate) fn connect(addr: SocketAddr) -> io::Result<Self> {
        // Position-dependent, and nothing that a disk could make smaller.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let words = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_ne_bytes()
        });
        let body = words.take(BODY / 8).flatten().collect();
        // After that, so that the server does not wait for it.
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, addr, body, buffer: vec![0; 16 * 1024], count: 0 })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Sends a request with so many bytes of body, and waits for its answer.
    pub(crate) fn exchange(&mut self, head: &[u8], mut body: u64, form: Form) -> io::Result<Answer> {
        let part = self.part(body);
        self.send(head, part)?;
        body -= part as u64;
        while body > 0 {
            let part = self.part(body);
            self.stream.write_all(&self.body[..part])?;
            body -= part as u64;
        }
        self.answer(form)
    }

    fn part(&self, body: u64) -> usize {
        usize::try_from(body).unwrap_or(usize::MAX).min(self.body.len())
    }

    /// The head and the start of the body in one call, as long as the system takes both.
    fn send(&mut self, head: &[u8], part: usize) -> io::Result<()> {
        let body = &self.body[..part];
        let sent = self.stream.write_vectored(&[IoSlice::new(head), IoSlice::new(body)])?;
        if sent < head.len() {
            self.stream.write_all(&head[sent..])?;
        }
        self.stream.write_all(&body[sent.saturating_sub(head.len())..])
    }

    fn answer(&mut self, form: Form) -> io::Result<Answer> {
        let mut held = 0;
        loop {
            if held == self.buffer.len() {
                return Err(io::Error::other(format!("expected an answer of at most {held} bytes, got a longer one")));
            }
            match self.stream.read(&mut self.buffer[held..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                len => held += len,
            }
            if form == Form::Byte {
                return Ok(Answer { status: 200, location: None });
            }
            if let Some(answer) = parse(&self.buffer[..held], form)? {
                return Ok(answer);
            }
        }
    }
}

/// The answer, if it is whole. Bodies with a length or without any are all that is expected of a server here.
fn parse(held: &[u8], form: Form) -> io::Result<Option<Answer>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let method = if form == Form::Head { "HEAD" } else { "PUT" };
    let Some(response) = parse_response(held, &mut headers, method).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let rest = &held[response.len..];
    let is_whole = match response.body {
        Framing::Length(length) => rest.len() as u64 >= length,
        Framing::Chunked => rest.ends_with(b"0\r\n\r\n"),
        Framing::UntilClose => return Err(io::Error::other("expected the length of an answer, got none")),
    };
    let location = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("location"));
    let location = location.map(|field| String::from_utf8_lossy(field.value).into_owned());
    Ok(is_whole.then_some(Answer { status: response.status, location }))
}
