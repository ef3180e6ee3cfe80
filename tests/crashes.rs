//! The server example's store on a disk that loses what was not synced: after a crash of the machine at any moment,
//! and after a kill of the process followed by one, what was told is there and nothing half is.
//!
//! `kill -9` alone does not show this: what a process has written outlives it, synced or not. So the store of the
//! example is built here on another [`disk`], which keeps a journal of what was done and of what was synced. From
//! every prefix of it, folders are made as a crash may leave them; a store is opened on each, looked at, and used.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "the store of a host has files and a clock")]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "crashes/check.rs"]
mod check;
#[path = "../examples/server/checksum.rs"]
#[allow(dead_code, reason = "a part of the example: checksums are declared elsewhere")]
mod checksum;
#[path = "crashes/disk.rs"]
mod disk;
#[path = "crashes/image.rs"]
mod image;
#[path = "../examples/server/json.rs"]
mod json;
#[path = "../examples/server/object.rs"]
#[allow(dead_code, reason = "a part of the example: names are checked, and objects told, elsewhere")]
mod object;
#[path = "../examples/server/published.rs"]
#[allow(dead_code, reason = "a part of the example: objects are read elsewhere")]
mod published;
#[path = "../examples/server/record.rs"]
mod record;
#[path = "../examples/server/recovery.rs"]
mod recovery;
#[path = "../examples/server/room.rs"]
mod room;
#[path = "../examples/server/store.rs"]
#[allow(dead_code, reason = "a part of the example: what is idle is asked elsewhere")]
mod store;
#[path = "crashes/uploads.rs"]
mod uploads;

use disk::{Failure, Fault, Omitted, Sync};
use image::Luck;
use uploads::{Moments, World, has_failed, is_killed};

/// What went wrong first, and where.
type Found = Result<(), String>;

/// The machine crashes after any operation.
fn crash(omitted: Option<Omitted>, lucks: &[Luck]) -> Found {
    let mut world = World::new(disk::Plan { omitted, ..disk::Plan::default() });
    world.play();
    world.check_images(Moments::Each { from: 0 }, lucks)
}

/// The process is killed before any operation; the next one tells what it finds; then the machine crashes.
fn kill(omitted: Option<Omitted>, stride: usize, moments: impl Fn(usize) -> Moments) -> Found {
    for at in (0..).step_by(stride) {
        let mut world = World::new(disk::Plan { omitted, kill_at: Some(at), ..disk::Plan::default() });
        world.play();
        if !is_killed() {
            return Ok(());
        }
        world.restart();
        world.check_images(moments(at), &[Luck::Nothing]).map_err(|it| format!("killed at {at}, {it}"))?;
    }
    Ok(())
}

/// Any operation fails once, and the clients ask again; then the machine crashes.
fn fail(failure: Failure) -> Found {
    for at in (0..).step_by(stride()) {
        let fails = Some(Fault { at, failure });
        let mut world = World::new(disk::Plan { fails, ..disk::Plan::default() });
        world.play();
        if !has_failed() {
            return Ok(());
        }
        let moments = Moments::Each { from: at };
        world
            .check_images(moments, &[Luck::Nothing, Luck::Everything])
            .map_err(|it| format!("{failure:?} at {at}, {it}"))?;
    }
    Ok(())
}

#[test]
fn what_was_told_survives_a_crash_at_any_moment() {
    assert_eq!(crash(None, &[Luck::Nothing, Luck::Everything, Luck::Some(1), Luck::Some(2), Luck::Some(3)]), Ok(()));
}

#[test]
fn what_was_told_survives_a_kill_and_then_a_crash() {
    assert_eq!(kill(None, stride(), |from| Moments::Each { from }), Ok(()));
}

#[test]
fn what_was_told_survives_an_operation_that_fails_and_then_a_crash() {
    assert_eq!(fail(Failure::Before), Ok(()));
}

#[test]
fn what_was_told_survives_an_operation_that_seems_to_fail_and_then_a_crash() {
    assert_eq!(fail(Failure::After), Ok(()));
}

/// Of the operations that are to be killed or to fail, every fifth; with `RESUMABLE_CRASHES=all`, every one.
fn stride() -> usize {
    if std::env::var_os("RESUMABLE_CRASHES").is_some_and(|it| it == "all") { 1 } else { 5 }
}

/// No sync is there without need: without any one of them, something that was told is lost.
#[test]
fn every_sync_is_needed() {
    for (recovering, syncs) in [(false, Sync::OF_A_STEP), (true, Sync::OF_AN_OPEN)] {
        for sync in syncs {
            let omitted = Some(Omitted { sync: *sync, recovering });
            let found = crash(omitted, &[Luck::Nothing]).and_then(|()| kill(omitted, 1, |from| Moments::Told { from }));
            assert!(found.is_err(), "nothing is lost without {omitted:?}");
        }
    }
}
