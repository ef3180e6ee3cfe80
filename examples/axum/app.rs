//! The service: its routes, and the uploads that it knows.
#![allow(unreachable_pub, reason = "a program exports nothing: `pub` is what other modules use")]

mod answer;
#[path = "../server/checksum.rs"]
pub mod checksum;
#[path = "../server/disk.rs"]
#[allow(dead_code, reason = "this server needs a part of it")]
mod disk;
pub mod handlers;
#[path = "../server/json.rs"]
mod json;
#[path = "../server/latest.rs"]
mod latest;
#[path = "../server/object.rs"]
#[allow(dead_code, reason = "this server needs a part of it")]
pub mod object;
#[path = "../server/published.rs"]
#[allow(dead_code, reason = "this server needs a part of it")]
mod published;
#[path = "../server/record.rs"]
mod record;
#[path = "../server/recovery.rs"]
mod recovery;
mod request;
#[path = "../server/room.rs"]
mod room;
#[path = "../server/store.rs"]
pub mod store;
mod upload;
mod writer;

use std::collections::HashMap;
use std::fmt::Arguments;
use std::future::{Future, IntoFuture, pending};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};
use resumable::{Policy, google};
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use answer::Line;
#[allow(unused_imports, reason = "only the program can be told not to sync")]
pub use disk::never_sync;
use latest::Latest;
use request::Request;
use store::{Files, Store, lock};
use upload::Upload;

/// How a server treats its peers.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub policy: Policy,
    pub google: google::Options,
    /// How long a peer may be silent in the middle of a body.
    pub idle: Duration,
    /// After how long without a byte an upload is given up. One that has ended is forgotten then.
    pub expire: Option<Duration>,
    /// Whether objects are described without an MD5 that no client has declared.
    pub no_md5: bool,
}

impl Default for Config {
    fn default() -> Self {
        let (policy, google) = (Policy::default(), google::Options::default());
        Self { policy, google, idle: Duration::from_secs(60), expire: None, no_md5: false }
    }
}

/// Where lines go. One that nobody wants to see is not even made.
pub type Log = dyn Fn(Arguments<'_>) + Send + Sync;

/// What all handlers share.
pub struct App {
    pub config: Config,
    pub store: Arc<Store>,
    /// The uploads that this process has seen and that have not ended. There is one machine for each: of those who
    /// come for it first, one reads it from the disk, and the others wait for that.
    uploads: Mutex<HashMap<String, Arc<OnceCell<Arc<Upload>>>>>,
    /// Those whose files stay open for the next request.
    pub latest: Latest<Upload>,
    /// Whether the server is to stop. Every request under way has a receiver, so `closed` is when the last one is over.
    stopping: watch::Sender<bool>,
    log: Box<Log>,
}

/// How long requests may take to end when the server stops. Those that read a body end at once; this is for somebody
/// who takes an object slowly.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until `stop` is ready; then what is under way is cut, synced, and over when this returns.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
    let (shut, is_shut) = oneshot::channel::<()>();
    let serving = axum::serve(listener, router(Arc::clone(&app)).into_make_service_with_connect_info::<Line>())
        .with_graceful_shutdown(async { is_shut.await.unwrap_or(()) })
        .into_future();
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = app.expire() => {}
        () = stop => {}
    }
    let (requests, uploads) = (app.under_way(), app.in_memory());
    app.log(format_args!("* stopping, {requests} requests are under way, {uploads} uploads are in memory"));
    drop(shut);
    app.stopping.send_replace(true);
    // Whoever is not done by then is cut off when the runtime ends.
    let _ = timeout(GRACE, serving).await;
    app.settled().await;
    Ok(())
}

pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/upload/storage/v1/b/{bucket}/o", any(handlers::target))
        .route("/storage/v1/b/{bucket}/o/{object}", get(handlers::object))
        .route("/download/storage/v1/b/{bucket}/o/{object}", get(handlers::media))
        .with_state(app)
}

impl App {
    pub fn open(root: PathBuf, config: Config, log: Box<Log>) -> io::Result<Arc<Self>> {
        let (store, stopping) = (Store::open(root, None)?, watch::Sender::new(false));
        let store = Arc::new(if config.no_md5 { store.without_md5() } else { store });
        Ok(Arc::new(Self { config, store, uploads: Mutex::default(), latest: Latest::default(), stopping, log }))
    }

