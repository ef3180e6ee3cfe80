//! The creation of a session: read by the server, written by the client, and its reply.

use super::FieldList;
use super::reply::failure;
use crate::client::{Verdict, Violation};
use crate::digits;
use crate::fields::{Field, Fields};

/// In which of its two forms a creation comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CreationKind {
    /// `POST ...?uploadType=resumable` (Cloud Storage's JSON interface, Drive, `YouTube`): a JSON body or none, the
    /// object's own type and size in `X-Upload-Content-Type` and `X-Upload-Content-Length`; answered by 200.
    #[default]
    Json,
    /// `POST` with `x-goog-resumable: start` (Cloud Storage's XML interface, signed URLs, Redivis): no body, the
    /// object's own type in `Content-Type`; answered by 201.
    Xml,
}

/// What the creation of a session says about the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Creation<'a> {
    /// In which form it came.
    pub kind: CreationKind,
    /// The size of the object in bytes, if it is named.
    pub total: Option<u64>,
    /// The type of the object, if it is named. The `Content-Type` of a later chunk says nothing about it.
    pub content_type: Option<&'a [u8]>,
}

/// A creation that cannot be understood: 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CreationError {
    /// The size is no number.
    #[error("expected X-Upload-Content-Length to be a number of bytes, got something else")]
    Length,
    /// A field is given more than once.
    #[error("expected one {field} header, got several")]
    Repeated {
        /// The field's name.
        field: &'static str,
    },
    /// The value of `x-goog-resumable` is not the one that starts a session.
    #[error("expected x-goog-resumable: start, got another value")]
    Start,
}

impl Creation<'_> {
    /// The status that goes with the `Location` of the new session.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.kind {
            CreationKind::Json => 200,
            CreationKind::Xml => 201,
        }
    }
}

/// Reads what the creation of a session says. That it is one, a host knows by its route; which form it has, by
/// `x-goog-resumable`.
///
/// # Errors
///
/// [`CreationError`]: answer 400 with its text.
///
/// ```
/// use resumable::google::{CreationKind, decode_creation};
///
/// let headers = [
///     httparse::Header { name: "X-Upload-Content-Length", value: b"2000000" },
///     httparse::Header { name: "X-Upload-Content-Type", value: b"text/csv" },
/// ];
/// let creation = decode_creation(&headers[..])?;
/// assert_eq!(creation.kind, CreationKind::Json);
/// assert_eq!(creation.total, Some(2_000_000));
/// assert_eq!(creation.content_type, Some(&b"text/csv"[..]));
/// # Ok::<(), resumable::google::CreationError>(())
/// ```
pub fn decode_creation<F: Fields + ?Sized>(fields: &F) -> Result<Creation<'_>, CreationError> {
    let kind = match single(fields, "x-goog-resumable")? {
        None => CreationKind::Json,
        Some(value) if value.eq_ignore_ascii_case(b"start") => CreationKind::Xml,
        Some(_) => return Err(CreationError::Start),
    };
    // google-cloud-php sends the field without a value when it does not know the size.
    let total = match single(fields, "x-upload-content-length")? {
        None | Some(b"") => None,
        Some(value) => Some(digits::whole(value).ok_or(CreationError::Length)?),
    };
    let declared = single(fields, "x-upload-content-type")?.filter(|value| !value.is_empty());
    let content_type = match (declared, kind) {
        (None, CreationKind::Xml) => single(fields, "content-type")?,
        (declared, _) => declared,
    };
    Ok(Creation { kind, total, content_type })
}

fn single<'a, F: Fields + ?Sized>(fields: &'a F, field: &'static str) -> Result<Option<&'a [u8]>, CreationError> {
    match fields.field(field) {
        Field::Absent => Ok(None),
        Field::One(value) => Ok(Some(value)),
        Field::Repeated => Err(CreationError::Repeated { field }),
    }
}

/// Writes the fields of a creation, which goes by `POST` to a URL of the host's. A JSON body, its length and its type,
/// if there is one, are the host's too.
///
/// ```
/// use resumable::google::{CreationKind, encode_creation};
///
/// let fields = encode_creation(CreationKind::Xml, None, Some("text/csv"));
/// let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect();
/// assert_eq!(lines, ["x-goog-resumable: start", "Content-Type: text/csv"]);
/// ```
#[must_use]
pub fn encode_creation(kind: CreationKind, total: Option<u64>, content_type: Option<&str>) -> FieldList<'_> {
    let mut fields = FieldList::new();
    if kind == CreationKind::Xml {
        fields.borrowed("x-goog-resumable", "start");
    }
    if let Some(total) = total {
        fields.number("X-Upload-Content-Length", total);
    }
    match (content_type, kind) {
        (None, _) => {}
        (Some(value), CreationKind::Json) => fields.borrowed("X-Upload-Content-Type", value),
        (Some(value), CreationKind::Xml) => fields.borrowed("Content-Type", value),
    }
    fields
}

/// Reads the reply to a creation: what it means, and where the session is, if there is one now.
///
/// The address is whatever stands in `Location`: absolute, without a scheme, or only a path. It is a secret, because
/// whoever has it may write to the session. A 2xx of any kind counts, since servers differ in it.
///
/// ```
/// use resumable::client::Verdict;
/// use resumable::google::decode_creation_reply;
///
/// let headers = [httparse::Header { name: "location", value: b"/uploads/7" }];
/// assert_eq!(decode_creation_reply(201, &headers[..]), (Verdict::Created, Some(&b"/uploads/7"[..])));
/// ```
#[must_use]
pub fn decode_creation_reply<F: Fields + ?Sized>(status: u16, fields: &F) -> (Verdict, Option<&[u8]>) {
    match (status, fields.field("location")) {
        (200..=299, Field::One(location)) if !location.is_empty() => (Verdict::Created, Some(location)),
        (200..=299, _) => (Verdict::Violation(Violation::Address), None),
        // A session that does not exist yet cannot be gone or cancelled: this is about the address.
        (404 | 410 | 499, _) => (Verdict::Refused { code: status }, None),
        _ => (failure(status, fields), None),
    }
}
