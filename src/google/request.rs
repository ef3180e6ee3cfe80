//! Requests to a session: read by the server, written by the client.

use core::fmt;

use super::content_range::{ContentRange, ContentRangeError};
use super::{FieldList, Options};
use crate::fields::{Field, Fields};
use crate::{Append, Extent, Intent, Status, offset};

/// A request to a session, as its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// What it asks for.
    pub intent: Intent,
    /// What of it the reply depends on.
    pub echo: Echo,
    /// Whether the body has to be decoded (`Content-Encoding`) before it is handed to the session. Only with
    /// [`Options::decodes_content`].
    pub encoded: bool,
}

/// What of a request its reply depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Echo {
    /// The client's HTTP stack would follow a 308: it wants a 200 that says so.
    pub no_308: bool,
}

/// A request that cannot be understood or is not supported. It is refused without a session: the body is not read,
/// the upload is untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No method of this dialect.
    #[error("expected PUT, POST or DELETE")]
    Method,
    /// `Content-Range` is malformed.
    #[error("Failed to parse Content-Range header: {0}")]
    ContentRange(#[from] ContentRangeError),
    /// `Content-Range` is given more than once.
    #[error("expected one Content-Range header, got several")]
    RepeatedContentRange,
    /// `Content-Encoding` is given, and the host does not decode it.
    #[error("expected a body without Content-Encoding, got one with it")]
    ContentEncoding,
}

/// Reads what a request asks of its session.
///
/// `body` is the length of the body in bytes as the framing has it: `Some(0)` without a body, `None` if only its end
/// will tell (chunked coding, or HTTP/2 without a length). Which session it is about is in the URL, which is the host's.
///
/// # Errors
///
/// [`RequestError`]: encode it with `Reply::from`, close the connection if there is a body.
///
/// ```
/// use resumable::google::{Options, decode_request};
///
/// let headers = [httparse::Header { name: "content-range", value: b"bytes 43-1999999/2000000" }];
/// let request = decode_request("PUT", &headers[..], Some(1_999_957), &Options::default())?;
/// assert_eq!(request.intent.to_string(), "append 43..2000000 of 2000000");
/// # Ok::<(), resumable::google::RequestError>(())
/// ```
pub fn decode_request<F: Fields + ?Sized>(
    method: &str,
    fields: &F,
    body: Option<u64>,
    options: &Options,
) -> Result<Request, RequestError> {
    // R07: two large clients POST what the others PUT.
    match method {
        "PUT" | "POST" => {}
        "DELETE" => {
            return Ok(Request { intent: Intent::Cancel, echo: Echo::default(), encoded: false });
        }
        _ => return Err(RequestError::Method),
    }
    let no_308 = fields.field("x-guploader-no-308").one().is_some_and(|v| v.eq_ignore_ascii_case(b"yes"));
    // R26: with a coding, the length of the body says nothing about the range.
    let encoded = match fields.field("content-encoding") {
        Field::Absent => false,
        Field::One(coding) => !coding.eq_ignore_ascii_case(b"identity") && !coding.is_empty(),
        Field::Repeated => return Err(RequestError::ContentEncoding),
    };
    if encoded && !options.decodes_content {
        return Err(RequestError::ContentEncoding);
    }
    let body = body.filter(|length| !encoded || *length == 0);
    // R03: malformed or given twice, nothing is guessed.
    let range = match fields.field("content-range") {
        // No field: the body is the whole object, as after `bytes 0-*/*`.
        Field::Absent => ContentRange::From { start: 0, total: None },
        Field::One(value) => {
            let mut leniency = options.leniency;
            leniency.inverted_empty &= body.unwrap_or(0) == 0;
            ContentRange::parse(value, leniency)?
        }
        Field::Repeated => return Err(RequestError::RepeatedContentRange),
    };
    Ok(Request { intent: intent(range, body), echo: Echo { no_308 }, encoded })
}

/// R05: what each form means.
fn intent(range: ContentRange, body: Option<u64>) -> Intent {
    match range {
        ContentRange::Range { start, end, total } => {
            Intent::Append(Append { at: start, extent: Extent::To(end), total, body })
        }
        ContentRange::From { start, total } => Intent::Append(Append { at: start, extent: Extent::Last, total, body }),
        ContentRange::Unsatisfied { total } => Intent::Status(Status { total, body }),
    }
}

/// The head of a request to a session, without what is the host's: URL, credentials, connection.
///
/// Its [`Display`](fmt::Display) is the line of a log: `PUT bytes 43-1999999/2000000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestHead {
    /// `PUT` or `DELETE`.
    pub method: &'static str,
    /// `Content-Range`, if there is one.
    pub content_range: Option<ContentRange>,
    /// The length of the body in bytes, if it is known; `None` means chunked coding.
    pub content_length: Option<u64>,
}

/// An intent that this dialect has no request for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("expected an append with bytes in it and an end, got {0}")]
pub struct Unencodable(Intent);

/// Writes the head of the request for a client's [`Step::Send`](crate::client::Step::Send).
///
/// # Errors
///
/// [`Unencodable`] for an append whose end is open or that has no bytes, which [`Upload`](crate::client::Upload)
/// never asks for.
///
/// ```
/// use resumable::google::encode_request;
/// use resumable::{Append, Extent, Intent, Status};
///
/// let append = Append { at: 43, extent: Extent::To(2_000_000), total: Some(2_000_000), body: Some(1_999_957) };
/// assert_eq!(encode_request(&Intent::Append(append))?.to_string(), "PUT bytes 43-1999999/2000000");
/// let status = Status { total: None, body: Some(0) };
/// assert_eq!(encode_request(&Intent::Status(status))?.to_string(), "PUT bytes */*");
/// # Ok::<(), resumable::google::Unencodable>(())
/// ```
pub fn encode_request(intent: &Intent) -> Result<RequestHead, Unencodable> {
    let (range, content_length) = match *intent {
        Intent::Append(Append { at, extent: Extent::To(end), total, .. }) => {
            (ContentRange::range(at, end, total), Some(offset::between(at, end)))
        }
        Intent::Append(Append { at, extent: Extent::Last, total, body }) => {
            (ContentRange::to_end_of_body(at, total), body)
        }
        Intent::Append(Append { extent: Extent::Body, .. }) => (None, None),
        Intent::Status(Status { total, .. }) => (Some(ContentRange::unsatisfied(total)), Some(0)),
        Intent::Cancel => {
            return Ok(RequestHead { method: "DELETE", content_range: None, content_length: Some(0) });
        }
    };
    let range = range.ok_or(Unencodable(*intent))?;
    Ok(RequestHead { method: "PUT", content_range: Some(range), content_length })
}

impl RequestHead {
    /// The fields of the head: `Content-Range`, and `Content-Length` or `Transfer-Encoding`.
    #[must_use]
    pub fn fields(&self) -> FieldList<'static> {
        let mut fields = FieldList::new();
        if let Some(range) = self.content_range {
            fields.write("Content-Range", |back| range.put(back));
        }
        match self.content_length {
            Some(length) => fields.number("Content-Length", length),
            None => fields.borrowed("Transfer-Encoding", "chunked"),
        }
        fields
    }
}

impl fmt::Display for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method)?;
        self.content_range.map_or(Ok(()), |range| write!(f, " {range}"))
    }
}
