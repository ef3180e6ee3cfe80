//! A driver for answers that no good server gives: it checks R48 all the way.

use std::collections::HashSet;

use crate::harness::due;
use resumable::client::{Step, Upload, Verdict};

/// How many attempts the uploads under test have without progress.
pub(crate) const ATTEMPTS: u32 = 5;

/// `None` is a lost answer.
pub(crate) type Answer = Option<Verdict>;

/// How a run went.
#[derive(Debug)]
pub(crate) struct Run {
    /// Every request, without the waits between them.
    pub(crate) requests: Vec<String>,
    /// How often the server had more than before.
    pub(crate) progress: usize,
    /// The end of the longest body that the newest session got.
    pub(crate) sent: u64,
    pub(crate) end: Step,
}

impl Run {
    /// Between two gains there are as many attempts as are allowed, each of them a creation, a question and what
    /// follows from it.
    pub(crate) fn is_bounded(&self) -> bool {
        self.requests.len() <= 3 * ATTEMPTS as usize * (self.progress + 1)
    }
}

/// Drives an upload of `length` bytes with these answers until it ends, and checks R48 all the way.
pub(crate) fn drive(upload: Upload, length: u64, answer: impl FnMut(&Step) -> Answer) -> Run {
    drive_with(upload, length, answer, |_, _| {})
}

/// The same with a host that may do anything before each step. It holds the source up to the second thing it is given.
pub(crate) fn drive_with(
    mut upload: Upload,
    length: u64,
    mut answer: impl FnMut(&Step) -> Answer,
    mut host: impl FnMut(&mut Upload, &mut u64),
) -> Run {
    let mut held = 0;
    let mut run = Run { requests: Vec::new(), progress: 0, sent: 0, end: upload.step() };
    let mut recent: HashSet<String> = HashSet::new();
    let mut waits = 0;
    for _ in 0..20_000 {
        let before = upload.persisted();
        host(&mut upload, &mut held);
        let step = upload.step();
        match &step {
            Step::Create { attempt, .. } | Step::Send { attempt, .. } => {
                run.note(&step, &upload, length);
                let line = due(&upload);
                assert!(recent.insert(line.clone()), "{line} again, without a wait");
                run.requests.push(line);
                match answer(&step) {
                    Some(verdict) => upload.handle_response(*attempt, verdict).unwrap(),
                    None => upload.handle_lost(*attempt).unwrap(),
                }
            }
            Step::Fill { to } => {
                held = held.max(length.min(*to));
                if upload.handle_source(held, *to > length).is_err() {
                    // A record that is ahead of its source: the host has nothing better to do.
                    upload.cancel();
                }
            }
            Step::Wait(delay) => {
                assert!(!delay.is_zero());
                waits += 1;
                assert!(waits < ATTEMPTS, "{waits} waits without progress");
                recent.clear();
                upload.handle_waited().unwrap();
            }
            end => {
                run.end = end.clone();
                return run;
            }
        }
        if upload.persisted() > before {
            run.progress += 1;
            waits = 0;
            recent.clear();
        }
    }
    panic!("no end in sight: {}", upload.step());
}

impl Run {
    /// Every body starts where the server is, whatever it said, and stays within the source.
    fn note(&mut self, step: &Step, upload: &Upload, length: u64) {
        match step {
            Step::Send { body, .. } if !body.is_empty() => {
                assert_eq!(body.start, upload.persisted().get());
                assert!(body.end <= length, "{body:?} of {length}");
                self.sent = self.sent.max(body.end);
            }
            Step::Create { .. } => self.sent = 0,
            _ => {}
        }
    }
}

/// This answer, but a session for a creation.
pub(crate) fn created_or(step: &Step, answer: Answer) -> Answer {
    match step {
        Step::Create { .. } => Some(Verdict::Created),
        _ => answer,
    }
}
