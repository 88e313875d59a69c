//! The service: rules, ports and keys put together.

mod admission;
mod builder;
mod check;
mod claim;
mod decide;
mod entrusted;
mod manage;
mod operate;
mod prescribed;
mod receive;
mod reply;
mod request;
mod session;
mod stand_in;
mod start;

use std::sync::Arc;

use otp_core::{
    Challenge, CodeSource, Destinations, Keyring, LedgerKey, Namespace, Policy, Purpose, Recipient,
    Timestamp,
    message::Catalogue,
    transition::{Change, Loaded},
};
use tokio::sync::{Notify, Semaphore};

pub use builder::VerifierBuilder;
pub use check::{CheckError, CheckRequest, Checked};
pub use claim::ClaimError;
pub use manage::ChallengeStatus;
pub use prescribed::{PrescribedCode, PrescribedCodes};
pub use receive::ReceiveError;
pub(crate) use request::needs_own_code;
pub use request::{Address, ResendRequest, StartRequest};
pub use session::{DeliveryStatus, Session, StartError};
pub(crate) use stand_in::is_stand_in;

use crate::{
    clock::Clock,
    desk::Desk,
    events::{Event, EventKind, Events},
    proof::Proofs,
    records::{Keys, Records},
    routes::Routes,
    store::Store,
};

/// How a start hands its message over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum DeliveryMode {
    /// A worker sends it: the answer comes at once, and the message survives a crash.
    #[default]
    Queue,
    /// The caller waits for the provider's answer. The message is in the queue all the same, so a crash loses nothing.
    Inline,
}

/// Starts, checks, resends, cancels and reports on challenges of one namespace. Cheap to clone.
///
/// ```
/// use std::sync::Arc;
/// use otp_core::{Channel, Keyring, Outcome, Recipient};
/// use otp_service::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keyring = Keyring::new([("k1".parse()?, random_bytes::<32>()?.to_vec())])?;
/// let sender = Arc::new(RecordingSender::default());
/// let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring)
///     .app_name("Acme")
///     .routes(Routes::default().with(Channel::Sms, sender.clone()))
///     .delivery(DeliveryMode::Inline)
///     .build()?;
///
/// let recipient = Recipient::parse("+14155550123")?;
/// let session = verifier.start(StartRequest::new(recipient.clone())).await?;
///
/// let code = sender.last_code(&recipient).ok_or("no message")?; // what the person reads and types
/// let token = session.token.ok_or("no token")?;
/// let checked = verifier.check(CheckRequest::new(recipient, token, &code)).await?;
/// assert_eq!(checked.outcome, Outcome::Verified);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Arc<dyn Events>,
    pub(crate) keyring: Keyring,
    pub(crate) proofs: Proofs,
    pub(crate) namespace: Namespace,
    pub(crate) policy: Policy,
    pub(crate) destinations: Destinations,
    pub(crate) catalogue: Catalogue,
    pub(crate) routes: Routes,
    pub(crate) prescribed: PrescribedCodes,
    pub(crate) delivery: DeliveryMode,
    /// Wakes the worker of this process when a message was queued.
    pub(crate) queued: Notify,
    /// Places for receipts that came before their messages were recorded as sent.
    pub(crate) waiting_receipts: Semaphore,
    /// Hands messages to the worker of this process.
    pub(crate) desk: Desk,
}

impl Verifier {
    /// A verifier over a store, with the secret keys that derive its codes.
    pub fn builder(store: Arc<dyn Store>, keyring: Keyring) -> VerifierBuilder {
        VerifierBuilder::new(store, keyring)
    }

    /// The limits in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// The messages' texts and languages.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    /// What signs and opens proofs.
    #[must_use]
    pub fn proofs(&self) -> &Proofs {
        &self.inner.proofs
    }

