//! Several processes over one store: what one learns from the record of another.

use std::num::NonZeroU64;

use resumable::server::{Session, State, Step, StoreReply, Ticket};
use resumable::{Append, Epoch, Extent, Intent, Persisted, Policy, Saved, ServerError, Snapshot, Status};

use crate::OBJECT;
use crate::host::{Conn, Host};
use crate::request::{delete, put, status};

const ELEVEN: Option<u64> = Some(11);
const SUPERSEDED: &str = "expected the newest request, got one that a newer one has superseded";

/// Two processes over one store that has four bytes. In the first one an append of the rest is as far as `due`.
fn two(due: &str) -> (Host, Conn, Host) {
    let policy = Policy { sync_every: NonZeroU64::new(4), ..Policy::default() };
    let mut one = Host::holding(policy, ELEVEN, b"abcd");
    let two = one.another_process();
    let mut append = one.open(put("bytes 4-10/11", &OBJECT[4..]).in_pieces_of(4));
    one.until(&mut append, due);
    (one, append, two)
}

const READING: &str = "read the body, at most 7 bytes";

/// The first process reads the record again, as it does before each request.
fn read_record(host: &mut Host) {
    let record = host.store.borrow().record;
    host.session.handle_record(record).expect("a true record");
}

#[test]
fn another_process_goes_on_where_the_first_one_stopped() {
    let (mut one, append, mut two) = two(READING);
    assert_eq!(two.send(put("bytes 4-6/11", b"efg")), "308 bytes=0-6");
    assert_eq!(two.store.borrow().record.epoch, Epoch::from_record(2));

    read_record(&mut one);
    assert_eq!(one.due(&append), SUPERSEDED);
    assert_eq!(one.session.state(), State::Open { writer: None });
    assert_eq!(one.send(status("bytes */*")), "308 bytes=0-6");
    assert_eq!(one.send(put("bytes 7-10/11", b"hijk")), "200");
}

#[test]
fn a_process_that_did_not_read_the_record_learns_it_with_its_fence() {
    let (mut one, append, mut two) = two(READING);
    assert_eq!(two.send(put("bytes 4-6/11", b"efg")), "308 bytes=0-6");
    // It thinks that four bytes are persisted: what it is sent again is skipped, not rewritten.
    assert_eq!(one.send(put("bytes 4-10/11", b"EFGhijk")), "200");
    let fences = ["fence epoch 2, evict request 1", "fence epoch 3, evict request 1"];
    assert_eq!(one.steps[..2], fences);
    assert_eq!(one.object(), Some(OBJECT.to_vec()));
    assert_eq!(one.due(&append), SUPERSEDED);
}

#[test]
fn a_record_with_as_many_bytes_still_tells_the_total() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    let record = Snapshot { total: ELEVEN, ..host.session.snapshot() };
    host.session.handle_record(record).expect("a true record");
    assert_eq!(host.session.total(), ELEVEN);
}

#[test]
fn r11_a_total_that_an_append_has_declared_stays_while_the_record_has_as_many_bytes() {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    let mut append = host.open(put("bytes 4-10/11", &OBJECT[4..]));
    host.until(&mut append, READING);
    read_record(&mut host);
    assert_eq!(host.session.total(), ELEVEN);
    assert_eq!(host.send(put("bytes 4-9/10", b"efghij")), "400 expected the declared total of 11 bytes, got 10");
    assert_eq!(host.finish(&mut append), "200");
}

#[test]
fn a_gap_that_another_process_has_filled_is_seen_once_the_record_is_read() {
    let (mut one, _append, mut two) = two(READING);
    two.send(put("bytes 4-6/11", b"efg"));
    let line = one.refuses(put("bytes 7-10/11", b"hijk"));
    assert!(line.starts_with("503 Invalid request."), "{line}");
    read_record(&mut one);
    assert_eq!(one.send(put("bytes 7-10/11", b"hijk")), "200");
}

/// An upload with so many bytes persisted of `total`.
fn recorded(persisted: u64, total: Option<u64>) -> Session {
    let record = Snapshot { epoch: Epoch::from_record(1), persisted, total, state: Saved::Open };
    Session::restore(Policy::default(), record).expect("a true record")
}

