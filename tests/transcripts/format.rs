//! Reading a transcript. What is not in the format is an error, with its line.

use std::num::{NonZeroU32, NonZeroU64};
use std::ops::Range;

use resumable::google::{CancelStatus, GapStatus, Options};
use resumable::{Completes, Contention, OnCut, Overlap, Policy, Saved, http1};

use crate::expect::Expected;

/// One exchange, and what it leaves behind.
#[derive(Debug)]
pub(crate) struct Transcript {
    /// How the server is set up.
    pub(crate) setup: Setup,
    /// What happens, with the line in which it stands.
    pub(crate) acts: Vec<(usize, Act)>,
    /// What must be stored in the end.
    pub(crate) stored: Stored,
}

/// How the server is set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// How uploads are treated.
    pub(crate) policy: Policy,
    /// What the dialect leaves open.
    pub(crate) options: Options,
    /// What is tolerated in heads.
    pub http1: http1::Options,
    /// The total that is declared at the creation.
    pub(crate) total: Option<u64>,
    /// Why it cannot be played over TCP.
    pub(crate) only_in_memory: Option<String>,
    /// Why it cannot be played in memory.
    pub(crate) only_over_tcp: Option<String>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// What follows is on this connection.
    On(String),
    /// The client sends this.
    Send(Vec<Part>),
    /// The connection is lost.
    Cut,
    /// The server has time and says nothing.
    Wait,
    /// The server answers.
    Reply(Expected),
    /// The server closes the connection.
    Closed,
    /// Something happens to the server.
    Event(Event),
}

/// A part of what the client sends.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// A line, with `{session}` in it perhaps.
    Line(String),
    /// Bytes of the object.
    Body(Range<u64>),
    /// Bytes of another object.
    Other(Range<u64>),
    /// Bytes as they stand.
    Raw(Vec<u8>),
}

/// Something that happens to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It is lost and comes back with what survived.
    Crash,
    /// It lets the upload expire.
    Expire,
    /// The store's next operation fails.
    StoreFails,
    /// The store's next commit fails.
    StoreCannotPublish,
    /// The store rejects the object.
    StoreRejects,
}

/// What is stored of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// There never was an upload.
    NoUpload,
    /// So many bytes of the object, and how far the upload is.
    Bytes(u64, Saved),
}

impl Transcript {
    /// Reads a whole transcript.
    ///
    /// # Errors
    ///
    /// The number of the line that is wrong, and why.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut setup = Setup::default();
        let mut acts: Vec<(usize, Act)> = Vec::new();
        let mut stored = None;
        for (number, line) in (1..).zip(text.lines()) {
            let at = |error: String| format!("{number}: {error}");
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            if stored.is_some() {
                return Err(at("expected nothing after `stored:`".to_owned()));
            }
            if let Some(value) = line.strip_prefix("stored: ") {
                stored = Some(parse_stored(value).map_err(at)?);
            } else if let Some(rest) = line.strip_prefix('>') {
                add_sent(&mut acts, number, rest).map_err(at)?;
            } else if let Some(rest) = line.strip_prefix('<') {
                add_expected(&mut acts, number, rest).map_err(at)?;
            } else if let Some(name) = line.strip_prefix("= ") {
                acts.push((number, Act::On(name.to_owned())));
            } else if let Some(event) = line.strip_prefix("! ") {
                acts.push((number, Act::Event(parse_event(event).map_err(at)?)));
            } else if acts.is_empty() {
                setup.direct(line).map_err(at)?;
            } else {
                return Err(at(format!("expected a line of the exchange, found `{line}`")));
            }
        }
        let replies = acts.iter().filter(|(_, act)| matches!(act, Act::Reply(_)));
        if replies.count() == 0 {
            return Err("1: expected an answer, found none".to_owned());
        }
        let stored = stored.ok_or("1: expected `stored:` at the end, found none")?;
        Ok(Self { setup, acts, stored })
    }
}

