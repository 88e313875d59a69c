//! What start and resend share: run the rule, then see to the message.

use std::sync::Arc;

use otp_core::{
    DeliveryState, FailureClass, Purpose, Recipient, Refusal, Replay, Reply, ReplyKey, SessionToken, Started,
    Timestamp,
    transition::{Loaded, Transition},
};

use super::{
    DeliveryMode, DeliveryStatus, Inner, Scope, Session, StartError,
    admission::{Budgets, Limited},
    reply::PendingReply,
};
use crate::{
    desk::Place,
    events::EventKind,
    records::Records,
    store::{Claimed, StoreError, StoreExt},
    worker,
};

/// One start or resend on its way through the service.
pub(super) struct Call {
    pub(super) inner: Arc<Inner>,
    pub(super) purpose: Purpose,
    pub(super) recipient: Recipient,
    pub(super) scope: Scope,
    /// The token the answer carries; for a repeated request that began the challenge, the one it was told before.
    pub(super) token: Option<SessionToken>,
    pub(super) reply: Option<PendingReply>,
    /// What a start is taken from before the recipient's records are touched.
    pub(super) budgets: Budgets,
    pub(super) begins: bool,
    pub(super) delivery: DeliveryMode,
    pub(super) now: Timestamp,
}

/// What a committed step decided, before the message's fate is known.
enum Decided {
    New(Started, Option<Box<Claimed>>),
    Again(Reply),
    Limited(Limited),
}

impl Call {
    /// Runs `rule` on the challenge's records unless the same request was answered before, makes the result durable,
    /// then wakes the worker or sends the message while the caller waits.
    pub(super) async fn run(
        mut self,
        rule: impl Fn(Loaded) -> Transition<Result<Started, Refusal>> + Send + 'static,
    ) -> Result<Session, StartError> {
        let apart = self.inner.store.is_partitioned().then(|| std::mem::take(&mut self.budgets));
        if let Some(budgets) = &apart
            && let Err(limited) = self.inner.spend(budgets.clone(), self.now).await?
        {
            return Err(self.limited(limited));
        }
        // A promise to send comes before the step that relies on it.
        let place = match self.delivery {
            DeliveryMode::Queue => self.inner.desk.place(),
            DeliveryMode::Inline => None,
        };
        let decided = self.decide(rule, place.is_some()).await;
        if let (Some(budgets), Err(_) | Ok(Decided::Again(_))) = (apart, &decided) {
            self.inner.refund(budgets).await?;
        }
        match decided {
            Ok(Decided::Limited(limited)) => Err(self.limited(limited)),
            Ok(Decided::New(started, delivery)) => {
                self.inner.record(&self.purpose, EventKind::Started { channel: started.channel });
                self.hand_over(started, delivery, place).await
            }
            Ok(Decided::Again(reply)) => Ok(self.again(&reply)),
            Err(error) => {
                if let StartError::Refused(refusal) = &error {
                    self.inner.record(&self.purpose, EventKind::Refused(*refusal));
                }
                Err(error)
            }
        }
    }

    /// The answer that was given before.
    pub(super) fn again(&self, reply: &Reply) -> Session {
        let before = || self.inner.keyring.session_token(&reply.key_id, &reply.key, &reply.seed);
        let token = if self.begins && self.token.is_some() { before() } else { self.token.clone() };
        Session {
            token,
            recipient: self.recipient.clone(),
            channel: reply.channel,
            delivery: if reply.is_queued { DeliveryStatus::Queued } else { DeliveryStatus::Sent },
            code_length: reply.code_length,
            expires_in: reply.expires_in,
            resend_in: reply.resend_in,
        }
    }

    fn limited(&self, Limited { by, retry_after }: Limited) -> StartError {
        self.inner.record(&self.purpose, EventKind::Limited { by });
        StartError::Refused(Refusal::Throttled { retry_after })
    }

