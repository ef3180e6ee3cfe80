//! Records: what of an upload is saved, how it comes back, and how an upload expires.

use resumable::server::{Session, State, StoreReply};
use resumable::{Epoch, Policy, Saved, Snapshot, SnapshotError};

use crate::OBJECT;
use crate::host::{Conn, Host};
use crate::request::{delete, put, status};

const ELEVEN: Option<u64> = Some(11);

fn record(persisted: u64, total: Option<u64>, state: Saved) -> Snapshot {
    Snapshot { epoch: Epoch::from_record(3), persisted, total, state }
}

/// An upload in each state there is.
fn in_each_state() -> Vec<(Host, Option<Conn>, Saved)> {
    let open = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut written = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut append = written.open(put("bytes 4-10/11", &OBJECT[4..]));
    written.until(&mut append, "read the body, at most 0 bytes");

    let mut finalizing = Host::new(Policy::default(), ELEVEN);
    let mut last = finalizing.open(put("bytes 0-10/11", OBJECT));
    finalizing.until(&mut last, "commit 11 bytes");

    let mut complete = Host::new(Policy::default(), ELEVEN);
    complete.send(put("bytes 0-10/11", OBJECT));
    let mut cancelled = Host::new(Policy::default(), ELEVEN);
    cancelled.send(delete());

    vec![
        (open, None, Saved::Open),
        (written, Some(append), Saved::Open),
        (finalizing, Some(last), Saved::Open),
        (complete, None, Saved::Complete),
        (cancelled, None, Saved::Cancelled),
    ]
}

#[test]
fn a_record_comes_back_as_it_was_in_each_state() {
    for (persisted, total, state) in [
        (0, None, Saved::Open),
        (4, None, Saved::Open),
        (4, ELEVEN, Saved::Open),
        (11, ELEVEN, Saved::Open),
        (11, ELEVEN, Saved::Complete),
        (0, Some(0), Saved::Complete),
        (4, ELEVEN, Saved::Cancelled),
        (0, None, Saved::Expired),
        (11, ELEVEN, Saved::Dead),
    ] {
        let record = record(persisted, total, state);
        let session = Session::restore(Policy::default(), record).expect("an upload can have it");
        assert_eq!(session.snapshot(), record);
        assert_eq!((session.persisted().get(), session.total()), (persisted, total));
        let expected = match state {
            Saved::Open => State::Open { writer: None },
            Saved::Complete => State::Complete,
            Saved::Cancelled => State::Cancelled,
            Saved::Expired => State::Expired,
            Saved::Dead => State::Dead,
        };
        assert_eq!(session.state(), expected);
    }
}

#[test]
fn a_record_says_nothing_of_what_is_in_flight() {
    for (host, _conn, saved) in in_each_state() {
        let snapshot = host.session.snapshot();
        assert_eq!(snapshot.state, saved);
        assert!(snapshot.persisted <= host.store.borrow().record.persisted);
        let restored = Session::restore(Policy::default(), snapshot).expect("its own record");
        assert_eq!(restored.snapshot(), snapshot);
    }
}

#[test]
fn more_persisted_than_there_is_cannot_be_restored() {
    for state in [Saved::Open, Saved::Complete, Saved::Cancelled, Saved::Expired, Saved::Dead] {
        let error = Session::restore(Policy::default(), record(12, ELEVEN, state));
        let expected = SnapshotError::PersistedAboveTotal { persisted: 12, total: 11 };
        assert_eq!(error, Err(expected));
        assert_eq!(expected.to_string(), "expected at most the total of 11 bytes, found 12 persisted");
    }
}

#[test]
fn half_an_object_cannot_be_restored_as_complete() {
    for (persisted, total) in [(7, ELEVEN), (7, None), (0, None)] {
        let error = Session::restore(Policy::default(), record(persisted, total, Saved::Complete));
        assert_eq!(error, Err(SnapshotError::CompleteBeforeTotal { persisted, total }));
    }
    assert_eq!(
        SnapshotError::CompleteBeforeTotal { persisted: 7, total: None }.to_string(),
        "expected a complete upload to have its total of None bytes persisted, found 7"
    );
}

