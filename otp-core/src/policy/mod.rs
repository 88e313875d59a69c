//! All limits in one place, none of which can be switched off.

mod builder;
mod destinations;
mod production;

use std::time::Duration;

pub use builder::{PolicyBuilder, PolicyProblem, PolicyProblems};
pub use destinations::{Destinations, InvalidDestination};

use crate::{code::CodeFormat, meter::Quota, time::Timestamp};

/// The window of hourly budgets.
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
/// The window of daily budgets.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);
/// A message is not sent with less life left than this (or a tenth of the whole life, where that is less).
const LEAST_LIFE_AT_SEND: Duration = Duration::from_secs(60);

/// How codes look, how long they live, and every limit on sending and guessing.
///
/// | limit | default | why |
/// |---|---|---|
/// | code | 6 digits | 20 bits with 5 guesses (NIST SP 800-63B, 3.1.3.2; RFC 4226, section 7.3) |
/// | life | 600 s | NIST SP 800-63B, 3.1.3.2: at most 10 minutes |
/// | checks a challenge | 5 | RTS (EU) 2018/389, article 4(3)(b) |
/// | failures a recipient and purpose | 50 a day, 100 in a row | NIST SP 800-63B, 3.2.2 |
/// | cooldown | 60 s | the send itself costs and annoys |
/// | sends | 5 a challenge, 5 an hour, 10 a day | OWASP API4 and API6 |
/// | starts a caller address | 30 an hour | the same |
/// | starts a number block | 200 an hour | toll fraud walks through neighbouring numbers |
/// | live challenges | 1 | a newer code replaces the older |
///
/// ```
/// use std::time::Duration;
/// use otp_core::Policy;
///
/// let policy = Policy::builder().life(Duration::from_secs(300)).max_checks(3).build()?;
/// assert_eq!(policy.max_checks(), 3);
///
/// let problems = Policy::builder().max_checks(0).sends_per_hour(0).build().unwrap_err();
/// assert_eq!(problems.len(), 2, "all problems at once");
/// # Ok::<(), otp_core::PolicyProblems>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    format: CodeFormat,
    life: Duration,
    once_only: bool,
    max_checks: u32,
    failures_per_day: u32,
    failures_in_a_row: u32,
    cooldown: Duration,
    sends_per_challenge: u32,
    sends_per_hour: u32,
    sends_per_day: u32,
    starts_per_caller_per_hour: u32,
    starts_per_block_per_hour: u32,
    live_challenges: u32,
}

impl Policy {
    /// Starts from the defaults.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// How new codes look.
    #[must_use]
    pub const fn format(&self) -> CodeFormat {
        self.format
    }

    /// How long a code lives.
    #[must_use]
    pub const fn life(&self) -> Duration {
        self.life
    }

    /// Whether a code succeeds once only.
    #[must_use]
    pub const fn once_only(&self) -> bool {
        self.once_only
    }

    /// Guesses answered a challenge.
    #[must_use]
    pub const fn max_checks(&self) -> u32 {
        self.max_checks
    }

    /// Wrong guesses a recipient and purpose in any day.
    #[must_use]
    pub const fn failures_per_day(&self) -> u32 {
        self.failures_per_day
    }

    /// Wrong guesses a recipient and purpose without a success between them; then it is locked.
    #[must_use]
    pub const fn failures_in_a_row(&self) -> u32 {
        self.failures_in_a_row
    }

    /// Shortest time between two sends to a recipient.
    #[must_use]
    pub const fn cooldown(&self) -> Duration {
        self.cooldown
    }

    /// Sends a challenge, the first included.
    #[must_use]
    pub const fn sends_per_challenge(&self) -> u32 {
        self.sends_per_challenge
    }

    /// Sends a recipient and purpose in any hour.
    #[must_use]
    pub const fn sends_per_hour(&self) -> u32 {
        self.sends_per_hour
    }

    /// Sends a recipient and purpose in any day.
    #[must_use]
    pub const fn sends_per_day(&self) -> u32 {
        self.sends_per_day
    }

    /// Starts a caller address (an IPv6 /64 counts as one).
    #[must_use]
    pub const fn caller_quota(&self) -> Quota {
        Quota { limit: self.starts_per_caller_per_hour, period: HOUR }
    }

    /// Starts a block of neighbouring phone numbers (all but the last four digits the same).
    #[must_use]
    pub const fn block_quota(&self) -> Quota {
        Quota { limit: self.starts_per_block_per_hour, period: HOUR }
    }

    /// Challenges of one recipient and purpose that can be verified at a time; the oldest gives way.
    #[must_use]
    pub const fn live_challenges(&self) -> u32 {
        self.live_challenges
    }

    /// The least life a code has left when its message leaves: 60 s, or a tenth of its life where that is less.
    #[must_use]
    pub fn least_life_at_send(&self) -> Duration {
        LEAST_LIFE_AT_SEND.min(self.life / 10)
    }

    /// Whether a resend at `now` still repeats a code that expires at `expires_at`, or makes a new one: the message
    /// must be able to wait in the queue as long as the code must live after it.
    pub(crate) fn worth_repeating(&self, now: Timestamp, expires_at: Timestamp) -> bool {
        now.until(expires_at) >= 2 * self.least_life_at_send()
    }
}

impl Default for Policy {
    fn default() -> Self {
        PolicyBuilder::default().build().expect("the defaults are within their ranges")
    }
}
