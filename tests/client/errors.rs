//! Every error of the client side, as it comes about, with its text; and that a call that fails changes nothing.

use core::time::Duration;

use crate::harness::{SEED, answer, attempt, chunks, created, incomplete, known, play};
use resumable::client::{ChunkSize, ChunkSizeError, ClientError, ClientPolicy, Failure, Length, Retry, Step};
use resumable::client::{Upload, Verdict, Violation};
use resumable::google::encode_request;
use resumable::{Append, ClientSnapshot, Extent, Intent, Persisted};

/// The upload has failed like this, and says so with these words.
#[track_caller]
fn failed(upload: &Upload, failure: Failure, text: &str) {
    assert_eq!(upload.step(), Step::Failed(failure));
    assert_eq!(failure.to_string(), text);
    assert_eq!(upload.step().to_string(), format!("failed: {text}"));
    assert_eq!(upload.snapshot(), None);
}

#[test]
fn failure_refused() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 412");
    failed(&upload, Failure::Refused { code: 412 }, "the server refused the request with 412");
}

#[test]
fn failure_gone() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 410");
    failed(&upload, Failure::Gone, "the session is gone");
}

#[test]
fn failure_cancelled() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 499");
    failed(&upload, Failure::Cancelled, "the session was cancelled by somebody else");
}

#[test]
fn failure_server_ahead() {
    let mut upload = created(Length::Known(11), chunks(3, 1));
    play(&mut upload, "> PUT bytes 0-2/11\n< 308 bytes=0-6");
    failed(
        &upload,
        Failure::ServerAhead { sent: 3, persisted: Persisted::confirmed(7) },
        "expected the server to have at most the 3 bytes that were sent, got 7",
    );
}

#[test]
fn failure_server_behind() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(&mut upload, "> PUT bytes 0-6/11\n< 308 bytes=0-6\n> PUT bytes 7-10/11\n< 308 bytes=0-2");
    failed(
        &upload,
        Failure::ServerBehind { acknowledged: Persisted::confirmed(7), persisted: Persisted::confirmed(3) },
        "expected the server to have at least the 7 bytes it acknowledged, got 3",
    );
}

#[test]
fn failure_complete_early() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    play(&mut upload, "> PUT bytes 0-6/11\n< 200");
    failed(
        &upload,
        Failure::CompleteEarly { sent: 7, total: Some(11) },
        "expected success after everything was sent, got it after 7 bytes of 11",
    );
    let mut upload = created(Length::Unknown, chunks(7, 1));
    play(&mut upload, "! source 7\n> PUT bytes 0-6/*\n< 200");
    failed(
        &upload,
        Failure::CompleteEarly { sent: 7, total: None },
        "expected success after everything was sent, got it after 7 bytes of a source that has not ended",
    );
}

#[test]
fn failure_size_differs() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 200 x-goog-stored-content-length: 7");
    failed(&upload, Failure::SizeDiffers { total: 11, size: 7 }, "expected an object of 11 bytes at the server, got 7");
}

#[test]
fn failure_source_too_short() {
    let record = ClientSnapshot { persisted: 3, total: None };
    let mut upload = Upload::resume(record, chunks(3, 1), SEED);
    play(&mut upload, "> PUT bytes */*\n< 308 bytes=0-10\n> fill to 14\n! source 7 end");
    failed(
        &upload,
        Failure::SourceTooShort { acknowledged: Persisted::confirmed(11), total: 7 },
        "expected a source of at least the 11 bytes that the server has, got 7",
    );
}

#[test]
fn failure_violation() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 308 bytes=3-6");
    failed(
        &upload,
        Failure::Violation(Violation::Range),
        "expected an answer that names the persisted bytes as one range from zero, got something else",
    );
}

