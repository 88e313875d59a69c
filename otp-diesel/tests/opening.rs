//! Opening, migrating, and what can be wrong with a file.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;

use common::url;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text};
use diesel_migrations::MigrationHarness;
use otp_diesel::{
    OpenError, Options, SqliteStore,
    sqlite::{MIGRATIONS, migrate, pending_migrations},
};

#[test]
fn migrations_go_up_down_and_up() {
    let directory = tempfile::tempdir().unwrap();
    let url = url(directory.path());
    let all = pending_migrations(&url).unwrap();
    assert!(!all.is_empty());
    assert_eq!(tables(directory.path()), [""; 0]);

    assert_eq!(migrate(&url).unwrap(), all);
    assert_eq!(migrate(&url).unwrap(), [""; 0], "a second time there is nothing to do");
    let expected = [
        "otp_accounts",
        "otp_challenges",
        "otp_claims",
        "otp_deliveries",
        "otp_ledgers",
        "otp_meters",
        "otp_replies",
    ];
    assert_eq!(tables(directory.path()), expected);

    connect(directory.path()).revert_all_migrations(MIGRATIONS).unwrap();
    assert_eq!(tables(directory.path()), [""; 0]);
    assert_eq!(pending_migrations(&url).unwrap(), all);

    migrate(&url).unwrap();
    assert_eq!(tables(directory.path()), expected);
    SqliteStore::open(&url, Options::new()).unwrap();
}

#[test]
fn a_host_may_run_the_migrations_among_its_own() {
    let directory = tempfile::tempdir().unwrap();
    connect(directory.path()).run_pending_migrations(MIGRATIONS).unwrap();
    sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('20200101000000')")
        .execute(&mut connect(directory.path()))
        .unwrap();
    SqliteStore::open(url(directory.path()), Options::new()).unwrap();
}

#[test]
fn many_may_migrate_and_open_at_once() {
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..8).map(|_| scope.spawn(|| common::open(directory.path()))).collect();
        opening.into_iter().for_each(|opened| drop(opened.join().unwrap()));
    });
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display().to_string();
    let refused = |url: &str| SqliteStore::open(url, Options::new()).map(drop).unwrap_err();

    let error = refused(&format!("{path}/otp.db"));
    assert!(matches!(&error, OpenError::NotMigrated { pending, .. } if !pending.is_empty()), "{error:?}");
    assert!(error.to_string().contains("otp migrate"), "{error}");

    let error = refused(&format!("sqlite://{path}/missing/otp.db"));
    assert!(matches!(error, OpenError::MissingDirectory(_)), "{error:?}");

    let error = refused(&format!("sqlite://{path}"));
    assert!(matches!(error, OpenError::NotAFile(_)), "{error:?}");

    fs::write(directory.path().join("notes.txt"), "x".repeat(5000)).unwrap();
    let error = refused(&format!("{path}/notes.txt"));
    assert!(matches!(error, OpenError::NotADatabase(_)), "{error:?}");
    assert_eq!(
        fs::read(directory.path().join("notes.txt")).unwrap(),
        "x".repeat(5000).into_bytes(),
        "untouched"
    );

    let error = refused("postgres://otp:secret@db/otp");
    assert!(
        matches!(error, OpenError::InvalidUrl(_)) && !format!("{error:?}").contains("secret"),
        "{error:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    drop(common::open(directory.path()));
    let file = directory.path().join("otp.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().write(true).open(&file).is_ok() {
        return; // The superuser may write it all the same.
    }
    let error = SqliteStore::open(url(directory.path()), Options::new()).map(drop).unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly(_)), "{error:?}");
}

#[test]
fn closing_leaves_one_file() {
    let directory = tempfile::tempdir().unwrap();
    drop(common::open(directory.path()));
    let names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["otp.db"]);
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

fn connect(directory: &std::path::Path) -> SqliteConnection {
    SqliteConnection::establish(directory.join("otp.db").to_str().unwrap()).unwrap()
}

fn tables(directory: &std::path::Path) -> Vec<String> {
    let tables: Vec<Table> =
        sql_query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'otp%' ORDER BY name")
            .load(&mut connect(directory))
            .unwrap();
    tables.into_iter().map(|table| table.name).collect()
}

#[cfg(unix)]
#[test]
fn a_new_database_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("otp.db");
    let _store = SqliteStore::open(path.to_string_lossy(), Options::new().migrate(true)).expect("opened");
    let _side_files = connect(directory.path());
    let files: Vec<_> = fs::read_dir(directory.path()).expect("a directory").flatten().collect();
    assert!(!files.is_empty());
    for file in files {
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}
