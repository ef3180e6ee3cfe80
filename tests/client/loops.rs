//! R48: no request is sent twice in a row without durable progress or a wait between them, whatever the server answers.
//!
//! Real clients spin at thousands of requests a second here. So the machine is driven with every answer for ever, with
//! every round of three answers for ever, and with random ones.

use core::time::Duration;

use crate::driver::{ATTEMPTS, Answer, Run, created_or, drive, drive_with};
use crate::harness::{Dice, SEED, chunks, due, incomplete, replayable};
use resumable::ClientSnapshot;
use resumable::client::{ClientPolicy, Failure, Length, Step, Upload, Verdict, Violation};

/// Every kind of answer there is, and every offset around those that matter to a source of 11 bytes.
fn answers() -> Vec<Answer> {
    let mut answers: Vec<Answer> = (0..=12).map(|kept| Some(incomplete(kept))).collect();
    for verdict in [
        incomplete(u64::MAX),
        Verdict::Created,
        Verdict::Complete { size: None },
        Verdict::Complete { size: Some(11) },
        Verdict::Complete { size: Some(7) },
        Verdict::Unavailable { retry_after: None },
        Verdict::Unavailable { retry_after: Some(Duration::ZERO) },
        Verdict::Unavailable { retry_after: Some(Duration::from_secs(7)) },
        Verdict::Unavailable { retry_after: Some(Duration::MAX) },
        Verdict::Gone,
        Verdict::Cancelled,
        Verdict::Refused { code: 403 },
        Verdict::Violation(Violation::Range),
        Verdict::Violation(Violation::Answer { code: 200 }),
        Verdict::Violation(Violation::Address),
    ] {
        answers.push(Some(verdict));
    }
    answers.push(None);
    answers
}

/// Uploads of 11 bytes or fewer, at their start, under every policy that matters.
fn uploads() -> Vec<(Upload, u64)> {
    let mut uploads = Vec::new();
    for mut policy in [
        ClientPolicy::default(),
        chunks(3, 1),
        chunks(6, 3),
        replayable(chunks(3, 1), 0),
        replayable(ClientPolicy::default(), 1),
        replayable(chunks(3, 1), 2),
        replayable(chunks(3, 1), 255),
    ] {
        policy.retry.max_attempts = ATTEMPTS;
        for length in [0, 1, 9, 11] {
            uploads.push((Upload::new(Length::Known(length), policy, SEED), length));
            uploads.push((Upload::new(Length::Unknown, policy, SEED), length));
            for total in [Some(length), None] {
                let record = ClientSnapshot { persisted: length / 2, total };
                uploads.push((Upload::resume(record, policy, SEED), length));
            }
        }
    }
    uploads
}

#[test]
fn r48_one_answer_for_ever() {
    for answer in answers() {
        for (upload, length) in uploads() {
            let run = drive(upload.clone(), length, |_| answer);
            assert!(run.is_bounded(), "{answer:?} to {upload:?}: {run:?}");
        }
    }
}

#[test]
fn r48_one_answer_for_ever_and_every_creation_succeeds() {
    // With 404 that is a new session each time, as often as restarts and attempts allow.
    for answer in answers() {
        for (upload, length) in uploads() {
            let run = drive(upload.clone(), length, |step| created_or(step, answer));
            assert!(run.is_bounded(), "{answer:?} to {upload:?}: {run:?}");
        }
    }
}

#[test]
fn r48_every_round_of_three_answers_for_ever() {
    let answers = answers();
    let uploads: Vec<_> = uploads().into_iter().filter(|(_, length)| *length > 8).collect();
    for order in 0..answers.len().pow(3) {
        let round = [0, 1, 2].map(|nth| answers[order / answers.len().pow(nth) % answers.len()]);
        // One upload for each order: the two counts have no common factor, so each upload meets every answer in each place.
        let (upload, length) = &uploads[order % uploads.len()];
        let mut round = round.into_iter().cycle();
        let run = drive(upload.clone(), *length, |step| created_or(step, round.next().flatten()));
        assert!(run.is_bounded(), "{order}: {run:?}");
    }
}

