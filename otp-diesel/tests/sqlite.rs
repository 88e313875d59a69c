//! What is SQLite's own.

#![cfg(feature = "sqlite")]

mod common;

use std::{fs, time::Duration};

use common::{Database, NOW, Sqlite, count, meter_key};
use diesel::connection::SimpleConnection;
use otp_core::Namespace;
use otp_diesel::{OpenError, Options, SqliteStore};
use otp_service::{Keys, Records, Store, StoreError, StoreExt};

#[tokio::test]
async fn a_database_that_somebody_locks_is_waited_for_until_the_deadline() {
    let database = Sqlite::create().unwrap();
    let store = database.open_with(Options::new().deadline(Duration::from_millis(300)));
    let mut other = database.connect();

    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(count(&store, 1).await, Err(StoreError::TimedOut)));
    assert!(
        store.claim(&Namespace::default(), NOW, Duration::ZERO, 1).await.unwrap().is_empty(),
        "nothing due takes no lock"
    );
    assert_eq!(store.backlog(NOW).await.unwrap().waiting, 0, "reading takes no lock");

    let (counted, ()) = tokio::join!(count(&store, 1), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        other.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(counted.unwrap(), 0);
}

#[tokio::test]
async fn a_read_only_step_writes_nothing() {
    let database = Sqlite::create().unwrap();
    let store = database.open_with(Options::new());
    count(&store, 1).await.unwrap();
    let log = database.directory().join("otp.db-wal");
    let before = fs::metadata(&log).unwrap().len();
    for _ in 0..10 {
        let keys = Keys { meters: vec![meter_key(1)], ..Keys::default() };
        let same = |records: &mut Records| {
            let known = records.meters.find(&meter_key(1)).cloned().unwrap();
            records.meters.put(known);
        };
        store.run(keys, same).await.unwrap();
    }
    assert_eq!(fs::metadata(&log).unwrap().len(), before);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let database = Sqlite::create().unwrap();
    let path = database.directory().display().to_string();
    let refused = |url: &str| SqliteStore::open(url, Options::new()).map(drop).unwrap_err();

    let error = refused(&format!("{path}/otp.db"));
    assert!(matches!(&error, OpenError::NotMigrated { pending, .. } if !pending.is_empty()), "{error:?}");
    assert!(error.to_string().contains("otp migrate"), "{error}");

    let error = refused(&format!("sqlite://{path}/missing/otp.db"));
    assert!(matches!(error, OpenError::MissingDirectory(_)), "{error:?}");

    let error = refused(&format!("sqlite://{path}"));
    assert!(matches!(error, OpenError::NotAFile(_)), "{error:?}");

    fs::write(database.directory().join("notes.txt"), "x".repeat(5000)).unwrap();
    let error = refused(&format!("{path}/notes.txt"));
    assert!(matches!(error, OpenError::NotADatabase(_)), "{error:?}");
    assert_eq!(
        fs::read(database.directory().join("notes.txt")).unwrap(),
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

    let database = Sqlite::create().unwrap();
    drop(database.open());
    let file = database.directory().join("otp.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().write(true).open(&file).is_ok() {
        return; // The superuser may write it all the same.
    }
    let error = SqliteStore::open(database.url(), Options::new()).map(drop).unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly(_)), "{error:?}");
}

#[test]
fn closing_leaves_one_file() {
    let database = Sqlite::create().unwrap();
    drop(database.open());
    let names: Vec<_> =
        fs::read_dir(database.directory()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["otp.db"]);
}

#[cfg(unix)]
#[test]
fn a_new_database_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let database = Sqlite::create().unwrap();
    let _store = database.open();
    let _side_files = database.connect();
    let files: Vec<_> = fs::read_dir(database.directory()).expect("a directory").flatten().collect();
    assert!(!files.is_empty());
    for file in files {
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}
