//! How many messages were taken over, and how soon.

use std::{collections::HashMap, fmt, time::Duration};

use crate::world::Phase;

pub(crate) struct Figures {
    pub(crate) accepted: usize,
    pub(crate) taken_over: usize,
    /// Calls of the provider that fails.
    calls: usize,
    p50: Duration,
    pub(crate) p99: Duration,
    max: Duration,
}

impl Figures {
    pub(crate) fn of(phase: &Phase) -> Self {
        let arrived: HashMap<_, _> =
            phase.other.iter().map(|arrival| (arrival.to.as_str(), arrival.at)).collect();
        let times = phase.accepted.iter().filter_map(|accepted| {
            Some(arrived.get(accepted.number.as_str())?.saturating_duration_since(accepted.at))
        });
        let mut times: Vec<_> = times.collect();
        times.sort_unstable();
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100);
            times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self {
            accepted: phase.accepted.len(),
            taken_over: times.len(),
            calls: phase.preferred.len(),
            p50: at(50),
            p99: at(99),
            max: at(100),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, taken_over, calls, .. } = self;
        let [p50, p99, max] = [self.p50, self.p99, self.max].map(|time| time.as_secs_f64() * 1_000.0);
        write!(
            f,
            "{taken_over} of {accepted} taken over, p50 {p50:.0} ms, p99 {p99:.0} ms, max {max:.0} ms, \
             {calls} calls of the one that fails"
        )
    }
}
