//! The knobs of the policy that no rule has to itself: what completes, what overlaps, how often to sync.

use std::num::NonZeroU64;

use resumable::server::{Answer, Refusal, State};
use resumable::{Completes, OnCut, Overlap, Persisted, Policy};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{put, put_whole, status};

const ELEVEN: Option<u64> = Some(11);

fn explicit() -> Policy {
    Policy { completes: Completes::Explicit, ..Policy::default() }
}

fn conflict() -> Policy {
    Policy { overlap: Overlap::Conflict, ..Policy::default() }
}

fn synced_every(bytes: u64) -> Policy {
    Policy { sync_every: NonZeroU64::new(bytes), ..Policy::default() }
}

#[test]
fn explicit_completion_leaves_the_last_byte_of_the_total_open() {
    for total in [None, ELEVEN] {
        let mut host = Host::new(explicit(), total);
        assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "308 bytes=0-10");
        assert_eq!(host.steps, ["fence epoch 1", "read", "sync to 11", "respond incomplete, 11 persisted"]);
        assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "308 bytes=0-10", "nor does a resend");
        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-10");
        assert_eq!(host.send(status("bytes */11")), "200", "a close says so");
        assert_eq!(host.object(), Some(OBJECT.to_vec()));
    }
}

#[test]
fn explicit_completion_takes_the_end_of_a_body_that_is_the_end_of_the_upload() {
    for request in [put("bytes 4-*/*", &OBJECT[4..]), put("bytes 4-*/11", &OBJECT[4..]).chunked(), put_whole(OBJECT)] {
        let mut host = Host::holding(explicit(), None, b"abcd");
        assert_eq!(host.send(request), "200");
        assert_eq!(host.object(), Some(OBJECT.to_vec()));
    }
}

#[test]
fn explicit_completion_keeps_a_last_chunk_below_the_granularity() {
    // The bytes up to the total are all there are: rounding them down would leave nothing to close.
    let policy = Policy { granularity: NonZeroU64::new(4).expect("four"), ..explicit() };
    let mut host = Host::holding(policy, None, b"abcd");
    assert_eq!(host.send(put("bytes 4-10/11", &OBJECT[4..])), "308 bytes=0-10");
    assert_eq!(host.send(status("bytes */11")), "200");
}

