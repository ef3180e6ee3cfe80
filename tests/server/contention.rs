//! Two requests at once: who writes, who is told to go away, who is not disturbed (R25).

use resumable::server::{BodyEnd, Fault, Rejection, Session, State, Step, StoreReply};
use resumable::{
    Append, Contention, Epoch, Extent, Intent, Overlap, Persisted, Policy, ServerError, Status, Superseded,
};

use crate::OBJECT;
use crate::host::{Conn, Host};
use crate::request::{Request, delete, put, status};

const ELEVEN: Option<u64> = Some(11);
const SUPERSEDED: &str = "expected the newest request, got one that a newer one has superseded";

/// An append of which `arrived` has come.
fn writing(host: &mut Host, arrived: &'static [u8]) -> Conn {
    let mut conn = host.open(put("bytes 0-10/11", arrived).length(11));
    let left = 11 - arrived.len();
    host.until(&mut conn, &format!("read the body, at most {left} bytes"));
    conn
}

fn policy(contention: Contention, overlap: Overlap) -> Policy {
    Policy { contention, overlap, ..Policy::default() }
}

#[test]
fn r25_each_request_that_may_write_has_a_number_of_its_own() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let numbers = [1, 2, 3].map(|_| writing(&mut host, b"abc").ticket.id().map(resumable::server::TicketId::get));
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
}

#[test]
fn a_ticket_tells_what_was_asked_for() {
    let mut session = Session::new(Policy::default(), ELEVEN).expect("there is no limit");
    let append = Append { at: 0, extent: Extent::To(3), total: ELEVEN, body: Some(3) };
    for intent in [Intent::Append(append), Intent::Status(Status { total: None, body: Some(0) }), Intent::Cancel] {
        assert_eq!(session.handle_request(intent).intent(), Some(intent));
    }
    assert_eq!(session.expire().intent(), None);
}

#[test]
fn r25_a_newer_append_takes_the_next_epoch_and_evicts_the_older_one() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let older = writing(&mut host, b"abc");
    let id = older.ticket.id().expect("an append can be evicted");

    let mut newer = host.open(put("bytes 0-10/11", OBJECT));
    assert_eq!(host.due(&newer), format!("fence epoch 2, evict request {}", id.get()));
    let Ok(Step::Fence { evict, .. }) = host.session.step(&newer.ticket) else { panic!("it is fenced") };
    assert_eq!(evict, Some(id));
    assert_eq!(host.session.state(), State::Open { writer: newer.ticket.id() });
    assert_eq!(host.finish(&mut newer), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r25_an_append_without_an_older_one_evicts_nobody() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let append = host.open(put("bytes 0-10/11", OBJECT));
    assert_eq!(host.due(&append), "fence epoch 1");
}

#[test]
fn r25_the_older_one_is_closed_without_an_answer() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let mut older = writing(&mut host, b"abc");
    let newer = writing(&mut host, b"");
    assert_eq!(host.due(&older), SUPERSEDED);
    assert_eq!(host.finish(&mut older), "closed");
    assert!(host.session.step(&newer.ticket).is_ok());
}

#[test]
fn r25_a_stale_ticket_gets_superseded_for_every_call() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let mut older = writing(&mut host, b"abc");
    let newer = writing(&mut host, b"ab");
    let before = (host.session.clone(), older.ticket.clone());

    let session = &mut host.session;
    let refused = Err(ServerError::Superseded(Superseded));
    assert_eq!(session.step(&older.ticket), Err(Superseded));
    assert_eq!(session.handle_body(&mut older.ticket, b"d"), refused.map(|()| unreachable!()));
    assert_eq!(session.handle_body(&mut older.ticket, b""), refused.map(|()| unreachable!()));
    for end in [BodyEnd::Clean, BodyEnd::Cut] {
        assert_eq!(session.handle_body_end(&mut older.ticket, end), refused);
    }
    for reply in [
        StoreReply::Fenced(session.snapshot()),
        StoreReply::Stale(Epoch::from_record(9)),
        StoreReply::Synced(Persisted::confirmed(3)),
        StoreReply::Committed,
        StoreReply::Discarded,
        StoreReply::Failed(Fault::Full),
        StoreReply::Rejected(Rejection::Checksum),
    ] {
        assert_eq!(session.handle_store(&mut older.ticket, reply), refused, "{reply:?}");
    }
    assert_eq!((session.clone(), older.ticket.clone()), before, "nothing has moved");

    session.handle_abandoned(older.ticket);
    assert_eq!(host.session, before.0, "nor does its end disturb the newer one");
    assert_eq!(host.due(&newer), "read the body, at most 9 bytes");
}

#[test]
fn r25_a_status_request_does_not_stop_an_upload_where_overlap_is_skipped() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let mut append = writing(&mut host, b"abcdefg");
    for question in ["bytes */*", "bytes */11", "bytes */7"] {
        // What has been received is not told: it is not persisted.
        assert_eq!(host.refuses(status(question)), "308");
    }
    let mut chunked = host.open(status("bytes */*").chunked());
    assert_eq!(host.due(&chunked), "read the body, at most 0 bytes");
    assert_eq!(host.finish(&mut chunked), "308");
    assert_eq!(host.due(&append), "read the body, at most 4 bytes");
    let session = &mut host.session;
    session.handle_body_end(&mut append.ticket, BodyEnd::Cut).expect("it still writes");
    assert_eq!(host.finish(&mut append), "closed");
    assert_eq!(host.send(status("bytes */*")), "308 bytes=0-6");
}

