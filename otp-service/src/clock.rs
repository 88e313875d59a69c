//! Where time enters.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use otp_core::Timestamp;

/// Tells the time. The only port through which rules learn it.
pub trait Clock: Send + Sync + 'static {
    /// Now. Never earlier than what it said before.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock, except that it never goes back.
///
/// When the system's clock is set back, this one goes on from where it was at the pace of the monotonic clock, so a
/// code does not live longer. When it is set forward (or the machine slept), this one follows.
#[derive(Debug)]
pub struct SystemClock {
    last: Mutex<(Timestamp, Instant)>,
}

impl SystemClock {
    /// A clock that starts at the system's time.
    #[must_use]
    pub fn new() -> Self {
        Self { last: Mutex::new((system_time(), instant())) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let (system, instant) = (system_time(), instant());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let steady = last.0 + instant.saturating_duration_since(last.1);
        if system >= steady {
            *last = (system, instant);
            system
        } else {
            steady
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where wall time enters")]
fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "the one place where monotonic time enters")]
fn instant() -> Instant {
    Instant::now()
}

/// A clock that a test sets.
///
/// ```
/// use std::time::Duration;
/// use otp_service::{Clock, ManualClock};
///
/// let clock = ManualClock::at(1_800_000_000_000);
/// let before = clock.now();
/// clock.advance(Duration::from_secs(61));
/// assert_eq!(before.until(clock.now()), Duration::from_secs(61));
/// ```
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that stands at `millis` milliseconds since the epoch.
    #[must_use]
    pub const fn at(millis: i64) -> Self {
        Self(Mutex::new(Timestamp::from_millis(millis)))
    }

    /// Moves it forward.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = *now + duration;
    }

    /// Sets it anywhere, backwards too.
    pub fn set(&self, to: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
