//! What is answered, and when (R20 to R24, R26).

use resumable::google::CancelStatus;
use resumable::server::{Answer, Rejection, State, StoreReply};
use resumable::{Policy, Saved};

use crate::OBJECT;
use crate::host::Host;
use crate::request::{Request, delete, put, put_whole, status};

const ELEVEN: Option<u64> = Some(11);

/// Every kind of request that asks something of a session, but for DELETE.
fn requests() -> [Request<'static>; 9] {
    [
        put("bytes 0-10/11", OBJECT),
        put("bytes 4-6/*", b"EFG"),
        put("bytes 4-*/*", b"EFG"),
        put("bytes 99-100/101", b"yz"),
        put_whole(b"xyz"),
        put_whole(b""),
        status("bytes */*"),
        status("bytes */11"),
        status("bytes */3").method("POST"),
    ]
}

/// An upload that is complete.
fn complete() -> Host {
    let mut host = Host::new(Policy::default(), None);
    assert_eq!(host.send(put("bytes 0-10/11", OBJECT)), "200");
    host
}

/// An upload whose commit was rejected for good.
fn dead() -> Host {
    let mut host = Host::holding(Policy::default(), None, OBJECT);
    host.store_says(StoreReply::Fenced(host.session.snapshot()));
    host.store_says(StoreReply::Rejected(Rejection::Checksum));
    host.send(status("bytes */11"));
    host
}

/// An upload that the server gave up.
fn expired() -> Host {
    let mut host = Host::holding(Policy::default(), None, b"abcd");
    let mut expiry = host.expire();
    assert_eq!(host.finish(&mut expiry), "closed");
    host
}

#[test]
fn r20_308_has_the_range_an_empty_body_and_never_a_location() {
    let mut host = Host::new(Policy::default(), None);
    assert_eq!(host.send(put("bytes 0-6/11", &OBJECT[..7])), "308 bytes=0-6");
    assert_eq!(host.fields(), ["Range: bytes=0-6", "Content-Length: 0"]);
    assert_eq!(host.send(status("bytes */11")), "308 bytes=0-6");
    assert_eq!(host.fields(), ["Range: bytes=0-6", "Content-Length: 0"]);
}

#[test]
fn r20_308_has_no_range_when_nothing_is_persisted() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    assert_eq!(host.send(status("bytes */11")), "308");
    assert_eq!(host.fields(), ["Content-Length: 0"]);
}

#[test]
fn r20_one_byte_is_the_range_from_zero_to_zero() {
    let mut host = Host::new(Policy::default(), None);
    assert_eq!(host.send(put("bytes 0-0/*", b"a")), "308 bytes=0-0");
}

#[test]
fn r21_no_308_turns_it_into_200_with_the_status_in_a_field() {
    let mut host = Host::new(Policy::default(), None);
    let quiet = |request: Request<'static>| request.field("X-GUploader-No-308", "yes");

    assert_eq!(host.send(quiet(status("bytes */*"))), "200 (308)");
    assert_eq!(host.fields(), ["X-HTTP-Status-Code-Override: 308", "Content-Length: 0"]);
    assert!(!host.reply.expect("a reply").is_complete());

    assert_eq!(host.send(quiet(put("bytes 0-6/11", b"abcdefg"))), "200 (308) bytes=0-6");
    assert_eq!(host.fields(), ["Range: bytes=0-6", "X-HTTP-Status-Code-Override: 308", "Content-Length: 0"]);

    assert_eq!(host.send(quiet(put("bytes 7-10/11", b"hijk"))), "200");
    assert!(host.reply.expect("a reply").is_complete());
}

#[test]
fn r21_no_308_changes_no_other_answer() {
    let mut host = Host::new(Policy::default(), ELEVEN);
    let line = host.refuses(put("bytes 4-6/11", b"efg").field("x-guploader-no-308", "yes"));
    assert!(line.starts_with("503 "), "{line}");
}

#[test]
fn r22_after_completion_every_put_and_post_gets_the_success_again() {
    for request in requests() {
        let mut host = complete();
        assert_eq!(host.refuses(request.clone()), "200", "{request:?}");
        assert_eq!(host.outcome.expect("an answer").answer, Answer::Complete { size: 11 });
        assert_eq!(host.refuses(request.clone().method("POST").chunked()), "200");
        assert_eq!((host.object(), host.store.borrow().commits), (Some(OBJECT.to_vec()), 1));
    }
}

