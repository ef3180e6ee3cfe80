//! Uploads that nothing disturbs, and the first disturbances.

use super::{Act, End, Program, Role, Script, Seen, Stage};
use crate::kit::case::{Case, Finding, Stop};

/// More than two chunks of 256 KiB, and no multiple of them.
const FILE: usize = 600_011;

pub fn cases() -> Vec<Case<Program>> {
    vec![
        Case::new("R46", "an empty file", "success, identical", |it: &Program| undisturbed(it, 0)),
        Case::new("R46", "a file of one byte", "success, identical", |it: &Program| undisturbed(it, 1)),
        Case::new("R46", "a file of several chunks", "success, identical", |it: &Program| undisturbed(it, FILE)),
        Case::new("R42", "503 to the first data", "success after a question", |it: &Program| {
            let mut faults = 1;
            let ran = it.run(FILE, move |_: &mut Stage, seen: &Seen| match seen.role {
                Role::Data if faults > 0 => {
                    faults -= 1;
                    Act::text("503 Service Unavailable", "busy")
                }
                _ => Act::Honest,
            })?;
            Ok(ran.uploads())
        }),
        Case::new("R42", "a reset in the middle of the first data", "success after a question", |it: &Program| {
            Ok(it.run(FILE, Cut { after: FILE / 3, done: false })?.uploads())
        }),
        Case::new("R42", "no answer to the first data", "success after the client's own time-out", |it: &Program| {
            let mut faults = 1;
            let ran = it.run(FILE, move |stage: &mut Stage, seen: &Seen| match seen.role {
                Role::Data if faults > 0 => {
                    faults -= 1;
                    stage.keep(seen, usize::MAX);
                    Act::Hold(Vec::new())
                }
                _ => Act::Honest,
            })?;
            Ok(match ran.end {
                End::Late => Finding::refused("still waiting when the time was up"),
                _ => ran.uploads(),
            })
        }),
        Case::new("R48", "308 for ever that never tells progress", "a failure", |it: &Program| {
            let ran = it.run(FILE, |_: &mut Stage, seen: &Seen| match seen.role {
                Role::Create => Act::Honest,
                _ => Act::answer("308 Resume Incomplete", &[]),
            })?;
            Ok(ran.fails())
        }),
    ]
}

fn undisturbed(program: &Program, size: usize) -> Result<Finding, Stop> {
    let ran = program.run(size, |_: &mut Stage, _: &Seen| Act::Honest)?;
    Ok(ran.uploads())
}

/// Resets the connection in the middle of the first body, and keeps what came of it.
struct Cut {
    after: usize,
    done: bool,
}

impl Script for Cut {
    fn reads(&mut self, _: &Stage, head: &Seen) -> Option<usize> {
        (head.role == Role::Data && !self.done).then_some(self.after)
    }

    fn act(&mut self, stage: &mut Stage, seen: &Seen) -> Act {
        if seen.role != Role::Data || self.done {
            return Act::Honest;
        }
        self.done = true;
        stage.keep(seen, usize::MAX);
        Act::Reset
    }
}
