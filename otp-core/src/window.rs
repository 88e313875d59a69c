//! A budget that is exact in every window of time.

use std::time::Duration;

use crate::time::{Timestamp, millis};

/// Parts a window is counted in. More parts give budget back sooner and take more room.
const PARTS: i64 = 24;

/// Counts events so that never more than a limit fall into *any* span of one period.
///
/// The period is cut into 24 parts; an event leaves the count when its whole part is a period old. So the bound holds
/// for every sliding window (a fixed window would let twice the limit through across its edge, and so would a token
/// bucket), and an event is remembered at most a 24th of the period longer than needed.
///
/// A clock that steps back counts on in the newest part. Where it stepped back by more than a part, what was counted
/// "in the future" is moved to now: nothing is forgotten, and nothing blocks longer than one period.
///
/// ```
/// use std::time::Duration;
/// use otp_core::{Timestamp, Window};
///
/// let (hour, now) = (Duration::from_secs(3600), Timestamp::from_millis(0));
/// let mut sends = Window::default();
/// sends.record(hour, now);
/// sends.record(hour, now);
/// assert_eq!(sends.wait(hour, 3, now), None);
/// sends.record(hour, now);
/// assert_eq!(sends.wait(hour, 3, now), Some(Duration::from_secs(3600 + 150)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// (number of the part since the epoch, events in it), oldest first.
    parts: Vec<(i64, u32)>,
}

impl Window {
    /// Counts one event.
    pub fn record(&mut self, period: Duration, now: Timestamp) {
        self.settle(period, now);
        let current = part_of(now, part_length(period));
        match self.parts.last_mut() {
            Some((newest, events)) if *newest >= current => *events = events.saturating_add(1),
            _ => self.parts.push((current, 1)),
        }
    }

    /// Events that still count.
    #[must_use]
    pub fn count(&self, period: Duration, now: Timestamp) -> u32 {
        let oldest = part_of(now, part_length(period)) - PARTS;
        self.parts
            .iter()
            .filter(|(part, _)| *part >= oldest)
            .fold(0, |sum, (_, events)| sum.saturating_add(*events))
    }

    /// How long until one more event fits under `limit`; `None` when it fits now.
    #[must_use]
    pub fn wait(&self, period: Duration, limit: u32, now: Timestamp) -> Option<Duration> {
        let mut left = self.count(period, now);
        let length = part_length(period);
        let oldest = part_of(now, length) - PARTS;
        for (part, events) in self.parts.iter().filter(|(part, _)| *part >= oldest) {
            if left < limit {
                break;
            }
            left -= events;
            if left < limit {
                let free = Timestamp::from_millis((part + PARTS + 1).saturating_mul(length));
                return Some(now.until(free).max(Duration::from_millis(1)));
            }
        }
        None
    }

    /// Forgets what no longer counts, and brings what lies more than a part in the future back to now.
    pub fn settle(&mut self, period: Duration, now: Timestamp) {
        let current = part_of(now, part_length(period));
        self.parts.retain(|(part, _)| *part >= current - PARTS);
        let ahead = self.parts.iter().filter(|(part, _)| *part > current + 1);
        let moved = ahead.fold(0_u32, |sum, (_, events)| sum.saturating_add(*events));
        if moved > 0 {
            self.parts.retain(|(part, _)| *part <= current + 1);
            match self.parts.last_mut() {
                Some((newest, events)) if *newest >= current => *events = events.saturating_add(moved),
                _ => self.parts.push((current, moved)),
            }
        }
    }

    /// The count as bytes for a store: 12 a part, big-endian number (i64) and events (u32).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.parts
            .iter()
            .flat_map(|(part, events)| part.to_be_bytes().into_iter().chain(events.to_be_bytes()))
            .collect()
    }

    /// Reads [`Window::to_bytes`]; `None` where the bytes are something else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (rows, []) = bytes.as_chunks::<12>() else { return None };
        let parts = rows.iter().map(|row| {
            let (part, events) = row.split_at(8);
            Some((i64::from_be_bytes(part.try_into().ok()?), u32::from_be_bytes(events.try_into().ok()?)))
        });
        let parts = parts.collect::<Option<Vec<_>>>()?;
        parts.is_sorted_by(|a, b| a.0 < b.0).then_some(Self { parts })
    }
}

fn part_length(period: Duration) -> i64 {
    (millis(period) / PARTS).max(1)
}

fn part_of(now: Timestamp, length: i64) -> i64 {
    now.as_millis().div_euclid(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    proptest! {
        #[test]
        fn never_more_than_the_limit_in_any_window(
            steps in prop::collection::vec(0_i64..900_000, 1..200), limit in 1_u32..8,
        ) {
            let (mut window, mut now, mut admitted) = (Window::default(), 0, Vec::new());
            for step in steps {
                now += step;
                let at = Timestamp::from_millis(now);
                match window.wait(HOUR, limit, at) {
                    None => { window.record(HOUR, at); admitted.push(now); }
                    Some(wait) => {
                        prop_assert!(wait <= HOUR + HOUR / 24);
                        prop_assert_eq!(window.wait(HOUR, limit, at + wait), None);
                    }
                }
                prop_assert_eq!(Window::from_bytes(&window.to_bytes()), Some(window.clone()));
            }
            for start in &admitted {
                let inside = admitted.iter().filter(|t| (*start..start + 3_600_000).contains(*t)).count();
                prop_assert!(inside <= limit as usize);
            }
        }

        #[test]
        fn a_clock_that_steps_forgets_nothing_and_heals(steps in prop::collection::vec(-7_200_000_i64..7_200_000, 1..50)) {
            let (mut window, mut now) = (Window::default(), 1_000_000_000);
            for step in steps {
                let before = window.count(HOUR, Timestamp::from_millis(now));
                now += step;
                let at = Timestamp::from_millis(now);
                if step < 0 { prop_assert!(window.count(HOUR, at) >= before); }
                window.record(HOUR, at);
                prop_assert!(window.wait(HOUR, 1, at).is_some_and(|wait| wait <= HOUR + HOUR / 12));
            }
        }
    }

    #[test]
    fn foreign_bytes_are_refused() {
        assert_eq!(Window::from_bytes(&[1; 11]), None);
        assert_eq!(Window::from_bytes(&[1; 24]), None, "parts must ascend");
    }
}
