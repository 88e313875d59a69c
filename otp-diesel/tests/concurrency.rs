//! Several callers, several stores on one file, and calls that fail.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::{collections::BTreeSet, sync::mpsc, time::Duration};

use common::{NOW, challenge_key, ledger_key, meter_key};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use otp_core::{Meter, Timestamp};
use otp_diesel::{Options, SqliteStore};
use otp_service::{Keys, Store, StoreError, StoreExt};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_on_one_file_lose_no_update() {
    const CALLS: i64 = 150;
    let directory = tempfile::tempdir().unwrap();
    let options = Options::new().deadline(Duration::from_secs(30));
    let stores =
        [common::open_with(directory.path(), options.clone()), common::open_with(directory.path(), options)];
    let callers = (0..16).map(|caller| {
        let store = stores[caller % 2].clone();
        tokio::spawn(async move {
            for _ in 0..CALLS {
                count(&store, 1).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    assert_eq!(count(&stores[0], 1).await.unwrap(), 16 * CALLS);
    assert_eq!(count(&stores[1], 1).await.unwrap(), 16 * CALLS + 1, "what the other one wrote is seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_delivery_goes_to_one_of_many_claimers_in_two_stores() {
    const DELIVERIES: u64 = 120;
    let directory = tempfile::tempdir().unwrap();
    let stores = [common::open(directory.path()), common::open(directory.path())];
    for number in 0..DELIVERIES {
        let keys = Keys {
            challenges: vec![challenge_key(number)],
            ledgers: vec![ledger_key(number)],
            deliveries: vec![challenge_key(number)],
            ..Keys::default()
        };
        let step = move |records: &mut otp_service::Records| {
            records.challenges.put(common::challenge(number));
            records.ledgers.put(common::ledger(number));
            records.deliveries.put(common::delivery(number));
        };
        stores[0].run(keys, step).await.unwrap();
    }
    let claimers = (0..8).map(|claimer| {
        let store = stores[claimer % 2].clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = store.claim(NOW, Duration::from_secs(60), 5).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                for claim in claimed {
                    assert_eq!(claim.challenge.unwrap().key, claim.delivery.challenge);
                    assert_eq!(claim.ledger.unwrap().key, claim.delivery.ledger);
                    mine.push(claim.delivery.challenge);
                }
            }
        })
    });
    let mut all = Vec::new();
    for claimer in claimers.collect::<Vec<_>>() {
        all.extend(claimer.await.unwrap());
    }
    assert_eq!(all.len() as u64, DELIVERIES);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len() as u64, DELIVERIES, "none twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_step_that_fails_harms_no_neighbour() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    let gate = block(&store).await;
    // These queue up behind the gate and so share a transaction.
    let bad = |misuse: bool| {
        let store = store.clone();
        tokio::spawn(async move {
            let keys = Keys { meters: vec![meter_key(1)], ..Keys::default() };
            let step = move |records: &mut otp_service::Records| {
                records.meters.put(Meter { key: meter_key(1), idle_at: Timestamp::from_millis(1_000_000) });
                if misuse {
                    records.meters.put(common::meter(2));
                } else {
                    panic!("as the test wants it");
                }
            };
            store.run(keys, step).await
        })
    };
    let mut calls = Vec::new();
    let mut failures = Vec::new();
    for turn in 0..20 {
        let store = store.clone();
        calls.push(tokio::spawn(async move { count(&store, 1).await }));
        failures.push(bad(turn % 2 == 0));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    gate.send(()).unwrap();
    let mut counts = BTreeSet::new();
    for call in calls {
        counts.insert(call.await.unwrap().unwrap());
    }
    assert_eq!(counts, (0..20).collect(), "each saw the ones before it, and nothing of the failed ones");
    for failure in failures {
        assert!(matches!(failure.await.unwrap(), Err(StoreError::Step(_))));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_row_that_the_database_refuses_harms_no_neighbour() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    let mut other = SqliteConnection::establish(directory.path().join("otp.db").to_str().unwrap()).unwrap();
    other
        .batch_execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON otp_meters WHEN new.idle_at = 13
             BEGIN SELECT RAISE(ABORT, 'not this one'); END",
        )
        .unwrap();
    let gate = block(&store).await;
    let put = |number: u64, idle_at: i64| {
        let store = store.clone();
        tokio::spawn(async move {
            let key = meter_key(number);
            let step = move |records: &mut otp_service::Records| {
                records.meters.put(Meter { key, idle_at: Timestamp::from_millis(idle_at) });
            };
            store.run(Keys { meters: vec![key], ..Keys::default() }, step).await
        })
    };
    let calls: Vec<_> = (0..30).map(|number| put(number, number as i64)).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    gate.send(()).unwrap();
    for (number, call) in calls.into_iter().enumerate() {
        let result = call.await.unwrap();
        assert_eq!(result.is_err(), number == 13, "{number}: {result:?}");
    }
    for number in 0..30 {
        assert_eq!(count(&store, number).await.unwrap(), if number == 13 { 0 } else { number as i64 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_the_queue_holds_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open_with(directory.path(), Options::new().queue(3));
    let gate = block(&store).await;
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { count(&store, 1).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(matches!(count(&store, 1).await, Err(StoreError::Overloaded)));
    assert!(matches!(store.claim(NOW, Duration::ZERO, 1).await, Err(StoreError::Overloaded)));
    gate.send(()).unwrap();
    for call in waiting {
        call.await.unwrap().unwrap();
    }
    assert_eq!(count(&store, 1).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_turn_comes_too_late_is_not_run() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open_with(directory.path(), Options::new().deadline(Duration::from_millis(100)));
    let gate = block(&store).await;
    let late = {
        let store = store.clone();
        tokio::spawn(async move { count(&store, 1).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    gate.send(()).unwrap();
    assert!(matches!(late.await.unwrap(), Err(StoreError::TimedOut)));
    assert_eq!(count(&store, 1).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_hangs_leaves_no_caller_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open_with(directory.path(), Options::new().deadline(Duration::from_millis(100)));
    let gate = block(&store).await;
    assert!(matches!(count(&store, 1).await, Err(StoreError::TimedOut)));
    gate.send(()).unwrap();
    assert_eq!(count(&store, 1).await.unwrap(), 0, "nobody learnt of it, so it was not done");
}

#[tokio::test]
async fn a_database_that_somebody_locks_is_waited_for_until_the_deadline() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open_with(directory.path(), Options::new().deadline(Duration::from_millis(300)));
    let mut other = SqliteConnection::establish(directory.path().join("otp.db").to_str().unwrap()).unwrap();

    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(count(&store, 1).await, Err(StoreError::TimedOut)));
    assert!(store.claim(NOW, Duration::ZERO, 1).await.unwrap().is_empty(), "nothing due takes no lock");
    assert_eq!(store.backlog(NOW).await.unwrap().waiting, 0, "reading takes no lock");

    let (counted, ()) = tokio::join!(count(&store, 1), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        other.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(counted.unwrap(), 0);
}

#[tokio::test]
async fn what_another_program_writes_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    count(&store, 1).await.unwrap();
    let mut other = SqliteConnection::establish(directory.path().join("otp.db").to_str().unwrap()).unwrap();
    other.batch_execute("UPDATE otp_meters SET idle_at = 40").unwrap();
    assert_eq!(count(&store, 1).await.unwrap(), 40);
    other.batch_execute("DELETE FROM otp_meters").unwrap();
    assert_eq!(count(&store, 1).await.unwrap(), 0);
}

#[tokio::test]
async fn a_read_only_step_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    count(&store, 1).await.unwrap();
    let log = directory.path().join("otp.db-wal");
    let before = std::fs::metadata(&log).unwrap().len();
    for _ in 0..10 {
        let keys = Keys { meters: vec![meter_key(1)], ..Keys::default() };
        let same = |records: &mut otp_service::Records| {
            let known = records.meters.find(&meter_key(1)).cloned().unwrap();
            records.meters.put(known);
        };
        store.run(keys, same).await.unwrap();
    }
    assert_eq!(std::fs::metadata(&log).unwrap().len(), before);
}

#[tokio::test]
async fn the_last_handle_ends_the_writer_and_what_was_answered_stays() {
    let directory = tempfile::tempdir().unwrap();
    for expected in 0..5 {
        let store = common::open(directory.path());
        let other = store.clone();
        drop(store);
        assert_eq!(count(&other, 1).await.unwrap(), expected);
    }
}

/// Adds 1 to a number and returns what it was.
async fn count(store: &SqliteStore, number: u64) -> Result<i64, StoreError> {
    let key = meter_key(number);
    let step = move |records: &mut otp_service::Records| {
        let known = records.meters.find(&key).map_or(0, |meter| meter.idle_at.as_millis());
        records.meters.put(Meter { key, idle_at: Timestamp::from_millis(known + 1) });
        known
    };
    store.run(Keys { meters: vec![key], ..Keys::default() }, step).await
}

/// Holds the writer inside a step until the returned sender is used or dropped.
async fn block(store: &SqliteStore) -> mpsc::Sender<()> {
    let (open, gate) = mpsc::channel::<()>();
    let (entered, inside) = tokio::sync::oneshot::channel();
    let mut entered = Some(entered);
    let store = store.clone();
    tokio::spawn(async move {
        let step = move |_: &mut otp_service::Records| {
            if let Some(entered) = entered.take() {
                entered.send(()).unwrap();
            }
            let _ = gate.recv_timeout(Duration::from_secs(5));
        };
        drop(store.run(Keys::default(), step).await);
    });
    inside.await.unwrap();
    open
}
