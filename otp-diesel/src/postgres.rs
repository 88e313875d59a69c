//! [`PostgresStore`]: everything in a database of PostgreSQL.

#[path = "account_ops.rs"]
mod account_ops;
mod batches;
#[path = "bulk_postgres.rs"]
mod bulk;
#[path = "dialect_postgres.rs"]
mod dialect;
#[path = "migrations.rs"]
mod migrations;
#[path = "ops.rs"]
mod ops;
#[path = "purge.rs"]
mod purge;
#[path = "server_store.rs"]
mod server_store;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use otp_service::StoreError;

use self::dialect::Connection;
use crate::{
    Inspection, OpenError, Options,
    accounts::{AccountTable, accounts},
    store::{Connections, store},
};

/// What the URL of a database begins with.
const SCHEMES: &[&str] = &["postgres", "postgresql"];
/// Whether it must name the database.
const NEEDS_NAME: bool = false;
const EXAMPLE: &str = "postgres://user:password@host:5432/database";

/// The migrations, for a host that runs them in an order of its own. Versions are whole time stamps and tables are
/// called `otp_...`, so that they can share a database and its table of migrations with the host's.
///
/// ```no_run
/// use diesel::Connection;
/// use diesel_migrations::MigrationHarness;
///
/// let mut connection = diesel::PgConnection::establish("postgres://user:password@host:5432/database")?;
/// connection.run_pending_migrations(otp_diesel::postgres::MIGRATIONS).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Runs the migrations that the database at `url` lacks and returns their names. Processes that do so at the same time
/// wait for each other.
///
/// # Errors
///
/// [`OpenError`]; the database is unchanged then.
pub fn migrate(url: impl AsRef<str>) -> Result<Vec<String>, OpenError> {
    server_store::migrate(url.as_ref())
}

/// Names of the migrations that the database at `url` lacks. An empty database lacks all.
///
/// # Errors
///
/// [`OpenError`] when it cannot be opened.
pub fn pending_migrations(url: impl AsRef<str>) -> Result<Vec<String>, OpenError> {
    server_store::pending_migrations(url.as_ref())
}

/// What operators want to know about the database at `url`, which may lack migrations.
///
/// # Errors
///
/// [`OpenError`] when it cannot be opened or read.
pub fn inspect(url: impl AsRef<str>) -> Result<Inspection, OpenError> {
    server_store::inspect(url.as_ref())
}

/// Keeps everything in a database of PostgreSQL. A clone is another handle to the same store.
///
/// Any number of processes, on any number of machines, may share the database. Calls need a Tokio runtime with its timer,
/// of any flavour.
///
/// Dropping the last handle waits for what is being written and closes the connections.
#[derive(Clone)]
pub struct PostgresStore {
    connections: Connections<Connection>,
    accounts: PostgresAccounts,
}

impl PostgresStore {
    /// Opens the database at `url`: `postgres://` or `postgresql://`, as libpq reads it. It must exist. Connects and reads, so call it where that may take a
    /// moment.
    ///
    /// Settings go behind a question mark, as `sslmode=verify-full` does: without it, who sits in the network between may
    /// read and change what passes. Those for waiting are set where the URL does not name them: `connect_timeout`,
    /// `tcp_user_timeout` and `keepalives_...`, so that a dead network is noticed within seconds.
    ///
    /// ```no_run
    /// use otp_diesel::{Options, PostgresStore};
    ///
    /// let store = PostgresStore::open("postgres://user:password@host:5432/database", Options::new().migrate(true))?;
    /// # Ok::<(), otp_diesel::OpenError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`], which says what to do next and shows no password.
    pub fn open(url: impl AsRef<str>, options: Options) -> Result<Self, OpenError> {
        let (connections, table) = server_store::open(url.as_ref(), &options)?;
        Ok(Self { connections, accounts: PostgresAccounts { table } })
    }

    /// The accounts in the same database, for a host that keeps none itself.
    #[must_use]
    pub fn accounts(&self) -> PostgresAccounts {
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

store!(PostgresStore);

/// Accounts in the table `otp_accounts`, for hosts that keep none themselves. From [`PostgresStore::accounts`]. A clone is
/// another handle to the same table.
///
/// Each address and each number belongs to one account.
#[derive(Clone)]
pub struct PostgresAccounts {
    table: AccountTable<Connection>,
}

accounts!(PostgresAccounts);
