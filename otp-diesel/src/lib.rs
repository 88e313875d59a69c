//! Keeps challenges, ledgers and deliveries in a database, by Diesel: durably, and many calls at a time.
//!
//! | feature | store | needs |
//! |---|---|---|
//! | `sqlite` (default) | [`SqliteStore`] and [`SqliteAccounts`]: one file, any number of processes on one machine | a C compiler; SQLite is built in |
//!
//! # A store in four lines
//!
//! ```
//! use std::sync::Arc;
//!
//! use otp_diesel::{Options, SqliteStore};
//! use otp_service::Store;
//!
//! let url = "sqlite://otp.db";
//! # let directory = tempfile::tempdir()?;
//! # let url = &format!("sqlite://{}", directory.path().join("otp.db").display());
//! let store = SqliteStore::open(url, Options::new().migrate(true))?;
//! let store: Arc<dyn Store> = Arc::new(store); // what a Verifier takes
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Migrations
//!
//! Tables are called `otp_...` and come by embedded migrations. Choose who runs them:
//!
//! | who | how |
//! |---|---|
//! | the store, when it is opened | [`Options::migrate`] |
//! | an operator, before the new version starts | `otp migrate`, or [`sqlite::migrate`] |
//! | the host, with its own migrations, in the same database | [`sqlite::MIGRATIONS`] |
//!
//! A store that is not told to migrate refuses a database that lacks some, and names them.
//!
//! # Running a rule
//!
//! [`Store::apply`](otp_service::Store::apply) holds a few records still while a rule runs. The rules are
//! otp-core's and the calls otp-service's; a host rarely makes one itself:
//!
//! ```
//! use otp_core::{Ledger, LedgerKey, Timestamp};
//! use otp_diesel::{Options, SqliteStore};
//! use otp_service::{Keys, StoreExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("otp.db");
//! # let store = SqliteStore::open(path.display().to_string(), Options::new().migrate(true))?;
//! let key = LedgerKey::from_bytes([7; 32]);
//! let now = Timestamp::from_millis(1_800_000_000_000);
//! let keys = Keys { ledgers: vec![key], ..Keys::default() };
//! let is_new = store
//!     .run(keys, move |records| {
//!         let is_new = records.ledgers.find(&key).is_none();
//!         records.ledgers.put(Ledger::new(key, now));
//!         is_new
//!     })
//!     .await?;
//! assert!(is_new, "and it is on the disk");
//! # Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! One thread writes. It takes every call that waits, reads the rows of all of them, runs their rules one after the
//! other, writes the rows that changed and commits once; then it answers all callers. A lone call is done at once;
//! what arrives during a commit is the next batch. So the wait for the disk, which is most of a small transaction, is
//! shared, and a call is still answered only when it is on the disk (`synchronous = FULL`).
//! `cargo bench -p otp-diesel` measures it.
//!
//! A rule that panics, or writes what it did not ask for, fails its own call and no other. When the database refuses a
//! batch, its calls are done again one by one. When another process holds the lock, or the connection broke, the batch
//! runs again. Queue and waiting are bounded ([`Options::queue`], [`Options::deadline`]): beyond, a call fails, which
//! callers hear as "unavailable", never as "no".
//!
//! Rows read once are kept in memory while nobody else writes; SQLite tells when another process did.

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("choose a database: turn on the feature `sqlite`, `postgres` or `mysql` of otp-diesel");

mod accounts;
mod batch;
mod database;
mod deadline;
mod error;
mod inspection;
mod job;
#[cfg(feature = "mysql")]
#[expect(clippy::duplicate_mod, reason = "one code base, compiled once for each backend")]
pub mod mysql;
mod options;
mod overlay;
mod pool;
#[cfg(feature = "postgres")]
pub mod postgres;
mod queue;
mod reader;
mod rows;
mod schema;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod statement;
mod store;
mod url;
mod writer;

pub use error::OpenError;
pub use inspection::Inspection;
#[cfg(feature = "mysql")]
pub use mysql::{MysqlAccounts, MysqlStore};
pub use options::Options;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresAccounts, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteAccounts, SqliteStore};