/// An append of bytes 4 to 11, which needs a fence.
fn admitted(session: &mut Session) -> Ticket {
    session.handle_request(Intent::Append(Append { at: 4, extent: Extent::To(11), total: ELEVEN, body: Some(7) }))
}

/// An append, admitted with four bytes persisted of `total`; then the record is read, and then the store answers its fence
/// with the same record.
fn fenced_after_a_record(total: Option<u64>, known: Snapshot) -> (Session, Ticket) {
    let mut session = recorded(4, total);
    let mut ticket = admitted(&mut session);
    session.handle_record(known).expect("a true record");
    session.handle_store(&mut ticket, StoreReply::Fenced(known)).expect("a fence is due");
    (session, ticket)
}

#[test]
fn r13_bytes_of_which_the_record_tells_between_admission_and_fence_are_skipped() {
    let known = Snapshot { epoch: Epoch::from_record(2), persisted: 7, total: ELEVEN, state: Saved::Open };
    let (mut session, mut ticket) = fenced_after_a_record(ELEVEN, known);
    let write = session.handle_body(&mut ticket, &OBJECT[4..]).expect("the body is due");
    assert_eq!((write.at.get(), write.data), (7, &OBJECT[7..]));
}

#[test]
fn r11_a_total_of_which_the_record_tells_between_admission_and_fence_counts() {
    let known = Snapshot { epoch: Epoch::from_record(2), persisted: 4, total: Some(13), state: Saved::Open };
    let (session, ticket) = fenced_after_a_record(None, known);
    let due = session.step(&ticket).expect("it holds the session").to_string();
    assert_eq!(due, "respond refused: expected the declared total of 13 bytes, got 11");
}

#[test]
fn r11_a_total_that_the_fence_alone_tells_counts() {
    let mut session = recorded(4, None);
    let mut ticket = admitted(&mut session);
    let known = Snapshot { total: Some(13), ..session.snapshot() };
    session.handle_store(&mut ticket, StoreReply::Fenced(known)).expect("a fence is due");
    let due = session.step(&ticket).expect("it holds the session").to_string();
    assert_eq!(due, "respond refused: expected the declared total of 13 bytes, got 11");
}

#[test]
fn an_expiry_finds_with_its_fence_that_the_object_is_published() {
    let mut session = recorded(11, ELEVEN);
    let mut ticket = session.expire();
    let published = Snapshot { state: Saved::Complete, ..session.snapshot() };
    session.handle_store(&mut ticket, StoreReply::Fenced(published)).expect("a fence is due");
    assert_eq!((session.step(&ticket), session.state()), (Ok(Step::Close), State::Complete));
}

#[test]
fn a_close_finds_with_its_fence_that_the_object_is_published() {
    let mut session = recorded(11, ELEVEN);
    let mut ticket = session.handle_request(Intent::Status(Status { total: ELEVEN, body: Some(0) }));
    let published = Snapshot { state: Saved::Complete, ..session.snapshot() };
    session.handle_store(&mut ticket, StoreReply::Fenced(published)).expect("a fence is due");
    assert_eq!(session.step(&ticket).expect("nobody has taken over").to_string(), "respond complete, 11 bytes");
}

#[test]
fn an_append_that_no_longer_fits_is_refused_after_its_fence() {
    // Another process has ended the upload at seven bytes, but could not publish it.
    let mut one = Host::holding(Policy::default(), None, b"abcd");
    let mut two = one.another_process();
    let mut last = two.open(put("bytes 4-*/*", b"efg"));
    two.until(&mut last, "commit 7 bytes");
    assert_eq!(one.send(put("bytes 4-10/11", &OBJECT[4..])), "400 expected the declared total of 7 bytes, got 11");
    assert_eq!(one.session.state(), State::Open { writer: None });
    assert_eq!(one.send(status("bytes */7")), "200");
    assert_eq!(two.finish(&mut last), "closed", "its epoch is no longer the greatest");
    assert_eq!(one.store.borrow().commits, 1);
}

