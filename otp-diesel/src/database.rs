//! What the writers need of a database. Each backend implements it in `ops.rs`.

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

use diesel::{
    QueryResult,
    r2d2::R2D2Connection,
    result::{DeserializeFieldError, Error},
};
use otp_core::{Challenge, Claim, Delivery, Ledger, LedgerKey, Meter, Namespace, Reply, Timestamp};
use otp_service::{Backlog, Keys, Listed, Listing, Over, Record, Retention};

use crate::{overlay::Overlay, purged::Purged, rows::Unreadable};

/// A connection to a database.
pub(crate) trait Database: R2D2Connection + Send + 'static {
    /// Whether a transaction that may write locks out all others, so that it is better not begun for nothing.
    const HAS_ONE_WRITER: bool;
    /// Whether a statement that met a lock may leave the connection waiting for rows that never come: then it is given up.
    const BUSY_SPOILS: bool;
    /// Whether rows come with a [`Stamp`], so that a batch can do without locks until it writes.
    const HAS_STAMPS: bool;

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

    /// Reads the rows under `keys` into `overlay`. With `lock`, nobody else can change them until the transaction ends.
    /// Everybody locks tables in the order of [`Keys`], and the rows of a table in the order of their keys, which ascend:
    /// nobody waits in a circle.
    fn load(&mut self, keys: &Keys, lock: bool, overlay: &mut Overlay) -> QueryResult<()>;
    /// Makes all of `changes`, and returns the stamp of what was written. Where somebody else was quicker, in inserting
    /// what was missing or in changing what a stamp tells, the error is one that [`Database::classify`] calls
    /// [`Failure::Busy`].
    fn write(&mut self, changes: &Changes<'_>) -> QueryResult<Option<Stamp>>;

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

    /// Keys of the oldest rows of `table` that are over, in the order in which they lie. Nothing is locked.
    fn overdue(&mut self, table: Purged, retention: Retention, limit: usize) -> QueryResult<Vec<Vec<u8>>>;
    /// Deletes those rows of `table` under `keys` that are over and that nobody else has locked.
    fn purge(&mut self, table: Purged, retention: Retention, keys: &[Vec<u8>]) -> QueryResult<usize>;
    /// See [`Store::forget`](otp_service::Store::forget).
    fn forget(&mut self, ledgers: &[LedgerKey]) -> QueryResult<usize>;

    /// See [`Inspection`](crate::Inspection).
    fn inspect(&mut self) -> Result<crate::Inspection, Box<dyn StdError + Send + Sync>>;
}

/// What a query found, unless a row cannot be read.
pub(crate) type Readable<T> = Result<T, Unreadable>;

/// Differs from what it was once anybody has written a row since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(pub(crate) u32);

/// What is to be done, in every table.
#[derive(Debug, Default)]
pub(crate) struct Changes<'a> {
    pub(crate) challenges: Vec<Change<'a, Challenge>>,
    pub(crate) ledgers: Vec<Change<'a, Ledger>>,
    pub(crate) deliveries: Vec<Change<'a, Delivery>>,
    pub(crate) meters: Vec<Change<'a, Meter>>,
    pub(crate) replies: Vec<Change<'a, Reply>>,
    pub(crate) claims: Vec<Change<'a, Claim>>,
}

/// What is to be done to one row; lists of them are in the order of the keys. With a stamp, the row must still bear it.
#[derive(Debug)]
pub(crate) enum Change<'a, R: Record> {
    Insert {
        new: &'a R,
    },
    Update {
        old: &'a R,
        new: &'a R,
        stamp: Option<Stamp>,
    },
    Delete {
        old: &'a R,
        stamp: Option<Stamp>,
    },
    /// Nothing; but others were decided by what it holds.
    Keep {
        old: &'a R,
        stamp: Option<Stamp>,
    },
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
