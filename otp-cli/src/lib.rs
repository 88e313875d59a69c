//! The `otp` program as a library, so that tests can reach its parts: see `otp --help` and `docs/configuration.md`.
//!
//! | module | is |
//! |---|---|
//! | [`config`] | from `otp.toml`, `.env` and the environment to a [`config::Config`] |
//! | [`run`] | the command line |

pub mod config;

mod cli;
mod client;
mod command;
mod environment;
mod logging;
mod new_key;
mod output;
mod senders;
mod serve;

pub use cli::run;
pub use new_key::new_key;
