//! Opening, migrating, and what can be wrong with a server.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may stop, wait and tell")]

mod common;

use common::Database;
use diesel::{
    Connection,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource, MigrationVersion},
};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use otp_diesel::{OpenError, Options};
use otp_service::Store;

common::on_every_database!(
    migrations_go_up_down_and_up,
    a_host_runs_them_among_its_own,
    many_may_migrate_and_open_at_once,
    a_database_without_tables_is_refused_with_the_remedy,
    operators_see_what_is_there,
);

const TABLES: [&str; 7] = [
    "otp_accounts",
    "otp_challenges",
    "otp_claims",
    "otp_deliveries",
    "otp_ledgers",
    "otp_meters",
    "otp_replies",
];

async fn migrations_go_up_down_and_up<D: Database>(database: D) {
    let url = database.url();
    let all = D::pending(&url).unwrap();
    assert_eq!(all.len(), 1, "nothing has been released: one migration has it all");
    assert_eq!(database.tables(), [""; 0]);

    assert_eq!(D::migrate(&url).unwrap(), all);
    assert_eq!(D::migrate(&url).unwrap(), [""; 0], "a second time there is nothing to do");
    assert_eq!(database.tables(), TABLES);

    database.connect().revert_all_migrations(D::MIGRATIONS).unwrap();
    assert_eq!(database.tables(), [""; 0]);
    assert_eq!(D::pending(&url).unwrap(), all);

    D::migrate(&url).unwrap();
    assert_eq!(database.tables(), TABLES);
    D::open_url(&url, Options::new()).unwrap();
}

/// A host's migrations and these, in one order by version.
struct Both(tempfile::TempDir);

impl Both {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (version, table) in
            [("2026-01-01-000000_first", "host_first"), ("2027-01-01-000000_last", "host_last")]
        {
            let migration = directory.path().join("migrations").join(version);
            std::fs::create_dir_all(&migration).unwrap();
            std::fs::write(migration.join("up.sql"), format!("CREATE TABLE {table} (id BIGINT)")).unwrap();
            std::fs::write(migration.join("down.sql"), format!("DROP TABLE {table}")).unwrap();
        }
        Self(directory)
    }

    fn all<D: Database>(&self) -> Vec<Box<dyn Migration<<D::Connection as Connection>::Backend>>> {
        let host = FileBasedMigrations::from_path(self.0.path().join("migrations")).unwrap();
        let mut all = host.migrations().unwrap();
        all.extend(D::MIGRATIONS.migrations().unwrap());
        all.sort_by_key(|migration| migration.name().version().as_owned());
        all
    }
}

async fn a_host_runs_them_among_its_own<D: Database>(database: D) {
    let mut host = database.connect();
    let all = Both::new();
    let all = all.all::<D>();
    assert_eq!(all.len(), 3, "the host's are first and last");
    assert_eq!(host.pending_migrations(D::MIGRATIONS).unwrap().len(), 1, "and Diesel makes its own table");
    for migration in &all {
        host.run_migration(migration).unwrap();
    }
    assert_eq!(database.tables(), TABLES);
    let store = D::open_url(&database.url(), Options::new()).unwrap();
    assert_eq!(common::count(&store, 1).await.unwrap(), 0);
    drop(store);

    assert_eq!(D::migrate(&database.url()).unwrap(), [""; 0], "what the host ran is known");
    for migration in all.iter().rev() {
        host.revert_migration(migration).unwrap();
    }
    assert_eq!(host.applied_migrations().unwrap(), [] as [MigrationVersion<'_>; 0]);
    assert_eq!(database.tables(), [""; 0]);
    assert!(host.batch_execute("SELECT * FROM host_first").is_err());
}

async fn many_may_migrate_and_open_at_once<D: Database>(database: D) {
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..6).map(|_| scope.spawn(|| database.open())).collect();
        opening.into_iter().for_each(|opened| drop(opened.join().unwrap()));
    });
    assert_eq!(database.tables(), TABLES);
}

async fn a_database_without_tables_is_refused_with_the_remedy<D: Database>(database: D) {
    let error = D::open_url(&database.url(), Options::new()).map(drop).unwrap_err();
    assert!(matches!(&error, OpenError::NotMigrated { pending, .. } if !pending.is_empty()), "{error:?}");
    assert!(error.to_string().contains("otp migrate"), "{error}");
}

