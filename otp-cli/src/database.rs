//! [`Database`]: where records and accounts are, whichever database that is.
//!
//! A new kind of database is a variant of [`Accounts`], and an arm in each of the functions here.

use std::{fmt, sync::Arc};

use otp_diesel::{Inspection, OpenError, Options, SqliteAccounts, SqliteStore, sqlite};
#[cfg(feature = "mysql")]
use otp_diesel::{MysqlAccounts, MysqlStore, mysql};
#[cfg(feature = "postgres")]
use otp_diesel::{PostgresAccounts, PostgresStore, postgres};
use otp_service::{AccountsError, MemoryAccounts, MemoryStore, Store};

use crate::{command::CommandError, config::DatabaseUrl};

/// An opened database.
pub(crate) struct Database {
    /// Challenges, ledgers, deliveries.
    pub(crate) store: Arc<dyn Store>,
    accounts: Accounts,
}

/// The accounts that `otp serve` keeps itself.
#[derive(Clone)]
enum Accounts {
    Memory(Arc<MemoryAccounts>),
    Sqlite(SqliteAccounts),
    #[cfg(feature = "postgres")]
    Postgres(PostgresAccounts),
    #[cfg(feature = "mysql")]
    Mysql(MysqlAccounts),
}

impl Database {
    /// Opens the database; `migrate` says whether it is brought up to date, or refused where it is not. This may take a
    /// moment, in which the thread waits.
    ///
    /// # Errors
    ///
    /// [`CommandError::Database`], or [`CommandError::NoDatabase`] where there is no file and none is made.
    pub(crate) fn open(url: &DatabaseUrl, migrate: bool) -> Result<Self, CommandError> {
        let options = Options::new().migrate(migrate);
        let (store, accounts): (Arc<dyn Store>, _) = match url {
            DatabaseUrl::SqliteInMemory => {
                (Arc::new(MemoryStore::new()), Accounts::Memory(Arc::new(MemoryAccounts::new())))
            }
            DatabaseUrl::Sqlite(path) => {
                if !migrate && !path.exists() {
                    return Err(CommandError::NoDatabase(path.clone()));
                }
                let store = SqliteStore::open(path.display().to_string(), options)?;
                let accounts = Accounts::Sqlite(store.accounts());
                (Arc::new(store), accounts)
            }
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => {
                let store = PostgresStore::open(url.expose(), options)?;
                let accounts = Accounts::Postgres(store.accounts());
                (Arc::new(store), accounts)
            }
            #[cfg(feature = "mysql")]
            DatabaseUrl::Mysql(url) => {
                let store = MysqlStore::open(url.expose(), options)?;
                let accounts = Accounts::Mysql(store.accounts());
                (Arc::new(store), accounts)
            }
            #[cfg(not(all(feature = "postgres", feature = "mysql")))]
            other => return Err(CommandError::NoSuchStore(other.kind().as_str())),
        };
        Ok(Self { store, accounts })
    }

    /// The accounts, for the account app.
    pub(crate) fn accounts(&self) -> Arc<dyn otp_service::Accounts> {
        match &self.accounts {
            Accounts::Memory(accounts) => Arc::clone(accounts) as _,
            Accounts::Sqlite(accounts) => Arc::new(accounts.clone()),
            #[cfg(feature = "postgres")]
            Accounts::Postgres(accounts) => Arc::new(accounts.clone()),
            #[cfg(feature = "mysql")]
            Accounts::Mysql(accounts) => Arc::new(accounts.clone()),
        }
    }

    /// Deletes the account of a recipient; returns how many there were.
    ///
    /// # Errors
    ///
    /// [`AccountsError`] when it is not known to be durable.
    pub(crate) async fn forget_account(
        &self,
        recipient: &otp_core::Recipient,
    ) -> Result<usize, AccountsError> {
        match &self.accounts {
            // Nothing of it outlives the process that could be asked.
            Accounts::Memory(_) => Ok(0),
            Accounts::Sqlite(accounts) => accounts.forget(recipient).await,
            #[cfg(feature = "postgres")]
            Accounts::Postgres(accounts) => accounts.forget(recipient).await,
            #[cfg(feature = "mysql")]
            Accounts::Mysql(accounts) => accounts.forget(recipient).await,
        }
    }
}

/// Brings the tables up to date; returns the names of the migrations that ran.
///
/// # Errors
///
/// [`CommandError::Database`].
pub(crate) fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, CommandError> {
    Ok(match url {
        DatabaseUrl::SqliteInMemory => Vec::new(),
        DatabaseUrl::Sqlite(path) => sqlite::migrate(path.display().to_string())?,
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(url) => postgres::migrate(url.expose())?,
        #[cfg(feature = "mysql")]
        DatabaseUrl::Mysql(url) => mysql::migrate(url.expose())?,
        #[cfg(not(all(feature = "postgres", feature = "mysql")))]
        other => return Err(CommandError::NoSuchStore(other.kind().as_str())),
    })
}

/// What operators want to know about a database, migrated or not. The thread waits.
///
/// # Errors
///
/// [`OpenError`]; [`None`] is no error: there is nothing to look into.
pub(crate) fn inspect(url: &DatabaseUrl) -> Result<Option<Inspection>, OpenError> {
    match url {
        DatabaseUrl::SqliteInMemory => Ok(None),
        DatabaseUrl::Sqlite(path) if !path.exists() => Ok(None),
        DatabaseUrl::Sqlite(path) => sqlite::inspect(path.display().to_string()).map(Some),
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(url) => postgres::inspect(url.expose()).map(Some),
        #[cfg(feature = "mysql")]
        DatabaseUrl::Mysql(url) => mysql::inspect(url.expose()).map(Some),
        #[cfg(not(all(feature = "postgres", feature = "mysql")))]
        _ => Ok(None),
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}
