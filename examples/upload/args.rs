//! The command line.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum, value_parser};
use resumable::client::{Chunk, ChunkSize, ChunkSizeError, ClientPolicy, Retry};

use super::client::Settings;
use super::session::{Creation, Header};
use super::source::Checksum;
use super::url::Url;

/// Upload a file or a stream over HTTP, resumably.
///
/// It asks for a session at URL, sends the bytes in chunks, and after a failure goes on from what the server has kept.
/// On success it prints the SHA-256 and the size of what was uploaded. The address of a session lets anyone write to
/// it, so it is never shown: *** stands for the last segment of a path and for the values of a query.
#[derive(Debug, Parser)]
#[command(name = "upload", version, args_override_self = true, override_usage = USAGE, after_help = EXIT_CODES)]
struct Args {
    /// What to upload; - is the standard input, a stream of unknown length
    #[arg(required_unless_present = "cancel")]
    file: Option<PathBuf>,
    /// The URL that creates a session (http:// only). The session has to be on the same host and port
    #[arg(required_unless_present_any = ["session", "cancel"], conflicts_with = "session")]
    url: Option<String>,
    /// Bytes in one request, a multiple of 262144; 0 sends all the rest of a file in one
    #[arg(long, value_name = "BYTES", default_value = "8388608", value_parser = chunk)]
    chunk_size: Chunk,
    /// The longest first wait after a failure; it doubles with each further one, five times
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    backoff_ms: u32,
    /// How many failures in a row without progress end the upload
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..))]
    max_attempts: u32,
    /// Makes the waits repeatable; random if it is not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long a connection may be silent
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = value_parser!(u32).range(1..))]
    timeout: u32,
    /// The type of the object
    #[arg(long, value_name = "TYPE", conflicts_with = "session", value_parser = content_type)]
    content_type: Option<String>,
    /// The name of the object: name= in the query. For Redivis the name in the body, else the file's
    #[arg(long, conflicts_with = "session")]
    name: Option<String>,
    /// How to ask for a session; redivis where the path starts with /api/v1/tables/, else json
    #[arg(long, conflicts_with = "session")]
    kind: Option<Kind>,
    /// Uploads to this session, which was made elsewhere, instead of creating one: it is asked how much it has
    #[arg(long, value_name = "URL")]
    session: Option<String>,
    /// Cancels the session of --session or --state, and removes the state. FILE is not read
    #[arg(long)]
    cancel: bool,
    /// A field for every request, for credentials; may be repeated. It goes to the host of URL or --session only, and
    /// is never shown. What belongs to the protocol is refused
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// What the server is told of all bytes with the last of them, and what its answer is compared with. For it, the
    /// last chunk of a file is read twice, and all that was acknowledged to an earlier process once more
    #[arg(long, value_name = "KIND", default_value = "crc32c")]
    checksum: Sum,
    /// Keeps in FILE what the same command needs to go on after it was killed, also with a stream that brings the same
    /// bytes once more. A source that has changed is refused. FILE is removed on success; until then, whoever can
    /// read it can write to the session
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

const USAGE: &str = "upload [OPTIONS] <FILE> <URL>
       upload [OPTIONS] <FILE> --session <URL>
       upload [OPTIONS] --cancel <--session <URL>|--state <FILE>>";

const EXIT_CODES: &str = "\
Exit codes:
  0    uploaded; with --cancel, cancelled
  1    failed
  2    called wrongly
  3    the source is not what it was when the upload began, or was changed meanwhile
  4    the state file cannot be used: damaged, of another upload, in use, not writable
  5    the server has other bytes than the source, says the checksum
  130  interrupted (Ctrl-C, SIGTERM, SIGHUP)

After every failure the state file stays: the same command goes on, or fails again.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sum {
    Crc32c,
    Md5,
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Json,
    Xml,
    Redivis,
}

/// What the command line asks for.
#[derive(Debug)]
pub struct Task {
    /// What to upload; `None` is the standard input.
    pub file: Option<PathBuf>,
    /// Where to.
    pub target: Target,
    /// How.
    pub settings: Settings,
    /// Fields for every request.
    pub headers: Vec<Header>,
    /// What of all bytes is compared.
    pub checksum: Checksum,
    /// Where to keep what a later process needs.
    pub state: Option<PathBuf>,
    /// Whether to cancel instead.
    pub cancel: bool,
}

