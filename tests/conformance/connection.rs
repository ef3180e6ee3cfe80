//! The connections of the little server.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;

use resumable::google::{self, Options, RequestError, decode_creation, decode_request};
use resumable::http1::{self, Body, Framing, MAX_HEADERS, parse_request};
use resumable::{Append, Extent};

use super::{Flaw, Reply, Shared, reply};

/// A request head that borrows nothing.
struct Head {
    path: String,
    /// What a creation says of its total.
    total: Option<u64>,
    framing: Framing,
    decoded: Result<google::Request, RequestError>,
    expects: bool,
}

pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    pub fn serve(mut self, shared: &Shared) -> io::Result<()> {
        while let Some(reply) = self.request(shared)? {
            let mut head = format!("HTTP/1.1 {} -\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
            for (name, value) in &reply.fields {
                head.extend([*name, ": ", value, "\r\n"]);
            }
            let close = reply.status >= 400 && shared.flaw != Flaw::ReadsBodiesAsHeads;
            head += if close { "Connection: close\r\n\r\n" } else { "\r\n" };
            self.stream.write_all(&[head.as_bytes(), &reply.body].concat())?;
            if close {
                self.stream.shutdown(Shutdown::Write)?;
                io::copy(&mut self.stream, &mut io::sink())?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Serves one request; `None` closes the connection.
    fn request(&mut self, shared: &Shared) -> io::Result<Option<Reply>> {
        let head = match self.head()? {
            Ok(head) => head,
            Err(status) => return Ok((status != 0).then(|| reply(status))),
        };
        let mut body = Body::new(head.framing);
        if let Some(name) = head.path.strip_prefix("/object/") {
            return Ok(Some(shared.object(name)));
        }
        if head.path.starts_with("/create") {
            while self.read(&mut body)?.is_some() {}
            return Ok(Some(shared.create(&head.path, head.total)));
        }
        let intent = match head.decoded {
            Ok(request) => request.intent,
            Err(_) if shared.flaw == Flaw::FailsOnMalformed => return Ok(Some(reply(500))),
            Err(_) if shared.flaw == Flaw::HangsUpOnMalformed => return Ok(None),
            Err(error) => return Ok(Some(reply(google::Reply::from(error).status))),
        };
        let id = head.path.strip_prefix("/session/").and_then(|id| id.parse().ok()).unwrap_or(usize::MAX);
        let (epoch, append) = match shared.admit(id, &intent) {
            Ok(admitted) => admitted,
            Err(reply) => {
                while reply.status < 400 && self.read(&mut body)?.is_some() {}
                return Ok(Some(reply));
            }
        };
        if head.expects {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        self.append(shared, id, epoch, &append, body)
    }

    fn append(
        &mut self,
        shared: &Shared,
        id: usize,
        epoch: u64,
        append: &Append,
        mut body: Body,
    ) -> io::Result<Option<Reply>> {
        let limit = match append.extent {
            Extent::To(end) => end - append.at,
            Extent::Body | Extent::Last => append.total.map_or(u64::MAX, |total| total - append.at),
        };
        let mut came = 0;
        loop {
            match self.read(&mut body) {
                Ok(Some(data)) if came + data.len() as u64 > limit => return Ok(Some(reply(400))),
                Ok(Some(data)) => {
                    if !shared.keep(id, epoch, append.at.saturating_add(came), &data) {
                        return Ok(None);
                    }
                    came += data.len() as u64;
                }
                Ok(None) => return Ok(shared.end(id, epoch, append, came, true)),
                Err(_) if shared.flaw == Flaw::DiesOfCuts => {
                    shared.stop.store(true, Ordering::SeqCst);
                    return Ok(None);
                }
                Err(error) => {
                    let reply = shared.end(id, epoch, append, came, false);
                    return if error.kind() == io::ErrorKind::Other { Ok(Some(super::reply(400))) } else { Ok(reply) };
                }
            }
        }
    }

    /// The next head; `Err` is the status of a refusal, 0 if there is nobody any more.
    fn head(&mut self) -> io::Result<Result<Head, u16>> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            match parse_request(&self.unread, &mut headers, http1::Options::default()) {
                Err(error) => return Ok(Err(error.status())),
                Ok(Some(head)) => {
                    let decoded = decode_request(head.method, head.headers, head.body.length(), &Options::default());
                    // The target may be a whole URL.
                    let path = head.target.split_once("://").and_then(|(_, rest)| Some(&rest[rest.find('/')?..]));
                    let path = path.unwrap_or(head.target).to_owned();
                    let total = decode_creation(head.headers).ok().and_then(|creation| creation.total);
                    let found = Head { path, total, framing: head.body, decoded, expects: head.expect_continue };
                    let len = head.len;
                    self.unread.drain(..len);
                    return Ok(Ok(found));
                }
                Ok(None) => {}
            }
            if self.fill()? == 0 {
                return Ok(Err(0));
            }
        }
    }

    /// The next data of the body; `None` at its clean end.
    fn read(&mut self, body: &mut Body) -> io::Result<Option<Vec<u8>>> {
        loop {
            if body.is_end() {
                return Ok(None);
            }
            let decoded = body.decode(&self.unread).map_err(io::Error::other)?;
            let (data, consumed) = (decoded.data.to_vec(), decoded.consumed);
            self.unread.drain(..consumed);
            if !data.is_empty() {
                return Ok(Some(data));
            }
            if consumed == 0 && self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let len = self.stream.read(&mut buffer)?;
        self.unread.extend_from_slice(&buffer[..len]);
        Ok(len)
    }
}
