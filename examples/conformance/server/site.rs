//! The server that is tested: where it is, what it can, what was said to it.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::ValueEnum;
use resumable::fields::Fields;
use resumable::google::{self, CreationKind, GRANULARITY};
use serde_json::json;

use super::request::Request;
use super::upload::Upload;
use crate::kit::case::{Finding, Peer, Stop};
use crate::kit::url::{Url, UrlError};
use crate::kit::wire::{Answer, NoAnswer, Wire};

/// What the command line says about the server.
#[derive(Clone, Debug)]
pub struct Target {
    /// The URL that creates an upload.
    pub url: String,
    pub kind: Option<Kind>,
    /// Where an object can be read; `{name}` stands for its name.
    pub object: Option<String>,
    /// Requests that are not the last bring multiples of so many bytes.
    pub granularity: Option<u64>,
    /// How long an answer may take.
    pub patience: Duration,
}

/// How an upload is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Cloud Storage's JSON interface, Drive
    Json,
    /// Cloud Storage's XML interface, signed URLs
    Xml,
    /// Redivis
    Redivis,
}

pub struct Site {
    /// With `{name}`, where the kind has the name in the URL.
    template: String,
    kind: Kind,
    object: Option<String>,
    pub patience: Duration,
    /// Requests that are not the last bring multiples of so many bytes.
    pub unit: usize,
    /// Whether a creation has to name the total.
    wants_total: bool,
    /// Whether objects can be read back.
    pub readable: bool,
    /// Makes names unique.
    run: u64,
    count: AtomicU64,
    exchange: Mutex<Vec<String>>,
}

/// Why a server cannot be tested at all.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("{what}: {error}")]
    Url { what: &'static str, error: UrlError },
    #[error("expected a creation URL {0}")]
    Name(&'static str),
    #[error("expected a new upload from the creation URL, got {0}")]
    Creation(String),
}

impl Site {
    /// Finds out what the server is like.
    pub fn open(target: &Target) -> Result<Self, SiteError> {
        let url = |what, text: &str| Url::parse(text).map_err(|error| SiteError::Url { what, error });
        let parsed = url("--server", &target.url)?;
        let kind = target.kind.unwrap_or_else(|| kind_of(&parsed));
        let (template, derived) = templates(kind, &target.url, &parsed)?;
        let object = target.object.clone().or(derived);
        if let Some(object) = &object {
            url("--object", object)?;
        }
        let mut site = Self {
            template,
            kind,
            object,
            patience: target.patience,
            unit: 1,
            wants_total: false,
            readable: false,
            run: RandomState::new().build_hasher().finish(),
            count: AtomicU64::new(0),
            exchange: Mutex::default(),
        };
        let failed = |Stop(finding): Stop| SiteError::Creation(finding.came.join("; "));
        if site.create(7, None).is_err() {
            site.wants_total = true;
            site.create(7, None).map_err(failed)?;
        }
        site.unit = match target.granularity {
            Some(bytes) => usize::try_from(bytes).unwrap_or(usize::MAX),
            None => site.find_granularity().map_err(failed)?,
        };
        // Where somebody says that objects are to be found, they have to be there.
        site.readable = target.object.is_some() || site.try_to_read().map_err(failed)?;
        Ok(site)
    }

    /// A new upload of so many units whose creation names no total (unless the server wants one).
    pub fn upload(&self, units: usize) -> Result<Upload<'_>, Stop> {
        self.create(units * self.unit, None)
    }

    /// A new upload of so many units whose creation says so.
    pub fn upload_of_declared(&self, units: usize) -> Result<Upload<'_>, Stop> {
        self.create(units * self.unit, Some(units * self.unit))
    }

    /// The same with the object's type.
    pub fn upload_of_type(&self, units: usize, content_type: &str) -> Result<Upload<'_>, Stop> {
        self.start(units * self.unit, None, Some(content_type), &[])
    }

    /// A new upload of these bytes, with more in the description of its object.
    pub fn upload_described(&self, data: Vec<u8>, said: &[(&str, String)]) -> Result<Upload<'_>, Stop> {
        if self.kind != Kind::Json {
            return Err(Finding::skipped("its creations describe no object").into());
        }
        let mut upload = self.start(data.len(), None, None, said)?;
        upload.data = data;
        Ok(upload)
    }

    /// A new upload of so many bytes; a total is named, if at all, as in `declared`.
    pub fn create(&self, size: usize, declared: Option<usize>) -> Result<Upload<'_>, Stop> {
        self.start(size, declared, None, &[])
    }

    /// So many units in bytes.
    pub fn bytes(&self, units: usize) -> usize {
        units * self.unit
    }

    /// Asks for a new upload, of no total, with a request that is changed; its answer.
    pub fn ask_creation(&self, change: impl Fn(Request) -> Request) -> Result<Answer, Stop> {
        let name = self.new_name();
        let url = self.creation_url(&name)?;
        Ok(self.ask(&url, &change(self.creation(&name, None, None, &[])))?)
    }

    fn start(
        &self,
        size: usize,
        declared: Option<usize>,
        content_type: Option<&str>,
        said: &[(&str, String)],
    ) -> Result<Upload<'_>, Stop> {
        let name = self.new_name();
        let total = declared.or(self.wants_total.then_some(size)).map(|total| total as u64);
        let unready = |came: &dyn fmt::Display| Stop::unready("no upload could be created", came);
        let url = self.creation_url(&name)?;
        let request = self.creation(&name, total, content_type, said);
        let answer = self.ask(&url, &request).map_err(|error| unready(&error))?;
        let location = answer.field("location").one();
        let session = match location.filter(|_| matches!(answer.status, 200 | 201)) {
            Some(location) => url.resolve(location).map_err(|error| unready(&error))?,
            None => return Err(unready(&answer)),
        };
        let object = self.object.as_ref().map(|object| Url::parse(&object.replace("{name}", &name)));
        let object = object.transpose().map_err(|error| unready(&error))?;
        Ok(Upload::new(self, session, object, size))
    }

    fn new_name(&self) -> String {
        format!("conformance-{:08x}-{}", self.run >> 32, self.count.fetch_add(1, Ordering::Relaxed))
    }

    fn creation_url(&self, name: &str) -> Result<Url, Stop> {
        let url = Url::parse(&self.template.replace("{name}", name));
        url.map_err(|error| Stop::unready("no creation URL", error))
    }

    fn creation(&self, name: &str, total: Option<u64>, content_type: Option<&str>, said: &[(&str, String)]) -> Request {
        let kind = if self.kind == Kind::Xml { CreationKind::Xml } else { CreationKind::Json };
        let mut request = Request::plain().method("POST");
        for (name, value) in google::encode_creation(kind, total, content_type).iter() {
            request = request.field(format!("{name}: {}", value.escape_ascii()));
        }
        if self.kind == Kind::Xml {
            return request;
        }
        let mut body = match total {
            Some(total) if self.kind == Kind::Redivis => json!({ "name": name, "size": total }),
            _ => json!({ "name": name }),
        };
        for (key, value) in said {
            body[*key] = json!(value);
        }
        request.field("Content-Type: application/json; charset=UTF-8").body(body.to_string())
    }

    pub fn connect(&self, url: &Url) -> Result<Wire, NoAnswer> {
        Wire::connect(url.address(), self.patience)
    }

    /// Sends one request on a connection of its own and reads the answer.
    pub fn ask(&self, url: &Url, request: &Request) -> Result<Answer, NoAnswer> {
        let mut wire = self.connect(url)?;
        self.say(request);
        wire.send(request.head(url.authority(), url.target()));
        wire.send(request.wire_body());
        let answer = wire.answer(request.method);
        self.hear(&answer);
        answer
    }

    /// Writes down what was sent.
    pub fn say(&self, sent: impl fmt::Display) {
        self.note(format!("> {sent}"));
    }

    /// Writes down what came.
    pub fn hear(&self, answer: &Result<Answer, NoAnswer>) {
        self.note(match answer {
            Ok(answer) => format!("< {answer}"),
            Err(none) => format!("< ({none})"),
        });
    }

    /// Writes down something else.
    pub fn note(&self, line: String) {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// Whether a request that is not the last can bring a single byte.
    fn find_granularity(&self) -> Result<usize, Stop> {
        let mut upload = self.create(18, None)?;
        let answer = upload.put("bytes 0-6/*", 0..7)?;
        let kept_all = answer.status == 308 && upload.acked == 7;
        Ok(if kept_all { 1 } else { GRANULARITY.try_into().unwrap_or(usize::MAX) })
    }

    /// Whether an object that has just been uploaded can be read.
    fn try_to_read(&self) -> Result<bool, Stop> {
        let mut upload = self.upload(1)?;
        upload.put("bytes 0-0/1", 0..1)?;
        Ok(upload.object()?.is_some())
    }
}

