//! Answering a guess.

use std::time::Duration;

use super::{Change, Loaded, Transition};
use crate::{
    challenge::{Challenge, ChallengeState, CodeSource},
    code::Submitted,
    ledger::Ledger,
    policy::Policy,
    time::Timestamp,
};

/// What a check found. A wrong code is an outcome, never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle every outcome, `Wrong` above all")]
pub enum Outcome {
    /// The code is right: the recipient is verified.
    Verified,
    /// The code is wrong, and the guess is counted.
    Wrong {
        /// Guesses this challenge still answers.
        checks_left: u32,
    },
    /// There is no such challenge for this recipient, or a newer one took its place. Costs nobody a guess.
    Mismatch,
    /// The code's life is over.
    Expired,
    /// The challenge was verified before, and codes succeed once only.
    AlreadyVerified,
    /// The challenge has no guesses left; start a new one.
    TooManyChecks,
    /// Too many wrong guesses for this recipient over all its challenges.
    Locked {
        /// When guesses are answered again; absent where the host must unlock.
        retry_after: Option<Duration>,
    },
}

/// Answers a guess, and counts it whatever it was.
///
/// The order of refusals: no such challenge, verified before, recipient locked, expired, no guesses left. Only then is
/// the guess compared.
pub fn check(
    mut loaded: Loaded,
    submitted: &Submitted,
    context: Option<&[u8; 32]>,
    source: CodeSource<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Transition<Outcome> {
    let (challenge, ledger) = match open(&mut loaded, policy, now) {
        Ok(open) => open,
        Err(refused) => return Transition::unchanged(refused),
    };
    if challenge.checks_left(policy) == 0 {
        return Transition::unchanged(Outcome::TooManyChecks);
    }
    let outcome = if challenge.accepts(submitted, context, source) {
        if challenge.state == ChallengeState::Pending {
            challenge.checks = challenge.checks.saturating_add(1);
        }
        verify(challenge, ledger, now)
    } else {
        challenge.checks = challenge.checks.saturating_add(1);
        ledger.record_failure(policy, now);
        Outcome::Wrong { checks_left: challenge.checks_left(policy) }
    };
    let Loaded { challenge, ledger, .. } = loaded;
    Transition { write: Change { challenge, ledger, delivery: None }, outcome }
}

/// The challenge whose code a guess may be compared with, or why there is none; guesses left aside.
pub(super) fn open<'a>(
    loaded: &'a mut Loaded,
    policy: &Policy,
    now: Timestamp,
) -> Result<(&'a mut Challenge, &'a mut Ledger), Outcome> {
    let Some((challenge, ledger)) = loaded.live_mut() else { return Err(Outcome::Mismatch) };
    if challenge.state == ChallengeState::Verified && policy.once_only() {
        return Err(Outcome::AlreadyVerified);
    }
    if let Some(retry_after) = ledger.lock(policy, now) {
        return Err(Outcome::Locked { retry_after });
    }
    if challenge.is_expired(now) {
        return Err(Outcome::Expired);
    }
    Ok((challenge, ledger))
}

pub(super) fn verify(challenge: &mut Challenge, ledger: &mut Ledger, now: Timestamp) -> Outcome {
    if challenge.state == ChallengeState::Pending {
        challenge.state = ChallengeState::Verified;
        challenge.verified_at = Some(now);
    }
    ledger.record_success(now);
    Outcome::Verified
}