#[test]
fn r48_random_answers_end_and_end_in_success_only_when_everything_was_sent() {
    let answers = answers();
    let mut done = 0;
    for (at, (upload, length)) in uploads().into_iter().enumerate() {
        for seed in 0..300 {
            let mut dice = Dice(seed * 1_000 + at as u64);
            // Only some of the answers, so that runs get long.
            let kinds: Vec<Answer> = (0..=dice.roll(6))
                .map(|_| answers[usize::try_from(dice.roll(answers.len() as u64)).unwrap()])
                .collect();
            let run = drive(upload.clone(), length, |step| {
                let roll = usize::try_from(dice.roll(kinds.len() as u64)).unwrap();
                created_or(step, kinds[roll])
            });
            assert!(run.is_bounded(), "seed {seed} of {upload:?}: {run:?}");
            if let Step::Done { size } = run.end {
                done += 1;
                assert_eq!(size, length, "seed {seed} of {upload:?}: {run:?}");
                let is_fresh = upload.snapshot().is_none();
                assert!(!is_fresh || run.sent == length, "seed {seed} of {upload:?}: {run:?}");
            }
        }
    }
    assert!(done > 500, "some runs have answers that make a success: {done}");
}

#[test]
fn r48_random_answers_and_a_host_that_does_not_wait_to_be_asked() {
    // It reads its source ahead, learns of its end at any time, and gives up again and again.
    let answers = answers();
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let mut policy = replayable(chunks(1 + dice.roll(5), 1), 1);
        policy.retry.max_attempts = ATTEMPTS;
        let length = dice.roll(12);
        let upload = Upload::new(Length::Unknown, policy, seed);
        let kinds = [0; 4].map(|_| answers[usize::try_from(dice.roll(answers.len() as u64)).unwrap()]);
        let mut host = Dice(seed + 1);
        let gives_up = host.roll(2) == 0;
        let answer = |step: &Step| created_or(step, kinds[usize::try_from(dice.roll(4)).unwrap()]);
        let run = drive_with(upload, length, answer, |upload, held| match host.roll(8) {
            0..=2 => {
                *held = length.min(*held + host.roll(5));
                let ended = *held == length && host.roll(2) == 0;
                upload.handle_source(*held, ended).expect("no less than before");
            }
            3 if gives_up => upload.cancel(),
            _ => {}
        });
        assert!(run.is_bounded(), "seed {seed}: {run:?}");
    }
}

/// An upload of 11 bytes that gets a session, and one answer for ever.
fn ladder(mut policy: ClientPolicy, answer: Answer) -> (Vec<String>, Step) {
    policy.retry.max_attempts = ATTEMPTS;
    let mut upload = Upload::new(Length::Known(11), policy, SEED);
    let mut lines = Vec::new();
    for _ in 0..100 {
        lines.push(due(&upload));
        let step = upload.step();
        match &step {
            Step::Create { attempt, .. } | Step::Send { attempt, .. } => match created_or(&step, answer) {
                Some(verdict) => upload.handle_response(*attempt, verdict).unwrap(),
                None => upload.handle_lost(*attempt).unwrap(),
            },
            Step::Wait(_) => upload.handle_waited().unwrap(),
            end => return (lines, end.clone()),
        }
    }
    panic!("no end in sight: {lines:?}");
}

const EXHAUSTED: Step = Step::Failed(Failure::TooManyAttempts { attempts: ATTEMPTS });

#[test]
fn r48_308_without_a_range_for_ever() {
    let (lines, end) = ladder(chunks(3, 1), Some(incomplete(0)));
    assert_eq!(
        lines[..6],
        ["create 11 bytes", "PUT bytes 0-2/11", "wait", "PUT bytes */11", "PUT bytes 0-2/11", "wait"]
    );
    assert_eq!(end, EXHAUSTED);
}

