//! R46: sources whose length is not known when the upload starts.

use crate::harness::{SEED, chunks, created, known, play};
use resumable::ClientSnapshot;
use resumable::client::{Chunk, ChunkSize, ClientPolicy, Length, Step, Upload};

fn threes() -> Upload {
    created(Length::Unknown, chunks(3, 1))
}

/// Acknowledges `0..3`, and that was all the source had.
const THREE_THEN_END: &str = "
    > fill to 3
    ! source 3
    > PUT bytes 0-2/*
    < 308 bytes=0-2
    > fill to 6
    ! source 3 end
    > PUT bytes */3";

#[test]
fn r46_the_creation_names_no_total() {
    let mut upload = Upload::new(Length::Unknown, chunks(3, 1), SEED);
    play(&mut upload, "> create\n< created\n> fill to 3");
}

#[test]
fn r46_a_source_that_ends_inside_a_chunk() {
    for granularity in [1, 3] {
        let mut upload = created(Length::Unknown, chunks(3, granularity));
        play(
            &mut upload,
            "> fill to 3
             ! source 3
             > PUT bytes 0-2/*
             < 308 bytes=0-2
             > fill to 6
             ! source 6
             > PUT bytes 3-5/*
             < 308 bytes=0-5
             > fill to 9
             ! source 7 end
             > PUT bytes 6-6/7
             < 200
             > done, 7 bytes",
        );
    }
}

#[test]
fn r46_a_source_that_ends_on_a_boundary_and_says_so_with_the_last_bytes() {
    for granularity in [1, 3] {
        let mut upload = created(Length::Unknown, chunks(3, granularity));
        play(
            &mut upload,
            "> fill to 3
             ! source 3
             > PUT bytes 0-2/*
             < 308 bytes=0-2
             > fill to 6
             ! source 6 end
             > PUT bytes 3-5/6
             < 200
             > done, 6 bytes",
        );
    }
}

#[test]
fn r46_a_source_that_ends_on_a_boundary_which_is_learned_only_later() {
    for granularity in [1, 3] {
        let mut upload = created(Length::Unknown, chunks(3, granularity));
        play(&mut upload, THREE_THEN_END);
        play(&mut upload, "< 200\n> done, 3 bytes");
    }
}

#[test]
fn r46_the_close_on_a_boundary_can_be_lost() {
    let mut upload = threes();
    play(&mut upload, THREE_THEN_END);
    play(
        &mut upload,
        "< lost
         > wait
         > PUT bytes */3
         < 201
         > done, 3 bytes",
    );
}

#[test]
fn r46_the_close_on_a_boundary_can_gain_nothing() {
    let mut upload = threes();
    play(&mut upload, THREE_THEN_END);
    play(
        &mut upload,
        "< 308 bytes=0-2
         > wait
         > PUT bytes */3
         < 200
         > done, 3 bytes",
    );
}

#[test]
fn r46_an_empty_source_is_closed_as_such() {
    for granularity in [1, 3] {
        let mut upload = created(Length::Unknown, chunks(3, granularity));
        play(
            &mut upload,
            "> fill to 3
             ! source 0 end
             > PUT bytes */0
             < 200
             > done, 0 bytes",
        );
    }
}

#[test]
fn r46_an_empty_source_of_known_length_is_closed_as_such() {
    let mut upload = known(0);
    play(&mut upload, "> PUT bytes */0\n< 201\n> done, 0 bytes");
}

#[test]
fn r46_an_empty_source_in_one_request_is_closed_as_such() {
    let mut upload = created(Length::Unknown, ClientPolicy::default());
    play(
        &mut upload,
        "> fill to the end
         ! source 0 end
         > PUT bytes */0
         < 200
         > done, 0 bytes",
    );
}

#[test]
fn r46_a_source_of_one_byte() {
    for granularity in [1, 3] {
        let mut upload = created(Length::Unknown, chunks(3, granularity));
        play(
            &mut upload,
            "> fill to 3
             ! source 1 end
             > PUT bytes 0-0/1
             < 200
             > done, 1 bytes",
        );
    }
}

#[test]
fn r46_a_source_may_come_in_parts_smaller_than_a_chunk() {
    let mut upload = threes();
    play(
        &mut upload,
        "> fill to 3
         ! source 0
         > fill to 3
         ! source 1
         > fill to 3
         ! source 2
         > fill to 3
         ! source 3
         > PUT bytes 0-2/*",
    );
}

#[test]
fn r46_a_source_may_be_ahead_of_what_was_asked() {
    let mut upload = threes();
    play(
        &mut upload,
        "> fill to 3
         ! source 8
         > PUT bytes 0-2/*
         < 308 bytes=0-2
         > PUT bytes 3-5/*
         < 308 bytes=0-5
         > fill to 9
         ! source 8 end
         > PUT bytes 6-7/8
         < 200
         > done, 8 bytes",
    );
}

#[test]
fn r46_a_source_may_end_at_once_beyond_the_chunk() {
    let mut upload = threes();
    play(
        &mut upload,
        "> fill to 3
         ! source 8 end
         > PUT bytes 0-2/8
         < 308 bytes=0-2
         > PUT bytes 3-5/8
         < 308 bytes=0-5
         > PUT bytes 6-7/8
         < 200
         > done, 8 bytes",
    );
}

#[test]
fn r46_an_end_that_is_learned_while_a_chunk_is_under_way() {
    let mut upload = threes();
    play(
        &mut upload,
        "> fill to 3
         ! source 3
         > PUT bytes 0-2/*
         ! source 3 end
         < 308 bytes=0-2
         > PUT bytes */3
         < 200
         > done, 3 bytes",
    );
}

#[test]
fn r46_an_end_that_is_learned_while_waiting_and_while_asking() {
    for event in ["> wait\n! source 3 end", "! source 3 end\n> wait"] {
        let mut upload = threes();
        play(
            &mut upload,
            &format!(
                "> fill to 3
                 ! source 3
                 > PUT bytes 0-2/*
                 < lost
                 {event}
                 > PUT bytes */3
                 < 308 bytes=0-1
                 > PUT bytes 2-2/3
                 < 200
                 > done, 3 bytes"
            ),
        );
    }
}

#[test]
fn r46_after_a_partial_acknowledgement_a_chunk_is_no_shorter_than_a_chunk() {
    let mut upload = threes();
    play(
        &mut upload,
        "> fill to 3
         ! source 3
         > PUT bytes 0-2/*
         < 308 bytes=0-0
         > fill to 4
         ! source 4
         > PUT bytes 1-3/*
         < 308 bytes=0-3
         > fill to 7
         ! source 5 end
         > PUT bytes 4-4/5
         < 200
         > done, 5 bytes",
    );
}

#[test]
fn r46_after_a_partial_acknowledgement_a_chunk_ends_on_the_grid() {
    // Chunks of 6 on a grid of 3; the server kept 4, which is off the grid (Google's servers have been seen to).
    let mut upload = created(Length::Unknown, chunks(6, 3));
    play(
        &mut upload,
        "> fill to 6
         ! source 6
         > PUT bytes 0-5/*
         < 308 bytes=0-3
         > fill to 12
         ! source 12
         > PUT bytes 4-11/*
         < 308 bytes=0-11
         > fill to 18",
    );
}

#[test]
fn r46_with_a_known_length_a_chunk_after_a_partial_acknowledgement_ends_on_the_grid_too() {
    let mut upload = created(Length::Known(20), chunks(6, 3));
    play(
        &mut upload,
        "> PUT bytes 0-5/20
         < 308 bytes=0-3
         > PUT bytes 4-11/20
         < 308 bytes=0-8
         > PUT bytes 9-14/20
         < 308 bytes=0-13
         > PUT bytes 14-19/20
         < 200
         > done, 20 bytes",
    );
}

#[test]
fn r46_every_chunk_but_the_last_is_long_enough_and_ends_on_the_grid() {
    for (size, granularity) in [(3, 1), (3, 3), (6, 3), (12, 3), (7, 7), (22, 11)] {
        for kept in 1..100 {
            let record = ClientSnapshot { persisted: kept, total: Some(100) };
            let mut upload = Upload::resume(record, chunks(size, granularity), SEED);
            play(&mut upload, &format!("< 308 bytes=0-{}", kept - 1));
            let Step::Send { body, .. } = upload.step() else {
                panic!("{}", upload.step());
            };
            assert_eq!(body.start, kept);
            if body.end != 100 {
                assert_eq!(body.end % u64::from(granularity), 0, "{size} from {kept}");
                let lengths = size..size + u64::from(granularity);
                assert!(lengths.contains(&(body.end - kept)), "{size} from {kept}");
            }
        }
    }
}

#[test]
fn r46_chunks_of_256_kib() {
    let policy = ClientPolicy { chunk: Chunk::Size(ChunkSize::google(524_288).unwrap()), ..ClientPolicy::default() };
    let mut upload = created(Length::Unknown, policy);
    play(
        &mut upload,
        "> fill to 524288
         ! source 524288
         > PUT bytes 0-524287/*
         < 308 bytes=0-524287
         > fill to 1048576
         ! source 1048576
         > PUT bytes 524288-1048575/*
         < 308 bytes=0-786431
         > fill to 1310720
         ! source 1310720
         > PUT bytes 786432-1310719/*
         < 308 bytes=0-888830
         > fill to 1572864
         ! source 1400000 end
         > PUT bytes 888831-1399999/1400000
         < 200
         > done, 1400000 bytes",
    );
}

#[test]
fn r46_the_rest_of_an_unknown_length_is_held_to_its_end_first() {
    let mut upload = created(Length::Unknown, ClientPolicy::default());
    play(
        &mut upload,
        "> fill to the end
         ! source 3
         > fill to the end
         ! source 10
         > fill to the end
         ! source 11 end
         > PUT bytes 0-10/11
         < 308 bytes=0-6
         > PUT bytes 7-10/11
         < 200
         > done, 11 bytes",
    );
}

#[test]
fn r46_the_end_of_the_rest_may_come_without_more_bytes() {
    let mut upload = created(Length::Unknown, ClientPolicy::default());
    play(
        &mut upload,
        "> fill to the end
         ! source 11
         ! source 11 end
         > PUT bytes 0-10/11",
    );
}
