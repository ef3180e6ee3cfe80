//! From a request's target to what it is about.
//!
//! | method | target | what it does |
//! |---|---|---|
//! | POST | `/upload/storage/v1/b/BUCKET/o?uploadType=resumable` | starts an upload |
//! | POST | `...?uploadType=media`, `...?uploadType=multipart` | a whole object in one request |
//! | PUT, POST, DELETE | `...?upload_id=ID` | goes on with an upload, asks about it, cancels it |
//! | GET | `/storage/v1/b/BUCKET`, `/storage/v1/b/BUCKET/o` | a bucket, a list of its objects |
//! | GET, DELETE | `/storage/v1/b/BUCKET/o/OBJECT` | describes an object (its bytes with `?alt=media`), removes it |
//! | GET | `/download/storage/v1/b/BUCKET/o/OBJECT` | its bytes |
//! | POST | `/BUCKET/OBJECT` with `x-goog-resumable: start` | starts an upload (XML interface, signed URLs) |
//! | PUT, POST, DELETE | `/BUCKET/OBJECT?upload_id=ID` | as above |
//! | GET, DELETE | `/BUCKET/OBJECT` | its bytes; removes it |
//! | POST | `/api/v1/tables/TABLE/uploads` | starts an upload (Redivis) |
//! | POST | `/api/v1/tables/TABLE/tempUploads` | starts some, as Redivis' client asks for them |
//! | PUT, POST, DELETE | `/api/v1/tables/TABLE/uploads/ID` | as above |

use std::borrow::Cow;
use std::iter;

use memchr::{memchr, memchr2};
use percent_encoding::percent_decode_str;

use super::listing::Listing;
use super::object::check_name;
use super::store::{Kind, is_id};

/// The longest names, in bytes, as Cloud Storage has them.
const MAX_BUCKET: usize = 222;
const MAX_NAME: usize = 1024;

#[derive(Debug, PartialEq, Eq)]
pub enum Route<'t> {
    /// Start an upload into a bucket or a table. `base` is the path to which the address of the session belongs.
    Create { kind: Kind, bucket: String, name: Option<String>, base: String },
    /// Start some uploads into a table, and give each its address.
    Temporary { table: String, base: String },
    /// A whole object in one request, alone or as the second of two parts.
    Whole { bucket: String, name: Option<String>, is_multipart: bool },
    /// Go on with an upload. Its id is the only secret; it comes from [`super::service`] and has its form.
    Session { kind: Kind, bucket: Cow<'t, str>, id: Cow<'t, str> },
    /// Describe an object.
    Describe { bucket: String, name: String },
    /// Read the bytes of an object.
    Read { bucket: String, name: String },
    /// Remove an object.
    Remove { bucket: String, name: String },
    /// Describe a bucket.
    Bucket { bucket: String },
    /// Describe the objects of a bucket.
    List { bucket: String, listing: Listing },
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

/// The first words of paths that belong to an interface: no bucket of the XML interface has such a name.
const INTERFACES: [&str; 5] = ["upload", "download", "storage", "api", "resumable"];

/// What a request may ask to hold before anything is changed. Only the first is checked, and only at a creation.
const CONDITIONS: [&str; 4] =
    ["ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch"];

impl<'t> Route<'t> {
    pub fn of(method: &str, target: &'t str) -> Result<Self, RouteError> {
        let (path, query) = split(target);
        // gsutil has a path of its own for uploads.
        let path = path.strip_prefix("/resumable").filter(|rest| rest.starts_with("/upload/")).unwrap_or(path);
        if let Some(rest) = path.strip_prefix("/upload/storage/v1/b/") {
            let bucket = rest.strip_suffix("/o").filter(|bucket| !bucket.contains('/')).ok_or(RouteError::Path)?;
            return upload(method, path, bucket_of(bucket)?, query);
        }
        if let Some(rest) = path.strip_prefix("/storage/v1/b/") {
            return storage(method, rest, false, query);
        }
        if let Some(rest) = path.strip_prefix("/download/storage/v1/b/") {
            return storage(method, rest, true, query);
        }
        match path.strip_prefix("/api/v1/tables/") {
            Some(rest) => table_of(method, rest),
            None => xml(method, path, query),
        }
    }
}

