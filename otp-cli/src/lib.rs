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
mod database;
mod doctor;
mod environment;
mod logging;
mod new_key;
mod output;
mod records;
mod remedy;
mod senders;
mod serve;
mod service;
mod show;

pub use cli::run;
pub use doctor::reference as doctor_reference;
pub use new_key::new_key;
