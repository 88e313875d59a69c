//! One-time-code verification behind one dependency: each feature re-exports one crate, and there is nothing else here.
//!
//! The plain crates are the first choice; take this one where a single version in `Cargo.toml` is worth more.
//!
//! | feature | module | crate |
//! |---|---|---|
//! | `core` | `otp_kit::core` | `otp-core`: the rules, for programs without web or database |
//! | `service` | `otp_kit::service` | `otp-service`: verifier, worker, ports |
//! | `http` | `otp_kit::http` | `otp-http`: the HTTP contract without a framework |
//! | `axum` | `otp_kit::axum` | `otp-axum`: the contract as an axum router |
//! | `actix` | `otp_kit::actix` | `otp-actix`: the contract as an actix scope |
//! | `sqlite` | `otp_kit::diesel` | `otp-diesel`: the store on SQLite |
//! | `postgres` | `otp_kit::diesel` | `otp-diesel`: the store on PostgreSQL (needs libpq) |
//! | `mysql` | `otp_kit::diesel` | `otp-diesel`: the store on MySQL and MariaDB (needs libmariadb) |
//! | `twilio` | `otp_kit::twilio`, `otp_kit::provider` | `otp-twilio`: messages, calls, Verify, receipts |
//! | `vonage` | `otp_kit::vonage`, `otp_kit::provider` | `otp-vonage`: the same of Vonage |
//! | `smtp` | `otp_kit::smtp` | `otp-smtp`: e-mail |
//!
//! No feature is on by default, and none brings what another is for: `cargo tree` shows no axum under `actix` and no
//! database under `axum`.
//!
//! ```toml
//! otp-kit = { version = "0.1", features = ["axum", "sqlite"] }
//! ```

#[cfg(feature = "actix")]
pub use otp_actix as actix;
#[cfg(feature = "axum")]
pub use otp_axum as axum;
#[cfg(feature = "core")]
pub use otp_core as core;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use otp_diesel as diesel;
#[cfg(feature = "http")]
pub use otp_http as http;
#[cfg(any(feature = "twilio", feature = "vonage"))]
pub use otp_provider as provider;
#[cfg(feature = "service")]
pub use otp_service as service;
#[cfg(feature = "smtp")]
pub use otp_smtp as smtp;
#[cfg(feature = "twilio")]
pub use otp_twilio as twilio;
#[cfg(feature = "vonage")]
pub use otp_vonage as vonage;
