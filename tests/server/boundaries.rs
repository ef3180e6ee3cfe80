//! The smallest and the largest numbers there are, and bodies that arrive in any pieces.

use resumable::google::{Echo, Options, encode_reply};
use resumable::server::{Answer, BodyEnd, Refusal, Session, Step, StoreReply, Ticket};
use resumable::{Append, Epoch, Extent, Intent, Persisted, Policy, Saved, Snapshot, Status};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{put, put_whole, status};

const MAX: u64 = u64::MAX;

/// An upload of which so many bytes are persisted. No store is asked for them.
fn persisted(persisted: u64, total: Option<u64>) -> Session {
    let record = Snapshot { epoch: Epoch::NONE, persisted, total, state: Saved::Open };
    Session::restore(Policy::default(), record).expect("an upload can have it")
}

fn append(at: u64, extent: Extent, total: Option<u64>, body: Option<u64>) -> Intent {
    Intent::Append(Append { at, extent, total, body })
}

/// Serves a request whose body is `chunk`, with a store that confirms everything.
fn serve(session: &mut Session, ticket: &mut Ticket, chunk: &[u8]) -> Answer {
    let mut chunk = Some(chunk);
    for _ in 0..100 {
        let reply = match session.step(ticket).expect("the newest") {
            Step::Fence { .. } => StoreReply::Fenced(session.snapshot()),
            Step::Sync { to, .. } => StoreReply::Synced(Persisted::confirmed(to.get())),
            Step::Commit { .. } => StoreReply::Committed,
            Step::Respond(outcome) => return outcome.answer,
            _ => {
                match chunk.take() {
                    Some(chunk) => session.handle_body(ticket, chunk).map(drop),
                    None => session.handle_body_end(ticket, BodyEnd::Clean),
                }
                .expect("a body is due");
                continue;
            }
        };
        session.handle_store(ticket, reply).expect("it is due");
    }
    panic!("the request does not end");
}

#[test]
fn totals_from_zero_to_the_largest_can_be_declared() {
    for total in [0, 1, MAX - 1, MAX] {
        let mut host = Host::new(Policy::default(), Some(total));
        assert_eq!(host.send(status("bytes */*")), "308");
        assert_eq!(host.session.total(), Some(total));
    }
}

#[test]
fn an_object_of_no_byte_and_of_one_byte() {
    for (request, object) in [
        (put_whole(b""), &b""[..]),
        (status("bytes */0"), b""),
        (put_whole(b"a"), b"a"),
        (put("bytes 0-0/1", b"a"), b"a"),
        (put("bytes 0-*/1", b"a").chunked(), b"a"),
    ] {
        let mut host = Host::new(Policy::default(), None);
        assert_eq!(host.send(request), "200");
        assert_eq!(host.object().as_deref(), Some(object));
    }
}

#[test]
fn no_byte_is_never_a_range() {
    for range in ["bytes 0-0/0", "bytes 11-11/11", "bytes 0--1/0", "bytes 11-10/11"] {
        let mut host = Host::new(Policy::default(), None);
        let line = host.refuses(put(range, b""));
        assert!(line.starts_with("400 Failed to parse Content-Range header"), "{line}");
    }
}

#[test]
fn the_last_byte_of_the_largest_object_completes_it() {
    for total in [MAX - 1, MAX] {
        for extent in [Extent::To(total), Extent::Last] {
            for named in [None, Some(total)] {
                let mut session = persisted(total - 1, Some(total));
                let intent = append(total - 1, extent, named, Some(1));
                let mut ticket = session.handle_request(intent);
                let answer = serve(&mut session, &mut ticket, b"z");
                assert_eq!(answer, Answer::Complete { size: total });
            }
        }
    }
}

#[test]
fn no_byte_goes_past_the_largest_offset() {
    let largest = Answer::Refused(Refusal::TooLarge { max_size: MAX, size: MAX });
    // Two bytes where one fits, with a length and without one.
    for (body, chunk) in [(Some(2), &b"yz"[..]), (None, b"yz"), (Some(MAX), b"")] {
        let mut session = persisted(MAX - 1, None);
        let mut ticket = session.handle_request(append(MAX - 1, Extent::Last, None, body));
        assert_eq!(serve(&mut session, &mut ticket, chunk), largest);
        assert_eq!(session.persisted().get(), MAX - 1);
    }
}

#[test]
fn an_unlimited_body_counts_up_to_the_largest_offset() {
    let mut session = persisted(MAX - 1, None);
    let mut ticket = session.handle_request(append(MAX - 1, Extent::Last, None, None));
    assert_eq!(serve(&mut session, &mut ticket, b"z"), Answer::Complete { size: MAX });
}

