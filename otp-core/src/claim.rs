//! What was used once and may not be used again.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{key::ClaimKey, name::Namespace, time::Timestamp};

/// How much longer a claim is remembered than what was claimed is good for: no clock of a host is off by more than a
/// day, mistaken time zones included. Forgotten earlier, it could be claimed again where the clock is slow.
pub const CLAIM_MARGIN: Duration = Duration::from_secs(86_400);

/// That a proof was claimed. There is one for each claimed proof, whatever became of what it was claimed for, and none
/// for the others.
///
/// ```
/// use otp_core::{CLAIM_MARGIN, Claim, ClaimKey, Namespace, Timestamp};
///
/// let key = ClaimKey::new(&Namespace::default(), "5zGd8fJ1y4q0pN3vR7cXwA");
/// let claim = Claim::new(key, Timestamp::from_millis(600_000));
/// assert_eq!(claim.forget_at, Timestamp::from_millis(600_000) + CLAIM_MARGIN);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What was claimed.
    pub key: ClaimKey,
    /// When the claim may be forgotten, since what was claimed is over anyway.
    pub forget_at: Timestamp,
}

impl Claim {
    /// The claim of something that is good until `expires_at`.
    #[must_use]
    pub fn new(key: ClaimKey, expires_at: Timestamp) -> Self {
        Self { key, forget_at: expires_at + CLAIM_MARGIN }
    }
}

impl ClaimKey {
    /// The key of what has this `id` in a namespace: SHA-256 of both, each preceded by its length.
    ///
    /// No secret key goes into it, unlike into other keys: one put first in the ring would open a second claim. The id
    /// is 128 random bits and says nothing about anybody.
    #[must_use]
    pub fn new(namespace: &Namespace, id: &str) -> Self {
        let mut hash = Sha256::new();
        for field in ["otp-claim/v1", namespace.as_str(), id] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        Self::from_bytes(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_every_field_and_on_where_it_ends() {
        let key = |namespace: &str, id: &str| ClaimKey::new(&Namespace::new(namespace).expect("a name"), id);
        assert_eq!(key("shop", "id"), key("shop", "id"));
        assert_ne!(key("shop", "id"), key("shop", "id2"));
        assert_ne!(key("shop", "id"), key("shop2", "id"));
        assert_ne!(key("sho", "pid"), key("shop", "id"));
    }
}