#[test]
fn failure_too_many_attempts() {
    let retry = Retry { max_attempts: 3, ..Retry::default() };
    let mut upload = created(Length::Known(11), ClientPolicy { retry, ..ClientPolicy::default() });
    play(&mut upload, "< lost\n> wait\n< lost\n> wait\n< lost");
    failed(&upload, Failure::TooManyAttempts { attempts: 3 }, "no progress in 3 attempts");
}

#[test]
fn failure_wait_too_long() {
    let mut upload = known(11);
    play(&mut upload, "< 503 Retry-After: 601");
    failed(
        &upload,
        Failure::WaitTooLong { wanted: Duration::from_secs(601), limit: Duration::from_secs(600) },
        "no progress, and another try would make 601s of waiting, above the limit of 600s",
    );
}

#[test]
fn violation_range() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 308 bytes=0--1");
    failed(
        &upload,
        Violation::Range.into(),
        "expected an answer that names the persisted bytes as one range from zero, got something else",
    );
}

#[test]
fn violation_answer() {
    let mut upload = known(11);
    play(&mut upload, "> PUT bytes 0-10/11\n< 200 X-HTTP-Status-Code-Override: 404");
    failed(
        &upload,
        Violation::Answer { code: 200 }.into(),
        "expected an answer of another kind to this request, got one with code 200",
    );
}

#[test]
fn violation_address() {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    play(&mut upload, "> create 11 bytes\n< 200");
    failed(&upload, Violation::Address.into(), "expected the address of the new session, got none that can be used");
}

/// The call fails like this, says so with these words, and the upload is as it was.
#[track_caller]
fn unchanged(
    upload: &mut Upload,
    call: impl FnOnce(&mut Upload) -> Result<(), ClientError>,
    error: ClientError,
    text: &str,
) {
    let before = upload.clone();
    assert_eq!(call(upload), Err(error));
    assert_eq!(*upload, before, "a call that fails changes nothing");
    assert_eq!(error.to_string(), text);
}

#[test]
fn client_error_stale_attempt() {
    let mut upload = created(Length::Known(11), chunks(7, 1));
    let older = attempt(&upload);
    answer(&mut upload, incomplete(7));
    let current = attempt(&upload);
    let error = ClientError::StaleAttempt { current, got: older };
    let text = "expected an answer to attempt 3, got one to 2";
    for verdict in [
        incomplete(0),
        incomplete(11),
        Verdict::Complete { size: None },
        Verdict::Gone,
        Verdict::Cancelled,
        Verdict::Created,
        Verdict::Refused { code: 403 },
        Verdict::Unavailable { retry_after: None },
        Verdict::Violation(Violation::Range),
    ] {
        unchanged(&mut upload, |upload| upload.handle_response(older, verdict), error, text);
    }
    unchanged(&mut upload, |upload| upload.handle_lost(older), error, text);
}

#[test]
fn client_error_stale_attempt_when_no_request_is_due() {
    let waiting = {
        let mut upload = known(11);
        play(&mut upload, "> PUT bytes 0-10/11\n< 503");
        upload
    };
    let filling = created(Length::Unknown, chunks(3, 1));
    let done = {
        let mut upload = known(11);
        play(&mut upload, "> PUT bytes 0-10/11\n< 200");
        upload
    };
    let failed = {
        let mut upload = known(11);
        play(&mut upload, "> PUT bytes 0-10/11\n< 400");
        upload
    };
    for mut upload in [waiting, filling, done, failed] {
        // The newest attempt of each of them is answered already.
        for number in [1, 2] {
            let before = upload.clone();
            let got = nth_attempt(number);
            let stale = upload.handle_response(got, Verdict::Complete { size: None });
            assert!(matches!(stale, Err(ClientError::StaleAttempt { .. })), "{stale:?}");
            assert_eq!(upload.handle_lost(got), stale);
            assert_eq!(upload, before);
        }
    }
}

/// The attempt with this number, from 1, of any upload.
fn nth_attempt(number: u32) -> resumable::client::Attempt {
    let mut upload = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    while attempt(&upload).get() < number {
        answer(&mut upload, Verdict::Created);
    }
    attempt(&upload)
}

