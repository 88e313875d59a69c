//! What operators look at.

use std::{sync::Arc, time::Duration};

use otp_core::{Challenge, ChallengeKey};

use super::samples::{NOW, challenge, challenge_key, delivery, ledger_key};
use crate::{
    records::{Keys, Records},
    store::{Listed, Listing, Retention, Store, StoreExt},
};

const SECOND: Duration = Duration::from_secs(1);

/// Challenges 1 to 5, the first the oldest; 1 and 2 under one ledger; 1 and 3 with a delivery.
async fn put(store: &Arc<dyn Store>) {
    let numbers = [1, 2, 3, 4, 5];
    let keys = numbers.map(challenge_key).to_vec();
    let keys = Keys { challenges: keys.clone(), deliveries: keys, ..Keys::default() };
    let write = move |records: &mut Records| {
        for number in numbers {
            let time = NOW + SECOND * u32::from(number);
            let ledger = ledger_key(number.max(2));
            let challenge = Challenge { created_at: time, expires_at: time, ledger, ..challenge(number) };
            records.challenges.put(challenge);
        }
        records.deliveries.put(delivery(1, NOW));
        records.deliveries.put(delivery(3, NOW));
    };
    store.run(keys, write).await.expect("written");
}

pub(super) async fn challenges_are_listed_newest_first(store: Arc<dyn Store>) {
    put(&store).await;
    let list = async |ledgers, before, limit| {
        let listed = store.list(Listing { ledgers, before, limit }).await.expect("read");
        listed.iter().map(|listed| listed.challenge.key).collect::<Vec<_>>()
    };
    let keys =
        |numbers: &[u8]| numbers.iter().map(|number| challenge_key(*number)).collect::<Vec<ChallengeKey>>();
    assert_eq!(list(None, None, 10).await, keys(&[5, 4, 3, 2, 1]));
    assert_eq!(list(None, None, 2).await, keys(&[5, 4]));
    assert_eq!(list(None, Some(NOW + 4 * SECOND), 2).await, keys(&[3, 2]), "reads on");
    assert_eq!(list(Some(vec![ledger_key(2), ledger_key(9)]), None, 10).await, keys(&[2, 1]));
    assert_eq!(list(Some(Vec::new()), None, 10).await, keys(&[]), "no ledger, no challenge");
    let listed = store.list(Listing { ledgers: None, before: None, limit: 10 }).await.expect("read");
    let with_delivery: Vec<&Listed> = listed.iter().filter(|listed| listed.delivery.is_some()).collect();
    assert_eq!(with_delivery.len(), 2);
    assert_eq!(with_delivery[0].delivery, Some(delivery(3, NOW)), "a challenge's own delivery");
}

pub(super) async fn what_a_purge_would_delete_is_counted(store: Arc<dyn Store>) {
    put(&store).await;
    let over = async |before, first| {
        let over = store.over(Retention { before, now: NOW }, first).await.expect("read");
        (over.challenges, over.first.iter().map(|challenge| challenge.key).collect::<Vec<_>>())
    };
    assert_eq!(over(NOW, 10).await, (0, Vec::new()));
    assert_eq!(over(NOW + 4 * SECOND, 2).await, (3, vec![challenge_key(1), challenge_key(2)]));
    assert_eq!(over(NOW + 9 * SECOND, 0).await, (5, Vec::new()));
}
