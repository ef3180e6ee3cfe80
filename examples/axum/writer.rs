//! The task that carries out what one upload's requests ask of the disk, in the order in which they asked.
//!
//! Handlers never touch the disk. They put an order into the queue of the upload's writer and wait for its answer; the
//! writer owns the files and carries out one order after the other on the threads for blocking work. So nobody ever waits
//! for the lock that the files have (they are those of the other example, where threads share them).
//!
//! # Why an epoch that was acknowledged fences
//!
//! [`Step::Fence`](resumable::server::Step::Fence) may be answered only once no call on the store for an older request
//! is under way: else that call could still change bytes which the newer request has taken for granted. The queue is
//! what guarantees it. When the writer comes to a `Fence`, every order before it has been carried out to its end, and
//! an order for an older epoch that comes after it (its request had it from the machine, but was slow to ask) is
//! answered with `Stale` and not carried out: see `Files::under`. Nothing is ever taken back from the queue, also not
//! when the handler that asked is gone; so an order cannot be half done either.
//!
//! The queue has no bound of its own, because each request has at most one order in it: a request asks for the next one
//! when it has the answer.

use std::io;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use resumable::server::{Fault, StoreReply, Write};
use resumable::{Epoch, Received, Saved, Snapshot};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::checksum::Checksums;
use super::object::Object;
use super::store::{Files, Record, StoreError};

/// What the disk is asked.
pub enum Order {
    Fence(Snapshot),
    /// A part of a body, still in the memory into which the connection has read it.
    Write {
        epoch: Epoch,
        at: Received,
        data: Bytes,
    },
    Sync(Snapshot),
    /// With what the object's bytes must come to.
    Commit(Snapshot, Checksums),
    Discard(Snapshot),
    /// The files are to be closed until they are needed again: there may be more open uploads than a process may have
    /// open files.
    Close,
}

/// What came of it: what the session must be told, if anything.
pub type Done = Option<StoreReply>;

type Queue = mpsc::UnboundedReceiver<(Order, oneshot::Sender<Done>)>;

/// How many orders are carried out in one go, if so many wait.
const AT_ONCE: usize = 16;

pub struct Writer {
    orders: mpsc::UnboundedSender<(Order, oneshot::Sender<Done>)>,
    object: Arc<OnceLock<Object>>,
}

impl Writer {
    /// Starts the task. It ends when the writer is dropped and the queue is empty.
    pub fn start(files: Files) -> Self {
        let (orders, queue) = mpsc::unbounded_channel();
        let object = Arc::<OnceLock<Object>>::default();
        tell(&files, &object);
        tokio::spawn(work(files, queue, Arc::clone(&object)));
        Self { orders, object }
    }

    /// Puts an order into the queue, at once: whoever asks is not a future that could be dropped in between.
    pub fn ask(&self, order: Order) -> oneshot::Receiver<Done> {
        let (done, answer) = oneshot::channel();
        // A writer that is gone answers nothing, which the receiver tells.
        let _ = self.orders.send((order, done));
        answer
    }

    /// What a `Close` says is of interest to nobody.
    pub fn close(&self) {
        drop(self.ask(Order::Close));
    }

    /// What was published.
    pub fn object(&self) -> Option<&Object> {
        self.object.get()
    }
}

/// What a session is told if there is no answer: the writer has panicked.
pub const GONE: StoreReply = StoreReply::Failed(Fault::Unavailable);

async fn work(mut files: Files, mut queue: Queue, object: Arc<OnceLock<Object>>) {
    let mut orders = Vec::new();
    while queue.recv_many(&mut orders, AT_ONCE).await > 0 {
        let (batch, object) = (std::mem::take(&mut orders), Arc::clone(&object));
        let worked = spawn_blocking(move || {
            for (order, done) in batch {
                let may_publish = matches!(order, Order::Fence(_) | Order::Commit(..));
                let said = carry_out(&files, order);
                if may_publish {
                    tell(&files, &object);
                }
                // Whoever asked may be gone. What it asked for is done all the same.
                let _ = done.send(said);
            }
            files
        });
        match worked.await {
            Ok(back) => files = back,
            Err(_) => return,
        }
    }
}

fn carry_out(files: &Files, order: Order) -> Done {
    let result = match order {
        Order::Fence(record) => files.fence(record).map(Some),
        Order::Write { epoch, at, data } => files.write(&Write { epoch, at, data: &data }).map(|()| None),
        Order::Sync(record) => files.sync(record).map(Some),
        Order::Commit(record, checksums) => files.commit(record, &checksums).map(Some),
        Order::Discard(record) => files.discard(record).map(Some),
        Order::Close => {
            files.close();
            Ok(None)
        }
    };
    result.unwrap_or_else(|error| Some(refused(&error)))
}

/// What the session is told.
fn refused(error: &StoreError) -> StoreReply {
    match error {
        StoreError::Stale(epoch) => StoreReply::Stale(*epoch),
        StoreError::Io(error) => StoreReply::Failed(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full,
            _ => Fault::Unavailable,
        }),
    }
}

/// Shows what is published to those who answer for it.
fn tell(files: &Files, object: &OnceLock<Object>) {
    let Record { upload, object: published, .. } = files.record();
    // What is decided is not yet visible.
    if let Some(published) = published.filter(|_| upload.state == Saved::Complete) {
        object.get_or_init(|| published);
    }
}