#[test]
fn client_error_not_waiting() {
    let text = "expected no call, or another one: no wait is due";
    let creating = Upload::new(Length::Known(11), ClientPolicy::default(), SEED);
    let sending = known(11);
    let filling = created(Length::Unknown, chunks(3, 1));
    let cancelling = {
        let mut upload = known(11);
        upload.cancel();
        upload
    };
    let done = {
        let mut upload = known(11);
        play(&mut upload, "< 200");
        upload
    };
    for mut upload in [creating, sending, filling, cancelling, done] {
        unchanged(&mut upload, Upload::handle_waited, ClientError::NotWaiting, text);
    }
}

#[test]
fn client_error_not_waiting_twice() {
    let mut upload = known(11);
    play(&mut upload, "< lost\n> wait\n> PUT bytes */11");
    assert_eq!(upload.handle_waited(), Err(ClientError::NotWaiting));
}

#[test]
fn client_error_source_shrank() {
    let mut upload = created(Length::Unknown, chunks(7, 1));
    play(&mut upload, "> fill to 7\n! source 5");
    for (available, ended) in [(4, false), (4, true), (0, true)] {
        unchanged(
            &mut upload,
            |upload| upload.handle_source(available, ended),
            ClientError::SourceShrank { expected: 5, available },
            &format!("expected a source of 5 bytes or more, got {available}"),
        );
    }
}

#[test]
fn client_error_source_shrank_below_a_known_length() {
    let mut upload = known(11);
    unchanged(
        &mut upload,
        |upload| upload.handle_source(7, true),
        ClientError::SourceShrank { expected: 11, available: 7 },
        "expected a source of 11 bytes or more, got 7",
    );
}

#[test]
fn client_error_source_grew() {
    let text = "expected a source of 11 bytes, got 12";
    let error = ClientError::SourceGrew { total: 11, available: 12 };
    let mut upload = known(11);
    let mut learned = created(Length::Unknown, ClientPolicy::default());
    play(&mut learned, "! source 11 end");
    for ended in [false, true] {
        unchanged(&mut upload, |upload| upload.handle_source(12, ended), error, text);
        unchanged(&mut learned, |upload| upload.handle_source(12, ended), error, text);
    }
}

#[test]
fn a_source_that_says_what_is_known_already_changes_nothing() {
    let mut upload = known(11);
    let before = upload.clone();
    assert_eq!(upload.handle_source(11, true), Ok(()));
    assert_eq!(upload.handle_source(11, false), Ok(()));
    assert_eq!(upload, before);
}

#[test]
fn chunk_size_error() {
    let error = ChunkSize::new(500_000, 262_144).unwrap_err();
    assert_eq!(error, ChunkSizeError { granularity: 262_144, bytes: 500_000 });
    assert_eq!(error.to_string(), "expected a chunk size above zero that is a multiple of 262144 bytes, got 500000");
    let error = ChunkSize::google(0).unwrap_err();
    assert_eq!(error.to_string(), "expected a chunk size above zero that is a multiple of 262144 bytes, got 0");
}

#[test]
fn unencodable() {
    let append = |at, extent, total| Intent::Append(Append { at, extent, total, body: None });
    for (intent, text) in [
        (append(7, Extent::Body, None), "expected an append with bytes in it and an end, got append 7.."),
        (append(7, Extent::To(7), None), "expected an append with bytes in it and an end, got append 7..7"),
        (append(7, Extent::To(3), Some(11)), "expected an append with bytes in it and an end, got append 7..3 of 11"),
        (append(7, Extent::To(12), Some(11)), "expected an append with bytes in it and an end, got append 7..12 of 11"),
        (
            append(12, Extent::Last, Some(11)),
            "expected an append with bytes in it and an end, got append 12..end of 11",
        ),
    ] {
        assert_eq!(encode_request(&intent).unwrap_err().to_string(), text);
    }
}
