//! The client's side of a state: its host, and what it hears.

use resumable::client::{Step, Upload, Verdict};
use resumable::server::Outcome;
use resumable::{Append, Extent, Intent};

use crate::config::{Config, Framing};
use crate::defects::Defect;
use crate::ladder::{Ladder, Who};
use crate::properties::Property;
use crate::wire;
use crate::world::{Stage, World};

impl World {
    /// Sends the request that is due, if it is not under way.
    pub(crate) fn send(&mut self, config: &Config, ladder: &mut Ladder) {
        loop {
            match self.client.upload.step() {
                // Creations are not lost here: there is nothing in them to search.
                Step::Create { attempt, .. } => {
                    self.create(config);
                    let created = self.client.upload.handle_response(attempt, Verdict::Created);
                    created.expect("it is the newest attempt");
                }
                Step::Send { attempt, intent, body } if self.client.awaited != Some(attempt) => {
                    if let Intent::Append(append) = intent {
                        self.check_append(&append, body.clone(), config);
                    }
                    self.client.lost = false;
                    let again = body.start < self.client.sent;
                    self.client.sent = self.client.sent.max(body.end);
                    self.client.awaited = Some(attempt);
                    let intent = on_the_wire(intent, config);
                    let number = self.request(Some(attempt), Some(intent), body);
                    if config.defect == Some(Defect::NewOffset) {
                        self.requests
                            .iter_mut()
                            .filter(|request| request.number == number)
                            .for_each(|request| request.again = again);
                    }
                    ladder.line(Who::Client, format_args!("sends #{number}: {intent}"));
                    return;
                }
                Step::Send { .. } => return,
                Step::Wait(_) | Step::Fill { .. } | Step::Failed(_) => break,
                step => {
                    ladder.line(Who::Client, format_args!("{step}"));
                    break;
                }
            }
        }
        self.client.awaited = None;
    }

    fn check_append(&mut self, append: &Append, body: core::ops::Range<u64>, config: &Config) {
        let persisted = self.client.upload.persisted().get();
        if self.client.lost {
            self.breaks(Property::AsksAfterLoss, format!("sends {body:?} after a lost answer"));
        }
        if body.start < self.client.dropped && !config.replayable {
            let dropped = self.client.dropped;
            self.breaks(Property::Acknowledged, format!("asks for {body:?}, {dropped} bytes were acknowledged"));
        }
        if append.at != body.start || body.start != persisted || body.start > self.client.sent || body.is_empty() {
            let sent = self.client.sent;
            self.breaks(
                Property::Contiguous,
                format!("sends {body:?} as {append:?}, {persisted} bytes are acknowledged, {sent} were sent"),
            );
        }
    }

    /// An answer arrives, perhaps bare of what it said to be persisted.
    pub(crate) fn deliver(&mut self, at: usize, bare: bool, config: &Config, ladder: &mut Ladder) {
        let request = self.requests.remove(at);
        let Stage::Answered(outcome) = request.stage else {
            panic!("there is no answer in {request:?}");
        };
        let Some(attempt) = request.attempt else {
            return;
        };
        let number = request.number;
        let verdict = self.verdict(&outcome, bare, request.intent, config);
        if self.client.awaited == Some(attempt) {
            ladder.line(Who::Client, format_args!("hears #{number}: {outcome}"));
            self.heard(config, |upload| upload.handle_response(attempt, verdict));
            return;
        }
        ladder.line(Who::Client, format_args!("hears #{number}, too late: {outcome}"));
        if let (Some(Defect::OldAnswerCounts), Some(newest)) = (config.defect, self.client.awaited) {
            self.heard(config, |upload| upload.handle_response(newest, verdict));
            return;
        }
        let before = self.client.upload.clone();
        let taken = self.client.upload.handle_response(attempt, verdict);
        if taken.is_ok() || self.client.upload != before {
            self.breaks(Property::StaleAnswer, format!("an answer to an older attempt was taken: {outcome}"));
        }
    }

    /// Something happens to the client for which it is prepared.
    pub(crate) fn heard<E: core::fmt::Display>(
        &mut self,
        config: &Config,
        what: impl FnOnce(&mut Upload) -> Result<(), E>,
    ) {
        if let Err(error) = what(&mut self.client.upload) {
            self.breaks(Property::TakesCalls, format!("the client: {error}"));
        }
        if !config.replayable {
            let persisted = self.client.upload.persisted().get();
            self.client.dropped = self.client.dropped.max(persisted);
        }
    }

    /// The client learns that there will be no answer.
    pub(crate) fn lose(&mut self, config: &Config) {
        let Some(attempt) = self.client.awaited.take() else {
            panic!("the client waits for no answer");
        };
        self.client.lost = true;
        self.heard(config, |upload| upload.handle_lost(attempt));
    }

    /// The host has read its source: all of it, or just as far as it was asked to.
    pub(crate) fn fill(&mut self, to: u64, ended: bool, config: &Config, ladder: &mut Ladder) {
        let available = if ended { config.size } else { to };
        let end = if ended { ", its end" } else { "" };
        ladder.line(Who::Client, format_args!("has read its source up to {available}{end}"));
        self.heard(config, |upload| upload.handle_source(available, ended));
    }

    /// The client's process dies, and another goes on from a snapshot.
    pub(crate) fn restart_client(&mut self, first: bool, config: &Config) {
        let newest = self.client.upload.snapshot();
        let first = first.then(|| Self::first_snapshot(config));
        let snapshot = first.or(newest).expect("there is a snapshot");
        self.client.upload = Upload::resume(snapshot, config.client_policy(), 0);
        self.client.awaited = None;
        self.client.lost = true;
        for request in &mut self.requests {
            request.attempt = None;
        }
        // Nobody is left who would hear an answer.
        self.requests.retain(|request| !matches!(request.stage, Stage::Answered(_)));
    }

    fn verdict(&self, outcome: &Outcome, bare: bool, intent: Option<Intent>, config: &Config) -> Verdict {
        let verdict = if bare { Verdict::Incomplete { persisted: None } } else { wire::verdict(outcome) };
        let Verdict::Incomplete { persisted } = verdict else {
            return verdict;
        };
        let said = persisted.unwrap_or_default().get();
        let claimed = match (config.defect, intent) {
            (Some(Defect::RangeOffByOne), _) if said > 0 => said + 1,
            (Some(Defect::MissingRangeIsAll), Some(Intent::Append(append))) if said == 0 => match append.extent {
                Extent::To(end) => end,
                _ => self.client.sent,
            },
            _ => return verdict,
        };
        Verdict::Incomplete { persisted: Some(resumable::Persisted::confirmed(claimed)) }
    }
}

/// What the server reads when the client says this.
fn on_the_wire(intent: Intent, config: &Config) -> Intent {
    let Intent::Append(append) = intent else {
        return intent;
    };
    let is_last = append.total.is_some_and(|total| append.extent == Extent::To(total));
    Intent::Append(match config.framing {
        Framing::Length => match (config.defect, append.extent) {
            (Some(Defect::LastIsExclusive), Extent::To(end)) => Append { extent: Extent::To(end - 1), ..append },
            _ => append,
        },
        Framing::OpenEnded if is_last => Append { extent: Extent::Last, total: None, body: None, ..append },
        Framing::Chunked | Framing::OpenEnded => Append { body: None, ..append },
    })
}
