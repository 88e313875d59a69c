//! Stores for tests that look at or break what goes to another store.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{Delivery, LedgerKey, Namespace, Timestamp};

use crate::{
    records::Keys,
    store::{Backlog, Claimed, Listed, Listing, Over, Retention, Step, Store, StoreError},
};

/// A store around another: every [`Store`] method goes to [`AroundStore::inner`], and a test puts its own in the place
/// of those it is about.
#[async_trait]
pub trait AroundStore: Send + Sync + 'static {
    /// The store within, or why there is none now.
    ///
    /// # Errors
    ///
    /// What every call is answered then.
    fn inner(&self) -> Result<Arc<dyn Store>, StoreError>;

    /// [`Store::apply`].
    ///
    /// # Errors
    ///
    /// Those of [`Store::apply`].
    async fn on_apply(&self, keys: Keys, step: Step) -> Result<(), StoreError> {
        self.inner()?.apply(keys, step).await
    }

    /// [`Store::claim`].
    ///
    /// # Errors
    ///
    /// Those of [`Store::claim`].
    async fn on_claim(
        &self,
        namespace: &Namespace,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.inner()?.claim(namespace, now, lease, limit).await
    }

    /// [`Store::is_partitioned`].
    fn is_apart(&self) -> bool {
        self.inner().is_ok_and(|inner| inner.is_partitioned())
    }
}

#[async_trait]
impl<S: AroundStore> Store for S {
    async fn apply(&self, keys: Keys, step: Step) -> Result<(), StoreError> {
        self.on_apply(keys, step).await
    }

    fn is_partitioned(&self) -> bool {
        self.is_apart()
    }

    async fn claim(
        &self,
        namespace: &Namespace,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.on_claim(namespace, now, lease, limit).await
    }

    async fn delivery_of(&self, sender: &str, reference: &str) -> Result<Option<Delivery>, StoreError> {
        self.inner()?.delivery_of(sender, reference).await
    }

    async fn list(&self, listing: Listing) -> Result<Vec<Listed>, StoreError> {
        self.inner()?.list(listing).await
    }

    async fn over(&self, retention: Retention, first: usize) -> Result<Over, StoreError> {
        self.inner()?.over(retention, first).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        self.inner()?.backlog(now).await
    }

    async fn purge(&self, retention: Retention, limit: usize) -> Result<usize, StoreError> {
        self.inner()?.purge(retention, limit).await
    }

    async fn forget(&self, ledgers: Vec<LedgerKey>) -> Result<usize, StoreError> {
        self.inner()?.forget(ledgers).await
    }
}
