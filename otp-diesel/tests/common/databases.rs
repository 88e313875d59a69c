//! A database of its own for each test, on every backend.

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use diesel::{Connection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use otp_diesel::{Inspection, OpenError, Options};
use otp_service::{Accounts, Store, StoreError};

/// An empty database, dropped with its last handle.
pub trait Database: Sized + Send + Sync + 'static {
    type Store: Store + Clone;
    type Connection: Connection
        + SimpleConnection
        + MigrationHarness<<Self::Connection as Connection>::Backend>;
    const MIGRATIONS: EmbeddedMigrations;

    fn url(&self) -> String;
    fn open_url(url: &str, options: Options) -> Result<Self::Store, OpenError>;
    fn migrate(url: &str) -> Result<Vec<String>, OpenError>;
    fn pending(url: &str) -> Result<Vec<String>, OpenError>;
    fn inspect_url(url: &str) -> Result<Inspection, OpenError>;
    fn inspect(store: &Self::Store) -> impl Future<Output = Result<Inspection, StoreError>> + Send;
    fn accounts(store: &Self::Store) -> Arc<dyn Accounts>;
    fn forget_account(
        store: &Self::Store,
        recipient: &otp_core::Recipient,
    ) -> impl Future<Output = usize> + Send;
    /// Names of the tables that begin with `otp_`.
    fn tables(&self) -> Vec<String>;
    fn connect(&self) -> Self::Connection;

    fn open(&self) -> Self::Store {
        self.open_with(Options::new())
    }

    fn open_with(&self, options: Options) -> Self::Store {
        Self::open_url(&self.url(), options.migrate(true)).unwrap()
    }

    fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap();
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn names(rows: Vec<Name>) -> Vec<String> {
    let mut names: Vec<_> = rows.into_iter().map(|row| row.name).collect();
    names.sort();
    names
}

/// Why a test is not run: printed, or a failure where servers are required.
pub fn skip(why: impl Display) {
    let line = format!("SKIPPED: {why}");
    let required = std::env::var("OTP_TEST_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(!required, "{line}");
    eprintln!("{line}");
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
fn or_skip<D>(product: &str, url: &str, variable: &str, created: diesel::ConnectionResult<D>) -> Option<D> {
    let place = url.rsplit_once('@').map_or(url, |(_, place)| place);
    let say =
        |error: &diesel::ConnectionError| skip(format!("no {product} at {place} (set {variable}): {error}"));
    created.inspect_err(say).ok()
}

/// A name that no other test of any process uses.
fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("otp_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

macro_rules! stores {
    ($database:ident, $module:ident, $store:ident, $connection:ident) => {
        type Store = otp_diesel::$store;
        type Connection = diesel::$connection;
        const MIGRATIONS: EmbeddedMigrations = otp_diesel::$module::MIGRATIONS;

        fn open_url(url: &str, options: Options) -> Result<Self::Store, OpenError> {
            otp_diesel::$store::open(url, options)
        }

        fn migrate(url: &str) -> Result<Vec<String>, OpenError> {
            otp_diesel::$module::migrate(url)
        }

        fn pending(url: &str) -> Result<Vec<String>, OpenError> {
            otp_diesel::$module::pending_migrations(url)
        }

        fn inspect_url(url: &str) -> Result<Inspection, OpenError> {
            otp_diesel::$module::inspect(url)
        }

        async fn inspect(store: &Self::Store) -> Result<Inspection, StoreError> {
            store.inspect().await
        }

        fn accounts(store: &Self::Store) -> Arc<dyn Accounts> {
            Arc::new(store.accounts())
        }

        async fn forget_account(store: &Self::Store, recipient: &otp_core::Recipient) -> usize {
            store.accounts().forget(recipient).await.unwrap()
        }
    };
}

#[cfg(feature = "sqlite")]
pub struct Sqlite(tempfile::TempDir);

#[cfg(feature = "sqlite")]
impl Sqlite {
    pub fn create() -> Option<Self> {
        Some(Self(tempfile::tempdir().unwrap()))
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.0.path().join("otp.db")
    }

    pub fn directory(&self) -> &std::path::Path {
        self.0.path()
    }
}

#[cfg(feature = "sqlite")]
impl Database for Sqlite {
    stores!(Sqlite, sqlite, SqliteStore, SqliteConnection);

    fn url(&self) -> String {
        format!("sqlite://{}", self.path().display())
    }

    fn connect(&self) -> Self::Connection {
        Connection::establish(self.path().to_str().unwrap()).unwrap()
    }

    fn tables(&self) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'otp%'";
        names(diesel::sql_query(sql).load(&mut self.connect()).unwrap())
    }
}

#[cfg(feature = "postgres")]
pub struct Postgres {
    admin: String,
    name: String,
}

#[cfg(feature = "postgres")]
impl Postgres {
    pub fn create() -> Option<Self> {
        let admin = variable("OTP_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres");
        or_skip("PostgreSQL", &admin, "OTP_TEST_POSTGRES_URL", Self::create_on(&admin))
    }

    pub fn create_on(admin: &str) -> diesel::ConnectionResult<Self> {
        let mut connection = diesel::PgConnection::establish(admin)?;
        let name = fresh_name();
        connection
            .batch_execute(&format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
            .unwrap();
        Ok(Self { admin: admin.to_owned(), name })
    }
}

#[cfg(feature = "postgres")]
impl Drop for Postgres {
    fn drop(&mut self) {
        if let Ok(mut connection) = diesel::PgConnection::establish(&self.admin) {
            let _ = connection.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

#[cfg(feature = "postgres")]
impl Database for Postgres {
    stores!(Postgres, postgres, PostgresStore, PgConnection);

    fn url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    fn connect(&self) -> Self::Connection {
        Connection::establish(&self.url()).unwrap()
    }

    fn tables(&self) -> Vec<String> {
        let sql = "SELECT tablename::text AS name FROM pg_tables WHERE tablename LIKE 'otp%'";
        names(diesel::sql_query(sql).load(&mut self.connect()).unwrap())
    }
}

#[cfg(feature = "mysql")]
pub struct Mysql {
    admin: String,
    name: String,
}

#[cfg(feature = "mysql")]
impl Mysql {
    pub fn create() -> Option<Self> {
        let admin = variable("OTP_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/");
        or_skip("MySQL or MariaDB", &admin, "OTP_TEST_MYSQL_URL", Self::create_on(&admin))
    }

    pub fn create_on(admin: &str) -> diesel::ConnectionResult<Self> {
        let mut connection = diesel::MysqlConnection::establish(admin)?;
        let name = fresh_name();
        connection.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        Ok(Self { admin: admin.to_owned(), name })
    }
}

#[cfg(feature = "mysql")]
impl Drop for Mysql {
    fn drop(&mut self) {
        if let Ok(mut connection) = diesel::MysqlConnection::establish(&self.admin) {
            let _ = connection.batch_execute(&format!("DROP DATABASE {}", self.name));
        }
    }
}

#[cfg(feature = "mysql")]
impl Database for Mysql {
    stores!(Mysql, mysql, MysqlStore, MysqlConnection);

    fn url(&self) -> String {
        format!("{}{}", self.admin, self.name)
    }

    fn connect(&self) -> Self::Connection {
        Connection::establish(&self.url()).unwrap()
    }

    fn tables(&self) -> Vec<String> {
        let sql = "SELECT TABLE_NAME AS name FROM information_schema.TABLES
                   WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'otp%'";
        names(diesel::sql_query(sql).load(&mut self.connect()).unwrap())
    }
}

/// Runs each of these functions on a fresh database of every backend.
macro_rules! on_every_database {
    ($($test:ident),+ $(,)?) => {
        #[cfg(feature = "sqlite")]
        mod sqlite {
            common::on_database!(common::Sqlite: $($test),+);
            use super::common;
        }
        #[cfg(feature = "postgres")]
        mod postgres {
            common::on_database!(common::Postgres: $($test),+);
            use super::common;
        }
        #[cfg(feature = "mysql")]
        mod mysql {
            common::on_database!(common::Mysql: $($test),+);
            use super::common;
        }
    };
}

/// Runs each of these functions on a fresh database of every server.
macro_rules! on_every_server {
    ($($test:ident),+ $(,)?) => {
        #[cfg(feature = "postgres")]
        mod on_postgres {
            common::on_database!(common::Postgres: $($test),+);
            use super::common;
        }
        #[cfg(feature = "mysql")]
        mod on_mysql {
            common::on_database!(common::Mysql: $($test),+);
            use super::common;
        }
    };
}

macro_rules! on_database {
    ($database:ty: $($test:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                if let Some(database) = <$database>::create() {
                    super::$test(database).await;
                }
            }
        )+
    };
}

pub(crate) use {on_database, on_every_database, on_every_server};
