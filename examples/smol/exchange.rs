//! One HTTP exchange over TCP, on a connection of its own: a request goes out while its answer is waited for.

use std::cell::Cell;
use std::future::pending;
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::time::{Duration, Instant};

use resumable::http1::{
    Body, Framing, HeadError, MAX_HEAD, MAX_HEADERS, ResponseHead, WriteError, parse_response, write_request,
};
use smol::Timer;
use smol::fs::File;
use smol::future::or;
use smol::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use smol::net::TcpStream;

use super::url::Url;

/// How much of the source is read at once.
const PIECE: u64 = 256 * 1024;

/// How much of an answer's body is kept, for messages.
const MAX_TEXT: usize = 1024;

/// How much of it is read. What is longer, whoever sends it, is not waited for.
const MAX_BODY: usize = 64 * 1024;

/// How many 1xx answers may come before the answer.
const MAX_INTERIM: u32 = 32;

/// A request. Its body is this range of a file.
#[derive(Debug)]
pub struct Request<'r> {
    /// A token.
    pub method: &'r str,
    /// Where it goes.
    pub url: &'r Url,
    /// All fields but Host and Connection; with the length of the body.
    pub fields: Vec<(&'r str, &'r [u8])>,
    /// Offsets in the file.
    pub body: Range<u64>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer<T> {
    /// The status code.
    pub status: u16,
    /// What the caller has read from the head.
    pub head: T,
    /// The start of the body.
    pub text: String,
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
    /// The connection could not be made, or broke.
    #[error("the connection is lost: {0}")]
    Broken(#[from] io::Error),
    /// The server neither took nor sent anything.
    #[error("no sign of the server for {0:?}")]
    Silent(Duration),
    /// What came is not an answer.
    #[error("the answer is malformed: {0}")]
    Head(#[from] HeadError),
    /// There was no end of 1xx answers.
    #[error("expected an answer after {MAX_INTERIM} interim ones, got another")]
    Interim,
    /// A success broke off, or came before the server can have had the body: it may not have been one.
    #[error("the answer {0} is not whole, or came too early")]
    Doubtful(u16),
}

/// Sends one request and reads its answer; `read` takes from its head what the caller needs. An answer that comes
/// while the body is still being sent ends the sending.
pub async fn exchange<T>(
    request: &Request<'_>,
    file: &mut File,
    silence: Duration,
    read: impl Fn(&ResponseHead<'_, '_>) -> T,
) -> Result<Answer<T>, ExchangeError> {
    let mut head = vec![0; MAX_HEAD];
    let fields = request.fields.iter().copied().chain([("Connection", &b"close"[..])]);
    let len = write_request(&mut head, request.method, request.url.target(), request.url.authority(), fields)?;
    let progress = Progress { moved: Cell::new(Instant::now()), is_sent: Cell::new(false) };
    let carried = async {
        let stream = TcpStream::connect(request.url.address()).await.map_err(Lost::Broken)?;
        stream.set_nodelay(true).map_err(Lost::Broken)?;
        let send = async {
            send(stream.clone(), &head[..len], file, request.body.clone(), &progress).await?;
            // Whether all was sent or the server does not want the rest: the answer is the end.
            pending().await
        };
        or(async { Ok(receive(stream.clone(), request.method, &read, &progress).await?) }, send).await
    };
    or(carried, async { Err(progress.stalled(silence).await.into()) }).await
}

/// Whether anything moves.
struct Progress {
    moved: Cell<Instant>,
    is_sent: Cell<bool>,
}

impl Progress {
    fn note(&self) {
        self.moved.set(Instant::now());
    }

    /// Ready when nothing has moved for so long.
    async fn stalled(&self, silence: Duration) -> Lost {
        loop {
            let left = silence.saturating_sub(self.moved.get().elapsed());
            if left.is_zero() {
                return Lost::Silent(silence);
            }
            Timer::after(left).await;
        }
    }
}

async fn send(
    mut stream: TcpStream,
    head: &[u8],
    file: &mut File,
    body: Range<u64>,
    progress: &Progress,
) -> Result<(), ExchangeError> {
    let mut at = body.start;
    let mut piece = head.to_vec();
    file.seek(SeekFrom::Start(at)).await.map_err(ExchangeError::Body)?;
    loop {
        let mut rest = &piece[..];
        while !rest.is_empty() {
            // An error is a server that does not want the rest. It may have said why.
            let Ok(len) = stream.write(rest).await else { return Ok(()) };
            rest = &rest[len..];
            progress.note();
        }
        if at == body.end {
            progress.is_sent.set(true);
            return Ok(());
        }
        piece.resize(usize::try_from(PIECE.min(body.end - at)).unwrap_or(usize::MAX), 0);
        file.read_exact(&mut piece).await.map_err(ExchangeError::Body)?;
        at += piece.len() as u64;
    }
}

async fn receive<T>(
    mut stream: TcpStream,
    method: &str,
    read: &impl Fn(&ResponseHead<'_, '_>) -> T,
    progress: &Progress,
) -> Result<Answer<T>, Lost> {
    let (mut input, mut interim) = (Vec::new(), 0);
    let (status, head, framing) = loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let len = match parse_response(&input, &mut headers, method)? {
            None => {
                if fill(&mut stream, &mut input, progress).await? == 0 {
                    return Err(Lost::Broken(io::ErrorKind::UnexpectedEof.into()));
                }
                continue;
            }
            Some(head) if head.status >= 200 => {
                let found = (head.status, read(&head), head.body);
                let len = head.len;
                input.drain(..len);
                break found;
            }
            Some(head) => head.len,
        };
        input.drain(..len);
        interim += 1;
        if interim > MAX_INTERIM {
            return Err(Lost::Interim);
        }
    };
    let is_success = (200..300).contains(&status);
    if is_success && !progress.is_sent.get() {
        return Err(Lost::Doubtful(status));
    }
    match text(&mut stream, input, framing, progress).await {
        (text, is_whole) if is_whole || !is_success => Ok(Answer { status, head, text }),
        _ => Err(Lost::Doubtful(status)),
    }
}

/// Reads the body of an answer; its start, and whether it came to its end.
async fn text(stream: &mut TcpStream, mut input: Vec<u8>, framing: Framing, progress: &Progress) -> (String, bool) {
    let (mut body, mut text, mut used) = (Body::new(framing), Vec::new(), 0);
    let is_whole = loop {
        if body.is_end() || used > MAX_BODY {
            break true;
        }
        let Ok(decoded) = body.decode(&input) else { break false };
        let room = decoded.data.len().min(MAX_TEXT - text.len());
        text.extend_from_slice(&decoded.data[..room]);
        let consumed = decoded.consumed;
        used += consumed;
        input.drain(..consumed);
        if consumed == 0 {
            match fill(stream, &mut input, progress).await {
                Ok(0) | Err(_) => break body.is_clean_at_close(),
                Ok(_) => {}
            }
        }
    };
    (String::from_utf8_lossy(&text).into_owned(), is_whole)
}

/// Takes in what comes next. 0 is the end.
async fn fill(stream: &mut TcpStream, input: &mut Vec<u8>, progress: &Progress) -> io::Result<usize> {
    let mut buffer = [0; 8192];
    let len = stream.read(&mut buffer).await?;
    input.extend_from_slice(&buffer[..len]);
    progress.note();
    Ok(len)
}
