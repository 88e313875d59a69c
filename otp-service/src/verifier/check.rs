//! Checking.

use std::sync::Arc;

use otp_core::{
    Channel, Delivery, Outcome, Parameters, Purpose, Recipient, Refusal, Submitted,
    transition::{self, SendKind, StartInput},
};

use super::{Address, Inner, Scope, Verifier, entrusted::Entrusted, request::context_hash, stand_in};
use crate::{
    events::EventKind,
    random::{RandomError, random_bytes},
    records::Records,
    sender::FollowUp,
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
    discreet: bool,
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
            discreet: false,
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

    /// Without telling the caller whether the recipient is known ([`StartRequest::discreet`](super::StartRequest)), for
    /// a host that keeps whom it verified, and a challenge named by its [recipient](Address::Recipient):
    ///
    /// * A guess counts, and guesses run out, where there is no challenge as well.
    /// * The right code is right again until it ends or guesses run out, so that a host which could not record the
    ///   verification can be asked again. That a code is used once only is then for the host to see to, by recording a
    ///   verification once ([`Accounts::mark_verified`](crate::Accounts::mark_verified)).
    pub fn discreet(mut self) -> Self {
        self.discreet = true;
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
    /// The provider that made the code gave no verdict; the guess is not counted.
    #[error("the provider that made the code did not answer")]
    Provider,
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
        let CheckRequest { recipient, purpose, submitted, context, discreet, .. } = request;
        let code = submitted.clone();
        let stand_in = if discreet { Some(inner.stand_in(&scope, &purpose, &recipient)?) } else { None };
        let step = {
            let (inner, scope) = (Arc::clone(&inner), scope.clone());
            let nothing = Submitted::parse("");
            move |records: &mut Records| {
                let mut loaded = scope.load(records);
                if let Some(stand_in) = &stand_in {
                    let opened = stand_in::open(loaded, stand_in, &inner.policy, now);
                    Scope::save(records, opened.write);
                    loaded = match opened.outcome {
                        Ok(loaded) => loaded,
                        Err(refusal) => return Found::Answer(refused(refusal), Channel::Sms, None),
                    };
                }
                let challenge = loaded.challenge.as_ref();
                let channel = challenge.map_or(Channel::Sms, |challenge| challenge.channel);
                if let Some(mut guess) = inner.entrusted(&loaded) {
                    let reserved = transition::reserve(loaded, context.as_ref(), &inner.policy, now);
                    Scope::save(records, reserved.write);
                    return match reserved.outcome {
                        Ok(generation) => {
                            guess.generation = generation;
                            Found::Ask(guess, channel)
                        }
                        Err(refused) => Found::Answer(refused, channel, None),
                    };
                }
                let sent = loaded.delivery.as_ref().and_then(sent_as);
                let guess = if challenge.is_some_and(stand_in::is_stand_in) { &nothing } else { &submitted };
                let source = inner.code_source(challenge, now);
                let transition =
                    transition::check(loaded, guess, context.as_ref(), source, &inner.policy, now);
                Scope::save(records, transition.write);
                Found::Answer(transition.outcome, channel, sent)
            }
        };
        let mut keys = scope.keys();
        if !inner.routes.are_asked_on_check() {
            keys.deliveries.clear();
        }
        let (outcome, channel, sent) = match inner.store.run(keys, step).await? {
            Found::Answer(outcome, channel, sent) => (outcome, channel, sent),
            Found::Ask(guess, channel) => {
                // A task of its own: a caller who hangs up must not leave a verdict unrecorded.
                let asking = Arc::clone(&inner).ask(scope, recipient.clone(), code, guess);
                let asked = tokio::spawn(asking).await;
                let asked =
                    asked.map_err(|_| StoreError::Step("the provider's sender panicked".to_owned()))?;
                (asked?.ok_or(CheckError::Provider)?, channel, None)
            }
        };
        inner.record(&purpose, EventKind::Checked(outcome));
        let proof = match outcome {
            Outcome::Verified => {
                if let Some((sender, reference)) = sent {
                    inner.follow_up(sender, reference, FollowUp::Verified);
                }
                Some(inner.proofs.sign(&purpose, &recipient, channel, now)?)
            }
            _ => None,
        };
        Ok(Checked { outcome, proof })
    }
}

/// What a guess came to without a provider, or that one is to be asked.
enum Found {
    /// The outcome, the code's channel, and the sender that sent it with its reference.
    Answer(Outcome, Channel, Option<(String, String)>),
    Ask(Entrusted, Channel),
}

/// Which sender sent a message, under which reference.
fn sent_as(delivery: &Delivery) -> Option<(String, String)> {
    delivery.sender.clone().zip(delivery.reference.clone())
}

impl Inner {
    /// What a challenge begins with that nothing is sent for and that spends no send.
    fn stand_in(
        &self,
        scope: &Scope,
        purpose: &Purpose,
        recipient: &Recipient,
    ) -> Result<StartInput, RandomError> {
        Ok(StartInput {
            key: scope.challenge(),
            ledger: scope.ledger(),
            namespace: self.namespace.clone(),
            purpose: purpose.clone(),
            recipient: recipient.clone(),
            channel: if recipient.is_phone() { Channel::Sms } else { Channel::Email },
            language: self.catalogue.default_language().clone(),
            parameters: Parameters::default(),
            context: Some(stand_in::CONTEXT),
            key_id: self.keyring.signing_id().clone(),
            seed: random_bytes()?,
            send: SendKind::Exempt,
        })
    }
}

/// Why a guess has nothing to count against.
fn refused(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::Locked { retry_after } => Outcome::Locked { retry_after },
        Refusal::TooManyChecks => Outcome::TooManyChecks,
        Refusal::AlreadyVerified => Outcome::AlreadyVerified,
        Refusal::Mismatch | Refusal::Throttled { .. } => Outcome::Mismatch,
    }
}
