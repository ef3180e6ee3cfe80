//! The creation of an upload.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use resumable::fields::Fields;
use resumable::google::{self, Creation};
use resumable::server::Session;
use serde_json::{Value, json};

use super::answer::{Answer, Failure};
use super::connection::{Connection, Head};
use super::ladder::short;
use super::object::Declared;
use super::routes::check_object_name;
use super::service::Service;
use super::store::{Kind, Record, lock};
use super::upload::Upload;

/// The most that a creation may say about its object, in bytes.
const MAX_DESCRIPTION: usize = 64 * 1024;

impl Service {
    pub fn create(
        &self,
        head: &Head,
        connection: &mut Connection,
        (kind, bucket, name): (Kind, String, Option<String>),
        base: &str,
    ) -> Result<Answer, Failure> {
        let creation = google::decode_creation(head).map_err(|error| Failure::bad(&error))?;
        let said = read_json(head, connection)?;
        let total = match (creation.total, kind) {
            (None, Kind::Table) => said["size"].as_u64(),
            (total, _) => total,
        };
        let session = Session::new(self.config.policy, total).map_err(|it| self.refuse(it))?;
        let id = random_id().map_err(|error| self.broken(&error))?;
        let name = match (name, said["name"].as_str(), kind) {
            (Some(name), _, _) => name,
            (None, Some(name), _) => name.to_owned(),
            (None, None, Kind::Table) => format!("upload-{}", short(&id)),
            (None, None, Kind::Storage) => {
                return Err(Failure::bad(&"expected a name in the query or in the body, got none"));
            }
        };
        let declared = declare(bucket, name, &creation, &said)?;
        let record = Record { upload: session.snapshot(), kind, declared, object: None };
        let files = self.store.create(&id, record);
        let files = files.map_err(|error| self.broken(&error))?;
        let upload = Arc::new(Upload::new(session, files));
        lock(&self.uploads).insert(id.clone(), upload);
        let status = creation.status();
        Ok(match kind {
            Kind::Storage => {
                let host = authority(head, connection).map_err(|error| self.broken(&error))?;
                let location = format!("http://{host}{base}?uploadType=resumable&upload_id={id}");
                Answer::text(status, &"").with("Location", &location)
            }
            Kind::Table => {
                let location = format!("{base}/{id}");
                Answer::json(status, &json!({"id": id})).with("Location", &location)
            }
        })
    }
}

/// The body of a creation: a JSON object, or nothing.
fn read_json(head: &Head, connection: &mut Connection) -> Result<Value, Failure> {
    let mut body = Vec::new();
    let announced = head.body.length().unwrap_or(0);
    if announced <= MAX_DESCRIPTION as u64 {
        while let Some(chunk) = connection.read_body()? {
            body.extend_from_slice(chunk);
            if body.len() > MAX_DESCRIPTION {
                break;
            }
        }
    }
    if announced.max(body.len() as u64) > MAX_DESCRIPTION as u64 {
        let text = format!("expected a description of at most {MAX_DESCRIPTION} bytes, got more");
        return Err(Answer::text(413, &text).into());
    }
    if body.is_empty() {
        return Ok(json!({}));
    }
    let value: Value = serde_json::from_slice(&body).map_err(|error| Failure::bad(&error))?;
    if value.is_object() { Ok(value) } else { Err(Failure::bad(&"expected a JSON object, got another value")) }
}

fn declare(bucket: String, name: String, creation: &Creation<'_>, said: &Value) -> Result<Declared, Failure> {
    check_object_name(&name)?;
    let metadata = match said.get("metadata") {
        None | Some(Value::Null) => BTreeMap::new(),
        Some(map) => serde_json::from_value(map.clone()).map_err(|error| Failure::bad(&error))?,
    };
    let header = creation.content_type.map(String::from_utf8_lossy);
    let content_type = said["contentType"].as_str().or(header.as_deref()).unwrap_or("application/octet-stream");
    // It is to be the value of a header.
    if content_type.chars().any(char::is_control) {
        return Err(Failure::bad(&"expected a content type, got control characters"));
    }
    Ok(Declared { bucket, name, content_type: content_type.to_owned(), metadata })
}

/// Where the client has connected to, in its own words.
fn authority(head: &Head, connection: &Connection) -> io::Result<String> {
    let local = connection.local_addr()?.to_string();
    let host = head.field("host").one().unwrap_or_default();
    let host = String::from_utf8_lossy(host);
    // Google's Rust SDK leaves out the port even where it is not 80.
    let is_short = local.rsplit_once(':').is_some_and(|(address, _)| address == host);
    Ok(if host.is_empty() || is_short { local } else { host.into_owned() })
}

/// 128 bits that nobody can guess: whoever knows the id may write.
fn random_id() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
