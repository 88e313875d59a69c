//! Challenges that stand in for those of recipients nobody knows, so that they cannot be told from the others.
//!
//! A stand-in is begun, counted, queued and claimed like any challenge, with two differences that no caller sees: its
//! message is not sent, and no code opens it. What makes it one is its context, a hash that nothing has.

use otp_core::{
    Challenge, ChallengeState, Policy, Refusal, Timestamp,
    transition::{self, Change, Loaded, StartInput, Transition},
};

/// The context of stand-ins. Others are SHA-256 hashes, and of no known input all zeros.
pub(super) const CONTEXT: [u8; 32] = [0; 32];

/// Whether nothing is sent for the challenge and no code opens it.
pub(crate) fn is_stand_in(challenge: &Challenge) -> bool {
    challenge.context == Some(CONTEXT)
}

/// What a guess counts against: the challenge that is there, or one begun with `stand_in` where there is none or its
/// life is over. One that was verified is open again: whether its code was used is the host's to say.
pub(super) fn open(
    mut loaded: Loaded,
    stand_in: &StartInput,
    policy: &Policy,
    now: Timestamp,
) -> Transition<Result<Loaded, Refusal>> {
    if let Some(challenge) = present(&mut loaded, now) {
        if challenge.state == ChallengeState::Verified {
            challenge.state = ChallengeState::Pending;
        }
        return Transition { write: Change::default(), outcome: Ok(loaded) };
    }
    let Transition { write, outcome } = transition::start(loaded, stand_in.clone(), policy, now);
    let begun = Loaded { challenge: write.challenge.clone(), ledger: write.ledger.clone(), delivery: None };
    Transition { write, outcome: outcome.map(|_| begun) }
}

fn present(loaded: &mut Loaded, now: Timestamp) -> Option<&mut Challenge> {
    let (challenge, ledger) = (loaded.challenge.as_mut()?, loaded.ledger.as_ref()?);
    let is_live = challenge.ledger == ledger.key
        && ledger.live.contains(&challenge.key)
        && challenge.state != ChallengeState::Canceled
        && !challenge.is_expired(now);
    is_live.then_some(challenge)
}
