//! The HTTP contract of one-time-code verification, without a web framework.
//!
//! An adapter (`otp-axum`, `otp-actix`) turns its framework's request into a [`Request`], calls [`App::handle`], and
//! turns the [`Response`] back. Everything between is here, so that every framework answers byte for byte the same,
//! errors included.
//!
//! | type | is |
//! |---|---|
//! | [`VerificationApp`] | register, verify, resend, status and cancel, for phone numbers or for e-mail addresses |
//! | [`AccountApp`] | register an account, verify its e-mail address and its phone number; see [Accounts](#accounts) |
//! | [`Webhooks`] | delivery receipts of providers |
//! | [`Operations`] | `/healthz`, `/readyz`, `/openapi.json` |
//! | [`ApiError`], [`ErrorCode`] | what can go wrong, with status, text and members |
//! | [`TrustedProxies`], [`ForwardedHeader`] | whom to believe about the caller's address |
//! | [`OpenApi`] | the OpenAPI 3.1 document of the mounted apps |
//!
//! # A call
//!
//! ```
//! use std::sync::Arc;
//! use http::{HeaderMap, Method, StatusCode};
//! use otp_core::{Channel, Keyring};
//! use otp_http::{App, Request, VerificationApp};
//! use otp_service::{DiscardSender, MemoryStore, Routes, Verifier, random_bytes};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keyring = Keyring::new([("k1".parse()?, random_bytes::<32>()?.to_vec())])?;
//! let routes = Routes::default().with(Channel::Sms, Arc::new(DiscardSender));
//! let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring).routes(routes).build()?;
//! let app = VerificationApp::phone(verifier);
//!
//! let response = app
//!     .handle(Request {
//!         method: Method::POST,
//!         path: "/register".to_owned(),
//!         target: "/api/phone/register".to_owned(),
//!         headers: HeaderMap::from_iter([("content-type".parse()?, "application/json".parse()?)]),
//!         body: Ok(r#"{"phone_number":"+1 415 555 0123"}"#.into()),
//!         peer: None,
//!     })
//!     .await;
//! assert_eq!(response.status, StatusCode::OK);
//! let answer: serde_json::Value = serde_json::from_slice(&response.body)?;
//! assert_eq!(answer["phone_number"], "+14155550123");
//! assert_eq!(answer["expires_in"], 600);
//! # Ok(())
//! # }
//! ```
//!
//! # Accounts
//!
//! [`AccountApp`] is for front ends that know accounts instead of session tokens. The host implements
//! [`Accounts`](otp_service::Accounts), or keeps `otp-diesel`'s small table:
//!
//! | call | known, not verified | verified | unknown |
//! |---|---|---|---|
//! | `users/register` | 409 `already_registered` | the same | adds the account |
//! | `auth/resend-verification`, `users/verify-phone` | sends a code | sends nothing | sends nothing |
//! | `auth/verify-account`, `users/verify-otp` | the right code marks the account | refuses every code | refuses every code |
//!
//! But for the right code, the last four answer alike in all columns: status, headers, body, limits and time.
//!
//! # Choices the contract leaves open
//!
//! | question | answer here |
//! |---|---|
//! | which error comes first | path (404), method (405), media type (415), length (413), body (400), rules |
//! | `HEAD`, `OPTIONS` | `HEAD` where there is `GET`; else 405. For CORS, put a layer of the framework around the app |
//! | a body of another charset, or compressed | 415 |
//! | `null`, or an empty text | refused in every field, optional ones included |
//! | a form's `phone_number=+1415...` | the `+`, which form decoding makes a space, is put back |
//! | `language` on resend | taken; without it the message stays in the language it was registered with |
//! | several forwarding headers | the configured one counts alone, see [`ForwardedHeader`] |
//! | limits of recipients nobody knows | those of the others: cooldown, budgets, guesses and locks count for them too |
//! | `expires_in_minutes` | the life of a new code, always: what is left of an old one tells what was asked for before |
//! | a number of no numbering plan | `users/register` keeps it (`+` and 7 to 15 digits); nothing is ever sent there |
//! | the host cannot record a verification | 503; the same code is right again until it ends, see [`AccountApp`] |
//! | a proof sent to a host's handler | header `Verification-Proof`, else `Authorization: Bearer`; see [`proof_from_headers`] |
//! | a proof that does not open | 401 `proof_invalid`, whatever is wrong with it, expired included; the log says which |
//! | `jwks.json` | `GET` gives the public keys of proofs; the one answer that caches may keep (5 minutes) |

mod accounts;
mod app;
mod body;
mod client;
mod error;
mod fields;
mod handlers;
mod openapi;
mod operations;
mod proof;
mod request;
mod response;
mod rounding;
mod route;
mod verification;
mod webhooks;

pub use accounts::AccountApp;
pub use app::App;
pub use client::{ForwardedHeader, InvalidNetwork, IpNetwork, TrustedProxies};
pub use error::{ApiError, ErrorCode, FieldErrors};
pub use openapi::OpenApi;
pub use operations::Operations;
pub use proof::{OpenedProof, PROOF_HEADER, ProofPurpose, claim_proof, proof_from_headers};
pub use request::{BODY_LIMIT, BodyError, Request};
pub use response::Response;
pub use verification::VerificationApp;
pub use webhooks::Webhooks;
