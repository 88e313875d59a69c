//! The configuration of `otp`: one table of keys, three sources, all problems at once.
//!
//! | item | is |
//! |---|---|
//! | [`Sources`] | `otp.toml`, `.env` and the environment, as texts |
//! | [`keys`] | the table of keys |
//! | [`Config::load`] | from sources to a [`Config`], or to [`Problems`] |
//! | [`Setting`] | a line of `otp config` |
//!
//! ```
//! use otp_cli::config::{Capabilities, Config, MissingKey, Sources};
//!
//! let mut sources = Sources::default();
//! sources.environment.insert("OTP_TOKN_LENGTH".to_owned(), "8".to_owned());
//! let problems = Config::load(&sources, &Capabilities::of_this_build(), MissingKey::Ephemeral).unwrap_err();
//! assert_eq!(
//!     problems.iter().next().map(|problem| problem.as_str()),
//!     Some("OTP_TOKN_LENGTH (environment): unknown variable; did you mean OTP_TOKEN_LENGTH?"),
//! );
//! ```

mod capabilities;
mod database;
mod http_url;
mod key;
mod key_file;
mod kind;
mod limits;
mod load;
mod problem;
mod reference;
mod secret;
mod secret_key;
mod senders;
mod server;
mod setting;
mod source;
mod suggestion;
mod table;
mod test_recipient;
mod texts;
mod values;

use std::{collections::BTreeMap, net::SocketAddr};

use otp_core::{Channel, Destinations, Keyring, Policy, message::Catalogue};
use otp_http::TrustedProxies;

pub use capabilities::Capabilities;
pub use database::{DatabaseKind, DatabaseUrl};
pub use http_url::HttpUrl;
pub use key::{Default, Key};
pub use kind::Kind;
pub(crate) use load::Draft;
pub use problem::{Problem, Problems};
pub use reference::reference;
pub use secret::Secret;
pub(crate) use senders::PLACEHOLDER;
pub use senders::{
    FileOptions, SandboxOptions, SenderName, SenderOptions, SmtpOptions, SmtpTls, TwilioOptions,
    TwilioVerifyOptions, VonageOptions, VonageSignature, VonageSmsApi,
};
pub use setting::{MASK, Setting};
pub use source::{Origin, Sources};
pub use table::{GROUPS, keys};
pub use test_recipient::TestRecipient;
pub(crate) use texts::PAID_FOR;

/// A configuration that fits together. `Debug` shows no secret.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// What is refused.
    pub environment: Environment,
    /// Where the server listens.
    pub bind: SocketAddr,
    /// What terminates TLS in front of it, in the operator's words.
    pub tls_terminator: Option<String>,
    /// Whose forwarded headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// Where records are kept.
    pub database: DatabaseUrl,
    /// Secret keys.
    pub keyring: Keyring,
    /// Codes and limits.
    pub policy: Policy,
    /// Texts.
    pub catalogue: Catalogue,
    /// Which phone numbers get messages.
    pub destinations: Destinations,
    /// Recipients with a fixed code.
    pub test_recipients: Vec<TestRecipient>,
    /// Senders of each supported channel, the preferred one first.
    pub routes: BTreeMap<Channel, Vec<SenderName>>,
    /// Options of the senders in use.
    pub senders: SenderOptions,
    /// Whether a start waits for the provider.
    pub delivery: DeliveryMode,
    /// Whether every refused check is answered with `code_invalid`.
    pub strict_errors: bool,
    /// Days after which a finished record may go.
    pub record_retention_days: u32,
    /// The admin address, where there is one.
    pub admin: Option<Admin>,
    /// The log filter.
    pub log: String,
    /// Every key with the value that holds, secrets masked.
    pub settings: Vec<Setting>,
    /// What the operator should know; to be printed on stderr.
    pub warnings: Vec<String>,
}

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third one")]
pub enum Environment {
    /// What suits a laptop.
    Development,
    /// Nothing that suits a laptop only.
    Production,
}

/// When messages leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever starts the server must do either")]
pub enum DeliveryMode {
    /// In the background, from the queue in the database.
    Queue,
    /// Before the answer.
    Inline,
}

/// The address of metrics and administration.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Admin {
    /// Where it listens: loopback.
    pub bind: SocketAddr,
    /// Its bearer token.
    pub token: Secret,
}

/// What a missing secret key means in development.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a command either may write the key file or may not")]
pub enum MissingKey {
    /// One is made and kept in a file.
    Create,
    /// One is made and forgotten: for commands that only look.
    Ephemeral,
}
