//! Answers: from a server's outcome to a client's verdict.

use core::time::Duration;

use http::{HeaderValue, Response, StatusCode};
use resumable::Persisted;
use resumable::client::{Verdict, Violation};
use resumable::google::{
    self, CancelStatus, Echo, GapStatus, Options, Reply, RequestError, decode_request, encode_reply,
};
use resumable::http::{decode_creation_reply, decode_reply, response};
use resumable::http1::{MAX_HEADERS, parse_response, write_response};
use resumable::server::{Answer, Outcome, Refusal};

fn answers() -> Vec<Answer> {
    let persisted = Persisted::confirmed(43);
    let refusals = [
        Refusal::Gap { at: 50, persisted },
        Refusal::Conflict { at: 7, persisted },
        Refusal::TotalChanged { declared: 100, named: 99 },
        Refusal::TotalBelowPersisted { total: 42, persisted },
        Refusal::BeyondTotal { end: 101, total: 100 },
        Refusal::LengthMismatch { range: 7, body: 3 },
        Refusal::BodyTooShort { range: 7, received: 3 },
        Refusal::BodyTooLong { range: 7 },
        Refusal::StatusWithBody,
        Refusal::TooSmall { granularity: 262_144, end: 7 },
        Refusal::TooLarge { max_size: 10, size: 11 },
        Refusal::Busy,
        Refusal::Unavailable,
        Refusal::StoreFull,
        Refusal::ChecksumMismatch,
        Refusal::PreconditionFailed,
        Refusal::Cancelled,
        Refusal::Expired,
        Refusal::Dead,
        Refusal::AlreadyComplete,
    ];
    let mut answers = vec![
        Answer::Incomplete { persisted: Persisted::ZERO },
        Answer::Incomplete { persisted: Persisted::confirmed(1) },
        Answer::Incomplete { persisted },
        Answer::Incomplete { persisted: Persisted::confirmed(u64::MAX) },
        Answer::Complete { size: 0 },
        Answer::Complete { size: 11 },
        Answer::Cancelled,
    ];
    answers.extend(refusals.map(Answer::Refused));
    answers
}

/// Every reply of a session, in every choice of the dialect.
fn replies() -> Vec<Reply> {
    let mut replies = Vec::new();
    for gap in [GapStatus::Unavailable503, GapStatus::Conflict409] {
        for cancel in [CancelStatus::ClientClosed499, CancelStatus::NoContent204] {
            let options = Options { gap, cancel, ..Options::default() };
            for no_308 in [false, true] {
                for answer in answers() {
                    for body_read in [false, true] {
                        replies.push(encode_reply(&Outcome { answer, body_read }, Echo { no_308 }, &options));
                    }
                }
            }
        }
    }
    replies
}

fn reply(answer: Answer) -> Reply {
    encode_reply(&Outcome { answer, body_read: true }, Echo::default(), &Options::default())
}

#[test]
fn r20_a_308_has_its_range_and_no_body() {
    let response = response(&reply(Answer::Incomplete { persisted: Persisted::confirmed(43) }));
    assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(response.headers()["range"], "bytes=0-42");
    assert_eq!(response.headers()["content-length"], "0");
    assert_eq!(response.headers().len(), 2, "and never a Location");
}

#[test]
fn r20_a_308_without_bytes_has_no_range() {
    let response = response(&reply(Answer::Incomplete { persisted: Persisted::ZERO }));
    assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(response.headers().len(), 1);
    assert_eq!(response.headers()["content-length"], "0");
}

#[test]
fn a_success_leaves_the_body_to_the_host() {
    let reply = reply(Answer::Complete { size: 11 });
    assert!(reply.is_complete());
    let response = response(&reply);
    assert_eq!((response.status(), response.headers().len()), (StatusCode::OK, 0));
}

#[test]
fn r23_499_is_a_status_though_it_has_no_name() {
    let response = response(&reply(Answer::Cancelled));
    assert_eq!(response.status().as_u16(), 499);
    assert_eq!(response.headers()["content-length"], "0");
}

#[test]
fn a_refusal_has_its_text() {
    let refused = reply(Answer::Refused(Refusal::Gap { at: 50, persisted: Persisted::confirmed(43) }));
    let response = response(&refused);
    let text = refused.text.expect("a text").to_string();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.headers()["content-length"], text.len().to_string().as_str());
}

#[test]
fn a_request_that_is_refused_before_its_session_has_its_status() {
    let no_fields: &[httparse::Header<'_>] = &[];
    let error = decode_request("GET", no_fields, Some(0), &Options::default()).unwrap_err();
    let response = response(&error.into());
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "PUT, POST, DELETE");
    for (error, status) in [(RequestError::RepeatedContentRange, 400), (RequestError::ContentEncoding, 415)] {
        assert_eq!(resumable::http::response(&error.into()).status().as_u16(), status);
    }
}

