//! Purging and forgetting.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::time::Duration;

use common::{Database, NOW, challenge_key, claim_key, ledger_key, meter_key, reply_key};
use otp_core::{Challenge, Claim, Delivery, Ledger, Meter, Reply};
use otp_service::{Keys, Records, Retention, Store, StoreExt};
use tokio::time::Instant;

common::on_every_database!(
    purge_deletes_what_is_over_and_nothing_else,
    a_large_purge_holds_nobody_up,
    forget_deletes_everything_under_a_ledger_and_nothing_else,
    forget_misses_nothing_that_is_added_meanwhile,
);

const RETENTION: Retention = Retention { before: NOW, now: NOW };

async fn purge_deletes_what_is_over_and_nothing_else<D: Database>(database: D) {
    let store = database.open();
    let old = NOW - Duration::from_millis(1);
    put(&store, 1, move |records| {
        records.challenges.put(Challenge { created_at: old, expires_at: old, ..common::challenge(1) });
        records.deliveries.put(common::delivery(1));
        records.ledgers.put(Ledger { updated_at: old, ..common::ledger(1) });
        records.meters.put(Meter { idle_at: old, ..common::meter(1) });
        records.replies.put(Reply { forget_at: old, ..common::reply(1) });
        records.claims.put(Claim { forget_at: old, ..common::claim(1) });
    })
    .await;
    put(&store, 2, |records| {
        records.challenges.put(Challenge { expires_at: NOW, ..common::challenge(2) });
        records.deliveries.put(common::delivery(2));
        records.ledgers.put(common::ledger(2));
        records.meters.put(common::meter(2));
        records.replies.put(common::reply(2));
        records.claims.put(common::claim(2));
    })
    .await;
    put(&store, 3, move |records| {
        records.ledgers.put(Ledger { updated_at: old, locked_at: Some(old), ..common::ledger(3) });
    })
    .await;

    assert_eq!(store.purge(RETENTION, 3).await.unwrap(), 3, "no more than asked for");
    assert_eq!(store.purge(RETENTION, 3).await.unwrap(), 2, "a delivery goes with its challenge");
    assert_eq!(store.purge(RETENTION, 3).await.unwrap(), 0);
    assert_eq!(present(&store, 1).await, [false; 6]);
    assert_eq!(present(&store, 2).await, [true; 6]);
    assert_eq!(
        present(&store, 3).await,
        [false, true, false, false, false, false],
        "a lock outlives retention"
    );
}

async fn a_large_purge_holds_nobody_up<D: Database>(database: D) {
    const METERS: u64 = 6_000;
    let store = database.open();
    for chunk in 0..METERS / 1000 {
        let numbers = chunk * 1000..(chunk + 1) * 1000;
        let keys = Keys { meters: numbers.clone().map(meter_key).collect(), ..Keys::default() };
        let step = move |records: &mut Records| {
            for number in numbers.clone() {
                records
                    .meters
                    .put(Meter { idle_at: NOW - Duration::from_secs(number + 1), ..common::meter(number) });
            }
        };
        store.run(keys, step).await.unwrap();
    }
    let purge = {
        let store = store.clone();
        tokio::spawn(async move { store.purge(RETENTION, usize::MAX).await.unwrap() })
    };
    let mut longest = Duration::ZERO;
    while !purge.is_finished() {
        let begun = Instant::now();
        put(&store, 1_000_000, |records| records.meters.put(common::meter(1_000_000))).await;
        longest = longest.max(begun.elapsed());
    }
    assert_eq!(purge.await.unwrap() as u64, METERS);
    // The bound aimed at is 100 ms; the rest is for a machine with other things to do.
    assert!(longest < Duration::from_secs(1), "{longest:?}");
}

async fn forget_deletes_everything_under_a_ledger_and_nothing_else<D: Database>(database: D) {
    let store = database.open();
    for number in [1, 2, 3] {
        put(&store, number, move |records| {
            records.challenges.put(common::challenge(number));
            records.deliveries.put(common::delivery(number));
            records.ledgers.put(common::ledger(number));
        })
        .await;
    }
    // A second challenge of the first ledger, whose delivery was made under an older key.
    put(&store, 4, |records| {
        records.challenges.put(Challenge { ledger: ledger_key(1), ..common::challenge(4) });
        records.deliveries.put(Delivery { ledger: ledger_key(40), ..common::delivery(4) });
    })
    .await;

    assert_eq!(store.forget(vec![ledger_key(1), ledger_key(2), ledger_key(9)]).await.unwrap(), 8);
    for number in [1, 2, 4] {
        assert_eq!(present(&store, number).await, [false; 6], "{number}");
    }
    assert_eq!(present(&store, 3).await, [true, true, true, false, false, false]);
    assert_eq!(store.forget(vec![ledger_key(1)]).await.unwrap(), 0);
}

/// A step and a forget of the same recipient at the same time: one of them is first.
async fn forget_misses_nothing_that_is_added_meanwhile<D: Database>(database: D) {
    let stores = [database.open(), database.open()];
    for round in 0..30 {
        let starts = (0..4).map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move {
                put(&store, round * 10 + number as u64, move |records| {
                    let number = round * 10 + number as u64;
                    records
                        .challenges
                        .put(Challenge { ledger: ledger_key(round), ..common::challenge(number) });
                    records
                        .deliveries
                        .put(Delivery { ledger: ledger_key(round), ..common::delivery(number) });
                })
                .await;
            })
        });
        let starts: Vec<_> = starts.collect();
        stores[1].forget(vec![ledger_key(round)]).await.unwrap();
        for start in starts {
            start.await.unwrap();
        }
        stores[0].forget(vec![ledger_key(round)]).await.unwrap();
        for number in 0..4 {
            let left = present(&stores[0], round * 10 + number).await;
            assert_eq!(left[..3], [false; 3], "of a challenge and its delivery both are gone");
        }
    }
}

fn keys(number: u64) -> Keys {
    Keys {
        challenges: vec![challenge_key(number)],
        ledgers: vec![ledger_key(number)],
        deliveries: vec![challenge_key(number)],
        meters: vec![meter_key(number)],
        replies: vec![reply_key(number)],
        claims: vec![claim_key(number)],
    }
}

async fn put(store: &impl Store, number: u64, step: impl FnMut(&mut Records) + Send + 'static) {
    store.run(keys(number), step).await.unwrap();
}

/// Whether there is a challenge, ledger, delivery, meter, reply and claim.
async fn present(store: &impl Store, number: u64) -> [bool; 6] {
    store
        .run(keys(number), move |records| {
            [
                records.challenges.find(&challenge_key(number)).is_some(),
                records.ledgers.find(&ledger_key(number)).is_some(),
                records.deliveries.find(&challenge_key(number)).is_some(),
                records.meters.find(&meter_key(number)).is_some(),
                records.replies.find(&reply_key(number)).is_some(),
                records.claims.find(&claim_key(number)).is_some(),
            ]
        })
        .await
        .unwrap()
}
