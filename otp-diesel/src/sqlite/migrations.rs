//! The tables come and change by embedded migrations.

use std::error::Error as StdError;

use diesel::result::Error;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::{dialect::Connection, location::Location};
use crate::OpenError;

/// The migrations, for a host that runs them in an order of its own. Versions are whole time stamps and tables are
/// called `otp_...`, so that they can share a database and its table of migrations with the host's.
///
/// ```
/// use diesel::Connection;
/// use diesel_migrations::MigrationHarness;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("host.db").display().to_string();
/// let mut connection = diesel::SqliteConnection::establish(&path)?;
/// connection.run_pending_migrations(otp_diesel::sqlite::MIGRATIONS).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Runs the migrations that the database at `url` lacks, all or none, and returns their names. Processes that do so at
/// the same time wait for each other.
///
/// # Errors
///
/// [`OpenError`]; the database is unchanged then.
pub fn migrate(url: impl AsRef<str>) -> Result<Vec<String>, OpenError> {
    let location = Location::parse(url.as_ref())?;
    run(&location, &mut location.connect()?)
}

/// Names of the migrations that the database at `url` lacks. An empty file lacks all.
///
/// # Errors
///
/// [`OpenError`] when it cannot be opened.
pub fn pending_migrations(url: impl AsRef<str>) -> Result<Vec<String>, OpenError> {
    let location = Location::parse(url.as_ref())?;
    pending(&location, &mut location.connect()?)
}

pub(super) fn run(location: &Location, connection: &mut Connection) -> Result<Vec<String>, OpenError> {
    // With the write lock from the start, nobody else can run the same ones.
    let run: Result<Vec<String>, Failed> = connection.immediate_transaction(|connection| {
        let names = names(connection)?;
        connection.run_pending_migrations(MIGRATIONS)?;
        Ok(names)
    });
    run.map_err(|failed| location.failed(failed))
}

pub(super) fn pending(location: &Location, connection: &mut Connection) -> Result<Vec<String>, OpenError> {
    names(connection).map_err(|source| location.failed(Failed::Migration(source)))
}

fn names(connection: &mut Connection) -> Result<Vec<String>, Box<dyn StdError + Send + Sync>> {
    let pending = connection.pending_migrations(MIGRATIONS)?;
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}

pub(super) enum Failed {
    Database(Error),
    Migration(Box<dyn StdError + Send + Sync>),
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

impl Location {
    fn failed(&self, failed: Failed) -> OpenError {
        match failed {
            Failed::Database(error) => self.explain(error),
            Failed::Migration(source) => OpenError::Migration { path: self.path(), source },
        }
    }
}