#[test]
fn another_process_has_published_it() {
    let (mut one, append, mut two) = two(READING);
    assert_eq!(two.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
    read_record(&mut one);
    assert_eq!(one.session.state(), State::Complete);
    assert_eq!(one.due(&append), SUPERSEDED);
    assert_eq!(one.refuses(put("bytes 4-10/11", &OBJECT[4..])), "200");
}

#[test]
fn what_another_process_has_published_is_learned_with_the_fence() {
    let (mut one, _append, mut two) = two(READING);
    assert_eq!(two.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
    assert_eq!(one.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
    assert_eq!(one.store.borrow().commits, 1, "it is published once");
    assert_eq!(one.session.state(), State::Complete);
}

#[test]
fn another_process_has_cancelled_it() {
    let (mut one, append, mut two) = two(READING);
    assert_eq!(two.send(delete()), "499");
    let mut late = one.open(put("bytes 4-10/11", &OBJECT[4..]));
    assert_eq!(one.finish(&mut late), "499 the upload was cancelled");
    assert_eq!(one.session.state(), State::Cancelled);
    assert_eq!(one.due(&append), SUPERSEDED);
}

#[test]
fn the_ends_that_another_process_has_come_to_are_learned_from_the_record() {
    for (state, learned, line) in [
        (Saved::Cancelled, State::Cancelled, "499 the upload was cancelled"),
        (Saved::Expired, State::Expired, "404 the upload has expired"),
        (Saved::Dead, State::Dead, "410 the upload is dead, its commit failed for good"),
    ] {
        let (mut one, append, _two) = two(READING);
        let epoch = Epoch::from_record(2);
        let record = Snapshot { epoch, persisted: 4, total: ELEVEN, state };
        one.session.handle_record(record).expect("a true record");
        assert_eq!(one.session.state(), learned);
        assert_eq!(one.due(&append), SUPERSEDED);
        assert_eq!(one.refuses(put("bytes 4-10/11", &OBJECT[4..])), line);
    }
}

#[test]
fn another_process_takes_over_a_commit() {
    let (mut one, mut append, mut two) = two("commit 11 bytes");
    let mut close = two.open(status("bytes */11"));
    // The second process has an older record: it still thinks of four bytes, and only asks.
    assert_eq!(two.finish(&mut close), "308 bytes=0-3");
    read_record(&mut two);
    let mut close = two.open(status("bytes */11"));
    two.until(&mut close, "commit 11 bytes");

    assert_eq!(one.finish(&mut append), "closed");
    assert_eq!(one.session.state(), State::Open { writer: None });
    assert_eq!(two.finish(&mut close), "200");
    read_record(&mut one);
    assert_eq!(one.refuses(status("bytes */11")), "200");
    assert_eq!(one.store.borrow().commits, 1);
}

#[test]
fn a_record_of_its_own_does_not_disturb_the_request_that_made_it() {
    for due in [READING, "sync to 8", "read the body, at most 3 bytes", "sync to 11", "commit 11 bytes"] {
        let (mut one, mut append, _two) = two(due);
        read_record(&mut one);
        assert_eq!(one.due(&append), due);
        assert_eq!(one.finish(&mut append), "200");
    }
}

#[test]
fn a_record_that_tells_of_a_sync_before_the_store_does_is_no_harm() {
    for due in ["sync to 8", "sync to 11", "commit 11 bytes"] {
        let (mut one, mut append, _two) = two(due);
        let step = one.session.step(&append.ticket).expect("the newest");
        let reply = one.store.borrow_mut().answer(step);
        read_record(&mut one);
        one.session.handle_store(&mut append.ticket, reply).expect("it was asked for");
        assert_eq!(one.finish(&mut append), "200", "{due}");
    }
}

#[test]
fn a_record_that_was_read_before_the_newest_sync_changes_nothing() {
    let (mut one, mut append, _two) = two("sync to 8");
    let old = one.store.borrow().record;
    one.until(&mut append, "read the body, at most 3 bytes");
    let before = one.session.clone();
    assert_eq!(one.session.handle_record(old), Ok(()), "it is old, nothing is lost");
    assert_eq!(one.session, before);
    assert_eq!(one.finish(&mut append), "200");
    assert_eq!(one.session.handle_record(old), Ok(()));
    assert_eq!(one.session.state(), State::Complete);
}

#[test]
fn a_record_of_a_newer_epoch_that_lacks_confirmed_bytes_is_a_loss() {
    let (mut one, _append, _two) = two("read the body, at most 3 bytes");
    let epoch = Epoch::from_record(2);
    let lost = Snapshot { epoch, persisted: 4, total: ELEVEN, state: Saved::Open };
    let before = one.session.clone();
    assert_eq!(
        one.session.handle_record(lost),
        Err(ServerError::StoreBehind { persisted: Persisted::confirmed(8), confirmed: Persisted::confirmed(4) })
    );
    assert_eq!(one.session, before);
}

#[test]
fn an_end_is_never_left_for_another_one() {
    let (mut one, _append, mut two) = two(READING);
    assert_eq!(two.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
    read_record(&mut one);
    for state in [Saved::Cancelled, Saved::Expired, Saved::Dead, Saved::Open] {
        let epoch = Epoch::from_record(9);
        let record = Snapshot { epoch, persisted: 11, total: ELEVEN, state };
        assert_eq!(one.session.handle_record(record), Ok(()));
        assert_eq!(one.session.state(), State::Complete);
        assert_eq!(one.refuses(status("bytes */*")), "200");
    }
}

#[test]
fn a_total_that_another_process_has_declared_counts() {
    let mut one = Host::new(Policy::default(), None);
    let mut two = one.another_process();
    two.send(put("bytes 0-3/11", b"abcd"));
    read_record(&mut one);
    assert_eq!(one.session.total(), ELEVEN);
    assert_eq!(one.refuses(put("bytes 4-10/12", &OBJECT[4..])), "400 expected the declared total of 11 bytes, got 12");
}

#[test]
fn a_total_that_was_declared_without_a_byte_gives_way_to_what_another_process_has_stored() {
    // The connection was lost before the first byte, so the store has never heard of the total.
    let mut one = Host::new(Policy::default(), None);
    let mut two = one.another_process();
    assert_eq!(one.send(put("bytes 0-4/5", b"").length(5).cut()), "closed");
    assert_eq!(two.send(put("bytes 0-7/*", b"abcdefgh")), "308 bytes=0-7");

    read_record(&mut one);
    assert_eq!(one.session.snapshot(), one.store.borrow().record);
    assert_eq!(one.send(put("bytes 8-10/11", b"ijk")), "200");
}

#[test]
fn a_fence_that_returns_a_greater_epoch_was_overtaken_and_is_asked_for_again() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut append = host.open(put("bytes 4-10/11", &OBJECT[4..]));
    host.store.borrow_mut().record.epoch = Epoch::from_record(6);
    let overtaken = StoreReply::Fenced(host.store.borrow().record);
    host.session.handle_store(&mut append.ticket, overtaken).expect("a fence is due");
    assert_eq!(host.due(&append), "fence epoch 7");
    assert_eq!(host.finish(&mut append), "200");
}

#[test]
fn a_lower_epoch_in_a_record_is_not_taken_over() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    host.session
        .handle_record(Snapshot { epoch: Epoch::from_record(9), ..host.session.snapshot() })
        .expect("a true record");
    host.session
        .handle_record(Snapshot { epoch: Epoch::from_record(3), ..host.session.snapshot() })
        .expect("an old record");
    assert_eq!(host.session.snapshot().epoch, Epoch::from_record(9));
}

#[test]
fn the_last_epochs_there_are_can_be_used() {
    let record = |epoch| Snapshot { epoch: Epoch::from_record(epoch), persisted: 4, total: ELEVEN, state: Saved::Open };
    let mut host = Host::recorded(Policy::default(), record(u64::MAX - 1), b"abcd");
    assert_eq!(host.send(put("bytes 4-6/11", b"efg")), "308 bytes=0-6");
    assert_eq!(host.session.snapshot().epoch.get(), u64::MAX);

    // After 2^64 - 1 of them nothing can be admitted, but what is there can still be asked for.
    let line = "503 the store is unavailable, ask again";
    assert_eq!(host.refuses(put("bytes 7-10/11", b"hijk")), line);
    assert_eq!(host.refuses(delete()), line);
    assert_eq!(host.send(status("bytes */11")), "308 bytes=0-6");
}

#[test]
fn a_store_whose_epochs_are_used_up_closes_the_request_that_it_refuses() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut append = host.open(put("bytes 4-10/11", &OBJECT[4..]));
    host.store_says(StoreReply::Stale(Epoch::from_record(u64::MAX)));
    assert_eq!(host.finish(&mut append), "closed");
    assert_eq!(host.session.state(), State::Open { writer: None });
}
