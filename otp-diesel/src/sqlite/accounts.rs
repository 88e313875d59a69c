//! [`SqliteAccounts`]: a small table of accounts.

use std::time::Duration;

use async_trait::async_trait;
use diesel::{
    ExpressionMethods as _, Insertable, OptionalExtension as _, QueryDsl as _, QueryResult, Queryable,
    RunQueryDsl as _, Selectable, SelectableHelper as _,
    result::{DatabaseErrorKind, Error},
};
use otp_core::{EmailAddress, PhoneNumber, Recipient, Timestamp};
use otp_service::{Account, AccountId, Accounts, AccountsError, NewAccount, RegisterError, StoreError};
use tokio::{runtime::Handle, time::timeout};

use super::dialect::{self, Connection};
use crate::{
    database::Failure,
    deadline::Deadline,
    pool::{Pool, pool},
    rows::{Reader, Unreadable},
};

diesel::table! {
    otp_accounts (account_id) {
        account_id -> Text,
        email -> Text,
        phone -> Text,
        first_name -> Text,
        last_name -> Text,
        email_verified_at -> Nullable<BigInt>,
        phone_verified_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

/// Accounts in the table `otp_accounts`, for hosts that keep none themselves. From
/// [`SqliteStore::accounts`](super::SqliteStore::accounts). A clone is another handle to the same table.
///
/// Each address and each number belongs to one account.
#[derive(Clone)]
pub struct SqliteAccounts {
    readers: Pool<Connection>,
    /// One connection: those who write wait for each other here rather than at the database's lock.
    writer: Pool<Connection>,
    deadline: Duration,
}

impl SqliteAccounts {
    /// Opens nothing yet.
    pub(super) fn new(name: String, readers: Pool<Connection>, deadline: Duration) -> Self {
        let writer = pool(1, move || {
            let mut connection = dialect::connect(&name)?.0;
            dialect::make_writer(&mut connection)?;
            Ok(connection)
        });
        Self { readers, writer, deadline }
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnMut(&mut Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, AccountsError> {
        self.run(&self.readers, query).await
    }

    async fn write<T: Send + 'static>(
        &self,
        statement: impl FnMut(&mut Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, AccountsError> {
        self.run(&self.writer, statement).await
    }

    async fn run<T: Send + 'static>(
        &self,
        pool: &Pool<Connection>,
        query: impl FnMut(&mut Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, AccountsError> {
        let (pool, deadline) = (pool.clone(), Deadline::after(self.deadline));
        let run = Handle::current().spawn_blocking(move || run(&pool, deadline, query));
        match timeout(self.deadline, run).await {
            Ok(Ok(found)) => found.map_err(AccountsError::new),
            Ok(Err(stopped)) => Err(AccountsError::new(stopped)),
            Err(_) => Err(AccountsError::new(StoreError::TimedOut)),
        }
    }
}

#[async_trait]
impl Accounts for SqliteAccounts {
    async fn find(&self, recipient: &Recipient) -> Result<Option<Account>, AccountsError> {
        let recipient = recipient.clone();
        let row = self.read(move |connection| find(connection, &recipient)).await?;
        row.map(Account::try_from).transpose().map_err(|row| AccountsError::new(StoreError::corrupt(row)))
    }

    async fn mark_verified(
        &self,
        account: &AccountId,
        recipient: &Recipient,
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        let (account, recipient) = (account.clone(), recipient.clone());
        self.write(move |connection| mark(connection, &account, &recipient, at)).await
    }

    async fn register(&self, new: NewAccount) -> Result<Account, RegisterError> {
        let id = AccountId::generate(new.created_at).map_err(AccountsError::new)?;
        let row = Row::new(&new, &id);
        let added = self.write(move |connection| insert(connection, &row)).await?;
        if added { Ok(new.with_id(id)) } else { Err(RegisterError::AlreadyRegistered) }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = otp_accounts, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    account_id: String,
    email: String,
    phone: String,
    first_name: String,
    last_name: String,
    email_verified_at: Option<i64>,
    phone_verified_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn new(account: &NewAccount, id: &AccountId) -> Self {
        Self {
            account_id: id.as_str().to_owned(),
            email: account.email.as_str().to_owned(),
            phone: account.phone.as_str().to_owned(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            email_verified_at: None,
            phone_verified_at: None,
            created_at: account.created_at.as_millis(),
        }
    }
}

impl TryFrom<Row> for Account {
    type Error = Unreadable;

    fn try_from(row: Row) -> Result<Self, Unreadable> {
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

fn find(connection: &mut Connection, recipient: &Recipient) -> QueryResult<Option<Row>> {
    let rows = otp_accounts::table.select(Row::as_select());
    match recipient {
        Recipient::Email(email) => rows.filter(otp_accounts::email.eq(email.as_str())).first(connection),
        Recipient::Phone(phone) => rows.filter(otp_accounts::phone.eq(phone.as_str())).first(connection),
    }
    .optional()
}

/// `false` where an account has the address or the number.
fn insert(connection: &mut Connection, row: &Row) -> QueryResult<bool> {
    match diesel::insert_into(otp_accounts::table).values(row).execute(connection) {
        Ok(_) => Ok(true),
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn mark(
    connection: &mut Connection,
    account: &AccountId,
    recipient: &Recipient,
    at: Timestamp,
) -> QueryResult<bool> {
    let row = diesel::update(otp_accounts::table.find(account.as_str()));
    let at = at.as_millis();
    let changed = match recipient {
        Recipient::Email(email) => row
            .filter(otp_accounts::email.eq(email.as_str()))
            .filter(otp_accounts::email_verified_at.is_null())
            .set(otp_accounts::email_verified_at.eq(at))
            .execute(connection),
        Recipient::Phone(phone) => row
            .filter(otp_accounts::phone.eq(phone.as_str()))
            .filter(otp_accounts::phone_verified_at.is_null())
            .set(otp_accounts::phone_verified_at.eq(at))
            .execute(connection),
    };
    changed.map(|rows| rows == 1)
}

/// Runs one statement, again while somebody else holds the lock, and once more with another connection where one is of
/// no use.
fn run<T>(
    pool: &Pool<Connection>,
    deadline: Deadline,
    mut query: impl FnMut(&mut Connection) -> QueryResult<T>,
) -> Result<T, StoreError> {
    let mut was_lost = false;
    loop {
        let mut slot = pool.get().map_err(StoreError::unavailable)?;
        let failure = loop {
            match query(&mut slot.connection).map_err(dialect::classify) {
                Ok(found) => return Ok(found),
                Err(Failure::Busy) if deadline.has_passed() => return Err(StoreError::TimedOut),
                Err(Failure::Busy) => {}
                Err(failure) => break failure,
            }
        };
        match failure {
            Failure::Lost(_) if !was_lost => {
                was_lost = true;
                slot.is_lost = true;
            }
            Failure::Lost(cause) | Failure::Refused(cause) | Failure::Final(cause) => {
                return Err(StoreError::unavailable(cause));
            }
            Failure::Busy => return Err(StoreError::TimedOut),
        }
    }
}

impl std::fmt::Debug for SqliteAccounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteAccounts").finish_non_exhaustive()
    }
}
