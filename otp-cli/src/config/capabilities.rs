//! [`Capabilities`]: what is built in.

use super::{DatabaseKind, SenderName};

/// What this program was built with: a configuration may ask for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Senders.
    pub senders: Vec<SenderName>,
    /// Databases.
    pub databases: Vec<DatabaseKind>,
}

impl Capabilities {
    /// Those of this program.
    #[must_use]
    pub fn of_this_build() -> Self {
        let providers = [
            ("twilio", cfg!(feature = "twilio")),
            ("vonage", cfg!(feature = "vonage")),
            ("smtp", cfg!(feature = "smtp")),
        ];
        let has = |sender: &SenderName| {
            sender.provider().is_none_or(|provider| providers.contains(&(provider, true)))
        };
        let databases = [
            (DatabaseKind::Sqlite, true),
            (DatabaseKind::Postgres, cfg!(feature = "postgres")),
            (DatabaseKind::Mysql, cfg!(feature = "mysql")),
        ];
        Self {
            senders: SenderName::ALL.into_iter().filter(has).collect(),
            databases: databases.into_iter().filter(|(_, built)| *built).map(|(kind, _)| kind).collect(),
        }
    }

    /// Everything there is, built or not: for tests of the configuration itself.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            senders: SenderName::ALL.to_vec(),
            databases: vec![DatabaseKind::Sqlite, DatabaseKind::Postgres, DatabaseKind::Mysql],
        }
    }
}
