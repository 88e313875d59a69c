//! What is SQLite's own.

use std::{thread, time::Duration};

use diesel::{
    Connection as _, QueryResult, QueryableByName, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _},
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::{BigInt, Text},
};
use otp_core::Timestamp;

use super::migrations::Failed;
use crate::database::{Cause, Failure};

pub(super) type Connection = diesel::SqliteConnection;

pub(super) const NAME: &str = "SQLite";
/// A transaction locks out every other that writes: look before one begins.
pub(super) const HAS_ONE_WRITER: bool = true;
pub(super) const BUSY_SPOILS: bool = false;
pub(super) const LOCKING: &str = "";
pub(super) const LOCKING_FREE: &str = "";
/// What [`otp_core::DeliveryState::is_settled`] denies. Word for word the condition of the index on due times: with
/// bound values instead, SQLite could not tell that the index fits.
pub(super) const UNSETTLED: &str = "state IN ('queued', 'sending')";
/// When what is unsettled is due, as the index has it.
pub(super) const DUE_AT: &str = "due_at";
/// Row by row: each statement's text is constant, so it is prepared once, and in the same process a round costs nothing.
pub(super) const KEYS_AT_ONCE: usize = 1;
/// Rows lie in the order in which they came, whatever their keys.
pub(super) const LIES_BY_KEY: bool = false;
/// Whether a statement can update some columns of a row.
pub(super) const UPDATES_COLUMNS: bool = true;

/// A plain BEGIN takes the write lock with the first write only, and then fails at once when somebody else wrote since
/// the first read, however long it may wait for locks.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// How long readers and migrations wait for a lock.
const PATIENCE: &str = "PRAGMA busy_timeout = 2000";
/// The writer waits a few short times and then asks again: SQLite's own waiting grows to a tenth of a second, and who
/// waits that long between two looks hardly ever finds a lock free that a busy neighbour takes again at once.
const WRITER_PATIENCE: &str = "PRAGMA busy_timeout = 8";
/// FULL: a commit is on the disk before it is answered. A log of 16 MB before it is copied back costs disk and saves
/// copying pages that change again and again.
const SETTINGS: &str =
    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000;
    PRAGMA journal_size_limit = 67108864";
/// Tries to switch to the write-ahead log, for which SQLite does not wait.
const SWITCHES: u32 = 40;

#[derive(QueryableByName)]
struct Mode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// A connection to the file at `path`, and the name of its journal mode, which should be "wal".
pub(super) fn connect(path: &str) -> Result<(Connection, String), Error> {
    // Only a name that begins with "file:" is more than a name.
    let name = if path.starts_with("file:") { format!("./{path}") } else { path.to_owned() };
    let mut connection =
        Connection::establish(&name).map_err(|error| Error::QueryBuilderError(error.into()))?;
    connection.batch_execute(PATIENCE)?;
    let mode = write_ahead(&mut connection)?;
    connection.batch_execute(SETTINGS)?;
    Ok((connection, mode))
}

/// Makes `connection` the writer's.
pub(super) fn make_writer(connection: &mut Connection, _: Duration) -> QueryResult<()> {
    connection.batch_execute(WRITER_PATIENCE)
}

/// Runs `work` while nobody else writes; what it changed is undone if it fails.
pub(super) fn migrating<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, Failed>,
) -> Result<T, Failed> {
    connection.immediate_transaction(work)
}

pub(super) fn classify(error: Error) -> Failure {
    let message = match &error {
        Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::ForeignKeyViolation,
            _,
        ) => return Failure::Refused(Cause::new(error)),
        Error::DatabaseError(_, information) => information.message(),
        Error::BrokenTransactionManager | Error::AlreadyInTransaction | Error::NotInTransaction => {
            return Failure::Lost(Cause::new(error));
        }
        _ => return Failure::Refused(Cause::new(error)),
    };
    // Diesel has no kinds for these.
    if message.contains("is locked") {
        return Failure::Busy;
    }
    let is_lost =
        ["disk I/O error", "unable to open database", "readonly database", "disk image is malformed"]
            .into_iter()
            .any(|sign| message.contains(sign));
    if is_lost { Failure::Lost(Cause::new(error)) } else { Failure::Refused(Cause::new(error)) }
}

/// Changes whenever another connection has committed, and with no commit of this one.
pub(super) fn version(connection: &mut Connection) -> QueryResult<Option<i64>> {
    let version: Version = sql_query("PRAGMA data_version").get_result(connection)?;
    Ok(Some(version.data_version))
}

/// The library's version: SQLite is built in.
pub(super) fn server(connection: &mut Connection) -> QueryResult<String> {
    let version: Word = sql_query("SELECT sqlite_version() AS word").get_result(connection)?;
    Ok(format!("{NAME} {}", version.word))
}

/// It has no clock but this machine's.
pub(super) const fn clock(_: &mut Connection) -> QueryResult<Option<Timestamp>> {
    Ok(None)
}

/// How many rows a table has; absent where there is no such table.
pub(super) fn count(connection: &mut Connection, table: &str) -> QueryResult<Option<u64>> {
    let known = sql_query("SELECT count(*) AS number FROM sqlite_schema WHERE type = 'table' AND name = ?")
        .bind::<Text, _>(table)
        .get_result::<Number>(connection)?;
    if known.number == 0 {
        return Ok(None);
    }
    let rows: Number = sql_query(format!("SELECT count(*) AS number FROM {table}")).get_result(connection)?;
    Ok(Some(rows.number.unsigned_abs()))
}

pub(super) fn begin(connection: &mut Connection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(connection, BEGIN)
}

pub(super) fn commit(connection: &mut Connection) -> QueryResult<()> {
    AnsiTransactionManager::commit_transaction(connection)
}

pub(super) fn rollback(connection: &mut Connection) -> QueryResult<()> {
    AnsiTransactionManager::rollback_transaction(connection)
}

fn write_ahead(connection: &mut Connection) -> QueryResult<String> {
    let mut tries = 0;
    loop {
        tries += 1;
        match sql_query("PRAGMA journal_mode = WAL").get_result::<Mode>(connection) {
            Ok(mode) => return Ok(mode.journal_mode),
            Err(Error::DatabaseError(_, information))
                if tries < SWITCHES && information.message().contains("is locked") =>
            {
                thread::sleep(Duration::from_millis(50));
            }
            Err(error) => return Err(error),
        }
    }
}
