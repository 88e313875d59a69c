//! The suites that every store must pass.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may stop, wait and tell")]

mod common;

use std::sync::{Arc, Mutex};

use common::Database;
use otp_core::{EmailAddress, PhoneNumber, Recipient};
use otp_diesel::Options;
use otp_service::{NewAccount, Store};

common::on_every_database!(accounts_are_forgotten_by_either_recipient, works_in_a_single_threaded_runtime);

macro_rules! suites {
    ($backend:ident, $database:ty) => {
        mod $backend {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn keeps_the_promises_of_a_store() {
                keeps_them(Options::new()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn keeps_them_with_several_writers() {
                keeps_them(Options::new().writers(4)).await;
            }

            async fn keeps_them(options: Options) {
                if <$database>::create().is_none() {
                    return;
                }
                let kept = Mutex::new(Vec::new());
                otp_service::conformance::store(rounds(), async || {
                    let database = <$database>::create().unwrap();
                    // Races wait for each other on a machine with other things to do.
                    let options = options.clone().deadline(std::time::Duration::from_secs(20));
                    let store = database.open_with(options);
                    kept.lock().unwrap().push(database);
                    Arc::new(store) as Arc<dyn Store>
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn keeps_the_promises_of_accounts() {
                if <$database>::create().is_none() {
                    return;
                }
                let kept = Mutex::new(Vec::new());
                otp_service::conformance::accounts(rounds(), async || {
                    let database = <$database>::create().unwrap();
                    let options = Options::new().deadline(std::time::Duration::from_secs(20));
                    let store = database.open_with(options);
                    let accounts = <$database>::accounts(&store);
                    kept.lock().unwrap().push((database, store));
                    accounts
                })
                .await;
            }
        }
    };
}

#[cfg(feature = "sqlite")]
suites!(on_sqlite, common::Sqlite);
#[cfg(feature = "postgres")]
suites!(on_postgres, common::Postgres);
#[cfg(feature = "mysql")]
suites!(on_mysql, common::Mysql);

fn rounds() -> usize {
    std::env::var("OTP_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

async fn accounts_are_forgotten_by_either_recipient<D: Database>(database: D) {
    let store = database.open();
    let accounts = D::accounts(&store);
    let new = |email: &str, phone: &str| NewAccount {
        email: EmailAddress::parse(email).unwrap(),
        phone: PhoneNumber::prescribed(phone).unwrap(),
        first_name: "Ada".to_owned(),
        last_name: "Lovelace".to_owned(),
        created_at: common::NOW,
    };
    let (ada, bob) = (new("ada@example.com", "+14155550101"), new("bob@example.com", "+14155550102"));
    for account in [&ada, &bob] {
        accounts.register(account.clone()).await.unwrap();
    }
    let [email, phone]: [Recipient; 2] = [ada.email.into(), bob.phone.into()];
    assert_eq!(D::forget_account(&store, &email).await, 1);
    assert_eq!(D::forget_account(&store, &email).await, 0);
    assert!(accounts.find(&email).await.unwrap().is_none());
    assert!(accounts.find(&phone).await.unwrap().is_some(), "the other account stays");
    assert_eq!(D::forget_account(&store, &phone).await, 1);
}

/// Every worker of actix-web is such a runtime, where waiting by blocking would panic.
async fn works_in_a_single_threaded_runtime<D: Database>(database: D) {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = database.open();
            assert_eq!(store.backlog(common::NOW).await.unwrap().waiting, 0);
            let lease = std::time::Duration::from_secs(1);
            let namespace = otp_core::Namespace::default();
            assert!(store.claim(&namespace, common::NOW, lease, 5).await.unwrap().is_empty());
            assert_eq!(store.forget(vec![common::ledger_key(1)]).await.unwrap(), 0);
            let email = Recipient::parse("ada@example.com").unwrap();
            assert!(D::accounts(&store).find(&email).await.unwrap().is_none());
        });
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}
