//! Claiming deliveries.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use otp_core::{Delivery, DeliveryState, Namespace};
use tokio::task::JoinSet;

use super::samples::{NOW, challenge, challenge_key, delivery, ledger, namespace};
use crate::{
    records::{Keys, Records},
    store::{Store, StoreExt},
};

const LEASE: Duration = Duration::from_secs(30);

async fn put(store: &Arc<dyn Store>, rows: Vec<Delivery>) {
    let keys = Keys { deliveries: rows.iter().map(|row| row.challenge).collect(), ..Keys::default() };
    let write = move |records: &mut Records| rows.iter().for_each(|row| records.deliveries.put(row.clone()));
    store.run(keys, write).await.expect("written");
}

pub(super) async fn due_deliveries_are_claimed_in_order(store: Arc<dyn Store>) {
    let second = Duration::from_secs(1);
    let late = delivery(1, NOW - second);
    let later = delivery(2, NOW - 2 * second);
    let future = delivery(3, NOW + second);
    let settled: Vec<_> =
        [DeliveryState::Sent, DeliveryState::Delivered, DeliveryState::Failed, DeliveryState::Abandoned]
            .into_iter()
            .zip(4..)
            .map(|(state, number)| Delivery { state, ..delivery(number, NOW - second) })
            .collect();
    put(&store, [vec![late.clone(), later.clone(), future], settled].concat()).await;
    let keys = Keys { challenges: vec![challenge_key(2)], ledgers: vec![later.ledger], ..Keys::default() };
    let with_its_records = |records: &mut Records| {
        records.challenges.put(challenge(2));
        records.ledgers.put(ledger(2));
    };
    store.run(keys, with_its_records).await.expect("written");

    let claimed = store.claim(&namespace(), NOW, LEASE, 1).await.expect("claimed");
    assert_eq!(claimed.len(), 1, "no more than the limit");
    let mut expected = later;
    expected.claim(NOW, LEASE);
    assert_eq!(claimed[0].delivery, expected, "the longest due first, as Delivery::claim leaves it");
    assert_eq!(claimed[0].challenge, Some(challenge(2)));
    assert_eq!(claimed[0].ledger, Some(ledger(2)));
    let rest = store.claim(&namespace(), NOW, LEASE, 10).await.expect("claimed");
    let rest: Vec<_> = rest.into_iter().map(|claimed| claimed.delivery.challenge).collect();
    assert_eq!(rest, [late.challenge], "nothing that is settled or not due");
}

pub(super) async fn a_lease_keeps_others_away_until_it_ends(store: Arc<dyn Store>) {
    put(&store, vec![delivery(1, NOW)]).await;
    assert_eq!(store.claim(&namespace(), NOW, LEASE, 10).await.expect("claimed").len(), 1);
    let just_before = NOW + LEASE - Duration::from_millis(1);
    assert_eq!(store.claim(&namespace(), just_before, LEASE, 10).await.expect("claimed").len(), 0);
    let again = store.claim(&namespace(), NOW + LEASE, LEASE, 10).await.expect("claimed");
    assert_eq!(again.len(), 1, "a worker that died loses its lease");
    assert_eq!(again[0].delivery.unknown_tries, delivery(1, NOW).unknown_tries + 1);
}

pub(super) async fn each_delivery_goes_to_one_claimer(store: Arc<dyn Store>) {
    put(&store, (0..100).map(|number| delivery(number, NOW)).collect()).await;
    let mut claimers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        claimers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = store.claim(&namespace(), NOW, LEASE, 7).await.expect("claimed");
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|claimed| claimed.delivery.challenge));
            }
        });
    }
    let all = claimers.join_all().await.concat();
    assert_eq!(all.len(), 100, "none left behind, none twice");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 100);
}

pub(super) async fn each_namespace_has_its_own_queue(store: Arc<dyn Store>) {
    let other = Namespace::new("tenant-2").expect("a legal name");
    let theirs = Delivery { namespace: other.clone(), ..delivery(2, NOW) };
    put(&store, vec![delivery(1, NOW), theirs.clone()]).await;
    let claimed = async |namespace: &Namespace| {
        let claimed = store.claim(namespace, NOW, LEASE, 10).await.expect("claimed");
        claimed.into_iter().map(|claimed| claimed.delivery.challenge).collect::<Vec<_>>()
    };
    assert_eq!(claimed(&Namespace::default()).await, []);
    assert_eq!(claimed(&other).await, [theirs.challenge]);
    assert_eq!(claimed(&namespace()).await, [challenge_key(1)]);
}

pub(super) async fn a_delivery_is_found_by_its_reference(store: Arc<dyn Store>) {
    let named = |number, sender: &str, reference: &str| Delivery {
        sender: Some(sender.to_owned()),
        reference: Some(reference.to_owned()),
        ..delivery(number, NOW)
    };
    let nameless = Delivery { sender: None, reference: None, ..delivery(4, NOW) };
    put(&store, vec![named(1, "a", "1"), named(2, "b", "1"), named(3, "a", "2"), nameless]).await;
    for (sender, reference, number) in
        [("a", "1", Some(1)), ("b", "1", Some(2)), ("b", "2", None), ("", "", None)]
    {
        let found = store.delivery_of(sender, reference).await.expect("read");
        let key = found.map(|delivery| delivery.challenge);
        assert_eq!(key, number.map(challenge_key), "{sender} {reference}");
    }
}

pub(super) async fn the_backlog_is_counted(store: Arc<dyn Store>) {
    assert_eq!(store.backlog(NOW).await.expect("read"), crate::Backlog::default());
    let first = NOW - Duration::from_secs(5);
    let sent = Delivery { state: DeliveryState::Sent, ..delivery(3, NOW - Duration::from_secs(9)) };
    put(&store, vec![delivery(1, NOW), delivery(2, first), sent]).await;
    let backlog = store.backlog(NOW).await.expect("read");
    assert_eq!((backlog.waiting, backlog.oldest_due_at), (2, Some(first)));
}
