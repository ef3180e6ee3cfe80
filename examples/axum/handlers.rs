//! What axum calls.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HOST, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body_util::BodyExt as _;
use percent_encoding::percent_decode_str;
use resumable::google::{self, Creation};
use resumable::server::Session;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, Take};
use tokio::time::timeout;

use super::answer::{self, Line, last, text};
use super::checksum::Checksums;
use super::object::{Declared, Object, check_content_type, check_name};
use super::request::{Cut, Hangup, Request as Upload};
use super::store::{Kind, Record, is_id};
use super::{App, blocking};

/// The most that a creation may say about its object, in bytes.
const MAX_DESCRIPTION: usize = 64 * 1024;

/// The longest names, in bytes, as Cloud Storage has them.
const MAX_BUCKET: usize = 222;
const MAX_NAME: usize = 1024;

/// How much of a request that was refused is read after the answer, and for how long.
const LINGER_BYTES: usize = 4 << 20;
const LINGER: Duration = Duration::from_secs(2);

/// How much of an object is read at once.
const PIECE: usize = 256 * 1024;

/// What a query says.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Params {
    #[serde(rename = "uploadType")]
    pub upload_type: Option<String>,
    pub upload_id: Option<String>,
    pub name: Option<String>,
    pub alt: Option<String>,
    #[serde(rename = "ifGenerationMatch")]
    pub if_generation: Option<u64>,
}

/// The one address of uploads: with an id it is a session, without one they are created there.
pub async fn target(
    State(app): State<Arc<App>>,
    Path(bucket): Path<String>,
    Query(params): Query<Params>,
    request: Request,
) -> Response {
    let line = request.extensions().get::<ConnectInfo<Line>>().map(|info| info.0.clone());
    let (head, mut body) = request.into_parts();
    let result = match &params.upload_id {
        Some(id) => session(&app, &bucket, id, &head, &mut body, line.as_ref()).await,
        None => create(&app, bucket, params, &head, &mut body, line.as_ref()).await,
    };
    result.unwrap_or_else(|response| {
        if body.is_end_stream() {
            return response;
        }
        tokio::spawn(timeout(LINGER, drain(body)));
        last(response)
    })
}

