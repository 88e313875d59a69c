//! Checking codes that a provider made.

use std::sync::Arc;

use otp_core::{Outcome, Purpose, Recipient, Submitted, Verdict, transition};

use super::{Inner, Scope, request::needs_own_code};
use crate::{
    records::Records,
    routes::SEND_LIMIT,
    store::{StoreError, StoreExt},
};

/// A guess that was counted and that a provider is to compare.
pub(super) struct Entrusted {
    /// The sender whose provider made the code.
    pub(super) sender: String,
    /// That provider's name for the verification.
    pub(super) reference: String,
    /// The code's generation.
    pub(super) generation: u32,
}

impl Inner {
    /// Who made the code of the challenge that was loaded, where that was a provider.
    pub(super) fn entrusted(&self, loaded: &transition::Loaded) -> Option<Entrusted> {
        let (challenge, delivery) = (loaded.challenge.as_ref()?, loaded.delivery.as_ref()?);
        let sender = delivery.sender.as_ref()?;
        self.routes.code_provider(sender)?;
        if needs_own_code(&challenge.parameters) {
            return None;
        }
        (delivery.generation == challenge.generation).then(|| {
            Some(Entrusted {
                sender: sender.clone(),
                reference: delivery.reference.clone()?,
                generation: challenge.generation,
            })
        })?
    }

    /// Asks the provider and records its verdict; `None` where it gave none, and nothing is decided.
    pub(super) async fn ask(
        self: Arc<Self>,
        scope: Scope,
        recipient: Recipient,
        submitted: Submitted,
        guess: Entrusted,
    ) -> Result<Option<Outcome>, StoreError> {
        let verdict = self.verdict(&recipient, &submitted, &guess).await;
        let inner = Arc::clone(&self);
        let now = self.clock.now();
        let mut keys = scope.keys();
        keys.deliveries.clear();
        let step = move |records: &mut Records| {
            let loaded = scope.load(records);
            let settled = transition::settle(loaded, guess.generation, verdict, &inner.policy, now);
            Scope::save(records, settled.write);
            settled.outcome
        };
        self.store.run(keys, step).await
    }

    async fn verdict(
        &self,
        recipient: &Recipient,
        submitted: &Submitted,
        guess: &Entrusted,
    ) -> Option<Verdict> {
        let provider = self.routes.code_provider(&guess.sender)?;
        let Some(code) = submitted.for_provider() else { return Some(Verdict::Wrong) };
        let asked = tokio::time::timeout(SEND_LIMIT, provider.check(&guess.reference, recipient, code)).await;
        match asked {
            Ok(Ok(verdict)) => Some(verdict),
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a provider did not check a code");
                None
            }
            Err(_) => {
                tracing::warn!(sender = guess.sender, "a provider took too long to check a code");
                None
            }
        }
    }

    /// Ends a verification at the provider that made its code. Nobody waits for it.
    pub(super) fn withdraw(self: &Arc<Self>, purpose: &Purpose, guess: Entrusted) {
        let (inner, purpose) = (Arc::clone(self), purpose.clone());
        tokio::spawn(async move {
            let Some(provider) = inner.routes.code_provider(&guess.sender) else { return };
            let canceled = tokio::time::timeout(SEND_LIMIT, provider.cancel(&guess.reference)).await;
            if !matches!(canceled, Ok(Ok(()))) {
                tracing::warn!(sender = guess.sender, %purpose, "a provider did not end a verification");
            }
        });
    }
}
