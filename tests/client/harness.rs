//! Transcripts: what a client asks for (`>`), what it is answered (`<`), and what its host does (`!`).
//!
//! ```text
//! > PUT bytes 0-10/11      the step that is due, in the words of the wire
//! < 308 bytes=0-2          an answer: status, then the value of Range, or fields that are separated by ` | `
//! < lost                   no answer
//! > wait                   a wait is due; it passes
//! > fill to 3              the source has to be read
//! ! source 3 end           it was: up to there, and that is its end
//! ! cancel                 the host gives the upload up
//! ```
//!
//! Everything goes through the dialect, so a transcript shows what stands on the wire.

use core::num::NonZeroU64;
use core::time::Duration;

use httparse::Header;
use resumable::Persisted;
use resumable::client::{Attempt, Chunk, ChunkSize, ClientPolicy, Length, Source, State};
use resumable::client::{Step, Upload, Verdict};
use resumable::google::{decode_creation_reply, decode_reply, encode_request};

/// Whatever seeds a test that is not about waits.
pub(crate) const SEED: u64 = 8_308;

/// The byte at this offset of every source: it differs from its neighbours, and from those of other chunks.
pub(crate) fn byte(at: u64) -> u8 {
    let mixed = at.wrapping_mul(31) ^ (at / 7).wrapping_mul(17) ^ (at / 251);
    mixed.to_le_bytes()[0]
}

pub(crate) fn chunks(bytes: u64, granularity: u32) -> ClientPolicy {
    ClientPolicy {
        chunk: Chunk::Size(ChunkSize::new(bytes, granularity).expect("a multiple")),
        ..ClientPolicy::default()
    }
}

pub(crate) fn replayable(policy: ClientPolicy, restarts: u8) -> ClientPolicy {
    ClientPolicy { source: Source::Replayable, restarts, ..policy }
}

/// An upload that has a session.
pub(crate) fn created(length: Length, policy: ClientPolicy) -> Upload {
    let mut upload = Upload::new(length, policy, SEED);
    upload.handle_response(attempt(&upload), Verdict::Created).expect("the creation is due");
    upload
}

/// An upload of a known length, with a session, in one request if all goes well.
pub(crate) fn known(total: u64) -> Upload {
    created(Length::Known(total), ClientPolicy::default())
}

pub(crate) fn incomplete(persisted: u64) -> Verdict {
    Verdict::Incomplete { persisted: NonZeroU64::new(persisted).map(|some| Persisted::confirmed(some.get())) }
}

/// The attempt of the request that is due.
pub(crate) fn attempt(upload: &Upload) -> Attempt {
    match upload.step() {
        Step::Create { attempt, .. } | Step::Send { attempt, .. } => attempt,
        step => panic!("expected a request, got {step}"),
    }
}

/// Answers the request that is due.
pub(crate) fn answer(upload: &mut Upload, verdict: Verdict) {
    upload.handle_response(attempt(upload), verdict).expect("the attempt is the newest");
}

/// The wait that is due passes.
pub(crate) fn wait(upload: &mut Upload) -> Duration {
    match upload.step() {
        Step::Wait(delay) => {
            upload.handle_waited().expect("a wait is due");
            delay
        }
        step => panic!("expected a wait, got {step}"),
    }
}

/// What is due, in the words of the wire.
pub(crate) fn due(upload: &Upload) -> String {
    let step = upload.step();
    assert_eq!(step, upload.step(), "a step is a function of the state");
    match step {
        Step::Send { intent, .. } => {
            encode_request(&intent).expect("an upload asks for nothing that cannot be written").to_string()
        }
        Step::Wait(_) => "wait".into(),
        step => step.to_string(),
    }
}

/// Plays a transcript: asserts what is due, and answers it.
#[track_caller]
pub(crate) fn play(upload: &mut Upload, transcript: &str) {
    let mut passed = String::new();
    for line in transcript.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (sign, text) = line.split_once(' ').expect("a sign and a text");
        match sign {
            ">" => {
                assert_eq!(due(upload), text, "after these lines:\n{passed}");
                if text == "wait" {
                    wait(upload);
                }
            }
            "<" => reply(upload, text),
            "!" => host(upload, text),
            _ => panic!("no sign that is known: {line}"),
        }
        passed.push_str(line);
        passed.push('\n');
    }
}

fn reply(upload: &mut Upload, text: &str) {
    if text == "lost" {
        return upload.handle_lost(attempt(upload)).expect("the newest attempt");
    }
    let verdict = if upload.state() == State::Creating { read_creation(text) } else { read(text) };
    answer(upload, verdict);
}

fn host(upload: &mut Upload, text: &str) {
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        ["cancel"] => upload.cancel(),
        ["source", available] => {
            upload.handle_source(available.parse().expect("a number"), false).expect("the source goes on");
        }
        ["source", available, "end"] => {
            upload.handle_source(available.parse().expect("a number"), true).expect("the source ends");
        }
        _ => panic!("no event that is known: {text}"),
    }
}

/// Reads an answer about a session: `308 bytes=0-2`, `503 Retry-After: 7 | Date: ...`.
pub(crate) fn read(answer: &str) -> Verdict {
    let (status, headers) = head(answer);
    decode_reply(status, &headers[..])
}

/// Reads the answer to a creation: `201 Location: /u/7`, or `created` for one of many.
pub(crate) fn read_creation(answer: &str) -> Verdict {
    let answer = match answer {
        "created" => "200 Location: https://127.0.0.1/u/7",
        answer => answer,
    };
    let (status, headers) = head(answer);
    decode_creation_reply(status, &headers[..]).0
}

/// The status and the fields of an answer.
pub(crate) fn head(answer: &str) -> (u16, Vec<Header<'_>>) {
    let (status, fields) = answer.split_once(' ').unwrap_or((answer, ""));
    let headers = fields
        .split(" | ")
        .filter(|field| !field.is_empty())
        .map(|field| {
            let (name, value) = field.split_once(": ").unwrap_or(("Range", field));
            Header { name, value: value.as_bytes() }
        })
        .collect();
    (status.parse().expect("a status"), headers)
}

/// A generator of numbers that are the same in every run (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}
