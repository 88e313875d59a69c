//! Several callers, several stores on one file, and calls that fail.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::{collections::BTreeSet, time::Duration};

use common::{Database, NOW, challenge_key, count, ledger_key, meter_key};
use otp_core::{Ledger, Meter, Namespace, Timestamp};
use otp_diesel::Options;
use otp_service::{Keys, Records, Store, StoreError, StoreExt};

common::on_every_database!(
    two_stores_on_one_database_lose_no_update,
    keys_in_every_order_block_nobody_for_good,
    each_delivery_goes_to_one_of_many_claimers_in_two_stores,
    a_namespace_keeps_its_deliveries,
    a_step_that_fails_harms_no_neighbour,
    a_row_that_the_database_refuses_harms_no_neighbour,
    more_than_the_queue_holds_is_refused_at_once,
    a_call_whose_turn_comes_too_late_is_not_run,
    a_writer_that_hangs_leaves_no_caller_waiting,
    what_another_program_writes_is_seen,
    the_last_handle_ends_the_writer_and_what_was_answered_stays,
);

/// One writer, so that calls share a batch.
fn one_writer() -> Options {
    Options::new().writers(1)
}

/// On a machine with other things to do.
fn patient() -> Options {
    Options::new().deadline(Duration::from_secs(30))
}

