//! One-time-code verification as an axum router.
//!
//! [`router`] turns an app of `otp-http` into a [`Router`](axum::Router): it reads the request, calls the app, wraps the answer, and
//! nothing else. What is answered, errors included, is decided in `otp-http` and the same under every framework.
//!
//! # Mounting it
//!
//! A host that has routes and state of its own adds this:
//!
//! ```
//! use std::{net::SocketAddr, sync::Arc};
//! use axum::{Router, extract::State, routing::get};
//! use otp_core::{Channel, Keyring};
//! use otp_http::VerificationApp;
//! use otp_service::{CancellationToken, DiscardSender, MemoryStore, Routes, Verifier, Worker, random_bytes};
//!
//! # #[derive(Clone)]
//! # struct AppState;
//! # async fn index(_: State<AppState>) {}
//! # async fn host() -> Result<Router, Box<dyn std::error::Error>> {
//! let keyring = Keyring::new([("k1".parse()?, random_bytes::<32>()?.to_vec())])?;
//! let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring)
//!     .app_name("Acme")
//!     .routes(Routes::default().with(Channel::Sms, Arc::new(DiscardSender)))
//!     .build()?;
//! tokio::spawn(Worker::new(&verifier).run(CancellationToken::new()));
//!
//! let app = Router::new()
//!     .route("/", get(index))
//!     .nest_service("/api/phone", otp_axum::router(VerificationApp::phone(verifier)))
//!     .with_state(AppState);
//! # Ok(app)
//! # }
//! # async fn serve(app: Router, listener: tokio::net::TcpListener) -> std::io::Result<()> {
//!
//! axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
//! # }
//! ```
//!
//! With a store that lasts (`otp-diesel`), a key from configuration and a real sender, that is production.
//!
//! | to mount | write |
//! |---|---|
//! | in any router, whatever its state | `.nest_service("/api/phone", otp_axum::router(phone))` |
//! | in a router without state | `.nest("/api/phone", otp_axum::router(phone))`, the same but for `/api/phone/` itself |
//! | `/healthz`, `/readyz`, `/openapi.json` | `.merge(otp_axum::operations_router(operations))`, after `with_state` |
//!
//! # The caller's address
//!
//! Starts are counted by caller, so the server must say who calls: serve with
//! [`into_make_service_with_connect_info::<SocketAddr>()`](axum::Router::into_make_service_with_connect_info), as
//! above. Without it starts are limited by recipient alone. Behind a proxy, name it with
//! [`VerificationApp::trusted_proxies`](otp_http::VerificationApp::trusted_proxies), or all callers share one budget.

//!
//! # A handler that requires a verification
//!
//! A client that verified has a proof, and sends it in the header `Verification-Proof`. [`Verified`] takes it, once:
//!
//! ```
//! use axum::{Router, extract::State, routing::post};
//! use otp_axum::{ProofPurpose, Verified};
//! use otp_http::VerificationApp;
//! use otp_service::Verifier;
//!
//! struct Signup;
//!
//! impl ProofPurpose for Signup {
//!     const PURPOSE: &'static str = "signup";
//! }
//!
//! async fn sign_up(phone: Verified<Signup>) -> String {
//!     format!("{} is yours", phone.recipient().as_str())
//! }
//!
//! fn app(verifier: Verifier) -> Router {
//!     let phone = VerificationApp::phone(verifier.clone()).purpose(Signup::purpose());
//!     Router::new()
//!         .route("/signup", post(sign_up))
//!         .with_state(verifier) // or state from which it can be taken: `Verifier: FromRef<AppState>`
//!         .nest_service("/api/phone", otp_axum::router(phone))
//! }
//! ```
//!
//! | take | where |
//! |---|---|
//! | [`Verified<P>`](Verified) | nothing can fail after it but what may cost the client another verification |
//! | [`Unclaimed<P>`](Unclaimed) | the handler may still refuse: look into it, and [`claim`](Unclaimed::claim) it last |
//!
//! Anything else than a good proof for this purpose is answered with a problem document by [`ProofRejection`].

mod request;
mod response;
mod router;
mod verified;

pub use otp_http::ProofPurpose;
pub use router::{operations_router, router};
pub use verified::{ProofRejection, Unclaimed, Verified};