/// What there is in Cloud Storage, by its JSON interface: a bucket, its objects, or one of them.
fn storage(method: &str, rest: &str, is_download: bool, query: &str) -> Result<Route<'static>, RouteError> {
    let (bucket, rest) = cut(rest, b'/').map_or((rest, None), |(bucket, rest)| (bucket, Some(rest)));
    if let Some(name) = rest.and_then(|rest| rest.strip_prefix("o/")) {
        let is_media = is_download || query_value(query, "alt")?.is_some_and(|alt| alt == "media");
        let (bucket, name) = (bucket_of(bucket)?.into_owned(), name_of(name, MAX_NAME)?.into_owned());
        return object_of(method, bucket, name, is_media, query);
    }
    match rest {
        Some("o") | None if !is_download => allow(method, "GET")?,
        _ => return Err(RouteError::Path),
    }
    let bucket = bucket_of(bucket)?.into_owned();
    Ok(if rest.is_some() { Route::List { bucket, listing: listing(query)? } } else { Route::Bucket { bucket } })
}

fn object_of(
    method: &str,
    bucket: String,
    name: String,
    is_media: bool,
    query: &str,
) -> Result<Route<'static>, RouteError> {
    no_conditions(query, &CONDITIONS)?;
    match method {
        "GET" if is_media => Ok(Route::Read { bucket, name }),
        "GET" => Ok(Route::Describe { bucket, name }),
        "DELETE" => Ok(Route::Remove { bucket, name }),
        _ => Err(RouteError::Method { allow: "GET, DELETE" }),
    }
}

fn listing(query: &str) -> Result<Listing, RouteError> {
    let max_results = query_value(query, "maxResults")?.map(|number| number.parse()).transpose();
    Ok(Listing {
        prefix: query_value(query, "prefix")?.unwrap_or_default().into_owned(),
        delimiter: query_value(query, "delimiter")?.filter(|delimiter| !delimiter.is_empty()).map(Cow::into_owned),
        max_results: max_results
            .map_err(|_| RouteError::Malformed("expected maxResults to be a number, got something else".to_owned()))?,
        page_token: query_value(query, "pageToken")?.filter(|token| !token.is_empty()).map(Cow::into_owned),
    })
}

/// Uploads of Cloud Storage's JSON interface.
fn upload<'t>(method: &str, path: &str, bucket: Cow<'t, str>, query: &'t str) -> Result<Route<'t>, RouteError> {
    // An id decides, also beside an `uploadType`: a session's address has both.
    if let Some(id) = query_value(query, "upload_id")? {
        return session(Kind::Storage, bucket, id);
    }
    allow(method, "POST")?;
    let name = query_value(query, "name")?.map(Cow::into_owned);
    if let Some(name) = &name {
        check_object_name(name)?;
    }
    let bucket = bucket.into_owned();
    match query_value(query, "uploadType")?.as_deref() {
        Some("resumable") => Ok(Route::Create { kind: Kind::Storage, bucket, name, base: path.to_owned() }),
        Some("media") => Ok(Route::Whole { bucket, name, is_multipart: false }),
        Some("multipart") => Ok(Route::Whole { bucket, name, is_multipart: true }),
        _ => {
            let text = "expected uploadType to be resumable, media or multipart, got another or none";
            Err(RouteError::Malformed(text.to_owned()))
        }
    }
}

/// Uploads of Redivis.
fn table_of<'t>(method: &str, rest: &'t str) -> Result<Route<'t>, RouteError> {
    let (table, rest) = cut(rest, b'/').ok_or(RouteError::Path)?;
    let base = || format!("/api/v1/tables/{table}/uploads");
    let table = bucket_of(table)?;
    if let Some(id) = rest.strip_prefix("uploads/") {
        return session(Kind::Table, table, id.into());
    }
    match rest {
        "uploads" => {
            allow(method, "POST")?;
            Ok(Route::Create { kind: Kind::Table, base: base(), bucket: table.into_owned(), name: None })
        }
        "tempUploads" => {
            allow(method, "POST")?;
            Ok(Route::Temporary { base: base(), table: table.into_owned() })
        }
        _ => Err(RouteError::Path),
    }
}