impl Peer for Site {
    fn check(&self) -> Result<(), Finding> {
        match self.upload(1).and_then(|mut upload| upload.put("bytes */*", 0..0)) {
            Ok(answer) if answer.status < 500 => Ok(()),
            Ok(answer) => Err(Finding::crash(format!("afterwards a new upload gets {answer}"))),
            Err(Stop(finding)) => Err(Finding::crash(format!("afterwards: {}", finding.came.join("; ")))),
        }
    }

    fn take_exchange(&self) -> Vec<String> {
        std::mem::take(&mut *self.exchange.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.to_possible_value();
        let kind = kind.as_ref().map_or("", |kind| kind.get_name());
        let objects =
            if self.readable { "are read back" } else { "cannot be read back: judged by what the server tells" };
        write!(f, "{kind} uploads, granularity {} bytes; objects {objects}", self.unit)
    }
}

fn kind_of(url: &Url) -> Kind {
    if url.path().contains("/api/v1/tables/") {
        Kind::Redivis
    } else if url.has_query("uploadType") {
        Kind::Json
    } else {
        Kind::Xml
    }
}

/// The creation URL with `{name}` in its place, and where the object can be read.
fn templates(kind: Kind, text: &str, url: &Url) -> Result<(String, Option<String>), SiteError> {
    let has_name = text.contains("{name}");
    let origin = format!("http://{}", url.authority());
    match kind {
        Kind::Json if url.has_query("name") && !has_name => Err(SiteError::Name("without name=, or with name={name}")),
        Kind::Json => {
            let template = if has_name { text.to_owned() } else { format!("{text}&name={{name}}") };
            let path = url.path().strip_prefix("/upload").unwrap_or(url.path());
            Ok((template, Some(format!("{origin}{path}/{{name}}?alt=media"))))
        }
        Kind::Xml if !has_name => Err(SiteError::Name("with {name} for the name of the object")),
        Kind::Xml => Ok((text.to_owned(), Some(format!("{origin}{}", url.path())))),
        Kind::Redivis => Ok((text.to_owned(), None)),
    }
}
