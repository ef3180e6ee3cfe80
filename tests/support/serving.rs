//! One request to a session: the loop of a server's host.

use resumable::google::{Echo, Request};
use resumable::http1::{Body, RequestHead};
use resumable::server::{Answer, BodyEnd, Outcome, Session, Step, StoreReply, Ticket};
use resumable::{Persisted, ServerError};

use super::connection::Due;
use super::disk::{Disk, Id, Job, Trouble, Upload};
use super::flaw::Flaw;
use super::service::Service;

/// One request to a session.
#[derive(Debug)]
pub(crate) struct Serving {
    /// Which upload.
    pub(crate) id: Id,
    /// Which of its requests.
    pub(crate) ticket: Ticket,
    /// What of the head the answer depends on.
    pub(crate) echo: Echo,
    /// How far the body has been read.
    pub(crate) body: Body,
    /// Whether the client wants to send more requests.
    pub(crate) keep_alive: bool,
    expects_continue: bool,
    refusal: Option<u16>,
}

/// What came of one step.
#[derive(Debug)]
pub(crate) enum Progress {
    /// So many bytes of the input are done with.
    Consumed(usize),
    /// It waits for something.
    Due(Due),
    /// `100 Continue` is to be sent.
    Continue,
    /// The request is over, and this is the answer.
    Respond(Outcome),
    /// The request is over without an answer, unless the body could not be understood: then with this status.
    Close(Option<u16>),
    /// A newer request has taken over.
    Superseded,
}

impl Serving {
    /// Hands a request to its session.
    pub(crate) fn new(id: Id, head: &RequestHead<'_, '_>, request: Request, session: &mut Session) -> Self {
        Self {
            id,
            ticket: session.handle_request(request.intent),
            echo: request.echo,
            body: Body::new(head.body),
            keep_alive: head.keep_alive,
            expects_continue: head.expect_continue,
            refusal: None,
        }
    }

    /// Does what is due, if that needs no waiting.
    pub(crate) fn advance(&mut self, input: &[u8], ended: bool, service: &mut Service, disk: &mut Disk) -> Progress {
        let flaw = service.flaw;
        let Some(session) = service.loaded(self.id) else {
            return Progress::Close(Some(500));
        };
        match session.step(&self.ticket) {
            Err(_) => Progress::Superseded,
            Ok(Step::ReadBody { .. }) if self.expects_continue => {
                self.expects_continue = false;
                Progress::Continue
            }
            Ok(Step::ReadBody { .. }) => {
                let clean_cut = flaw == Some(Flaw::ServerTakesACutForAnEnd);
                let end = if clean_cut { BodyEnd::Clean } else { BodyEnd::Cut };
                match self.read(input, ended.then_some(end), session, disk) {
                    Ok(progress) => progress,
                    Err(error) => {
                        service.note(Err(error));
                        Progress::Superseded
                    }
                }
            }
            Ok(Step::Respond(mut outcome)) => {
                if flaw == Some(Flaw::ServerTellsWhatItReceived)
                    && let Answer::Incomplete { persisted } = &mut outcome.answer
                {
                    let received = disk.upload(self.id).map_or(0, Upload::received);
                    *persisted = Persisted::confirmed(received.max(persisted.get()));
                }
                Progress::Respond(outcome)
            }
            Ok(Step::Close) => Progress::Close(self.refusal),
            Ok(step) => Progress::Due(Due::Store(Job::new(self.id, step))),
        }
    }

    /// Reads some of the body; `end` is how it has ended if there is no more input.
    fn read(
        &mut self,
        input: &[u8],
        end: Option<BodyEnd>,
        session: &mut Session,
        disk: &mut Disk,
    ) -> Result<Progress, ServerError> {
        let ticket = &mut self.ticket;
        if self.body.is_end() {
            session.handle_body_end(ticket, BodyEnd::Clean)?;
            return Ok(Progress::Consumed(0));
        }
        match self.body.decode(input) {
            Ok(decoded) if decoded.consumed > 0 => {
                let write = session.handle_body(ticket, decoded.data)?;
                let done = Progress::Consumed(decoded.consumed);
                if write.data.is_empty() {
                    return Ok(done);
                }
                match disk.write(self.id, write.epoch, write.at.get(), write.data) {
                    Ok(()) => {}
                    Err(Trouble::Stale(epoch)) => {
                        session.handle_store(ticket, StoreReply::Stale(epoch))?;
                    }
                    Err(Trouble::Failed(fault)) => {
                        session.handle_store(ticket, StoreReply::Failed(fault))?;
                    }
                    Err(Trouble::Crash) => return Ok(Progress::Due(Due::Crash)),
                }
                Ok(done)
            }
            Ok(_) => match end {
                Some(end) => {
                    session.handle_body_end(ticket, end)?;
                    Ok(Progress::Consumed(0))
                }
                None => Ok(Progress::Due(Due::Input)),
            },
            Err(error) => {
                // Where such a body ends is not known: it is cut here.
                self.refusal = Some(error.status());
                session.handle_body_end(ticket, BodyEnd::Cut)?;
                Ok(Progress::Consumed(0))
            }
        }
    }
}
