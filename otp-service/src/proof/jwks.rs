//! Public keys as a JSON Web Key set (RFC 7517), in the form of RFC 8037.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ALGORITHM, opening::PublicKey};

/// Why a text is no set of keys that open proofs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJwks {
    /// Not a JSON Web Key set, or an Ed25519 key in it is broken.
    #[error("the text is not a JSON Web Key set, like {{\"keys\":[...]}}")]
    Malformed,
    /// No key in it could have signed a proof.
    #[error("the key set holds no Ed25519 signing key with an id")]
    NoKeys,
    /// Which key signed would not be certain.
    #[error("two keys of the set have the same id")]
    RepeatedId,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

/// The members that matter; of keys of other kinds most are missing.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    x: Option<String>,
}

pub(super) fn read(text: &str) -> Result<Vec<PublicKey>, InvalidJwks> {
    let set: KeySet = serde_json::from_str(text).map_err(|_| InvalidJwks::Malformed)?;
    let mut keys: Vec<PublicKey> = Vec::new();
    for jwk in set.keys {
        let Some(key) = jwk.read()? else { continue };
        if keys.iter().any(|known| known.id == key.id) {
            return Err(InvalidJwks::RepeatedId);
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(InvalidJwks::NoKeys) } else { Ok(keys) }
}

pub(super) fn write(keys: &[PublicKey]) -> Value {
    let keys = keys.iter().map(|PublicKey { id, key }| {
        json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM,
            "kid": id, "x": URL_SAFE_NO_PAD.encode(key.as_bytes()),
        })
    });
    json!({ "keys": keys.collect::<Vec<_>>() })
}

impl Jwk {
    /// The key, if it is one that signs proofs.
    fn read(self) -> Result<Option<PublicKey>, InvalidJwks> {
        let is_ed25519 = self.kty == "OKP" && self.crv.as_deref() == Some("Ed25519");
        let signs = self.used_for.is_none_or(|used_for| used_for == "sig")
            && self.alg.is_none_or(|alg| alg == ALGORITHM);
        let (true, true, Some(id)) = (is_ed25519, signs, self.kid) else { return Ok(None) };
        let bytes = self.x.and_then(|x| URL_SAFE_NO_PAD.decode(x).ok());
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        Ok(Some(PublicKey { id, key: key.ok_or(InvalidJwks::Malformed)? }))
    }
}
