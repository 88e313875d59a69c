//! The commands, one module each: `Arguments` for clap, and `run`.

mod call;
pub(crate) mod cleanup;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod forget;
pub(crate) mod keygen;
pub(crate) mod list;
pub(crate) mod message;
pub(crate) mod migrate;
mod operator;
pub(crate) mod register;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod unlock;
pub(crate) mod verify;
pub(crate) mod worker;

use std::{error::Error as StdError, io, path::PathBuf, process::ExitCode};

use otp_core::{InvalidRecipient, KeyId};
use otp_service::{AccountsError, StoreError};

use crate::{client::ClientError, config::Problems, show::count};

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The configuration cannot be used: exit status 2.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// The command line cannot be used: exit status 2.
    #[error("{0}")]
    Usage(String),
    /// The command line names nobody who could be verified: exit status 2.
    #[error(transparent)]
    Recipient(InvalidRecipient),
    /// The records were made with a secret key that is not given: exit status 2.
    #[error(
        "the records were made with another secret key ({0}), without which nobody's are found; run this where the \
         server runs, or give its OTP_SECRET_KEY"
    )]
    OtherKey(KeyId),
    /// The database cannot be opened or migrated: exit status 1.
    #[error("{}", causes(.0))]
    Database(#[from] otp_diesel::OpenError),
    /// There is no database yet: exit status 1.
    #[error("there is no database at {}; `otp serve` or `otp migrate` makes it", .0.display())]
    NoDatabase(PathBuf),
    /// The database did not do it: exit status 1.
    #[error("{}", causes(.0))]
    Store(#[from] StoreError),
    /// The table of accounts did not do it: exit status 1.
    #[error("{}", causes(.0))]
    Accounts(#[from] AccountsError),
    /// The configuration names a database that is not built in: exit status 2.
    #[cfg(not(all(feature = "postgres", feature = "mysql")))]
    #[error("this build has no store for {0}")]
    NoSuchStore(&'static str),
    /// The configuration names a sender that is not built in: exit status 2.
    #[error("the sender {0} cannot be built: its options are missing, or this program was built without it")]
    NoSuchSender(&'static str),
    /// A sender's options cannot work: exit status 2.
    #[cfg(any(feature = "smtp", feature = "twilio", feature = "vonage"))]
    #[error("the sender {sender} cannot work: {problem}")]
    Sender { sender: crate::config::SenderName, problem: String },
    /// A provider did not take a message: exit status 1.
    #[error("{problem}; {remedy}")]
    NotSent { problem: String, remedy: String },
    /// Checks of `otp doctor` failed: exit status 1.
    #[error("{} failed", count(*.0 as u64, "check"))]
    Unwell(usize),
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
            Self::Configuration(_)
            | Self::Usage(_)
            | Self::Recipient(_)
            | Self::OtherKey(_)
            | Self::NoSuchSender(_) => ExitCode::from(2),
            #[cfg(not(all(feature = "postgres", feature = "mysql")))]
            Self::NoSuchStore(_) => ExitCode::from(2),
            #[cfg(any(feature = "smtp", feature = "twilio", feature = "vonage"))]
            Self::Sender { .. } => ExitCode::from(2),
            Self::Database(_)
            | Self::NoDatabase(_)
            | Self::Store(_)
            | Self::Accounts(_)
            | Self::NotSent { .. }
            | Self::Unwell(_)
            | Self::Server(_)
            | Self::Io(_) => ExitCode::FAILURE,
        }
    }
}

/// An error and what stands behind it, in one line; each thing once.
pub(crate) fn causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(said.trim());
        }
        next = cause.source();
    }
    // Databases indent and break their texts.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
