//! The port to the host's accounts: who has this e-mail address or phone number, and is it verified?
//!
//! # Implementing [`Accounts`]
//!
//! [`MemoryAccounts`] is the shortest implementation; `otp-diesel` has one on a table of its own. What counts:
//!
//! 1. **Canonical texts.** Recipients come in canonical spelling ([`Recipient::as_str`]); look them up as they are.
//! 2. **Marking decides.** A code opens an account when [`Accounts::mark_verified`] says that it changed something, and
//!    of calls at the same time exactly one may say so: one `UPDATE ... WHERE NOT verified`, and whether it met a row.
//! 3. **Durable before it returns.** "Account verified" is told to a person once `mark_verified` has returned.
//! 4. **An error decides nothing.** A database that cannot be read is an `Err`, never an account that is not there.
//!    After an error the same code may be tried again, see [`CheckRequest::discreet`](crate::CheckRequest::discreet).
//! 5. **Bounded.** A call waits for a bounded time, and takes as long for an account that is not there as for one
//!    that is: an indexed look-up does.
//!
//! The suite `otp_service::conformance::accounts` (feature `conformance`) checks an implementation against this page.

mod account;
mod memory;

use async_trait::async_trait;
use otp_core::{Recipient, Timestamp};

pub use self::{
    account::{Account, AccountId, InvalidAccountId, NewAccount},
    memory::MemoryAccounts,
};
use crate::store::Source;

/// The host's accounts. See the [module's documentation](self).
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account that has this e-mail address or phone number, verified or not.
    ///
    /// # Errors
    ///
    /// [`AccountsError`] when it cannot be read.
    async fn find(&self, recipient: &Recipient) -> Result<Option<Account>, AccountsError>;

    /// Records, durably, that the account's `recipient` was verified at this time. Verifying a phone number marks the
    /// number alone, verifying an address the address alone.
    ///
    /// `true` where this very call made the difference; `false` where the recipient was verified already or is the
    /// account's no longer.
    ///
    /// # Errors
    ///
    /// [`AccountsError`] when it is not known to be durable.
    async fn mark_verified(
        &self,
        account: &AccountId,
        recipient: &Recipient,
        at: Timestamp,
    ) -> Result<bool, AccountsError>;

    /// Adds an account, neither recipient verified. Hosts that register people elsewhere leave this out.
    ///
    /// # Errors
    ///
    /// [`RegisterError::AlreadyRegistered`] where an account has the address or the number; of calls at the same time
    /// exactly one succeeds.
    async fn register(&self, account: NewAccount) -> Result<Account, RegisterError> {
        let _ = account;
        Err(RegisterError::NotOffered)
    }
}

/// The accounts cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the accounts are unavailable")]
pub struct AccountsError(#[source] Source);

impl AccountsError {
    /// With its cause, which must not name a recipient: it is logged.
    pub fn new(source: impl Into<Source>) -> Self {
        Self(source.into())
    }
}

/// Why an account was not added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// An account has the e-mail address or the phone number.
    #[error("the e-mail address or phone number is already registered")]
    AlreadyRegistered,
    /// People are registered elsewhere.
    #[error("accounts are not registered here")]
    NotOffered,
    /// The accounts cannot be written.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
}
