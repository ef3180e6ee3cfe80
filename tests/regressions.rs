//! Faults that were found once, each as the test that showed it; and everything that the fuzzers have kept.
#![allow(clippy::unwrap_used)]

use resumable::client::{ClientPolicy, Step as ClientStep, Upload, Verdict};
use resumable::server::{Answer, BodyEnd, Session, Step, StoreReply};
use resumable::{Append, ClientSnapshot, Epoch, Extent, Intent, Persisted, Policy, Saved, Snapshot};

#[path = "../fuzz/src/lib.rs"]
#[allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, dead_code, unreachable_pub)]
mod fuzz_bodies;

/// Every target runs over its corpus; there is no other folder, and it is all small enough to stay in the repository.
#[test]
fn the_corpus_of_every_fuzz_target_breaks_no_promise() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus");
    let mut bytes = 0;
    for (name, run) in fuzz_bodies::TARGETS {
        let mut files = 0;
        for entry in std::fs::read_dir(format!("{corpus}/{name}")).unwrap() {
            let path = entry.unwrap().path();
            let input = std::fs::read(&path).unwrap();
            // Named before it runs: a failure says which file it was.
            println!("{}", path.display());
            run(&input);
            bytes += input.len();
            files += 1;
        }
        assert!(files >= 20, "expected a corpus for {name}, found {files} files");
    }
    assert!(bytes < 1 << 20, "expected less than 1 MiB of corpus, found {bytes} bytes");
    assert_eq!(std::fs::read_dir(corpus).unwrap().count(), fuzz_bodies::TARGETS.len());
}

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

/// The server had a whole object of an earlier process, so the host was told that it may drop what it had read of its
/// source; given up, the upload went back on that (found by the fuzz target `client`).
#[test]
fn what_the_host_may_drop_does_not_fall_when_a_resumed_upload_is_given_up() {
    let record = ClientSnapshot { persisted: 3, total: None };
    let mut upload = Upload::resume(record, ClientPolicy::default(), 7);
    let ClientStep::Send { attempt, .. } = upload.step() else { panic!("{}", upload.step()) };
    upload.handle_response(attempt, Verdict::Complete { size: Some(11) }).unwrap();
    upload.handle_source(7, false).unwrap();
    assert_eq!(upload.persisted(), Persisted::confirmed(7));

    let mut cancelled = upload.clone();
    cancelled.cancel();
    assert_eq!(cancelled.persisted(), Persisted::confirmed(7));

    upload.handle_source(7, true).unwrap();
    assert_eq!(upload.step().to_string(), "failed: expected an object of 7 bytes at the server, got 11");
    assert_eq!(upload.persisted(), Persisted::confirmed(7));
}

/// The policy was made stricter after the total had been declared; the limit of a body still followed the total, so a
/// host that read no more than the limit was refused (found by the fuzz target `server`).
#[test]
fn the_limit_of_a_body_keeps_to_a_policy_that_is_stricter_than_the_declared_total() {
    let policy = Policy { max_size: 7, ..Policy::default() };
    let record = Snapshot { epoch: Epoch::NONE, persisted: 0, total: Some(11), state: Saved::Open };
    let mut session = Session::restore(policy, record).unwrap();
    let append = Append { at: 0, extent: Extent::Last, total: None, body: None };
    let mut ticket = session.handle_request(Intent::Append(append));
    session.handle_store(&mut ticket, StoreReply::Fenced(Snapshot { epoch: Epoch::from_record(1), ..record })).unwrap();
    assert_eq!(session.step(&ticket), Ok(Step::ReadBody { limit: 7 }));
    session.handle_body(&mut ticket, b"1234567").unwrap();
    assert_eq!(session.step(&ticket), Ok(Step::ReadBody { limit: 0 }));
}