impl Setup {
    fn direct(&mut self, line: &str) -> Result<(), String> {
        let (name, value) = line.split_once(": ").ok_or_else(|| format!("expected a directive, found `{line}`"))?;
        match name {
            "policy" => self.set_policy(value),
            "options" => value.split(", ").try_for_each(|option| self.set_option(option)),
            "lenient" => value.split(", ").try_for_each(|peer| self.be_lenient(peer)),
            "total" => number(value).map(|total| self.total = Some(total)),
            "over tcp" => why(value).map(|reason| self.only_in_memory = Some(reason)),
            "in memory" => why(value).map(|reason| self.only_over_tcp = Some(reason)),
            _ => Err(format!("expected a directive, found `{name}`")),
        }
    }

    fn set_policy(&mut self, value: &str) -> Result<(), String> {
        let mut words = value.split(", ");
        self.policy = match words.next() {
            Some("default") => Policy::default(),
            Some("gcs") => Policy::gcs(),
            other => return Err(format!("expected default or gcs, found {other:?}")),
        };
        words.try_for_each(|knob| {
            let policy = &mut self.policy;
            let (name, value) = knob.rsplit_once(' ').unwrap_or((knob, ""));
            match (name, value) {
                ("granularity", value) => policy.granularity = positive(value)?,
                ("sync every", value) => policy.sync_every = Some(positive(value)?),
                ("max size", value) => policy.max_size = number(value)?,
                ("keep floor", value) => {
                    let quantum = NonZeroU32::try_from(positive(value)?).map_err(|e| e.to_string())?;
                    policy.on_cut = OnCut::Floor(quantum);
                }
                ("keep", "nothing") => policy.on_cut = OnCut::Discard,
                ("overlap", "conflict") => policy.overlap = Overlap::Conflict,
                ("completes", "explicit") => policy.completes = Completes::Explicit,
                ("contention", "refuse") => policy.contention = Contention::Refuse,
                _ => return Err(format!("expected a knob of the policy, found `{knob}`")),
            }
            Ok(())
        })
    }

    fn set_option(&mut self, option: &str) -> Result<(), String> {
        match option {
            "gap 409" => self.options.gap = GapStatus::Conflict409,
            "cancel 204" => self.options.cancel = CancelStatus::NoContent204,
            "decodes content" => self.options.decodes_content = true,
            _ => return Err(format!("expected an option, found `{option}`")),
        }
        Ok(())
    }

    fn be_lenient(&mut self, peer: &str) -> Result<(), String> {
        match peer {
            "missing unit" => self.options.leniency.missing_unit = true,
            "inverted empty" => self.options.leniency.inverted_empty = true,
            "length with chunked" => self.http1.allow_length_with_chunked = true,
            _ => return Err(format!("expected a leniency, found `{peer}`")),
        }
        Ok(())
    }
}

/// Why something is not done.
fn why(value: &str) -> Result<String, String> {
    let reason = value.strip_prefix("no, ");
    reason.map(str::to_owned).ok_or_else(|| format!("expected `no, ` and why, found `{value}`"))
}

fn add_sent(acts: &mut Vec<(usize, Act)>, number: usize, rest: &str) -> Result<(), String> {
    let parts = match rest.strip_prefix(" [").and_then(|rest| rest.strip_suffix(']')) {
        Some("cut") => {
            acts.push((number, Act::Cut));
            return Ok(());
        }
        Some("wait") => {
            acts.push((number, Act::Wait));
            return Ok(());
        }
        Some(body) => parse_body(body)?,
        None if rest.is_empty() => vec![Part::Line(String::new())],
        None => {
            let line = rest.strip_prefix(' ').ok_or("expected a space after `>`")?;
            vec![Part::Line(line.to_owned())]
        }
    };
    match acts.last_mut() {
        Some((_, Act::Send(sent))) => sent.extend(parts),
        _ => acts.push((number, Act::Send(parts))),
    }
    Ok(())
}

