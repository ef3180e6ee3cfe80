//! The axum example in the shape of the server example, so that what is written for one of them runs on both.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use resumable::{Policy, google, http1};
use tokio::runtime::Builder;
use tokio::sync::Notify;

pub use crate::app::store;
use crate::app::{self, App, Log};

/// How a server treats its peers. `http1` is hyper's here, so nothing of it can be set.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub policy: Policy,
    pub google: google::Options,
    #[allow(dead_code, reason = "the other server's players set it")]
    pub http1: http1::Options,
    pub idle_timeout: Option<Duration>,
    pub expire: Option<Duration>,
}

pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    stopper: Stopper,
    addr: SocketAddr,
}

#[derive(Clone)]
pub struct Stopper(Arc<Notify>);

impl Stopper {
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Server {
    #[allow(clippy::needless_pass_by_value, reason = "the shape of the other server")]
    pub fn bind(addr: SocketAddr, root: PathBuf, config: Config, log: Box<Log>) -> io::Result<Self> {
        let Config { policy, google, idle_timeout, expire, .. } = config;
        let idle = idle_timeout.unwrap_or(app::Config::default().idle);
        let config = app::Config { policy, google, idle, expire, no_md5: false };
        Self::with(addr, root, config, log)
    }

    pub fn with(addr: SocketAddr, root: PathBuf, config: app::Config, log: Box<Log>) -> io::Result<Self> {
        let app = App::open(root, config, log)?;
        let listener = TcpListener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        Ok(Self { app, listener, stopper: Stopper(Arc::default()), addr })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Serves until it is stopped; then every request has come to its end.
    pub fn run(self) {
        let Self { app, listener, stopper, .. } = self;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            app::serve(app, listener, async move { stopper.0.notified().await }).await.expect("it serves");
        });
    }
}
