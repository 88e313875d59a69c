//! Withdrawing, reading and unlocking.

use super::{Change, Loaded, Refusal, Transition};
use crate::{
    challenge::ChallengeState, channel::Channel, delivery::DeliveryState, ledger::Ledger, policy::Policy,
    time::Timestamp,
};

/// Where a challenge stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle every state")]
pub enum StatusState {
    /// Waiting for its code.
    Pending,
    /// Verified.
    Verified,
    /// Its life is over.
    Expired,
    /// No guess is answered any more.
    Locked,
}

/// Where a challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// In one word.
    pub state: StatusState,
    /// What became of its last message; absent where nothing leaves (prescribed codes).
    pub delivery: Option<DeliveryState>,
    /// The channel that may reach the recipient where that message's cannot.
    pub other_channel: Option<Channel>,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// When another message may be asked for.
    pub resend_at: Timestamp,
    /// Guesses still answered.
    pub checks_left: u32,
}

/// Withdraws a challenge: its code is dead, its message is not sent any more.
///
/// The budgets it spent stay spent.
pub fn cancel(loaded: Loaded, now: Timestamp) -> Transition<Result<(), Refusal>> {
    let Some((mut challenge, mut ledger, delivery)) = loaded.live() else {
        return Transition::unchanged(Err(Refusal::Mismatch));
    };
    if challenge.state == ChallengeState::Verified {
        return Transition::unchanged(Err(Refusal::AlreadyVerified));
    }
    challenge.state = ChallengeState::Canceled;
    ledger.live.retain(|live| *live != challenge.key);
    ledger.updated_at = now;
    let delivery = delivery.and_then(|delivery| delivery.abandon(now));
    Transition {
        write: Change { challenge: Some(challenge), ledger: Some(ledger), delivery },
        outcome: Ok(()),
    }
}

/// Reads where a challenge stands; `None` where there is no such challenge for this recipient. Costs nothing.
#[must_use]
pub fn status(loaded: Loaded, policy: &Policy, now: Timestamp) -> Option<Status> {
    let (challenge, ledger, delivery) = loaded.live()?;
    let checks_left = challenge.checks_left(policy);
    let locked = checks_left == 0 || ledger.lock(policy, now).is_some();
    let state = match challenge.state {
        ChallengeState::Verified => StatusState::Verified,
        _ if challenge.is_expired(now) => StatusState::Expired,
        _ if locked => StatusState::Locked,
        _ => StatusState::Pending,
    };
    Some(Status {
        state,
        delivery: delivery.as_ref().map(|delivery| delivery.state),
        other_channel: delivery.and_then(|delivery| delivery.other_channel),
        expires_at: challenge.expires_at,
        resend_at: now + ledger.send_wait(policy, now).unwrap_or_default(),
        checks_left,
    })
}

/// Lifts a recipient's lock and forgets its wrong guesses; `true` where there was something to lift. Send budgets stay.
pub fn unlock(ledger: Option<Ledger>, policy: &Policy, now: Timestamp) -> Transition<bool> {
    let Some(mut ledger) = ledger else { return Transition::unchanged(false) };
    let was_locked = ledger.lock(policy, now).is_some();
    ledger.unlock(now);
    Transition { write: Change { ledger: Some(ledger), ..Change::default() }, outcome: was_locked }
}
