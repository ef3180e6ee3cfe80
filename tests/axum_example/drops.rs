//! The future of a handler is dropped at every `.await` at which it can be. Whatever the request was, nothing that was
//! told is lost, nothing half done is visible, and the upload can be brought to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::app::Config;
use crate::direct::{Answer, Direct, poll_times};
use crate::peer::data;

const SIZE: usize = 41;

/// What comes after the drop, before the client is back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    /// Nothing: what was dropped may still be going on.
    AtOnce,
    /// What was dropped has come to its end.
    Settled,
    /// The same, and the process is lost.
    Crashed,
}

const THEN: [Then; 3] = [Then::AtOnce, Then::Settled, Then::Crashed];

/// A request of which the handler is dropped. Ranges are half-open.
#[derive(Clone, Copy, Debug)]
struct Shape {
    method: &'static str,
    range: &'static str,
    /// What earlier requests have brought.
    before: &'static [(usize, usize)],
    body: (usize, usize),
    /// The sizes of the pieces in which the body comes, as often as they are needed.
    pieces: &'static [usize],
    /// At least so many `.await`s have to be waited at.
    waits: usize,
}

const ONE_BODY: Shape = Shape {
    method: "PUT",
    range: "bytes 0-40/41",
    before: &[],
    body: (0, SIZE),
    pieces: &[7, 11, 3],
    // The fence, six pieces, the end, the sync, the commit. A write may be over when it would be waited for.
    waits: 10,
};

/// Drops the handler after `waits` waits. What it answered, if it did.
async fn dropped(direct: &Direct, shape: Shape, waits: usize) -> Option<Answer> {
    let object = data(SIZE);
    let (mut rest, mut sizes) = (&object[shape.body.0..shape.body.1], shape.pieces.iter().cycle());
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        pieces.push(piece);
        rest = after;
    }
    poll_times(direct.request(shape.method, shape.range, &pieces), waits).await
}

/// Drops the handler of a request of this shape at every `.await`, and lets `check` see to what has come of it.
/// `told` is what was told before, or in the answer, if there was one.
async fn drop_everywhere(shape: Shape, check: impl AsyncFn(Direct, Then, u64, bool)) {
    let object = data(SIZE);
    for then in THEN {
        for waits in 0.. {
            let direct = Direct::new(config()).await;
            let mut told = 0;
            for &(start, end) in shape.before {
                let answer = direct.put(&format!("bytes {start}-{}/*", end - 1), &[&object[start..end]]).await;
                assert_eq!((answer.status, answer.range()), (308, end as u64));
                told = answer.range();
            }
            let answer = dropped(&direct, shape, waits).await;
            assert_half_is_invisible(&direct).await;
            if then != Then::AtOnce {
                direct.app.settled().await;
            }
            let direct = if then == Then::Crashed { direct.crashed(config()) } else { direct };
            told = answer.as_ref().map_or(told, |answer| answer.range().max(told));
            check(direct, then, told, waits > 0).await;
            if answer.is_some() {
                assert!(waits > shape.waits, "expected {} waits or more, got {}", shape.waits, waits - 1);
                break;
            }
        }
    }
}

fn config() -> Config {
    let mut config = Config::default();
    // Also in the middle of a body.
    config.policy.sync_every = std::num::NonZeroU64::new(20);
    config
}

async fn assert_half_is_invisible(direct: &Direct) {
    if let Some(bytes) = direct.media().await {
        assert_eq!(bytes, data(SIZE));
    }
}

/// Asks how far the upload is, and brings it to its end from there. What it said first.
async fn resume(direct: &Direct, told: u64) -> u64 {
    let object = data(SIZE);
    let (mut told, mut first) = (told, None);
    for _ in 0..10_000 {
        let status = direct.status().await;
        assert_half_is_invisible(direct).await;
        if status.status == 200 {
            assert_eq!(direct.media().await.unwrap(), object, "complete is what is visible and whole");
            return first.unwrap_or(SIZE as u64);
        }
        if status.status == 503 {
            // The commit of the dropped request is under way.
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        }
        assert_eq!(status.status, 308, "{status:?}");
        assert!(status.range() >= told, "{told} bytes were told, now it is {}", status.range());
        told = status.range();
        first.get_or_insert(told);
        let range = match told {
            41 => "bytes */41".to_owned(),
            told => format!("bytes {told}-40/41"),
        };
        let rest = &object[usize::try_from(told).unwrap()..];
        let pieces = [rest];
        let answer = direct.put(&range, &pieces[usize::from(rest.is_empty())..]).await;
        // It may be under way still.
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
    }
    panic!("it never completes");
}

/// All shapes of appends end in the same object, and what was told is only ever built upon.
async fn check_append(shape: Shape) {
    let seen = std::cell::RefCell::new(BTreeSet::new());
    drop_everywhere(shape, async |direct, _, told, _| {
        let first = resume(&direct, told).await;
        seen.borrow_mut().insert(first);
    })
    .await;
    let between = seen.borrow().iter().filter(|first| (1..SIZE as u64).contains(first)).count();
    let whole = shape.before.last().is_some_and(|(_, end)| *end == SIZE);
    assert!(whole || between > 1, "what a dropped request had brought is kept, got {seen:?}");
}

#[tokio::test]
async fn the_handler_of_one_body_is_dropped_anywhere() {
    check_append(ONE_BODY).await;
}

