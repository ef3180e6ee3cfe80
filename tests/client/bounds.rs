//! Boundaries: nothing, one byte, and as many as a number can count.

use crate::harness::{SEED, answer, attempt, chunks, created, known, play, read, replayable};
use resumable::client::{Chunk, ChunkSize, ClientPolicy, Failure, Length, Step, Upload, Verdict};
use resumable::{ClientSnapshot, Persisted};

const MAX: u64 = u64::MAX;

#[test]
fn nothing() {
    play(&mut known(0), "> PUT bytes */0\n< 200\n> done, 0 bytes");
    play(
        &mut known(0),
        "> PUT bytes */0
         < lost
         > wait
         > PUT bytes */0
         < 308
         > wait
         > PUT bytes */0
         < 200
         > done, 0 bytes",
    );
}

#[test]
fn one_byte() {
    for policy in [ClientPolicy::default(), chunks(1, 1), chunks(262_144, 262_144)] {
        let mut upload = created(Length::Known(1), policy);
        play(
            &mut upload,
            "> PUT bytes 0-0/1
             < 308
             > wait
             > PUT bytes */1
             < 308
             > PUT bytes 0-0/1
             < 308 bytes=0-0
             > PUT bytes */1
             < 200
             > done, 1 bytes",
        );
    }
}

#[test]
fn as_many_bytes_as_can_be_counted() {
    play(
        &mut known(MAX),
        "> PUT bytes 0-18446744073709551614/18446744073709551615
         < 308 bytes=0-18446744073709551613
         > PUT bytes 18446744073709551614-18446744073709551614/18446744073709551615
         < 308 bytes=0-18446744073709551614
         > PUT bytes */18446744073709551615
         < 200 x-goog-stored-content-length: 18446744073709551615
         > done, 18446744073709551615 bytes",
    );
}

#[test]
fn one_byte_less_than_can_be_counted() {
    play(
        &mut known(MAX - 1),
        "> PUT bytes 0-18446744073709551613/18446744073709551614
         < 308 bytes=0-18446744073709551614
         > failed: expected the server to have at most the 18446744073709551614 bytes that were sent, \
            got 18446744073709551615",
    );
    play(&mut known(MAX - 1), "< 200\n> done, 18446744073709551614 bytes");
}

#[test]
fn one_byte_more_than_can_be_counted_is_a_violation() {
    play(
        &mut known(MAX),
        "< 308 bytes=0-18446744073709551615
         > failed: expected an answer that names the persisted bytes as one range from zero, got something else",
    );
}

#[test]
fn a_chunk_that_would_end_beyond_all_numbers_ends_with_the_object() {
    for size in [MAX, 1 << 63, 1 << 62] {
        let mut upload = Upload::resume(record(MAX - 5, Some(MAX)), chunks(size, 1), SEED);
        play(
            &mut upload,
            "< 308 bytes=0-18446744073709551609
             > PUT bytes 18446744073709551610-18446744073709551614/18446744073709551615
             < 200
             > done, 18446744073709551615 bytes",
        );
    }
}

#[test]
fn a_grid_that_would_end_beyond_all_numbers_ends_with_the_object() {
    let policy = chunks(1 << 40, 1 << 31);
    let mut upload = Upload::resume(record(MAX - 5, Some(MAX - 1)), policy, SEED);
    play(
        &mut upload,
        "< 308 bytes=0-18446744073709551609
         > PUT bytes 18446744073709551610-18446744073709551613/18446744073709551614",
    );
}

#[test]
fn a_source_without_end_is_filled_to_the_last_number() {
    let mut upload = Upload::resume(record(MAX - 5, None), chunks(1 << 62, 1), SEED);
    play(&mut upload, "< 308 bytes=0-18446744073709551609\n> fill to the end\n! source 18446744073709551613 end");
    play(&mut upload, "> PUT bytes 18446744073709551610-18446744073709551612/18446744073709551613");
}

#[test]
fn r46_a_source_that_reaches_the_last_number_can_be_sent_and_ended() {
    let mut upload = Upload::resume(record(MAX - 5, None), chunks(3, 1), SEED);
    play(
        &mut upload,
        "< 308 bytes=0-18446744073709551609
         > fill to 18446744073709551613
         ! source 18446744073709551615
         > PUT bytes 18446744073709551610-18446744073709551612/*
         < 308 bytes=0-18446744073709551612
         > PUT bytes 18446744073709551613-18446744073709551614/*
         < 308 bytes=0-18446744073709551614",
    );
    // Nothing can follow, but only the source can say that it has ended.
    play(
        &mut upload,
        "> fill to the end
         ! source 18446744073709551615
         > fill to the end
         ! source 18446744073709551615 end
         > PUT bytes */18446744073709551615
         < 200
         > done, 18446744073709551615 bytes",
    );
}

