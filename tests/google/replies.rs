//! From an outcome to the head of its reply (R12, R20, R21, R23, R24).

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::num::NonZeroU64;

use resumable::Persisted;
use resumable::google::{CancelStatus, Echo, GapStatus, Options, Reply, ReplyText, RequestError, Text, encode_reply};
use resumable::server::{Answer, Outcome, Refusal};

const LOUD: Echo = Echo { no_308: false };
const QUIET: Echo = Echo { no_308: true };

fn reply(answer: Answer, echo: Echo, options: &Options) -> Reply {
    let replies = [true, false].map(|body_read| {
        let outcome = Outcome { answer, body_read };
        encode_reply(&outcome, echo, options)
    });
    assert_eq!(replies[0], replies[1], "it is said in the connection, not in the reply");
    replies[0]
}

fn google(answer: Answer) -> Reply {
    reply(answer, LOUD, &Options::default())
}

fn incomplete(persisted: u64) -> Answer {
    Answer::Incomplete { persisted: Persisted::confirmed(persisted) }
}

fn lines(reply: &Reply) -> Vec<String> {
    let fields = reply.fields();
    let line = |(name, value): (&str, &[u8])| format!("{name}: {}", value.escape_ascii());
    fields.iter().map(line).collect()
}

/// Every refusal there is, with the status of the default options.
fn refusals() -> Vec<(Refusal, u16)> {
    let persisted = Persisted::confirmed(4);
    vec![
        (Refusal::Gap { at: 7, persisted }, 503),
        (Refusal::Conflict { at: 3, persisted }, 409),
        (Refusal::TotalChanged { declared: 11, named: 12 }, 400),
        (Refusal::TotalBelowPersisted { total: 3, persisted }, 400),
        (Refusal::BeyondTotal { end: 12, total: 11 }, 400),
        (Refusal::LengthMismatch { range: 7, body: 3 }, 400),
        (Refusal::BodyTooShort { range: 7, received: 3 }, 400),
        (Refusal::BodyTooLong { range: 3 }, 400),
        (Refusal::StatusWithBody, 400),
        (Refusal::TooSmall { granularity: 4, end: 7 }, 400),
        (Refusal::ChecksumMismatch, 400),
        (Refusal::Expired, 404),
        (Refusal::AlreadyComplete, 404),
        (Refusal::Dead, 410),
        (Refusal::PreconditionFailed, 412),
        (Refusal::TooLarge { max_size: 10, size: 11 }, 413),
        (Refusal::Cancelled, 499),
        (Refusal::Busy, 503),
        (Refusal::Unavailable, 503),
        (Refusal::StoreFull, 507),
    ]
}

#[test]
fn r20_308_counts_inclusively_and_has_an_empty_body() {
    for (persisted, line, fields) in [
        (0, "308", vec!["Content-Length: 0"]),
        (1, "308 bytes=0-0", vec!["Range: bytes=0-0", "Content-Length: 0"]),
        (43, "308 bytes=0-42", vec!["Range: bytes=0-42", "Content-Length: 0"]),
        (
            u64::MAX,
            "308 bytes=0-18446744073709551614",
            vec!["Range: bytes=0-18446744073709551614", "Content-Length: 0"],
        ),
    ] {
        let reply = google(incomplete(persisted));
        assert_eq!(reply.to_string(), line);
        assert_eq!(lines(&reply), fields);
        assert_eq!(reply.persisted, NonZeroU64::new(persisted));
        assert!(!reply.is_complete());
    }
}

#[test]
fn r21_no_308_is_200_with_the_status_in_a_field_and_the_same_range() {
    for persisted in [0, 43] {
        let reply = reply(incomplete(persisted), QUIET, &Options::default());
        assert_eq!((reply.status, reply.instead_of_308), (200, true));
        assert_eq!(reply.persisted, NonZeroU64::new(persisted));
        assert!(lines(&reply).contains(&"X-HTTP-Status-Code-Override: 308".into()));
        assert!(lines(&reply).contains(&"Content-Length: 0".into()));
        assert!(!reply.is_complete(), "it is a 308 all the same");
    }
}

#[test]
fn r21_no_308_changes_nothing_but_a_308() {
    let mut answers = vec![Answer::Complete { size: 11 }, Answer::Cancelled];
    answers.extend(refusals().into_iter().map(|(refusal, _)| Answer::Refused(refusal)));
    for answer in answers {
        assert_eq!(reply(answer, QUIET, &Options::default()), google(answer), "{answer}");
    }
}

#[test]
fn r22_success_is_200_and_its_body_is_the_hosts() {
    for size in [0, 11, u64::MAX] {
        let reply = google(Answer::Complete { size });
        assert_eq!(reply.to_string(), "200");
        assert!(reply.is_complete());
        assert_eq!((reply.content_length(), lines(&reply)), (None, vec![]));
    }
}