#[test]
fn the_bridge_and_the_wire_say_the_same() {
    let all = replies();
    assert_eq!(all.len(), 2 * 2 * 2 * 2 * answers().len());
    for reply in all {
        let (bridged, ()) = response(&reply).into_parts();
        let mut out = [0; 512];
        let fields = reply.fields();
        let len = write_response(&mut out, reply.status, fields.iter()).unwrap();
        let mut room = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let wire = parse_response(&out[..len], &mut room, "PUT").unwrap().expect("a whole head");
        assert_eq!(wire.status, bridged.status.as_u16(), "{reply}");
        assert_eq!(wire.headers.len(), bridged.headers.len(), "{reply}");
        for header in wire.headers {
            assert_eq!(bridged.headers[header.name], HeaderValue::from_bytes(header.value).unwrap(), "{reply}");
        }
        let verdict = decode_reply(&bridged);
        assert_eq!(verdict, google::decode_reply(wire.status, wire.headers), "{reply}");
    }
}

/// What a client makes of an answer, with the options as they are unless asked for otherwise.
fn verdict(answer: Answer, no_308: bool) -> Verdict {
    let outcome = Outcome { answer, body_read: true };
    let reply = encode_reply(&outcome, Echo { no_308 }, &Options::default());
    decode_reply(&response(&reply).into_parts().0)
}

#[test]
fn a_client_understands_what_a_server_says() {
    for bytes in [1, 43, 262_144, u64::MAX] {
        let persisted = Persisted::confirmed(bytes);
        let expected = Verdict::Incomplete { persisted: Some(persisted) };
        for no_308 in [false, true] {
            assert_eq!(verdict(Answer::Incomplete { persisted }, no_308), expected);
        }
    }
    let nothing = Answer::Incomplete { persisted: Persisted::ZERO };
    for no_308 in [false, true] {
        assert_eq!(verdict(nothing, no_308), Verdict::Incomplete { persisted: None });
        assert_eq!(verdict(Answer::Complete { size: 11 }, no_308), Verdict::Complete { size: None });
        assert_eq!(verdict(Answer::Cancelled, no_308), Verdict::Cancelled);
    }
}

#[test]
fn a_client_understands_why_a_server_refuses() {
    let persisted = Persisted::confirmed(43);
    let moment = Verdict::Unavailable { retry_after: Some(Duration::from_secs(1)) };
    let patience = Verdict::Unavailable { retry_after: None };
    for (refusal, expected) in [
        (Refusal::Gap { at: 50, persisted }, patience),
        (Refusal::Busy, moment),
        (Refusal::Unavailable, moment),
        (Refusal::StoreFull, patience),
        (Refusal::Expired, Verdict::Gone),
        (Refusal::Dead, Verdict::Gone),
        (Refusal::Cancelled, Verdict::Cancelled),
        (Refusal::StatusWithBody, Verdict::Refused { code: 400 }),
        (Refusal::TooLarge { max_size: 10, size: 11 }, Verdict::Refused { code: 413 }),
        (Refusal::PreconditionFailed, Verdict::Refused { code: 412 }),
    ] {
        assert_eq!(verdict(Answer::Refused(refusal), false), expected, "{refusal}");
    }
}

fn head(status: u16, fields: &[(&'static str, &'static str)]) -> http::response::Parts {
    let mut head = Response::builder().status(status).body(()).unwrap().into_parts().0;
    for (name, value) in fields {
        head.headers.append(*name, HeaderValue::from_static(value));
    }
    head
}

#[test]
fn r40_two_ranges_are_a_violation() {
    let head = head(308, &[("range", "bytes=0-6"), ("range", "bytes=0-6")]);
    assert_eq!(decode_reply(&head), Verdict::Violation(Violation::Range));
}

#[test]
fn r47_a_date_is_relative_to_the_date_of_the_answer() {
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let head = head(503, &[date, ("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")]);
    let retry_after = Some(Duration::from_secs(30));
    assert_eq!(decode_reply(&head), Verdict::Unavailable { retry_after });
}

#[test]
fn a_creation_is_answered_with_an_address() {
    let created = head(201, &[("location", "/u/7?upload_id=AB")]);
    assert_eq!(decode_creation_reply(&created), (Verdict::Created, Some(&b"/u/7?upload_id=AB"[..])));
    for head in [head(200, &[]), head(200, &[("location", "/u/7"), ("location", "/u/8")])] {
        assert_eq!(decode_creation_reply(&head), (Verdict::Violation(Violation::Address), None));
    }
    assert_eq!(decode_creation_reply(&head(403, &[])), (Verdict::Refused { code: 403 }, None));
    let patience = Verdict::Unavailable { retry_after: None };
    assert_eq!(decode_creation_reply(&head(503, &[("location", "/u/7")])), (patience, None));
}