#[test]
fn r48_the_same_range_for_ever() {
    let (lines, end) = ladder(chunks(3, 1), Some(incomplete(2)));
    assert_eq!(
        lines[..7],
        [
            "create 11 bytes",
            "PUT bytes 0-2/11",
            "PUT bytes 2-4/11",
            "wait",
            "PUT bytes */11",
            "PUT bytes 2-4/11",
            "wait"
        ]
    );
    assert_eq!(end, EXHAUSTED);
}

#[test]
fn r48_308_with_the_full_range_for_ever() {
    let (lines, end) = ladder(ClientPolicy::default(), Some(incomplete(11)));
    assert_eq!(
        lines[..6],
        ["create 11 bytes", "PUT bytes 0-10/11", "PUT bytes */11", "wait", "PUT bytes */11", "wait"]
    );
    assert_eq!(end, EXHAUSTED);
}

#[test]
fn r48_503_for_ever() {
    let unavailable = Some(Verdict::Unavailable { retry_after: None });
    let (lines, end) = ladder(chunks(3, 1), unavailable);
    let questions = lines.iter().filter(|l| *l == "PUT bytes */11").count();
    assert_eq!(questions, ATTEMPTS as usize - 1);
    assert_eq!(lines.iter().filter(|l| l.contains("0-2")).count(), 1);
    assert_eq!(end, EXHAUSTED);
}

#[test]
fn r48_404_for_ever_uses_up_the_restarts() {
    for restarts in [0, 1, 2] {
        let policy = replayable(chunks(3, 1), restarts);
        let (lines, end) = ladder(policy, Some(Verdict::Gone));
        let creations = lines.iter().filter(|l| l.starts_with("create")).count();
        assert_eq!(creations, 1 + usize::from(restarts));
        assert_eq!(end, Step::Failed(Failure::Gone));
    }
}

#[test]
fn r48_404_for_ever_is_not_followed_as_often_as_restarts_allow() {
    let policy = replayable(chunks(3, 1), 255);
    let (lines, end) = ladder(policy, Some(Verdict::Gone));
    let creations = lines.iter().filter(|l| l.starts_with("create")).count();
    assert_eq!(creations, ATTEMPTS as usize);
    assert_eq!(end, EXHAUSTED);
}

/// An upload of 11 bytes in threes whose server says that it has 3 bytes, then `other`, and so on.
fn flip(mut policy: ClientPolicy, other: u64) -> Run {
    policy.retry.max_attempts = ATTEMPTS;
    let upload = Upload::new(Length::Known(11), policy, SEED);
    let mut flips = [incomplete(3), incomplete(other)].into_iter().cycle();
    drive(upload, 11, |step| match step {
        Step::Create { .. } => Some(Verdict::Created),
        _ => flips.next(),
    })
}

#[test]
fn r48_a_server_that_flips_between_two_offsets_is_followed_once() {
    let once = ["create 11 bytes", "PUT bytes 0-2/11", "PUT bytes 3-5/11"];
    let twice = [&once[..], &["PUT bytes */11", "PUT bytes 3-5/11"]].concat();
    for (policy, requests) in [(chunks(3, 1), &once[..]), (replayable(chunks(3, 1), 2), &twice)] {
        let run = flip(policy, 1);
        assert!(matches!(run.end, Step::Failed(Failure::ServerBehind { .. })), "{run:?}");
        assert_eq!(run.requests, requests, "{run:?}");
    }
}

#[test]
fn r48_a_server_that_leaves_out_every_second_range_is_not_followed_for_ever() {
    for policy in [chunks(3, 1), replayable(chunks(3, 1), 2)] {
        let run = flip(policy, 0);
        assert_eq!(run.end, EXHAUSTED);
    }
}

#[test]
fn r48_a_new_session_is_not_asked_for_in_a_row() {
    // Each creation succeeds, each session is gone at the first request.
    let (lines, _) = ladder(replayable(ClientPolicy::default(), 9), Some(Verdict::Gone));
    for pair in lines.windows(3) {
        let creations = pair.iter().filter(|l| l.starts_with("create")).count();
        assert!(creations <= 1, "{pair:?}");
    }
}
