//! How to embed the client in async code: the loop that does what [`Upload::step`] says.
//!
//! The machine is a plain value, so nothing is held across an `.await` but what the loop itself owns. The future may be
//! dropped anywhere: what the server has kept is asked for by whoever resumes.

use std::io;
use std::ops::Range;
use std::time::Duration;

use resumable::Intent;
use resumable::client::{ClientError, ClientPolicy, Failure, Length, Step, Upload, Verdict, Violation};
use resumable::google::{self, CreationKind, Text, Unencodable};
use smol::Timer;
use smol::fs::File;

use super::exchange::{Answer, ExchangeError, Request, exchange};
use super::url::Url;

/// How to upload.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How to send and how to be patient.
    pub policy: ClientPolicy,
    /// For the jitter of the waits.
    pub seed: u64,
    /// How long a connection may be silent.
    pub silence: Duration,
    /// The type of the object.
    pub content_type: Option<String>,
}

/// Why an upload has failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine has ended it.
    #[error("{0}{text}", text = if .1.is_empty() { String::new() } else { format!(" (the server: {})", .1) })]
    Failed(Failure, String),
    /// The file cannot be read.
    #[error("cannot read the source: {0}")]
    Source(#[source] io::Error),
    /// A setting cannot be written into a request.
    #[error("cannot write the request: {0}")]
    Request(#[from] resumable::http1::WriteError),
    /// This loop is not what the machine expects: a mistake in this program.
    #[error(transparent)]
    Loop(#[from] ClientError),
    /// The machine asks for a request that there is not: a mistake in the library.
    #[error(transparent)]
    Unencodable(#[from] Unencodable),
    /// The machine asks for something that this program does not know.
    #[error("expected a step that this program knows, got: {0}")]
    Step(Step),
}

/// Where the lines of the exchange go.
pub type Log = dyn Fn(String);

/// Uploads the first `length` bytes of a file to a new session, which it asks for at `url`.
pub async fn upload(file: &mut File, length: u64, url: &Url, settings: &Settings, log: &Log) -> Result<u64, Error> {
    let mut upload = Upload::new(Length::Known(length), settings.policy, settings.seed);
    let mut session = Session { creation: url, url: None, settings, text: String::new(), log };
    loop {
        match upload.step() {
            Step::Create { attempt, total } => match session.create(file, total).await? {
                Some(verdict) => upload.handle_response(attempt, verdict)?,
                None => upload.handle_lost(attempt)?,
            },
            Step::Send { attempt, intent, body } => match session.send(file, &intent, body).await? {
                Some(verdict) => upload.handle_response(attempt, verdict)?,
                None => upload.handle_lost(attempt)?,
            },
            Step::Wait(delay) => {
                log(format!("wait {:.3} s", delay.as_secs_f64()));
                Timer::after(delay).await;
                upload.handle_waited()?;
            }
            Step::Done { size } => return Ok(size),
            Step::Failed(failure) => return Err(Error::Failed(failure, session.text)),
            step => return Err(Error::Step(step)),
        }
    }
}

/// One session on its server.
struct Session<'s> {
    creation: &'s Url,
    /// Where the session is, once there is one.
    url: Option<Url>,
    settings: &'s Settings,
    /// What the server has said beside its last answer.
    text: String,
    log: &'s Log,
}

impl Session<'_> {
    /// Asks for a session. `None` if there is no answer.
    async fn create(&mut self, file: &mut File, total: Option<u64>) -> Result<Option<Verdict>, Error> {
        let about = google::encode_creation(CreationKind::Json, total, self.settings.content_type.as_deref());
        let length = Text::number(0);
        let fields = about.iter().chain([("Content-Length", length.as_bytes())]).collect();
        (self.log)("POST".to_owned());
        let url = self.creation;
        let request = Request { method: "POST", url, fields, body: 0..0 };
        let answer = exchange(&request, file, self.settings.silence, |head| {
            let (verdict, location) = google::decode_creation_reply(head.status, head.headers);
            (verdict, location.map(|location| url.resolve(location)))
        });
        let Some(answer) = self.heard(answer.await)? else { return Ok(None) };
        Ok(Some(match answer {
            (verdict, None) => verdict,
            (verdict, Some(Ok(location))) => {
                self.url = Some(location);
                verdict
            }
            (_, Some(Err(error))) => {
                self.text = format!("Location: {error}");
                Verdict::Violation(Violation::Address)
            }
        }))
    }

    /// Sends one request to the session. `None` if there is no answer.
    async fn send(&mut self, file: &mut File, intent: &Intent, body: Range<u64>) -> Result<Option<Verdict>, Error> {
        let head = google::encode_request(intent)?;
        let fields = head.fields();
        (self.log)(head.to_string());
        // There is a session, or the machine would ask for one; at its creation URL there is none to send to.
        let url = self.url.as_ref().unwrap_or(self.creation);
        let request = Request { method: head.method, url, fields: fields.iter().collect(), body };
        let answer =
            exchange(&request, file, self.settings.silence, |head| google::decode_reply(head.status, head.headers));
        let answer = answer.await;
        self.heard(answer)
    }

    /// Sets what is only lost apart from what cannot be helped.
    fn heard<T>(&mut self, answer: Result<Answer<T>, ExchangeError>) -> Result<Option<T>, Error> {
        match answer {
            Ok(Answer { status, head, text }) => {
                // One line that neither tells a secret nor controls the terminal.
                let text = self.url.iter().fold(self.creation.redact(&text), |text, url| url.redact(&text));
                self.text = text.split(|c: char| c.is_whitespace() || c.is_control()).collect::<Vec<_>>().join(" ");
                (self.log)(format!("{status}"));
                Ok(Some(head))
            }
            Err(ExchangeError::Lost(lost)) => {
                (self.log)(format!("no answer: {lost}"));
                Ok(None)
            }
            Err(ExchangeError::Body(error)) => Err(Error::Source(error)),
            Err(ExchangeError::Request(error)) => Err(Error::Request(error)),
        }
    }
}
