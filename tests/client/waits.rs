//! R47: how long a client waits, and when it gives up.

use core::time::Duration;

use crate::harness::{answer, attempt, chunks, created, due, incomplete, known, play, read, wait};
use resumable::client::{ClientPolicy, Failure, Length, Retry, Step, Upload, Verdict};

const S: Duration = Duration::from_secs(1);

fn patient(retry: Retry) -> ClientPolicy {
    ClientPolicy { retry, ..chunks(7, 1) }
}

fn unavailable(seconds: u64) -> Verdict {
    Verdict::Unavailable { retry_after: Some(Duration::from_secs(seconds)) }
}

/// The waits of an upload whose requests are all lost.
fn waits(seed: u64, retry: Retry) -> Vec<Duration> {
    let mut upload = Upload::new(Length::Known(11), patient(retry), seed);
    let mut waits = Vec::new();
    for _ in 0..=2 * retry.max_attempts {
        match upload.step() {
            Step::Create { attempt, .. } => upload.handle_lost(attempt).unwrap(),
            Step::Wait(delay) => {
                waits.push(delay);
                upload.handle_waited().unwrap();
            }
            step => {
                assert!(matches!(step, Step::Failed(_)), "{step}");
                return waits;
            }
        }
    }
    panic!("no end in sight: {waits:?}");
}

#[test]
fn r47_the_default_is_1_s_doubled_up_to_32_s() {
    let Retry { base, cap, max_attempts, max_wait } = Retry::default();
    assert_eq!((base, cap), (S, 32 * S));
    assert_eq!((max_attempts, max_wait), (10, 600 * S));
}

#[test]
fn r47_each_wait_is_above_zero_and_at_most_its_bound() {
    let bounds = [1, 2, 4, 8, 16, 32, 32, 32, 32].map(|seconds| seconds * S);
    for seed in 0..2_000 {
        let waits = waits(seed, Retry::default());
        assert_eq!(waits.len(), bounds.len(), "seed {seed}");
        for (wait, bound) in waits.into_iter().zip(bounds) {
            assert!(!wait.is_zero() && wait <= bound, "seed {seed}: {wait:?}");
        }
    }
}

#[test]
fn r47_the_jitter_is_full() {
    // Over many seeds the n-th wait is spread over all of its range, not only over its upper half.
    for (n, bound) in [1_u32, 2, 4, 8, 16, 32, 32, 32, 32].into_iter().enumerate() {
        let drawn: Vec<f64> =
            (0..2_000).map(|seed| waits(seed, Retry::default())[n].as_secs_f64() / f64::from(bound)).collect();
        for tenth in 0..10 {
            let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            let count = drawn.iter().filter(|drawn| range.contains(drawn)).count();
            assert!((120..=280).contains(&count), "wait {n}, {range:?}: {count}");
        }
    }
}

#[test]
fn r47_two_seeds_that_are_neighbours_do_not_wait_alike() {
    let firsts: Vec<Duration> = (0..100).map(|seed| waits(seed, Retry::default())[0]).collect();
    let mut distinct = firsts.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), firsts.len());
}

#[test]
fn r47_a_seed_repeats_exactly() {
    for seed in [0, 1, 7, u64::MAX] {
        assert_eq!(waits(seed, Retry::default()), waits(seed, Retry::default()));
    }
    assert_ne!(waits(1, Retry::default()), waits(2, Retry::default()));
}

#[test]
fn r47_retry_after_is_a_floor() {
    for seconds in [1, 7, 31, 32, 33, 120, 600] {
        let mut upload = known(11);
        answer(&mut upload, unavailable(seconds));
        let waited = wait(&mut upload);
        assert!(waited >= Duration::from_secs(seconds), "{seconds}: {waited:?}");
        assert!(waited <= Duration::from_secs(seconds.max(1)), "{seconds}: {waited:?}");
    }
}

