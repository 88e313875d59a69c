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
        Self {
            senders: vec![SenderName::Console, SenderName::File, SenderName::Sandbox, SenderName::Discard],
            databases: vec![DatabaseKind::Sqlite],
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
