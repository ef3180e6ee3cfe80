//! What a case is, and what can be said of a peer after it.
//!
//! ```ignore
//! Case::new("R12", "gap", "503 and nothing kept", |site: &Site| {
//!     let mut upload = site.upload(18)?;
//!     let answer = upload.put("bytes 7-17/18", 7..18)?;
//!     let mut finding = answer.is(&[503], &[409]);
//!     finding.add(upload.finish(0)?);
//!     Ok(finding)
//! })
//! ```
//!
//! A case returns a [`Finding`], or a [`Stop`] with `?` when it cannot go on: that becomes a finding, too.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// What is said of one case, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// What the rule says.
    Ok,
    /// Not to be judged: the peer lacks a feature that the protocol does not demand, what matters cannot be seen from
    /// outside, or what the case needs first did not come about.
    Skipped,
    /// Another answer than the rule's, but nothing was lost, mixed or invented.
    Lenient,
    /// What the rule grants was refused. Nothing was lost, mixed or invented, but a client that counts on it is stuck.
    Refused,
    /// Bytes were lost, mixed or invented: an untrue offset, an object that is not what was sent, a success that is none.
    Wrong,
    /// An answer was owed and none came, or an internal error; or the peer was dead or hanging afterwards.
    Crash,
}

impl Verdict {
    /// From the best to the worst.
    pub const ALL: [Self; 6] = [Self::Ok, Self::Skipped, Self::Lenient, Self::Refused, Self::Wrong, Self::Crash];

    /// The verdicts after which the peer does not keep the protocol.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Wrong | Self::Crash)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Lenient => "lenient",
            Self::Refused => "refused",
            Self::Wrong => "WRONG",
            Self::Crash => "crash",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What was found so far: the worst verdict, and what came, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub verdict: Verdict,
    pub came: Vec<String>,
}

impl Finding {
    pub fn new(verdict: Verdict, came: impl Into<String>) -> Self {
        Self { verdict, came: vec![came.into()] }
    }

    /// Good so far, and nothing to tell.
    pub fn nothing() -> Self {
        Self { verdict: Verdict::Ok, came: Vec::new() }
    }

    pub fn ok(came: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, came)
    }

    pub fn skipped(came: impl Into<String>) -> Self {
        Self::new(Verdict::Skipped, came)
    }

    pub fn lenient(came: impl Into<String>) -> Self {
        Self::new(Verdict::Lenient, came)
    }

    pub fn refused(came: impl Into<String>) -> Self {
        Self::new(Verdict::Refused, came)
    }

    pub fn wrong(came: impl Into<String>) -> Self {
        Self::new(Verdict::Wrong, came)
    }

    pub fn crash(came: impl Into<String>) -> Self {
        Self::new(Verdict::Crash, came)
    }

    /// Adds what was found next; the worse verdict stays.
    pub fn add(&mut self, next: Self) {
        self.verdict = self.verdict.max(next.verdict);
        self.came.extend(next.came);
    }

    #[must_use]
    pub fn and(mut self, next: Self) -> Self {
        self.add(next);
        self
    }
}

/// Why a case ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop(pub Finding);

impl Stop {
    /// What the case needs first did not come about.
    pub fn unready(what: &str, came: impl fmt::Display) -> Self {
        Self(Finding::skipped(format!("{what}: {came}")))
    }
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self(finding)
    }
}

/// Who is tested.
pub trait Peer {
    /// Whether it can go on after a case; if not, a finding says why.
    fn check(&self) -> Result<(), Finding>;

    /// What was said on the wire since the last call, as far as it was written down.
    fn take_exchange(&self) -> Vec<String>;
}

/// How a case is run against a peer of the kind `P`.
type Run<P> = Box<dyn Fn(&P) -> Result<Finding, Stop> + Send + Sync>;

/// One line of a table.
pub struct Case<P> {
    /// The rule's tag (`R12`), or that of an entry of the list of known bugs (`S03`).
    pub tag: &'static str,
    pub name: Cow<'static, str>,
    pub expected: Cow<'static, str>,
    run: Run<P>,
}

impl<P: Peer> Case<P> {
    pub fn new(
        tag: &'static str,
        name: impl Into<Cow<'static, str>>,
        expected: impl Into<Cow<'static, str>>,
        run: impl Fn(&P) -> Result<Finding, Stop> + Send + Sync + 'static,
    ) -> Self {
        Self { tag, name: name.into(), expected: expected.into(), run: Box::new(run) }
    }

    /// Runs it; `false` if the peer cannot go on.
    pub fn run(&self, peer: &P) -> (Line, bool) {
        let since = Instant::now();
        peer.take_exchange();
        let mut finding = (self.run)(peer).unwrap_or_else(|Stop(finding)| finding);
        let time = since.elapsed();
        let exchange = peer.take_exchange();
        let checked = peer.check();
        let goes_on = checked.is_ok();
        if let Err(dead) = checked {
            finding.add(dead);
        }
        let (name, expected) = (self.name.to_string(), self.expected.to_string());
        (Line { tag: self.tag, name, expected, finding, exchange, time }, goes_on)
    }

    /// What there is to match a pattern with: the tag and the name.
    pub fn title(&self) -> String {
        format!("{} {}", self.tag, self.name)
    }
}

/// How a case went.
#[derive(Clone, Debug)]
pub struct Line {
    pub tag: &'static str,
    pub name: String,
    pub expected: String,
    pub finding: Finding,
    /// What was said on the wire, as far as it was written down.
    pub exchange: Vec<String>,
    pub time: Duration,
}

impl Line {
    pub fn verdict(&self) -> Verdict {
        self.finding.verdict
    }
}
