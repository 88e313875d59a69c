//! Loading, writing, isolation.

use std::sync::Arc;

use otp_core::{ChallengeState, DeliveryState, Ledger};
use tokio::task::JoinSet;

use super::samples::{NOW, challenge, challenge_key, claim, delivery, ledger, ledger_key, meter, reply};
use crate::{
    records::{Keys, Records},
    store::{Store, StoreError, StoreExt},
};

fn all_keys() -> Keys {
    Keys {
        challenges: vec![challenge_key(1)],
        ledgers: vec![ledger_key(1)],
        deliveries: vec![challenge_key(1)],
        meters: vec![meter().key],
        replies: vec![reply().key],
        claims: vec![claim().key],
    }
}

fn put_all(records: &mut Records) {
    records.challenges.put(challenge(1));
    records.ledgers.put(ledger(1));
    records.deliveries.put(delivery(1, NOW));
    records.meters.put(meter());
    records.replies.put(reply());
    records.claims.put(claim());
}

pub(super) async fn absent_records_load_as_absent(store: Arc<dyn Store>) {
    let empty = store.run(all_keys(), |records| records.clone()).await.expect("an empty store can be read");
    assert!(empty.challenges.find(&challenge_key(1)).is_none());
    assert!(empty.ledgers.find(&ledger_key(1)).is_none());
    assert!(empty.deliveries.find(&challenge_key(1)).is_none());
    assert!(empty.meters.find(&meter().key).is_none());
    assert!(empty.replies.find(&reply().key).is_none());
    assert!(empty.claims.find(&claim().key).is_none());
}

pub(super) async fn every_kind_is_read_back_as_written(store: Arc<dyn Store>) {
    store.run(all_keys(), put_all).await.expect("written");
    let read = store.run(all_keys(), |records| records.clone()).await.expect("read");
    assert_eq!(read.challenges.find(&challenge_key(1)), Some(&challenge(1)));
    assert_eq!(read.ledgers.find(&ledger_key(1)), Some(&ledger(1)));
    assert_eq!(read.deliveries.find(&challenge_key(1)), Some(&delivery(1, NOW)));
    assert_eq!(read.meters.find(&meter().key), Some(&meter()));
    assert_eq!(read.replies.find(&reply().key), Some(&reply()));
    assert_eq!(read.claims.find(&claim().key), Some(&claim()));

    for state in [ChallengeState::Pending, ChallengeState::Verified, ChallengeState::Canceled] {
        let next = move |records: &mut Records| {
            let bare = otp_core::Challenge { state, verified_at: None, context: None, ..challenge(1) };
            records.challenges.put(bare.clone());
            bare
        };
        let written = store.run(all_keys(), next).await.expect("overwritten");
        let read =
            store.run(all_keys(), |r| r.challenges.find(&challenge_key(1)).cloned()).await.expect("read");
        assert_eq!(read, Some(written));
    }
    let bare = Ledger::new(ledger_key(1), NOW);
    let written = bare.clone();
    store.run(all_keys(), move |records| records.ledgers.put(written.clone())).await.expect("overwritten");
    let read =
        store.run(all_keys(), |records| records.ledgers.find(&ledger_key(1)).cloned()).await.expect("read");
    assert_eq!(read, Some(bare), "absent fields and empty windows replace what was there");
    use DeliveryState::{Abandoned, Delivered, Failed, Queued, Sending, Sent};
    for state in [Queued, Sending, Sent, Delivered, Failed, Abandoned] {
        let next = otp_core::Delivery { state, sender: None, reference: None, ..delivery(1, NOW) };
        let written = next.clone();
        store
            .run(all_keys(), move |records| records.deliveries.put(written.clone()))
            .await
            .expect("overwritten");
        let read =
            store.run(all_keys(), |r| r.deliveries.find(&challenge_key(1)).cloned()).await.expect("read");
        assert_eq!(read, Some(next));
    }
}

