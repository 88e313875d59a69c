//! Beginning a challenge.

use std::fmt;

use super::{Change, Loaded, Refusal, ResendInput, Started, Transition, resend};
use crate::{
    challenge::{Challenge, ChallengeState, Parameters},
    channel::Channel,
    delivery::Delivery,
    key::{ChallengeKey, LedgerKey},
    keyring::KeyId,
    ledger::Ledger,
    message::Language,
    name::{Namespace, Purpose},
    policy::Policy,
    recipient::Recipient,
    time::Timestamp,
};

/// Whether a message leaves, and whether it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these three")]
pub enum SendKind {
    /// A message leaves and counts.
    Deliver,
    /// Nothing leaves, but it counts: a sandbox that behaves like the real thing.
    Silent,
    /// Nothing leaves and nothing counts: a test recipient with a prescribed code. Guesses still count.
    Exempt,
}

/// What a challenge is begun with.
///
/// `Debug` leaves out seed, context and parameters, like that of [`Challenge`].
#[derive(Clone)]
pub struct StartInput {
    /// The new challenge's key.
    pub key: ChallengeKey,
    /// The ledger of namespace, purpose and recipient.
    pub ledger: LedgerKey,
    /// The tenant.
    pub namespace: Namespace,
    /// Why the recipient is verified.
    pub purpose: Purpose,
    /// Who is verified.
    pub recipient: Recipient,
    /// How the code travels.
    pub channel: Channel,
    /// The message's language.
    pub language: Language,
    /// Values of the message's host parameters.
    pub parameters: Parameters,
    /// Hash of what else the code is bound to.
    pub context: Option<[u8; 32]>,
    /// The key to derive with.
    pub key_id: KeyId,
    /// 16 bytes of the operating system's random source.
    pub seed: [u8; 16],
    /// Whether a message leaves.
    pub send: SendKind,
}

impl fmt::Debug for StartInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartInput")
            .field("key", &self.key)
            .field("ledger", &self.ledger)
            .field("namespace", &self.namespace)
            .field("purpose", &self.purpose)
            .field("recipient", &self.recipient)
            .field("channel", &self.channel)
            .field("language", &self.language)
            .field("key_id", &self.key_id)
            .field("send", &self.send)
            .finish_non_exhaustive()
    }
}

/// Begins a challenge and asks for its message.
///
/// Under a key that a live challenge has (a caller without a session token), this is a resend: the same code, so that
/// a message that comes late still works.
///
/// Refused while the recipient is locked and while a send limit is reached. The oldest live challenge beyond
/// [`Policy::live_challenges`] gives way.
pub fn start(
    loaded: Loaded,
    input: StartInput,
    policy: &Policy,
    now: Timestamp,
) -> Transition<Result<Started, Refusal>> {
    if can_repeat(&loaded, policy) {
        return resend(loaded, ResendInput::from(input), policy, now);
    }
    let before = loaded.challenge;
    let mut ledger = loaded.ledger.unwrap_or_else(|| Ledger::new(input.ledger, now));
    ledger.settle(policy, now);
    if let Err(refusal) = admit(&ledger, input.send, policy, now) {
        return refused(ledger, refusal);
    }
    let generation = before.map_or(0, |challenge| challenge.generation).saturating_add(1);
    let challenge = Challenge {
        key: input.key,
        ledger: input.ledger,
        namespace: input.namespace,
        purpose: input.purpose,
        recipient: input.recipient,
        channel: input.channel,
        language: input.language,
        parameters: input.parameters,
        context: input.context,
        key_id: input.key_id,
        format: policy.format(),
        generation,
        seed: input.seed,
        state: ChallengeState::Pending,
        sends: 1,
        checks: 0,
        created_at: now,
        issued_at: now,
        expires_at: now + policy.life(),
        verified_at: None,
    };
    ledger.admit(challenge.key, policy);
    finish(challenge, ledger, loaded.delivery.as_ref(), input.send, policy, now)
}

fn can_repeat(loaded: &Loaded, policy: &Policy) -> bool {
    let (Some(challenge), Some(ledger)) = (&loaded.challenge, &loaded.ledger) else { return false };
    challenge.state == ChallengeState::Pending
        && challenge.checks < policy.max_checks()
        && challenge.sends < policy.sends_per_challenge()
        && challenge.ledger == ledger.key
        && ledger.live.contains(&challenge.key)
}

/// Whether the recipient's lock and budgets let a message through.
pub(super) fn admit(ledger: &Ledger, send: SendKind, policy: &Policy, now: Timestamp) -> Result<(), Refusal> {
    if let Some(retry_after) = ledger.lock(policy, now) {
        return Err(Refusal::Locked { retry_after });
    }
    match ledger.send_wait(policy, now) {
        Some(retry_after) if send != SendKind::Exempt => Err(Refusal::Throttled { retry_after }),
        _ => Ok(()),
    }
}

/// Counts the send and asks for the message.
pub(super) fn finish(
    challenge: Challenge,
    mut ledger: Ledger,
    previous: Option<&Delivery>,
    send: SendKind,
    policy: &Policy,
    now: Timestamp,
) -> Transition<Result<Started, Refusal>> {
    ledger.updated_at = now;
    if send != SendKind::Exempt {
        ledger.record_send(now);
    }
    let started = Started {
        channel: challenge.channel,
        code_length: challenge.format.length(),
        expires_at: challenge.expires_at,
        resend_at: now + ledger.send_wait(policy, now).unwrap_or_default(),
    };
    let delivery = (send == SendKind::Deliver).then(|| Delivery::queue(&challenge, previous, policy, now));
    Transition {
        write: Change { challenge: Some(challenge), ledger: Some(ledger), delivery },
        outcome: Ok(started),
    }
}

/// A refusal keeps the ledger's settled times, so that a stepping clock heals.
pub(super) fn refused(ledger: Ledger, refusal: Refusal) -> Transition<Result<Started, Refusal>> {
    Transition { write: Change { ledger: Some(ledger), ..Change::default() }, outcome: Err(refusal) }
}
