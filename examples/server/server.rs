//! The server: it listens, and serves each connection in a thread of its own.
#![allow(unreachable_pub, reason = "a program exports nothing: `pub` is what other modules use")]

mod aligned;
mod answer;
pub mod checksum;
mod coding;
pub mod connection;
mod create;
mod declare;
#[allow(dead_code, reason = "only the program can be told not to sync")]
mod disk;
mod json;
mod ladder;
mod latest;
mod listing;
mod location;
pub mod object;
mod published;
pub mod range;
mod reads;
mod record;
mod recovery;
pub mod related;
mod room;
mod routes;
mod service;
pub mod store;
mod upload;
mod whole;

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

#[allow(unused_imports, reason = "only the program can be told not to sync")]
pub use disk::never_sync;
pub use ladder::Log;
#[allow(unused_imports, reason = "the demo has no base of its own")]
pub use location::BaseUrl;
pub use service::Config;
use service::Service;
use store::lock;

pub struct Server {
    listener: TcpListener,
    service: Service,
    stopper: Stopper,
}

/// Stops a server, from any thread.
#[derive(Clone)]
pub struct Stopper {
    addr: SocketAddr,
    stopping: Arc<AtomicBool>,
    open: Arc<Open>,
}

/// The connections that are open.
#[derive(Default)]
struct Open {
    /// By their number.
    streams: Mutex<HashMap<u64, Arc<TcpStream>>>,
    /// There is one less, or the server stops.
    fewer: Condvar,
}

impl Server {
    /// Listens, and opens the store under `root`. Clients can connect from here on.
    pub fn bind(addr: SocketAddr, root: PathBuf, config: Config, log: Box<Log>) -> io::Result<Self> {
        let service = Service::open(config, root, log)?;
        let listener = TcpListener::bind(addr)?;
        let stopper = Stopper { addr: listener.local_addr()?, stopping: Arc::default(), open: Arc::default() };
        Ok(Self { listener, service, stopper })
    }

    pub fn addr(&self) -> SocketAddr {
        self.stopper.addr
    }

    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Serves until it is stopped; then every request has come to its end.
    pub fn run(self) {
        let Self { listener, service, stopper } = &self;
        thread::scope(|scope| {
            // Whoever waits for it is told when it is dropped, however this ends.
            let (_serving, ended) = mpsc::channel();
            if let Some(since) = service.config.expire {
                scope.spawn(move || expire(service, since, &ended));
            }
            for (number, stream) in (1..).zip(listener.incoming()) {
                stopper.wait_for_room(service.config.max_connections);
                if stopper.stopping.load(Ordering::SeqCst) {
                    break;
                }
                match stream.map(Arc::new) {
                    Ok(stream) => {
                        lock(&stopper.open.streams).insert(number, Arc::clone(&stream));
                        scope.spawn(move || {
                            // An error is a peer that is gone.
                            let _ = service.serve(number, stream);
                            lock(&stopper.open.streams).remove(&number);
                            stopper.open.fewer.notify_all();
                        });
                    }
                    // Too many open files, most likely: some will be closed.
                    Err(_) => thread::sleep(Duration::from_millis(50)),
                }
            }
            stopper.shut();
        });
    }
}

/// Looks for uploads that are to expire, until the server has ended.
fn expire(service: &Service, since: Duration, ended: &Receiver<()>) {
    let pause = (since / 4).clamp(Duration::from_millis(20), Duration::from_secs(60));
    loop {
        service.expire(since);
        if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

impl Stopper {
    /// Takes no more connections and ends those that are open. What came of a body is synced.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Whoever waits for room holds the lock between looking and waiting.
        drop(lock(&self.open.streams));
        self.open.fewer.notify_all();
        // It waits for a connection, and looks up only then.
        let _ = TcpStream::connect(self.addr);
    }

    /// Waits until another connection can be served, or until there is to be none.
    fn wait_for_room(&self, limit: Option<NonZeroUsize>) {
        let is_full = |open: &mut HashMap<_, _>| {
            limit.is_some_and(|limit| open.len() >= limit.get()) && !self.stopping.load(Ordering::SeqCst)
        };
        // A thread that has died with the lock has changed it in one step.
        drop(self.open.fewer.wait_while(lock(&self.open.streams), is_full));
    }

    fn shut(&self) {
        for stream in lock(&self.open.streams).values() {
            // An error means that it is gone already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
