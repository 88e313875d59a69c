//! What server databases alone do.

#![cfg(any(feature = "postgres", feature = "mysql"))]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may stop and wait")]

mod common;

use std::time::Duration;

use common::{Database, NOW, count};
use diesel::connection::SimpleConnection;
use otp_diesel::Options;
use otp_service::{Store, StoreError};

common::on_every_server!(
    a_writer_that_hangs_for_long_is_replaced,
    a_row_that_somebody_locks_is_waited_for_until_the_deadline,
);

/// One writer, so that calls share a batch.
fn one_writer() -> Options {
    Options::new().writers(1)
}

/// What hangs is a step here; in a network that swallows everything it would be a statement.
async fn a_writer_that_hangs_for_long_is_replaced<D: Database>(database: D) {
    let store = database.open_with(one_writer().deadline(Duration::from_millis(100)));
    let gate = common::block(&store).await;
    let begun = std::time::Instant::now();
    while count(&store, 1).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(5), "another writer takes over");
    }
    gate.send(()).unwrap();
    assert_eq!(count(&store, 1).await.unwrap(), 1);
}

async fn a_row_that_somebody_locks_is_waited_for_until_the_deadline<D: Database>(database: D) {
    let store = database.open_with(one_writer().deadline(Duration::from_millis(600)));
    count(&store, 1).await.unwrap();
    let mut other = database.connect();
    other.batch_execute("BEGIN").unwrap();
    other.batch_execute("UPDATE otp_meters SET idle_at = 40").unwrap();
    let refused = count(&store, 1).await;
    assert!(matches!(refused, Err(StoreError::TimedOut)), "{refused:?}");
    assert_eq!(store.backlog(NOW).await.unwrap().waiting, 0, "reading takes no lock");

    let store = database.open_with(one_writer().deadline(Duration::from_secs(5)));
    let (counted, ()) = tokio::join!(count(&store, 1), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        other.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(counted.unwrap(), 40);
}
