//! One queue, many workers that may send for one tenant only.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use otp_core::{LedgerKey, Namespace, Timestamp};
use otp_service::{Backlog, Claimed, Keys, Retention, Step, Store, StoreError};

/// The store that all tenants share.
///
/// A worker renders and sends with what its verifier has, but a store hands it whatever is due, other tenants' messages
/// included. So each tenant's view of the store ([`SortedStore::of`]) keeps its own and lays the others' aside, under
/// the lease they were taken with, until their worker asks: at once if it was just woken, else within half a second.
pub(crate) struct SortedStore {
    store: Arc<dyn Store>,
    aside: Arc<Mutex<Vec<Claimed>>>,
}

/// The shared store, as one tenant's verifier and worker see it.
pub(crate) struct TenantStore {
    tenant: Namespace,
    store: Arc<dyn Store>,
    aside: Arc<Mutex<Vec<Claimed>>>,
}

impl SortedStore {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, aside: Arc::default() }
    }

    pub(crate) fn of(&self, tenant: &Namespace) -> TenantStore {
        TenantStore { tenant: tenant.clone(), store: Arc::clone(&self.store), aside: Arc::clone(&self.aside) }
    }
}

impl TenantStore {
    fn is_mine(&self, claimed: &Claimed) -> bool {
        // What belongs to no challenge any more is given up by whoever meets it.
        claimed.challenge.as_ref().is_none_or(|challenge| challenge.namespace == self.tenant)
    }
}

#[async_trait]
impl Store for TenantStore {
    async fn claim(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Claimed>, StoreError> {
        let claimed = self.store.claim(now, lease, limit).await?;
        let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.retain(|claimed| claimed.delivery.due_at > now); // else the lease is over, and it is in the queue again
        aside.extend(claimed);
        Ok(aside.extract_if(.., |claimed| self.is_mine(claimed)).take(limit).collect())
    }

    // Everything else is the shared store's: its keys are hashes of namespaces among others, and never meet.

    async fn apply(&self, keys: Keys, step: Step) -> Result<(), StoreError> {
        self.store.apply(keys, step).await
    }

    fn is_partitioned(&self) -> bool {
        self.store.is_partitioned()
    }

    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        self.store.backlog(now).await
    }

    async fn purge(&self, retention: Retention, limit: usize) -> Result<usize, StoreError> {
        self.store.purge(retention, limit).await
    }

    async fn forget(&self, ledgers: Vec<LedgerKey>) -> Result<usize, StoreError> {
        self.store.forget(ledgers).await
    }
}