/// Reads and drops what still comes of a body after the answer, within limits: a socket that is closed with unread
/// bytes resets the connection, and the client may lose the answer.
async fn drain(mut body: Body) {
    let mut dropped = 0;
    while dropped < LINGER_BYTES
        && let Some(Ok(frame)) = body.frame().await
    {
        dropped += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// A request to the address of a session. With an error the body may not be read to its end.
async fn session(
    app: &Arc<App>,
    bucket: &str,
    id: &str,
    head: &Parts,
    body: &mut Body,
    line: Option<&Line>,
) -> Result<Response, Response> {
    let found = if is_id(id) { app.find(id).await.map_err(|error| app.broken(&error))? } else { None };
    let Some(upload) = found.filter(|upload| upload.bucket() == bucket) else {
        return Err(text(StatusCode::NOT_FOUND, &"expected an upload, got the id of none"));
    };
    let options = &app.config.google;
    let checksums = Checksums::of_fields(hashes(&head.headers)).map_err(|error| bad(&error))?;
    let asked = resumable::http::decode_request(head, resumable::http::body_length(head), options)
        .map_err(|error| answer::reply(&error.into()))?;
    let range = head.headers.get(CONTENT_RANGE).map_or(&b""[..], HeaderValue::as_bytes).escape_ascii();
    // The id of an upload is as good as a password, so it is never shown whole.
    let tag = &id[..8];
    app.log(format_args!("> {} {range} (upload {tag})", head.method));
    let outcome = Upload::admit(app, &upload, asked.intent, checksums).serve(body).await;
    let outcome = outcome.map_err(|hangup| {
        app.log(format_args!("* {hangup}; {} bytes are kept (upload {tag})", upload.session().persisted()));
        hung_up(&hangup, line)
    })?;
    let reply = google::encode_reply(&outcome, asked.echo, options);
    app.log(format_args!("< {reply} (upload {tag})"));
    let response = match upload.object().filter(|_| reply.is_complete()) {
        Some(object) => answer::json(StatusCode::OK, &object.json(&base(&head.headers, line))),
        None => answer::reply(&reply),
    };
    if outcome.body_read { Ok(response) } else { Err(response) }
}

/// The answer where the session has none.
fn hung_up(hangup: &Hangup, line: Option<&Line>) -> Response {
    let status = match hangup {
        Hangup::Cut(cut) if cut.is_malformed() => StatusCode::BAD_REQUEST,
        Hangup::Cut(Cut::Silent) => StatusCode::REQUEST_TIMEOUT,
        Hangup::Cut(Cut::Stopping) => StatusCode::SERVICE_UNAVAILABLE,
        _ => {
            // None is owed: it does not get out of the connection that is shut. Only who calls this service without
            // one gets it.
            line.inspect(|line| line.shut());
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    text(status, hangup)
}

async fn create(
    app: &Arc<App>,
    bucket: String,
    params: Params,
    head: &Parts,
    body: &mut Body,
    line: Option<&Line>,
) -> Result<Response, Response> {
    if head.method != Method::POST {
        let refusal = text(StatusCode::METHOD_NOT_ALLOWED, &"expected POST, got another method");
        return Err(([(ALLOW, "POST")], refusal).into_response());
    }
    if params.upload_type.as_deref() != Some("resumable") {
        return Err(bad(&"expected uploadType=resumable, got another or none"));
    }
    let query = head.uri.query().unwrap_or_default();
    // axum has put another character in the place of what is none, so that two names could become one.
    if percent_decode_str(query).decode_utf8().is_err() {
        return Err(bad(&"expected percent-encoded UTF-8, got another encoding"));
    }
    if query.split('&').any(|pair| pair.starts_with("if") && !pair.starts_with("ifGenerationMatch=")) {
        return Err(bad(&"expected ifGenerationMatch or no condition, got another"));
    }
    let creation = google::decode_creation(&head.headers).map_err(|error| bad(&error))?;
    // What is left of a body that is too long, or comes too slowly, goes with it.
    let said = timeout(app.config.idle, to_bytes(std::mem::take(body), MAX_DESCRIPTION)).await;
    let silent = |_| last(text(StatusCode::REQUEST_TIMEOUT, &"expected the rest of the request in time, got less"));
    let said = said.map_err(silent)?.map_err(|error| last(bad(&error)))?;
    let said = if said.is_empty() { Ok(json!({})) } else { serde_json::from_slice(&said) };
    let said: Value = said.map_err(|error| bad(&error))?;
    let hashes = hashes(&head.headers);
    let declared = declare(bucket, params, &creation, hashes, &said).map_err(|error| bad(&error))?;
    let session = Session::new(app.config.policy, creation.total).map_err(|refusal| app.refuse(refusal))?;

    // 128 bits that nobody can guess: whoever knows the id may write.
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| app.broken(&io::Error::other(error)))?;
    let id = format!("{:032x}", u128::from_be_bytes(id));
    let record = Record { upload: session.snapshot(), kind: Kind::Storage, declared, object: None };
    let (store, name) = (Arc::clone(&app.store), id.clone());
    // If this future is dropped here, the upload is created all the same, and nobody knows its id.
    let files = blocking(move || store.create(&name, record)).await.map_err(|error| app.broken(&error))?;
    let (base, path) = (base(&head.headers, line), head.uri.path());
    let location = format!("{base}{path}?uploadType=resumable&upload_id={id}");
    app.insert(id, files, session);
    let status = StatusCode::from_u16(creation.status()).unwrap_or(StatusCode::OK);
    Ok(([(LOCATION, location)], text(status, &"")).into_response())
}

fn declare<'h>(
    bucket: String,
    params: Params,
    creation: &Creation<'_>,
    hashes: impl Iterator<Item = &'h [u8]>,
    said: &Value,
) -> Result<Declared, String> {
    let name = params.name.or_else(|| said["name"].as_str().map(str::to_owned));
    let name = name.ok_or("expected a name in the query or in the body, got none")?;
    check_name(&bucket, MAX_BUCKET).and_then(|()| check_name(&name, MAX_NAME))?;
    let metadata = match said.get("metadata") {
        None | Some(Value::Null) => BTreeMap::new(),
        Some(map) => serde_json::from_value(map.clone()).map_err(|error| error.to_string())?,
    };
    let header = creation.content_type.map(String::from_utf8_lossy);
    let content_type = said["contentType"].as_str().or(header.as_deref()).unwrap_or("application/octet-stream");
    check_content_type(content_type)?;
    let checksums = Checksums::of_json(said).and_then(|said| said.and(Checksums::of_fields(hashes)?));
    let checksums = checksums.map_err(|error| error.to_string())?;
    let (content_type, if_generation) = (content_type.to_owned(), params.if_generation);
    Ok(Declared { bucket, name, content_type, metadata, checksums, if_generation })
}

/// What the object's bytes must come to, as `x-goog-hash` has it.
fn hashes(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all("x-goog-hash").iter().map(HeaderValue::as_bytes)
}

/// Where the client has connected to, in its own words.
fn base(headers: &HeaderMap, line: Option<&Line>) -> String {
    let host = headers.get(HOST).map_or(&b""[..], HeaderValue::as_bytes);
    let host = String::from_utf8_lossy(host);
    let local = line.and_then(|line| line.local).map(|local| local.to_string()).unwrap_or_default();
    // Google's Rust SDK leaves out the port even where it is not 80.
    let is_short = local.rsplit_once(':').is_some_and(|(address, _)| address == host);
    format!("http://{}", if host.is_empty() || is_short { &*local } else { &*host })
}

/// An object: its description, or its bytes.
pub async fn object(
    State(app): State<Arc<App>>,
    Path(place): Path<(String, String)>,
    Query(params): Query<Params>,
    request: Request,
) -> Response {
    if params.alt.as_deref() == Some("media") {
        return media(State(app), Path(place)).await;
    }
    let line = request.extensions().get::<ConnectInfo<Line>>().map(|info| &info.0);
    match find(&app, place).await {
        Ok((object, _)) => answer::json(StatusCode::OK, &object.json(&base(request.headers(), line))),
        Err(response) => response,
    }
}

/// The bytes of an object.
pub async fn media(State(app): State<Arc<App>>, Path(place): Path<(String, String)>) -> Response {
    let (object, file) = match find(&app, place).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let fields = [(CONTENT_LENGTH, object.size.to_string()), (CONTENT_TYPE, object.declared.content_type)];
    (fields, read_on(File::from_std(file).take(object.size))).into_response()
}

async fn find(app: &App, (bucket, name): (String, String)) -> Result<(Object, std::fs::File), Response> {
    let store = Arc::clone(&app.store);
    let found = blocking(move || store.object(&bucket, &name)).await.map_err(|error| app.broken(&error))?;
    found.ok_or_else(|| text(StatusCode::NOT_FOUND, &"expected an object, got the name of none"))
}

/// A body that is read from a file when it is asked for.
fn read_on(file: Take<File>) -> Body {
    Body::from_stream(stream::try_unfold(file, async |mut file| {
        if file.limit() == 0 {
            return Ok(None);
        }
        let mut piece = BytesMut::with_capacity(PIECE);
        match file.read_buf(&mut piece).await? {
            // A file that has become shorter must not look like one that has been sent.
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => Ok(Some((piece.freeze(), file))),
        }
    }))
}

fn bad(error: &impl ToString) -> Response {
    text(StatusCode::BAD_REQUEST, error)
}
