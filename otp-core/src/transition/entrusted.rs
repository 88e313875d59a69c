//! Guesses at codes that a provider made: it compares them, the rules count them.

use super::{
    Change, Loaded, Outcome, Transition,
    check::{open, verify},
};
use crate::{
    challenge::{Challenge, ChallengeState},
    ledger::Ledger,
    policy::Policy,
    time::Timestamp,
};

/// What a provider made of a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle every verdict")]
pub enum Verdict {
    /// The code is right.
    Right,
    /// The code is wrong.
    Wrong,
    /// The provider's own verification is over: expired, withdrawn, too many guesses there, or unknown to it.
    Over,
}

/// Takes one guess from the challenge before its provider is asked, so that no more are answered than allowed however
/// many are asked at once. `Ok` with the code's generation where the provider may be asked.
///
/// The order of refusals is that of [`check`](super::check). [`settle`] must follow.
pub fn reserve(
    mut loaded: Loaded,
    context: Option<&[u8; 32]>,
    policy: &Policy,
    now: Timestamp,
) -> Transition<Result<u32, Outcome>> {
    let (challenge, ledger) = match open(&mut loaded, policy, now) {
        Ok(open) => open,
        Err(refused) => return Transition::unchanged(Err(refused)),
    };
    if challenge.checks_left(policy) == 0 {
        return Transition::unchanged(Err(Outcome::TooManyChecks));
    }
    challenge.checks = challenge.checks.saturating_add(1);
    let outcome = if context == challenge.context.as_ref() {
        Ok(challenge.generation)
    } else {
        // Bound to something else: wrong, whatever the provider would say.
        Err(wrong(challenge, ledger, policy, now))
    };
    let Loaded { challenge, ledger, .. } = loaded;
    Transition { write: Change { challenge, ledger, delivery: None }, outcome }
}

/// What a provider's verdict on a [reserved](reserve) guess at a code of `generation` comes to. `None` where it gave
/// none: the guess is given back, and the answer is that nobody knows.
///
/// A lock that fell while the provider was asked hides its verdict, so that no more guesses are answered than allowed
/// over all challenges of the recipient.
pub fn settle(
    mut loaded: Loaded,
    generation: u32,
    verdict: Option<Verdict>,
    policy: &Policy,
    now: Timestamp,
) -> Transition<Option<Outcome>> {
    let (challenge, ledger) = match open(&mut loaded, policy, now) {
        Ok(open) => open,
        Err(refused) => return Transition::unchanged(Some(refused)),
    };
    if challenge.generation != generation {
        return Transition::unchanged(Some(Outcome::Expired));
    }
    let outcome = match verdict {
        Some(Verdict::Right) => {
            if challenge.state == ChallengeState::Verified {
                // The same code right again, where that is allowed, costs no guess.
                challenge.checks = challenge.checks.saturating_sub(1);
            }
            Some(verify(challenge, ledger, now))
        }
        Some(Verdict::Wrong) => Some(wrong(challenge, ledger, policy, now)),
        Some(Verdict::Over) => {
            ledger.record_failure(policy, now);
            Some(Outcome::Expired)
        }
        None => {
            challenge.checks = challenge.checks.saturating_sub(1);
            None
        }
    };
    let Loaded { challenge, ledger, .. } = loaded;
    Transition { write: Change { challenge, ledger, delivery: None }, outcome }
}

fn wrong(challenge: &Challenge, ledger: &mut Ledger, policy: &Policy, now: Timestamp) -> Outcome {
    ledger.record_failure(policy, now);
    Outcome::Wrong { checks_left: challenge.checks_left(policy) }
}