#[tokio::test]
async fn the_handler_of_a_chunk_is_dropped_anywhere() {
    let shape = Shape {
        range: "bytes 11-29/*",
        before: &[(0, 7), (7, 11)],
        body: (11, 30),
        pieces: &[3, 7],
        // The fence, four pieces, the end, the sync.
        waits: 7,
        ..ONE_BODY
    };
    check_append(shape).await;
}

#[tokio::test]
async fn the_handler_of_a_chunk_that_overlaps_is_dropped_anywhere() {
    let shape = Shape { range: "bytes 3-40/41", before: &[(0, 7), (7, 18)], body: (3, 41), waits: 9, ..ONE_BODY };
    check_append(shape).await;
}

/// The request that closes an upload of which every byte is there. It is carried out, also if nobody waits for it.
#[tokio::test]
async fn the_handler_of_a_closing_request_is_dropped_anywhere() {
    let shape =
        Shape { range: "bytes */41", before: &[(0, 30), (30, 41)], body: (0, 0), pieces: &[], waits: 2, ..ONE_BODY };
    check_append(shape).await;
    drop_everywhere(shape, async |direct, then, _, begun| {
        if begun && then != Then::AtOnce {
            assert_eq!(direct.status().await.status, 200);
        }
    })
    .await;
}

/// A cancel is carried out, also if nobody waits for it; and what is cancelled stays so.
#[tokio::test]
async fn the_handler_of_a_cancel_is_dropped_anywhere() {
    let shape = Shape { method: "DELETE", range: "", before: &[(0, 18)], body: (0, 0), pieces: &[], waits: 2 };
    drop_everywhere(shape, async |direct, then, _, begun| {
        let first = direct.status().await;
        if !begun {
            assert_eq!((first.status, first.range()), (308, 18), "it was never asked for");
            return;
        }
        assert!(then == Then::AtOnce || first.status == 499, "{first:?}");
        assert!(matches!(first.status, 499 | 503) || first.range() == 18, "{first:?}");
        direct.app.settled().await;
        assert_eq!(direct.status().await.status, 499);
        assert_eq!(direct.media().await, None);
        assert!(!direct.root.path().join("data").join(&direct.id).exists(), "its bytes are removed");
    })
    .await;
}

/// A full disk is an answer, and if nobody waits for the answer it is no loss either: what could not be written is not
/// counted, and with room again the upload goes on from what was told.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_handler_of_a_body_for_which_there_is_no_room_is_dropped_anywhere() {
    for waits in 0.. {
        let direct = Direct::new(config()).await;
        let object = data(SIZE);
        assert_eq!(direct.put("bytes 0-17/*", &[&object[..18]]).await.range(), 18);
        let (file, aside) = (direct.root.path().join("data").join(&direct.id), direct.root.path().join("aside"));
        // What is in its place now takes no byte.
        direct.app.settled().await;
        direct.close_files().await;
        std::fs::rename(&file, &aside).unwrap();
        std::os::unix::fs::symlink("/dev/full", &file).unwrap();
        let shape = Shape { range: "bytes 18-40/41", body: (18, 41), ..ONE_BODY };
        let answer = dropped(&direct, shape, waits).await;
        direct.app.settled().await;
        let status = direct.status().await;
        assert_eq!((status.status, status.range()), (308, 18));
        direct.close_files().await;
        std::fs::rename(&aside, &file).unwrap();
        resume(&direct, 18).await;
        if let Some(answer) = answer {
            assert_eq!(answer.status, 507, "{answer:?}");
            return;
        }
    }
}

/// A question changes nothing, whether its answer is waited for or not.
#[tokio::test]
async fn the_handler_of_a_question_is_dropped_anywhere() {
    let shape = Shape { range: "bytes */*", before: &[(0, 18)], body: (0, 0), pieces: &[], waits: 0, ..ONE_BODY };
    drop_everywhere(shape, async |direct, _, told, _| assert_eq!(resume(&direct, told).await, 18)).await;
}

/// P6: whoever asks for an upload that is not there leaves nothing in memory.
#[tokio::test]
async fn the_handler_of_a_request_for_no_upload_is_dropped_anywhere() {
    let mut nowhere = Direct::new(config()).await;
    nowhere.id = "0".repeat(32);
    let shape = Shape { range: "bytes */*", before: &[], body: (0, 0), pieces: &[], waits: 0, ..ONE_BODY };
    for waits in 0.. {
        let answer = dropped(&nowhere, shape, waits).await;
        assert_eq!(nowhere.app.in_memory(), 1, "the other upload is");
        if let Some(answer) = answer {
            assert_eq!(answer.status, 404);
            return;
        }
    }
}

/// A newer request takes over from one that hangs, and is dropped at some `.await` itself: both are over then.
#[tokio::test]
async fn the_handler_of_a_takeover_is_dropped_anywhere() {
    let object = data(SIZE);
    for waits in 0..40 {
        let direct = Direct::new(config()).await;
        let hanging = tokio::spawn(direct.hang("bytes 0-40/41", &[b'!'; 7]));
        while direct.app.under_way() == 0 {
            tokio::task::yield_now().await;
        }
        let answer = dropped(&direct, ONE_BODY, waits).await;
        // Whoever is dropped before it is admitted takes nothing over.
        if waits > 0 {
            let evicted = hanging.await.unwrap();
            assert_eq!((evicted.status, &*evicted.text), (503, "a newer request has taken over"));
        }
        resume(&direct, 0).await;
        assert_eq!(direct.media().await.unwrap(), object, "nothing of the older one is in it");
        if answer.is_some() {
            return;
        }
    }
    panic!("it never completes");
}