/// Cloud Storage's XML interface: `/BUCKET/OBJECT`.
fn xml<'t>(method: &str, path: &'t str, query: &'t str) -> Result<Route<'t>, RouteError> {
    let (bucket, name) = path.strip_prefix('/').and_then(|path| cut(path, b'/')).ok_or(RouteError::Path)?;
    if INTERFACES.contains(&bucket) {
        return Err(RouteError::Path);
    }
    let (bucket, name) = (bucket_of(bucket)?, name_of(name, MAX_NAME)?);
    if let Some(id) = query_value(query, "upload_id")? {
        return session(Kind::Xml, bucket, id);
    }
    let (bucket, name) = (bucket.into_owned(), name.into_owned());
    match method {
        "GET" => Ok(Route::Read { bucket, name }),
        "POST" => Ok(Route::Create { kind: Kind::Xml, bucket, name: Some(name), base: path.to_owned() }),
        "DELETE" => Ok(Route::Remove { bucket, name }),
        _ => Err(RouteError::Method { allow: "GET, POST, DELETE" }),
    }
}

fn session<'t>(kind: Kind, bucket: Cow<'t, str>, id: Cow<'t, str>) -> Result<Route<'t>, RouteError> {
    if is_id(&id) { Ok(Route::Session { kind, bucket, id }) } else { Err(RouteError::Path) }
}

pub fn check_object_name(name: &str) -> Result<(), RouteError> {
    check_name(name, MAX_NAME).map_err(RouteError::Malformed)
}

/// The precondition of a creation. One that is not known is refused: whoever names it relies on it.
pub fn if_generation_match(target: &str) -> Result<Option<u64>, RouteError> {
    let (_, query) = split(target);
    no_conditions(query, &CONDITIONS[1..])?;
    let generation = query_value(query, CONDITIONS[0])?.map(|number| number.parse()).transpose();
    generation.map_err(|_| RouteError::Malformed("expected ifGenerationMatch to be a number, got another".to_owned()))
}

fn no_conditions(query: &str, conditions: &[&str]) -> Result<(), RouteError> {
    for condition in conditions {
        if query_value(query, condition)?.is_some() {
            return Err(RouteError::Malformed(format!("expected no {condition}, which is not checked here, got one")));
        }
    }
    Ok(())
}

fn allow(method: &str, allow: &'static str) -> Result<(), RouteError> {
    if method == allow { Ok(()) } else { Err(RouteError::Method { allow }) }
}

/// The path and the query of a target, which may also be a whole URL (RFC 9112, section 3.2.2).
pub fn split(target: &str) -> (&str, &str) {
    let target = target.strip_prefix("http://").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(target);
    cut(target, b'?').unwrap_or((target, ""))
}

fn bucket_of(segment: &str) -> Result<Cow<'_, str>, RouteError> {
    name_of(segment, MAX_BUCKET)
}

fn name_of(segment: &str, limit: usize) -> Result<Cow<'_, str>, RouteError> {
    let name = decode(segment)?;
    check_name(&name, limit).map_err(RouteError::Malformed)?;
    Ok(name)
}

/// The value of a key that may be given once: which of two counts, another party might see differently.
fn query_value<'q>(query: &'q str, wanted: &str) -> Result<Option<Cow<'q, str>>, RouteError> {
    let mut found = None;
    for (key, value) in pairs(query) {
        if decode(key)? == wanted && found.replace(value).is_some() {
            return Err(RouteError::Malformed(format!("expected one {wanted}, got several")));
        }
    }
    let Some(value) = found else { return Ok(None) };
    if memchr2(b'+', b'%', value.as_bytes()).is_none() {
        return Ok(Some(value.into()));
    }
    // In a query, and only there, a plus is a space.
    Ok(Some(decode(&value.replace('+', " "))?.into_owned().into()))
}

/// The keys and the values of a query, not decoded.
fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(query);
    iter::from_fn(move || {
        let pair = rest?;
        let (pair, more) = cut(pair, b'&').map_or((pair, None), |(pair, more)| (pair, Some(more)));
        rest = more;
        Some(cut(pair, b'=').unwrap_or((pair, "")))
    })
}

/// What stands before and after the first such byte: `split_once`, in fewer instructions where texts are short.
fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    memchr(byte, text.as_bytes()).map(|at| (&text[..at], &text[at + 1..]))
}

fn decode(text: &str) -> Result<Cow<'_, str>, RouteError> {
    if memchr(b'%', text.as_bytes()).is_none() {
        return Ok(text.into());
    }
    let malformed = |_| RouteError::Malformed("expected percent-encoded UTF-8, got another encoding".to_owned());
    percent_decode_str(text).decode_utf8().map_err(malformed)
}
