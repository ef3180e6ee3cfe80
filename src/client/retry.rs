//! Waits: how long, how often, how long in all.

use core::time::Duration;

use super::{Failure, Retry};

/// What has been tried since the last durable progress, and the source of jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tries {
    failures: u32,
    /// In nanoseconds: 584 years.
    waited: u64,
    jitter: u64,
}

impl Tries {
    pub(super) fn new(seed: u64) -> Self {
        Self { failures: 0, waited: 0, jitter: seed }
    }

    /// Durable progress: the counts start again. A mere answer is none.
    pub(super) fn progress(&mut self) {
        self.failures = 0;
        self.waited = 0;
    }

    /// R47: how long to wait after one more failure, or why to give up.
    pub(super) fn fail(&mut self, retry: &Retry, floor: Option<Duration>) -> Result<Duration, Failure> {
        let failures = self.failures.saturating_add(1);
        if failures >= retry.max_attempts {
            return Err(Failure::TooManyAttempts { attempts: failures });
        }
        let doublings = self.failures.min(31);
        let ceiling = retry.base.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(retry.cap);
        let wait = self.random(ceiling).max(floor.unwrap_or_default());
        let wanted = Duration::from_nanos(self.waited).saturating_add(wait);
        if wanted > retry.max_wait {
            return Err(Failure::WaitTooLong { wanted, limit: retry.max_wait });
        }
        self.failures = failures;
        self.waited = nanos(wanted);
        Ok(wait)
    }

    /// A random time above zero, at most `ceiling` (but at least a nanosecond).
    fn random(&mut self, ceiling: Duration) -> Duration {
        let rest = splitmix64(&mut self.jitter).checked_rem(nanos(ceiling)).unwrap_or(0);
        Duration::from_nanos(rest.saturating_add(1))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): small, and good enough for jitter.
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn waits(seed: u64, retry: Retry) -> Vec<Duration> {
        let mut tries = Tries::new(seed);
        core::iter::from_fn(|| tries.fail(&retry, None).ok()).collect()
    }

    #[test]
    fn splitmix64_gives_the_published_numbers() {
        let mut state = 1_234_567;
        let got = [(); 3].map(|()| splitmix64(&mut state));
        assert_eq!(got, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn r47_each_wait_is_above_zero_and_below_its_doubled_ceiling() {
        let retry = Retry { max_attempts: 40, max_wait: Duration::MAX, ..Retry::default() };
        for seed in 0..200 {
            let waits = waits(seed, retry);
            assert_eq!(waits.len(), 39, "the 40th failure in a row is the last");
            for (n, wait) in waits.into_iter().enumerate() {
                let ceiling = Duration::from_secs((1_u64 << n.min(20)).min(32));
                assert!(Duration::ZERO < wait && wait <= ceiling, "wait {n} of seed {seed} is {wait:?}");
            }
        }
    }

    #[test]
    fn r47_the_jitter_is_full_and_repeats_with_its_seed() {
        let retry = Retry { max_attempts: 2, ..Retry::default() };
        let firsts: Vec<Duration> = (0..1000).map(|seed| waits(seed, retry)[0]).collect();
        assert!(firsts.iter().any(|wait| *wait < Duration::from_millis(20)), "it comes close to zero");
        assert!(firsts.iter().any(|wait| *wait > Duration::from_millis(980)), "it comes close to the ceiling");
        assert_eq!(firsts[7], waits(7, retry)[0]);
    }

    #[test]
    fn r47_retry_after_is_a_floor_and_counts_against_the_limit() {
        let retry = Retry { max_wait: Duration::from_secs(100), ..Retry::default() };
        let mut tries = Tries::new(3);
        assert_eq!(tries.fail(&retry, Some(Duration::from_secs(60))), Ok(Duration::from_secs(60)));
        let wanted = Duration::from_secs(120);
        assert_eq!(
            tries.fail(&retry, Some(Duration::from_secs(60))),
            Err(Failure::WaitTooLong { wanted, limit: retry.max_wait })
        );
    }

    #[test]
    fn a_retry_of_no_time_still_waits() {
        let retry = Retry { base: Duration::ZERO, cap: Duration::ZERO, ..Retry::default() };
        assert_eq!(Tries::new(9).fail(&retry, None), Ok(Duration::from_nanos(1)));
    }
}
