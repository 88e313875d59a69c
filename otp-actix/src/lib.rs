//! One-time-code verification as an actix-web scope.
//!
//! [`scope`] turns an app of `otp-http` into a [`Scope`](actix_web::Scope): it reads the request, calls the app, wraps
//! the answer, and nothing else. What is answered, errors included, is decided in `otp-http` and the same under every
//! framework.
//!
//! # Mounting it
//!
//! A host that has routes and data of its own adds this:
//!
//! ```no_run
//! use std::sync::Arc;
//! use actix_web::{App, HttpServer, web};
//! use otp_core::{Channel, Keyring};
//! use otp_http::VerificationApp;
//! use otp_service::{CancellationToken, DiscardSender, MemoryStore, Routes, Verifier, Worker, random_bytes};
//!
//! # #[derive(Clone)]
//! # struct AppData;
//! # async fn index(_: web::Data<AppData>) -> &'static str { "" }
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keyring = Keyring::new([("k1".parse()?, random_bytes::<32>()?.to_vec())])?;
//! let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring)
//!     .app_name("Acme")
//!     .routes(Routes::default().with(Channel::Sms, Arc::new(DiscardSender)))
//!     .build()?;
//! actix_web::rt::spawn(Worker::new(&verifier).run(CancellationToken::new()));
//!
//! let phone = VerificationApp::phone(verifier);
//! HttpServer::new(move || {
//!     App::new()
//!         .app_data(web::Data::new(AppData))
//!         .route("/", web::get().to(index))
//!         .service(otp_actix::scope("/api/phone", phone.clone()))
//! })
//! # .bind(("127.0.0.1", 8080))?.run().await?;
//! # Ok(())
//! # }
//! ```
//!
//! With a store that lasts (`otp-diesel`), a key from configuration and a real sender, that is production.
//!
//! | to mount | write |
//! |---|---|
//! | in any app or scope, whatever its data | `.service(otp_actix::scope("/api/phone", phone))` |
//! | where a function configures | `.configure(otp_actix::configure("/api/phone", phone))` |
//! | `/healthz`, `/readyz`, `/openapi.json` | `.configure(otp_actix::configure_operations(operations))` |
//!
//! Make the [`Verifier`](otp_service::Verifier) outside the closure of `HttpServer::new`, which runs once for every
//! worker: all workers then share one store and its limits. Nothing here blocks a worker or needs more than its one
//! thread.
//!
//! # Among the host's own routes
//!
//! | the host's | is for us |
//! |---|---|
//! | `JsonConfig`, `FormConfig`, `PayloadConfig`, `QueryConfig`, their error handlers | not asked: the body is read as it came, up to 16 KiB |
//! | `default_service` | answers beside the mount; unknown paths and methods below it are ours |
//! | middleware (`wrap`) | sees our requests and answers like any other; one that rewrites errors rewrites ours |
//! | other scopes and resources | those registered before, at a path below the mount, come first |
//!
//! Paths are compared as they were sent: `/%61pi/phone` is not `/api/phone`, although for actix itself it is.
//!
//! # The caller's address
//!
//! Starts are counted by the address at the other end of the connection
//! ([`peer_addr`](actix_web::HttpRequest::peer_addr)). Behind a proxy, name it with
//! [`VerificationApp::trusted_proxies`](otp_http::VerificationApp::trusted_proxies), or all callers share one budget.
//!
//! # A handler that requires a verification
//!
//! A client that verified has a proof, and sends it in the header `Verification-Proof`. [`Verified`] takes it, once:
//!
//! ```
//! use actix_web::web::{self, ServiceConfig};
//! use otp_actix::{ProofPurpose, Verified};
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
//! fn app(config: &mut ServiceConfig, verifier: Verifier) {
//!     let phone = VerificationApp::phone(verifier.clone()).purpose(Signup::purpose());
//!     config
//!         .app_data(web::Data::new(verifier))
//!         .route("/signup", web::post().to(sign_up))
//!         .service(otp_actix::scope("/api/phone", phone));
//! }
//! ```
//!
//! | take | where |
//! |---|---|
//! | [`Verified<P>`](Verified) | nothing can fail beside or after it but what may cost the client another verification |
//! | [`Unclaimed<P>`](Unclaimed) | the handler may still refuse: look into it, and [`claim`](Unclaimed::claim) it last |
//!
//! Anything else than a good proof for this purpose is answered with a problem document by [`ProofRejection`].

mod path;
mod request;
mod response;
mod router;
mod verified;

pub use otp_http::ProofPurpose;
pub use router::{configure, configure_operations, scope};
pub use verified::{ProofRejection, Unclaimed, Verified};
