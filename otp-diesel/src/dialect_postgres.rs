//! What is PostgreSQL's own.

use std::time::Duration;

use diesel::{
    Connection as _, QueryResult, QueryableByName, RunQueryDsl as _,
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _},
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::{BigInt, Text},
};
use otp_core::Timestamp;

use super::migrations::Failed;
use crate::{
    database::{Cause, Failure},
    server::redacted,
};

pub(super) type Connection = diesel::PgConnection;

pub(super) const NAME: &str = "PostgreSQL";
/// Many transactions write at once, so that a look before one begins saves nobody a wait.
pub(super) const HAS_ONE_WRITER: bool = false;
pub(super) const BUSY_SPOILS: bool = false;
pub(super) const LOCKING: &str = " FOR UPDATE";
pub(super) const LOCKING_FREE: &str = " FOR UPDATE SKIP LOCKED";
/// What [`otp_core::DeliveryState::is_settled`] denies, word for word the condition of the index.
pub(super) const UNSETTLED: &str = "state IN ('queued', 'sending')";
/// When what is unsettled is due, as the index has it.
pub(super) const DUE_AT: &str = "due_at";
/// Keys of one statement.
pub(super) const KEYS_AT_ONCE: usize = 4096;
/// Rows lie in the order in which they came, whatever their keys.
pub(super) const LIES_BY_KEY: bool = false;

/// Statements find rows by index, each row for itself, whatever is known of a table's size: a plan made for a table that
/// was still empty would read all of it, and is kept. So plans are made once. Waiting for a lock ends before the caller's
/// waiting does; a process that hangs in a transaction loses it, and its locks.
const SETTINGS: &str = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET plan_cache_mode = force_generic_plan; SET jit = off;
    SET idle_in_transaction_session_timeout = 5000;
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off'";

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

/// A connection to the database at `url`.
pub(super) fn connect(url: &str) -> Result<Connection, Error> {
    let mut connection = Connection::establish(&with_time_limits(url))
        .map_err(|error| Error::QueryBuilderError(redacted(&error.to_string(), url).into()))?;
    connection.batch_execute(SETTINGS)?;
    Ok(connection)
}

/// A network that swallows everything must not keep a writer for ever: 2 s to connect, 4 s for an answer of the other
/// machine (not of its database).
fn with_time_limits(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in [
        ("connect_timeout", "2"),
        ("tcp_user_timeout", "4000"),
        ("keepalives_idle", "2"),
        ("keepalives_interval", "1"),
        ("keepalives_count", "2"),
        ("application_name", "otp"),
    ] {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}

/// Makes `connection` a writer's, whose statements end after `patience`.
pub(super) fn make_writer(connection: &mut Connection, patience: Duration) -> QueryResult<()> {
    let patience = patience.as_millis().max(2);
    let settings = format!("SET statement_timeout = {patience}; SET lock_timeout = {}", patience / 2);
    connection.batch_execute(&settings)
}

/// Runs `work` while nobody else migrates; what it changed is undone if it fails.
pub(super) fn migrating<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, Failed>,
) -> Result<T, Failed> {
    connection.transaction(|connection| {
        connection.batch_execute("SELECT pg_advisory_xact_lock(7238041951)")?;
        work(connection)
    })
}

/// What stands in the way of keeping records here, and its remedy.
pub(super) fn flaw(connection: &mut Connection, _: &str) -> QueryResult<Option<String>> {
    let encoding: Word =
        sql_query("SELECT current_setting('server_encoding') AS word").get_result(connection)?;
    Ok((encoding.word != "UTF8").then(|| {
        format!(
            "its encoding is {}, which cannot hold every text; create it with ENCODING 'UTF8' (TEMPLATE template0)",
            encoding.word
        )
    }))
}

pub(super) fn version(_: &mut Connection) -> QueryResult<Option<i64>> {
    Ok(None)
}

/// The product and its version.
pub(super) fn server(connection: &mut Connection) -> QueryResult<String> {
    let version: Word = sql_query("SELECT split_part(current_setting('server_version'), ' ', 1) AS word")
        .get_result(connection)?;
    Ok(format!("{NAME} {}", version.word))
}

/// The database's clock.
pub(super) fn clock(connection: &mut Connection) -> QueryResult<Option<Timestamp>> {
    let now: Number = sql_query("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS number")
        .get_result(connection)?;
    Ok(Some(Timestamp::from_millis(now.number)))
}

/// About how many rows a table has; absent where there is no such table. Exact up to 10,000.
pub(super) fn count(connection: &mut Connection, table: &str) -> QueryResult<Option<u64>> {
    let known: Number = sql_query(
        "SELECT coalesce((SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1)), -2) AS number",
    )
    .bind::<Text, _>(table)
    .get_result(connection)?;
    match known.number {
        -2 => Ok(None),
        estimate if estimate > 10_000 => Ok(Some(estimate.unsigned_abs())),
        _ => {
            let some = format!("SELECT count(*) AS number FROM (SELECT 1 FROM {table} LIMIT 10001) AS first");
            let counted: Number = sql_query(some).get_result(connection)?;
            Ok(Some(counted.number.max(known.number).unsigned_abs()))
        }
    }
}

pub(super) fn begin(connection: &mut Connection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction(connection)
}

pub(super) fn commit(connection: &mut Connection) -> QueryResult<()> {
    AnsiTransactionManager::commit_transaction(connection)
}

pub(super) fn rollback(connection: &mut Connection) -> QueryResult<()> {
    AnsiTransactionManager::rollback_transaction(connection)
}

pub(super) fn classify(error: Error) -> Failure {
    let message = match &error {
        // Somebody else was quicker: in inserting what was missing, or in changing what was read.
        Error::RollbackTransaction
        | Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::SerializationFailure,
            _,
        ) => return Failure::Busy,
        // A server that was demoted: another connection may lead to the new one.
        Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction,
            _,
        )
        | Error::BrokenTransactionManager
        | Error::AlreadyInTransaction
        | Error::NotInTransaction => return Failure::Lost(Cause::new(error)),
        Error::DatabaseError(_, information) => information.message(),
        _ => return Failure::Refused(Cause::new(error)),
    };
    // Diesel has no kinds for these: 40P01, 55P03, 57014.
    if ["deadlock detected", "due to lock timeout", "due to statement timeout"]
        .into_iter()
        .any(|sign| message.contains(sign))
    {
        return Failure::Busy;
    }
    let is_lost = [
        "terminating connection",
        "connection to server",
        "closed the connection",
        "could not receive data",
        "could not send data",
        "no connection to the server",
        "is in recovery mode",
        "is shutting down",
        "is starting up",
        "SSL connection has been closed",
        "SSL error",
    ]
    .into_iter()
    .any(|sign| message.contains(sign));
    if is_lost { Failure::Lost(Cause::new(error)) } else { Failure::Refused(Cause::new(error)) }
}
