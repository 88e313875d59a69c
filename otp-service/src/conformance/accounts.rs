//! The promises of [`Accounts`].

use std::sync::Arc;

use otp_core::{EmailAddress, PhoneNumber, Recipient, Timestamp};
use tokio::task::JoinSet;

use super::samples::NOW;
use crate::accounts::{Accounts, NewAccount, RegisterError};

const CALLERS: usize = 64;

/// Runs every test of [`Accounts`] that register people, each on accounts that `make` returns empty. Races run
/// `rounds` times.
///
/// Run it in a multi-threaded runtime, or races cannot happen.
///
/// # Panics
///
/// On the first promise that is broken, naming it.
pub async fn accounts<F>(rounds: usize, make: F)
where
    F: AsyncFn() -> Arc<dyn Accounts>,
{
    a_new_account_is_found_by_either_recipient(make().await).await;
    neither_recipient_is_registered_twice(make().await).await;
    each_recipient_is_marked_on_its_own_and_once(make().await).await;
    for _ in 0..rounds {
        one_of_many_registrations_succeeds(make().await).await;
        one_of_many_marks_makes_the_difference(make().await).await;
    }
}

fn new(email: &str, phone: &str) -> NewAccount {
    NewAccount {
        email: EmailAddress::parse(email).expect("an address"),
        phone: PhoneNumber::prescribed(phone).expect("a number"),
        first_name: "Ünï'\";--\u{1f511}".to_owned(),
        last_name: "Doe".to_owned(),
        created_at: NOW,
    }
}

fn recipients(account: &NewAccount) -> [Recipient; 2] {
    [account.email.clone().into(), account.phone.clone().into()]
}

fn later() -> Timestamp {
    NOW + std::time::Duration::from_secs(60)
}

async fn a_new_account_is_found_by_either_recipient(accounts: Arc<dyn Accounts>) {
    let (ada, bob) = (new("ada@example.com", "+14155550101"), new("bob@example.com", "+1234567890"));
    for recipient in recipients(&ada) {
        assert_eq!(accounts.find(&recipient).await.expect("read"), None, "nobody yet");
    }
    let registered = accounts.register(ada.clone()).await.expect("registered");
    let other = accounts.register(bob).await.expect("registered");
    assert_ne!(registered.id, other.id);
    assert_eq!(registered, ada.clone().with_id(registered.id.clone()), "as it was given, nothing verified");
    for recipient in recipients(&ada) {
        assert_eq!(accounts.find(&recipient).await.expect("read"), Some(registered.clone()));
    }
}

async fn neither_recipient_is_registered_twice(accounts: Arc<dyn Accounts>) {
    let first = accounts.register(new("ada@example.com", "+14155550101")).await.expect("registered");
    for (email, phone) in [
        ("ada@example.com", "+14155550101"),
        ("ada@example.com", "+14155550102"),
        ("eve@example.com", "+14155550101"),
    ] {
        let refused = accounts.register(new(email, phone)).await;
        assert!(matches!(refused, Err(RegisterError::AlreadyRegistered)), "{email} {phone}: {refused:?}");
    }
    let [email, _] = recipients(&new("ada@example.com", "+14155550101"));
    assert_eq!(accounts.find(&email).await.expect("read"), Some(first), "unchanged");
    let [_, other] = recipients(&new("ada@example.com", "+14155550102"));
    assert_eq!(accounts.find(&other).await.expect("read"), None, "nothing is left of a refused registration");
}

async fn each_recipient_is_marked_on_its_own_and_once(accounts: Arc<dyn Accounts>) {
    let (ada, bob) = (new("ada@example.com", "+14155550101"), new("bob@example.com", "+14155550102"));
    let account = accounts.register(ada.clone()).await.expect("registered");
    let other = accounts.register(bob.clone()).await.expect("registered");
    let ([email, phone], others) = (recipients(&ada), recipients(&bob));
    for recipient in &others {
        let marked = accounts.mark_verified(&account.id, recipient, later()).await.expect("answered");
        assert!(!marked, "another account's recipient");
    }
    for (recipient, states) in [(&phone, (false, true)), (&email, (true, true))] {
        assert!(accounts.mark_verified(&account.id, recipient, later()).await.expect("marked"));
        assert!(!accounts.mark_verified(&account.id, recipient, later()).await.expect("answered"), "once");
        let found = accounts.find(&email).await.expect("read").expect("an account");
        assert_eq!((found.is_email_verified, found.is_phone_verified), states);
        assert!(found.has_verified(recipient));
    }
    assert_eq!(accounts.find(&others[0]).await.expect("read"), Some(other), "the other account is as it was");
}

async fn one_of_many_registrations_succeeds(accounts: Arc<dyn Accounts>) {
    let register = |number: usize| {
        let accounts = Arc::clone(&accounts);
        let account = new("ada@example.com", &format!("+141555501{number:02}"));
        async move { accounts.register(account).await }
    };
    let found = (0..CALLERS).map(register).collect::<JoinSet<_>>().join_all().await;
    assert_eq!(found.iter().filter(|registered| registered.is_ok()).count(), 1, "{found:?}");
    let refused =
        found.iter().filter(|registered| matches!(registered, Err(RegisterError::AlreadyRegistered))).count();
    assert_eq!(refused, CALLERS - 1, "{found:?}");
}

async fn one_of_many_marks_makes_the_difference(accounts: Arc<dyn Accounts>) {
    let ada = new("ada@example.com", "+14155550101");
    let [email, _] = recipients(&ada);
    let id = accounts.register(ada).await.expect("registered").id;
    let mark = |_| {
        let (accounts, id, email) = (Arc::clone(&accounts), id.clone(), email.clone());
        async move { accounts.mark_verified(&id, &email, later()).await.expect("answered") }
    };
    let found = (0..CALLERS).map(mark).collect::<JoinSet<_>>().join_all().await;
    assert_eq!(found.iter().filter(|changed| **changed).count(), 1);
}
