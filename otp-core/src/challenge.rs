//! One code for one session.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    channel::Channel,
    code::{Code, CodeFormat, Submitted},
    key::{ChallengeKey, LedgerKey},
    keyring::{KeyId, Keyring},
    message::Language,
    name::{Namespace, Purpose},
    policy::Policy,
    recipient::Recipient,
    time::Timestamp,
    transition::CLOCK_TOLERANCE,
};

/// Host parameters of a message, as its template names them.
pub type Parameters = Arc<BTreeMap<String, String>>;

/// What a [`Challenge`] has come to. Only `Pending` ever changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "stores and rules must handle every state")]
pub enum ChallengeState {
    /// Waiting for its code.
    Pending,
    /// The right code was given.
    Verified,
    /// The caller withdrew it.
    Canceled,
}

/// One code for one session: how it is derived, how often it was sent and checked, and when it ends.
///
/// This is a record: stores read and write the fields, the functions of [`transition`](crate::transition) alone decide
/// what changes.
///
/// `Debug` leaves out seed, context and parameters: the seed is half of the code's secret, the others are the host's.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its name: a hash of the session token, or of the recipient.
    pub key: ChallengeKey,
    /// The ledger it counts into.
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
    /// Hash of what else the code is bound to (an amount, a device); absent where there is nothing.
    pub context: Option<[u8; 32]>,
    /// The key its code is derived with.
    pub key_id: KeyId,
    /// How its code looks.
    pub format: CodeFormat,
    /// 1 for the first code, one more for each that replaced it.
    pub generation: u32,
    /// Random bytes of this generation; without them a leaked key alone would tell every code.
    pub seed: [u8; 16],
    /// Where it stands.
    pub state: ChallengeState,
    /// Messages asked for, over all generations.
    pub sends: u32,
    /// Guesses answered, over all generations.
    pub checks: u32,
    /// When the session began.
    pub created_at: Timestamp,
    /// When this generation began.
    pub issued_at: Timestamp,
    /// When this generation ends.
    pub expires_at: Timestamp,
    /// When the right code was given.
    pub verified_at: Option<Timestamp>,
}

/// What a code is derived from, besides the key. See [`Keyring::code`].
///
/// `Debug` leaves out seed and context.
#[derive(Clone, Copy)]
pub struct CodeInputs<'a> {
    /// The tenant.
    pub namespace: &'a Namespace,
    /// Why the recipient is verified.
    pub purpose: &'a Purpose,
    /// The challenge's key.
    pub challenge: &'a ChallengeKey,
    /// The generation, big-endian.
    pub generation: [u8; 4],
    /// How the code travels.
    pub channel: Channel,
    /// Who is verified.
    pub recipient: &'a Recipient,
    /// Hash of what else the code is bound to; empty where there is nothing.
    pub context: &'a [u8],
    /// The number of characters, as one byte.
    pub digits: [u8; 1],
    /// How the code looks.
    pub format: CodeFormat,
    /// The generation's random bytes.
    pub seed: &'a [u8; 16],
}

/// Where the right code comes from.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum CodeSource<'a> {
    /// Derived from the keyring.
    Keyring(&'a Keyring),
    /// Fixed by the operator for a test recipient.
    Prescribed(&'a Code),
}

impl Challenge {
    /// The code of the present generation; `None` where its key was removed.
    #[must_use]
    pub fn code(&self, keyring: &Keyring) -> Option<Code> {
        keyring.code(&self.key_id, &self.inputs(self.context.as_ref()))
    }

    /// Whether `submitted` is the right code for what the caller says it is bound to.
    pub(crate) fn accepts(
        &self,
        submitted: &Submitted,
        context: Option<&[u8; 32]>,
        source: CodeSource<'_>,
    ) -> bool {
        match source {
            CodeSource::Prescribed(code) => code.matches(submitted) && context == self.context.as_ref(),
            CodeSource::Keyring(keyring) => {
                keyring.code(&self.key_id, &self.inputs(context)).is_some_and(|code| code.matches(submitted))
            }
        }
    }

    /// Whether the generation has ended, or the clock stands before it began (a clock set back must not lengthen a
    /// code's life).
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at || now + CLOCK_TOLERANCE < self.issued_at
    }

    /// Guesses that are still answered.
    #[must_use]
    pub fn checks_left(&self, policy: &Policy) -> u32 {
        policy.max_checks().saturating_sub(self.checks)
    }

    fn inputs<'a>(&'a self, context: Option<&'a [u8; 32]>) -> CodeInputs<'a> {
        CodeInputs {
            namespace: &self.namespace,
            purpose: &self.purpose,
            challenge: &self.key,
            generation: self.generation.to_be_bytes(),
            channel: self.channel,
            recipient: &self.recipient,
            context: context.map_or(&[], |hash| hash.as_slice()),
            digits: [self.format.length()],
            format: self.format,
            seed: &self.seed,
        }
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("key", &self.key)
            .field("ledger", &self.ledger)
            .field("namespace", &self.namespace)
            .field("purpose", &self.purpose)
            .field("recipient", &self.recipient)
            .field("channel", &self.channel)
            .field("language", &self.language)
            .field("key_id", &self.key_id)
            .field("format", &self.format)
            .field("generation", &self.generation)
            .field("state", &self.state)
            .field("sends", &self.sends)
            .field("checks", &self.checks)
            .field("created_at", &self.created_at)
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .field("verified_at", &self.verified_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CodeInputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeInputs")
            .field("namespace", self.namespace)
            .field("purpose", self.purpose)
            .field("challenge", self.challenge)
            .field("generation", &u32::from_be_bytes(self.generation))
            .field("channel", &self.channel)
            .field("recipient", self.recipient)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
