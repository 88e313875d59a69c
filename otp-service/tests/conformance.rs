//! The suites on the implementations of this crate.

use std::sync::Arc;

use otp_service::{DiscardSender, MemoryAccounts, MemoryStore, RecordingSender, conformance};

#[tokio::test(flavor = "multi_thread")]
async fn memory_store() {
    conformance::store(20, async || Arc::new(MemoryStore::new()) as _).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_accounts() {
    conformance::accounts(20, async || Arc::new(MemoryAccounts::new()) as _).await;
}

#[tokio::test]
async fn senders() {
    conformance::sender(Arc::new(DiscardSender)).await;
    conformance::sender(Arc::new(RecordingSender::default())).await;
}
