//! Building a policy that is consistent.

use std::{fmt, ops::RangeInclusive, time::Duration};

use super::{DAY, Policy};
use crate::code::{Alphabet, CodeFormat};

/// A limit outside its range, or two that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{limit}: {expected}, not {found}")]
pub struct PolicyProblem {
    /// The builder's method.
    pub limit: &'static str,
    /// What is expected.
    pub expected: String,
    /// What was given.
    pub found: String,
}

/// Every problem of a policy, one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyProblems(pub(super) Vec<PolicyProblem>);

impl PolicyProblems {
    /// The problems in the order of the builder's methods.
    pub fn iter(&self) -> std::slice::Iter<'_, PolicyProblem> {
        self.0.iter()
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "problems are only reported when there are some")]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for PolicyProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the policy is inconsistent")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for PolicyProblems {}

/// Collects limits; [`PolicyBuilder::build`] checks them all.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct PolicyBuilder {
    code_length: u8,
    alphabet: Alphabet,
    policy: Policy,
}

impl Default for PolicyBuilder {
    fn default() -> Self {
        Self {
            code_length: 6,
            alphabet: Alphabet::Digits,
            policy: Policy {
                format: CodeFormat::default(),
                life: Duration::from_secs(600),
                once_only: true,
                max_checks: 5,
                failures_per_day: 50,
                failures_in_a_row: 100,
                cooldown: Duration::from_secs(60),
                sends_per_challenge: 5,
                sends_per_hour: 5,
                sends_per_day: 10,
                starts_per_caller_per_hour: 30,
                starts_per_block_per_hour: 200,
                live_challenges: 1,
            },
        }
    }
}

impl PolicyBuilder {
    /// Characters of a code: 4 to 10.
    pub const fn code_length(mut self, characters: u8) -> Self {
        self.code_length = characters;
        self
    }

    /// Characters a code is made of.
    pub const fn alphabet(mut self, alphabet: Alphabet) -> Self {
        self.alphabet = alphabet;
        self
    }

    /// Life of a code: 1 s to 1 day.
    pub const fn life(mut self, life: Duration) -> Self {
        self.policy.life = life;
        self
    }

    /// Whether a code succeeds once only. Where it may succeed again, the first success is one of the checks that are
    /// answered, so wrong guesses before it leave fewer after it.
    pub const fn once_only(mut self, once_only: bool) -> Self {
        self.policy.once_only = once_only;
        self
    }

    /// Guesses answered a challenge: 1 to 10.
    pub const fn max_checks(mut self, checks: u32) -> Self {
        self.policy.max_checks = checks;
        self
    }

    /// Wrong guesses a recipient and purpose a day: 1 to 50.
    pub const fn failures_per_day(mut self, failures: u32) -> Self {
        self.policy.failures_per_day = failures;
        self
    }

    /// Wrong guesses in a row until the host must unlock: 1 to 100.
    pub const fn failures_in_a_row(mut self, failures: u32) -> Self {
        self.policy.failures_in_a_row = failures;
        self
    }

    /// Time between two sends: 0 s to 1 day.
    pub const fn cooldown(mut self, cooldown: Duration) -> Self {
        self.policy.cooldown = cooldown;
        self
    }

    /// Sends a challenge: at least 1.
    pub const fn sends_per_challenge(mut self, sends: u32) -> Self {
        self.policy.sends_per_challenge = sends;
        self
    }

    /// Sends a recipient and purpose an hour: at least 1.
    pub const fn sends_per_hour(mut self, sends: u32) -> Self {
        self.policy.sends_per_hour = sends;
        self
    }

    /// Sends a recipient and purpose a day: at least 1.
    pub const fn sends_per_day(mut self, sends: u32) -> Self {
        self.policy.sends_per_day = sends;
        self
    }

    /// Starts a caller address an hour: at least 1.
    pub const fn starts_per_caller_per_hour(mut self, starts: u32) -> Self {
        self.policy.starts_per_caller_per_hour = starts;
        self
    }

    /// Starts a block of ten thousand neighbouring phone numbers an hour: at least 1.
    pub const fn starts_per_block_per_hour(mut self, starts: u32) -> Self {
        self.policy.starts_per_block_per_hour = starts;
        self
    }

    /// Challenges a recipient and purpose can verify at a time: 1 to 16.
    pub const fn live_challenges(mut self, challenges: u32) -> Self {
        self.policy.live_challenges = challenges;
        self
    }

    /// Checks every limit.
    ///
    /// # Errors
    ///
    /// [`PolicyProblems`] with everything that is wrong.
    pub fn build(self) -> Result<Policy, PolicyProblems> {
        let Self { code_length, alphabet, mut policy } = self;
        let mut problems = Problems(Vec::new());
        match CodeFormat::new(code_length, alphabet) {
            Ok(format) => policy.format = format,
            Err(_) => problems.add("code_length", "4 to 10 characters", code_length),
        }
        if !(Duration::from_secs(1)..=DAY).contains(&policy.life) {
            problems.add("life", "1 s to 86400 s", format_args!("{} s", policy.life.as_secs_f64()));
        }
        if policy.cooldown > DAY {
            problems.add("cooldown", "0 s to 86400 s", format_args!("{} s", policy.cooldown.as_secs_f64()));
        }
        problems.range("max_checks", policy.max_checks, 1..=10);
        problems.range("failures_per_day", policy.failures_per_day, 1..=50);
        problems.range("failures_in_a_row", policy.failures_in_a_row, 1..=100);
        problems.range("sends_per_challenge", policy.sends_per_challenge, 1..=u32::MAX);
        problems.range("sends_per_hour", policy.sends_per_hour, 1..=u32::MAX);
        problems.range("sends_per_day", policy.sends_per_day, 1..=u32::MAX);
        problems.range("starts_per_caller_per_hour", policy.starts_per_caller_per_hour, 1..=u32::MAX);
        problems.range("starts_per_block_per_hour", policy.starts_per_block_per_hour, 1..=u32::MAX);
        problems.range("live_challenges", policy.live_challenges, 1..=16);
        let fewest_failures = policy.failures_per_day.min(policy.failures_in_a_row);
        if policy.max_checks > fewest_failures {
            let expected = format!("at most the failure limits ({fewest_failures})");
            problems.add("max_checks", expected, policy.max_checks);
        }
        if problems.0.is_empty() { Ok(policy) } else { Err(PolicyProblems(problems.0)) }
    }
}

struct Problems(Vec<PolicyProblem>);

impl Problems {
    fn add(&mut self, limit: &'static str, expected: impl Into<String>, found: impl fmt::Display) {
        self.0.push(PolicyProblem { limit, expected: expected.into(), found: found.to_string() });
    }

    fn range(&mut self, limit: &'static str, found: u32, range: RangeInclusive<u32>) {
        if !range.contains(&found) {
            let expected = match *range.end() {
                u32::MAX => format!("at least {}", range.start()),
                end => format!("{} to {end}", range.start()),
            };
            self.add(limit, expected, found);
        }
    }
}
