//! A little server that keeps the protocol, or breaks it in one way: the kit has to notice.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use resumable::google::{Options, RequestError, decode_creation, decode_request};
use resumable::http1::{self, Body, Framing, MAX_HEADERS, parse_request};
use resumable::{Append, Extent, Intent};

/// In which way it breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// Bytes after a gap are appended as if there were none (S03).
    AppendsAtGaps,
    /// Resent bytes are appended again (S14).
    AppendsOverlaps,
    /// Resent bytes replace those that were kept.
    RewritesOverlaps,
    /// A cut or short body is credited with what its head promised (S15).
    CreditsPromises,
    /// A cut body ends the upload.
    FinishesCuts,
    /// Any question with a total ends the upload (S12).
    FinishesOnQuestions,
    /// `Range` tells the length instead of the last position (S13).
    OffByOne,
    /// `Range` tells `0--1` when nothing is kept (S23).
    RangeOfNothing,
    /// A question with a smaller total truncates (S27).
    Truncates,
    /// An older request goes on after a newer one has been admitted.
    NoFence,
    /// What is kept can be read as an object before the end.
    PublishesEarly,
    /// A success whose object is not kept.
    LosesObjects,
    /// After completion other data replaces the object.
    RewritesAfterCompletion,
    /// A cancelled upload goes on.
    IgnoresCancels,
    /// What follows a refused head is read as the next one.
    ReadsBodiesAsHeads,
    /// Numbers wrap in 32 bits.
    Wraps,
    /// A malformed `Content-Range` gets 500 (S05).
    FailsOnMalformed,
    /// A malformed `Content-Range` gets no answer.
    HangsUpOnMalformed,
    /// A cut body ends the process, or as good as that.
    DiesOfCuts,
}

pub struct WrongServer {
    pub addr: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Upload {
    name: String,
    kept: Vec<u8>,
    total: Option<u64>,
    epoch: u64,
    is_complete: bool,
    is_cancelled: bool,
}

struct Shared {
    flaw: Flaw,
    stop: Arc<AtomicBool>,
    uploads: Mutex<Vec<Upload>>,
    objects: Mutex<HashMap<String, Vec<u8>>>,
}

struct Reply {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl WrongServer {
    pub fn start(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = Arc::<AtomicBool>::default();
        let (uploads, objects) = Default::default();
        let shared = Arc::new(Shared { flaw, stop: Arc::clone(&stop), uploads, objects });
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // An error is a peer that is gone.
                thread::spawn(move || stream.map(|stream| Connection { stream, unread: Vec::new() }.serve(&shared)));
            }
        });
        Self { addr, stop, thread: Some(thread) }
    }
}

