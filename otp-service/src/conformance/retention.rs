//! Deleting what is over, and what a person asks to be forgotten.

use std::{sync::Arc, time::Duration};

use otp_core::{Challenge, Claim, ClaimKey, Ledger, Meter, MeterKey, Reply, ReplyKey};

use super::samples::{NOW, challenge, challenge_key, claim, delivery, ledger, ledger_key, meter, reply};
use crate::{
    records::{Keys, Records},
    store::{Retention, Store, StoreExt},
};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) async fn purge_deletes_what_is_over_in_batches(store: Arc<dyn Store>) {
    let before = NOW - 30 * DAY;
    let (old, young) = (before - Duration::from_millis(1), before);
    let meter_at = |number, idle_at| Meter { key: MeterKey::from_bytes([number; 32]), idle_at };
    let reply_at =
        |number, forget_at| Reply { key: ReplyKey::from_bytes([number; 32]), forget_at, ..reply() };
    let claim_at = |number, forget_at| Claim { key: ClaimKey::from_bytes([number; 32]), forget_at };
    let moment = Duration::from_millis(1);
    let write = move |records: &mut Records| {
        for number in 0..10 {
            let expires_at = if number < 5 { old } else { young };
            records.challenges.put(Challenge { created_at: expires_at, expires_at, ..challenge(number) });
            records.deliveries.put(delivery(number, NOW));
            let locked_at = (number == 0).then_some(old);
            let updated_at = expires_at;
            records.ledgers.put(Ledger { locked_at, updated_at, ..ledger(number) });
        }
        records.meters.put(meter_at(1, NOW - moment));
        records.meters.put(meter_at(2, NOW));
        records.replies.put(reply_at(1, NOW - moment));
        records.replies.put(reply_at(2, NOW));
        records.claims.put(claim_at(1, NOW - moment));
        records.claims.put(claim_at(2, NOW));
    };
    let keys = Keys {
        challenges: (0..10).map(challenge_key).collect(),
        deliveries: (0..10).map(challenge_key).collect(),
        ledgers: (0..10).map(ledger_key).collect(),
        meters: vec![MeterKey::from_bytes([1; 32]), MeterKey::from_bytes([2; 32])],
        replies: vec![ReplyKey::from_bytes([1; 32]), ReplyKey::from_bytes([2; 32])],
        claims: vec![ClaimKey::from_bytes([1; 32]), ClaimKey::from_bytes([2; 32])],
    };
    store.run(keys.clone(), write).await.expect("written");

    let retention = Retention { before, now: NOW };
    let mut calls = 0;
    while store.purge(retention, 3).await.expect("purged") == 3 {
        calls += 1;
        assert!(calls < 20, "purge must come to an end");
    }
    let left = store.run(keys, |records| records.clone()).await.expect("read");
    for number in 0..10 {
        let is_young = number >= 5;
        assert_eq!(left.challenges.find(&challenge_key(number)).is_some(), is_young, "challenge {number}");
        assert_eq!(left.deliveries.find(&challenge_key(number)).is_some(), is_young, "delivery {number}");
        let stays = is_young || number == 0;
        assert_eq!(
            left.ledgers.find(&ledger_key(number)).is_some(),
            stays,
            "ledger {number}; a lock outlives all"
        );
    }
    for number in [1, 2] {
        let stays = number == 2;
        assert_eq!(left.meters.find(&MeterKey::from_bytes([number; 32])).is_some(), stays, "meter {number}");
        assert_eq!(left.replies.find(&ReplyKey::from_bytes([number; 32])).is_some(), stays, "reply {number}");
        assert_eq!(left.claims.find(&ClaimKey::from_bytes([number; 32])).is_some(), stays, "claim {number}");
    }
}

pub(super) async fn forget_deletes_everything_of_a_recipient(store: Arc<dyn Store>) {
    let keys = Keys {
        challenges: vec![challenge_key(1), challenge_key(2), challenge_key(3)],
        deliveries: vec![challenge_key(1), challenge_key(2), challenge_key(3)],
        ledgers: vec![ledger_key(1), ledger_key(3)],
        meters: vec![meter().key],
        claims: vec![claim().key],
        ..Keys::default()
    };
    let write = |records: &mut Records| {
        records.claims.put(claim());
        for number in [1, 2] {
            records.challenges.put(Challenge { ledger: ledger_key(1), ..challenge(number) });
            records.deliveries.put(otp_core::Delivery { ledger: ledger_key(1), ..delivery(number, NOW) });
        }
        records.challenges.put(challenge(3));
        records.deliveries.put(delivery(3, NOW));
        records.ledgers.put(ledger(1));
        records.ledgers.put(ledger(3));
        records.meters.put(meter());
    };
    store.run(keys.clone(), write).await.expect("written");
    assert_eq!(store.forget(vec![ledger_key(1), ledger_key(9)]).await.expect("forgotten"), 5);
    let left = store.run(keys, |records| records.clone()).await.expect("read");
    for number in [1, 2] {
        assert!(left.challenges.find(&challenge_key(number)).is_none());
        assert!(left.deliveries.find(&challenge_key(number)).is_none());
    }
    assert!(left.ledgers.find(&ledger_key(1)).is_none());
    assert!(left.claims.find(&claim().key).is_some(), "a claim of a proof outlives its recipient's records");
    assert!(
        left.challenges.find(&challenge_key(3)).is_some()
            && left.deliveries.find(&challenge_key(3)).is_some()
    );
    assert!(left.ledgers.find(&ledger_key(3)).is_some() && left.meters.find(&meter().key).is_some());
}
