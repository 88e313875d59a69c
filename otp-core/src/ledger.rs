//! What is remembered about a recipient over all its challenges.

use std::time::Duration;

use crate::{
    key::{ChallengeKey, LedgerKey},
    policy::{DAY, HOUR, Policy},
    time::Timestamp,
    window::Window,
};

/// What is remembered about a (namespace, purpose, recipient) over all its challenges: send budget, failure budget,
/// lock, live challenges. No resend, no new challenge and no restart resets any of it.
///
/// A record like [`Challenge`](crate::Challenge). It holds no personal data: its key is a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Its name: a keyed hash of namespace, purpose and recipient.
    pub key: LedgerKey,
    /// Challenges that can be verified, oldest first.
    pub live: Vec<ChallengeKey>,
    /// The last send, for the cooldown.
    pub last_send_at: Option<Timestamp>,
    /// Sends of the last hour.
    pub sends_hour: Window,
    /// Sends of the last day.
    pub sends_day: Window,
    /// Wrong guesses of the last day.
    pub failures_day: Window,
    /// Wrong guesses since the last success.
    pub failures_in_a_row: u32,
    /// When too many wrong guesses in a row locked it; the host unlocks it.
    pub locked_at: Option<Timestamp>,
    /// The last change.
    pub updated_at: Timestamp,
}

impl Ledger {
    /// A recipient nothing is known of.
    #[must_use]
    pub fn new(key: LedgerKey, now: Timestamp) -> Self {
        Self {
            key,
            live: Vec::new(),
            last_send_at: None,
            sends_hour: Window::default(),
            sends_day: Window::default(),
            failures_day: Window::default(),
            failures_in_a_row: 0,
            locked_at: None,
            updated_at: now,
        }
    }

    /// Whether retention may delete it: untouched since `before`, which lies more than a day back, and not locked. A
    /// lock outlives every retention time.
    #[must_use]
    pub fn is_purgeable(&self, before: Timestamp) -> bool {
        self.updated_at < before && self.locked_at.is_none()
    }

    /// `Some` while no guess may be answered; the inner time is absent where only the host can help.
    pub(crate) fn lock(&self, policy: &Policy, now: Timestamp) -> Option<Option<Duration>> {
        if self.locked_at.is_some() {
            return Some(None);
        }
        self.failures_day.wait(DAY, policy.failures_per_day(), now).map(Some)
    }

    /// How long until one more message may be sent; `None` when it may be sent now.
    pub(crate) fn send_wait(&self, policy: &Policy, now: Timestamp) -> Option<Duration> {
        [
            self.cooldown_wait(policy, now),
            self.sends_hour.wait(HOUR, policy.sends_per_hour(), now),
            self.sends_day.wait(DAY, policy.sends_per_day(), now),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    pub(crate) fn record_send(&mut self, now: Timestamp) {
        self.last_send_at = Some(now);
        self.sends_hour.record(HOUR, now);
        self.sends_day.record(DAY, now);
        self.updated_at = now;
    }

    pub(crate) fn record_failure(&mut self, policy: &Policy, now: Timestamp) {
        self.failures_day.record(DAY, now);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        if self.failures_in_a_row >= policy.failures_in_a_row() {
            self.locked_at.get_or_insert(now);
        }
        self.updated_at = now;
    }

    pub(crate) fn record_success(&mut self, now: Timestamp) {
        self.failures_in_a_row = 0;
        self.updated_at = now;
    }

    pub(crate) fn unlock(&mut self, now: Timestamp) {
        self.locked_at = None;
        self.failures_in_a_row = 0;
        self.failures_day = Window::default();
        self.updated_at = now;
    }

    /// Makes `challenge` the newest live one; the oldest give way.
    pub(crate) fn admit(&mut self, challenge: ChallengeKey, policy: &Policy) {
        self.live.retain(|live| *live != challenge);
        self.live.push(challenge);
        let most = usize::try_from(policy.live_challenges()).unwrap_or(usize::MAX);
        self.live.drain(..self.live.len().saturating_sub(most));
    }

    /// Brings times that a stepping clock left in the future back to now, so that they cannot block for long.
    pub(crate) fn settle(&mut self, policy: &Policy, now: Timestamp) {
        if self.last_send_at.is_some_and(|last| last > now + policy.cooldown()) {
            self.last_send_at = Some(now);
        }
        self.sends_hour.settle(HOUR, now);
        self.sends_day.settle(DAY, now);
        self.failures_day.settle(DAY, now);
    }

    fn cooldown_wait(&self, policy: &Policy, now: Timestamp) -> Option<Duration> {
        let free = self.last_send_at? + policy.cooldown();
        (free > now).then(|| now.until(free))
    }
}
