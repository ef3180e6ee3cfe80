//! Faults that were found once, each as the test that showed it.

use resumable::server::{Answer, BodyEnd, Session, Step, StoreReply};
use resumable::{Append, Extent, Intent, Persisted, Policy};

/// A process that shares its store read the record of its own commit, for another request, before it was told that
/// the commit had worked; the request that had committed was then closed without its success.
#[test]
fn a_commit_is_answered_though_its_record_was_read_before() {
    let mut session = Session::new(Policy::default(), Some(7)).unwrap();
    let append = Append { at: 0, extent: Extent::To(7), total: Some(7), body: Some(7) };
    let mut ticket = session.handle_request(Intent::Append(append));
    let fenced = StoreReply::Fenced(session.snapshot());
    session.handle_store(&mut ticket, fenced).unwrap();
    session.handle_body(&mut ticket, b"1234567").unwrap();
    session.handle_body_end(&mut ticket, BodyEnd::Clean).unwrap();
    session.handle_store(&mut ticket, StoreReply::Synced(Persisted::confirmed(7))).unwrap();
    let Ok(Step::Commit { record, .. }) = session.step(&ticket) else { panic!("{:?}", session.step(&ticket)) };

    session.handle_record(record).unwrap();
    session.handle_store(&mut ticket, StoreReply::Committed).unwrap();
    let Ok(Step::Respond(outcome)) = session.step(&ticket) else { panic!("{:?}", session.step(&ticket)) };
    assert_eq!(outcome.answer, Answer::Complete { size: 7 });
}
