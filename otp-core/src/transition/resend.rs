//! Asking for the message again.

use std::fmt;

use super::{
    Loaded, Refusal, SendKind, StartInput, Started, Transition,
    start::{admit, finish, refused},
};
use crate::{
    challenge::{Challenge, ChallengeState, Parameters},
    channel::Channel,
    keyring::KeyId,
    message::Language,
    policy::Policy,
    time::Timestamp,
};

/// What a message is asked for again with. `None` keeps what the challenge has.
///
/// `Debug` leaves out seed, context and parameters, like that of [`Challenge`].
#[derive(Clone)]
pub struct ResendInput {
    /// Another way for the code to travel.
    pub channel: Option<Channel>,
    /// Another language for the message.
    pub language: Option<Language>,
    /// Other values for the message's host parameters.
    pub parameters: Option<Parameters>,
    /// Another context; `Some(None)` unbinds the code.
    pub context: Option<Option<[u8; 32]>>,
    /// The key to derive with, should a new code be needed.
    pub key_id: KeyId,
    /// 16 bytes of the operating system's random source, should a new code be needed.
    pub seed: [u8; 16],
    /// Whether a message leaves.
    pub send: SendKind,
}

impl fmt::Debug for ResendInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResendInput")
            .field("channel", &self.channel)
            .field("language", &self.language)
            .field("key_id", &self.key_id)
            .field("send", &self.send)
            .finish_non_exhaustive()
    }
}

impl From<StartInput> for ResendInput {
    fn from(input: StartInput) -> Self {
        Self {
            channel: Some(input.channel),
            language: Some(input.language),
            parameters: Some(input.parameters),
            context: Some(input.context),
            key_id: input.key_id,
            seed: input.seed,
            send: input.send,
        }
    }
}

/// Asks for the message again.
///
/// The code stays the same, so that the first message still works when it comes late, unless channel or context change
/// or too little of its life is left: then a new generation begins and the old code is dead. Guesses already answered
/// stay counted either way.
pub fn resend(
    loaded: Loaded,
    input: ResendInput,
    policy: &Policy,
    now: Timestamp,
) -> Transition<Result<Started, Refusal>> {
    let Some((mut challenge, mut ledger, delivery)) = loaded.live() else {
        return Transition::unchanged(Err(Refusal::Mismatch));
    };
    if challenge.state == ChallengeState::Verified {
        return Transition::unchanged(Err(Refusal::AlreadyVerified));
    }
    ledger.settle(policy, now);
    if let Err(refusal) = admit(&ledger, input.send, policy, now) {
        return refused(ledger, refusal);
    }
    if challenge.checks_left(policy) == 0 {
        return Transition::unchanged(Err(Refusal::TooManyChecks));
    }
    if challenge.sends >= policy.sends_per_challenge() && input.send != SendKind::Exempt {
        // Time brings this challenge no new sends; what helps is a new one, at the latest when this one ends.
        let retry_after = now.until(challenge.expires_at).max(std::time::Duration::from_secs(1));
        return refused(ledger, Refusal::Throttled { retry_after });
    }
    if must_renew(&challenge, &input, policy, now) {
        challenge.generation = challenge.generation.saturating_add(1);
        challenge.seed = input.seed;
        challenge.key_id = input.key_id;
        challenge.format = policy.format();
        challenge.issued_at = now;
        challenge.expires_at = now + policy.life();
    }
    challenge.channel = input.channel.unwrap_or(challenge.channel);
    challenge.language = input.language.unwrap_or(challenge.language);
    challenge.parameters = input.parameters.unwrap_or(challenge.parameters);
    challenge.context = input.context.unwrap_or(challenge.context);
    challenge.sends = challenge.sends.saturating_add(1);
    finish(challenge, ledger, delivery.as_ref(), input.send, policy, now)
}

fn must_renew(challenge: &Challenge, input: &ResendInput, policy: &Policy, now: Timestamp) -> bool {
    input.channel.is_some_and(|channel| channel != challenge.channel)
        || input.context.is_some_and(|context| context != challenge.context)
        || challenge.is_expired(now)
        || !policy.worth_repeating(now, challenge.expires_at)
}
