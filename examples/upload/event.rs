//! What happens in an upload, for whoever watches it; and what has happened, at its end.

use std::fmt;
use std::time::Duration;

use resumable::Persisted;
use resumable::client::Verdict;
use resumable::google::{range, retry_after};

/// Whoever watches an upload.
pub type Events<'e> = dyn FnMut(Event<'_>) + 'e;

/// One thing that happens. `Display` has the words of the wire: `PUT bytes 43-1999999/2000000`, `308 bytes=0-42`.
///
/// None of them shows the URL of the session.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A request goes out.
    Request {
        /// Its method and what it says about the bytes.
        line: &'e str,
    },
    /// Bytes have gone out. This comes often.
    Progress {
        /// The offset up to which this request was sent.
        at: u64,
    },
    /// An answer has come in.
    Answer(&'e Answer),
    /// There is no answer, or none that can be used.
    Lost {
        /// Why.
        why: &'e str,
    },
    /// Before the next try there is a wait.
    Wait(Duration),
}

/// An answer, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// What it means.
    pub verdict: Verdict,
    /// What the server says beside it, if it is no success; one line.
    pub text: String,
}

/// What an upload took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The size of the object in bytes.
    pub size: u64,
    /// The SHA-256 of the source.
    pub sha256: [u8; 32],
    /// Requests that were sent.
    pub requests: u64,
    /// Waits after which something was tried again.
    pub retries: u64,
    /// Bytes of the source that were sent.
    pub sent: u64,
    /// Those of them that had been sent before.
    pub resent: u64,
    /// From the first step to the last.
    pub time: Duration,
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { line } => f.write_str(line),
            Self::Progress { at } => write!(f, "{at} bytes"),
            Self::Answer(answer) => answer.fmt(f),
            Self::Lost { why } => write!(f, "no answer: {why}"),
            Self::Wait(delay) => write!(f, "wait {:.3} s", delay.as_secs_f64()),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match self.verdict {
            Verdict::Incomplete { persisted } => {
                if self.status != 308 {
                    f.write_str(" (308)")?;
                }
                let bytes = persisted.map_or(0, Persisted::get).try_into();
                bytes.map_or(Ok(()), |bytes| write!(f, " {}", range::encode(bytes)))?;
            }
            Verdict::Unavailable { retry_after: Some(wait) } => {
                write!(f, " Retry-After: {}", retry_after::encode(wait.as_secs()))?;
            }
            _ => {}
        }
        if self.text.is_empty() { Ok(()) } else { write!(f, " {}", self.text) }
    }
}
