//! Answers, and whether one is among those that may be told.
//!
//! Every answer is foretold exactly, but for one freedom: a failure may count a 24th of a day longer than a day.

use otp_core::Outcome;

use crate::operation::DAY;

/// What stories must come to, for the suite to mean anything.
pub(crate) const EVENTS: [&str; 15] = [
    "verified",
    "verified again",
    "wrong",
    "wrong context",
    "over",
    "no verdict",
    "mismatch",
    "already verified",
    "locked for now",
    "locked by host",
    "expired",
    "too many checks",
    "verdict hidden by a lock",
    "verdict on an older code",
    "verdict on a challenge that is gone",
];

pub(crate) fn is_open(expected: &[Option<Outcome>]) -> bool {
    expected.last() == Some(&None)
}

/// The last of `expected` is told, or one before it that is a refusal.
pub(crate) fn assert_told(found: Option<Outcome>, expected: &[Option<Outcome>]) {
    let alike = |found: Option<Outcome>, expected: Option<Outcome>| match (found, expected) {
        (
            Some(Outcome::Locked { retry_after: Some(wait) }),
            Some(Outcome::Locked { retry_after: Some(_) }),
        ) => wait.as_millis() > 0 && wait.as_millis() <= (DAY + DAY / 24).unsigned_abs().into(),
        (found, expected) => found == expected,
    };
    let last = expected.len() - 1;
    let possible = expected.iter().enumerate().filter(|(place, one)| one.is_some() || *place == last);
    assert!(possible.into_iter().any(|(_, one)| alike(found, *one)), "{found:?}, not {expected:?}");
}

pub(crate) fn name(refused: Outcome) -> &'static str {
    match refused {
        Outcome::Mismatch => "mismatch",
        Outcome::AlreadyVerified => "already verified",
        Outcome::Locked { retry_after: Some(_) } => "locked for now",
        Outcome::Locked { retry_after: None } => "locked by host",
        Outcome::Expired => "expired",
        Outcome::TooManyChecks => "too many checks",
        Outcome::Verified | Outcome::Wrong { .. } => unreachable!("no refusal"),
    }
}
