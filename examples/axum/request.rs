//! One request: the loop between the machine and the host. This is the part to copy.
//!
//! # The future of a handler can be dropped at any `.await`
//!
//! The client has hung up, or a layer's time is up: the future is dropped, and nothing after that `.await` runs. These
//! are the places where one is, and what holds there:
//!
//! - *Waiting for the body.* Every byte that `handle_body` has taken is in the writer's queue or was written: between
//!   the two calls there is no `.await`. What the connection had read and not yet given us counts as lost, and so does
//!   a chunk that waits here until the one before it is written.
//! - *Waiting for the store.* The order is in the queue and will be carried out, whoever waits for it. Its answer
//!   arrives in [`Request::asked`], which is a part of the request and not of the future.
//!
//! So whatever holds a session is in one value, the [`Request`], and its `Drop` sees that a future was cut off: the
//! request is not over. Then a task of its own goes on with the same loop, from the same place, with a body that is cut
//! there. First of all it takes the answer of the store that was under way and tells the session; what came of the body
//! is synced; a commit or a cancel that had been asked for is carried out. Nothing of this is told to this client any
//! more, but the next request gets it.
//!
//! Why not [`handle_abandoned`](resumable::server::Session::handle_abandoned) at once? It would let go of the session
//! while the store still works for this request: then a status request could say that an upload is open which is being
//! discarded, and bytes that are on the disk would be sent again. It is what remains when there is no runtime to go on
//! in: then the process ends, and only what is on the disk counts.
//!
//! Two machines' worth of trouble cannot come of it: the task that goes on has the ticket of the old request. A newer
//! request supersedes it as it would have superseded the old one: the session refuses its calls, and the writer its
//! orders (see `writer.rs`).

use std::error::Error as _;
use std::future::pending;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use resumable::server::{BodyEnd, Outcome, Step, Ticket};
use resumable::{Intent, ServerError, Superseded};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::App;
use super::checksum::Checksums;
use super::upload::Upload;
use super::writer::{Done, GONE, Order};

/// One request under way. However it ends, the session is told.
pub struct Request {
    app: Arc<App>,
    upload: Arc<Upload>,
    ticket: Ticket,
    /// What the object's bytes must come to, as this request says.
    checksums: Checksums,
    /// What the store was asked and has not answered yet.
    asked: Option<oneshot::Receiver<Done>>,
    /// The store has opened the file for it.
    has_file: bool,
    stopping: watch::Receiver<bool>,
    /// Why the body was cut.
    cut: Option<Cut>,
    /// The handler is gone: this goes on by itself.
    is_alone: bool,
}

/// Why a body did not come to its end. What came of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum Cut {
    #[error("the body was cut: {0}")]
    Broken(axum::Error),
    #[error("the body was cut: no bytes for too long")]
    Silent,
    #[error("the body was cut: the server stops")]
    Stopping,
    #[error("the body was cut: nobody waits for the answer")]
    Alone,
}

impl Cut {
    /// Whether the client is there, but what it sends is no body.
    pub fn is_malformed(&self) -> bool {
        let Self::Broken(error) = self else {
            return false;
        };
        // hyper wraps what its decoder says; a connection that is lost is of another kind.
        let causes = std::iter::successors(error.source(), |&error| error.source());
        let mut kinds = causes.filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
        kinds.any(|kind| matches!(kind, io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData))
    }
}

/// What the store says to what it was asked. Without a question it is never ready.
async fn answered(asked: &mut Option<oneshot::Receiver<Done>>) -> Done {
    match asked {
        Some(answer) => answer.await.unwrap_or(Some(GONE)),
        None => pending().await,
    }
}

/// Why a request gets no answer of the session's.
#[derive(Debug, thiserror::Error)]
pub enum Hangup {
    #[error("a newer request has taken over")]
    Superseded(#[from] Superseded),
    #[error(transparent)]
    Cut(Cut),
    /// The machine was called wrongly, or the store said what cannot be.
    #[error("fault: {0}")]
    Fault(ServerError),
    /// The request is over and no answer is owed.
    #[error("over")]
    Over,
}

impl From<ServerError> for Hangup {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Superseded(superseded) => Self::Superseded(superseded),
            error => Self::Fault(error),
        }
    }
}

impl Request {
    pub fn admit(app: &Arc<App>, upload: &Arc<Upload>, intent: Intent, checksums: Checksums) -> Self {
        let ticket = upload.session().handle_request(intent);
        Self::new(app, upload, ticket, checksums)
    }

    /// Lets the upload expire, unless it has ended. Whoever still writes is stopped.
    pub async fn expire(app: &Arc<App>, upload: &Arc<Upload>) {
        let ticket = upload.session().expire();
        // Nobody waits for an answer, so there is none.
        let _ = Self::new(app, upload, ticket, Checksums::default()).drive(None).await;
    }

    fn new(app: &Arc<App>, upload: &Arc<Upload>, ticket: Ticket, checksums: Checksums) -> Self {
        Self {
            app: Arc::clone(app),
            upload: Arc::clone(upload),
            ticket,
            checksums,
            asked: None,
            has_file: false,
            stopping: app.stopping(),
            cut: None,
            is_alone: false,
        }
    }

