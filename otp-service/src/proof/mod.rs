//! Proofs: signed statements that a recipient was verified.
//!
//! | who | opens a proof with | and claims it |
//! |---|---|---|
//! | the process that verified, or another on its store | [`Verifier::open`](crate::Verifier::open) | [`Verifier::claim`](crate::Verifier::claim), once |
//! | another service, with the public keys | [`ProofVerifier::open`] | in a table of its own, by [`Claims::id`] |

mod claims;
mod jwks;
mod opening;
mod signing;

use std::time::Duration;

pub use claims::Claims;
pub use jwks::InvalidJwks;
pub use opening::ProofVerifier;
pub use signing::Proofs;

/// How long a proof is good for: long enough to finish a sign-up form, short enough not to be kept.
pub const PROOF_LIFE: Duration = Duration::from_secs(600);

/// How far the clock that signed may be ahead of the clock that opens.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);

/// The one algorithm: Ed25519 (RFC 8037, section 3.1). What a token says about itself is compared with it, never
/// followed: else `none`, or HMAC with the public key as its secret, would open anything (RFC 8725, section 2.1).
const ALGORITHM: &str = "EdDSA";

/// Why a text is no proof. Which of these it is, is for logs; the answer is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not a compact JWS of ours.
    #[error("the proof is malformed")]
    Malformed,
    /// Signed with a key that is not in the ring or set: removed, or too new, where a fetched set is old.
    #[error("the proof is signed with an unknown key")]
    UnknownKey,
    /// Signed with another algorithm, or forged.
    #[error("the proof's signature is not valid")]
    Forged,
    /// For another issuer, audience, namespace or purpose.
    #[error("the proof is for something else")]
    WrongUse,
    /// Issued later than now by more than [`CLOCK_TOLERANCE`].
    #[error("the proof is from the future")]
    NotYetValid,
    /// Past its time.
    #[error("the proof has expired")]
    Expired,
}