#[test]
fn r47_retry_after_of_zero_changes_nothing() {
    for seed in 0..100 {
        let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), seed);
        answer(&mut upload, unavailable(0));
        let waited = wait(&mut upload);
        assert!(!waited.is_zero() && waited <= S, "{waited:?}");
        assert_eq!(waited, waits(seed, Retry::default())[0]);
    }
}

#[test]
fn r47_retry_after_in_seconds() {
    for (answer, seconds) in [
        ("503 Retry-After: 7", 7),
        ("429 Retry-After: 120", 120),
        ("500 retry-after: 0", 0),
        ("408 Retry-After: 007", 7),
    ] {
        assert_eq!(read(answer), unavailable(seconds), "{answer}");
    }
}

#[test]
fn r47_retry_after_as_a_date_is_relative_to_the_date_of_the_answer() {
    for date in ["Wed, 21 Oct 2015 07:28:30 GMT", "Wednesday, 21-Oct-15 07:28:30 GMT", "Wed Oct 21 07:28:30 2015"] {
        let answer = format!("503 Retry-After: {date} | Date: Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(read(&answer), unavailable(30), "{date}");
    }
}

#[test]
fn r47_a_date_that_has_passed_asks_for_nothing() {
    let answer = "503 Retry-After: Wed, 21 Oct 2015 07:28:00 GMT | Date: Wed, 21 Oct 2015 07:28:30 GMT";
    assert_eq!(read(answer), unavailable(0));
}

#[test]
fn r47_a_retry_after_that_cannot_be_read_is_none() {
    for answer in [
        "503 Retry-After: Wed, 21 Oct 2015 07:28:30 GMT",
        "503 Retry-After: Wed, 21 Oct 2015 07:28:30 GMT | Date: yesterday",
        "503 Retry-After: soon",
        "503 Retry-After: -7",
        "503 Retry-After: +7",
        "503 Retry-After: 7.5",
        "503 Retry-After: 7, 8",
        "503 Retry-After: ",
        "503 Retry-After: 7 | Retry-After: 7",
    ] {
        let verdict = Verdict::Unavailable { retry_after: None };
        assert_eq!(read(answer), verdict, "{answer}");
    }
}

#[test]
fn r47_a_hostile_retry_after_ends_the_upload_and_overflows_nothing() {
    for seconds in ["601", "18446744073709551615", "99999999999999999999999"] {
        let mut upload = known(11);
        play(&mut upload, &format!("< 503 Retry-After: {seconds}"));
        let Step::Failed(Failure::WaitTooLong { wanted, limit }) = upload.step() else {
            panic!("{}", upload.step());
        };
        assert!(wanted > limit, "{wanted:?}");
        assert_eq!(limit, 600 * S);
    }
}

#[test]
fn r47_a_hostile_retry_after_without_a_limit_overflows_nothing() {
    let retry = Retry { max_wait: Duration::MAX, ..Retry::default() };
    let mut upload = created(Length::Known(11), patient(retry));
    for _ in 0..9 {
        answer(&mut upload, unavailable(u64::MAX));
        if !matches!(upload.step(), Step::Wait(_)) {
            break;
        }
        wait(&mut upload);
    }
    assert!(!matches!(upload.step(), Step::Done { .. }));
}

#[test]
fn r47_the_sum_of_waits_is_limited_and_may_be_used_up() {
    let mut upload = known(11);
    answer(&mut upload, unavailable(300));
    wait(&mut upload);
    answer(&mut upload, unavailable(300));
    wait(&mut upload);
    answer(&mut upload, unavailable(100));
    assert_eq!(upload.step(), Step::Failed(Failure::WaitTooLong { wanted: 700 * S, limit: 600 * S }));
}

#[test]
fn r47_the_sum_of_waits_starts_again_with_durable_progress() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    answer(&mut upload, unavailable(400));
    wait(&mut upload);
    answer(&mut upload, incomplete(1));
    answer(&mut upload, unavailable(400));
    wait(&mut upload);
    assert_eq!(due(&upload), "PUT bytes */11");
}

