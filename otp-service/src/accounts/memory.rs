//! The shortest implementation.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use otp_core::{Recipient, Timestamp};

use super::{Account, AccountId, Accounts, AccountsError, NewAccount, RegisterError};

/// Keeps accounts in memory: for tests and examples.
///
/// ```
/// use otp_core::Timestamp;
/// use otp_service::{Accounts, MemoryAccounts, NewAccount};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let accounts = MemoryAccounts::new();
/// let email = otp_core::EmailAddress::parse("ada@example.com")?;
/// let account = accounts
///     .register(NewAccount {
///         email: email.clone(),
///         phone: otp_core::PhoneNumber::parse("+14155550123")?,
///         first_name: "Ada".to_owned(),
///         last_name: "Lovelace".to_owned(),
///         created_at: Timestamp::from_millis(1_800_000_000_000),
///     })
///     .await?;
/// assert!(accounts.mark_verified(&account.id, &email.into(), Timestamp::from_millis(1_800_000_060_000)).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemoryAccounts {
    accounts: Mutex<Vec<Account>>,
}

impl MemoryAccounts {
    /// No accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Account>) -> T) -> T {
        work(&mut self.accounts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Accounts for MemoryAccounts {
    async fn find(&self, recipient: &Recipient) -> Result<Option<Account>, AccountsError> {
        Ok(self.with(|accounts| accounts.iter().find(|account| has(account, recipient)).cloned()))
    }

    async fn mark_verified(
        &self,
        id: &AccountId,
        recipient: &Recipient,
        _: Timestamp,
    ) -> Result<bool, AccountsError> {
        Ok(self.with(|accounts| {
            let found = accounts.iter_mut().find(|account| account.id == *id && has(account, recipient));
            let Some(account) = found else { return false };
            let mark = match recipient {
                Recipient::Email(_) => &mut account.is_email_verified,
                Recipient::Phone(_) => &mut account.is_phone_verified,
            };
            !std::mem::replace(mark, true)
        }))
    }

    async fn register(&self, new: NewAccount) -> Result<Account, RegisterError> {
        let id = AccountId::generate(new.created_at).map_err(AccountsError::new)?;
        let recipients = [new.email.clone().into(), new.phone.clone().into()];
        self.with(|accounts| {
            if accounts.iter().any(|account| recipients.iter().any(|recipient| has(account, recipient))) {
                return Err(RegisterError::AlreadyRegistered);
            }
            let account = new.with_id(id);
            accounts.push(account.clone());
            Ok(account)
        })
    }
}

fn has(account: &Account, recipient: &Recipient) -> bool {
    match recipient {
        Recipient::Email(email) => account.email.as_ref() == Some(email),
        Recipient::Phone(phone) => account.phone.as_ref() == Some(phone),
    }
}
