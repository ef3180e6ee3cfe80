//! How to embed the client: the loop that does what [`Upload::step`] says.
//!
//! What to send, when to ask, when to wait and when to give up is decided by the machine in [`resumable::client`]; what
//! it looks like on the wire by [`resumable::google`] and [`resumable::http1`]. Left for here are the URLs, the source
//! and the clock.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use resumable::Intent;
use resumable::client::{ClientError, ClientPolicy, Failure, Step, Upload};
use resumable::google::Unencodable;
use resumable::http1::WriteError;

use super::event::{Event, Events, Report};
use super::session::{Creation, Session};
use super::source::Source;
use super::url::Url;

/// How to upload.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How to send and how to be patient. Whether the source can be read again, the source says itself.
    pub policy: ClientPolicy,
    /// For the jitter of the waits.
    pub seed: u64,
    /// How long a connection may be silent. Not zero.
    pub timeout: Duration,
    /// How a session is asked for.
    pub creation: Creation,
    /// The type of the object.
    pub content_type: Option<String>,
}

/// Why an upload has failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine has ended it.
    #[error("{failure}{}", last.as_ref().map(|last| format!(" (last: {last})")).unwrap_or_default())]
    Failed {
        /// Why.
        failure: Failure,
        /// The last answer, or why there was none.
        last: Option<String>,
    },
    /// The source cannot be read.
    #[error("cannot read the source: {0}")]
    Source(#[source] io::Error),
    /// A setting cannot be written into a request.
    #[error("cannot write the request: {0}")]
    Request(#[source] WriteError),
    /// The upload was given up.
    #[error("cancelled")]
    Cancelled,
    /// This loop is not what the machine expects: a mistake in this program.
    #[error(transparent)]
    Loop(#[from] ClientError),
    /// The machine asks for a request that there is not: a mistake in the library.
    #[error(transparent)]
    Unencodable(#[from] Unencodable),
    /// The machine asks for a request to a session that there is not: a mistake in the library.
    #[error("expected a session before a request to it, got: {0}")]
    NoSession(Intent),
    /// The machine asks for something that this program does not know.
    #[error("expected a step that this program knows, got: {0}")]
    Step(Step),
}

/// Uploads `source` to a new session, which it asks for at `url`, and tells `events` what happens.
pub fn upload(source: &mut Source, url: &Url, settings: &Settings, events: &mut Events<'_>) -> Result<Report, Error> {
    let begun = Instant::now();
    let policy = ClientPolicy { source: source.kind(), ..settings.policy };
    let mut upload = Upload::new(source.length(), policy, settings.seed);
    let mut session = Session::new(url, settings, events);
    loop {
        match upload.step() {
            Step::Create { attempt, total } => match session.create(total)? {
                Some(verdict) => upload.handle_response(attempt, verdict)?,
                None => upload.handle_lost(attempt)?,
            },
            Step::Send { attempt, intent, body } => match session.send(&intent, source, body)? {
                Some(verdict) => upload.handle_response(attempt, verdict)?,
                None => upload.handle_lost(attempt)?,
            },
            Step::Fill { to } => {
                let (available, ended) = source.fill(to).map_err(Error::Source)?;
                upload.handle_source(available, ended)?;
            }
            Step::Wait(delay) => {
                session.report.retries += 1;
                (session.events)(Event::Wait(delay));
                thread::sleep(delay);
                upload.handle_waited()?;
            }
            Step::Done { size } => {
                let sha256 = source.finish().map_err(Error::Source)?;
                return Ok(Report { size, sha256, time: begun.elapsed(), ..session.report });
            }
            Step::Cancelled => return Err(Error::Cancelled),
            Step::Failed(failure) => {
                let last = session.last;
                return Err(Error::Failed { failure, last });
            }
            step => return Err(Error::Step(step)),
        }
        source.release(upload.persisted().get());
    }
}