    /// The one machine of an upload.
    pub async fn find(&self, id: &str) -> io::Result<Option<Arc<Upload>>> {
        // Dropped in the reverse order.
        let _looking = Looking { app: self, id };
        let cell = Arc::clone(lock(&self.uploads).entry(id.to_owned()).or_default());
        let found = cell.get_or_try_init(|| async {
            let (store, name, policy) = (Arc::clone(&self.store), id.to_owned(), self.config.policy);
            let id = name.clone();
            match blocking(move || store.load(&id)).await {
                Ok(Some(files)) => Upload::restore(policy, name, files).map_err(|error| Some(io::Error::other(error))),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            }
        });
        match found.await {
            Ok(upload) => Ok(Some(Arc::clone(upload))),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    /// A new upload, which is on the disk already.
    pub fn insert(&self, id: String, files: Files, upload: resumable::server::Session) {
        let cell = OnceCell::new_with(Some(Upload::new(upload, id.clone(), files)));
        lock(&self.uploads).insert(id, Arc::new(cell));
    }

    /// An upload that has ended: its record does not change any more and can be read again.
    pub fn ended(&self, upload: &Arc<Upload>) {
        self.forget(upload.id(), |known| known.get().is_some_and(|known| Arc::ptr_eq(known, upload)));
        self.latest.remove(upload);
    }

    fn forget(&self, id: &str, is_meant: impl FnOnce(&Arc<OnceCell<Arc<Upload>>>) -> bool) {
        let mut uploads = lock(&self.uploads);
        if uploads.get(id).is_some_and(is_meant) {
            uploads.remove(id);
        }
    }

    /// Gives up the uploads to which nothing happens for so long, and forgets those that have ended, from time to time.
    /// Without such a time it is never ready.
    async fn expire(self: &Arc<Self>) {
        let Some(since) = self.config.expire else {
            return pending().await;
        };
        let pause = (since / 4).clamp(Duration::from_millis(20), Duration::from_secs(60));
        loop {
            let store = Arc::clone(&self.store);
            match blocking(move || store.idle(since)).await {
                Ok(idle) => {
                    for id in idle {
                        if let Err(error) = self.expire_one(&id).await {
                            self.log(format_args!("! the store failed: {error}"));
                        }
                    }
                }
                Err(error) => self.log(format_args!("! the store failed: {error}")),
            }
            sleep(pause).await;
        }
    }

    async fn expire_one(self: &Arc<Self>, id: &str) -> io::Result<()> {
        let Some(upload) = self.find(id).await? else {
            return Ok(());
        };
        Request::expire(self, &upload).await;
        if upload.has_ended() {
            self.ended(&upload);
            let (store, name) = (Arc::clone(&self.store), id.to_owned());
            blocking(move || store.forget(&name)).await?;
            self.log(format_args!("* expired (upload {})", &id[..8]));
        }
        Ok(())
    }

    /// Tells a request when the server is to stop, and the server when the request is over.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// How many requests are under way, also those whose handlers are gone.
    pub fn under_way(&self) -> usize {
        self.stopping.receiver_count()
    }

    /// How many uploads are in memory.
    pub fn in_memory(&self) -> usize {
        lock(&self.uploads).len()
    }

    /// Ready when no request is under way.
    pub async fn settled(&self) {
        self.stopping.closed().await;
    }

    pub fn log(&self, line: Arguments<'_>) {
        (self.log)(line);
    }
}

/// Somebody looks for an upload. If it is not found, or its handler is dropped before, the last of those who look takes
/// the empty cell away.
struct Looking<'l> {
    app: &'l App,
    id: &'l str,
}

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        // Whoever else looks has another handle, and gets it under the same lock.
        self.app.forget(self.id, |known| known.get().is_none() && Arc::strong_count(known) == 1);
    }
}

/// Does what waits for the disk where nothing else waits for it.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    // It ends in an error if the work panics or the runtime ends.
    spawn_blocking(work).await.map_err(io::Error::other)?
}
