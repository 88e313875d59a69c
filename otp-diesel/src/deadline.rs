//! How long a call may wait.

use std::time::{Duration, Instant};

/// A moment after which nobody waits any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now; never, where that is beyond the range of the clock.
    pub(crate) fn after(wait: Duration) -> Self {
        Self(now().checked_add(wait))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|deadline| deadline <= now())
    }
}

#[expect(clippy::disallowed_methods, reason = "a bound on waiting, which no rule sees")]
fn now() -> Instant {
    Instant::now()
}
