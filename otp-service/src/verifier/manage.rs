//! Cancelling, reading, unlocking, forgetting.

use std::{sync::Arc, time::Duration};

use otp_core::{
    Channel, DeliveryState, Purpose, Recipient, Refusal, StatusState,
    transition::{self, Transition},
};

use super::{Address, Scope, Verifier};
use crate::{
    events::EventKind,
    records::{Keys, Records},
    store::{StoreError, StoreExt},
};

/// Where a challenge stands, for its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChallengeStatus {
    /// In one word.
    pub state: StatusState,
    /// What became of its last message; absent where nothing leaves.
    pub delivery: Option<DeliveryState>,
    /// The channel that may reach the recipient where the message's cannot: offer it.
    pub other_channel: Option<Channel>,
    /// The life its code has left.
    pub expires_in: Duration,
    /// The wait until another message may be asked for.
    pub resend_in: Duration,
    /// Guesses still answered.
    pub checks_left: u32,
}

impl Verifier {
    /// Reads where a challenge stands; `None` where there is no such challenge. Costs no guess.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it cannot be read.
    pub async fn status(
        &self,
        purpose: &Purpose,
        recipient: &Recipient,
        address: &Address,
    ) -> Result<Option<ChallengeStatus>, StoreError> {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        let scope = inner.scope(purpose, recipient, address);
        let keys = scope.keys();
        let step = move |records: &mut Records| transition::status(scope.load(records), &inner.policy, now);
        let status = self.inner.store.run(keys, step).await?;
        Ok(status.map(|status| ChallengeStatus {
            state: status.state,
            delivery: status.delivery,
            other_channel: status.other_channel,
            expires_in: now.until(status.expires_at),
            resend_in: now.until(status.resend_at),
            checks_left: status.checks_left,
        }))
    }

    /// Withdraws a challenge: its code is dead, its message is not sent any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when that is not durable. A [`Refusal`] is an answer, not an error.
    pub async fn cancel(
        &self,
        purpose: &Purpose,
        recipient: &Recipient,
        address: &Address,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        let scope = inner.scope(purpose, recipient, address);
        let keys = scope.keys();
        let step = move |records: &mut Records| {
            let loaded = scope.load(records);
            let entrusted = inner.entrusted(&loaded);
            let Transition { write, outcome } = transition::cancel(loaded, now);
            Scope::save(records, write);
            (outcome, entrusted)
        };
        let (canceled, entrusted) = self.inner.store.run(keys, step).await?;
        if canceled.is_ok() {
            if let Some(entrusted) = entrusted {
                self.inner.withdraw(purpose, entrusted);
            }
            self.inner.record(purpose, EventKind::Canceled);
        }
        Ok(canceled)
    }

    /// Lifts a recipient's lock for a purpose; `true` where there was one. For the host's support staff.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when that is not durable.
    pub async fn unlock(&self, purpose: &Purpose, recipient: &Recipient) -> Result<bool, StoreError> {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        let scope = Scope { challenges: Vec::new(), ..inner.scope(purpose, recipient, &Address::Recipient) };
        let keys = Keys { ledgers: scope.ledgers.clone(), ..Keys::default() };
        let step = move |records: &mut Records| {
            let ledger = scope.load(records).ledger;
            let Transition { write, outcome } = transition::unlock(ledger, &inner.policy, now);
            Scope::save(records, write);
            outcome
        };
        let was_locked = self.inner.store.run(keys, step).await?;
        self.inner.record(purpose, EventKind::Unlocked);
        Ok(was_locked)
    }

    /// Deletes everything about a recipient and purpose, budgets and locks included; returns how many records.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is deleted then.
    pub async fn forget(&self, purpose: &Purpose, recipient: &Recipient) -> Result<usize, StoreError> {
        let inner = &*self.inner;
        let ledgers = inner.keyring.ledger_keys(&inner.namespace, purpose, recipient);
        let records = inner.store.forget(ledgers).await?;
        inner.record(purpose, EventKind::Forgotten { records });
        Ok(records)
    }
}
