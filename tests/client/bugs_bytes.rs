//! Bugs of real clients: the wrong bytes, or the right ones at the wrong offset. Each test says what the bug was.

use crate::harness::{SEED, chunks, created, due, known, play};
use crate::world::{Fate, Server, Source, World};
use resumable::Persisted;
use resumable::client::{ClientPolicy, Length, Step, Upload};

/// The source arrives whole although these befall the first requests after the creation; the server compares each byte.
fn arrives(length: Length, bytes: u64, policy: ClientPolicy, fates: &[Fate]) -> World {
    let upload = Upload::new(length, policy, SEED);
    let source = Source::new(bytes, false, false);
    let mut world = World::new(upload, length, source, Server::new(1));
    world.turn(Fate::Answered);
    let end = world.play(&mut fates.iter().copied());
    assert_eq!(end, Step::Done { size: bytes });
    world
}

/// After a partial acknowledgement of s of n bytes the last s bytes were kept for the next request, not the last n - s.
#[test]
fn b02_a_tail_is_what_was_not_kept() {
    for kept in 0..=10 {
        arrives(Length::Known(10), 10, ClientPolicy::default(), &[Fate::KeptOnly(kept)]);
        arrives(Length::Unknown, 30, chunks(10, 1), &[Fate::KeptOnly(kept)]);
    }
    let mut upload = known(10);
    play(&mut upload, "> PUT bytes 0-9/10\n< 308 bytes=0-1\n> PUT bytes 2-9/10");
}

/// The same when the source was moved to an offset inside of a piece of it.
#[test]
fn b03_going_on_inside_a_chunk() {
    for cut in 0..=11 {
        arrives(Length::Known(25), 25, chunks(11, 1), &[Fate::Cut(cut)]);
        arrives(Length::Unknown, 25, chunks(11, 1), &[Fate::Cut(cut), Fate::Cut(cut)]);
    }
}

/// A transport error left the offset where it was and dropped the chunk: the next one was sent in its place.
#[test]
fn b04_a_transport_error_is_followed_by_a_question_and_loses_no_chunk() {
    let mut upload = created(Length::Unknown, chunks(7, 1));
    play(
        &mut upload,
        "> fill to 7
         ! source 7
         > PUT bytes 0-6/*
         < lost",
    );
    assert_eq!(upload.persisted(), Persisted::ZERO, "the host still holds it");
    play(
        &mut upload,
        "> wait
         > PUT bytes */*
         < 308
         > PUT bytes 0-6/*",
    );
    arrives(Length::Unknown, 25, chunks(7, 1), &[Fate::Answered, Fate::Lost, Fate::Lost]);
}

/// A source that cannot seek went on with its next chunk after a failed one, at the old offset.
#[test]
fn b10_a_failed_chunk_of_a_pipe_is_sent_again() {
    for fate in [Fate::Lost, Fate::Busy, Fate::AnswerLost, Fate::KeptOnly(0)] {
        arrives(Length::Unknown, 25, chunks(7, 1), &[Fate::Answered, fate, fate]);
    }
}

/// When the server had kept less than the chunk, the stream was not rewound and the next call failed.
#[test]
fn b20_a_server_that_keeps_less_gets_the_rest() {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/20
         < 308 bytes=0-2
         > PUT bytes 3-9/20",
    );
    arrives(Length::Known(20), 20, chunks(7, 1), &[Fate::KeptOnly(3), Fate::KeptOnly(1)]);
}

/// A repeated request declared its length and sent no body, because the stream stood at its end.
#[test]
fn b30_a_repeated_chunk_has_its_body() {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    play(&mut upload, "> PUT bytes 0-6/20\n< 503\n> wait\n> PUT bytes */20\n< 308");
    let Step::Send { body, .. } = upload.step() else {
        panic!("{}", upload.step());
    };
    assert_eq!(body, 0..7);
    arrives(Length::Known(20), 20, chunks(7, 1), &[Fate::Busy, Fate::Busy]);
}

/// After 256 KiB of 512 KiB were kept, the end of the range moved along with its start, beyond the total.
#[test]
fn b38_the_end_of_a_range_does_not_move_with_its_start() {
    let mut upload = known(524_288);
    play(
        &mut upload,
        "> PUT bytes 0-524287/524288
         < 503
         > wait
         > PUT bytes */524288
         < 308 bytes=0-262143
         > PUT bytes 262144-524287/524288
         < 200
         > done, 524288 bytes",
    );
}

/// The Range of a 308 to a chunk was ignored and the chunk dropped: a gap, which got 503 until the time was up.
#[test]
fn b40_the_range_of_a_308_to_a_chunk_counts() {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/20
         < 308 bytes=0-4
         > PUT bytes 5-11/20",
    );
    arrives(Length::Known(20), 20, chunks(7, 1), &[Fate::KeptOnly(5)]);
}

/// The offset grew by the size of each chunk, whatever the server said.
#[test]
fn b41_b48_the_offset_is_what_the_server_says_and_not_what_was_sent() {
    let mut upload = created(Length::Unknown, chunks(7, 1));
    play(
        &mut upload,
        "> fill to 7
         ! source 7
         > PUT bytes 0-6/*
         < 308 bytes=0-0
         > fill to 8
         ! source 8 end
         > PUT bytes 1-7/8",
    );
}

/// The offset was moved before the status was looked at: a 503 that was retried left a hole.
#[test]
fn b42_a_5xx_moves_no_offset() {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    play(&mut upload, "> PUT bytes 0-6/20\n< 500");
    assert_eq!(upload.persisted(), Persisted::ZERO);
    play(&mut upload, "> wait\n> PUT bytes */20\n< 308\n> PUT bytes 0-6/20");
}

/// A chunk was retried without asking what was kept of it: its bytes were in the object twice.
#[test]
fn b63_a_chunk_whose_answer_was_lost_is_not_sent_twice() {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/20
         < lost
         > wait
         > PUT bytes */20
         < 308 bytes=0-6
         > PUT bytes 7-13/20",
    );
    arrives(Length::Known(20), 20, chunks(7, 1), &[Fate::AnswerLost, Fate::AnswerLost]);
}

/// A retry was a question with the whole object as its body, which Google answers with 400.
#[test]
fn b61_a_question_has_no_body() {
    let mut upload = created(Length::Unknown, ClientPolicy::default());
    play(&mut upload, "! source 11 end\n> PUT bytes 0-10/11\n< 503\n> wait");
    let Step::Send { intent, body, .. } = upload.step() else {
        panic!("{}", upload.step());
    };
    assert!(body.is_empty(), "{body:?}");
    let head = resumable::google::encode_request(&intent).unwrap();
    assert_eq!(head.content_length, Some(0));
    assert_eq!(due(&upload), "PUT bytes */11");
}

/// The end of each absolute Range was added to a counter: after the second 308 the offset was wrong.
#[test]
fn b66_the_second_range_is_as_absolute_as_the_first() {
    let mut upload = created(Length::Known(20), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/20
         < 308 bytes=0-6
         > PUT bytes 7-13/20
         < 308 bytes=0-13
         > PUT bytes 14-19/20",
    );
}

/// A chunk that was the one character `0` was taken for no chunk, and other data sent.
#[test]
fn b52_a_single_byte_is_a_chunk() {
    arrives(Length::Known(1), 1, chunks(7, 1), &[Fate::Lost, Fate::AnswerLost]);
    let mut upload = created(Length::Known(8), chunks(7, 1));
    play(
        &mut upload,
        "> PUT bytes 0-6/8
         < 308 bytes=0-6
         > PUT bytes 7-7/8
         < 200
         > done, 8 bytes",
    );
}
