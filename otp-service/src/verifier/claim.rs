//! Opening and claiming proofs.

use otp_core::{Claim, ClaimKey, Purpose};

use super::{Inner, Verifier};
use crate::{
    events::EventKind,
    proof::{Claims, ProofError},
    records::{Keys, Records},
    store::{StoreError, StoreExt},
};

/// Why a proof was not claimed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// It is no good proof for this use.
    #[error(transparent)]
    Invalid(#[from] ProofError),
    /// It was claimed before, perhaps by the same caller whose first try got no answer.
    #[error("the proof was claimed before")]
    AlreadyClaimed,
    /// The store did not do it. It may have, where the connection broke during the commit: then another try finds it
    /// claimed, and the recipient must be verified again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Verifier {
    /// Opens a proof for `purpose` without claiming it: no store is asked, and it can be opened again.
    ///
    /// # Errors
    ///
    /// [`ProofError`] for everything but a good, unexpired proof of this verifier for exactly this use.
    pub fn open(&self, proof: &str, purpose: &Purpose) -> Result<Claims, ProofError> {
        self.inner.proofs.open(proof, purpose, self.now())
    }

    /// Opens a proof for `purpose` and claims it, once among all callers of all processes on the store: what it was
    /// claimed for happens at most once. Returns once the claim is durable.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use otp_core::{Channel, Keyring, Purpose, Recipient};
    /// # use otp_service::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let keyring = Keyring::new([("k1".parse()?, random_bytes::<32>()?.to_vec())])?;
    /// # let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring).build()?;
    /// # let (signup, recipient) = (Purpose::new("signup")?, Recipient::parse("+14155550123")?);
    /// # let proof = verifier.proofs().sign(&signup, &recipient, Channel::Sms, verifier.now())?;
    /// let claims = verifier.claim(&proof, &signup).await?; // `proof` is what a check answered
    /// assert_eq!(claims.recipient(), &recipient);
    /// assert!(matches!(verifier.claim(&proof, &signup).await, Err(ClaimError::AlreadyClaimed)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClaimError`]; only [`ClaimError::Store`] may be worth another try.
    pub async fn claim(&self, proof: &str, purpose: &Purpose) -> Result<Claims, ClaimError> {
        let claims = self.open(proof, purpose)?;
        let claim = Claim::new(ClaimKey::new(&claims.namespace, claims.id()), claims.expires_at());
        let is_first = !self.inner.was_claimed(claim, true).await?;
        self.inner.record(purpose, EventKind::Claimed { is_first });
        if is_first { Ok(claims) } else { Err(ClaimError::AlreadyClaimed) }
    }
}

impl Inner {
    /// Whether there is such a claim already; where there is none, it is made if `make` says so.
    pub(super) async fn was_claimed(&self, claim: Claim, make: bool) -> Result<bool, StoreError> {
        let keys = Keys { claims: vec![claim.key], ..Keys::default() };
        let step = move |records: &mut Records| {
            let was_claimed = records.claims.find(&claim.key).is_some();
            if make && !was_claimed {
                records.claims.put(claim.clone());
            }
            was_claimed
        };
        self.store.run(keys, step).await
    }
}