    /// Does what is due until there is an answer, or until there is to be none.
    pub async fn serve(&mut self, body: &mut Body) -> Result<Outcome, Hangup> {
        self.drive(Some(body)).await
    }

    async fn drive(&mut self, mut body: Option<&mut Body>) -> Result<Outcome, Hangup> {
        loop {
            // Not in the head of the `match`, which would keep the lock to its end.
            let step = self.upload.session().step(&self.ticket)?;
            match step {
                // What may still be under way is that the bytes before are written.
                Step::ReadBody { .. } => self.read(body.as_deref_mut()).await?,
                _ if self.asked.is_some() => self.settle().await?,
                Step::Fence { record, evict } => {
                    // It is superseded already, so there is nothing to wait for.
                    self.upload.evict(evict);
                    self.has_file = true;
                    self.ask(Order::Fence(record));
                }
                Step::Sync { record, .. } => self.ask(Order::Sync(record)),
                Step::Commit { record, .. } => self.ask(Order::Commit(record, self.checksums)),
                Step::Discard { record } => self.ask(Order::Discard(record)),
                Step::Respond(outcome) => return Ok(outcome),
                _ => return Err(self.cut.take().map_or(Hangup::Over, Hangup::Cut)),
            }
        }
    }

    /// An order at a time: the one before it must be settled.
    fn ask(&mut self, order: Order) {
        self.asked = Some(self.upload.writer.ask(order));
    }

    /// Waits for what came of the order, and tells the session if it is to know. Dropped while it waits, it has told
    /// nothing, and the order stays.
    async fn settle(&mut self) -> Result<(), Hangup> {
        let done = answered(&mut self.asked).await;
        self.settled(done)
    }

    fn settled(&mut self, done: Done) -> Result<(), Hangup> {
        self.asked = None;
        if let Some(reply) = done {
            self.upload.session().handle_store(&mut self.ticket, reply)?;
        }
        Ok(())
    }

    /// Reads some of the body, while what came before may still be written.
    async fn read(&mut self, body: Option<&mut Body>) -> Result<(), Hangup> {
        let came = match body {
            None => Ok(Err(Cut::Alone)),
            Some(body) => tokio::select! {
                biased;
                () = self.upload.evicted(self.ticket.id()) => return Err(Superseded.into()),
                _ = self.stopping.wait_for(|stopping| *stopping) => Ok(Err(Cut::Stopping)),
                done = answered(&mut self.asked) => Err(done),
                frame = timeout(self.app.config.idle, body.frame()) => match frame {
                    Err(_) => Ok(Err(Cut::Silent)),
                    Ok(frame) => Ok(frame.transpose().map_err(Cut::Broken)),
                },
            },
        };
        let frame = match came {
            Ok(frame) => frame,
            Err(done) => return self.settled(done),
        };
        if self.asked.is_some() {
            self.settle().await?;
            if !matches!(self.upload.session().step(&self.ticket)?, Step::ReadBody { .. }) {
                // What came before this could not be written.
                return Ok(());
            }
        }
        match frame {
            Ok(Some(frame)) => {
                // What is no data is the trailers.
                if let Ok(chunk) = frame.into_data() {
                    self.take(&chunk)?;
                }
            }
            Ok(None) => self.upload.session().handle_body_end(&mut self.ticket, BodyEnd::Clean)?,
            Err(cut) => {
                self.cut = Some(cut);
                self.upload.session().handle_body_end(&mut self.ticket, BodyEnd::Cut)?;
            }
        }
        Ok(())
    }

    /// Hands a chunk on to the writer, without a copy, and in one go: what the session believes to be received must
    /// not be lost in between.
    fn take(&mut self, chunk: &Bytes) -> Result<(), Hangup> {
        let write = self.upload.session().handle_body(&mut self.ticket, chunk)?;
        if !write.data.is_empty() {
            let (epoch, at, data) = (write.epoch, write.at, chunk.slice_ref(write.data));
            self.ask(Order::Write { epoch, at, data });
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        matches!(self.upload.session().step(&self.ticket), Err(Superseded) | Ok(Step::Respond(_) | Step::Close))
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if self.is_over() {
            if self.upload.has_ended() {
                self.app.ended(&self.upload);
            } else if self.has_file
                && let Some(oldest) = self.app.latest.add(&self.upload)
            {
                oldest.writer.close();
            }
            return;
        }
        match Handle::try_current() {
            Ok(runtime) if !self.is_alone => {
                let mut rest = Self {
                    app: Arc::clone(&self.app),
                    upload: Arc::clone(&self.upload),
                    ticket: self.ticket.clone(),
                    checksums: self.checksums,
                    asked: self.asked.take(),
                    has_file: self.has_file,
                    stopping: self.stopping.clone(),
                    cut: None,
                    is_alone: true,
                };
                runtime.spawn(async move {
                    // Nobody waits for what comes of it; the session knows.
                    let _ = rest.drive(None).await;
                });
            }
            // The runtime ends, or this has failed alone, too.
            _ => self.upload.session().handle_abandoned(self.ticket.clone()),
        }
    }
}
