//! Replies of a session: written by the server, read by the client.

use core::fmt::{self, Write as _};
use core::num::NonZeroU64;

use super::{CancelStatus, Echo, FieldList, GapStatus, Options, RequestError, range, retry_after};
use crate::client::{Verdict, Violation};
use crate::fields::{Field, Fields};
use crate::server::{Answer, Outcome, Refusal};
use crate::{Persisted, digits};

/// How long a client is to wait where the server is only busy for a moment.
const MOMENT: u64 = 1;

/// The reply to a request, as the dialect has it; the host adds what is its own (`Date`, the object's description).
///
/// Its [`Display`](fmt::Display) is the line of a log: `308 bytes=0-42`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// What is persisted, in bytes: written as `Range`.
    pub persisted: Option<NonZeroU64>,
    /// Whether the status stands for a 308 that the client's stack would follow.
    pub instead_of_308: bool,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// The body, one line of text; if there is none, and the status is 200, the host describes the object in it.
    pub text: Option<ReplyText>,
}

/// The body of a refusal: one line that names what was expected and what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplyText {
    /// The session refused the request.
    Refusal(Refusal),
    /// The request was refused before there was a session.
    Request(RequestError),
}

impl Reply {
    const fn new(status: u16) -> Self {
        Self { status, persisted: None, instead_of_308: false, retry_after: None, text: None }
    }

    /// R20: 308 with how far the upload is, or R21: what stands for it.
    fn incomplete(persisted: Persisted, echo: Echo) -> Self {
        let status = if echo.no_308 { 200 } else { 308 };
        Self { persisted: NonZeroU64::new(persisted.get()), instead_of_308: echo.no_308, ..Self::new(status) }
    }

    fn refused(refusal: Refusal, options: Options) -> Self {
        Self {
            retry_after: matches!(refusal, Refusal::Busy | Refusal::Unavailable).then_some(MOMENT),
            text: Some(ReplyText::Refusal(refusal)),
            ..Self::new(status(&refusal, options))
        }
    }

    /// Whether the upload is complete: the host may add a body that describes the object.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.status == 200 && !self.instead_of_308
    }

    /// The length of the body in bytes; `None` if the body is the host's, or if there can be none (204).
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        match self.text {
            Some(text) => Some(length(&text)),
            None if self.status == 204 || self.is_complete() => None,
            None => Some(0),
        }
    }

    /// The fields of the head, with `Content-Length` unless the body is the host's.
    #[must_use]
    pub fn fields(&self) -> FieldList<'static> {
        let mut fields = FieldList::new();
        if let Some(persisted) = self.persisted {
            fields.write("Range", |back| range::put(back, persisted));
        }
        if self.instead_of_308 {
            fields.borrowed("X-HTTP-Status-Code-Override", "308");
        }
        if self.status == 405 {
            fields.borrowed("Allow", "PUT, POST, DELETE");
        }
        if let Some(seconds) = self.retry_after {
            fields.number("Retry-After", seconds);
        }
        if self.text.is_some() {
            fields.borrowed("Content-Type", "text/plain; charset=utf-8");
        }
        if let Some(length) = self.content_length() {
            fields.number("Content-Length", length);
        }
        fields
    }
}

impl From<RequestError> for Reply {
    fn from(error: RequestError) -> Self {
        let status = match error {
            RequestError::Method => 405,
            RequestError::ContentRange(_) | RequestError::RepeatedContentRange => 400,
            RequestError::ContentEncoding => 415,
        };
        Self { text: Some(ReplyText::Request(error)), ..Self::new(status) }
    }
}

/// Writes the reply to a request.
///
/// ```
/// use resumable::Persisted;
/// use resumable::google::{Echo, Options, encode_reply};
/// use resumable::server::{Answer, Outcome};
///
/// let outcome = Outcome { answer: Answer::Incomplete { persisted: Persisted::confirmed(43) }, body_read: true };
/// let reply = encode_reply(&outcome, Echo::default(), &Options::default());
/// assert_eq!(reply.to_string(), "308 bytes=0-42");
/// let reply = encode_reply(&outcome, Echo { no_308: true }, &Options::default());
/// assert_eq!(reply.to_string(), "200 (308) bytes=0-42");
/// ```
#[must_use]
pub fn encode_reply(outcome: &Outcome, echo: Echo, options: &Options) -> Reply {
    match outcome.answer {
        Answer::Incomplete { persisted } => Reply::incomplete(persisted, echo),
        Answer::Complete { .. } => Reply::new(200),
        Answer::Cancelled => Reply::new(match options.cancel {
            CancelStatus::ClientClosed499 => 499,
            CancelStatus::NoContent204 => 204,
        }),
        Answer::Refused(refusal) => Reply::refused(refusal, *options),
    }
}

