//! When a sender is left alone for a while.

use std::{collections::VecDeque, time::Duration};

use otp_core::Timestamp;

/// As many failures in a row stop further messages.
const MOST_IN_A_ROW: u32 = 5;
/// The last results that are looked at.
const WINDOW: usize = 20;
/// As many failures among the last results stop further messages: half of them.
const MOST_IN_WINDOW: usize = WINDOW / 2;
/// How often a sender that is left alone is tried with one message.
const PROBE_EVERY: Duration = Duration::from_secs(30);
/// How soon the others look again while a probe is out: most are answered within this time.
const PROBE_TAKES: Duration = Duration::from_secs(2);

/// What is known about a sender's health: a pure rule, of which each process keeps its own.
///
/// Closed, every message may pass. After five failures in a row, or when half of the last 20 results are failures, it
/// opens: one message per 30 s passes, to probe, and the first success closes it.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// The last results, oldest first; `true` for a failure.
    last: VecDeque<bool>,
    in_a_row: u32,
    /// While open: when the next probe may pass.
    probe_at: Option<Timestamp>,
    /// While a probe is out.
    is_probing: bool,
}

impl Breaker {
    /// Whether a message may pass now; else how long until the next probe. A message that may pass is the probe where
    /// the breaker is open, and the next one waits.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), Duration> {
        match self.probe_at {
            // A clock set back must not keep it shut for longer than a period.
            Some(at) if now < at && at <= now + PROBE_EVERY => {
                let pause = now.until(at);
                Err(if self.is_probing { pause.min(PROBE_TAKES) } else { pause })
            }
            Some(_) => {
                self.probe_at = Some(now + PROBE_EVERY);
                self.is_probing = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes a result into account; `true` where the breaker opens or closes by it.
    pub(crate) fn record(&mut self, failed: bool, now: Timestamp) -> bool {
        let was_open = self.is_open();
        self.is_probing = false;
        if !failed && was_open {
            *self = Self::default();
            return true;
        }
        self.last.push_back(failed);
        if self.last.len() > WINDOW {
            self.last.pop_front();
        }
        self.in_a_row = if failed { self.in_a_row.saturating_add(1) } else { 0 };
        let failures = self.last.iter().filter(|failed| **failed).count();
        if !was_open && (self.in_a_row >= MOST_IN_A_ROW || failures >= MOST_IN_WINDOW) {
            self.probe_at = Some(now + PROBE_EVERY);
        }
        self.is_open() != was_open
    }

    /// Whether messages are kept away.
    pub(crate) const fn is_open(&self) -> bool {
        self.probe_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn record_all(breaker: &mut Breaker, failures: &[bool]) {
        for failed in failures {
            breaker.record(*failed, START);
        }
    }

    #[test]
    fn five_failures_in_a_row_open_it() {
        let mut breaker = Breaker::default();
        record_all(&mut breaker, &[true, true, true, true, false, true, true, true, true]);
        assert!(!breaker.is_open());
        assert!(breaker.record(true, START), "it says so");
        assert!(breaker.is_open());
    }

    #[test]
    fn half_of_the_last_twenty_open_it() {
        let mut breaker = Breaker::default();
        record_all(&mut breaker, &[false; 20]);
        record_all(&mut breaker, &[true, false].repeat(9));
        assert!(!breaker.is_open(), "nine of twenty");
        breaker.record(true, START);
        assert!(breaker.is_open(), "ten of twenty");
    }

    #[test]
    fn one_probe_per_period_and_the_first_success_closes_it() {
        let mut breaker = Breaker::default();
        record_all(&mut breaker, &[true; 5]);
        assert_eq!(breaker.admit(START + SECOND), Err(29 * SECOND));
        let probe = START + PROBE_EVERY;
        assert_eq!(breaker.admit(probe), Ok(()));
        assert_eq!(breaker.admit(probe), Err(PROBE_TAKES), "one only, and it may be well soon");
        assert!(!breaker.record(true, probe), "a failed probe leaves it open");
        assert_eq!(breaker.admit(probe), Err(PROBE_EVERY));
        assert_eq!(breaker.admit(probe + PROBE_EVERY), Ok(()));
        assert!(breaker.record(false, probe + PROBE_EVERY));
        for _ in 0..100 {
            assert_eq!(breaker.admit(probe + PROBE_EVERY), Ok(()), "all pass again");
        }
        record_all(&mut breaker, &[true; 4]);
        assert!(!breaker.is_open(), "what was before counts no more");
    }

    #[test]
    fn a_clock_set_back_does_not_keep_it_shut() {
        let mut breaker = Breaker::default();
        record_all(&mut breaker, &[true; 5]);
        assert_eq!(breaker.admit(START - 3600 * SECOND), Ok(()));
    }
}