    async fn decide(
        &self,
        rule: impl Fn(Loaded) -> Transition<Result<Started, Refusal>> + Send + 'static,
        has_place: bool,
    ) -> Result<Decided, StartError> {
        let mut keys = self.scope.keys();
        keys.replies.extend(self.reply.as_ref().map(|reply| reply.key));
        keys.meters.extend(self.budgets.keys());
        let (scope, reply, budgets) = (self.scope.clone(), self.reply.clone(), self.budgets.clone());
        let (is_claimed, now) = (has_place || self.delivery == DeliveryMode::Inline, self.now);
        let step = move |records: &mut Records| {
            match reply.as_ref().map_or(Replay::Nothing, |reply| reply.replay(records, now)) {
                Replay::Same(reply) => return Ok(Decided::Again(reply)),
                Replay::Different => return Err(StartError::IdempotencyKeyReused),
                Replay::Nothing => {}
            }
            if let Err(limited) = budgets.spend(records, now) {
                return Ok(Decided::Limited(limited));
            }
            let Transition { mut write, outcome } = rule(scope.load(records));
            if let (true, Some(delivery)) = (is_claimed, &mut write.delivery) {
                delivery.claim(now, worker::LEASE);
            }
            let delivery = write.delivery.clone().map(|delivery| {
                let (challenge, ledger) = (write.challenge.clone(), write.ledger.clone());
                Box::new(Claimed { delivery, challenge, ledger })
            });
            Scope::save(records, write);
            let started = outcome.inspect_err(|_| budgets.refund(records))?;
            if let Some(reply) = &reply {
                // An inline send is told as queued too, until its provider has answered.
                let is_queued = delivery.is_some();
                records.replies.put(reply.record(&started, is_queued, now));
            }
            Ok(Decided::New(started, delivery))
        };
        self.inner.store.run(keys, step).await?
    }

    async fn hand_over(
        self,
        started: Started,
        claimed: Option<Box<Claimed>>,
        place: Option<Place>,
    ) -> Result<Session, StartError> {
        let delivery = match (claimed, self.delivery) {
            (None, _) => DeliveryStatus::Sent,
            (Some(claimed), DeliveryMode::Queue) => {
                match place {
                    Some(place) => place.take(*claimed),
                    None => self.inner.queued.notify_one(),
                }
                DeliveryStatus::Queued
            }
            (Some(claimed), DeliveryMode::Inline) => {
                // A task of its own: a caller who hangs up must not take the message with him, half-sent.
                let reply = self.reply.as_ref().map(|reply| reply.key);
                let sent = tokio::spawn(send(Arc::clone(&self.inner), *claimed, reply)).await;
                sent.map_err(|_| StoreError::Step("the sender panicked".to_owned()))??
            }
        };
        Ok(Session {
            token: self.token,
            recipient: self.recipient,
            channel: started.channel,
            delivery,
            code_length: started.code_length,
            expires_in: self.now.until(started.expires_at),
            resend_in: self.now.until(started.resend_at),
        })
    }
}

/// Sends while the caller waits. What cannot be sent now but later stays in the queue.
async fn send(
    inner: Arc<Inner>,
    claimed: Claimed,
    reply: Option<ReplyKey>,
) -> Result<DeliveryStatus, StartError> {
    let delivered = worker::deliver(&inner, claimed).await?;
    let status = match delivered.state {
        DeliveryState::Sent | DeliveryState::Delivered => Some(DeliveryStatus::Sent),
        DeliveryState::Queued | DeliveryState::Sending => Some(DeliveryStatus::Queued),
        DeliveryState::Failed | DeliveryState::Abandoned => None,
    };
    if let Some(reply) = reply.filter(|_| status != Some(DeliveryStatus::Queued)) {
        inner.correct(reply, status).await?;
    }
    let (class, other_channel) = delivered.failure.unwrap_or((FailureClass::Unknown, None));
    status.ok_or(StartError::DeliveryFailed { class, other_channel })
}