fn add_expected(acts: &mut Vec<(usize, Act)>, number: usize, rest: &str) -> Result<(), String> {
    if rest == " [closes]" {
        acts.push((number, Act::Closed));
        return Ok(());
    }
    if let Some(status) = rest.strip_prefix(" HTTP/1.1 ") {
        acts.push((number, Act::Reply(Expected::new(status)?)));
        return Ok(());
    }
    match acts.last_mut() {
        Some((_, Act::Reply(expected))) => expected.add(rest),
        _ => Err(format!("expected a status line first, found `<{rest}`")),
    }
}

fn parse_body(text: &str) -> Result<Vec<Part>, String> {
    let raw = |text: &str| Part::Raw(text.as_bytes().to_vec());
    if text == "last chunk" {
        return Ok(vec![raw("0\r\n\r\n")]);
    }
    let (name, value) = text.split_once(' ').ok_or_else(|| format!("expected a body, found `{text}`"))?;
    match name {
        "body" => Ok(vec![Part::Body(range(value)?)]),
        "other" => Ok(vec![Part::Other(range(value)?)]),
        "chunk" => {
            let range = range(value)?;
            let size = format!("{:x}\r\n", range.end - range.start);
            Ok(vec![raw(&size), Part::Body(range), raw("\r\n")])
        }
        "raw" => Ok(vec![Part::Raw(unescape(value)?)]),
        _ => Err(format!("expected a body, found `{text}`")),
    }
}

fn parse_event(text: &str) -> Result<Event, String> {
    match text {
        "crash" => Ok(Event::Crash),
        "expire" => Ok(Event::Expire),
        "store fails" => Ok(Event::StoreFails),
        "store cannot publish" => Ok(Event::StoreCannotPublish),
        "store rejects" => Ok(Event::StoreRejects),
        _ => Err(format!("expected an event, found `{text}`")),
    }
}

fn parse_stored(text: &str) -> Result<Stored, String> {
    if text == "no upload" {
        return Ok(Stored::NoUpload);
    }
    let wrong = || format!("expected what is stored, found `{text}`");
    let (bytes, state) = text.split_once(", ").ok_or_else(wrong)?;
    let state = match state {
        "open" => Saved::Open,
        "complete" => Saved::Complete,
        "cancelled" => Saved::Cancelled,
        "expired" => Saved::Expired,
        "dead" => Saved::Dead,
        _ => return Err(wrong()),
    };
    let bytes = match (bytes, state) {
        ("nothing", Saved::Open | Saved::Cancelled | Saved::Expired | Saved::Dead) => 0,
        (bytes, Saved::Complete) => number(bytes.strip_suffix(" bytes").ok_or_else(wrong)?)?,
        (bytes, Saved::Open) => number(bytes.strip_prefix("0..").ok_or_else(wrong)?)?,
        _ => return Err(wrong()),
    };
    Ok(Stored::Bytes(bytes, state))
}

/// What stands between quotes, with its escapes undone.
fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("expected bytes in quotes, found {text}");
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or_else(wrong)?;
    let mut bytes = Vec::new();
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        let byte = match char {
            '\\' => match chars.next().ok_or_else(wrong)? {
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                '0' => 0,
                'x' => {
                    let digits: String = chars.by_ref().take(2).collect();
                    u8::from_str_radix(&digits, 16).map_err(|_| wrong())?
                }
                quoted @ ('"' | '\\') => u8::try_from(quoted).map_err(|_| wrong())?,
                _ => return Err(wrong()),
            },
            plain => u8::try_from(plain).map_err(|_| wrong())?,
        };
        bytes.push(byte);
    }
    Ok(bytes)
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (start, end) = text.split_once("..").ok_or_else(|| format!("expected a range, found `{text}`"))?;
    let range = number(start)?..number(end)?;
    if range.start > range.end {
        return Err(format!("expected a range, found `{text}`"));
    }
    Ok(range)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a number, found `{text}`"))
}

fn positive(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| format!("expected a number above zero, found `{text}`"))
}
