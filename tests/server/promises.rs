//! The server's promises: no lie, no loss, no mix, no half object.

use resumable::server::{BodyEnd, Fault, Session, State, Step, StoreReply};
use resumable::{Append, Epoch, Extent, Intent, Persisted, Policy, Saved, Snapshot};

use crate::OBJECT;
use crate::host::{Conn, Host};
use crate::request::{delete, put, status};

const ELEVEN: Option<u64> = Some(11);

/// An append of eleven bytes that has come as far as this step.
fn at(host: &mut Host, due: &str) -> Conn {
    let mut conn = host.open(put("bytes 0-10/11", OBJECT).in_pieces_of(7));
    host.until(&mut conn, due);
    conn
}

/// Every step of such an append.
const STEPS: [&str; 6] = [
    "fence epoch 1",
    "read the body, at most 11 bytes",
    "read the body, at most 4 bytes",
    "read the body, at most 0 bytes",
    "sync to 11",
    "commit 11 bytes",
];

#[test]
fn p1_what_was_received_is_not_told_before_the_store_has_confirmed_it() {
    for due in STEPS {
        let mut host = Host::new(Policy::default(), ELEVEN);
        let _append = at(&mut host, due);
        let line = host.send(status("bytes */*"));
        match due {
            "commit 11 bytes" => assert!(line.starts_with("503 "), "{line}"),
            _ => assert_eq!(line, "308", "{due}"),
        }
    }
}

#[test]
fn p1_a_gap_is_told_in_persisted_bytes_too() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let _append = at(&mut host, "read the body, at most 4 bytes");
    let line = host.refuses(put("bytes 7-10/11", &OBJECT[7..]));
    assert!(
        line.ends_with("the upload offset is 7 byte(s), which exceeds already uploaded size of 0 byte(s)."),
        "{line}"
    );
}

#[test]
fn p2_whatever_fails_the_offset_that_was_told_does_not_fall() {
    // Every request is lost at every step, and the process crashes there or goes on. The host compares each answer
    // with all that it told before.
    for crash in [false, true] {
        for due in STEPS {
            let mut host = Host::new(Policy::default(), ELEVEN);
            assert_eq!(host.send(put("bytes 0-3/*", b"abcd")), "308 bytes=0-3");
            let due = due.replace("epoch 1", "epoch 2");
            let conn = at(&mut host, &due);
            if crash {
                host.crash();
            } else {
                host.session.handle_abandoned(conn.ticket);
            }
            let line = host.send(status("bytes */*"));
            assert!(["308 bytes=0-3", "308 bytes=0-10"].contains(&&*line), "{due}: {line}");
            assert_eq!(host.send(put("bytes 4-10/11", &OBJECT[4..])), "200", "{due}");
            assert_eq!(host.object(), Some(OBJECT.to_vec()));
        }
    }
}

#[test]
fn p2_what_a_zombie_had_synced_counts_for_the_newer_append() {
    // The store has synced the older append's bytes, but its answer comes after the newer append was admitted.
    let mut host = Host::new(Policy::default(), None);
    let mut older = host.open(put("bytes 0-6/*", &OBJECT[..7]));
    host.until(&mut older, "sync to 7");
    let synced = host.store.borrow_mut().answer(host.session.step(&older.ticket).expect("newest"));
    let mut newer = host.open(put("bytes 0-3/*", b"abcd"));
    assert!(host.session.handle_store(&mut older.ticket, synced).is_err());
    assert_eq!(host.persisted(), 0, "the older one moves nothing any more");
    assert_eq!(host.finish(&mut newer), "308 bytes=0-6", "the record of the store tells");
}

#[test]
fn p3_a_zombie_in_the_same_process_moves_nothing_from_any_step() {
    for due in &STEPS[..5] {
        let mut host = Host::new(Policy::default(), ELEVEN);
        let mut zombie = at(&mut host, due);
        let mut newer = host.open(put("bytes 0-3/11", b"abcd"));
        let before = (host.session.clone(), host.store.borrow().record);
        assert_eq!(host.finish(&mut zombie), "closed", "{due}");
        assert_eq!((host.session.clone(), host.store.borrow().record), before, "{due}");
        assert_eq!(host.finish(&mut newer), "308 bytes=0-3", "{due}");
        assert_eq!(host.store.borrow().durable, b"abcd");
    }
}

#[test]
fn p3_a_zombie_of_another_process_is_refused_by_the_store() {
    for due in &STEPS[1..] {
        let mut host = Host::new(Policy::default(), ELEVEN);
        let mut other = host.another_process();
        let mut zombie = at(&mut host, due);
        let record = host.store.borrow().record;
        other.session.handle_record(record).expect("a true record");
        // The other process may resend other bytes; in the end there must be all of them and nothing else.
        let persisted = usize::try_from(record.persisted).expect("small");
        let body = [&OBJECT[..persisted], &b"ABCDEFGHIJK"[persisted..]].concat();
        let mut newer = other.open(put("bytes 0-10/11", &body));
        other.until(&mut newer, "read the body, at most 11 bytes");

        while let Ok(step) = host.session.step(&zombie.ticket) {
            match step {
                Step::ReadBody { .. } => {
                    let write = host.session.handle_body(&mut zombie.ticket, b"").expect("a body");
                    assert!(!host.store.borrow_mut().write(write), "{due}: a zombie's write");
                    let stale = StoreReply::Stale(host.store.borrow().record.epoch);
                    host.session.handle_store(&mut zombie.ticket, stale).expect("it may be stale");
                }
                Step::Close => break,
                Step::Respond(outcome) => panic!("{due}: {outcome}"),
                _ => assert!(!host.turn(&mut zombie)),
            }
        }
        assert_eq!(other.finish(&mut newer), "200", "{due}");
        assert_eq!(host.object(), Some(body), "{due}");
        assert_eq!(host.store.borrow().commits, 1, "{due}");
    }
}

