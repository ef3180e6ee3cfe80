//! The creation of an upload.

use std::io;
use std::sync::Arc;

use resumable::google::{self, CreationKind};
use resumable::server::Session;
use serde_json::{Value, json};

use super::answer::{Answer, Failure};
use super::connection::{Connection, Head};
use super::declare::{MAX_DESCRIPTION, declare, read_json};
use super::ladder::short;
use super::location;
use super::object::Declared;
use super::routes::split;
use super::service::Service;
use super::store::{Kind, Record, lock};
use super::upload::Upload;

/// The most that a request for temporary uploads may say; Redivis' client asks for a thousand at once.
const MAX_TEMPORARY: usize = 1024 * 1024;

impl Service {
    /// Starts an upload: its address goes back in `Location`.
    pub fn create(
        &self,
        head: &Head,
        connection: &mut Connection,
        (kind, bucket, name): (Kind, String, Option<String>),
        base: &str,
    ) -> Result<Answer, Failure> {
        let creation = google::decode_creation(head).map_err(|error| Failure::bad(&error))?;
        if kind == Kind::Xml && creation.kind != CreationKind::Xml {
            return Err(Failure::bad(&"expected x-goog-resumable: start, got no such field"));
        }
        let address = self.address(head, connection);
        let said = read_json(head, connection, MAX_DESCRIPTION)?;
        let total = match (creation.total, kind) {
            (None, Kind::Table) => said["size"].as_u64(),
            (total, _) => total,
        };
        let id = self.random_id()?;
        let name = name_of(name, &said, kind, &id)?;
        let content_type = creation.content_type.map(String::from_utf8_lossy);
        let declared = declare((bucket, name), content_type.as_deref(), head, &said)?;
        self.start(&id, kind, declared, total)?;
        let status = creation.status();
        Ok(match kind {
            Kind::Storage => Answer::text(status, &"")
                .with("Location", &format!("{address}{base}?uploadType=resumable&upload_id={id}")),
            Kind::Xml => Answer::text(status, &"").with("Location", &format!("{address}{base}?upload_id={id}")),
            Kind::Table => {
                Answer::json(status, &json!({ "id": id })).with("Location", &format!("{address}{base}/{id}"))
            }
        })
    }

    /// Starts some uploads into a table at once, as Redivis' client asks for them. It then either PUTs the bytes to the
    /// address that it gets, or starts there and goes on as with any other upload.
    pub fn create_temporary(
        &self,
        head: &Head,
        connection: &mut Connection,
        table: &str,
        base: &str,
    ) -> Result<Answer, Failure> {
        let address = self.address(head, connection);
        let said = read_json(head, connection, MAX_TEMPORARY)?;
        let Some(wanted) = said["tempUploads"].as_array() else {
            return Err(Failure::bad(&"expected tempUploads to be a list of uploads, got something else"));
        };
        let mut results = Vec::new();
        for one in wanted {
            let id = self.random_id()?;
            let name = name_of(None, one, Kind::Table, &id)?;
            let declared = declare((table.to_owned(), name), None, head, one)?;
            self.start(&id, Kind::Table, declared, one["size"].as_u64())?;
            let resumable = one["resumable"].as_bool().unwrap_or(false);
            results.push(json!({ "id": id, "url": format!("{address}{base}/{id}"), "resumable": resumable }));
        }
        Ok(Answer::json(200, &json!({ "results": results })))
    }

    /// A temporary upload is started where it already is. It may be asked for again, so it changes nothing.
    pub fn restart(&self, head: &Head, connection: &Connection, upload: &Upload) -> Result<Answer, Failure> {
        let creation = google::decode_creation(head).map_err(|error| Failure::bad(&error))?;
        let declared = upload.session().total();
        if let (Some(declared), Some(named)) = (declared, creation.total)
            && declared != named
        {
            return Err(Failure::bad(&format!("expected the declared total of {declared} bytes, got {named}")));
        }
        let address = self.address(head, connection);
        let (path, _) = split(&head.target);
        Ok(Answer::text(creation.status(), &"").with("Location", &format!("{address}{path}")))
    }

    /// A new upload, in the store and in memory.
    pub fn start(&self, id: &str, kind: Kind, declared: Declared, total: Option<u64>) -> Result<Arc<Upload>, Failure> {
        let session = Session::new(self.config.policy, total).map_err(|it| self.refuse(it))?;
        let record = Record { upload: session.snapshot(), kind, declared, object: None };
        let files = self.store.create(id, record).map_err(|error| self.broken(&error))?;
        let upload = Arc::new(Upload::new(session, files));
        lock(&self.uploads).insert(id.to_owned(), Arc::clone(&upload));
        Ok(upload)
    }

    /// 128 bits that nobody can guess: whoever knows the id may write.
    pub fn random_id(&self) -> Result<String, Failure> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| self.broken(&io::Error::other(error)))?;
        Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// Where the client finds this server.
    pub fn address(&self, head: &Head, connection: &Connection) -> String {
        location::base(self.config.base_url.as_ref(), head, connection)
    }
}

/// The name is in the query, or else in the body; a table can do without.
pub fn name_of(name: Option<String>, said: &Value, kind: Kind, id: &str) -> Result<String, Failure> {
    match (name, said["name"].as_str(), kind) {
        (Some(name), _, _) => Ok(name),
        (None, Some(name), _) => Ok(name.to_owned()),
        (None, None, Kind::Table) => Ok(format!("upload-{}", short(id))),
        (None, None, _) => Err(Failure::bad(&"expected a name in the query or in the body, got none")),
    }
}