async fn two_stores_on_one_database_lose_no_update<D: Database>(database: D) {
    const CALLS: i64 = 150;
    let stores = [database.open_with(patient()), database.open_with(patient())];
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

/// Sums stay the same while amounts move between rows that callers of two stores name in every order.
async fn keys_in_every_order_block_nobody_for_good<D: Database>(database: D) {
    const ROWS: u64 = 6;
    const CALLERS: u64 = 24;
    let stores = [database.open_with(patient()), database.open_with(patient())];
    let callers = (0..CALLERS).map(|caller| {
        let store = stores[caller as usize % 2].clone();
        tokio::spawn(async move {
            for turn in 0..40 {
                let (from, to) = ((caller + turn) % ROWS, (caller * 5 + turn * 3 + 1) % ROWS);
                let keys = Keys { ledgers: vec![ledger_key(from), ledger_key(to)], ..Keys::default() };
                let step = move |records: &mut Records| {
                    let known = |number| {
                        let key = ledger_key(number);
                        records
                            .ledgers
                            .find(&key)
                            .cloned()
                            .unwrap_or_else(|| Ledger { failures_in_a_row: 10_000, ..Ledger::new(key, NOW) })
                    };
                    let (mut left, mut right) = (known(from), known(to));
                    if from != to {
                        left.failures_in_a_row -= 1;
                        right.failures_in_a_row += 1;
                    }
                    records.ledgers.put(left);
                    records.ledgers.put(right);
                };
                store.run(keys, step).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let keys = Keys { ledgers: (0..ROWS).map(ledger_key).collect(), ..Keys::default() };
    let sum = move |records: &mut Records| -> u32 {
        (0..ROWS).map(|row| records.ledgers.find(&ledger_key(row)).unwrap().failures_in_a_row).sum()
    };
    assert_eq!(stores[0].run(keys, sum).await.unwrap(), 10_000 * ROWS as u32);
}

async fn a_namespace_keeps_its_deliveries<D: Database>(database: D) {
    let store = database.open();
    let names: [Namespace; 2] = ["shop".parse().unwrap(), "bank".parse().unwrap()];
    for number in 0..6 {
        let namespace = names[number as usize % 2].clone();
        let keys = Keys { deliveries: vec![challenge_key(number)], ..Keys::default() };
        let step = move |records: &mut Records| {
            let namespace = namespace.clone();
            records.deliveries.put(otp_core::Delivery { namespace, ..common::delivery(number) });
        };
        store.run(keys, step).await.unwrap();
    }
    let lease = Duration::from_secs(60);
    for name in &names {
        let claimed = store.claim(name, NOW, lease, 10).await.unwrap();
        assert_eq!(claimed.len(), 3);
        assert!(claimed.iter().all(|claimed| claimed.delivery.namespace == *name));
    }
    assert!(store.claim(&Namespace::default(), NOW, lease, 10).await.unwrap().is_empty());
}

async fn each_delivery_goes_to_one_of_many_claimers_in_two_stores<D: Database>(database: D) {
    const DELIVERIES: u64 = 120;
    let stores = [database.open_with(patient()), database.open_with(patient())];
    for number in 0..DELIVERIES {
        common::put_challenge(&stores[0], number).await;
    }
    let claimers = (0..8).map(|claimer| {
        let store = stores[claimer % 2].clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed =
                    store.claim(&Namespace::default(), NOW, Duration::from_secs(60), 5).await.unwrap();
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

async fn a_step_that_fails_harms_no_neighbour<D: Database>(database: D) {
    let store = database.open_with(one_writer());
    let gate = common::block(&store).await;
    // These queue up behind the gate and so share a transaction.
    let bad = |misuse: bool| {
        let store = store.clone();
        tokio::spawn(async move {
            let keys = Keys { meters: vec![meter_key(1)], ..Keys::default() };
            let step = move |records: &mut Records| {
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

async fn a_row_that_the_database_refuses_harms_no_neighbour<D: Database>(database: D) {
    let store = database.open_with(one_writer());
    database.execute(match database.url().split(':').next().unwrap() {
        "sqlite" => {
            "CREATE TRIGGER refuse BEFORE INSERT ON otp_meters WHEN new.idle_at = 130
             BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        }
        _ => "ALTER TABLE otp_meters ADD CONSTRAINT refuse CHECK (idle_at <> 130)",
    });
    let gate = common::block(&store).await;
    let put = |number: u64, idle_at: i64| {
        let store = store.clone();
        tokio::spawn(async move {
            let key = meter_key(number);
            let step = move |records: &mut Records| {
                records.meters.put(Meter { key, idle_at: Timestamp::from_millis(idle_at) });
            };
            store.run(Keys { meters: vec![key], ..Keys::default() }, step).await
        })
    };
    let calls: Vec<_> = (0..30).map(|number| put(number, 10 * number as i64)).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    gate.send(()).unwrap();
    for (number, call) in calls.into_iter().enumerate() {
        let result = call.await.unwrap();
        assert_eq!(result.is_err(), number == 13, "{number}: {result:?}");
    }
    for number in 0..30 {
        assert_eq!(count(&store, number).await.unwrap(), if number == 13 { 0 } else { 10 * number as i64 });
    }
}

async fn more_than_the_queue_holds_is_refused_at_once<D: Database>(database: D) {
    let store = database.open_with(one_writer().queue(3));
    let gate = common::block(&store).await;
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { count(&store, 1).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(matches!(count(&store, 1).await, Err(StoreError::Overloaded)));
    let claimed = store.claim(&Namespace::default(), NOW, Duration::ZERO, 1).await;
    match !database.url().starts_with("sqlite") {
        true => assert_eq!(claimed.unwrap(), [], "on a server, who claims has a writer of his own"),
        false => assert!(matches!(claimed, Err(StoreError::Overloaded))),
    }
    gate.send(()).unwrap();
    for call in waiting {
        call.await.unwrap().unwrap();
    }
    assert_eq!(count(&store, 1).await.unwrap(), 3);
}

async fn a_call_whose_turn_comes_too_late_is_not_run<D: Database>(database: D) {
    let store = database.open_with(one_writer().deadline(Duration::from_millis(100)));
    let gate = common::block(&store).await;
    let late = {
        let store = store.clone();
        tokio::spawn(async move { count(&store, 1).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    gate.send(()).unwrap();
    assert!(matches!(late.await.unwrap(), Err(StoreError::TimedOut)));
    assert_eq!(count(&store, 1).await.unwrap(), 0);
}

async fn a_writer_that_hangs_leaves_no_caller_waiting<D: Database>(database: D) {
    let store = database.open_with(one_writer().deadline(Duration::from_millis(100)));
    let gate = common::block(&store).await;
    assert!(matches!(count(&store, 1).await, Err(StoreError::TimedOut)));
    gate.send(()).unwrap();
    assert_eq!(count(&store, 1).await.unwrap(), 0, "nobody learnt of it, so it was not done");
}

async fn what_another_program_writes_is_seen<D: Database>(database: D) {
    let store = database.open_with(one_writer());
    count(&store, 1).await.unwrap();
    database.execute("UPDATE otp_meters SET idle_at = 40");
    assert_eq!(count(&store, 1).await.unwrap(), 40);
    database.execute("DELETE FROM otp_meters");
    assert_eq!(count(&store, 1).await.unwrap(), 0);
}

async fn the_last_handle_ends_the_writer_and_what_was_answered_stays<D: Database>(database: D) {
    for expected in 0..5 {
        let store = database.open_with(one_writer());
        let other = store.clone();
        drop(store);
        assert_eq!(count(&other, 1).await.unwrap(), expected);
    }
}