#[test]
fn where_overlap_is_a_conflict_an_append_starts_exactly_where_the_last_one_ended() {
    for (range, body) in [
        ("bytes 0-10/11", &OBJECT[..]),
        ("bytes 3-10/11", &OBJECT[3..]),
        ("bytes 0-3/*", &OBJECT[..4]),
        ("bytes 0-*/*", OBJECT),
    ] {
        let mut host = Host::holding(conflict(), None, b"abcd");
        let line = host.refuses(put(range, body));
        let at = if range.starts_with("bytes 3") { 3 } else { 0 };
        assert_eq!(line, format!("409 expected an append at offset 4, got one at {at}"));
        let answer = host.outcome.expect("an answer").answer;
        let persisted = Persisted::confirmed(4);
        assert_eq!(answer, Answer::Refused(Refusal::Conflict { at, persisted }));
    }
    let mut host = Host::holding(conflict(), None, b"abcd");
    assert_eq!(host.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
}

#[test]
fn where_overlap_is_a_conflict_a_gap_is_still_a_gap() {
    let mut host = Host::holding(conflict(), None, b"abcd");
    let line = host.refuses(put("bytes 5-10/11", &OBJECT[5..]));
    assert!(line.starts_with("503 Invalid request."), "{line}");
}

#[test]
fn where_overlap_is_a_conflict_a_question_without_an_append_takes_no_epoch() {
    let mut host = Host::holding(conflict(), None, b"abcd");
    assert_eq!(host.refuses(status("bytes */*")), "308 bytes=0-3");
}

#[test]
fn a_long_body_is_synced_in_its_middle_so_that_a_crash_loses_no_more_than_that() {
    let mut host = Host::new(synced_every(4), ELEVEN);
    let mut append = host.open(put("bytes 0-10/11", OBJECT).in_pieces_of(3));
    host.until(&mut append, "sync to 6");
    host.turn(&mut append);
    // Before it has ended, its bytes are told.
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-5");
    host.until(&mut append, "read the body, at most 2 bytes");
    assert_eq!(append.steps, ["fence epoch 1", "read", "sync to 6", "read"]);

    host.crash();
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-5");
    assert_eq!(host.send(put("bytes 6-10/11", &OBJECT[6..])), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn a_body_that_ends_with_a_sync_is_not_synced_twice() {
    let mut host = Host::new(synced_every(11), ELEVEN);
    assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200");
    assert_eq!(
        host.steps,
        ["fence epoch 1", "read", "sync to 11", "read", "commit 11 bytes", "respond complete, 11 bytes"]
    );
}

#[test]
fn a_sync_in_the_middle_completes_nothing() {
    let mut host = Host::new(synced_every(1), ELEVEN);
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    host.until(&mut append, "read the body, at most 0 bytes");
    assert_eq!(host.persisted(), 11);
    assert!(matches!(host.session.state(), State::Open { writer: Some(_) }));
    host.session.handle_abandoned(append.ticket);
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-10");
    assert_eq!(host.object(), None);
}

#[test]
fn a_sync_in_the_middle_keeps_to_the_granularity() {
    let policy = Policy { granularity: NonZeroU64::new(4).expect("four"), ..synced_every(2) };
    let mut host = Host::new(policy, None);
    let mut append = host.open(put("bytes 0-10/11", OBJECT).in_pieces_of(3));
    assert_eq!(host.finish(&mut append), "200");
    assert_eq!(append.steps[..6], ["fence epoch 1", "read", "sync to 4", "read", "sync to 8", "read"]);
}

#[test]
fn a_sync_in_the_middle_skips_what_is_persisted() {
    let mut host = Host::holding(synced_every(4), None, b"abcd");
    let mut append = host.open(put("bytes 0-10/11", OBJECT).in_pieces_of(1));
    assert_eq!(host.finish(&mut append), "200");
    assert_eq!(append.steps[..4], ["fence epoch 1", "read", "sync to 8", "read"]);
}

#[test]
fn nothing_is_synced_in_the_middle_of_a_body_that_a_cut_would_discard() {
    let policy = Policy { on_cut: OnCut::Discard, ..synced_every(1) };
    let mut host = Host::new(policy, None);
    assert_eq!(host.send(put("bytes 0-10/11", OBJECT).in_pieces_of(1)), "200");
    assert_eq!(host.steps[..3], ["fence epoch 1", "read", "sync to 11"]);
    let mut host = Host::new(policy, None);
    assert_eq!(host.send(put("bytes 0-10/11", b"abcdefg").length(11).cut()), "closed");
    assert_eq!(host.send(status("bytes */*")), "308");
}

#[test]
fn what_was_synced_before_a_body_turned_out_too_long_stays() {
    let mut host = Host::new(synced_every(4), None);
    let request = put("bytes 0-5/*", OBJECT).chunked().in_pieces_of(4);
    assert_eq!(host.send(request), "400 expected a body of 6 bytes as the range says, got more");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3", "nothing further is published");
}

#[test]
fn the_default_policy_is_the_one_that_is_documented() {
    let policy = Policy::default();
    assert_eq!(policy, Policy::DEFAULT);
    assert_eq!((policy.max_size, policy.sync_every), (u64::MAX, None));
    assert_eq!((policy.on_cut, policy.overlap), (OnCut::Keep, Overlap::Skip));
    assert_eq!(policy.completes, Completes::AtTotal);
    assert_eq!(Host::new(Policy::gcs(), None).session.policy(), Policy::gcs());
}
