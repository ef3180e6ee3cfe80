//! What the server does with a request: finds the upload it is about, or starts one, and answers.

use std::collections::HashMap;
use std::io;
use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use resumable::fields::Fields;
use resumable::google::{self, Echo, Reply};
use resumable::server::{Answer as Said, Outcome, Refusal};
use resumable::{Policy, http1};

use super::answer::{Answer, Failure};
use super::checksum::Checksums;
use super::coding::decoded;
use super::connection::{Connection, Head};
use super::ladder::{Ladder, Log};
use super::latest::Latest;
use super::location::BaseUrl;
use super::reads::bucket_json;
use super::routes::Route;
use super::store::{Kind, Store, lock};
use super::upload::{Arriving, Upload};

/// How a server treats its peers.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub policy: Policy,
    pub google: google::Options,
    pub http1: http1::Options,
    /// How many bytes uploads and objects may have together.
    pub quota: Option<u64>,
    /// Whether objects are described without an MD5 that no client has declared.
    pub no_md5: bool,
    /// After how long without a byte an upload is given up. One that has ended is forgotten then.
    pub expire: Option<Duration>,
    /// What stands before the path in the addresses of uploads. Without it, what the client has asked.
    pub base_url: Option<BaseUrl>,
    /// How long a peer may say nothing. Without it, for ever.
    pub idle_timeout: Option<Duration>,
    /// How many connections are served at once. More wait.
    pub max_connections: Option<NonZeroUsize>,
}

pub struct Service {
    pub config: Config,
    pub store: Arc<Store>,
    /// The uploads that this process has seen and that have not ended. There is one machine for each, so finding one
    /// and reading it from the store are one step.
    pub uploads: Mutex<HashMap<String, Arc<Upload>>>,
    /// Those whose files stay open for the next request.
    latest: Latest<Upload>,
    log: Box<Log>,
}

impl Service {
    pub fn open(config: Config, root: PathBuf, log: Box<Log>) -> io::Result<Self> {
        let store = Store::open(root, config.quota)?;
        let store = Arc::new(if config.no_md5 { store.without_md5() } else { store });
        Ok(Self { config, store, uploads: Mutex::default(), latest: Latest::default(), log })
    }

    /// Serves a connection until it ends: one request after the other, so answers come in the order of the requests.
    pub fn serve(&self, number: u64, stream: Arc<TcpStream>) -> io::Result<()> {
        let mut connection = Connection::new(stream, self.config.idle_timeout)?;
        let mut head = Head::default();
        loop {
            let mut ladder = Ladder::new(&*self.log, number);
            let (result, keep_alive) = match connection.read_head(&mut head, self.config.http1) {
                Ok(false) => return Ok(()),
                Ok(true) => {
                    let answer = self.answer(&head, &mut connection, &mut ladder);
                    // What was not read of a body is not the next head.
                    (answer, head.keep_alive && connection.is_body_read())
                }
                Err(error) => (Err(error.into()), false),
            };
            let answer = match result {
                Ok(answer) | Err(Failure::Answer(answer)) => answer,
                Err(Failure::Hangup) => return Ok(()),
            };
            ladder.answer(&answer);
            connection.send(answer, keep_alive)?;
            if !keep_alive {
                connection.close();
                return Ok(());
            }
        }
    }

    fn answer(&self, head: &Head, connection: &mut Connection, ladder: &mut Ladder<'_>) -> Result<Answer, Failure> {
        let route = Route::of(&head.method, &head.target);
        match &route {
            Ok(Route::Session { id, .. }) => ladder.session(head, id),
            _ => ladder.request(head),
        }
        match route? {
            Route::Session { kind, bucket, id } => self.session(head, connection, (kind, &bucket), &id, ladder),
            Route::Create { kind, bucket, name, base } => self.create(head, connection, (kind, bucket, name), &base),
            Route::Temporary { table, base } => self.create_temporary(head, connection, &table, &base),
            Route::Whole { bucket, name, is_multipart } => {
                self.whole(head, connection, (bucket, name), is_multipart, ladder)
            }
            Route::Describe { bucket, name } => self.describe(head, connection, (&bucket, &name)),
            Route::Read { bucket, name } => self.read(head, &bucket, &name),
            Route::Remove { bucket, name } => self.remove(&bucket, &name),
            Route::Bucket { bucket } => Ok(bucket_json(&bucket)),
            Route::List { bucket, listing } => self.list(head, connection, &bucket, &listing),
        }
    }

