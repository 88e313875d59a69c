//! The suite that every store must pass.

mod common;

use std::sync::{Arc, Mutex};

use otp_service::{Accounts, Store};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_promises_of_a_store() {
    let directories = Mutex::new(Vec::new());
    otp_service::conformance::store(2, async || {
        let directory = tempfile::tempdir().unwrap();
        let store = common::open(directory.path());
        directories.lock().unwrap().push(directory);
        Arc::new(store) as Arc<dyn Store>
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_promises_of_accounts() {
    let kept = Mutex::new(Vec::new());
    otp_service::conformance::accounts(2, async || {
        let directory = tempfile::tempdir().unwrap();
        let store = common::open(directory.path());
        let accounts = store.accounts();
        kept.lock().unwrap().push((directory, store));
        Arc::new(accounts) as Arc<dyn Accounts>
    })
    .await;
}

/// Every worker of actix-web is such a runtime, where waiting by blocking would panic.
#[tokio::test(flavor = "current_thread")]
async fn works_in_a_single_threaded_runtime() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    assert_eq!(store.backlog(common::NOW).await.unwrap().waiting, 0);
    assert!(store.claim(common::NOW, std::time::Duration::from_secs(1), 5).await.unwrap().is_empty());
    assert_eq!(store.forget(vec![common::ledger_key(1)]).await.unwrap(), 0);
}
