//! Uploads that nothing disturbs, and the first disturbances.

use super::{Act, Program, Role, Seen, Stage};
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