async fn operators_see_what_is_there<D: Database>(database: D) {
    let url = database.url();
    let empty = D::inspect_url(&url).unwrap();
    assert_eq!((empty.pending_migrations.len(), empty.rows.len()), (1, 0));

    let store = database.open();
    for number in 0..3 {
        common::put_challenge(&store, number).await;
    }
    for found in [D::inspect(&store).await.unwrap(), D::inspect_url(&url).unwrap()] {
        assert_eq!(found.pending_migrations, [""; 0]);
        let (product, version) = found.server.split_once(' ').unwrap();
        assert!(["SQLite", "PostgreSQL", "MariaDB", "MySQL"].contains(&product), "{}", found.server);
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{}", found.server);
        let names: Vec<_> = found.rows.iter().map(|(table, _)| *table).collect();
        assert_eq!(names.len(), TABLES.len(), "{names:?}");
        // MySQL's estimate of what was just written may be anything.
        if !url.starts_with("mysql") {
            assert_eq!(found.rows[0], ("otp_challenges", 3));
        }
        let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(found.now.is_some(), product != "SQLite");
        if let Some(now) = found.now {
            let skew = now.as_millis().abs_diff(clock.as_millis() as i64);
            assert!(skew < 60_000, "the test's own machine: {skew} ms");
        }
    }
    assert_eq!(store.backlog(common::NOW).await.unwrap().waiting, 3);
}

/// Whether an error is the expected one.
#[cfg(any(feature = "postgres", feature = "mysql"))]
type Test = fn(&OpenError) -> bool;

#[cfg(feature = "postgres")]
#[test]
fn what_is_wrong_with_postgresql_is_said_without_the_password() {
    use otp_diesel::PostgresStore;
    let Some(database) = common::Postgres::create() else { return };
    let url = database.url();
    let other = |from: &str, to: &str| url.replacen(from, to, 1);
    let (_, name) = url.rsplit_once('/').unwrap();
    let cases: [(String, Test); 4] = [
        ("postgres://otp:secret@127.0.0.1:1/otp".to_owned(), |error| {
            matches!(error, OpenError::Unreachable { .. })
        }),
        (other(name, "missing"), |error| matches!(error, OpenError::NoDatabase { .. })),
        ("postgres://otp:secret@127.0.0.1:xyz/otp".to_owned(), |error| {
            matches!(error, OpenError::Other { .. })
        }),
        ("mysql://otp:secret@127.0.0.1/otp".to_owned(), |error| {
            matches!(error, OpenError::InvalidServerUrl { .. })
        }),
    ];
    for (url, is_expected) in cases {
        let error = PostgresStore::open(&url, Options::new()).map(drop).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert!(is_expected(&error), "{url}: {error:?}");
        assert!(!format!("{error} {error:?} {source:?}").contains("secret"), "{error:?}");
    }
    database.execute(
        "CREATE DATABASE otp_latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    let error = PostgresStore::open(other(name, "otp_latin"), Options::new()).map(drop).unwrap_err();
    database.execute("DROP DATABASE otp_latin");
    assert!(matches!(&error, OpenError::Unfit { why, .. } if why.contains("UTF8")), "{error:?}");
}

#[cfg(feature = "mysql")]
#[test]
fn what_is_wrong_with_mysql_is_said_without_the_password() {
    use otp_diesel::MysqlStore;
    let Some(database) = common::Mysql::create() else { return };
    let url = database.url();
    let (server, _) = url.rsplit_once('/').unwrap();
    let cases: [(String, Test); 5] = [
        ("mysql://otp:secret@127.0.0.1:1/otp".to_owned(), |error| {
            matches!(error, OpenError::Unreachable { .. })
        }),
        (format!("{server}/missing"), |error| matches!(error, OpenError::NoDatabase { .. })),
        (format!("{server}/"), |error| matches!(error, OpenError::InvalidServerUrl { .. })),
        (server.replacen("root@", "nobody_such:secret@", 1) + "/otp", |error| {
            matches!(error, OpenError::Denied { .. })
        }),
        ("postgres://otp:secret@127.0.0.1/otp".to_owned(), |error| {
            matches!(error, OpenError::InvalidServerUrl { .. })
        }),
    ];
    for (url, is_expected) in cases {
        let error = MysqlStore::open(&url, Options::new()).map(drop).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert!(is_expected(&error), "{url}: {error:?}");
        assert!(!format!("{error} {error:?} {source:?}").contains("secret"), "{error:?}");
    }
    MysqlStore::open(url.replacen("mysql://", "mariadb://", 1), Options::new().migrate(true)).unwrap();
}
