//! Handlers that require a verification.

use std::{
    fmt,
    future::{Ready, ready},
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
};

use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload, http::StatusCode, web::Data,
};
use otp_http::{ApiError, OpenedProof, ProofPurpose, claim_proof};
use otp_service::{Claims, Verifier};

use crate::{request, response};

/// That the caller proved a verification for `P`, and that nobody can do so with the same proof again. It is what the
/// proof says: whom, how, when.
///
/// The proof is claimed while the arguments of the handler are extracted, all at once: it is lost when another of them
/// rejects the request. Where one may, or the handler itself, take [`Unclaimed`].
///
/// ```
/// # use otp_actix::{ProofPurpose, Verified};
/// # struct Login;
/// # impl ProofPurpose for Login { const PURPOSE: &'static str = "login"; }
/// async fn log_in(who: Verified<Login>) -> String {
///     format!("a session for {}", who.recipient().as_str())
/// }
/// # let _ = actix_web::App::new().route("/", actix_web::web::post().to(log_in));
/// ```
pub struct Verified<P> {
    claims: Claims,
    purpose: PhantomData<fn() -> P>,
}

/// That the caller has a good proof for `P`, which can be used again until it is claimed.
///
/// ```
/// # use actix_web::{HttpResponse, error::ErrorConflict, web::Json};
/// # use otp_actix::{ProofPurpose, Unclaimed};
/// # struct Signup;
/// # impl ProofPurpose for Signup { const PURPOSE: &'static str = "signup"; }
/// # #[derive(serde::Deserialize)] struct Form { name: String }
/// # fn is_taken(_: &str) -> bool { false }
/// # fn create_account(_: &str, _: &otp_service::Claims) {}
/// async fn sign_up(phone: Unclaimed<Signup>, Json(form): Json<Form>) -> actix_web::Result<HttpResponse> {
///     if is_taken(&form.name) {
///         return Err(ErrorConflict("taken")); // the proof is as good as before
///     }
///     let phone = phone.claim().await?;
///     create_account(&form.name, &phone);
///     Ok(HttpResponse::Created().finish())
/// }
/// # let _ = actix_web::App::new().route("/", actix_web::web::post().to(sign_up));
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

impl<P: ProofPurpose> FromRequest for Verified<P> {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Extracted<Self> {
        let (verifier, headers) = (verifier(request), request::headers(request));
        Box::pin(async move {
            let verifier = verifier?;
            let claims = claim_proof(&verifier, &headers, &P::purpose()).await.map_err(ProofRejection)?;
            Ok(Self { claims, purpose: PhantomData })
        })
    }
}

impl<P: ProofPurpose> FromRequest for Unclaimed<P> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(verifier(request).and_then(|verifier| {
            let proof = OpenedProof::from_headers(&verifier, &request::headers(request), &P::purpose());
            Ok(Self { proof: proof.map_err(ProofRejection)?, purpose: PhantomData })
        }))
    }
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// The host's verifier; without one, the host is told in actix's own way (500, and a line in the log).
fn verifier(request: &HttpRequest) -> Result<Data<Verifier>, Error> {
    Data::<Verifier>::extract(request).into_inner()
}

impl ResponseError for ProofRejection {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        response::wrap(self.0.clone().into()).map_into_boxed_body()
    }
}

impl fmt::Display for ProofRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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