pub(super) async fn a_deleted_record_is_absent(store: Arc<dyn Store>) {
    store.run(all_keys(), put_all).await.expect("written");
    let delete = |records: &mut Records| {
        records.challenges.delete(challenge_key(1));
        records.ledgers.delete(ledger_key(1));
        records.deliveries.delete(challenge_key(1));
        records.meters.delete(meter().key);
        records.replies.delete(reply().key);
        records.claims.delete(claim().key);
    };
    store.run(all_keys(), delete).await.expect("deleted");
    absent_records_load_as_absent(store).await;
}

pub(super) async fn a_step_that_fails_changes_nothing(store: Arc<dyn Store>) {
    store.run(all_keys(), |records| records.ledgers.put(ledger(1))).await.expect("written");
    let broken = |records: &mut Records| {
        records.ledgers.delete(ledger_key(1));
        std::panic::resume_unwind(Box::new("a step that panics"));
    };
    let result = store.run(all_keys(), broken).await;
    assert!(matches!(result, Err(StoreError::Step(_))), "a panic is an error of its own call: {result:?}");
    let read = store.run(all_keys(), |records| records.ledgers.find(&ledger_key(1)).cloned()).await;
    assert_eq!(read.expect("the store goes on"), Some(ledger(1)));
}

pub(super) async fn an_undeclared_key_fails_the_step(store: Arc<dyn Store>) {
    let stray = |records: &mut Records| {
        records.ledgers.put(ledger(1));
        records.ledgers.put(ledger(2));
    };
    let result = store.run(all_keys(), stray).await;
    assert!(matches!(result, Err(StoreError::Step(_))), "{result:?}");
    let keys = Keys { ledgers: vec![ledger_key(1), ledger_key(2)], ..Keys::default() };
    let read = |records: &mut Records| {
        (records.ledgers.find(&ledger_key(1)).cloned(), records.ledgers.find(&ledger_key(2)).cloned())
    };
    assert_eq!(store.run(keys, read).await.expect("read"), (None, None));
}

pub(super) async fn concurrent_steps_lose_no_update(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let count = |records: &mut Records| {
                let found = records.ledgers.find(&ledger_key(1)).cloned();
                let mut next = found.unwrap_or_else(|| Ledger::new(ledger_key(1), NOW));
                next.failures_in_a_row += 1;
                let count = next.failures_in_a_row;
                records.ledgers.put(next);
                count
            };
            store.run(all_keys(), count).await.expect("counted")
        });
    }
    let mut counts = tasks.join_all().await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=64).collect::<Vec<u32>>(), "each step saw the one before it");
}

/// Two rows whose sum stays the same, moved between from both ends in opposite key order.
pub(super) async fn steps_over_several_keys_are_atomic(store: Arc<dyn Store>) {
    let pair = |a, b| Keys { ledgers: vec![ledger_key(a), ledger_key(b)], ..Keys::default() };
    let count = |records: &Records, number| {
        records.ledgers.find(&ledger_key(number)).map_or(1_000, |ledger| ledger.failures_in_a_row)
    };
    let mut tasks = JoinSet::new();
    for round in 0..64_u32 {
        let store = Arc::clone(&store);
        let (from, to) = if round % 2 == 0 { (1, 2) } else { (2, 1) };
        tasks.spawn(async move {
            let transfer = move |records: &mut Records| {
                let (left, right) = (count(records, from), count(records, to));
                let row = |number, failures_in_a_row| Ledger {
                    failures_in_a_row,
                    ..Ledger::new(ledger_key(number), NOW)
                };
                records.ledgers.put(row(from, left - 1));
                records.ledgers.put(row(to, right + 1));
                left + right
            };
            store.run(pair(from, to), transfer).await.expect("moved")
        });
    }
    assert!(
        tasks.join_all().await.into_iter().all(|sum| sum == 2_000),
        "every step saw both rows of one moment"
    );
    let sum =
        store.run(pair(1, 2), move |records| (count(records, 1), count(records, 2))).await.expect("read");
    assert_eq!(sum, (1_000, 1_000));
}