/// Which session to upload to, or to cancel.
#[derive(Debug)]
pub enum Target {
    /// One that is asked for like that.
    Creation(Url, Creation),
    /// One that was made elsewhere.
    Session(Url),
    /// Whichever the state is of.
    Kept,
}

/// Reads the command line. An error is printed by its `Display`, and may be one that asks for help.
pub fn read() -> Result<Task, clap::Error> {
    Args::try_parse()?.task()
}

impl Args {
    fn task(self) -> Result<Task, clap::Error> {
        let file = self.file.filter(|file| file != Path::new("-"));
        let is_stream = file.as_ref().is_none_or(|file| file.metadata().is_ok_and(|metadata| !metadata.is_file()));
        if is_stream && self.chunk_size == Chunk::Rest && !self.cancel {
            return Err(wrong("expected a chunk size for a stream, got 0: all of it would have to be held"));
        }
        let target = match (self.url, self.session) {
            (Some(url), _) => creation(&url, self.kind, self.name, file.as_deref())?,
            (None, Some(session)) => Target::Session(Url::parse(&session).map_err(wrong)?),
            (None, None) => Target::Kept,
        };
        if self.cancel && self.state.is_none() && !matches!(target, Target::Session(_)) {
            return Err(wrong("expected --session or --state with --cancel, got neither"));
        }
        let headers = self.headers.iter().map(|text| Header::parse(text).map_err(wrong));
        let base = Duration::from_millis(self.backoff_ms.into());
        let retry = Retry { base, cap: base * 32, max_attempts: self.max_attempts, ..Retry::default() };
        let settings = Settings {
            policy: ClientPolicy { chunk: self.chunk_size, retry, restarts: 1, ..ClientPolicy::default() },
            seed: self.seed.unwrap_or_else(random),
            timeout: Duration::from_secs(self.timeout.into()),
            creation: match &target {
                Target::Creation(_, creation) => creation.clone(),
                Target::Session(_) | Target::Kept => Creation::Json,
            },
            content_type: self.content_type,
        };
        let checksum = match self.checksum {
            Sum::Crc32c => Checksum::Crc32c,
            Sum::Md5 => Checksum::Md5,
            Sum::None => Checksum::None,
        };
        let headers = headers.collect::<Result<_, _>>()?;
        Ok(Task { file, target, settings, headers, checksum, state: self.state, cancel: self.cancel })
    }
}

/// Where a session is asked for, and how.
fn creation(url: &str, kind: Option<Kind>, name: Option<String>, file: Option<&Path>) -> Result<Target, clap::Error> {
    let url = Url::parse(url).map_err(wrong)?;
    let is_redivis = url.path().starts_with("/api/v1/tables/");
    let default = if is_redivis { Kind::Redivis } else { Kind::Json };
    Ok(match kind.unwrap_or(default) {
        Kind::Json => Target::Creation(with_name(url, name)?, Creation::Json),
        Kind::Xml => Target::Creation(with_name(url, name)?, Creation::Xml),
        Kind::Redivis => Target::Creation(url, Creation::Redivis { name: name.unwrap_or_else(|| name_of(file)) }),
    })
}

fn wrong(message: impl std::fmt::Display) -> clap::Error {
    Args::command().error(ErrorKind::ValueValidation, message)
}

fn chunk(text: &str) -> Result<Chunk, String> {
    let bytes = text.parse().map_err(|_| "expected a number of bytes".to_owned())?;
    if bytes == 0 {
        return Ok(Chunk::Rest);
    }
    let size = ChunkSize::google(bytes).map_err(|error: ChunkSizeError| error.to_string())?;
    Ok(Chunk::Size(size))
}

fn content_type(text: &str) -> Result<String, &'static str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        Ok(text.to_owned())
    } else {
        Err("expected visible ascii")
    }
}

fn with_name(url: Url, name: Option<String>) -> Result<Url, clap::Error> {
    match name {
        None => Ok(url),
        Some(_) if url.has_query("name") => Err(wrong("expected --name or a name in the query of the URL, got both")),
        Some(name) => Ok(url.with_query("name", &name)),
    }
}

fn name_of(file: Option<&Path>) -> String {
    file.and_then(Path::file_name).map_or("stdin".into(), |name| name.to_string_lossy()).into_owned()
}

/// A number from the system's source of randomness, which `RandomState` takes its keys from.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
