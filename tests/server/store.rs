//! What the store says in every phase of a request, and what comes of it.

use std::num::NonZeroU64;

use resumable::server::{Fault, Rejection, State, Step, StoreReply};
use resumable::{Epoch, Persisted, Policy, Saved, ServerError};

use crate::OBJECT;
use crate::host::{Conn, Host};
use crate::request::{delete, put, status};

const ELEVEN: Option<u64> = Some(11);

/// A request that has come as far as this step, of an upload of which four bytes are persisted.
fn at(due: &str) -> (Host, Conn) {
    let policy = Policy { sync_every: NonZeroU64::new(4), ..Policy::default() };
    let mut host = Host::holding(policy, ELEVEN, b"abcd");
    let mut conn = match due {
        "discard" => host.open(delete()),
        "sync to 7" => host.open(put("bytes 4-6/11", b"efg")),
        _ => host.open(put("bytes 4-10/11", &OBJECT[4..]).in_pieces_of(4)),
    };
    host.until(&mut conn, due);
    (host, conn)
}

/// Every step that the store has a part in: the fence, a sync in the middle and at the end, the commit, the discard.
const STEPS: [&str; 6] = ["fence epoch 1", "sync to 8", "sync to 7", "sync to 11", "commit 11 bytes", "discard"];

#[test]
fn a_store_that_fails_is_503_and_the_upload_goes_on_from_what_is_persisted() {
    for due in STEPS {
        let (mut host, mut conn) = at(due);
        let persisted = host.persisted();
        host.store_says(StoreReply::Failed(Fault::Unavailable));
        assert_eq!(host.finish(&mut conn), "503 the store is unavailable, ask again", "{due}");
        let fields = conn.fields();
        assert!(fields.contains(&"Retry-After: 1".into()), "{due}: {fields:?}");

        assert_eq!(host.session.state(), State::Open { writer: None }, "{due}");
        let line = format!("308 bytes=0-{}", persisted - 1);
        assert_eq!(host.send(status("bytes */*")), line, "{due}");
        assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200", "{due}");
        assert_eq!(host.object(), Some(OBJECT.to_vec()), "{due}");
    }
}

#[test]
fn a_full_store_is_507_and_the_upload_goes_on_when_there_is_room() {
    for due in STEPS {
        let (mut host, mut conn) = at(due);
        host.store_says(StoreReply::Failed(Fault::Full));
        assert_eq!(host.finish(&mut conn), "507 the store is full", "{due}");
        assert!(!conn.fields().iter().any(|field| field.starts_with("Retry-After")));
        assert_eq!(host.session.state(), State::Open { writer: None }, "{due}");
        assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200", "{due}");
    }
}

#[test]
fn a_store_that_fails_for_a_cut_body_is_not_answered_to_anybody() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut conn = host.open(put("bytes 4-10/11", b"efg").length(7).cut());
    host.until(&mut conn, "sync to 7");
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    assert_eq!(host.finish(&mut conn), "closed");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
}

