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
#[path = "../server/object.rs"]
#[allow(dead_code, reason = "this server needs a part of it")]
pub mod object;
mod request;
pub mod store;
mod upload;
mod writer;

use std::collections::HashMap;
use std::future::{Future, IntoFuture};
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
use tokio::time::timeout;

use answer::Line;
use store::{Files, Store, lock};
use upload::Upload;

/// How a server treats its peers.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub policy: Policy,
    pub google: google::Options,
    /// How long a peer may be silent in the middle of a body.
    pub idle: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self { policy: Policy::default(), google: google::Options::default(), idle: Duration::from_secs(60) }
    }
}

/// Where lines go.
pub type Log = dyn Fn(&str) + Send + Sync;

/// What all handlers share.
pub struct App {
    pub config: Config,
    pub store: Arc<Store>,
    /// The uploads that this process has seen and that have not ended. There is one machine for each: of those who
    /// come for it first, one reads it from the disk, and the others wait for that.
    uploads: Mutex<HashMap<String, Arc<OnceCell<Arc<Upload>>>>>,
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
        () = stop => {}
    }
    app.log(&format!("* stopping, {} requests are under way", app.under_way()));
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
        let (store, stopping) = (Arc::new(Store::open(root)?), watch::Sender::new(false));
        Ok(Arc::new(Self { config, store, uploads: Mutex::default(), stopping, log }))
    }

    /// The one machine of an upload.
    pub async fn find(&self, id: &str) -> io::Result<Option<Arc<Upload>>> {
        let cell = Arc::clone(lock(&self.uploads).entry(id.to_owned()).or_default());
        let found = cell.get_or_try_init(|| async {
            let (store, id, policy) = (Arc::clone(&self.store), id.to_owned(), self.config.policy);
            match blocking(move || store.load(&id)).await {
                Ok(Some(files)) => Upload::restore(policy, files).map_err(|error| Some(io::Error::other(error))),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            }
        });
        match found.await {
            Ok(upload) => Ok(Some(Arc::clone(upload))),
            // Ids are drawn at random: what is not there now will not come, so nobody else finds it in this cell.
            Err(None) => {
                self.forget(id, |known| Arc::ptr_eq(known, &cell));
                Ok(None)
            }
            Err(Some(error)) => Err(error),
        }
    }

    /// A new upload, which is on the disk already.
    pub fn insert(&self, id: String, files: Files, upload: resumable::server::Session) {
        let cell = OnceCell::new_with(Some(Upload::new(upload, files)));
        lock(&self.uploads).insert(id, Arc::new(cell));
    }

    /// An upload that has ended: its record does not change any more and can be read again.
    pub fn ended(&self, upload: &Arc<Upload>) {
        self.forget(upload.id(), |known| known.get().is_some_and(|known| Arc::ptr_eq(known, upload)));
    }

    fn forget(&self, id: &str, is_meant: impl FnOnce(&Arc<OnceCell<Arc<Upload>>>) -> bool) {
        let mut uploads = lock(&self.uploads);
        if uploads.get(id).is_some_and(is_meant) {
            uploads.remove(id);
        }
    }

    /// Tells a request when the server is to stop, and the server when the request is over.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// How many requests are under way, also those whose handlers are gone.
    pub fn under_way(&self) -> usize {
        self.stopping.receiver_count()
    }

    /// Ready when no request is under way.
    pub async fn settled(&self) {
        self.stopping.closed().await;
    }

    pub fn log(&self, line: &str) {
        (self.log)(line);
    }
}

/// Does what waits for the disk where nothing else waits for it.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    // It ends in an error if the work panics or the runtime ends.
    spawn_blocking(work).await.map_err(io::Error::other)?
}
