//! Keeps challenges, ledgers and deliveries in a database, by Diesel: durably, and many calls at a time.
//!
//! | feature | store | URL | to install (Debian 12) | tested with |
//! |---|---|---|---|---|
//! | `sqlite` (default) | `SqliteStore`: one file, any number of processes on one machine | `sqlite://otp.db`, `sqlite:///var/lib/otp.db` | nothing but a C compiler; SQLite is built in | SQLite 3.53 |
//! | `postgres` | `PostgresStore`: any number of machines | `postgres://user:password@host:5432/database` | `libpq-dev` to build, `libpq5` to run | PostgreSQL 15.20, libpq 15.20 |
//! | `mysql` | `MysqlStore`: any number of machines | `mysql://user:password@host:3306/database`, `mariadb://...` | `libmariadb-dev` and `pkg-config` to build, `libmariadb3` (10.11.19 or newer) to run | MariaDB 10.11.19 |
//!
//! Each has accounts of its own (`SqliteAccounts`, `PostgresAccounts`, `MysqlAccounts`) for hosts that keep none. Several
//! features may be on at once; the default build needs no system library.
//!
//! MySQL 8 itself was not at hand: what is written keeps to what its manual and MariaDB's have in common (`SKIP LOCKED`
//! needs MySQL 8.0.1 or MariaDB 10.6), and no test has run on it. PostgreSQL must be 12 or newer (generated columns,
//! `plan_cache_mode`).
//!
//! The MariaDB client library 3.3.19, in libmariadb3 10.11.18 of Debian 12's main archive, returns longer texts and bytes
//! empty. Opening a store finds that out and refuses, naming the remedy: the package of bookworm-security.
//!
//! # A store in four lines
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
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
//! `PostgresStore::open` and `MysqlStore::open` are the same with another URL; the database must exist. What is wrong
//! (no server, no such database, a refused password, missing tables) is an [`OpenError`] that says what to do and shows
//! no password. Between machines, ask for TLS in the URL: `?sslmode=verify-full` (PostgreSQL),
//! `?ssl_mode=verify_identity&ssl_ca=/path/ca.pem` (MySQL, MariaDB).
//!
//! # Migrations
//!
//! Tables are called `otp_...` and come by embedded migrations. Choose who runs them:
//!
//! | who | how |
//! |---|---|
//! | the store, when it is opened | [`Options::migrate`] |
//! | an operator, before the new version starts | `otp migrate`, or `sqlite::migrate`, `postgres::migrate`, `mysql::migrate` |
//! | the host, with its own migrations, in the same database | `sqlite::MIGRATIONS`, `postgres::MIGRATIONS`, `mysql::MIGRATIONS` |
//!
//! A store that is not told to migrate refuses a database that lacks some, and names them. `inspect` shows operators what
//! is there: the server's version and clock, missing migrations, numbers of rows.
//!
//! # Running a rule
//!
//! [`Store::apply`](otp_service::Store::apply) holds a few records still while a rule runs. The rules are
//! otp-core's and the calls otp-service's; a host rarely makes one itself:
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
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
//! A thread writes, or a few do. It takes every call that waits and that no other is busy with, reads the rows of all of
//! them, runs their rules one after the other, writes the rows that changed and commits once; then it answers all
//! callers. A lone call is done at once; what arrives during a commit is the next batch. So the wait for the disk, which
//! is most of a small transaction, is shared, and a call is still answered only when it is on the disk
//! (`synchronous = FULL`, `synchronous_commit`).
//! `cargo bench -p otp-diesel` measures it.
//!
//! | | SQLite | PostgreSQL | MySQL, MariaDB |
//! |---|---|---|---|
//! | writers | one | [`Options::writers`], none at a record that another is at, and one for claims and purges | the same |
//! | who else writes | waits for the file's lock | is noticed: the batch runs again, with locks; rows are locked in one order, so nobody waits in a circle | waits for a row's lock, in one order |
//! | reads and writes of a batch | a prepared statement a row | one statement reads all tables, one writes them | one statement for up to 64 rows of a table |
//! | a row that two processes create at once | cannot happen | the second one's batch runs again | the same |
//! | claims of deliveries | under the lock | `FOR UPDATE SKIP LOCKED` | the same |
//! | isolation | serial | READ COMMITTED, and every row that was read still as it was | READ COMMITTED and row locks |
//!
//! A rule that panics, or writes what it did not ask for, fails its own call and no other. When the database refuses a
//! batch, its calls are done again one by one. When another process holds a lock, or was quicker, or the connection
//! broke, the batch runs again; a commit whose answer was lost does not, and its callers hear "unavailable". Queue and
//! waiting are bounded ([`Options::queue`], [`Options::deadline`]): beyond, a call fails, which callers hear as
//! "unavailable", never as "no". A writer that hangs in a dead network is replaced.
//!
//! Rows read once are kept in memory while nobody else writes, where the database tells (SQLite), or for the next batches,
//! where each row tells whether it was written since (PostgreSQL); else each batch reads its rows again.

#![cfg_attr(
    any(
        all(feature = "sqlite", any(feature = "postgres", feature = "mysql")),
        all(feature = "postgres", feature = "mysql")
    ),
    expect(clippy::duplicate_mod, reason = "one code base, compiled once for each backend")
)]

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("choose a database: turn on the feature `sqlite`, `postgres` or `mysql` of otp-diesel");

mod accounts;
mod batch;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod bind;
mod busy;
mod database;
mod deadline;
mod error;
mod gathering;
mod inspection;
mod job;
mod kept;
#[cfg(feature = "mysql")]
pub mod mysql;
mod options;
mod overlay;
mod pool;
#[cfg(feature = "postgres")]
pub mod postgres;
mod purged;
mod queue;
mod reader;
mod rows;
mod schema;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server;
mod sorted;
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
