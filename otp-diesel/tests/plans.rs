//! Queries stay on an index, however large the tables; and a purge of many rows holds nobody up.
//!
//! `OTP_TEST_ROWS` is the number of rows of each table (20,000). With 200,000 the purge is one of 10^6 records; queries
//! at 10^7 rows are what the benchmark `growth` of otp-tests asks.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test may stop, wait and tell"
)]

mod common;
#[cfg(feature = "mysql")]
#[path = "scale/mysql.rs"]
mod on_mysql;
#[cfg(feature = "postgres")]
#[path = "scale/postgres.rs"]
mod on_postgres;
#[cfg(feature = "sqlite")]
#[path = "scale/sqlite.rs"]
mod on_sqlite;
#[path = "scale/queries.rs"]
mod queries;

use std::time::{Duration, Instant};

use common::{Database, NOW};
use otp_diesel::Options;
use otp_service::{Retention, Store};

/// When the last row was made: all are over by now.
const LAST: i64 = 1_700_000_000_000;

/// How many rows of each table a test makes: enough that no planner takes a scan for the shorter way.
fn rows() -> u64 {
    std::env::var("OTP_TEST_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(20_000)
}

macro_rules! on_filled {
    ($module:ident, $backend:ident, $database:ident, $analyze:expr) => {
        mod $module {
            use super::{$backend as backend, *};

            fn filled() -> Option<common::$database> {
                let database = common::$database::create()?;
                drop(database.open());
                let mut connection = database.connect();
                let statements =
                    backend::records(rows(), LAST).into_iter().chain(backend::others(rows(), LAST));
                for statement in statements {
                    diesel::connection::SimpleConnection::batch_execute(&mut connection, &statement).unwrap();
                }
                let analyze: fn(&mut _) = $analyze;
                analyze(&mut connection);
                Some(database)
            }

            #[tokio::test]
            async fn queries_stay_on_an_index() {
                let Some(database) = filled() else { return };
                let scans = backend::scans(&mut database.connect());
                assert!(scans.is_empty(), "{}", scans.join("\n\n"));
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn a_large_purge_holds_nobody_up() {
                let Some(database) = filled() else { return };
                purge(&database.open_with(Options::new().deadline(Duration::from_secs(10)))).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn several_purge_at_once() {
                let Some(database) = filled() else { return };
                let stores = [database.open(), database.open()];
                let purges = stores.clone().map(|store| {
                    tokio::spawn(async move { store.purge(RETENTION, usize::MAX).await.unwrap() })
                });
                let mut deleted = 0;
                for purge in purges {
                    deleted += purge.await.unwrap() as u64;
                }
                // What one of them had locked, the other may have left.
                deleted += stores[0].purge(RETENTION, usize::MAX).await.unwrap() as u64;
                assert_eq!(deleted, 5 * rows());
            }
        }
    };
}

#[cfg(feature = "sqlite")]
on_filled!(sqlite, on_sqlite, Sqlite, |_| {});
#[cfg(feature = "postgres")]
on_filled!(postgres, on_postgres, Postgres, on_postgres::analyze);
#[cfg(feature = "mysql")]
on_filled!(mysql, on_mysql, Mysql, on_mysql::analyze);

/// A meter changes with every start. What it is purged by is indexed by the hour, so that PostgreSQL leaves the index
/// alone ("heap-only") unless the hour is another.
#[cfg(feature = "postgres")]
#[test]
fn a_changed_meter_writes_no_index() {
    use diesel::{
        Connection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::BigInt,
    };

    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }

    let Some(database) = common::Postgres::create() else { return };
    drop(database.open());
    // The account is a connection's, until it tells the server.
    let heap_only = |change: &str| {
        database.connect().transaction::<_, diesel::result::Error, _>(|connection| {
            connection.batch_execute(&format!("UPDATE otp_meters SET idle_at = idle_at + {change}"))?;
            sql_query("SELECT pg_stat_get_xact_tuples_hot_updated('otp_meters'::regclass) AS number")
                .get_result::<Number>(connection)
        })
    };
    database.execute(&on_postgres::others(1, LAST)[0]);
    assert_eq!(heap_only("1").unwrap().number, 1);
    assert_eq!(heap_only("3600000").unwrap().number, 0);
}

const RETENTION: Retention = Retention { before: NOW, now: NOW };

/// Purges everything while somebody else writes.
async fn purge(store: &(impl Store + Clone)) {
    // What the machine and its disk let a write wait for, whoever purges.
    let mut idle = writes(store, 2_000_000, |waits| waits >= 200).await;
    let begun = Instant::now();
    let purge = {
        let store = store.clone();
        tokio::spawn(async move { store.purge(RETENTION, usize::MAX).await.unwrap() })
    };
    let mut waits = writes(store, 1_000_000, |_| purge.is_finished()).await;
    let (deleted, taken) = (purge.await.unwrap(), begun.elapsed());
    let longest = waits.pop().unwrap();
    eprintln!(
        "{deleted} records in {taken:?}; of {} writes meanwhile the longest took {longest:?}, one in a hundred more than \
         {:?}; of 200 writes before it the longest took {:?}",
        waits.len() + 1,
        waits.get(waits.len() * 99 / 100),
        idle.pop().unwrap()
    );
    assert_eq!(
        deleted as u64,
        5 * rows(),
        "challenges, ledgers, meters, replies and claims; deliveries not counted"
    );
    assert!(taken < Duration::from_secs(60), "{taken:?}");
    // The bound aimed at is 100 ms; the rest is for a machine with other things to do.
    assert!(longest < Duration::from_secs(1), "{longest:?}");
}

/// One write after the other until `is_enough`, and how long each took, the longest last.
async fn writes(store: &impl Store, first: u64, is_enough: impl Fn(usize) -> bool) -> Vec<Duration> {
    let mut waits = Vec::new();
    while waits.is_empty() || !is_enough(waits.len()) {
        let begun = Instant::now();
        common::put_challenge(store, first + waits.len() as u64).await;
        waits.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    waits.sort_unstable();
    waits
}
