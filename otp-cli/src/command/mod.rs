//! The commands, one module each: `Arguments` for clap, and `run`.

mod call;
pub(crate) mod config;
pub(crate) mod keygen;
pub(crate) mod migrate;
pub(crate) mod register;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod verify;

use std::{io, process::ExitCode};

use crate::{client::ClientError, config::Problems};

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The configuration cannot be used: exit status 2.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// The database cannot be opened or migrated: exit status 1.
    #[error(transparent)]
    Database(#[from] otp_diesel::OpenError),
    /// The configuration names a database that is not built in: exit status 2.
    #[error("this build has no store for {0}")]
    NoSuchStore(&'static str),
    /// The configuration names a sender that is not built in: exit status 2.
    #[error("this build has no sender {0}")]
    NoSuchSender(&'static str),
    /// A running server refused, or did not answer: exit status 1.
    #[error(transparent)]
    Server(#[from] ClientError),
    /// Stdout cannot be written, or the operating system refuses something as basic: exit status 1.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl CommandError {
    /// The exit status of this error.
    #[must_use]
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) | Self::NoSuchStore(_) | Self::NoSuchSender(_) => ExitCode::from(2),
            Self::Database(_) | Self::Server(_) | Self::Io(_) => ExitCode::FAILURE,
        }
    }
}
