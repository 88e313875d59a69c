//! The answer to an idempotent request, remembered.

use std::{fmt, time::Duration};

use subtle::ConstantTimeEq;

use crate::{channel::Channel, key::ReplyKey, keyring::KeyId, time::Timestamp};

/// How long the same request gets the same answer.
pub const REPLY_LIFE: Duration = Duration::from_secs(86_400);

/// The answer to a request that carried an idempotency key. It holds no token: a start's is derived again from the
/// keyring and the seed. `Debug` leaves out the seed and the request's fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its name: a keyed hash of the idempotency key and whom it was used for.
    pub key: ReplyKey,
    /// Hash of the request; another request under the same key is a mistake.
    pub fingerprint: [u8; 32],
    /// The secret key that derived the session token.
    pub key_id: KeyId,
    /// What the session token was derived from.
    pub seed: [u8; 16],
    /// How the code travels.
    pub channel: Channel,
    /// Its number of characters.
    pub code_length: u8,
    /// Whether the answer said that the message waits (else that it was sent).
    pub is_queued: bool,
    /// The life it had left when the answer was given.
    pub expires_in: Duration,
    /// The wait until another message, when the answer was given.
    pub resend_in: Duration,
    /// When the answer is forgotten.
    pub forget_at: Timestamp,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("key", &self.key)
            .field("key_id", &self.key_id)
            .field("channel", &self.channel)
            .field("code_length", &self.code_length)
            .field("is_queued", &self.is_queued)
            .field("expires_in", &self.expires_in)
            .field("resend_in", &self.resend_in)
            .field("forget_at", &self.forget_at)
            .finish_non_exhaustive()
    }
}

/// What a remembered answer says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these three")]
pub enum Replay {
    /// Nothing: handle the request.
    Nothing,
    /// The same request: give the same answer, and do nothing.
    Same(Reply),
    /// Another request used the key.
    Different,
}

impl Replay {
    /// Compares a remembered answer with the request at hand.
    #[must_use]
    pub fn of(reply: Option<Reply>, fingerprint: &[u8; 32], now: Timestamp) -> Self {
        match reply {
            Some(reply) if reply.forget_at > now => {
                if reply.fingerprint.ct_eq(fingerprint).into() {
                    Self::Same(reply)
                } else {
                    Self::Different
                }
            }
            _ => Self::Nothing,
        }
    }
}
