//! The bridge to the types of the `http` crate, both directions, both sides (feature `http`).
//!
//! The dialect reads an [`HeaderMap`] as it is (it implements [`Fields`]), so what is left to
//! bridge is small: how long a body is, and heads on their way out.
//!
//! ```
//! use http::{Request, StatusCode};
//! use resumable::google::{self, Options};
//! use resumable::server::{Session, Step};
//! use resumable::Policy;
//!
//! let mut session = Session::new(Policy::default(), None)?;
//! let request = Request::put("/uploads/7").header("content-range", "bytes */*").body(())?;
//! let (head, _) = request.into_parts();
//!
//! let options = Options::default();
//! let request = resumable::http::decode_request(&head, resumable::http::body_length(&head), &options)?;
//! let ticket = session.handle_request(request.intent);
//! let Step::Respond(outcome) = session.step(&ticket)? else { unreachable!() };
//! let response = resumable::http::response(&google::encode_reply(&outcome, request.echo, &options));
//! assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
//! assert_eq!(response.headers()["content-length"], "0");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use ::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, GetAll, HeaderName, HeaderValue, RANGE, TRANSFER_ENCODING,
};
use ::http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version, request, response};

use crate::client::Verdict;
use crate::digits;
use crate::fields::{Field, Fields};
use crate::google::{self, FieldList, Options, Reply, RequestError, RequestHead};

/// The length of a request's body in bytes, as its head tells; `None` if only its end will tell.
///
/// In HTTP/1 a request without a length and without a coding has no body; in HTTP/2 and later it may have one. A host
/// whose stack knows better (`size_hint().exact()` of an `http_body`) uses that. A length that cannot be understood
/// counts as unknown: stacks refuse those before they hand a request on.
///
/// ```
/// let (head, ()) = http::Request::put("/").header("content-length", "11").body(())?.into_parts();
/// assert_eq!(resumable::http::body_length(&head), Some(11));
/// let (head, ()) = http::Request::put("/").header("transfer-encoding", "chunked").body(())?.into_parts();
/// assert_eq!(resumable::http::body_length(&head), None);
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn body_length(head: &request::Parts) -> Option<u64> {
    if head.headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    match head.headers.field(CONTENT_LENGTH.as_str()) {
        Field::Absent => (head.version < Version::HTTP_2).then_some(0),
        Field::One(value) => digits::whole(value),
        Field::Repeated => None,
    }
}

/// Reads what a request asks of its session: [`google::decode_request`] for the types of this crate.
///
/// # Errors
///
/// [`RequestError`]: send [`response()`] of its `Reply::from`.
pub fn decode_request(
    head: &request::Parts,
    body: Option<u64>,
    options: &Options,
) -> Result<google::Request, RequestError> {
    google::decode_request(head.method.as_str(), &head.headers, body, options)
}

/// Makes a response of a reply. Its body, if [`Reply::text`] is set, is that text; for a completed upload it is the
/// host's.
#[must_use]
pub fn response(reply: &Reply) -> Response<()> {
    let mut response = Response::new(());
    // Every status that a reply has is one; another one would be a fault of this crate, which is what 500 says.
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    add(response.headers_mut(), &reply.fields());
    response
}

/// Makes a request to a session of its head; the body, the credentials and the connection are the host's.
///
/// ```
/// use resumable::client::{ClientPolicy, Length, Step, Upload, Verdict};
///
/// let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), 7);
/// let Step::Create { attempt, .. } = upload.step() else { unreachable!() };
/// upload.handle_response(attempt, Verdict::Created)?;
/// let Step::Send { intent, .. } = upload.step() else { unreachable!() };
/// let head = resumable::google::encode_request(&intent)?;
/// let request = resumable::http::request(&head, "http://127.0.0.1:8308/uploads/7".parse()?);
/// assert_eq!(request.headers()["content-range"], "bytes 0-10/11");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn request(head: &RequestHead, session: Uri) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = if head.method == "DELETE" { Method::DELETE } else { Method::PUT };
    *request.uri_mut() = session;
    add(request.headers_mut(), &head.fields());
    request
}

/// Adds the fields of a creation, or of anything else that this crate has written, to a head.
pub fn add(headers: &mut HeaderMap, fields: &FieldList<'_>) {
    for (name, value) in fields.iter() {
        // What a caller gave (a content type with a line break in it) may be no value: then it is left out.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
            headers.insert(name, value);
        }
    }
}

/// Reads what the server said about its session: [`google::decode_reply`] for the types of this crate.
#[must_use]
pub fn decode_reply(head: &response::Parts) -> Verdict {
    google::decode_reply(head.status.as_u16(), &head.headers)
}

/// Reads the reply to a creation: [`google::decode_creation_reply`] for the types of this crate.
#[must_use]
pub fn decode_creation_reply(head: &response::Parts) -> (Verdict, Option<&[u8]>) {
    google::decode_creation_reply(head.status.as_u16(), &head.headers)
}

impl Fields for HeaderMap {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the name is known to whoever calls, and is not compared then")]
    fn field(&self, name: &str) -> Field<'_> {
        static NO_308: HeaderName = HeaderName::from_static("x-guploader-no-308");

        // What every request is asked for: a name is found in a fraction of what a text takes, which is made a name
        // first.
        match name {
            "content-range" => only(&self.get_all(CONTENT_RANGE)),
            "content-encoding" => only(&self.get_all(CONTENT_ENCODING)),
            "content-length" => only(&self.get_all(CONTENT_LENGTH)),
            "range" => only(&self.get_all(RANGE)),
            "x-guploader-no-308" => only(&self.get_all(&NO_308)),
            _ => only(&self.get_all(name)),
        }
    }
}

fn only<'a>(values: &GetAll<'a, HeaderValue>) -> Field<'a> {
    let mut values = values.iter();
    match (values.next(), values.next()) {
        (None, _) => Field::Absent,
        (Some(value), None) => Field::One(value.as_bytes().trim_ascii()),
        (Some(_), Some(_)) => Field::Repeated,
    }
}