    /// A request to the address of a session.
    fn session(
        &self,
        head: &Head,
        connection: &mut Connection,
        (kind, bucket): (Kind, &str),
        id: &str,
        ladder: &Ladder<'_>,
    ) -> Result<Answer, Failure> {
        let Config { google, .. } = &self.config;
        let upload = self.upload(id)?.filter(|upload| upload.is_at(kind, bucket));
        let Some(upload) = upload else {
            return Err(Answer::text(404, &"expected an upload, got the id of none").into());
        };
        if kind == Kind::Table && head.method == "POST" && head.field("x-goog-resumable").one().is_some() {
            return self.restart(head, connection, &upload);
        }
        let request = google::decode_request(&head.method, head, head.body.length(), google)
            .map_err(|error| Answer::reply(&error.into()))?;
        let checksums = Checksums::of_fields(head.all("x-goog-hash")).map_err(|error| Failure::bad(&error))?;
        let handle = connection.handle();
        let result = {
            let mut body = decoded(head, connection)?;
            upload.serve(request.intent, Arriving { handle, body: &mut body, checksums }, ladder)
        };
        if upload.has_ended() {
            // Its record does not change any more and can be read again.
            self.drop_upload(id, &upload);
        } else if let Some(oldest) = self.latest.add(&upload) {
            oldest.close();
        }
        match result {
            Ok(outcome) => {
                let reply = google::encode_reply(&outcome, request.echo, google);
                Ok(describe(&reply, &upload, || self.address(head, connection)))
            }
            Err(hangup) => {
                let persisted = upload.session().persisted();
                ladder.note(format_args!("{hangup}; {persisted} bytes are kept"));
                Err(hangup.into())
            }
        }
    }

    /// The one machine of an upload.
    fn upload(&self, id: &str) -> Result<Option<Arc<Upload>>, Failure> {
        let mut uploads = lock(&self.uploads);
        if let Some(upload) = uploads.get(id) {
            return Ok(Some(Arc::clone(upload)));
        }
        let Some(files) = self.store.load(id).map_err(|error| self.broken(&error))? else {
            return Ok(None);
        };
        let upload =
            Upload::restore(self.config.policy, files).map_err(|error| self.broken(&io::Error::other(error)))?;
        let upload = Arc::new(upload);
        uploads.insert(id.to_owned(), Arc::clone(&upload));
        Ok(Some(upload))
    }

    fn drop_upload(&self, id: &str, upload: &Arc<Upload>) {
        lock(&self.uploads).remove(id);
        self.latest.remove(upload);
    }

    /// Gives up the uploads to which nothing has happened for so long, and forgets those that have ended.
    pub fn expire(&self, since: Duration) {
        match self.store.idle(since) {
            Ok(idle) => idle.iter().for_each(|id| self.expire_one(id)),
            Err(error) => (self.log)(format_args!("! the store failed: {error}")),
        }
    }

    fn expire_one(&self, id: &str) {
        // What cannot be read is no upload, and the log has it.
        let Ok(Some(upload)) = self.upload(id) else { return };
        let ladder = Ladder::upload(&*self.log, id);
        if let Err(hangup) = upload.expire(&ladder) {
            ladder.note(format_args!("not expired: {hangup}"));
        }
        upload.close();
        if upload.has_ended() {
            self.drop_upload(id, &upload);
            match self.store.forget(id) {
                Ok(()) => ladder.note("expired"),
                Err(error) => ladder.note(format_args!("not forgotten: {error}")),
            }
        }
    }

    /// The store has failed before there was a session to say so.
    pub fn broken(&self, error: &io::Error) -> Failure {
        (self.log)(format_args!("! the store failed: {error}"));
        self.refuse(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Refusal::StoreFull,
            _ => Refusal::Unavailable,
        })
    }

    pub fn refuse(&self, refusal: Refusal) -> Failure {
        let outcome = Outcome { answer: Said::Refused(refusal), body_read: false };
        let reply = google::encode_reply(&outcome, Echo::default(), &self.config.google);
        Answer::reply(&reply).into()
    }
}

/// What the host adds to a reply: after success, the description of the object.
pub fn describe(reply: &Reply, upload: &Upload, base: impl FnOnce() -> String) -> Answer {
    if !reply.is_complete() {
        return Answer::reply(reply);
    }
    let record = upload.record();
    match (&record.object, record.kind) {
        (Some(object), Kind::Storage) => Answer::json(reply.status, &object.json(&base())),
        (Some(object), Kind::Xml) => Answer::text(reply.status, &"").with_all(&object.fields()),
        _ => Answer::text(reply.status, &""),
    }
}
