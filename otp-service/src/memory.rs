//! The shortest correct store.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use otp_core::{Challenge, Claim, Delivery, Ledger, LedgerKey, Meter, Namespace, Reply, Timestamp};

use crate::{
    records::{Keys, Record, Records, Rows},
    store::{Backlog, Claimed, Listed, Listing, Over, Retention, Step, Store, StoreError},
};

type Table<R> = BTreeMap<<R as Record>::Key, R>;

#[derive(Debug, Default)]
struct Tables {
    challenges: Table<Challenge>,
    ledgers: Table<Ledger>,
    deliveries: Table<Delivery>,
    meters: Table<Meter>,
    replies: Table<Reply>,
    claims: Table<Claim>,
}

/// Keeps everything in memory: for tests and examples. A restart forgets budgets and locks, so it is no store for
/// production.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `work` on the tables. A panic inside leaves them as they were, since steps work on copies.
    fn with<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> T {
        work(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn apply(&self, keys: Keys, mut step: Step) -> Result<(), StoreError> {
        self.with(|tables| {
            let mut records = Records {
                challenges: load(&tables.challenges, &keys.challenges),
                ledgers: load(&tables.ledgers, &keys.ledgers),
                deliveries: load(&tables.deliveries, &keys.deliveries),
                meters: load(&tables.meters, &keys.meters),
                replies: load(&tables.replies, &keys.replies),
                claims: load(&tables.claims, &keys.claims),
            };
            catch_unwind(AssertUnwindSafe(|| step(&mut records)))
                .map_err(|_| StoreError::Step("it panicked".to_owned()))?;
            if let Some(kind) = records.misuse() {
                return Err(StoreError::Step(format!("it wrote a {kind} whose key it did not declare")));
            }
            save(&mut tables.challenges, &records.challenges);
            save(&mut tables.ledgers, &records.ledgers);
            save(&mut tables.deliveries, &records.deliveries);
            save(&mut tables.meters, &records.meters);
            save(&mut tables.replies, &records.replies);
            save(&mut tables.claims, &records.claims);
            Ok(())
        })
    }

    fn is_partitioned(&self) -> bool {
        false
    }

    async fn claim(
        &self,
        namespace: &Namespace,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.with(|tables| {
            let is_due = |delivery: &&Delivery| delivery.namespace == *namespace && delivery.is_due(now);
            let mut due: Vec<_> = tables.deliveries.values().filter(is_due).collect();
            due.sort_by_key(|delivery| delivery.due_at);
            let keys: Vec<_> = due.into_iter().take(limit).map(|delivery| delivery.challenge).collect();
            let mut claimed = Vec::with_capacity(keys.len());
            for key in keys {
                let Some(delivery) = tables.deliveries.get_mut(&key) else { continue };
                delivery.claim(now, lease);
                claimed.push(Claimed {
                    delivery: delivery.clone(),
                    challenge: tables.challenges.get(&key).cloned(),
                    ledger: tables.ledgers.get(&delivery.ledger).cloned(),
                });
            }
            Ok(claimed)
        })
    }

    async fn delivery_of(&self, sender: &str, reference: &str) -> Result<Option<Delivery>, StoreError> {
        self.with(|tables| {
            let is_it = |delivery: &&Delivery| {
                delivery.sender.as_deref() == Some(sender) && delivery.reference.as_deref() == Some(reference)
            };
            Ok(tables.deliveries.values().filter(is_it).max_by_key(|delivery| delivery.queued_at).cloned())
        })
    }

    async fn list(&self, listing: Listing) -> Result<Vec<Listed>, StoreError> {
        self.with(|tables| {
            let is_wanted = |challenge: &&Challenge| {
                listing.ledgers.as_ref().is_none_or(|ledgers| ledgers.contains(&challenge.ledger))
                    && listing.before.is_none_or(|before| challenge.created_at < before)
            };
            let mut found: Vec<_> = tables.challenges.values().filter(is_wanted).collect();
            found.sort_by_key(|challenge| std::cmp::Reverse(challenge.created_at));
            let listed = |challenge: &Challenge| Listed {
                delivery: tables.deliveries.get(&challenge.key).cloned(),
                challenge: challenge.clone(),
            };
            Ok(found.into_iter().take(listing.limit).map(listed).collect())
        })
    }

    async fn over(&self, retention: Retention, first: usize) -> Result<Over, StoreError> {
        self.with(|tables| {
            let is_over = |challenge: &&Challenge| challenge.expires_at < retention.before;
            let mut over: Vec<_> = tables.challenges.values().filter(is_over).collect();
            over.sort_by_key(|challenge| challenge.created_at);
            let challenges = over.len() as u64;
            Ok(Over { challenges, first: over.into_iter().take(first).cloned().collect() })
        })
    }

    async fn backlog(&self, _: Timestamp) -> Result<Backlog, StoreError> {
        self.with(|tables| {
            let waiting = || tables.deliveries.values().filter(|delivery| !delivery.state.is_settled());
            let oldest_due_at = waiting().map(|delivery| delivery.due_at).min();
            Ok(Backlog { waiting: waiting().count() as u64, oldest_due_at })
        })
    }

    async fn purge(&self, retention: Retention, limit: usize) -> Result<usize, StoreError> {
        self.with(|tables| {
            let mut left = limit;
            let before = retention.before;
            for key in drain(&mut tables.challenges, &mut left, |challenge| challenge.expires_at < before) {
                tables.deliveries.remove(&key);
            }
            drain(&mut tables.ledgers, &mut left, |ledger| ledger.is_purgeable(before));
            drain(&mut tables.meters, &mut left, |meter| meter.idle_at < retention.now);
            drain(&mut tables.replies, &mut left, |reply| reply.forget_at < retention.now);
            drain(&mut tables.claims, &mut left, |claim| claim.forget_at < retention.now);
            Ok(limit - left)
        })
    }

    async fn forget(&self, ledgers: Vec<LedgerKey>) -> Result<usize, StoreError> {
        self.with(|tables| {
            let mut left = usize::MAX;
            for key in
                drain(&mut tables.challenges, &mut left, |challenge| ledgers.contains(&challenge.ledger))
            {
                left -= usize::from(tables.deliveries.remove(&key).is_some());
            }
            drain(&mut tables.ledgers, &mut left, |ledger| ledgers.contains(&ledger.key));
            Ok(usize::MAX - left)
        })
    }
}

fn load<R: Record>(table: &Table<R>, keys: &[R::Key]) -> Rows<R> {
    Rows::load(keys, |key| table.get(key).cloned())
}

fn save<R: Record>(table: &mut Table<R>, rows: &Rows<R>) {
    for row in rows.changed() {
        match &row.record {
            Some(record) => table.insert(row.key, record.clone()),
            None => table.remove(&row.key),
        };
    }
}

/// Removes up to `left` records that `is_over` and returns their keys.
fn drain<R: Record>(table: &mut Table<R>, left: &mut usize, is_over: impl Fn(&R) -> bool) -> Vec<R::Key> {
    let over: Vec<_> = table.values().filter(|record| is_over(record)).map(Record::key).take(*left).collect();
    over.iter().for_each(|key| drop(table.remove(key)));
    *left -= over.len();
    over
}
