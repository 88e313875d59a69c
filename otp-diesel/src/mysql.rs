//! [`MysqlStore`]: everything in a database of MySQL or MariaDB.

#[path = "account_ops.rs"]
mod account_ops;
#[path = "table_by_table.rs"]
mod batches;
#[path = "bulk_mysql.rs"]
mod bulk;
#[path = "dialect_mysql.rs"]
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
const SCHEMES: &[&str] = &["mysql", "mariadb"];
/// Whether it must name the database.
const NEEDS_NAME: bool = true;
const EXAMPLE: &str = "mysql://user:password@host:3306/database";

/// The migrations, for a host that runs them in an order of its own. Versions are whole time stamps and tables are
/// called `otp_...`, so that they can share a database and its table of migrations with the host's.
///
/// ```no_run
/// use diesel::Connection;
/// use diesel_migrations::MigrationHarness;
///
/// let mut connection = diesel::MysqlConnection::establish("mysql://user:password@host:3306/database")?;
/// connection.run_pending_migrations(otp_diesel::mysql::MIGRATIONS).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/mysql");

/// Runs the migrations that the database at `url` lacks and returns their names. Processes that do so at the same time
/// wait for each other.
///
/// # Errors
///
/// [`OpenError`]; some tables may have been made then, and the next run goes on there.
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

/// Keeps everything in a database of MySQL or MariaDB. A clone is another handle to the same store.
///
/// Any number of processes, on any number of machines, may share the database. Calls need a Tokio runtime with its timer,
/// of any flavour.
///
/// Dropping the last handle waits for what is being written and closes the connections.
#[derive(Clone)]
pub struct MysqlStore {
    connections: Connections<Connection>,
    accounts: MysqlAccounts,
}

impl MysqlStore {
    /// Opens the database at `url`: `mysql://` or `mariadb://`. It must exist. Connects and reads, so call it where that may take a
    /// moment.
    ///
    /// Settings go behind a question mark: `ssl_mode=verify_identity` with `ssl_ca=/path/ca.pem`, without which who sits
    /// in the network between may read and change what passes; `unix_socket=/path`.
    ///
    /// ```no_run
    /// use otp_diesel::{Options, MysqlStore};
    ///
    /// let store = MysqlStore::open("mysql://user:password@host:3306/database", Options::new().migrate(true))?;
    /// # Ok::<(), otp_diesel::OpenError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`], which says what to do next and shows no password.
    pub fn open(url: impl AsRef<str>, options: Options) -> Result<Self, OpenError> {
        let (connections, table) = server_store::open(url.as_ref(), &options)?;
        Ok(Self { connections, accounts: MysqlAccounts { table } })
    }

    /// The accounts in the same database, for a host that keeps none itself.
    #[must_use]
    pub fn accounts(&self) -> MysqlAccounts {
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

store!(MysqlStore);

/// Accounts in the table `otp_accounts`, for hosts that keep none themselves. From [`MysqlStore::accounts`]. A clone is
/// another handle to the same table.
///
/// Each address and each number belongs to one account.
#[derive(Clone)]
pub struct MysqlAccounts {
    table: AccountTable<Connection>,
}

accounts!(MysqlAccounts);
