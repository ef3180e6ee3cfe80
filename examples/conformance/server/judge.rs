//! Judging one answer by itself. What it means for the upload is for the account of [`Upload`](super::Upload).

use resumable::Persisted;
use resumable::client::Verdict as Told;
use resumable::google;

use crate::kit::case::{Finding, Verdict};
use crate::kit::wire::Answer;

impl Answer {
    /// A refusal, with one of these statuses by the rule.
    pub fn refuses(&self, statuses: &[u16]) -> Finding {
        let came = self.to_string();
        match self.status {
            status if statuses.contains(&status) => Finding::ok(came),
            500 | 502 | 504 => Finding::crash(came),
            200..=399 => Finding::lenient(format!("{came} (not refused)")),
            _ => Finding::lenient(came),
        }
    }

    /// 308 that tells so many bytes by the rule; more than that, or less than was told before, is the account's.
    pub fn tells(&self, bytes: usize) -> Finding {
        let came = self.to_string();
        match google::decode_reply(self.status, self) {
            Told::Incomplete { persisted } if persisted.map_or(0, Persisted::get) == bytes as u64 => Finding::ok(came),
            Told::Incomplete { .. } | Told::Complete { .. } => Finding::lenient(came),
            _ => self.not(came),
        }
    }

    /// Success.
    pub fn succeeds(&self) -> Finding {
        let came = self.to_string();
        match google::decode_reply(self.status, self) {
            Told::Complete { .. } if matches!(self.status, 200 | 201) => Finding::ok(came),
            Told::Complete { .. } | Told::Incomplete { .. } => Finding::lenient(came),
            _ => self.not(came),
        }
    }

    fn not(&self, came: String) -> Finding {
        let verdict = if matches!(self.status, 500 | 502 | 504) { Verdict::Crash } else { Verdict::Refused };
        Finding::new(verdict, came)
    }
}
