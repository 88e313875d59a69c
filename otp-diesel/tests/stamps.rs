//! What others do on PostgreSQL to the rows of a batch that locked none of them: before its steps run, meanwhile, and
//! after.

#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::{sync::mpsc, time::Duration};

use common::{Database, Postgres, count, ledger_key, meter_key};
use diesel::connection::SimpleConnection;
use otp_core::{Meter, Timestamp};
use otp_diesel::PostgresStore;
use otp_service::{Keys, Records, StoreError, StoreExt};

mod postgres {
    use super::common;

    common::on_database!(
        common::Postgres:
        what_fails_at_the_commit_is_not_done,
        a_known_row_that_another_changes_is_no_answer,
        a_known_row_that_another_replaces_is_no_answer,
        a_row_changed_behind_a_step_that_only_reads_it_undoes_the_step,
        a_change_that_is_waited_for_counts,
        a_lock_that_is_waited_for_is_no_change
    );
}

fn keys(ledger: u64, meter: u64) -> Keys {
    Keys { ledgers: vec![ledger_key(ledger)], meters: vec![meter_key(meter)], ..Keys::default() }
}

/// The number that [`count`] counts; nothing is changed.
async fn look(store: &PostgresStore, number: u64) -> Result<Option<i64>, StoreError> {
    let key = meter_key(number);
    let keys = Keys { meters: vec![key], ..Keys::default() };
    store.run(keys, move |records| records.meters.find(&key).map(|meter| meter.idle_at.as_millis())).await
}

async fn put_ledger(store: &PostgresStore, number: u64) {
    let keys = Keys { ledgers: vec![ledger_key(number)], ..Keys::default() };
    store.run(keys, move |records: &mut Records| records.ledgers.put(common::ledger(number))).await.unwrap();
}

/// A step that waits inside until told to go on, where it runs for the first time.
fn gated<T>(
    mut step: impl FnMut(&mut Records) -> T + Send + 'static,
) -> (impl FnMut(&mut Records) -> T + Send + 'static, tokio::sync::oneshot::Receiver<()>, mpsc::Sender<()>) {
    let (open, gate) = mpsc::channel();
    let (entered, inside) = tokio::sync::oneshot::channel();
    let mut entered = Some(entered);
    let step = move |records: &mut Records| {
        if let Some(entered) = entered.take() {
            let _ = entered.send(());
            gate.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        step(records)
    };
    (step, inside, open)
}

async fn what_fails_at_the_commit_is_not_done(database: Postgres) {
    let store = database.open();
    count(&store, 1).await.unwrap();
    database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
         CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON otp_meters DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    count(&store, 1).await.unwrap_err();
    database.execute("DROP TRIGGER refuse ON otp_meters");
    assert_eq!(count(&store, 1).await.unwrap(), 1);
}

async fn a_known_row_that_another_changes_is_no_answer(database: Postgres) {
    let store = database.open();
    count(&store, 1).await.unwrap();
    assert_eq!(look(&store, 1).await.unwrap(), Some(1));
    // Twice in one transaction.
    database.execute("BEGIN; UPDATE otp_meters SET idle_at = 5; UPDATE otp_meters SET idle_at = 6; COMMIT");
    assert_eq!(look(&store, 1).await.unwrap(), Some(6));
    database.execute("DELETE FROM otp_meters");
    assert_eq!(look(&store, 1).await.unwrap(), None);
    count(&store, 1).await.unwrap();
    assert_eq!(look(&store, 1).await.unwrap(), Some(1));
}

async fn a_known_row_that_another_replaces_is_no_answer(database: Postgres) {
    let store = database.open();
    count(&store, 1).await.unwrap();
    database.execute(
        "BEGIN;
         CREATE TEMPORARY TABLE copy AS SELECT meter_key FROM otp_meters;
         DELETE FROM otp_meters;
         INSERT INTO otp_meters (meter_key, idle_at) SELECT meter_key, 40 FROM copy;
         COMMIT",
    );
    assert_eq!(count(&store, 1).await.unwrap(), 40);
    // Every row is written anew, with nothing else in it.
    database.execute("VACUUM (FREEZE, FULL) otp_meters");
    assert_eq!(count(&store, 1).await.unwrap(), 41);
}

async fn a_row_changed_behind_a_step_that_only_reads_it_undoes_the_step(database: Postgres) {
    let store = database.open();
    put_ledger(&store, 1).await;
    count(&store, 1).await.unwrap();
    let (step, inside, open) = gated(|records: &mut Records| {
        let failures = records.ledgers.find(&ledger_key(1)).unwrap().failures_in_a_row;
        records.meters.put(Meter { key: meter_key(1), idle_at: Timestamp::from_millis(failures.into()) });
    });
    let call = tokio::spawn({
        let store = store.clone();
        async move { store.run(keys(1, 1), step).await }
    });
    inside.await.unwrap();
    database.execute("UPDATE otp_ledgers SET failures_in_a_row = 7");
    open.send(()).unwrap();
    call.await.unwrap().unwrap();
    assert_eq!(look(&store, 1).await.unwrap(), Some(7));
}

async fn a_change_that_is_waited_for_counts(database: Postgres) {
    let store = database.open();
    count(&store, 1).await.unwrap();
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; UPDATE otp_meters SET idle_at = 9; UPDATE otp_meters SET idle_at = 10")
        .unwrap();
    let call = tokio::spawn({
        let store = store.clone();
        async move { count(&store, 1).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.batch_execute("COMMIT").unwrap();
    assert_eq!(call.await.unwrap().unwrap(), 10);
}

async fn a_lock_that_is_waited_for_is_no_change(database: Postgres) {
    let store = database.open();
    put_ledger(&store, 1).await;
    count(&store, 1).await.unwrap();
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; SELECT 1 FROM otp_meters FOR UPDATE; SELECT 1 FROM otp_ledgers FOR UPDATE")
        .unwrap();
    let (runs, ran) = mpsc::channel();
    let call = tokio::spawn({
        let store = store.clone();
        async move {
            let step = move |records: &mut Records| {
                runs.send(()).unwrap();
                records.meters.put(Meter { key: meter_key(1), idle_at: Timestamp::from_millis(5) });
            };
            store.run(keys(1, 1), step).await
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.batch_execute("COMMIT").unwrap();
    call.await.unwrap().unwrap();
    assert_eq!(ran.try_iter().count(), 1);
}
