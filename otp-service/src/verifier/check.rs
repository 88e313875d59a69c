//! Checking.

use std::sync::Arc;

use otp_core::{Channel, Outcome, Purpose, Recipient, Submitted, transition};

use super::{Address, Scope, Verifier, request::context_hash};
use crate::{
    events::EventKind,
    random::RandomError,
    records::Records,
    store::{StoreError, StoreExt},
};

/// A guess.
#[must_use = "pass it to Verifier::check"]
pub struct CheckRequest {
    recipient: Recipient,
    purpose: Purpose,
    address: Address,
    submitted: Submitted,
    context: Option<[u8; 32]>,
}

impl CheckRequest {
    /// That `code` is what was sent to `recipient`. The code is taken as a person typed it.
    pub fn new(recipient: Recipient, address: impl Into<Address>, code: &str) -> Self {
        Self {
            recipient,
            purpose: Purpose::default(),
            address: address.into(),
            submitted: Submitted::parse(code),
            context: None,
        }
    }

    /// For this purpose.
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// For what the code was bound to.
    pub fn context(mut self, context: &[u8]) -> Self {
        self.context = Some(context_hash(context));
        self
    }
}

/// What a check found.
#[derive(Clone)]
#[must_use = "the outcome may be that the code is wrong"]
#[non_exhaustive]
pub struct Checked {
    /// Right, wrong, or why not compared.
    pub outcome: Outcome,
    /// The signed statement that the recipient was verified, with [`Outcome::Verified`].
    pub proof: Option<String>,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

/// Why a check was not answered. Nothing is decided then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random numbers for the proof's id.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl Verifier {
    /// Answers a guess, once what it did is durable.
    ///
    /// # Errors
    ///
    /// [`CheckError`]; a wrong code is not one, it is [`Outcome::Wrong`].
    pub async fn check(&self, request: CheckRequest) -> Result<Checked, CheckError> {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        let scope = inner.scope(&request.purpose, &request.recipient, &request.address);
        let CheckRequest { recipient, purpose, submitted, context, .. } = request;
        let step = {
            let (inner, scope) = (Arc::clone(&inner), scope.clone());
            move |records: &mut Records| {
                let loaded = scope.load(records);
                let channel = loaded.challenge.as_ref().map_or(Channel::Sms, |challenge| challenge.channel);
                let challenge = loaded.challenge.clone();
                let source = inner.code_source(challenge.as_ref(), now);
                let transition =
                    transition::check(loaded, &submitted, context.as_ref(), source, &inner.policy, now);
                Scope::save(records, transition.write);
                (transition.outcome, channel)
            }
        };
        let mut keys = scope.keys();
        keys.deliveries.clear();
        let (outcome, channel) = inner.store.run(keys, step).await?;
        inner.record(&purpose, EventKind::Checked(outcome));
        let proof = match outcome {
            Outcome::Verified => {
                Some(inner.proofs.sign(&inner.namespace, &purpose, &recipient, channel, now)?)
            }
            _ => None,
        };
        Ok(Checked { outcome, proof })
    }
}
