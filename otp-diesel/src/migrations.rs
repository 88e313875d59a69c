//! The tables come and change by embedded migrations. Each backend compiles this file with its own `dialect` beside it.

use std::error::Error as StdError;

use diesel::result::Error;
use diesel_migrations::MigrationHarness as _;

use super::{
    MIGRATIONS,
    dialect::{self, Connection},
};

/// Runs the migrations that are missing, and returns their names. Processes that do so at the same time wait for each
/// other.
pub(super) fn run(connection: &mut Connection) -> Result<Vec<String>, Failed> {
    dialect::migrating(connection, |connection| {
        let names = names(connection)?;
        connection.run_pending_migrations(MIGRATIONS)?;
        Ok(names)
    })
}

/// Names of the migrations that are missing.
pub(super) fn pending(connection: &mut Connection) -> Result<Vec<String>, Failed> {
    // The first look makes Diesel's own table, so that two at the same time can collide.
    names(connection).or_else(|_| Ok(names(connection)?))
}

fn names(connection: &mut Connection) -> Result<Vec<String>, Box<dyn StdError + Send + Sync>> {
    let pending = connection.pending_migrations(MIGRATIONS)?;
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}

/// Why there are no tables.
pub(super) enum Failed {
    Database(Error),
    Migration(Box<dyn StdError + Send + Sync>),
}

impl Failed {
    pub(super) fn into_source(self) -> Box<dyn StdError + Send + Sync> {
        match self {
            Self::Database(error) => error.into(),
            Self::Migration(source) => source,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Box<dyn StdError + Send + Sync>> for Failed {
    fn from(error: Box<dyn StdError + Send + Sync>) -> Self {
        Self::Migration(error)
    }
}
