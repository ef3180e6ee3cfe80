//! How to embed the client: the loop that does what [`Upload::step`] says.
//!
//! What to send, when to ask, when to wait and when to give up is decided by the machine in [`resumable::client`]; what
//! it looks like on the wire by [`resumable::google`] and [`resumable::http1`]. Left for here are the URLs, the source,
//! the clock, and what is kept for the case that this process ends before the upload does.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use resumable::client::{ClientError, ClientPolicy, Failure, Length, Step, Upload};
use resumable::google::Unencodable;
use resumable::http1::WriteError;
use resumable::{ClientSnapshot, Intent};

use super::event::{Event, Events, Report};
use super::session::{Creation, Header, Session};
use super::source::{Changed, Known, Source};
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

/// Where an upload begins.
#[derive(Clone, Debug)]
pub enum Start {
    /// With a session that has to be asked for at this URL.
    New(Url),
    /// With a session that there is already; the source has been told what to [`expect`](Source::expect).
    Resumed {
        /// Where to ask for another one, should it be gone.
        creation: Option<Url>,
        /// Where it is.
        session: Url,
        /// How many bytes it is known to have, and how many it should have in the end.
        record: ClientSnapshot,
    },
}

/// What a later process needs to go on.
#[derive(Debug)]
pub struct Kept<'k> {
    /// Where the session is. A secret.
    pub session: &'k Url,
    /// What the server has acknowledged, and how much there is, if that is known.
    pub record: ClientSnapshot,
    /// What the source is known by.
    pub source: Known,
}

/// Keeps it: called when there is a new session, before any byte goes there, and after each durable progress.
pub type Keep<'k> = dyn FnMut(Kept<'_>) -> io::Result<()> + 'k;

/// One upload.
pub struct Job<'j> {
    /// Where it begins.
    pub start: Start,
    /// Whether the session is to be given up instead.
    pub cancel: bool,
    /// The bytes.
    pub source: &'j mut Source,
    /// How they are sent.
    pub settings: &'j Settings,
    /// Fields for every request.
    pub headers: &'j [Header],
    /// Keeps what a later process needs.
    pub keep: &'j mut Keep<'j>,
    /// Who watches.
    pub events: &'j mut Events<'j>,
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
    /// The source is not what it was.
    #[error("the source has changed: {0}")]
    Changed(#[source] Changed),
    /// The server has other bytes than the source.
    #[error("the server has another object: expected {name} {expected}, got {got}")]
    Checksum {
        /// Of which checksum.
        name: &'static str,
        /// That of the source.
        expected: String,
        /// What the server says.
        got: String,
    },
    /// What a later process would need cannot be kept.
    #[error("cannot keep the state: {0}")]
    Keep(#[source] io::Error),
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
    /// The machine asks for a session where none can be asked for.
    #[error("expected no need of a new session, since there is no URL to ask for one")]
    NoCreation,
    /// The machine asks for something that this program does not know.
    #[error("expected a step that this program knows, got: {0}")]
    Step(Step),
}

impl Error {
    /// For an error of the source.
    pub fn source(error: io::Error) -> Self {
        match error.downcast::<Changed>() {
            Ok(changed) => Self::Changed(changed),
            Err(error) => Self::Source(error),
        }
    }
}

/// Uploads `source` to a new session, which it asks for at `url`, and tells `events` what happens.
#[allow(dead_code, reason = "this program may always have to go on from somewhere, another host may not")]
pub fn upload(source: &mut Source, url: &Url, settings: &Settings, events: &mut Events<'_>) -> Result<Report, Error> {
    let (start, keep) = (Start::New(url.clone()), &mut |_: Kept<'_>| Ok(()));
    upload_as(Job { start, cancel: false, source, settings, headers: &[], keep, events })
}

/// Does one upload.
pub fn upload_as(job: Job<'_>) -> Result<Report, Error> {
    let Job { start, cancel, source, settings, headers, keep, events } = job;
    let begun = Instant::now();
    let policy = policy(&start, source, settings);
    let mut upload = match &start {
        Start::New(_) => Upload::new(source.length(), policy, settings.seed),
        Start::Resumed { record, .. } => {
            // How far a stream reaches has to be read, even where it is known.
            let total = record.total.filter(|_| source.length() != Length::Unknown);
            Upload::resume(ClientSnapshot { total, ..*record }, policy, settings.seed)
        }
    };
    if cancel {
        upload.cancel();
    }
    let mut may_restart = matches!(start, Start::Resumed { .. }) && policy.restarts > 0;
    let mut session = Session::new(start, settings, headers, events);
    let mut kept = None;
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
                let (available, ended) = source.fill(to).map_err(Error::source)?;
                upload.handle_source(available, ended)?;
            }
            Step::Wait(delay) => {
                session.report.retries += 1;
                (session.events)(Event::Wait(delay));
                thread::sleep(delay);
                upload.handle_waited()?;
            }
            Step::Done { size } => {
                let sha256 = source.finish().map_err(Error::source)?;
                compare(source, &session)?;
                return Ok(Report { size, sha256, time: begun.elapsed(), ..session.report });
            }
            Step::Cancelled => return Err(Error::Cancelled),
            // The machine takes a stream for spent. But this one has not been read yet in this process.
            Step::Failed(Failure::Gone) if may_restart && source.rewind() => {
                may_restart = false;
                upload = Upload::new(source.length(), policy, settings.seed);
            }
            Step::Failed(failure) => {
                let last = session.last;
                return Err(Error::Failed { failure, last });
            }
            step => return Err(Error::Step(step)),
        }
        source.release(upload.persisted().get());
        keep_progress(&upload, &session, source, &mut kept, keep)?;
    }
}

/// How to send and how to be patient with this source.
fn policy(start: &Start, source: &Source, settings: &Settings) -> ClientPolicy {
    let policy = ClientPolicy { source: source.kind(), ..settings.policy };
    match start {
        // There is nowhere to ask for another session.
        Start::Resumed { creation: None, .. } => ClientPolicy { restarts: 0, ..policy },
        _ => policy,
    }
}

/// Whether the server has the same bytes, as far as it says.
fn compare(source: &mut Source, session: &Session<'_>) -> Result<(), Error> {
    let Some((name, expected)) = source.checksum(true).map_err(Error::source)? else {
        return Ok(());
    };
    match session.hashes.other_than(name, &expected).map(str::to_owned) {
        Some(got) => Err(Error::Checksum { name, expected, got }),
        None => Ok(()),
    }
}

/// Has a new session or durable progress kept, as far as the source was read.
fn keep_progress(
    upload: &Upload,
    session: &Session<'_>,
    source: &mut Source,
    kept: &mut Option<(u32, u64)>,
    keep: &mut Keep<'_>,
) -> Result<(), Error> {
    let (Some(record), Some(url)) = (upload.snapshot(), session.url()) else {
        return Ok(());
    };
    let now = Some((session.number, record.persisted));
    if now != *kept
        && let Some(source) = source.known(record.persisted).map_err(Error::source)?
    {
        keep(Kept { session: url, record, source }).map_err(Error::Keep)?;
        *kept = now;
    }
    Ok(())
}