fn status(refusal: &Refusal, options: Options) -> u16 {
    match refusal {
        Refusal::Gap { .. } => match options.gap {
            GapStatus::Unavailable503 => 503,
            GapStatus::Conflict409 => 409,
        },
        Refusal::Conflict { .. } => 409,
        Refusal::TotalChanged { .. }
        | Refusal::TotalBelowPersisted { .. }
        | Refusal::BeyondTotal { .. }
        | Refusal::LengthMismatch { .. }
        | Refusal::BodyTooShort { .. }
        | Refusal::BodyTooLong { .. }
        | Refusal::StatusWithBody
        | Refusal::TooSmall { .. }
        | Refusal::ChecksumMismatch => 400,
        Refusal::Expired | Refusal::AlreadyComplete => 404,
        Refusal::Dead => 410,
        Refusal::PreconditionFailed => 412,
        Refusal::TooLarge { .. } => 413,
        Refusal::Cancelled => 499,
        Refusal::Busy | Refusal::Unavailable => 503,
        Refusal::StoreFull => 507,
    }
}

impl fmt::Display for ReplyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The words by which google-cloud-java tells a gap from a 503 that passes (facts seen live on Drive and
            // Cloud Storage): "Content-Range", and no "earlier".
            Self::Refusal(Refusal::Gap { at, persisted }) => write!(
                f,
                "Invalid request.  According to the Content-Range header, the upload offset is {at} byte(s), which \
                 exceeds already uploaded size of {persisted} byte(s)."
            ),
            Self::Refusal(refusal) => refusal.fmt(f),
            Self::Request(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.status, f)?;
        if self.instead_of_308 {
            f.write_str(" (308)")?;
        }
        if let Some(persisted) = self.persisted {
            write!(f, " {}", range::encode(persisted))?;
        }
        self.text.map_or(Ok(()), |text| write!(f, " {text}"))
    }
}

/// How many bytes `text` takes.
fn length(text: &ReplyText) -> u64 {
    struct Counter(u64);
    impl fmt::Write for Counter {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.saturating_add(crate::offset::length(text.as_bytes()));
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // A counter takes whatever is written to it.
    let _ = write!(counter, "{text}");
    counter.0
}

/// Reads what the server said about its session.
///
/// 1xx responses are not answers: the host skips them. Nothing is ever followed to another address.
///
/// ```
/// use resumable::Persisted;
/// use resumable::client::Verdict;
/// use resumable::google::decode_reply;
///
/// let headers = [httparse::Header { name: "Range", value: b"bytes=0-42" }];
/// let persisted = Some(Persisted::confirmed(43));
/// assert_eq!(decode_reply(308, &headers[..]), Verdict::Incomplete { persisted });
/// assert_eq!(decode_reply(404, &headers[..0]), Verdict::Gone);
/// ```
#[must_use]
pub fn decode_reply<F: Fields + ?Sized>(status: u16, fields: &F) -> Verdict {
    match status {
        308 => incomplete(fields),
        // R45: a 308 in disguise.
        200..=299 => match fields.field("x-http-status-code-override") {
            Field::Absent => Verdict::Complete { size: stored_size(fields) },
            Field::One(b"308") => incomplete(fields),
            Field::One(_) | Field::Repeated => Verdict::Violation(Violation::Answer { code: status }),
        },
        _ => failure(status, fields),
    }
}

/// R42, R43: what a status that is neither progress nor success means.
pub(super) fn failure<F: Fields + ?Sized>(status: u16, fields: &F) -> Verdict {
    match status {
        404 | 410 => Verdict::Gone,
        499 => Verdict::Cancelled,
        408 | 429 | 500..=599 => {
            let date = fields.field("date").one();
            let retry_after = fields.field("retry-after").one();
            Verdict::Unavailable { retry_after: retry_after.and_then(|value| retry_after::parse(value, date)) }
        }
        300..=499 => Verdict::Refused { code: status },
        _ => Verdict::Violation(Violation::Answer { code: status }),
    }
}

/// R40: one range from zero, or none.
fn incomplete<F: Fields + ?Sized>(fields: &F) -> Verdict {
    match fields.field("range") {
        Field::Absent => Verdict::Incomplete { persisted: None },
        Field::One(value) => match range::parse(value) {
            Ok(bytes) => Verdict::Incomplete { persisted: Some(Persisted::confirmed(bytes)) },
            Err(_) => Verdict::Violation(Violation::Range),
        },
        Field::Repeated => Verdict::Violation(Violation::Range),
    }
}

/// The object's size, which Cloud Storage's XML interface and signed URLs tell in a field.
fn stored_size<F: Fields + ?Sized>(fields: &F) -> Option<u64> {
    digits::whole(fields.field("x-goog-stored-content-length").one()?)
}
