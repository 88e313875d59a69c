//! Handlers that require a verification.

use std::{fmt, marker::PhantomData, ops::Deref};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use otp_http::{ApiError, OpenedProof, ProofPurpose, claim_proof};
use otp_service::{Claims, Verifier};

use crate::response;

/// That the caller proved a verification for `P`, and that nobody can do so with the same proof again. It is what the
/// proof says: whom, how, when.
///
/// The proof is claimed when the arguments of the handler are extracted. Put this behind all other arguments that may
/// reject the request; where the body may, or the handler itself, take [`Unclaimed`].
///
/// ```
/// # use otp_axum::{ProofPurpose, Verified};
/// # struct Login;
/// # impl ProofPurpose for Login { const PURPOSE: &'static str = "login"; }
/// async fn log_in(who: Verified<Login>) -> String {
///     format!("a session for {}", who.recipient().as_str())
/// }
/// # let _: axum::Router<otp_service::Verifier> = axum::Router::new().route("/", axum::routing::post(log_in));
/// ```
pub struct Verified<P> {
    claims: Claims,
    purpose: PhantomData<fn() -> P>,
}

/// That the caller has a good proof for `P`, which can be used again until it is claimed.
///
/// ```
/// # use axum::{Json, http::StatusCode, response::{IntoResponse, Response}};
/// # use otp_axum::{ProofPurpose, Unclaimed};
/// # struct Signup;
/// # impl ProofPurpose for Signup { const PURPOSE: &'static str = "signup"; }
/// # #[derive(serde::Deserialize)] struct Form { name: String }
/// # fn is_taken(_: &str) -> bool { false }
/// # fn create_account(_: &str, _: &otp_service::Claims) {}
/// async fn sign_up(phone: Unclaimed<Signup>, Json(form): Json<Form>) -> Result<StatusCode, Response> {
///     if is_taken(&form.name) {
///         return Err(StatusCode::CONFLICT.into_response()); // the proof is as good as before
///     }
///     let phone = phone.claim().await.map_err(IntoResponse::into_response)?;
///     create_account(&form.name, &phone);
///     Ok(StatusCode::CREATED)
/// }
/// # let _: axum::Router<otp_service::Verifier> = axum::Router::new().route("/", axum::routing::post(sign_up));
/// ```
#[must_use = "a proof that is not claimed can be used again"]
pub struct Unclaimed<P> {
    proof: OpenedProof,
    purpose: PhantomData<fn() -> P>,
}

/// Why there is no proof to be had from a request: a problem document with its status and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRejection(ApiError);

impl<P> Verified<P> {
    /// What the proof says.
    #[must_use]
    pub fn into_claims(self) -> Claims {
        self.claims
    }
}

impl<P> Unclaimed<P> {
    /// Claims the proof: of all who try, one succeeds.
    ///
    /// # Errors
    ///
    /// [`ProofRejection`] where it was claimed before or has expired since, or the store did not do it.
    pub async fn claim(self) -> Result<Verified<P>, ProofRejection> {
        let claims = self.proof.claim().await.map_err(ProofRejection)?;
        Ok(Verified { claims, purpose: PhantomData })
    }
}

impl ProofRejection {
    /// What is wrong, for hosts that answer in a form of their own.
    #[must_use]
    pub const fn error(&self) -> &ApiError {
        &self.0
    }
}

impl<P, S> FromRequestParts<S> for Verified<P>
where
    P: ProofPurpose,
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = ProofRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProofRejection> {
        let verifier = Verifier::from_ref(state);
        let claims = claim_proof(&verifier, &parts.headers, &P::purpose()).await.map_err(ProofRejection)?;
        Ok(Self { claims, purpose: PhantomData })
    }
}

impl<P, S> FromRequestParts<S> for Unclaimed<P>
where
    P: ProofPurpose,
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = ProofRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProofRejection> {
        let proof = OpenedProof::from_headers(&Verifier::from_ref(state), &parts.headers, &P::purpose());
        Ok(Self { proof: proof.map_err(ProofRejection)?, purpose: PhantomData })
    }
}

impl IntoResponse for ProofRejection {
    fn into_response(self) -> Response {
        response::wrap(self.0.into())
    }
}

impl fmt::Display for ProofRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ProofRejection {}

impl<P> Deref for Verified<P> {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.claims
    }
}

impl<P> Deref for Unclaimed<P> {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        self.proof.claims()
    }
}

impl<P> fmt::Debug for Verified<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verified").field(&self.claims).finish()
    }
}

impl<P> fmt::Debug for Unclaimed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unclaimed").field(self.proof.claims()).finish()
    }
}
