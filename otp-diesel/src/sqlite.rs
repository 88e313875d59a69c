//! [`SqliteStore`]: everything in one file.

#[path = "account_ops.rs"]
mod account_ops;
#[path = "table_by_table.rs"]
mod batches;
#[path = "bulk_sqlite.rs"]
mod bulk;
#[path = "dialect_sqlite.rs"]
mod dialect;
mod location;
#[path = "migrations.rs"]
mod migrations;
#[path = "ops.rs"]
mod ops;
#[path = "purge.rs"]
mod purge;

use diesel::QueryResult;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use otp_service::StoreError;

use self::{dialect::Connection, location::Location};
use crate::{
    Inspection, OpenError, Options,
    accounts::{AccountTable, accounts},
    database::Database as _,
    store::{Connections, store},
};

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
    migrations::run(&mut location.connect()?).map_err(|failed| location.failed(failed))
}

/// Names of the migrations that the database at `url` lacks. An empty file lacks all.
///
/// # Errors
///
/// [`OpenError`] when it cannot be opened.
pub fn pending_migrations(url: impl AsRef<str>) -> Result<Vec<String>, OpenError> {
    let location = Location::parse(url.as_ref())?;
    migrations::pending(&mut location.connect()?).map_err(|failed| location.failed(failed))
}

/// What operators want to know about the database at `url`, which may lack migrations.
///
/// # Errors
///
/// [`OpenError`] when it cannot be opened or read.
pub fn inspect(url: impl AsRef<str>) -> Result<Inspection, OpenError> {
    let location = Location::parse(url.as_ref())?;
    location
        .connect()?
        .inspect()
        .map_err(|source| OpenError::Other { database: location.name().to_owned(), source })
}

/// Keeps everything in one SQLite file. A clone is another handle to the same store.
///
/// Calls need a Tokio runtime with its timer, of any flavour.
///
/// Dropping the last handle waits for what is being written and closes the file.
#[derive(Clone)]
pub struct SqliteStore {
    connections: Connections<Connection>,
    accounts: SqliteAccounts,
}

impl SqliteStore {
    /// Opens the database at `url`: `sqlite://otp.db`, `sqlite:///var/lib/otp/otp.db` or a plain path. A file that
    /// does not exist is created. Reads and writes files, so call it where that may take a moment.
    ///
    /// ```
    /// use otp_diesel::{Options, SqliteStore};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("otp.db");
    /// # let url = format!("sqlite://{}", path.display());
    /// let store = SqliteStore::open(&url, Options::new().migrate(true))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`], which says what to do next.
    pub fn open(url: impl AsRef<str>, options: Options) -> Result<Self, OpenError> {
        let location = Location::parse(url.as_ref())?;
        // The first connection finds every mistake, with a good message.
        let mut first = location.connect()?;
        if options.migrate {
            migrations::run(&mut first).map_err(|failed| location.failed(failed))?;
        }
        let pending = migrations::pending(&mut first).map_err(|failed| location.failed(failed))?;
        if !pending.is_empty() {
            return Err(OpenError::NotMigrated { database: location.name().to_owned(), pending });
        }
        drop(first);

        let opener = || {
            let name = location.name().to_owned();
            move || -> QueryResult<Connection> { Ok(dialect::connect(&name)?.0) }
        };
        let connections = Connections::start("sqlite", &options, opener()).map_err(|source| {
            OpenError::Other { database: location.name().to_owned(), source: source.into() }
        })?;
        let table = AccountTable::new(connections.readers.clone(), &options, opener());
        Ok(Self { connections, accounts: SqliteAccounts { table } })
    }

    /// The accounts in the same database, for a host that keeps none itself.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("otp.db").display().to_string();
    /// use std::sync::Arc;
    /// use otp_diesel::{Options, SqliteStore};
    /// use otp_service::{Accounts, Store};
    ///
    /// let store = SqliteStore::open(path, Options::new().migrate(true))?;
    /// let accounts: Arc<dyn Accounts> = Arc::new(store.accounts());
    /// let store: Arc<dyn Store> = Arc::new(store);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn accounts(&self) -> SqliteAccounts {
        self.accounts.clone()
    }

    /// What operators want to know about the database.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it cannot be read.
    pub async fn inspect(&self) -> Result<Inspection, StoreError> {
        self.connections.inspect().await
    }
}

store!(SqliteStore);

/// Accounts in the table `otp_accounts`, for hosts that keep none themselves. From [`SqliteStore::accounts`]. A clone is
/// another handle to the same table.
///
/// Each address and each number belongs to one account.
#[derive(Clone)]
pub struct SqliteAccounts {
    table: AccountTable<Connection>,
}

accounts!(SqliteAccounts);
