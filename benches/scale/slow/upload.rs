//! One slow upload.

use std::time::Duration;

use resumable::google::{self, CreationKind};
use resumable::http1::{Body, MAX_HEAD, MAX_HEADERS, parse_response, write_request};
use resumable::{Append, Extent, Intent};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Failure;
use crate::random::scatter;

/// The smallest object, in bytes. Each has a size of its own.
const SIZE: u64 = 100_003;

/// How much is sent at once, and how often.
const PIECE: u64 = 211;
const PAUSE: Duration = Duration::from_millis(500);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What an upload has sent.
pub struct Sent {
    /// How many bytes the object has, each of which was compared.
    pub bytes: u64,
    /// How many were sent slowly.
    pub slow: u64,
}

/// An upload whose body has begun.
pub struct Upload {
    stream: TcpStream,
    address: String,
    number: u32,
    object: Vec<u8>,
}

impl Upload {
    /// Creates a session and sends the head of the one request that fills it.
    pub async fn begin(address: &str, number: u32) -> Result<Self, Failure> {
        let size = SIZE + 7 * u64::from(number);
        let object = (0..size).map(|at| scatter(at / 8 + u64::from(number)).to_be_bytes()[(at % 8) as usize]).collect();
        let mut upload =
            Self { stream: TcpStream::connect(address).await?, address: address.to_owned(), number, object };
        upload.stream.set_nodelay(true)?;
        let target = format!("/upload/storage/v1/b/slow/o?uploadType=resumable&name=object-{number}");
        let creation = google::encode_creation(CreationKind::Json, Some(size), None);
        let fields = creation.iter().chain([("Content-Length", &b"0"[..])]);
        upload.send("POST", &target, fields).await?;
        let answer = upload.answer("POST").await?;
        let location = answer.location.ok_or_else(|| format!("expected a session, got {}", answer.status))?;
        let target = location.strip_prefix("http://").and_then(|rest| rest.strip_prefix(address)).unwrap_or(&location);
        let append = Append { at: 0, extent: Extent::To(size), total: Some(size), body: Some(size) };
        let head = google::encode_request(&Intent::Append(append))?;
        upload.send(head.method, target, head.fields().iter()).await?;
        Ok(upload)
    }

    /// Sends the body, slowly until it is to hurry, and compares the object with what was sent.
    pub async fn run(mut self, mut hurry: watch::Receiver<bool>) -> Result<Sent, Failure> {
        let mut rest = 0;
        while timeout(PAUSE, hurry.wait_for(|hurry| *hurry)).await.is_err() {
            // The last byte stays, so that the upload stays open however long this takes.
            let end = (rest + usize::try_from(PIECE)?).min(self.object.len() - 1);
            self.stream.write_all(&self.object[rest..end]).await?;
            rest = end;
        }
        self.stream.write_all(&self.object[rest..]).await?;
        let done = self.answer("PUT").await?;
        if done.status != 200 {
            return Err(format!("expected 200 for object-{}, got {}", self.number, done.status).into());
        }
        let target = format!("/download/storage/v1/b/slow/o/object-{}", self.number);
        self.send("GET", &target, []).await?;
        let read = self.answer("GET").await?;
        if read.status != 200 || read.body != self.object {
            let (status, got) = (read.status, read.body.len());
            let expected = self.object.len();
            let number = self.number;
            return Err(format!(
                "expected object-{number} with the {expected} bytes that were sent, got {status} with {got} bytes"
            )
            .into());
        }
        Ok(Sent { bytes: self.object.len() as u64, slow: rest as u64 })
    }

    async fn send<'n, 'f>(
        &mut self,
        method: &str,
        target: &str,
        fields: impl IntoIterator<Item = (&'n str, &'f [u8])>,
    ) -> Result<(), Failure> {
        let mut head = vec![0; MAX_HEAD];
        let len = write_request(&mut head, method, target, &self.address, fields)?;
        Ok(self.stream.write_all(&head[..len]).await?)
    }

    async fn answer(&mut self, to_method: &str) -> Result<Answer, Failure> {
        timeout(PATIENCE, self.read_answer(to_method)).await?
    }

    async fn read_answer(&mut self, to_method: &str) -> Result<Answer, Failure> {
        let mut input = Vec::new();
        let (mut answer, mut body, len) = loop {
            self.fill(&mut input).await?;
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            if let Some(head) = parse_response(&input, &mut headers, to_method)? {
                let (_, location) = google::decode_creation_reply(head.status, head.headers);
                let location = location.map(|location| String::from_utf8_lossy(location).into_owned());
                let answer = Answer { status: head.status, location, body: Vec::new() };
                break (answer, Body::new(head.body), head.len);
            }
        };
        input.drain(..len);
        while !body.is_end() {
            let decoded = body.decode(&input)?;
            answer.body.extend_from_slice(decoded.data);
            let consumed = decoded.consumed;
            input.drain(..consumed);
            if consumed == 0 {
                self.fill(&mut input).await?;
            }
        }
        Ok(answer)
    }

    async fn fill(&mut self, input: &mut Vec<u8>) -> Result<(), Failure> {
        match self.stream.read_buf(input).await? {
            0 => Err("expected an answer, got the end of the connection".into()),
            _ => Ok(()),
        }
    }
}

struct Answer {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}