#[test]
fn r47_the_sum_of_waits_does_not_start_again_with_a_mere_answer() {
    let mut upload = known(11);
    answer(&mut upload, unavailable(400));
    wait(&mut upload);
    answer(&mut upload, incomplete(0));
    answer(&mut upload, unavailable(201));
    assert_eq!(upload.step(), Step::Failed(Failure::WaitTooLong { wanted: 601 * S, limit: 600 * S }));
}

#[test]
fn r47_attempts_are_limited() {
    let mut upload = known(11);
    for _ in 0..9 {
        upload.handle_lost(attempt(&upload)).unwrap();
        wait(&mut upload);
    }
    upload.handle_lost(attempt(&upload)).unwrap();
    let failure = Failure::TooManyAttempts { attempts: 10 };
    assert_eq!(upload.step(), Step::Failed(failure));
}

#[test]
fn r47_attempts_are_not_counted_afresh_by_a_mere_answer() {
    // The server answers every question and loses every chunk.
    let mut upload = known(11);
    for _ in 0..9 {
        play(
            &mut upload,
            "> PUT bytes 0-10/11
             < 503
             > wait
             > PUT bytes */11
             < 308",
        );
    }
    play(
        &mut upload,
        "> PUT bytes 0-10/11
         < 503
         > failed: no progress in 10 attempts",
    );
}

#[test]
fn r47_attempts_are_not_counted_afresh_by_a_session() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), 7);
    for _ in 0..5 {
        play(&mut upload, "> create 11 bytes\n< 503\n> wait");
    }
    play(&mut upload, "> create 11 bytes\n< created\n> PUT bytes 0-10/11");
    for _ in 0..4 {
        play(&mut upload, "< lost\n> wait");
    }
    play(&mut upload, "< lost\n> failed: no progress in 10 attempts");
}

#[test]
fn r47_attempts_are_counted_afresh_with_durable_progress() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    for kept in 1..11 {
        for _ in 0..9 {
            upload.handle_lost(attempt(&upload)).unwrap();
            wait(&mut upload);
        }
        answer(&mut upload, incomplete(kept));
    }
    play(&mut upload, "> PUT bytes 10-10/11\n< 200\n> done, 11 bytes");
}

#[test]
fn r47_waits_start_again_at_the_base_with_durable_progress() {
    for seed in 0..200 {
        let mut upload = Upload::new(Length::Known(11), chunks(7, 1), seed);
        answer(&mut upload, Verdict::Created);
        for _ in 0..6 {
            upload.handle_lost(attempt(&upload)).unwrap();
            wait(&mut upload);
        }
        answer(&mut upload, incomplete(1));
        upload.handle_lost(attempt(&upload)).unwrap();
        let waited = wait(&mut upload);
        assert!(waited <= S, "seed {seed}: {waited:?}");
    }
}

#[test]
fn r47_one_attempt_or_none_is_one() {
    for max_attempts in [0, 1] {
        let retry = Retry { max_attempts, ..Retry::default() };
        let mut upload = created(Length::Known(11), patient(retry));
        play(&mut upload, "> PUT bytes 0-6/11\n< lost\n> failed: no progress in 1 attempts");
    }
}

#[test]
fn r47_odd_settings_overflow_nothing() {
    for (base, cap) in [
        (Duration::ZERO, Duration::ZERO),
        (Duration::ZERO, 32 * S),
        (Duration::from_nanos(1), Duration::from_nanos(1)),
        (32 * S, S),
        (Duration::MAX, Duration::MAX),
        (S, Duration::MAX),
    ] {
        let retry = Retry { base, cap, max_attempts: 90, max_wait: Duration::MAX };
        for wait in waits(7, retry) {
            assert!(!wait.is_zero(), "base {base:?}, cap {cap:?}");
            assert!(wait <= base.max(cap).max(Duration::from_nanos(1)), "{wait:?}");
        }
    }
}
