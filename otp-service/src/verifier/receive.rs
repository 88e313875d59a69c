//! Taking delivery receipts.

use std::{sync::Arc, time::Duration};

use otp_core::{Claim, ClaimKey, Delivery, FailureClass, Purpose, Timestamp};

use super::{Inner, Verifier};
use crate::{
    events::EventKind,
    sender::FollowUp,
    store::StoreError,
    webhook::{DeliveryReport, ReportState, Reports, WebhookError, WebhookReader, WebhookRequest},
    worker::{Changed, change},
};

/// How long a receipt waits for its message to be recorded as sent: a quick provider reports before the worker has
/// written down what it answered.
const LOOKS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)];
/// Receipts that wait so at a time.
pub(super) const MOST_WAITING: usize = 32;
/// How long a request that may be used once is remembered: providers sign for five minutes.
const REPLAY_LIFE: Duration = Duration::from_secs(3_600);

/// Why a provider's request was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// It is not from the provider, cannot be read, or was seen before.
    #[error(transparent)]
    Refused(#[from] WebhookError),
    /// The store did not do it: the provider should ask again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Verifier {
    /// Records what an authentic request of a provider says about messages: a state never moves back, and what speaks
    /// of a message that is not (or no longer) known is taken and forgotten.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]; nothing of the request was believed, or the provider should send it again.
    pub async fn receive(
        &self,
        reader: &dyn WebhookReader,
        request: &WebhookRequest<'_>,
    ) -> Result<(), ReceiveError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let Reports { reports, once } = reader.read(request, now).inspect_err(|error| {
            tracing::warn!(sender = reader.name(), %error, "a delivery receipt was refused");
        })?;
        let claim = once.map(|once| {
            let id = format!("webhook/{}/{once}", reader.name());
            Claim::new(ClaimKey::new(&inner.namespace, &id), now + REPLAY_LIFE)
        });
        // First looked at and last written: what a failing store kept us from recording may be sent again.
        if let Some(claim) = &claim
            && inner.was_claimed(claim.clone(), false).await?
        {
            return Err(WebhookError::Unauthentic.into());
        }
        for report in reports {
            inner.take(report).await?;
        }
        if let Some(claim) = claim {
            inner.was_claimed(claim, true).await?;
        }
        Ok(())
    }
}

impl Inner {
    async fn take(self: &Arc<Self>, report: DeliveryReport) -> Result<(), StoreError> {
        let arrived = match report.state {
            ReportState::Progress => return Ok(()),
            ReportState::Delivered => Ok(()),
            ReportState::Failed(class) => Err(class),
        };
        let DeliveryReport { sender, reference, code, other_channel, .. } = report;
        let Some(delivery) = self.find(&sender, &reference).await? else {
            tracing::debug!(sender, "a provider reported about a message that is not known");
            return Ok(());
        };
        let now = self.clock.now();
        let is_it = (sender.clone(), reference.clone());
        let changed = change(self, delivery.challenge, move |present| {
            let found = present.sender.as_ref().zip(present.reference.as_ref());
            let same = found == Some((&is_it.0, &is_it.1));
            if same { present.receipt(arrived, other_channel, now) } else { None }
        });
        let Changed::Yes(_) = changed.await? else { return Ok(()) };
        self.reported(&delivery, &sender, arrived.err(), code, now);
        if arrived.is_ok() {
            self.follow_up(sender, reference, FollowUp::Delivered);
        }
        Ok(())
    }

    async fn find(&self, sender: &str, reference: &str) -> Result<Option<Delivery>, StoreError> {
        let mut place = None;
        for pause in LOOKS {
            tokio::time::sleep(pause).await;
            let found = self.store.delivery_of(sender, reference).await?;
            if found.is_some() {
                // Another tenant's messages are its own verifier's business.
                return Ok(found.filter(|delivery| delivery.namespace == self.namespace));
            }
            // Few may wait: an account that other programs share reports about messages nobody here knows.
            place = place.or_else(|| self.waiting_receipts.try_acquire().ok());
            if place.is_none() {
                break;
            }
        }
        Ok(None)
    }

    fn reported(
        &self,
        delivery: &Delivery,
        sender: &str,
        class: Option<FailureClass>,
        code: Option<String>,
        now: Timestamp,
    ) {
        self.routes.reported(sender, class, now);
        let sender = sender.to_owned();
        let kind = match class {
            None => EventKind::Arrived { sender, waited: delivery.queued_at.until(now) },
            Some(class) => EventKind::NotArrived { sender, class, code },
        };
        self.record(&Purpose::default(), kind);
    }

    /// Tells a provider what became of a message, where it wants to know. Nobody waits for it.
    pub(super) fn follow_up(&self, sender: String, reference: String, what: FollowUp) {
        let Some(sender) = self.routes.sender(&sender).filter(|sender| sender.wants(what)).cloned() else {
            return;
        };
        tokio::spawn(async move {
            let told = tokio::time::timeout(crate::routes::SEND_LIMIT, sender.follow_up(&reference, what));
            match told.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a follow-up failed");
                }
                Err(_) => tracing::warn!(sender = sender.name(), "a follow-up took too long"),
            }
        });
    }
}
