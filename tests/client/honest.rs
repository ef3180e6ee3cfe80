//! P5: an honest client. It reports success only when the server has answered 2xx for the whole, skips no byte, sends
//! none under another offset, and never asks its host for bytes below the acknowledged offset.

use crate::harness::{Dice, SEED, chunks, replayable};
use crate::world::{Fate, Server, Source, World};
use resumable::client::{ClientPolicy, Failure, Length, Step, Upload};

fn world(length: Length, policy: ClientPolicy, source: Source, grain: usize) -> World {
    let upload = Upload::new(length, policy, SEED);
    World::new(upload, length, source, Server::new(grain))
}

/// Every way to have a source of `length` bytes.
fn worlds(length: u64, policy: ClientPolicy, grain: usize) -> Vec<World> {
    let source = |sees_end| Source::new(length, sees_end, false);
    vec![
        world(Length::Known(length), policy, source(true), grain),
        world(Length::Unknown, policy, source(true), grain),
        world(Length::Unknown, policy, source(false), grain),
    ]
}

#[test]
fn p5_every_length_arrives_whole_when_all_goes_well() {
    for length in 0..30 {
        for (size, granularity) in [(1, 1), (3, 1), (3, 3), (6, 3), (7, 7), (11, 11)] {
            for mut world in worlds(length, chunks(size, granularity), granularity as usize) {
                let end = world.play(&mut std::iter::empty());
                assert_eq!(end, Step::Done { size: length });
                let data = length.div_ceil(size);
                let most = u32::try_from(data).unwrap() + 2;
                assert!(world.requests <= most, "{length} in {size}s: {}", world.requests);
            }
        }
        for mut world in worlds(length, ClientPolicy::default(), 1) {
            let end = world.play(&mut std::iter::empty());
            assert_eq!(end, Step::Done { size: length });
            assert_eq!(world.requests, 2, "a creation, and one request for the rest");
        }
    }
}

const FATES: [Fate; 8] = [
    Fate::Answered,
    Fate::Lost,
    Fate::AnswerLost,
    Fate::Busy,
    Fate::Cut(0),
    Fate::Cut(2),
    Fate::KeptOnly(0),
    Fate::KeptOnly(1),
];

#[test]
fn p5_every_order_of_four_mishaps_ends_well() {
    for length in [0, 1, 3, 5, 7] {
        for world in worlds(length, chunks(3, 1), 1) {
            for order in 0..FATES.len().pow(4) {
                let mut fates = (0..4).map(|nth| FATES[order / FATES.len().pow(nth) % FATES.len()]);
                let end = world.clone().play(&mut fates);
                assert_eq!(end, Step::Done { size: length }, "order {order}");
            }
        }
    }
}

#[test]
fn p5_every_order_of_three_mishaps_ends_well_on_a_coarse_grid() {
    // The server keeps multiples of 3 only.
    for length in [2, 3, 6, 8, 20] {
        for world in worlds(length, chunks(6, 3), 3) {
            for order in 0..FATES.len().pow(3) {
                let mut fates = (0..3).map(|nth| FATES[order / FATES.len().pow(nth) % FATES.len()]);
                let end = world.clone().play(&mut fates);
                assert_eq!(end, Step::Done { size: length }, "order {order}");
            }
        }
    }
}

#[test]
fn p5_random_mishaps_end_well_or_in_too_many_attempts() {
    let mut done = 0;
    for seed in 0..2_000 {
        let mut dice = Dice(seed);
        let length = dice.roll(120);
        let granularity = [1, 3, 7][usize::try_from(dice.roll(3)).unwrap()];
        let policy = chunks(u64::from(granularity) * (1 + dice.roll(5)), granularity);
        let bad = 1 + dice.roll(8);
        for mut world in worlds(length, policy, granularity as usize) {
            let mut fates = std::iter::repeat_with(|| match dice.roll(10) {
                roll if roll >= bad => Fate::Answered,
                0 => Fate::Lost,
                1 | 5 => Fate::AnswerLost,
                2 | 6 => Fate::Cut(dice.roll(40)),
                3 | 7 => Fate::KeptOnly(dice.roll(40)),
                _ => Fate::Busy,
            });
            match world.play(&mut fates) {
                Step::Done { .. } => done += 1,
                Step::Failed(Failure::TooManyAttempts { attempts: 10 }) => {}
                step => panic!("seed {seed}: {step}"),
            }
        }
    }
    assert!(done > 4_000, "most end well: {done}");
}

#[test]
fn p5_sessions_that_vanish_are_replaced_and_the_object_is_whole() {
    for vanish in 0..12 {
        for (length, known) in [(11, true), (11, false), (9, false)] {
            let length_told = if known { Length::Known(length) } else { Length::Unknown };
            let policy = replayable(chunks(3, 1), 2);
            let source = Source::new(length, false, true);
            let mut world = world(length_told, policy, source, 1);
            for turn in 0..100 {
                if turn == vanish || turn == vanish + 4 {
                    world.server.lose_session();
                }
                if !world.turn(Fate::Answered) {
                    break;
                }
            }
            let end = world.upload.step();
            assert_eq!(end, Step::Done { size: length }, "at turn {vanish}");
        }
    }
}

#[test]
fn p5_a_cancel_at_any_point_ends_and_completes_nothing() {
    for turns in 0..14 {
        for mut world in worlds(11, chunks(3, 1), 1) {
            for _ in 0..turns {
                world.turn(Fate::Answered);
            }
            let done = matches!(world.upload.step(), Step::Done { .. });
            world.upload.cancel();
            let end = world.play(&mut [Fate::AnswerLost].into_iter());
            if done {
                assert_eq!(end, Step::Done { size: 11 });
            } else {
                assert_eq!(end, Step::Cancelled);
                assert!(!world.server.is_complete());
            }
        }
    }
}
