//! Proofs: signed statements that a recipient was verified.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use otp_core::{Channel, KeyId, Keyring, Namespace, Purpose, Recipient, Timestamp};
use serde::{Deserialize, Serialize};

use crate::random::{RandomError, random_bytes};

/// How long a proof is good for: long enough to finish a sign-up form, short enough not to be kept.
pub const PROOF_LIFE: Duration = Duration::from_secs(600);

/// What a proof says: a JSON Web Token's claims (RFC 7519).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// Who signed: [`Proofs::issuer`].
    pub iss: String,
    /// For whom: the namespace.
    pub aud: Namespace,
    /// Who was verified.
    pub sub: Recipient,
    /// Why.
    pub purpose: Purpose,
    /// How.
    pub channel: Channel,
    /// When, in seconds since the epoch.
    pub iat: i64,
    /// Until when it is good, in seconds since the epoch.
    pub exp: i64,
    /// Its id: 128 random bits, for claiming it once.
    pub jti: String,
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

struct Key {
    id: KeyId,
    signing: SigningKey,
    verifying: VerifyingKey,
}

/// Signs and opens proofs: compact JSON Web Signatures with EdDSA over Ed25519 (RFC 7515, RFC 8037) and nothing else.
/// Any JWT library opens them with the public keys of [`Proofs::jwks`].
pub struct Proofs {
    issuer: String,
    keys: Vec<Key>,
}

/// Why a text is no proof. Which of these it is, is for logs; the answer is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not a compact JWS of ours.
    #[error("the proof is malformed")]
    Malformed,
    /// Signed with another algorithm or an unknown key, or forged.
    #[error("the proof's signature is not valid")]
    Forged,
    /// Past its time.
    #[error("the proof has expired")]
    Expired,
    /// For another issuer, audience or purpose.
    #[error("the proof is for something else")]
    WrongUse,
}

impl Proofs {
    /// Signing keys derived from `keyring`; the first signs. `issuer` names this service in every proof.
    #[must_use]
    pub fn new(keyring: &Keyring, issuer: impl Into<String>) -> Self {
        let keys = keyring.proof_seeds().map(|(id, seed)| {
            let signing = SigningKey::from_bytes(&seed);
            Key { id: id.clone(), verifying: signing.verifying_key(), signing }
        });
        Self { issuer: issuer.into(), keys: keys.collect() }
    }

    /// The name in every proof.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs that `recipient` was verified at `now`.
    ///
    /// # Errors
    ///
    /// [`RandomError`] when no id can be made.
    pub fn sign(
        &self,
        namespace: &Namespace,
        purpose: &Purpose,
        recipient: &Recipient,
        channel: Channel,
        now: Timestamp,
    ) -> Result<String, RandomError> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: namespace.clone(),
            sub: recipient.clone(),
            purpose: purpose.clone(),
            channel,
            iat: now.as_seconds(),
            exp: (now + PROOF_LIFE).as_seconds(),
            jti: URL_SAFE_NO_PAD.encode(random_bytes::<16>()?),
        };
        let key = &self.keys[0];
        let header = Header { alg: "EdDSA", typ: "JWT", kid: key.id.as_str() };
        let mut token = format!("{}.{}", part(&header), part(&claims));
        let signature = key.signing.sign(token.as_bytes());
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature.to_bytes()));
        Ok(token)
    }

    /// Opens a proof for `namespace` and `purpose`. This does not claim it: a proof opened this way can be opened
    /// again.
    ///
    /// # Errors
    ///
    /// [`ProofError`] for everything but a good, unexpired proof for exactly this use.
    pub fn open(
        &self,
        token: &str,
        namespace: &Namespace,
        purpose: &Purpose,
        now: Timestamp,
    ) -> Result<Claims, ProofError> {
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ProofError::Malformed);
        };
        let signed = &token[..header.len() + 1 + claims.len()];
        let header = decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| ProofError::Malformed)?;
        let key = self.keys.iter().find(|key| key.id.as_str() == header.kid).ok_or(ProofError::Forged)?;
        let signature = Signature::from_slice(&decode(signature)?).map_err(|_| ProofError::Malformed)?;
        let is_signed =
            header.alg == "EdDSA" && key.verifying.verify_strict(signed.as_bytes(), &signature).is_ok();
        if !is_signed {
            return Err(ProofError::Forged);
        }
        let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| ProofError::Malformed)?;
        if claims.iss != self.issuer || claims.aud != *namespace || claims.purpose != *purpose {
            return Err(ProofError::WrongUse);
        }
        if claims.exp <= now.as_seconds() { Err(ProofError::Expired) } else { Ok(claims) }
    }

    /// The public keys as a JSON Web Key set (RFC 7517), for services that open proofs themselves.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        let keys = self.keys.iter().map(|key| {
            serde_json::json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                "kid": key.id.as_str(), "x": URL_SAFE_NO_PAD.encode(key.verifying.as_bytes()),
            })
        });
        serde_json::json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

impl std::fmt::Debug for Proofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proofs").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("strings and numbers always serialize"))
}

fn decode(part: &str) -> Result<Vec<u8>, ProofError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| ProofError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proofs(byte: u8) -> Proofs {
        let secret = (0..32).map(|place| place ^ byte).collect::<Vec<u8>>();
        Proofs::new(&Keyring::new([("k1".parse().expect("id"), secret)]).expect("keyring"), "otp")
    }

    #[test]
    fn a_proof_opens_for_its_use_until_it_expires() {
        let (namespace, purpose) = (Namespace::default(), Purpose::default());
        let recipient = Recipient::parse("name@example.com").expect("address");
        let now = Timestamp::from_millis(1_800_000_000_000);
        let token = proofs(0).sign(&namespace, &purpose, &recipient, Channel::Email, now).expect("signed");
        let open = |token: &str, purpose: &Purpose, at| proofs(0).open(token, &namespace, purpose, at);
        assert_eq!(open(&token, &purpose, now).map(|claims| claims.sub), Ok(recipient));
        assert_eq!(open(&token, &purpose, now + PROOF_LIFE), Err(ProofError::Expired));
        assert_eq!(open(&token, &Purpose::new("login").expect("name"), now), Err(ProofError::WrongUse));
        let other = Namespace::new("other").expect("name");
        assert_eq!(proofs(0).open(&token, &other, &purpose, now), Err(ProofError::WrongUse));
        assert_eq!(proofs(1).open(&token, &namespace, &purpose, now), Err(ProofError::Forged));
        for place in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).expect("ASCII");
            assert!(open(&forged, &purpose, now).is_err(), "character {place} changed");
        }
        let none =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT","kid":"k1"}"#), "e30");
        assert!(open(&none, &purpose, now).is_err());
    }
}
