//! A script made of faults, and the cases that are played with it.
//!
//! A request that no fault is about gets what a good server does, so a case only names what is not good:
//!
//! ```ignore
//! // After progress, the next chunk is answered 503, and half of it is kept.
//! case("R42", "503, half kept", Owed::Success, [
//!     progress(),
//!     Fault::at(At::Data).after(1).keeps(Part::Half).answers("503 Service Unavailable", &[]),
//! ])
//! ```

use std::borrow::Cow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::act::{Act, answer};
use super::program::{Program, Ran};
use super::seen::{Role, Seen};
use super::stage::{Script, Stage};
use crate::kit::case::{Case, Finding, Verdict};

/// More than two chunks of 256 KiB, and no multiple of them.
pub const FILE: usize = 600_011;

/// What Google's servers keep multiples of.
pub const QUANTUM: usize = 256 << 10;

/// Which requests a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Create,
    Data,
    /// Data after which more has to come, by what the request says itself.
    Part,
    /// Data that ends the upload.
    Last,
    Status,
    /// Data and questions.
    Session,
    Any,
}

/// How much of a body is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Nothing,
    First(usize),
    Half,
    AllButOne,
    All,
}

/// How a run has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owed {
    /// The file is uploaded, and the client says so.
    Success,
    /// The client says that it has failed.
    Failure,
    /// The same, but it may be patient for longer than there is time.
    FailureInTheEnd,
    /// Either, as long as it is true.
    Either,
}

type Does = dyn Fn(&mut Stage, &Seen) -> Act + Send + Sync;

/// What is done with some requests, other than a good server does.
#[derive(Clone)]
pub struct Fault {
    at: At,
    after: usize,
    times: usize,
    reads: Option<usize>,
    keeps: Part,
    delay: Duration,
    does: Arc<Does>,
}

/// A case with a file of [`FILE`] bytes.
pub fn case(
    tag: &'static str,
    name: impl Into<Cow<'static, str>>,
    owed: Owed,
    faults: impl Into<Vec<Fault>>,
) -> Case<Program> {
    sized(tag, name, owed, FILE, faults)
}

/// A case with a file of `size` bytes.
pub fn sized(
    tag: &'static str,
    name: impl Into<Cow<'static, str>>,
    owed: Owed,
    size: usize,
    faults: impl Into<Vec<Fault>>,
) -> Case<Program> {
    let faults = faults.into();
    Case::new(tag, name, owed.words(), move |program: &Program| {
        let ran = program.run(size, Plot::new(&faults))?;
        let finding = owed.judge(&ran);
        let is_met = ran.stage.played.len() == faults.len();
        if !is_met && finding.verdict <= Verdict::Lenient {
            return Ok(Finding::skipped(format!("the client did not come to it: {}", ran.came())));
        }
        Ok(finding)
    })
}

/// The first data is kept up to [`QUANTUM`], and told: whatever the size of its chunks, the client has to send more.
pub fn progress() -> Fault {
    Fault::at(At::Data).keeps(Part::First(QUANTUM)).tells()
}

impl Owed {
    fn words(self) -> &'static str {
        match self {
            Self::Success => "success, identical",
            Self::Failure => "a failure",
            Self::FailureInTheEnd => "a failure in the end",
            Self::Either => "success, identical, or a failure",
        }
    }

    fn judge(self, ran: &Ran) -> Finding {
        match self {
            Self::Success => ran.uploads(),
            Self::Failure => ran.fails(),
            Self::FailureInTheEnd => ran.fails_in_the_end(),
            Self::Either => ran.ends(),
        }
    }
}

impl Fault {
    /// The first such request, once: its body is read, nothing of it is kept, and the answer is a good server's.
    pub fn at(at: At) -> Self {
        let does = Arc::new(|stage: &mut Stage, seen: &Seen| stage.honest(seen));
        Self { at, after: 0, times: 1, reads: None, keeps: Part::Nothing, delay: Duration::ZERO, does }
    }

    /// Not before so many such requests have come.
    pub fn after(self, after: usize) -> Self {
        Self { after, ..self }
    }

    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    pub fn for_ever(self) -> Self {
        self.times(usize::MAX)
    }

    /// Only so many bytes of the body are read first.
    pub fn reads(self, bytes: usize) -> Self {
        Self { reads: Some(bytes), ..self }
    }

    pub fn keeps(self, keeps: Part) -> Self {
        Self { keeps, ..self }
    }

    /// What it does comes later.
    pub fn delays(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    pub fn does(self, does: impl Fn(&mut Stage, &Seen) -> Act + Send + Sync + 'static) -> Self {
        Self { does: Arc::new(does), ..self }
    }

    pub fn acts(self, act: Act) -> Self {
        self.does(move |_, _| act.clone())
    }

    pub fn answers(self, status: &str, fields: &[&str]) -> Self {
        self.acts(Act::answer(status, fields))
    }

    /// 308 with what is kept.
    pub fn tells(self) -> Self {
        self.does(|stage, seen| stage.incomplete(seen))
    }

    /// 308 with this as its range.
    pub fn claims(self, range: &str) -> Self {
        self.acts(Act::Answer(answer("308 Resume Incomplete", &[&format!("Range: {range}")], "")))
    }

    /// Sends this, perhaps nothing, and closes the connection.
    pub fn closes(self, bytes: &[u8]) -> Self {
        self.acts(Act::Close(bytes.to_vec()))
    }

    /// What a good server does, with its answer sent in another way.
    pub fn sends(self, way: impl Fn(Vec<u8>) -> Act + Send + Sync + 'static) -> Self {
        self.does(move |stage, seen| way(stage.honest(seen).into_answer()))
    }
}

impl At {
    fn includes(self, seen: &Seen) -> bool {
        match self {
            Self::Create => seen.role == Role::Create,
            Self::Data => seen.role == Role::Data,
            Self::Part => seen.role == Role::Data && !seen.is_last(),
            Self::Last => seen.role == Role::Data && seen.is_last(),
            Self::Status => seen.role == Role::Status,
            Self::Session => matches!(seen.role, Role::Data | Role::Status),
            Self::Any => true,
        }
    }
}

impl Part {
    fn of(self, len: usize) -> usize {
        match self {
            Self::Nothing => 0,
            Self::First(bytes) => bytes.min(len),
            Self::Half => len / 2,
            Self::AllButOne => len.saturating_sub(1),
            Self::All => len,
        }
    }
}

/// The faults, and how many requests each was about so far.
struct Plot {
    faults: Vec<(Fault, usize)>,
}

impl Plot {
    fn new(faults: &[Fault]) -> Self {
        Self { faults: faults.iter().map(|fault| (fault.clone(), 0)).collect() }
    }

    /// The first fault whose turn it is.
    fn due(&self, seen: &Seen) -> Option<usize> {
        self.faults.iter().position(|(fault, came)| {
            fault.at.includes(seen) && came.checked_sub(fault.after).is_some_and(|n| n < fault.times)
        })
    }
}

impl Script for Plot {
    fn reads(&self, head: &Seen) -> Option<usize> {
        self.due(head).and_then(|due| self.faults[due].0.reads)
    }

    fn act(&mut self, stage: &mut Stage, seen: &Seen) -> Act {
        let due = self.due(seen);
        for (fault, came) in &mut self.faults {
            *came += usize::from(fault.at.includes(seen));
        }
        let Some(due) = due else { return Act::Honest };
        let fault = &self.faults[due].0;
        stage.played.insert(due);
        stage.keep(seen, fault.keeps.of(seen.body.len()));
        thread::sleep(fault.delay);
        (fault.does)(stage, seen)
    }
}