#[test]
fn r22_after_completion_delete_gets_404_and_deletes_nothing() {
    let mut host = complete();
    assert_eq!(host.refuses(delete()), "404 the upload is complete and cannot be cancelled");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
    assert_eq!(host.send(status("bytes */*")), "200");
}

#[test]
fn r22_the_success_survives_a_crash() {
    let mut host = complete();
    host.crash();
    assert_eq!(host.session.state(), State::Complete);
    assert_eq!(host.refuses(put("bytes 0-10/11", OBJECT)), "200");
}

#[test]
fn r23_delete_discards_and_is_499() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    assert_eq!(host.send(delete()), "499");
    assert_eq!(host.steps, ["fence epoch 1", "discard", "respond cancelled"]);
    assert_eq!(host.fields(), ["Content-Length: 0"]);
    assert_eq!(host.store.borrow().durable, b"");
    assert_eq!(host.store.borrow().record.state, Saved::Cancelled);
}

#[test]
fn r23_delete_is_204_by_option() {
    let mut host = Host::holding(Policy::default(), ELEVEN, b"abcd");
    host.options.cancel = CancelStatus::NoContent204;
    assert_eq!(host.send(delete()), "204");
    assert!(host.fields().is_empty(), "RFC 9110: a 204 has no Content-Length");
    let line = host.refuses(status("bytes */*"));
    assert_eq!(line, "499 the upload was cancelled", "the option is for the DELETE");
}

#[test]
fn r23_after_a_cancel_data_and_status_get_499() {
    for request in requests() {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        host.send(delete());
        assert_eq!(host.refuses(request), "499 the upload was cancelled");
        host.crash();
        assert_eq!(host.refuses(status("bytes */*")), "499 the upload was cancelled");
    }
}

#[test]
fn r23_a_second_delete_gets_the_same_answer_and_discards_nothing_more() {
    for (option, line) in [(CancelStatus::ClientClosed499, "499"), (CancelStatus::NoContent204, "204")] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        host.options.cancel = option;
        assert_eq!(host.send(delete()), line);
        assert_eq!(host.refuses(delete()), line);
    }
}

#[test]
fn r23_after_it_has_expired_everything_gets_404() {
    for request in requests().into_iter().chain([delete()]) {
        let mut host = expired();
        assert_eq!(host.refuses(request.clone()), "404 the upload has expired");
        host.crash();
        assert_eq!(host.refuses(request), "404 the upload has expired");
    }
}

#[test]
fn r23_after_a_commit_that_failed_for_good_everything_gets_410() {
    for request in requests().into_iter().chain([delete()]) {
        let mut host = dead();
        let line = "410 the upload is dead, its commit failed for good";
        assert_eq!(host.refuses(request.clone()), line);
        host.crash();
        assert_eq!(host.refuses(request), line);
    }
}

#[test]
fn r24_while_committing_other_requests_get_503_with_retry_after_1() {
    for request in requests().into_iter().chain([delete()]) {
        let mut host = Host::new(Policy::default(), None);
        let mut append = host.open(put("bytes 0-10/11", OBJECT));
        host.until(&mut append, "commit 11 bytes");

        assert_eq!(host.refuses(request.clone()), "503 the upload is being worked on, ask again", "{request:?}");
        assert!(host.fields().contains(&"Retry-After: 1".into()));

        assert_eq!(host.finish(&mut append), "200");
        assert_eq!(host.object(), Some(OBJECT.to_vec()));
    }
}

#[test]
fn r24_while_discarding_other_requests_get_503_with_retry_after_1() {
    for request in requests() {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        let mut cancel = host.open(delete());
        host.until(&mut cancel, "discard");
        assert_eq!(host.refuses(request), "503 the upload is being worked on, ask again");
        assert!(host.fields().contains(&"Retry-After: 1".into()));
        assert_eq!(host.finish(&mut cancel), "499");
    }
}

#[test]
fn r24_what_ends_while_the_store_discards_is_told_of_no_bytes() {
    for request in [put("bytes 0-3/11", b"abcd"), status("bytes */*").chunked()] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        let mut harmless = host.open(request);
        assert!(host.due(&harmless).starts_with("read the body"));
        let mut cancel = host.open(delete());
        host.until(&mut cancel, "discard");
        // The store may have removed the bytes already.
        assert_eq!(host.finish(&mut harmless), "503 the upload is being worked on, ask again");
        assert_eq!(host.finish(&mut cancel), "499");
    }
}