#[test]
fn a_record_at_the_last_number() {
    let mut upload = Upload::resume(record(MAX, Some(MAX)), ClientPolicy::default(), SEED);
    play(&mut upload, "> PUT bytes */18446744073709551615\n< 200\n> done, 18446744073709551615 bytes");
    let mut upload = Upload::resume(record(MAX, None), ClientPolicy::default(), SEED);
    play(
        &mut upload,
        "> PUT bytes */*
         < 200
         > fill to the end
         ! source 18446744073709551615 end
         > done, 18446744073709551615 bytes",
    );
}

fn record(persisted: u64, total: Option<u64>) -> ClientSnapshot {
    ClientSnapshot { persisted, total }
}

#[test]
fn chunk_sizes_at_the_boundaries() {
    assert_eq!(ChunkSize::new(1, 1).map(ChunkSize::bytes), Ok(1));
    assert_eq!(ChunkSize::new(MAX, 1).map(ChunkSize::bytes), Ok(MAX));
    // 2^64 - 1 is a multiple of 2^32 - 1, and 2^64 - 2 is not.
    assert_eq!(ChunkSize::new(MAX, u32::MAX).map(ChunkSize::bytes), Ok(MAX));
    assert!(ChunkSize::new(MAX - 1, u32::MAX).is_err());
    assert_eq!(ChunkSize::google(262_144).map(ChunkSize::bytes), Ok(262_144));
    assert!(ChunkSize::google(262_143).is_err());
    assert!(ChunkSize::google(MAX).is_err());
}

#[test]
fn a_chunk_as_large_as_all_numbers_is_the_rest() {
    let size = ChunkSize::new(MAX, u32::MAX).unwrap();
    let policy = ClientPolicy { chunk: Chunk::Size(size), ..ClientPolicy::default() };
    play(&mut created(Length::Known(11), policy), "> PUT bytes 0-10/11");
    play(&mut created(Length::Unknown, policy), "> fill to the end\n! source 11 end\n> PUT bytes 0-10/11");
}

#[test]
fn as_many_attempts_as_can_be_counted() {
    let mut policy = ClientPolicy::default();
    policy.retry.max_attempts = u32::MAX;
    policy.retry.max_wait = core::time::Duration::MAX;
    let mut upload = created(Length::Known(11), policy);
    for number in 2..10_000 {
        assert_eq!(attempt(&upload).get(), number);
        play(&mut upload, "< lost\n> wait");
    }
    play(&mut upload, "< 200\n> done, 11 bytes");
}

#[test]
fn as_many_restarts_as_can_be_counted() {
    let mut policy = replayable(ClientPolicy::default(), u8::MAX);
    policy.retry.max_attempts = u32::MAX;
    policy.retry.max_wait = core::time::Duration::MAX;
    let mut upload = Upload::new(Length::Known(11), policy, SEED);
    for _ in 0..255 {
        play(&mut upload, "> create 11 bytes\n< created\n> PUT bytes 0-10/11\n< 404\n> wait");
    }
    play(&mut upload, "> create 11 bytes\n< created\n> PUT bytes 0-10/11\n< 404");
    assert_eq!(upload.step(), Step::Failed(Failure::Gone));
}

#[test]
fn a_seed_repeats_the_whole_upload() {
    for seed in [0, 1, MAX] {
        let run = || {
            let mut upload = Upload::new(Length::Known(11), chunks(7, 1), seed);
            let mut states = vec![upload.clone()];
            for verdict in ["503", "201 Location: /", "503 Retry-After: 2", "308 bytes=0-2", "500", "404"] {
                if let Step::Wait(_) = upload.step() {
                    upload.handle_waited().unwrap();
                    states.push(upload.clone());
                }
                let verdict = if verdict.starts_with("201") { Verdict::Created } else { read(verdict) };
                answer(&mut upload, verdict);
                states.push(upload.clone());
            }
            states
        };
        assert_eq!(run(), run());
    }
}

#[test]
fn seeds_differ_in_waits_only() {
    let mut one = Upload::new(Length::Known(11), chunks(7, 1), 1);
    let mut two = Upload::new(Length::Known(11), chunks(7, 1), 2);
    for line in ["> create 11 bytes\n< lost\n> wait\n< created", "> PUT bytes 0-6/11\n< 503", "> wait\n< 308 bytes=0-4"]
    {
        play(&mut one, line);
        play(&mut two, line);
        if matches!(one.step(), Step::Wait(_)) {
            assert_ne!(one.step(), two.step());
        } else {
            assert_eq!(one.step(), two.step());
        }
    }
    assert_eq!(one.persisted(), Persisted::confirmed(5));
    assert_eq!(two.persisted(), Persisted::confirmed(5));
}
