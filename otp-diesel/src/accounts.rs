//! What the tables of accounts have in common.

use std::time::Duration;

use diesel::{Insertable, QueryResult, Queryable};
use otp_core::{EmailAddress, PhoneNumber, Recipient, Timestamp};
use otp_service::{Account, AccountId, AccountsError, NewAccount, RegisterError, StoreError};
use tokio::{runtime::Handle, time::timeout};

use crate::{
    Options,
    database::Database,
    deadline::Deadline,
    pool::Pool,
    reader,
    rows::{Reader, Unreadable},
    schema::otp_accounts,
};

/// The queries, which each backend implements in `account_ops.rs`.
pub(crate) trait AccountRows: Database {
    fn find(&mut self, recipient: &Recipient) -> QueryResult<Option<AccountRow>>;
    /// `false` where an account has the address or the number.
    fn insert(&mut self, row: &AccountRow) -> QueryResult<bool>;
    /// Whether it made the difference.
    fn mark(&mut self, account: &str, recipient: &Recipient, at: Timestamp) -> QueryResult<bool>;
    /// How many accounts.
    fn forget_account(&mut self, recipient: &Recipient) -> QueryResult<usize>;
}

/// The table `otp_accounts` of one database.
pub(crate) struct AccountTable<C: AccountRows> {
    readers: Pool<C>,
    /// For one writer, one connection: those who write wait for each other here rather than at the database's lock.
    writers: Pool<C>,
    deadline: Duration,
}

impl<C: AccountRows> AccountTable<C> {
    /// Opens nothing yet.
    pub(crate) fn new(
        readers: Pool<C>,
        options: &Options,
        open: impl Fn() -> QueryResult<C> + Send + Sync + 'static,
    ) -> Self {
        let (deadline, size) = (options.deadline, if C::HAS_ONE_WRITER { 1 } else { options.readers });
        let writers = Pool::new(size, move || {
            let mut connection = open()?;
            connection.make_writer(deadline)?;
            Ok(connection)
        });
        Self { readers, writers, deadline }
    }

    pub(crate) async fn find(&self, recipient: &Recipient) -> Result<Option<Account>, AccountsError> {
        let (readers, until, recipient) = (self.readers.clone(), self.until(), recipient.clone());
        let row =
            self.run(move || reader::read(&readers, until, |database| database.find(&recipient))).await?;
        row.map(Account::try_from).transpose().map_err(|row| AccountsError::new(StoreError::corrupt(row)))
    }

    pub(crate) async fn mark_verified(
        &self,
        account: &AccountId,
        recipient: &Recipient,
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        let (account, recipient) = (account.clone(), recipient.clone());
        self.write(move |database| database.mark(account.as_str(), &recipient, at)).await
    }

    pub(crate) async fn register(&self, new: NewAccount) -> Result<Account, RegisterError> {
        let id = AccountId::generate(new.created_at).map_err(AccountsError::new)?;
        let row = AccountRow::new(&new, &id);
        let added = self.write(move |database| database.insert(&row)).await?;
        if added { Ok(new.with_id(id)) } else { Err(RegisterError::AlreadyRegistered) }
    }

    pub(crate) async fn forget(&self, recipient: &Recipient) -> Result<usize, AccountsError> {
        let recipient = recipient.clone();
        self.write(move |database| database.forget_account(&recipient)).await
    }

    async fn write<T: Send + 'static>(
        &self,
        statement: impl FnMut(&mut C) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, AccountsError> {
        let (writers, until) = (self.writers.clone(), self.until());
        self.run(move || reader::write(&writers, until, statement)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AccountsError> {
        match timeout(self.deadline, Handle::current().spawn_blocking(work)).await {
            Ok(Ok(found)) => found.map_err(AccountsError::new),
            Ok(Err(stopped)) => Err(AccountsError::new(stopped)),
            Err(_) => Err(AccountsError::new(StoreError::TimedOut)),
        }
    }

    fn until(&self) -> Deadline {
        Deadline::after(self.deadline)
    }
}

impl<C: AccountRows> Clone for AccountTable<C> {
    fn clone(&self) -> Self {
        Self { readers: self.readers.clone(), writers: self.writers.clone(), deadline: self.deadline }
    }
}

/// An account as a row.
#[derive(Queryable, Insertable)]
#[diesel(table_name = otp_accounts)]
pub(crate) struct AccountRow {
    account_id: String,
    email: String,
    phone: String,
    first_name: String,
    last_name: String,
    email_verified_at: Option<i64>,
    phone_verified_at: Option<i64>,
    created_at: i64,
}

impl AccountRow {
    fn new(account: &NewAccount, id: &AccountId) -> Self {
        // No database but SQLite keeps NUL everywhere, and no name has one.
        let name = |name: &str| name.replace('\0', "");
        Self {
            account_id: id.as_str().to_owned(),
            email: account.email.as_str().to_owned(),
            phone: account.phone.as_str().to_owned(),
            first_name: name(&account.first_name),
            last_name: name(&account.last_name),
            email_verified_at: None,
            phone_verified_at: None,
            created_at: account.created_at.as_millis(),
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = Unreadable;

    fn try_from(row: AccountRow) -> Result<Self, Unreadable> {
        let reader = Reader("otp_accounts");
        Ok(Self {
            id: reader.parsed("account_id", AccountId::new(&row.account_id))?,
            email: Some(reader.parsed("email", EmailAddress::from_canonical(&row.email))?),
            phone: Some(reader.parsed("phone", PhoneNumber::from_canonical(&row.phone))?),
            first_name: row.first_name,
            last_name: row.last_name,
            is_email_verified: row.email_verified_at.is_some(),
            is_phone_verified: row.phone_verified_at.is_some(),
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// The port, and what is the same for every type that has a `table`.
macro_rules! accounts {
    ($accounts:ident) => {
        impl $accounts {
            /// Deletes the account that has this e-mail address or phone number, and returns how many there were: with
            /// [`Verifier::forget`](otp_service::Verifier::forget), nothing about the recipient is left.
            ///
            /// # Errors
            ///
            /// [`AccountsError`](otp_service::AccountsError) when it is not known to be durable.
            pub async fn forget(
                &self,
                recipient: &otp_core::Recipient,
            ) -> Result<usize, otp_service::AccountsError> {
                self.table.forget(recipient).await
            }
        }

        #[async_trait::async_trait]
        impl otp_service::Accounts for $accounts {
            async fn find(
                &self,
                recipient: &otp_core::Recipient,
            ) -> Result<Option<otp_service::Account>, otp_service::AccountsError> {
                self.table.find(recipient).await
            }

            async fn mark_verified(
                &self,
                account: &otp_service::AccountId,
                recipient: &otp_core::Recipient,
                at: otp_core::Timestamp,
            ) -> Result<bool, otp_service::AccountsError> {
                self.table.mark_verified(account, recipient, at).await
            }

            async fn register(
                &self,
                new: otp_service::NewAccount,
            ) -> Result<otp_service::Account, otp_service::RegisterError> {
                self.table.register(new).await
            }
        }

        impl std::fmt::Debug for $accounts {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($accounts)).finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use accounts;
