//! Signing proofs.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use otp_core::{Channel, KeyId, Keyring, Namespace, Purpose, Recipient, Timestamp};
use serde::Serialize;

use super::{
    ALGORITHM, Claims, PROOF_LIFE, ProofError, ProofVerifier, jwks,
    opening::{Header, PublicKey},
};
use crate::random::{RandomError, random_bytes};

/// Signs and opens proofs: compact JSON Web Signatures with EdDSA over Ed25519 (RFC 7515, RFC 8037) and nothing else.
/// Any JWT library opens them with the public keys of [`Proofs::jwks`].
pub struct Proofs {
    signing: SigningKey,
    verifier: ProofVerifier,
}

impl Proofs {
    /// Signing keys derived from `keyring`; the first signs, every one opens. `issuer` names this service in every
    /// proof; the audience is the namespace.
    #[must_use]
    pub fn new(keyring: &Keyring, issuer: impl Into<String>, namespace: Namespace) -> Self {
        let keys: Vec<_> =
            keyring.proof_seeds().map(|(id, seed)| (id, SigningKey::from_bytes(&seed))).collect();
        let public = |(id, key): &(&KeyId, SigningKey)| PublicKey {
            id: id.as_str().to_owned(),
            key: key.verifying_key(),
        };
        Self {
            signing: keys[0].1.clone(),
            verifier: ProofVerifier::new(keys.iter().map(public).collect(), issuer.into(), namespace),
        }
    }

    /// With another audience than the namespace.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.verifier = self.verifier.with_audience(audience);
        self
    }

    /// What opens these proofs, without the secret: issuer, audience, namespace and public keys.
    pub const fn verifier(&self) -> &ProofVerifier {
        &self.verifier
    }

    /// Signs that `recipient` was verified at `now`.
    ///
    /// # Errors
    ///
    /// [`RandomError`] when no id can be made.
    pub fn sign(
        &self,
        purpose: &Purpose,
        recipient: &Recipient,
        channel: Channel,
        now: Timestamp,
    ) -> Result<String, RandomError> {
        let claims = Claims {
            iss: self.verifier.issuer().to_owned(),
            aud: self.verifier.audience().to_owned(),
            namespace: self.verifier.namespace().clone(),
            sub: recipient.clone(),
            purpose: purpose.clone(),
            channel,
            iat: now.as_seconds(),
            exp: (now + PROOF_LIFE).as_seconds(),
            jti: URL_SAFE_NO_PAD.encode(random_bytes::<16>()?),
        };
        let header = Header { alg: ALGORITHM, typ: "JWT", kid: &self.verifier.keys[0].id };
        let mut token = format!("{}.{}", part(&header), part(&claims));
        let signature = self.signing.sign(token.as_bytes());
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature.to_bytes()));
        Ok(token)
    }

    /// Opens a proof for `purpose`. This does not claim it: a proof opened this way can be opened again.
    ///
    /// # Errors
    ///
    /// [`ProofError`] for everything but a good, unexpired proof for exactly this use.
    pub fn open(&self, proof: &str, purpose: &Purpose, now: Timestamp) -> Result<Claims, ProofError> {
        self.verifier.open(proof, purpose, now)
    }

    /// The public keys as a JSON Web Key set (RFC 7517), for [`ProofVerifier::from_jwks`] and other libraries.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        jwks::write(&self.verifier.keys)
    }
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proofs").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("strings and numbers always serialize"))
}
