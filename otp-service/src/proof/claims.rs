//! What a proof says.

use std::borrow::Cow;

use otp_core::{Channel, Namespace, Purpose, Recipient, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// What a proof says: a JSON Web Token's claims (RFC 7519), under their names there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// Who signed: [`VerifierBuilder::issuer`](crate::VerifierBuilder::issuer).
    pub iss: String,
    /// For whom: the namespace, or [`VerifierBuilder::audience`](crate::VerifierBuilder::audience).
    pub aud: String,
    /// The tenant.
    pub namespace: Namespace,
    /// Who was verified.
    #[serde(deserialize_with = "canonical")]
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

impl Claims {
    /// Who was verified.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient {
        &self.sub
    }

    /// How.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// When, to the second.
    #[must_use]
    pub const fn verified_at(&self) -> Timestamp {
        Timestamp::from_millis(self.iat.saturating_mul(1_000))
    }

    /// Until when the proof is good.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.exp.saturating_mul(1_000))
    }

    /// The proof's id, different for every proof.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.jti
    }
}

/// As it was written: parsed like something typed, a test recipient's number of no numbering plan would be refused.
fn canonical<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Recipient, D::Error> {
    let text = <Cow<'de, str>>::deserialize(deserializer)?;
    Recipient::from_canonical(&text).map_err(D::Error::custom)
}