    /// The channels and their senders.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        &self.inner.routes
    }

    /// The store underneath.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The time as this verifier sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Reads a recipient that a person typed; also takes numbers of no numbering plan where the operator prescribed a
    /// code for them.
    ///
    /// # Errors
    ///
    /// [`InvalidRecipient`](otp_core::InvalidRecipient), which says what is expected.
    pub fn parse_recipient(&self, text: &str) -> Result<Recipient, otp_core::InvalidRecipient> {
        Recipient::parse_or_prescribed(text, |number| {
            self.inner.prescribed.names(&Recipient::Phone(number.clone()))
        })
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("namespace", &self.inner.namespace)
            .field("policy", &self.inner.policy)
            .field("routes", &self.inner.routes)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Where the right code of a challenge comes from.
    pub(crate) fn code_source(&self, challenge: Option<&Challenge>, now: Timestamp) -> CodeSource<'_> {
        challenge
            .and_then(|challenge| self.prescribed.find(&challenge.recipient, challenge.channel, now))
            .map_or(CodeSource::Keyring(&self.keyring), |prescribed| CodeSource::Prescribed(&prescribed.code))
    }

    pub(crate) fn record(&self, purpose: &Purpose, kind: EventKind) {
        self.events.record(&Event { namespace: self.namespace.clone(), purpose: purpose.clone(), kind });
    }

    /// The records of one challenge: under which keys they may be, and which of those are the present ones.
    pub(crate) fn scope(&self, purpose: &Purpose, recipient: &Recipient, address: &Address) -> Scope {
        let ledgers = self.keyring.ledger_keys(&self.namespace, purpose, recipient);
        let challenges = match address {
            Address::Token(token) => vec![token.challenge_key()],
            Address::Recipient => self.keyring.challenge_keys(&self.namespace, purpose, recipient),
        };
        Scope { ledgers, challenges }
    }
}

/// The keys of one challenge's records. There is more than one of a kind only while secret keys rotate.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// The present one first.
    pub(crate) ledgers: Vec<LedgerKey>,
    /// The present one first.
    pub(crate) challenges: Vec<otp_core::ChallengeKey>,
}

impl Scope {
    pub(crate) fn keys(&self) -> Keys {
        Keys {
            challenges: self.challenges.clone(),
            deliveries: self.challenges.clone(),
            ledgers: self.ledgers.clone(),
            ..Keys::default()
        }
    }

    /// The key a new challenge gets.
    pub(crate) fn challenge(&self) -> otp_core::ChallengeKey {
        self.challenges[0]
    }

    /// The key the ledger has.
    pub(crate) fn ledger(&self) -> LedgerKey {
        self.ledgers[0]
    }

    /// What is there, with the ledger under its present key: one made with an older secret key moves, so that its
    /// budgets and locks survive a rotation.
    pub(crate) fn load(&self, records: &mut Records) -> Loaded {
        let challenge = self.challenges.iter().find_map(|key| records.challenges.find(key)).cloned();
        let delivery =
            challenge.as_ref().and_then(|challenge| records.deliveries.find(&challenge.key)).cloned();
        let mut loaded = Loaded { challenge, ledger: None, delivery };
        let Some(found) = self.ledgers.iter().find_map(|key| records.ledgers.find(key)).cloned() else {
            return loaded;
        };
        let (old, present) = (found.key, self.ledger());
        if old != present {
            let moved = otp_core::Ledger { key: present, ..found };
            records.ledgers.delete(old);
            records.ledgers.put(moved.clone());
            loaded.ledger = Some(moved);
        } else {
            loaded.ledger = Some(found);
        }
        if let Some(challenge) =
            loaded.challenge.as_mut().filter(|challenge| self.ledgers.contains(&challenge.ledger))
        {
            challenge.ledger = present;
        }
        if let Some(delivery) = loaded.delivery.as_mut() {
            delivery.ledger = present;
        }
        loaded
    }

    pub(crate) fn save(records: &mut Records, change: Change) {
        if let Some(challenge) = change.challenge {
            records.challenges.put(challenge);
        }
        if let Some(ledger) = change.ledger {
            records.ledgers.put(ledger);
        }
        if let Some(delivery) = change.delivery {
            records.deliveries.put(delivery);
        }
    }
}
