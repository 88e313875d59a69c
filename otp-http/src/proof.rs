//! Proofs that come with requests to a host's own handlers.
//!
//! | the proof is in | when |
//! |---|---|
//! | `Verification-Proof: <proof>` | always, where there is one |
//! | `Authorization: Bearer <proof>` | else: for hosts that use this header for nothing else |
//!
//! A host whose `Authorization` carries sessions of its own has its clients send the first. A browser on another origin
//! may send it once the host's CORS layer allows it.

use http::{HeaderMap, HeaderName, header::AUTHORIZATION};
use otp_core::Purpose;
use otp_service::{Claims, Verifier};

use crate::error::ApiError;

/// The header that carries a proof and nothing else.
pub const PROOF_HEADER: HeaderName = HeaderName::from_static("verification-proof");

/// A purpose as a type, so that a handler says in its signature what its proofs must be for.
///
/// ```
/// use otp_http::ProofPurpose;
///
/// struct Signup;
///
/// impl ProofPurpose for Signup {
///     const PURPOSE: &'static str = "signup";
/// }
/// # assert_eq!(Signup::purpose().as_str(), "signup");
/// ```
///
/// What is no [`Purpose`] does not compile where it is used:
///
/// ```compile_fail
/// # use otp_http::ProofPurpose;
/// # struct Signup;
/// impl ProofPurpose for Signup {
///     const PURPOSE: &'static str = "Sign up";
/// }
/// Signup::purpose();
/// ```
pub trait ProofPurpose: 'static {
    /// The name of the purpose: that of the [`VerificationApp`](crate::VerificationApp) whose proofs are taken.
    const PURPOSE: &'static str;

    /// The purpose.
    #[must_use]
    fn purpose() -> Purpose {
        const {
            assert!(
                Purpose::is_legal(Self::PURPOSE),
                "a purpose takes 1 to 64 of a-z, 0-9, '-', '_' and '.'"
            );
        }
        Purpose::new(Self::PURPOSE).expect("the compiler checked it")
    }
}

/// The proof that came with a request, not yet looked into.
///
/// ```
/// use http::HeaderMap;
/// use otp_http::{ApiError, proof_from_headers};
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(proof_from_headers(&headers), Err(ApiError::ProofMissing));
/// headers.insert("authorization", "Bearer one".parse()?);
/// assert_eq!(proof_from_headers(&headers), Ok("one"));
/// headers.insert("verification-proof", "another".parse()?);
/// assert_eq!(proof_from_headers(&headers), Ok("another"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
///
/// # Errors
///
/// [`ApiError::ProofMissing`] where there is none, and [`ApiError::ProofInvalid`] where it cannot be told which or is
/// no text.
pub fn proof_from_headers(headers: &HeaderMap) -> Result<&str, ApiError> {
    let (text, is_bearer) = match only(headers, &PROOF_HEADER)? {
        Some(text) => (text, false),
        None => (only(headers, &AUTHORIZATION)?.unwrap_or_default(), true),
    };
    let proof = if is_bearer { bearer(text).unwrap_or_default() } else { text };
    if proof.is_empty() { Err(ApiError::ProofMissing) } else { Ok(proof) }
}

/// Opens the proof that came with a request and claims it: [`Verifier::claim`] for a host's handlers.
///
/// # Errors
///
/// [`ApiError::ProofMissing`], [`ApiError::ProofInvalid`], [`ApiError::ProofAlreadyClaimed`], and
/// [`ApiError::Unavailable`] where the store did not do it.
pub async fn claim_proof(
    verifier: &Verifier,
    headers: &HeaderMap,
    purpose: &Purpose,
) -> Result<Claims, ApiError> {
    Ok(verifier.claim(proof_from_headers(headers)?, purpose).await?)
}

/// A good proof that came with a request and is claimed later, or never.
#[derive(Debug, Clone)]
#[must_use = "a proof that is not claimed can be used again"]
pub struct OpenedProof {
    proof: Proof,
    claims: Claims,
    verifier: Verifier,
}

impl OpenedProof {
    /// Opens the proof among `headers`, by [`Verifier::open`].
    ///
    /// # Errors
    ///
    /// [`ApiError::ProofMissing`] and [`ApiError::ProofInvalid`].
    pub fn from_headers(
        verifier: &Verifier,
        headers: &HeaderMap,
        purpose: &Purpose,
    ) -> Result<Self, ApiError> {
        let proof = proof_from_headers(headers)?;
        let claims = verifier.open(proof, purpose)?;
        Ok(Self { proof: Proof(proof.to_owned()), claims, verifier: verifier.clone() })
    }

    /// What it says.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Claims it, if it is still good and nobody did before.
    ///
    /// # Errors
    ///
    /// [`ApiError::ProofInvalid`] where it has expired since, [`ApiError::ProofAlreadyClaimed`], and
    /// [`ApiError::Unavailable`] where the store did not do it.
    pub async fn claim(self) -> Result<Claims, ApiError> {
        Ok(self.verifier.claim(&self.proof.0, &self.claims.purpose).await?)
    }
}

/// Kept out of `Debug`.
#[derive(Clone)]
struct Proof(String);

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(..)")
    }
}

/// A header's one value; of several, nobody can say which is meant.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ApiError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            value.to_str().map(|text| Some(text.trim())).map_err(|_| ApiError::ProofInvalid)
        }
        (Some(_), Some(_)) => Err(ApiError::ProofInvalid),
    }
}

/// What follows the scheme, whose case does not matter (RFC 9110, section 11.1).
fn bearer(text: &str) -> Option<&str> {
    let (scheme, proof) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| proof.trim_start())
}
