//! Remembered answers to idempotent requests.

use otp_core::{
    KeyId, Keyring, Purpose, REPLY_LIFE, Recipient, Replay, Reply, ReplyKey, SessionToken, Started, Timestamp,
};

use super::{Inner, StartError, request::Idempotency, session::DeliveryStatus};
use crate::{
    random::{RandomError, random_bytes},
    records::{Keys, Records},
    store::StoreExt,
};

/// An idempotent request at hand, which may have been answered before.
#[derive(Debug, Clone)]
pub(super) struct PendingReply {
    pub(super) key: ReplyKey,
    fingerprint: [u8; 32],
    key_id: KeyId,
    seed: [u8; 16],
}

impl PendingReply {
    /// The session token of the challenge this request begins: derived, so that a repeat gets it again.
    pub(super) fn token(&self, keyring: &Keyring) -> Option<SessionToken> {
        keyring.session_token(&self.key_id, &self.key, &self.seed)
    }

    pub(super) fn replay(&self, records: &Records, now: Timestamp) -> Replay {
        Replay::of(records.replies.find(&self.key).cloned(), &self.fingerprint, now)
    }

    pub(super) fn record(&self, started: &Started, is_queued: bool, now: Timestamp) -> Reply {
        Reply {
            key: self.key,
            fingerprint: self.fingerprint,
            key_id: self.key_id.clone(),
            seed: self.seed,
            channel: started.channel,
            code_length: started.code_length,
            is_queued,
            expires_in: now.until(started.expires_at),
            resend_in: now.until(started.resend_at),
            forget_at: now + REPLY_LIFE,
        }
    }
}

impl Inner {
    pub(super) fn pending_reply(
        &self,
        idempotency: Option<&Idempotency>,
        call: &str,
        purpose: &Purpose,
        recipient: &Recipient,
    ) -> Result<Option<PendingReply>, RandomError> {
        let Some(Idempotency { key, fingerprint }) = idempotency else { return Ok(None) };
        Ok(Some(PendingReply {
            key: self.keyring.reply_key(&self.namespace, &format!("{call} {purpose}"), recipient, key),
            fingerprint: *fingerprint,
            key_id: self.keyring.signing_id().clone(),
            seed: random_bytes()?,
        }))
    }

    /// The answer given before, looked up before any budget is spent on the request.
    pub(super) async fn answered(
        &self,
        reply: &PendingReply,
        now: Timestamp,
    ) -> Result<Option<Reply>, StartError> {
        let pending = reply.clone();
        let keys = Keys { replies: vec![reply.key], ..Keys::default() };
        let replay = self.store.run(keys, move |records: &mut Records| pending.replay(records, now)).await?;
        match replay {
            Replay::Same(reply) => Ok(Some(reply)),
            Replay::Different => Err(StartError::IdempotencyKeyReused),
            Replay::Nothing => Ok(None),
        }
    }

    /// Brings a remembered answer in line with what became of an inline send; a failed one is forgotten.
    pub(super) async fn correct(
        &self,
        key: ReplyKey,
        status: Option<DeliveryStatus>,
    ) -> Result<(), StartError> {
        let keys = Keys { replies: vec![key], ..Keys::default() };
        let step = move |records: &mut Records| match (records.replies.find(&key).cloned(), status) {
            (Some(reply), Some(status)) => {
                records.replies.put(Reply { is_queued: status == DeliveryStatus::Queued, ..reply });
            }
            _ => records.replies.delete(key),
        };
        Ok(self.store.run(keys, step).await?)
    }
}