#[test]
fn r25_a_status_request_stops_the_append_where_overlap_is_a_conflict() {
    let mut host = Host::new(policy(Contention::Preempt, Overlap::Conflict), ELEVEN);
    let append = writing(&mut host, b"abcdefg");
    let id = append.ticket.id().expect("an append").get();

    let mut question = host.open(status("bytes */*"));
    assert_eq!(host.due(&question), format!("fence epoch 2, evict request {id}"));
    assert_eq!(host.finish(&mut question), "308");
    assert_eq!(host.due(&append), SUPERSEDED, "or the answer would not hold");
    assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200");
}

#[test]
fn r25_a_close_stops_the_append_that_is_being_read() {
    // All of the object is persisted, and an older connection still resends it.
    let mut host = Host::holding(Policy::default(), ELEVEN, OBJECT);
    let older = writing(&mut host, b"abc");
    let mut close = host.open(status("bytes */11"));
    assert!(host.due(&close).starts_with("fence epoch 2, evict request "));
    assert_eq!(host.finish(&mut close), "200");
    assert_eq!(host.due(&older), SUPERSEDED);
}

#[test]
fn r25_a_cancel_stops_the_append_that_is_being_read() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let older = writing(&mut host, b"abc");
    let mut cancel = host.open(delete());
    assert!(host.due(&cancel).starts_with("fence epoch 2, evict request "));
    assert_eq!(host.finish(&mut cancel), "499");
    assert_eq!(host.due(&older), SUPERSEDED);
}

#[test]
fn r25_a_refused_append_stops_nobody() {
    let refused: [Request<'static>; 4] = [
        put("bytes 5-10/11", b"fghijk"),
        put("bytes 0-11/12", b"abcdefghijkl"),
        put("bytes 0-10/11", b"abc"),
        put("bytes */*", b"x"),
    ];
    for request in refused {
        let mut host = Host::new(Policy::default(), ELEVEN);
        let append = writing(&mut host, b"abc");
        host.refuses(request);
        assert_eq!(host.due(&append), "read the body, at most 8 bytes");
    }
}

#[test]
fn r25_of_three_appends_the_newest_writes() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let first = writing(&mut host, b"abc");
    let second = host.open(put("bytes 0-10/11", OBJECT));
    let mut third = host.open(put("bytes 0-10/11", OBJECT));
    // The second is evicted before it was fenced; so the first may still be connected, but it is stale as well.
    let id = second.ticket.id().expect("an append").get();
    assert_eq!(host.due(&third), format!("fence epoch 3, evict request {id}"));
    assert_eq!((host.due(&first), host.due(&second)), (SUPERSEDED.into(), SUPERSEDED.into()));
    assert_eq!(host.finish(&mut third), "200");
}

#[test]
fn r25_where_a_newer_append_is_refused_the_older_one_goes_on() {
    for overlap in [Overlap::Skip, Overlap::Conflict] {
        let mut host = Host::new(policy(Contention::Refuse, overlap), ELEVEN);
        let mut older = host.open(put("bytes 0-10/11", OBJECT));
        host.until(&mut older, "read the body, at most 11 bytes");
        assert_eq!(host.refuses(put("bytes 0-10/11", OBJECT)), "503 the upload is being worked on, ask again");
        assert!(host.fields().contains(&"Retry-After: 1".into()));
        assert_eq!(host.finish(&mut older), "200");
    }
}

#[test]
fn r25_where_a_newer_append_is_refused_it_is_taken_after_the_older_one_has_ended() {
    let mut host = Host::new(policy(Contention::Refuse, Overlap::Skip), ELEVEN);
    let older = writing(&mut host, b"abcd");
    host.refuses(put("bytes 0-10/11", OBJECT));
    host.session.handle_abandoned(older.ticket);
    assert_eq!(host.session.state(), State::Open { writer: None });
    assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200");
}

#[test]
fn r25_where_a_newer_append_is_refused_a_status_request_is_answered() {
    let mut host = Host::new(policy(Contention::Refuse, Overlap::Skip), ELEVEN);
    let append = writing(&mut host, b"abcd");
    assert_eq!(host.refuses(status("bytes */11")), "308");
    assert_eq!(host.due(&append), "read the body, at most 7 bytes");
}

#[test]
fn r25_an_answered_request_is_no_contention() {
    let mut host = Host::new(policy(Contention::Refuse, Overlap::Skip), ELEVEN);
    let mut first = host.open(put("bytes 0-3/11", b"abcd"));
    host.until(&mut first, "respond incomplete, 4 persisted");
    assert_eq!(host.session.state(), State::Open { writer: None });
    let second = host.open(put("bytes 4-10/11", &OBJECT[4..]));
    assert_eq!(host.due(&second), "fence epoch 2");
    // The answer of the first is still good, however late it is written.
    assert_eq!(host.finish(&mut first), "308 bytes=0-3");
}

#[test]
fn r24_a_copy_of_a_ticket_is_busy_once_the_other_one_ends_the_upload() {
    let mut session = Session::new(Policy::default(), ELEVEN).expect("there is no limit");
    let mut ticket = session.handle_request(Intent::Cancel);
    let mut copy = ticket.clone();
    let record = session.snapshot();
    session.handle_store(&mut ticket, StoreReply::Fenced(record)).expect("a fence is due");
    assert_eq!(session.step(&ticket).expect("it holds the session").to_string(), "discard");
    session.handle_store(&mut copy, StoreReply::Fenced(record)).expect("a fence is due");
    let due = session.step(&copy).expect("it is answered").to_string();
    assert_eq!(due, "respond refused: the upload is being worked on, ask again");
}