#[test]
fn p3_a_zombie_that_was_fenced_by_another_process_reports_no_offset_of_its_own() {
    let mut host = Host::new(Policy::default(), None);
    let mut other = host.another_process();
    let mut zombie = host.open(put("bytes 0-6/*", &OBJECT[..7]));
    host.until(&mut zombie, "sync to 7");
    assert_eq!(other.send(put("bytes 0-3/*", b"ABCD")), "308 bytes=0-3");
    assert_eq!(host.finish(&mut zombie), "closed");
    assert_eq!(host.store.borrow().durable, b"ABCD");
}

#[test]
fn p4_a_commit_is_asked_for_until_it_succeeds_and_published_once() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let mut append = at(&mut host, "commit 11 bytes");
    host.store_says(StoreReply::Failed(Fault::Unavailable));
    assert_eq!(host.finish(&mut append), "503 the store is unavailable, ask again");
    for _ in 0..3 {
        let mut close = host.open(status("bytes */11"));
        host.until(&mut close, "commit 11 bytes");
        host.store_says(StoreReply::Failed(Fault::Unavailable));
        assert_eq!(host.finish(&mut close), "503 the store is unavailable, ask again");
        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-10");
    }
    assert_eq!(host.send(status("bytes */11")), "200");
    assert_eq!(host.send(status("bytes */11")), "200");
    assert_eq!(host.store.borrow().commits, 1);
}

#[test]
fn p4_nothing_is_published_before_every_byte_is_durable() {
    for due in STEPS {
        let mut host = Host::new(Policy::default(), ELEVEN);
        let append = at(&mut host, due);
        assert_eq!(host.object(), None, "{due}");
        assert_ne!(host.session.state(), State::Complete);
        let commits = matches!(host.session.step(&append.ticket), Ok(Step::Commit { .. }));
        assert_eq!(commits, host.persisted() == 11, "{due}");
    }
}

#[test]
fn p4_the_record_says_complete_only_with_the_commit() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    loop {
        let step = host.session.step(&append.ticket).expect("the newest");
        match step {
            Step::Fence { record, .. } | Step::Sync { record, .. } => {
                assert_eq!(record.state, Saved::Open, "{step}");
            }
            Step::Commit { record, size } => {
                assert_eq!((record.state, record.persisted, record.total), (Saved::Complete, size, ELEVEN));
            }
            Step::Respond(_) => break,
            _ => {}
        }
        host.turn(&mut append);
    }
    assert_eq!(host.session.snapshot(), host.store.borrow().record);
}

#[test]
fn p4_an_append_cut_after_its_last_byte_completes_nothing() {
    let mut session = Session::new(Policy::default(), ELEVEN).expect("no limit");
    let append = Append { at: 0, extent: Extent::To(11), total: ELEVEN, body: Some(11) };
    let mut ticket = session.handle_request(Intent::Append(append));
    let fenced = StoreReply::Fenced(session.snapshot());
    session.handle_store(&mut ticket, fenced).expect("a fence is due");
    session.handle_body(&mut ticket, OBJECT).expect("a body is due");
    session.handle_body_end(&mut ticket, BodyEnd::Cut).expect("its end is due");
    let synced = StoreReply::Synced(Persisted::confirmed(11));
    session.handle_store(&mut ticket, synced).expect("a sync is due");
    assert_eq!(session.step(&ticket), Ok(Step::Close));
    assert_eq!((session.state(), session.persisted().get()), (State::Open { writer: None }, 11));
}

#[test]
fn every_step_of_the_store_carries_the_epoch_of_its_request() {
    let record = Snapshot { epoch: Epoch::from_record(41), persisted: 0, total: ELEVEN, state: Saved::Open };
    let mut host = Host::recorded(Policy::default(), record, b"");
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    while let Ok(step) = host.session.step(&append.ticket) {
        match step {
            Step::Fence { record, .. } | Step::Sync { record, .. } | Step::Commit { record, .. } => {
                assert_eq!(record.epoch, Epoch::from_record(42), "{step}");
            }
            Step::ReadBody { .. } => {
                let write = host.session.handle_body(&mut append.ticket, b"").expect("a body");
                assert_eq!(write.epoch, Epoch::from_record(42));
            }
            _ => break,
        }
        host.turn(&mut append);
    }
    let mut host = Host::recorded(Policy::default(), record, b"");
    let mut cancel = host.open(delete());
    host.until(&mut cancel, "discard");
    let Ok(Step::Discard { record }) = host.session.step(&cancel.ticket) else { panic!("a discard is due") };
    assert_eq!(record.epoch, Epoch::from_record(42));
}