#[test]
fn r23_a_cancel_is_499_or_204() {
    let reply_499 = google(Answer::Cancelled);
    assert_eq!((reply_499.to_string(), lines(&reply_499)), ("499".into(), vec!["Content-Length: 0".into()]));
    let options = Options { cancel: CancelStatus::NoContent204, ..Options::default() };
    let reply_204 = reply(Answer::Cancelled, LOUD, &options);
    assert_eq!((reply_204.to_string(), lines(&reply_204)), ("204".into(), vec![]));
}

#[test]
fn each_refusal_has_its_status_and_a_line_of_text() {
    for (refusal, status) in refusals() {
        let reply = google(Answer::Refused(refusal));
        assert_eq!(reply.status, status, "{refusal}");
        assert_eq!(reply.text, Some(ReplyText::Refusal(refusal)));
        let text = ReplyText::Refusal(refusal).to_string();
        assert_eq!(reply.to_string(), format!("{status} {text}"));
        assert_eq!(reply.content_length(), Some(text.len() as u64));
        assert!(!text.contains('\n') && text.is_ascii(), "{text}");
        let lines = lines(&reply);
        assert!(lines.contains(&"Content-Type: text/plain; charset=utf-8".into()), "{lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with("Range")), "{lines:?}");
        assert!(!reply.is_complete());
    }
}

#[test]
fn r24_only_what_passes_has_a_retry_after() {
    for (refusal, _) in refusals() {
        let passes = matches!(refusal, Refusal::Busy | Refusal::Unavailable);
        let reply = google(Answer::Refused(refusal));
        assert_eq!(reply.retry_after, passes.then_some(1), "{refusal}");
        assert_eq!(lines(&reply).contains(&"Retry-After: 1".into()), passes, "{refusal}");
    }
}

#[test]
fn r12_the_option_changes_the_status_of_a_gap_and_nothing_else() {
    let options = Options { gap: GapStatus::Conflict409, ..Options::default() };
    for (refusal, status) in refusals() {
        let gap = matches!(refusal, Refusal::Gap { .. });
        let expected = Reply { status: if gap { 409 } else { status }, ..google(Answer::Refused(refusal)) };
        assert_eq!(reply(Answer::Refused(refusal), LOUD, &options), expected);
    }
}

#[test]
fn r07_405_names_what_is_allowed() {
    let reply = Reply::from(RequestError::Method);
    assert_eq!(
        lines(&reply),
        ["Allow: PUT, POST, DELETE", "Content-Type: text/plain; charset=utf-8", "Content-Length: 28",]
    );
}

#[test]
fn no_reply_ever_has_a_location_or_is_a_redirect_with_one() {
    let mut answers = vec![incomplete(0), incomplete(43), Answer::Complete { size: 11 }, Answer::Cancelled];
    answers.extend(refusals().into_iter().map(|(refusal, _)| Answer::Refused(refusal)));
    for answer in answers {
        for echo in [LOUD, QUIET] {
            let reply = reply(answer, echo, &Options::default());
            for line in lines(&reply) {
                assert!(!line.to_ascii_lowercase().starts_with("location"), "{answer}");
            }
        }
    }
}

/// Every value of each four digits of a number, alone and beside others.
#[test]
fn numbers_are_written_in_decimal_without_leading_zeros() {
    for four in 0..10_000_u64 {
        for scale in [1, 10_000, 100_000_000, 1_000_000_000_000] {
            for rest in [0, 1, scale - 1, scale / 10] {
                let number = four * scale + rest;
                assert_eq!(Text::number(number).as_str(), number.to_string());
            }
        }
    }
    for power in (0..20).map(|exponent| 10_u64.pow(exponent)) {
        for number in [power - 1, power, power + 1, u64::MAX - power + 1, u64::MAX / power] {
            assert_eq!(Text::number(number).as_str(), number.to_string());
        }
    }
}

#[test]
fn texts_are_equal_by_what_they_say() {
    let [seven, eleven, again] = [7, 11, 7].map(Text::number);
    assert_eq!(seven, again);
    assert_ne!(seven, eleven);
    let hash = |text: Text| BuildHasherDefault::<DefaultHasher>::default().hash_one(text);
    assert_eq!(hash(seven), hash(again));
    assert_ne!(hash(seven), hash(eleven));
}

#[test]
fn fields_are_shown_as_they_are_sent() {
    assert_eq!(format!("{:?}", google(incomplete(43)).fields()), r#"{"Range": "bytes=0-42", "Content-Length": "0"}"#);
}
