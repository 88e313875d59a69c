//! What operators do: look, clean up, send to many.

use std::sync::Arc;

use otp_core::{Purpose, Recipient};
use tokio::{sync::Semaphore, task::JoinSet};

use super::{Session, StartError, StartRequest, Verifier};
use crate::store::{Listed, Listing, Over, Retention, StoreError};

/// Starts in progress at a time in [`Verifier::start_all`].
const AT_A_TIME: usize = 64;
/// Records deleted in one call. How many of them at a time, so that no request waits, is the store's to see to.
const BATCH: usize = 10_000;

impl Verifier {
    /// [`Verifier::start`] for many recipients, some at a time. The results are in the order of the requests: one that
    /// is refused or fails stops none of the others.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use otp_core::{Channel, Keyring, Recipient};
    /// # use otp_service::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let keyring = Keyring::new([("k1".parse()?, random_bytes::<32>()?.to_vec())])?;
    /// # let routes = Routes::default().with(Channel::Sms, Arc::new(DiscardSender));
    /// # let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring).routes(routes).build()?;
    /// let recipients = ["+14155550123", "+442071838750"].map(Recipient::parse);
    /// let requests = recipients.into_iter().flatten().map(StartRequest::new);
    /// let sessions = verifier.start_all(requests).await;
    /// assert!(sessions.iter().all(Result::is_ok));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start_all(
        &self,
        requests: impl IntoIterator<Item = StartRequest>,
    ) -> Vec<Result<Session, StartError>> {
        let places = Arc::new(Semaphore::new(AT_A_TIME));
        let mut starts = JoinSet::new();
        let mut results = Vec::new();
        for (number, request) in requests.into_iter().enumerate() {
            results.push(None);
            let place = Arc::clone(&places).acquire_owned().await;
            let verifier = self.clone();
            starts.spawn(async move {
                let _place = place;
                (number, verifier.start(request).await)
            });
        }
        while let Some(started) = starts.join_next().await {
            if let Ok((number, result)) = started {
                results[number] = Some(result);
            }
        }
        let panicked = || Err(StartError::Store(StoreError::Step("a start panicked".to_owned())));
        results.into_iter().map(|result| result.unwrap_or_else(panicked)).collect()
    }

    /// This namespace's challenges with their messages, newest first: of `recipient` for any of `purposes` where one is given, else all.
    /// `before` is the [`created_at`](otp_core::Challenge::created_at) of the last one seen, to read on.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when they cannot be read.
    pub async fn list(
        &self,
        recipient: Option<(&Recipient, &[Purpose])>,
        before: Option<otp_core::Timestamp>,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let inner = &self.inner;
        let ledgers = recipient.map(|(recipient, purposes)| {
            let of = |purpose| inner.keyring.ledger_keys(&inner.namespace, purpose, recipient);
            purposes.iter().flat_map(of).collect()
        });
        let (mut found, mut before) = (Vec::new(), before);
        loop {
            let page = inner.store.list(Listing { ledgers: ledgers.clone(), before, limit }).await?;
            let is_last = page.len() < limit;
            before = page.last().map(|listed| listed.challenge.created_at);
            found.extend(page.into_iter().filter(|listed| listed.challenge.namespace == inner.namespace));
            if is_last || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }

    /// What [`Verifier::clean_up`] would delete: how many challenges, and the `first` of them, of every namespace in the
    /// store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when they cannot be read.
    pub async fn over(&self, retention: Retention, first: usize) -> Result<Over, StoreError> {
        self.inner.store.over(retention, first).await
    }

    /// Deletes records that are over, of every namespace in the store, in batches that let requests through, and tells `progress` how many were deleted
    /// so far after each.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; some are deleted then, and another call goes on.
    pub async fn clean_up(
        &self,
        retention: Retention,
        mut progress: impl FnMut(usize),
    ) -> Result<usize, StoreError> {
        let mut deleted = 0;
        loop {
            let batch = self.inner.store.purge(retention, BATCH).await?;
            deleted += batch;
            progress(deleted);
            if batch < BATCH {
                return Ok(deleted);
            }
            tokio::task::yield_now().await;
        }
    }
}