impl Drop for WrongServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // It looks up only when somebody comes.
        let _ = TcpStream::connect(self.addr);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn upload(&self) -> MutexGuard<'_, Vec<Upload>> {
        self.uploads.lock().unwrap()
    }

    fn object(&self, name: &str) -> Reply {
        let early = self
            .upload()
            .iter()
            .find(|upload| upload.name == name && !upload.kept.is_empty())
            .map(|it| it.kept.clone());
        let early = early.filter(|_| self.flaw == Flaw::PublishesEarly);
        match self.objects.lock().unwrap().get(name).cloned().or(early) {
            Some(body) => Reply { body, ..reply(200) },
            None => reply(404),
        }
    }

    fn create(&self, target: &str, total: Option<u64>) -> Reply {
        let name = target.rsplit_once("name=").map_or("", |(_, name)| name).to_owned();
        let mut uploads = self.upload();
        uploads.push(Upload { name, total, ..Upload::default() });
        reply(200).with("Location", format!("/session/{}", uploads.len() - 1))
    }

    fn incomplete(&self, upload: &Upload) -> Reply {
        match (upload.kept.len(), self.flaw) {
            (0, Flaw::RangeOfNothing) => reply(308).with("Range", "bytes=0--1".to_owned()),
            (0, _) => reply(308),
            (kept, Flaw::OffByOne) => reply(308).with("Range", format!("bytes=0-{kept}")),
            (kept, _) => reply(308).with("Range", format!("bytes=0-{}", kept - 1)),
        }
    }

    fn complete(&self, upload: &mut Upload) -> Reply {
        upload.is_complete = true;
        if self.flaw != Flaw::LosesObjects {
            self.objects.lock().unwrap().insert(upload.name.clone(), upload.kept.clone());
        }
        reply(200)
    }

    /// Takes a request on; `Err` is its answer already.
    fn admit(&self, id: usize, intent: &Intent) -> Result<(u64, Append), Reply> {
        let mut uploads = self.upload();
        let Some(upload) = uploads.get_mut(id) else { return Err(reply(404)) };
        if upload.is_complete && self.flaw != Flaw::RewritesAfterCompletion {
            return Err(if *intent == Intent::Cancel { reply(404) } else { reply(200) });
        }
        if upload.is_cancelled {
            return Err(reply(499));
        }
        match *intent {
            Intent::Cancel => {
                upload.is_cancelled = self.flaw != Flaw::IgnoresCancels;
                upload.epoch += 1;
                Err(reply(499))
            }
            Intent::Status(status) if status.body != Some(0) => Err(reply(400)),
            Intent::Status(status) => {
                let kept = upload.kept.len() as u64;
                if self.flaw == Flaw::Truncates && status.total.is_some_and(|total| total < kept) {
                    upload.kept.truncate(usize::try_from(status.total.unwrap()).unwrap());
                }
                let closes = status.total == Some(kept) && upload.total.is_none_or(|total| total == kept);
                let closes = closes || self.flaw == Flaw::FinishesOnQuestions && status.total.is_some();
                Err(if closes { self.complete(upload) } else { self.incomplete(upload) })
            }
            Intent::Append(append) => {
                let append = self.wrapped(append);
                if append.at > upload.kept.len() as u64 && self.flaw != Flaw::AppendsAtGaps {
                    return Err(reply(503));
                }
                let differs = |total| upload.total.is_some_and(|declared| declared != total);
                let length = append.body.map(|length| append.at + length);
                let mismatch = matches!((append.extent, length), (Extent::To(end), Some(length)) if end != length);
                if append.total.is_some_and(differs) || mismatch && self.flaw != Flaw::CreditsPromises {
                    return Err(reply(400));
                }
                upload.total = upload.total.or(append.total);
                upload.epoch += 1;
                Ok((upload.epoch, append))
            }
        }
    }

    fn wrapped(&self, append: Append) -> Append {
        let wrap = |number: u64| if self.flaw == Flaw::Wraps { number & 0xffff_ffff } else { number };
        let extent = match append.extent {
            Extent::To(end) => Extent::To(wrap(end)),
            extent => extent,
        };
        Append { at: wrap(append.at), extent, total: append.total.map(wrap), ..append }
    }

    /// Keeps bytes of a body; `false` if a newer request has taken over.
    fn keep(&self, id: usize, epoch: u64, at: u64, data: &[u8]) -> bool {
        let mut uploads = self.upload();
        let upload = &mut uploads[id];
        if upload.epoch != epoch && self.flaw != Flaw::NoFence {
            return false;
        }
        if upload.is_complete && self.flaw != Flaw::RewritesAfterCompletion {
            return true;
        }
        let at = usize::try_from(at).unwrap();
        let skipped = upload.kept.len().saturating_sub(at).min(data.len());
        match self.flaw {
            Flaw::AppendsOverlaps => upload.kept.extend(data),
            Flaw::RewritesOverlaps | Flaw::RewritesAfterCompletion => {
                upload.kept[at..at + skipped].copy_from_slice(&data[..skipped]);
                upload.kept.extend(&data[skipped..]);
            }
            _ => upload.kept.extend(&data[skipped..]),
        }
        true
    }

    /// Answers an append of which so many bytes came, if an answer is owed.
    fn end(&self, id: usize, epoch: u64, append: &Append, came: u64, clean: bool) -> Option<Reply> {
        let mut uploads = self.upload();
        let upload = &mut uploads[id];
        if upload.epoch != epoch && self.flaw != Flaw::NoFence {
            return None;
        }
        let end = append.at + came;
        if self.flaw == Flaw::CreditsPromises
            && let Extent::To(end) = append.extent
        {
            upload.kept.resize(upload.kept.len().max(usize::try_from(end).unwrap()), 0);
        }
        if !clean && self.flaw != Flaw::FinishesCuts {
            return None;
        }
        let is_short = matches!(append.extent, Extent::To(wanted) if wanted != end);
        if is_short && !matches!(self.flaw, Flaw::CreditsPromises | Flaw::FinishesCuts) {
            return Some(reply(400));
        }
        let is_last =
            append.extent == Extent::Last || append.total.is_some() && append.extent == Extent::To(append.total?);
        let is_whole = upload.total.is_none_or(|total| total == upload.kept.len() as u64);
        let is_whole =
            is_whole || matches!(self.flaw, Flaw::AppendsAtGaps | Flaw::FinishesCuts | Flaw::AppendsOverlaps);
        Some(if is_last && is_whole { self.complete(upload) } else { self.incomplete(upload) })
    }
}

/// A request head that borrows nothing.
struct Head {
    path: String,
    /// What a creation says of its total.
    total: Option<u64>,
    framing: Framing,
    decoded: Result<resumable::google::Request, RequestError>,
    expects: bool,
}

struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    fn serve(mut self, shared: &Shared) -> io::Result<()> {
        while let Some(reply) = self.request(shared)? {
            let mut head = format!("HTTP/1.1 {} -\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
            for (name, value) in &reply.fields {
                head += &format!("{name}: {value}\r\n");
            }
            let close = reply.status >= 400 && shared.flaw != Flaw::ReadsBodiesAsHeads;
            head += if close { "Connection: close\r\n\r\n" } else { "\r\n" };
            self.stream.write_all(&[head.as_bytes(), &reply.body].concat())?;
            if close {
                self.stream.shutdown(std::net::Shutdown::Write)?;
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
            Err(error) => return Ok(Some(reply(resumable::google::Reply::from(error).status))),
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
                    if !shared.keep(id, epoch, append.at + came, &data) {
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
                    return if error.kind() == io::ErrorKind::Other { Ok(Some(self::reply(400))) } else { Ok(reply) };
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

impl Reply {
    fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }
}

fn reply(status: u16) -> Reply {
    Reply { status, fields: Vec::new(), body: Vec::new() }
}
