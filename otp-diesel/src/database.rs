//! What the writers need of a database. Each backend implements it in `ops.rs`.

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

use diesel::{
    QueryResult,
    r2d2::R2D2Connection,
    result::{DeserializeFieldError, Error},
};
use otp_core::{Challenge, Claim, Delivery, Ledger, LedgerKey, Meter, Namespace, Reply, Timestamp};
use otp_service::{Backlog, Listed, Listing, Over, Record, Retention};

use crate::rows::Unreadable;

/// A connection to a database.
pub(crate) trait Database:
    Table<Challenge>
    + Table<Ledger>
    + Table<Delivery>
    + Table<Meter>
    + Table<Reply>
    + Table<Claim>
    + R2D2Connection
    + Send
    + 'static
{
    /// Whether a transaction that may write locks out all others, so that it is better not begun for nothing.
    const HAS_ONE_WRITER: bool;
    /// Whether a statement that met a lock may leave the connection waiting for rows that never come: then it is given up.
    const BUSY_SPOILS: bool;

    /// What an error means for what is to be done next.
    fn classify(error: Error) -> Failure;

    /// Makes this connection a writer's, whose statements end after `patience` where the database can see to that.
    fn make_writer(&mut self, patience: Duration) -> QueryResult<()>;

    /// Begins a transaction that may write, whatever else is going on.
    fn begin(&mut self) -> QueryResult<()>;
    fn commit(&mut self) -> QueryResult<()>;
    fn rollback(&mut self) -> QueryResult<()>;

    /// Inside a transaction: a number that differs once anybody else has written since it was last asked for; absent
    /// where the database has none. Rows read under the same number are still as they were.
    fn version(&mut self) -> QueryResult<Option<i64>>;

    /// Whether any delivery is due.
    fn has_due(&mut self, namespace: &Namespace, now: Timestamp) -> QueryResult<bool>;
    /// Keys of deliveries that are due, oldest due time first, without those that somebody else has locked.
    fn due(&mut self, namespace: &Namespace, now: Timestamp, limit: usize) -> QueryResult<Vec<Vec<u8>>>;
    /// Makes a delivery due later, whatever else its row holds.
    fn postpone(&mut self, key: &[u8], lease: Duration, now: Timestamp) -> QueryResult<()>;

    /// See [`Store::delivery_of`](otp_service::Store::delivery_of).
    fn delivery_of(&mut self, sender: &str, reference: &str) -> QueryResult<Readable<Option<Delivery>>>;
    /// See [`Store::list`](otp_service::Store::list).
    fn list(&mut self, listing: &Listing) -> QueryResult<Readable<Vec<Listed>>>;
    /// See [`Store::over`](otp_service::Store::over).
    fn over(&mut self, retention: Retention, first: usize) -> QueryResult<Readable<Over>>;
    /// See [`Store::backlog`](otp_service::Store::backlog).
    fn backlog(&mut self) -> QueryResult<Backlog>;

    /// See [`Store::purge`](otp_service::Store::purge).
    fn purge(&mut self, retention: Retention, limit: usize) -> QueryResult<usize>;
    /// See [`Store::forget`](otp_service::Store::forget).
    fn forget(&mut self, ledgers: &[LedgerKey]) -> QueryResult<usize>;

    /// See [`Inspection`](crate::Inspection).
    fn inspect(&mut self) -> Result<crate::Inspection, Box<dyn StdError + Send + Sync>>;
}

/// What a query found, unless a row cannot be read.
pub(crate) type Readable<T> = Result<T, Unreadable>;

/// The rows of one kind of record. Many at a time, so that a server database can do it in one round.
pub(crate) trait Table<R: Record> {
    /// Reads the rows under `keys`, which ascend; with `lock`, nobody else can change them until the transaction ends.
    /// Tells `found` about those there are.
    fn load(
        &mut self,
        keys: &[R::Key],
        lock: bool,
        found: impl FnMut(R::Key, Result<R, Unreadable>),
    ) -> QueryResult<()>;

    /// Writes `changes`, whose keys ascend, to rows that were locked. Where somebody else has inserted a row that was
    /// missing, the error is one that [`Database::classify`] calls [`Failure::Busy`].
    fn write(&mut self, changes: &[Change<'_, R>]) -> QueryResult<()>;
}

/// One row to write.
#[derive(Debug)]
pub(crate) enum Change<'a, R: Record> {
    Insert(&'a R),
    Update { old: &'a R, new: &'a R },
    Delete(R::Key),
}

/// What an error means for what is to be done next.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Somebody else holds a lock, or was quicker: the same again.
    Busy,
    /// The connection is of no use: the same again with another.
    Lost(Cause),
    /// A statement was refused, perhaps because of one job among others.
    Refused(Cause),
    /// Nobody knows whether the commit succeeded, or there is no connection: not again.
    Final(Cause),
}

/// An error that many callers are told.
#[derive(Debug, Clone)]
pub(crate) struct Cause(Arc<dyn StdError + Send + Sync>);

impl Cause {
    pub(crate) fn new(error: impl StdError + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// Tells a row that cannot be read from a database that cannot be read.
pub(crate) fn read_row<Row, R>(
    table: &'static str,
    row: QueryResult<Row>,
) -> QueryResult<Option<Result<R, Unreadable>>>
where
    R: TryFrom<Row, Error = Unreadable>,
{
    match row {
        Ok(row) => Ok(Some(R::try_from(row))),
        Err(Error::NotFound) => Ok(None),
        Err(error) => unreadable(table, error).map(|unreadable| Some(Err(unreadable))),
    }
}

/// The column that an error is about, unless it is about something else.
pub(crate) fn unreadable(table: &'static str, error: Error) -> QueryResult<Unreadable> {
    match error {
        Error::DeserializationError(error) => {
            let column =
                error.downcast_ref::<DeserializeFieldError>().and_then(|error| error.field_name.clone());
            Ok(Unreadable { table, column: column.map_or(Cow::Borrowed("unknown"), Cow::Owned) })
        }
        error => Err(error),
    }
}