#[test]
fn an_upload_above_a_limit_that_was_lowered_is_restored_and_not_made_larger() {
    let policy = Policy { max_size: 5, ..Policy::default() };
    let mut host = Host::recorded(policy, record(7, None, Saved::Open), b"abcdefg");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-6");
    assert_eq!(host.refuses(put("bytes 7-10/11", b"hijk")), "413 expected at most 5 bytes, got 11 or more");
}

#[test]
fn an_open_upload_expires_and_its_writer_is_stopped() {
    for (mut host, conn, saved) in in_each_state().into_iter().take(2) {
        assert_eq!(saved, Saved::Open);
        let mut expiry = host.expire();
        assert_eq!(expiry.ticket.intent(), None);
        let line = host.due(&expiry);
        match &conn {
            None => assert_eq!(line, "fence epoch 1"),
            Some(_) => assert_eq!(line, "fence epoch 2, evict request 1"),
        }
        assert_eq!(host.finish(&mut expiry), "closed");
        assert_eq!(expiry.steps[1..], ["discard", "close"]);
        assert_eq!(host.session.state(), State::Expired);
        assert_eq!(host.store.borrow().record.state, Saved::Expired);
        if let Some(mut conn) = conn {
            assert_eq!(host.finish(&mut conn), "closed");
        }
    }
}

#[test]
fn an_upload_that_has_ended_or_is_ending_does_not_expire() {
    for (mut host, conn, _) in in_each_state().into_iter().skip(2) {
        let before = host.session.clone();
        let mut expiry = host.expire();
        assert_eq!(host.finish(&mut expiry), "closed");
        assert_eq!(expiry.steps, ["close"]);
        assert_eq!(host.session, before);
        if let Some(mut conn) = conn {
            assert_eq!(host.finish(&mut conn), "200");
        }
    }
}

#[test]
fn an_expiry_that_the_store_cannot_do_leaves_the_upload_open() {
    use resumable::server::Fault::{Full, Unavailable};
    for fault in [Unavailable, Full] {
        for due in ["fence epoch 1", "discard"] {
            let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
            let mut expiry = host.expire();
            host.until(&mut expiry, due);
            host.store_says(StoreReply::Failed(fault));
            assert_eq!(host.finish(&mut expiry), "closed", "nobody waits for an answer");
            assert_eq!(host.session.state(), State::Open { writer: None });
            assert_eq!(host.send(status("bytes */*")), "308 bytes=0-3");
        }
    }
}

#[test]
fn an_expiry_that_finds_the_upload_published_leaves_it() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let mut other = host.another_process();
    assert_eq!(other.send(put("bytes 0-10/11", OBJECT)), "200");
    let mut expiry = host.expire();
    assert_eq!(host.finish(&mut expiry), "closed");
    assert_eq!(host.session.state(), State::Complete);
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn an_append_that_comes_during_an_expiry_wins_until_the_discard() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut expiry = host.expire();
    assert_eq!(host.send(put("bytes 4-10/11", &OBJECT[4..])), "200");
    assert_eq!(host.finish(&mut expiry), "closed");
    assert_eq!(host.session.state(), State::Complete);

    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut expiry = host.expire();
    host.until(&mut expiry, "discard");
    assert_eq!(host.refuses(put("bytes 4-10/11", &OBJECT[4..])), "503 the upload is being worked on, ask again");
    assert_eq!(host.finish(&mut expiry), "closed");
    assert_eq!(host.session.state(), State::Expired);
}

#[test]
fn a_discard_that_was_abandoned_is_settled_by_the_record() {
    // The task of the DELETE was dropped after the store had done its part. What the store did is in its record.
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    let mut cancel = host.open(delete());
    host.until(&mut cancel, "discard");
    let step = host.session.step(&cancel.ticket).expect("the newest");
    assert_eq!(host.store.borrow_mut().answer(step), StoreReply::Discarded);
    host.session.handle_abandoned(cancel.ticket);

    let record = host.store.borrow().record;
    host.session.handle_record(record).expect("a true record");
    assert_eq!(host.session.state(), State::Cancelled);
    assert_eq!(host.refuses(status("bytes */*")), "499 the upload was cancelled");
}