#[test]
fn the_limit_of_a_body_is_what_may_still_come() {
    let limit = |session: &Session, ticket: &Ticket| match session.step(ticket) {
        Ok(Step::ReadBody { limit }) => limit,
        step => panic!("{step:?}"),
    };
    for (at, extent, max_size, expected) in [
        (0, Extent::Last, MAX, MAX),
        (0, Extent::Last, 20, 20),
        (7, Extent::Last, 20, 13),
        (7, Extent::To(11), 20, 4),
        (0, Extent::To(11), 20, 11),
        (7, Extent::Last, MAX, MAX - 7),
    ] {
        let policy = Policy { max_size, ..Policy::default() };
        let record = Snapshot { epoch: Epoch::NONE, persisted: 7, total: None, state: Saved::Open };
        let mut session = Session::restore(policy, record).expect("an upload can have it");
        let mut ticket = session.handle_request(append(at, extent, None, None));
        let fenced = StoreReply::Fenced(session.snapshot());
        session.handle_store(&mut ticket, fenced).expect("a fence is due");
        assert_eq!(limit(&session, &ticket), expected);
        session.handle_body(&mut ticket, b"abc").expect("a body is due");
        assert_eq!(limit(&session, &ticket), expected - 3);
    }
}

#[test]
fn a_close_at_the_largest_offset() {
    let mut session = persisted(MAX, None);
    let status = Status { total: Some(MAX), body: Some(0) };
    let mut ticket = session.handle_request(Intent::Status(status));
    assert_eq!(serve(&mut session, &mut ticket, b""), Answer::Complete { size: MAX });
}

#[test]
fn the_largest_offset_on_the_wire() {
    let record = Snapshot { epoch: Epoch::NONE, persisted: MAX, total: None, state: Saved::Open };
    let mut session = Session::restore(Policy::default(), record).expect("an upload can have it");
    let ticket = session.handle_request(Intent::Status(Status { total: None, body: Some(0) }));
    let Ok(Step::Respond(outcome)) = session.step(&ticket) else { panic!("an answer is due") };
    let reply = encode_reply(&outcome, Echo::default(), &Options::default());
    assert_eq!(reply.to_string(), "308 bytes=0-18446744073709551614");

    // One byte more has no offset: a last position of 2^64 - 1 has no end.
    let mut host = Host::new(Policy::default(), None);
    let line = host.refuses(put("bytes 0-18446744073709551615/*", b"a"));
    assert!(line.starts_with("400 Failed to parse"), "{line}");
}

#[test]
fn a_gap_at_the_largest_offset() {
    let mut host = Host::new(Policy::default(), None);
    for range in ["bytes 18446744073709551614-*/*", "bytes 18446744073709551613-18446744073709551614/*"] {
        let request = put(range, b"").chunked();
        let line = host.refuses(request);
        assert!(line.ends_with("exceeds already uploaded size of 0 byte(s)."), "{line}");
    }
    let line = host.refuses(put("bytes 18446744073709551615-*/*", b"a"));
    assert!(line.starts_with("413 ") || line.starts_with("503 "), "{line}");
}

#[test]
fn every_split_of_a_body_gives_the_same_object() {
    for chunked in [false, true] {
        for persisted in [0, 3, 7] {
            for first in 0..=11 {
                for second in first..=11 {
                    let mut host = Host::holding(Policy::default(), None, &OBJECT[..persisted]);
                    let request = put("bytes 0-10/11", OBJECT).split_at(first, second);
                    let request = if chunked { request.chunked() } else { request };
                    assert_eq!(host.send(request), "200", "{first} {second}");
                    assert_eq!(host.object(), Some(OBJECT.to_vec()), "{first} {second}");
                }
            }
        }
    }
}

#[test]
fn every_split_of_a_body_that_is_too_long_gives_the_same_refusal() {
    for first in 0..=11 {
        for second in first..=11 {
            let mut host = Host::new(Policy::default(), None);
            let request = put("bytes 0-6/*", OBJECT).chunked().split_at(first, second);
            assert_eq!(host.send(request), "400 expected a body of 7 bytes as the range says, got more");
            assert_eq!(host.persisted(), 0);
        }
    }
}

#[test]
fn every_split_of_a_cut_body_keeps_the_same_bytes() {
    for arrived in 0..=11 {
        for first in 0..=arrived {
            let mut host = Host::new(Policy::default(), None);
            let body = &OBJECT[..arrived];
            let request = put("bytes 0-10/11", body).length(11).split_at(first, arrived).cut();
            assert_eq!(host.send(request), "closed");
            assert_eq!(host.store.borrow().durable, body);
        }
    }
}
