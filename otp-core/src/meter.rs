//! The rate-limit rule for callers and number prefixes.

use std::time::Duration;

use crate::{key::MeterKey, time::Timestamp};

/// So many events at once and so many a period in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Events admitted at once, and per period; at least 1.
    pub limit: u32,
    /// The time in which the whole quota comes back.
    pub period: Duration,
}

/// What a [`Meter`] decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an event that was not admitted must be refused"]
#[expect(clippy::exhaustive_enums, reason = "both answers must be handled")]
pub enum Admission {
    /// Go on.
    Admitted,
    /// Refuse, and name the time after which to try again.
    Refused {
        /// Time until the next event is admitted.
        retry_after: Duration,
    },
}

/// The generic cell rate algorithm (ITU-T I.371, annex A): one time stamp per subject, no timer, nothing to sweep but
/// stamps that have passed.
///
/// The meter keeps the theoretical arrival time: when the subject would be idle again if its events came evenly.
///
/// ```
/// use std::time::Duration;
/// use otp_core::{Admission, Meter, MeterKey, Quota, Timestamp};
///
/// let quota = Quota { limit: 2, period: Duration::from_secs(60) };
/// let now = Timestamp::from_millis(0);
/// let mut meter = Meter::new(MeterKey::from_bytes([0; 32]));
/// assert_eq!(meter.admit(quota, now), Admission::Admitted);
/// assert_eq!(meter.admit(quota, now), Admission::Admitted);
/// assert_eq!(meter.admit(quota, now), Admission::Refused { retry_after: Duration::from_secs(30) });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// What is metered.
    pub key: MeterKey,
    /// When the subject is idle again; rows whose time has passed may be purged.
    pub idle_at: Timestamp,
}

impl Meter {
    /// A meter of an idle subject.
    #[must_use]
    pub const fn new(key: MeterKey) -> Self {
        Self { key, idle_at: Timestamp::from_millis(i64::MIN) }
    }

    /// Takes back one event that was admitted and then did not happen.
    pub fn refund(&mut self, quota: Quota) {
        self.idle_at = self.idle_at - quota.period / quota.limit.max(1);
    }

    /// Admits one event or says when to come back. A refused event changes nothing.
    pub fn admit(&mut self, quota: Quota, now: Timestamp) -> Admission {
        let limit = quota.limit.max(1);
        let interval = quota.period / limit;
        // After a backward clock step the stamp may lie arbitrarily far ahead: never wait longer than one period.
        let idle_at = self.idle_at.clamp(now, now + quota.period);
        let next = idle_at + interval;
        let earliest = next - quota.period;
        if earliest <= now {
            self.idle_at = next;
            Admission::Admitted
        } else {
            Admission::Refused { retry_after: now.until(earliest) }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bounded_by_burst_and_rate(steps in prop::collection::vec(0_i64..5_000, 1..300), limit in 1_u32..40) {
            let quota = Quota { limit, period: Duration::from_secs(60) };
            let (mut meter, mut now, mut admitted) = (Meter::new(MeterKey::from_bytes([1; 32])), 0, Vec::new());
            for step in steps {
                now += step;
                let at = Timestamp::from_millis(now);
                match meter.admit(quota, at) {
                    Admission::Admitted => admitted.push(now),
                    Admission::Refused { retry_after } => {
                        prop_assert!(retry_after <= quota.period);
                        prop_assert_eq!(meter.clone().admit(quota, at + retry_after), Admission::Admitted);
                    }
                }
            }
            for (first, start) in admitted.iter().enumerate() {
                for (last, end) in admitted.iter().enumerate().skip(first) {
                    let allowed = i64::from(limit) + (end - start) * i64::from(limit) / 60_000;
                    prop_assert!((last - first) as i64 <= allowed);
                }
            }
        }
    }

    #[test]
    fn a_refunded_event_never_happened() {
        let quota = Quota { limit: 2, period: Duration::from_secs(60) };
        let (mut meter, now) = (Meter::new(MeterKey::from_bytes([1; 32])), Timestamp::from_millis(1_000));
        for _ in 0..10 {
            assert_eq!(meter.admit(quota, now), Admission::Admitted);
            meter.refund(quota);
        }
        assert_eq!(meter.admit(quota, now), Admission::Admitted);
        assert_eq!(meter.admit(quota, now), Admission::Admitted);
        assert!(matches!(meter.admit(quota, now), Admission::Refused { .. }));
    }

    #[test]
    fn a_burst_is_exact_and_a_backward_clock_heals() {
        let quota = Quota { limit: 3, period: Duration::from_secs(3600) };
        let mut meter = Meter::new(MeterKey::from_bytes([1; 32]));
        let late = Timestamp::from_millis(100_000_000);
        let admitted = (0..64).filter(|_| meter.admit(quota, late) == Admission::Admitted).count();
        assert_eq!(admitted, 3);
        let back = late - Duration::from_secs(36_000);
        let Admission::Refused { retry_after } = meter.admit(quota, back) else { panic!("still full") };
        assert!(retry_after <= quota.period);
    }
}