#[test]
fn r24_after_a_crash_before_the_commit_the_next_close_or_resend_asks_for_it_again() {
    for request in [
        status("bytes */11"),
        put("bytes 7-10/11", b"hijk"),
        put("bytes 0-10/11", OBJECT),
        put("bytes 4-*/*", &OBJECT[4..]),
        put_whole(OBJECT),
    ] {
        let mut host = Host::new(Policy::default(), None);
        let mut append = host.open(put("bytes 0-10/11", OBJECT));
        host.until(&mut append, "commit 11 bytes");
        assert!(matches!(host.session.state(), State::Finalizing { .. }));
        host.crash();
        assert_eq!(host.session.state(), State::Open { writer: None });

        assert_eq!(host.send(status("bytes */*")), "308 bytes=0-10");
        assert_eq!(host.send(request), "200");
        assert_eq!((host.object(), host.store.borrow().commits), (Some(OBJECT.to_vec()), 1));
    }
}

#[test]
fn r24_after_a_crash_of_the_commit_itself_it_is_asked_for_once_more() {
    let mut host = Host::new(Policy::default(), None);
    let mut append = host.open(put("bytes 0-10/11", OBJECT));
    host.until(&mut append, "commit 11 bytes");
    // The object was published, but neither the record nor the process survived.
    host.store.borrow_mut().object = Some(OBJECT.to_vec());
    host.crash();
    assert_eq!(host.send(status("bytes */11")), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r26_a_content_coding_is_415_before_the_body_is_read() {
    for coding in ["gzip", "br", "x-gzip, identity"] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        for request in [put("bytes 4-10/11", b"efghijk"), status("bytes */*")] {
            assert_eq!(
                host.refuses(request.field("Content-Encoding", coding)),
                "415 expected a body without Content-Encoding, got one with it"
            );
        }
    }
}

#[test]
fn r26_identity_is_no_content_coding() {
    for coding in ["identity", "Identity", ""] {
        let mut host = Host::holding(Policy::default(), None, b"abcd");
        let request = put("bytes 4-10/11", b"efghijk").field("Content-Encoding", coding);
        assert_eq!(host.send(request), "200");
    }
}

#[test]
fn r26_ranges_count_decoded_bytes_where_the_host_decodes_them() {
    // The Content-Length is that of the coded body; what is fed is decoded.
    let mut host = Host::new(Policy::default(), None);
    host.options.decodes_content = true;
    let gzip = |request: Request<'static>, length| request.length(length).field("Content-Encoding", "gzip");
    assert_eq!(host.send(gzip(put("bytes 0-6/*", b"abcdefg"), 27)), "308 bytes=0-6");
    assert_eq!(
        host.send(gzip(put("bytes 7-10/11", b"hij"), 4)),
        "400 expected a body of 4 bytes as the range says, got 3",
        "the length of the coded body proves nothing"
    );
    assert_eq!(host.send(gzip(put("bytes 7-10/11", b"hijk"), 24)), "200");
    assert_eq!(host.object(), Some(OBJECT.to_vec()));
}

#[test]
fn r26_a_coded_status_request_must_decode_to_nothing() {
    // google-api-java-client gzips even those; an empty gzip member has 20 bytes.
    let mut host = Host::holding(Policy::default(), None, OBJECT);
    host.options.decodes_content = true;
    let gzip = |body| put("bytes */*", body).length(20).field("Content-Encoding", "gzip");
    assert_eq!(host.send(gzip(b"")), "308 bytes=0-10");
    assert_eq!(host.send(gzip(b"x")), "400 expected a status request without a body, got one with a body");
    let close = put("bytes */11", b"").length(20).field("Content-Encoding", "gzip");
    assert_eq!(host.send(close), "200");
}

#[test]
fn r26_a_plain_body_is_still_compared_with_its_range_where_the_host_decodes_others() {
    let mut host = Host::new(Policy::default(), None);
    host.options.decodes_content = true;
    assert_eq!(
        host.refuses(put("bytes 0-6/*", b"abc")),
        "400 expected a body of 7 bytes as the range says, got a length of 3"
    );
}