#[test]
fn a_write_that_fails_in_the_middle_of_a_body_is_answered() {
    for (fault, line) in
        [(Fault::Unavailable, "503 the store is unavailable, ask again"), (Fault::Full, "507 the store is full")]
    {
        let (mut host, mut conn) = at("read the body, at most 7 bytes");
        let reply = StoreReply::Failed(fault);
        host.session.handle_store(&mut conn.ticket, reply).expect("the write failed");
        assert_eq!(host.finish(&mut conn), line);
        assert!(!conn.outcome.expect("an answer").body_read);
        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
        assert_eq!(host.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
    }
}

#[test]
fn a_store_with_a_greater_epoch_is_asked_again_with_a_greater_one() {
    for (recorded, next) in [(1, 2), (7, 8), (u64::MAX - 1, u64::MAX)] {
        let (mut host, mut conn) = at("fence epoch 1");
        host.store_says(StoreReply::Stale(Epoch::from_record(recorded)));
        assert!(!host.turn(&mut conn));
        assert_eq!(host.due(&conn), format!("fence epoch {next}"));
        assert_eq!(host.finish(&mut conn), "200");
        assert_eq!(host.store.borrow().record.epoch, Epoch::from_record(next));
    }
}

#[test]
fn a_store_that_says_stale_with_a_lower_epoch_is_asked_with_a_greater_one_than_before() {
    let (mut host, mut conn) = at("fence epoch 1");
    host.store_says(StoreReply::Stale(Epoch::from_record(7)));
    host.store_says(StoreReply::Stale(Epoch::from_record(3)));
    host.turn(&mut conn);
    host.turn(&mut conn);
    let Ok(Step::Fence { record, .. }) = host.session.step(&conn.ticket) else { panic!("it is asked again") };
    assert!(record.epoch >= Epoch::from_record(8), "{}", record.epoch);
    assert_eq!(host.finish(&mut conn), "200");
}

#[test]
fn after_its_fence_a_stale_request_is_closed_without_an_answer() {
    for due in &STEPS[1..] {
        // A cancel is fenced before it comes to its discard.
        let (mut host, mut conn) = at(due);
        let persisted = host.persisted();
        host.store_says(StoreReply::Stale(Epoch::from_record(7)));
        host.store.borrow_mut().record.epoch = Epoch::from_record(7);
        assert_eq!(host.finish(&mut conn), "closed", "{due}");
        assert_eq!(host.session.state(), State::Open { writer: None }, "{due}");
        assert_eq!(host.persisted(), persisted, "{due}");
        assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200", "{due}");
        assert_eq!(host.store.borrow().record.epoch, Epoch::from_record(8), "{due}");
    }
}

#[test]
fn a_write_that_the_store_refuses_as_stale_closes_the_request() {
    let (mut host, mut conn) = at("read the body, at most 7 bytes");
    let reply = StoreReply::Stale(Epoch::from_record(7));
    host.session.handle_store(&mut conn.ticket, reply).expect("the write was refused");
    assert_eq!(host.finish(&mut conn), "closed");
    assert_eq!(host.session.state(), State::Open { writer: None });
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
}

#[test]
fn a_rejected_object_is_discarded_and_the_upload_is_dead() {
    for (rejection, line) in [
        (Rejection::Checksum, "400 the object differs from the checksum that was declared for it"),
        (Rejection::Precondition, "412 the object's precondition does not hold"),
    ] {
        let (mut host, mut conn) = at("commit 11 bytes");
        host.store_says(StoreReply::Rejected(rejection));
        host.turn(&mut conn);
        assert_eq!(host.due(&conn), "discard");
        assert!(matches!(host.session.state(), State::Finalizing { .. }));
        assert_eq!(host.finish(&mut conn), line);
        assert_eq!(host.session.state(), State::Dead);
        assert_eq!(host.store.borrow().record.state, Saved::Dead);
        assert_eq!((host.object(), host.store.borrow().commits), (None, 0));
        assert_eq!(host.refuses(put("bytes 0-10/11", OBJECT)), "410 the upload is dead, its commit failed for good");
    }
}

#[test]
fn a_rejected_object_whose_discard_fails_can_be_rejected_again() {
    let (mut host, mut conn) = at("commit 11 bytes");
    host.store_says(StoreReply::Rejected(Rejection::Checksum));
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    let line = host.finish(&mut conn);
    assert!(line.starts_with("503 ") || line.starts_with("400 "), "{line}");
    assert_eq!(host.session.state(), State::Open { writer: None });

    let mut close = host.open(status("bytes */11"));
    host.until(&mut close, "commit 11 bytes");
    host.store_says(StoreReply::Rejected(Rejection::Checksum));
    let line = host.finish(&mut close);
    assert!(line.starts_with("400 the object differs"), "{line}");
    assert_eq!(host.session.state(), State::Dead);
}

#[test]
fn a_rejection_is_no_answer_to_any_other_step() {
    for due in STEPS {
        if due == "commit 11 bytes" {
            continue;
        }
        let (mut host, mut conn) = at(due);
        let before = (host.session.clone(), conn.ticket.clone());
        let reply = StoreReply::Rejected(Rejection::Checksum);
        let taken = host.session.handle_store(&mut conn.ticket, reply);
        assert!(matches!(taken, Err(ServerError::Unexpected { .. })), "{due}: {taken:?}");
        assert_eq!((host.session, conn.ticket), before);
    }
}

#[test]
fn a_store_that_confirms_less_is_asked_for_the_rest() {
    let (mut host, mut conn) = at("sync to 7");
    host.store_keeps(&mut conn, 6);
    assert_eq!((host.due(&conn), host.persisted()), ("sync to 7".into(), 6));
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-5");
    assert_eq!(host.finish(&mut conn), "308 bytes=0-6");
}

#[test]
fn a_store_that_confirms_less_of_the_last_bytes_is_not_asked_to_commit() {
    let (mut host, mut conn) = at("sync to 11");
    host.store_keeps(&mut conn, 10);
    assert_eq!((host.due(&conn), host.persisted()), ("sync to 11".into(), 10));
    assert_eq!(host.finish(&mut conn), "200");
}

#[test]
fn a_store_that_confirms_nothing_new_moves_nothing() {
    let (mut host, mut conn) = at("sync to 7");
    host.store_says(StoreReply::Synced(Persisted::confirmed(4)));
    host.turn(&mut conn);
    assert_eq!((host.due(&conn), host.persisted()), ("sync to 7".into(), 4));
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    assert_eq!(host.finish(&mut conn), "503 the store is unavailable, ask again");
}

#[test]
fn a_request_that_is_abandoned_leaves_what_was_confirmed() {
    for due in STEPS.into_iter().chain(["read the body, at most 7 bytes", "respond complete, 11 bytes"]) {
        let (mut host, conn) = at(due);
        let persisted = host.persisted();
        host.session.handle_abandoned(conn.ticket);
        assert_eq!(host.persisted(), persisted, "{due}");
        if due.starts_with("respond") {
            assert_eq!(host.session.state(), State::Complete);
        } else {
            assert_eq!(host.session.state(), State::Open { writer: None }, "{due}");
        }
        assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200", "{due}");
        assert_eq!(host.object(), Some(OBJECT.to_vec()), "{due}");
    }
}

#[test]
fn an_abandoned_request_is_superseded_from_then_on() {
    for due in STEPS {
        let (mut host, conn) = at(due);
        let copy = conn.ticket.clone();
        host.session.handle_abandoned(conn.ticket);
        assert!(host.session.step(&copy).is_err(), "{due}");
    }
}

#[test]
fn a_question_that_is_abandoned_leaves_no_trace() {
    let (mut host, _append) = at("read the body, at most 7 bytes");
    let question = host.open(status("bytes */*").chunked());
    let before = host.session.clone();
    host.session.handle_abandoned(question.ticket);
    assert_eq!(host.session, before);
}

#[test]
fn a_store_that_confirms_less_in_the_middle_of_a_body_is_asked_for_the_rest_later() {
    let (mut host, mut conn) = at("sync to 8");
    host.store_keeps(&mut conn, 6);
    assert_eq!((host.due(&conn), host.persisted()), ("read the body, at most 3 bytes".into(), 6));
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-5");
    host.until(&mut conn, "sync to 11");
    assert_eq!(host.finish(&mut conn), "200");
}
