//! From the server's outcomes to the client's verdicts, without bytes of HTTP between them.

use resumable::client::Verdict;
use resumable::server::{Answer, Outcome, Refusal};

/// What the client understands of an answer. Waits take no time here, so how long to wait is left out.
pub(crate) fn verdict(outcome: &Outcome) -> Verdict {
    match outcome.answer {
        Answer::Incomplete { persisted } => {
            Verdict::Incomplete { persisted: (persisted.get() > 0).then_some(persisted) }
        }
        Answer::Complete { .. } => Verdict::Complete { size: None },
        Answer::Cancelled | Answer::Refused(Refusal::Cancelled) => Verdict::Cancelled,
        Answer::Refused(Refusal::Expired | Refusal::Dead | Refusal::AlreadyComplete) => Verdict::Gone,
        Answer::Refused(Refusal::Gap { .. } | Refusal::Busy | Refusal::Unavailable | Refusal::StoreFull) => {
            Verdict::Unavailable { retry_after: None }
        }
        Answer::Refused(Refusal::Conflict { .. }) => Verdict::Refused { code: 409 },
        Answer::Refused(Refusal::PreconditionFailed) => Verdict::Refused { code: 412 },
        Answer::Refused(Refusal::TooLarge { .. }) => Verdict::Refused { code: 413 },
        Answer::Refused(_) => Verdict::Refused { code: 400 },
        _ => panic!("an answer that the search does not know: {outcome}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resumable::Persisted;
    use resumable::google::{Echo, Options, decode_reply, encode_reply};

    /// Every answer there is.
    fn answers() -> Vec<Answer> {
        let persisted = Persisted::confirmed(3);
        let refusals = [
            Refusal::Gap { at: 7, persisted },
            Refusal::Conflict { at: 1, persisted },
            Refusal::TotalChanged { declared: 11, named: 7 },
            Refusal::TotalBelowPersisted { total: 1, persisted },
            Refusal::BeyondTotal { end: 12, total: 11 },
            Refusal::LengthMismatch { range: 4, body: 3 },
            Refusal::BodyTooShort { range: 4, received: 3 },
            Refusal::BodyTooLong { range: 4 },
            Refusal::StatusWithBody,
            Refusal::TooSmall { granularity: 7, end: 3 },
            Refusal::TooLarge { max_size: 7, size: 11 },
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
        let progress = [0, 1, 3].map(|bytes| Answer::Incomplete { persisted: Persisted::confirmed(bytes) });
        let ends = [Answer::Complete { size: 11 }, Answer::Cancelled];
        let refused = refusals.map(Answer::Refused);
        progress.into_iter().chain(ends).chain(refused).collect()
    }

    /// The shortcut is the dialect's own way, written and read.
    #[test]
    fn the_client_understands_each_answer_as_over_the_wire() {
        for answer in answers() {
            for no_308 in [false, true] {
                let outcome = Outcome { answer, body_read: true };
                let reply = encode_reply(&outcome, Echo { no_308 }, &Options::default());
                let fields = reply.fields();
                let read: Vec<httparse::Header<'_>> =
                    fields.iter().map(|(name, value)| httparse::Header { name, value }).collect();
                let read = match decode_reply(reply.status, &read[..]) {
                    Verdict::Unavailable { .. } => Verdict::Unavailable { retry_after: None },
                    read => read,
                };
                assert_eq!(verdict(&outcome), read, "{reply}");
            }
        }
    }
}
