//! From a request's target to what it is about.

use percent_encoding::percent_decode_str;

use super::object::check_name;
use super::store::Kind;

/// The longest names, in bytes, as Cloud Storage has them.
const MAX_BUCKET: usize = 222;
const MAX_NAME: usize = 1024;

#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    /// Start an upload into a bucket or a table. `base` is the path to which the address of the session belongs.
    Create { kind: Kind, bucket: String, name: Option<String>, base: String },
    /// Go on with an upload. Its id is the only secret; it comes from [`super::service`] and has its form.
    Session { kind: Kind, bucket: String, id: String },
    /// Read an object: its description, or its bytes.
    Object { bucket: String, name: String, media: bool },
}

/// A target that leads nowhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    #[error("expected the path of a bucket, a table, an upload or an object, got another")]
    Path,
    #[error("expected {allow}, got another method")]
    Method { allow: &'static str },
    #[error("{0}")]
    Malformed(String),
}

impl RouteError {
    pub fn status(&self) -> u16 {
        match self {
            Self::Path => 404,
            Self::Method { .. } => 405,
            Self::Malformed(_) => 400,
        }
    }
}

impl Route {
    pub fn of(method: &str, target: &str) -> Result<Self, RouteError> {
        let (path, query) = split(target);
        let segments: Vec<&str> = path.splitn(7, '/').collect();
        match segments[..] {
            ["", "upload", "storage", "v1", "b", bucket, "o"] => {
                let bucket = name_of(bucket, MAX_BUCKET)?;
                // An id decides, also beside an `uploadType`: a session's address has both.
                match query_value(query, "upload_id")? {
                    Some(id) => session(Kind::Storage, bucket, id),
                    None => create(method, path, bucket, query),
                }
            }
            ["", "api", "v1", "tables", table, "uploads"] => {
                allow(method, "POST")?;
                Ok(Self::Create {
                    kind: Kind::Table,
                    bucket: name_of(table, MAX_BUCKET)?,
                    name: None,
                    base: path.to_owned(),
                })
            }
            ["", "api", "v1", "tables", table, "uploads", id] => {
                session(Kind::Table, name_of(table, MAX_BUCKET)?, id.to_owned())
            }
            ["", "storage", "v1", "b", bucket, "o", object] => {
                allow(method, "GET")?;
                Ok(Self::Object {
                    bucket: name_of(bucket, MAX_BUCKET)?,
                    name: name_of(object, MAX_NAME)?,
                    media: query_value(query, "alt")?.is_some_and(|alt| alt == "media"),
                })
            }
            _ => Err(RouteError::Path),
        }
    }
}

fn create(method: &str, path: &str, bucket: String, query: &str) -> Result<Route, RouteError> {
    allow(method, "POST")?;
    let upload_type = query_value(query, "uploadType")?;
    if upload_type.as_deref() != Some("resumable") {
        return Err(RouteError::Malformed("expected uploadType=resumable, got another or none".to_owned()));
    }
    let name = query_value(query, "name")?;
    if let Some(name) = &name {
        check_object_name(name)?;
    }
    Ok(Route::Create { kind: Kind::Storage, bucket, name, base: path.to_owned() })
}

fn session(kind: Kind, bucket: String, id: String) -> Result<Route, RouteError> {
    // What is no id must not become a file name.
    let is_id = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_id { Ok(Route::Session { kind, bucket, id }) } else { Err(RouteError::Path) }
}

pub fn check_object_name(name: &str) -> Result<(), RouteError> {
    check_name(name, MAX_NAME).map_err(RouteError::Malformed)
}

fn allow(method: &str, allow: &'static str) -> Result<(), RouteError> {
    if method == allow { Ok(()) } else { Err(RouteError::Method { allow }) }
}

/// The path and the query of a target, which may also be a whole URL (RFC 9112, section 3.2.2).
fn split(target: &str) -> (&str, &str) {
    let target = target.strip_prefix("http://").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(target);
    target.split_once('?').unwrap_or((target, ""))
}

fn name_of(segment: &str, limit: usize) -> Result<String, RouteError> {
    let name = decode(segment)?;
    check_name(&name, limit).map_err(RouteError::Malformed)?;
    Ok(name)
}

/// The value of a key that may be given once: which of two counts, another party might see differently.
fn query_value(query: &str, wanted: &str) -> Result<Option<String>, RouteError> {
    let mut found = None;
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key)? == wanted && found.replace(value).is_some() {
            return Err(RouteError::Malformed(format!("expected one {wanted}, got several")));
        }
    }
    // In a query, and only there, a plus is a space.
    found.map(|value| decode(&value.replace('+', " "))).transpose()
}

fn decode(text: &str) -> Result<String, RouteError> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded
        .map_err(|_| RouteError::Malformed("expected percent-encoded UTF-8, got another encoding".to_owned()))?;
    Ok(decoded.into_owned())
}
