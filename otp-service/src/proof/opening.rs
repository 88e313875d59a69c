//! Opening proofs, with public keys alone.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use otp_core::{Namespace, Purpose, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ALGORITHM, CLOCK_TOLERANCE, Claims, InvalidJwks, ProofError, jwks};

/// Opens proofs with the public keys of the service that signs them, and needs no secret, no store and no network: for
/// other services, which fetch the keys from `jwks.json` beside the calls of the verification app.
///
/// Issuer, audience and namespace are fixed here and never read from the token.
///
/// ```
/// use otp_service::{Clock, ProofVerifier, SystemClock};
/// # use otp_core::{Channel, Keyring, Purpose, Recipient};
/// # use otp_service::{Proofs, random_bytes};
///
/// # let keyring = Keyring::new([("k1".parse()?, random_bytes::<32>()?.to_vec())])?;
/// # let proofs = Proofs::new(&keyring, "https://id.example", Default::default()).with_audience("shop");
/// # let (jwks, clock, signup) = (proofs.jwks().to_string(), SystemClock::new(), Purpose::new("signup")?);
/// # let recipient = Recipient::parse("+14155550123")?;
/// # let proof = proofs.sign(&signup, &recipient, Channel::Sms, clock.now())?;
/// // `jwks` is what GET https://id.example/api/phone/jwks.json answered.
/// let proofs = ProofVerifier::from_jwks(&jwks, "https://id.example")?.with_audience("shop");
///
/// let claims = proofs.open(&proof, &Purpose::new("signup")?, clock.now())?;
/// assert_eq!(claims.recipient().as_str(), "+14155550123");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Opening does not claim: a proof can be opened as often as one likes while it is good (ten minutes). Where it must
/// count once, insert [`Claims::id`] into a table with a unique key, in the transaction of what it is used for.
///
/// On [`ProofError::UnknownKey`] fetch the keys again, a few times an hour at most: a stranger can make up key ids.
#[derive(Debug, Clone)]
#[must_use = "it opens nothing until `open`"]
pub struct ProofVerifier {
    pub(super) keys: Vec<PublicKey>,
    issuer: String,
    audience: Option<String>,
    namespace: Namespace,
}

#[derive(Debug, Clone)]
pub(super) struct PublicKey {
    pub(super) id: String,
    pub(super) key: VerifyingKey,
}

/// The only header there is. Another member could be `crit`, which must not be passed over (RFC 7515, section 4.1.11).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header<'a> {
    pub(super) alg: &'a str,
    pub(super) typ: &'a str,
    pub(super) kid: &'a str,
}

impl ProofVerifier {
    /// With the keys of a JSON Web Key set (RFC 7517), for proofs of `issuer` in the default namespace. Keys of other
    /// kinds and for other uses are passed over.
    ///
    /// # Errors
    ///
    /// [`InvalidJwks`] where the text is no key set or holds no key that could have signed a proof.
    pub fn from_jwks(jwks: &str, issuer: impl Into<String>) -> Result<Self, InvalidJwks> {
        Ok(Self::new(jwks::read(jwks)?, issuer.into(), Namespace::default()))
    }

    pub(super) fn new(keys: Vec<PublicKey>, issuer: String, namespace: Namespace) -> Self {
        Self { keys, issuer, audience: None, namespace }
    }

    /// For proofs of this namespace, which is their audience as well unless another is given.
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// For proofs of this audience: what the signing service was told by
    /// [`VerifierBuilder::audience`](crate::VerifierBuilder::audience).
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The issuer that proofs must have.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The audience that proofs must have.
    #[must_use]
    pub fn audience(&self) -> &str {
        self.audience.as_deref().unwrap_or(self.namespace.as_str())
    }

    /// The namespace that proofs must have.
    #[must_use]
    pub const fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Opens a proof for `purpose`. This does not claim it: a proof opened this way can be opened again.
    ///
    /// # Errors
    ///
    /// [`ProofError`] for everything but a good, unexpired proof for exactly this use.
    pub fn open(&self, proof: &str, purpose: &Purpose, now: Timestamp) -> Result<Claims, ProofError> {
        let claims = self.signed(proof)?;
        let is_ours = claims.iss == self.issuer
            && claims.aud == self.audience()
            && claims.namespace == self.namespace
            && claims.purpose == *purpose;
        if !is_ours {
            Err(ProofError::WrongUse)
        } else if claims.iat > (now + CLOCK_TOLERANCE).as_seconds() {
            Err(ProofError::NotYetValid)
        } else if claims.exp <= now.as_seconds() {
            Err(ProofError::Expired)
        } else {
            Ok(claims)
        }
    }

    /// What a token says whose signature is good. Nothing of its claims is looked at before.
    fn signed(&self, proof: &str) -> Result<Claims, ProofError> {
        let (signed, signature) = proof.rsplit_once('.').ok_or(ProofError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(ProofError::Malformed)?;
        let header = decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| ProofError::Malformed)?;
        let signature = Signature::from_slice(&decode(signature)?).map_err(|_| ProofError::Malformed)?;
        if header.alg != ALGORITHM || header.typ != "JWT" {
            return Err(ProofError::Forged);
        }
        let key = self.keys.iter().find(|key| key.id == header.kid).ok_or(ProofError::UnknownKey)?;
        key.key.verify_strict(signed.as_bytes(), &signature).map_err(|_| ProofError::Forged)?;
        serde_json::from_slice(&decode(claims)?).map_err(|_| ProofError::Malformed)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, ProofError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| ProofError::Malformed)
}
