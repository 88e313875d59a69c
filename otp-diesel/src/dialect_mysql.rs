//! What is MySQL's and MariaDB's own.

use std::{borrow::Cow, time::Duration};

use diesel::{
    Connection as _, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection as _,
    mysql::Mysql,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use otp_core::Timestamp;

use super::migrations::Failed;
use crate::{
    database::{Cause, Failure},
    server::redacted,
};

pub(super) type Connection = diesel::MysqlConnection;

pub(super) const NAME: &str = "MySQL";
/// Many transactions write at once, so that a look before one begins saves nobody a wait.
pub(super) const HAS_ONE_WRITER: bool = false;
/// A deadlock in the midst of the rows of a prepared statement leaves it "with rows to come" in the client library, and its
/// next use waits for them without end.
pub(super) const BUSY_SPOILS: bool = true;
pub(super) const LOCKING: &str = " FOR UPDATE";
pub(super) const LOCKING_FREE: &str = " FOR UPDATE SKIP LOCKED";
/// There are no indexes on some rows only: a column that is NULL where a delivery is settled takes their place.
pub(super) const UNSETTLED: &str = "unsettled_due_at IS NOT NULL";
/// When what is unsettled is due, as the index has it.
pub(super) const DUE_AT: &str = "unsettled_due_at";
/// Keys or rows of one statement: texts differ by their number, and each is prepared once.
pub(super) const KEYS_AT_ONCE: usize = 64;
/// Rows lie in the order of their keys: neighbours are read, and written, with one page.
pub(super) const LIES_BY_KEY: bool = true;
/// Whether a statement can update some columns of many rows: an insertion that meets rows must name all.
pub(super) const UPDATES_COLUMNS: bool = false;

/// Under the default, REPEATABLE READ, a step that runs again would see what it saw before, and look-ups of absent rows
/// would lock gaps that others insert into. Waiting for a lock ends before the caller's waiting does.
const SETTINGS: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET SESSION innodb_lock_wait_timeout = 1; SET SESSION lock_wait_timeout = 5;
    SET SESSION lc_messages = 'en_US';
    SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION')";
/// What a client library that loses long values is found out by. More than one buffer of any of them.
const LONG: usize = 300;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct MaybeNumber {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// A connection to the database at `url`.
pub(super) fn connect(url: &str) -> Result<Connection, Error> {
    let url = match url.strip_prefix("mariadb:") {
        Some(rest) => Cow::Owned(format!("mysql:{rest}")),
        None => Cow::Borrowed(url),
    };
    let mut connection = Connection::establish(&url)
        .map_err(|error| Error::QueryBuilderError(redacted(&error.to_string(), &url).into()))?;
    connection.batch_execute(SETTINGS)?;
    Ok(connection)
}

/// Makes `connection` a writer's: every statement is part of a transaction, so that none need begin (Diesel's BEGIN takes
/// three rounds). On MariaDB, statements end after `patience`, and a process that hangs in a transaction loses it, and its
/// locks; MySQL has neither.
pub(super) fn make_writer(connection: &mut Connection, patience: Duration) -> QueryResult<()> {
    let seconds = patience.as_secs_f64();
    let _ = connection.batch_execute(&format!(
        "SET SESSION idle_transaction_timeout = 5; SET SESSION max_statement_time = {seconds:.3}"
    ));
    connection.batch_execute("SET SESSION autocommit = 0")
}

/// Runs `work` while nobody else migrates. What it changed stays if it fails: tables are made outside transactions.
pub(super) fn migrating<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let got: MaybeNumber = sql_query("SELECT CAST(GET_LOCK('otp_migrations', 60) AS SIGNED) AS number")
        .get_result(connection)?;
    if got.number != Some(1) {
        return Err(Failed::Migration(
            "somebody else has migrated the database for more than a minute".into(),
        ));
    }
    let result = work(connection);
    connection.batch_execute("DO RELEASE_LOCK('otp_migrations')")?;
    result
}

/// What stands in the way of keeping records here, and its remedy.
pub(super) fn flaw(connection: &mut Connection, url: &str) -> QueryResult<Option<String>> {
    let long = "0123456789".repeat(LONG / 10);
    let word: Word = sql_query(format!("SELECT '{long}' AS word")).get_result(connection)?;
    if word.word != long {
        return Ok(Some(
            "the MariaDB client library of this machine returns long values empty (Connector/C 3.3.19 does); \
             install libmariadb3 10.11.19 or newer, on Debian 12 from bookworm-security, and start again"
                .to_owned(),
        ));
    }
    let wants_tls = ["required", "verify_ca", "verify_identity"]
        .iter()
        .any(|mode| url.to_ascii_lowercase().contains(&format!("ssl_mode={mode}")));
    if wants_tls && !is_encrypted(connection)? {
        return Ok(Some(
            "the URL asks for TLS and the connection has none; let the server offer TLS, or check the client library"
                .to_owned(),
        ));
    }
    let flushes: Number = sql_query("SELECT CAST(@@innodb_flush_log_at_trx_commit AS SIGNED) AS number")
        .get_result(connection)?;
    if flushes.number != 1 {
        tracing::warn!(
            "innodb_flush_log_at_trx_commit is not 1: what was answered can be lost in a power cut"
        );
    }
    Ok(None)
}

fn is_encrypted(connection: &mut Connection) -> QueryResult<bool> {
    let cipher: Vec<Word> = sql_query(
        "SELECT CAST(VARIABLE_VALUE AS CHAR) AS word FROM information_schema.SESSION_STATUS
         WHERE VARIABLE_NAME = 'Ssl_cipher'",
    )
    .load(connection)
    .or_else(|_| {
        sql_query(
            "SELECT CAST(VARIABLE_VALUE AS CHAR) AS word FROM performance_schema.session_status
             WHERE VARIABLE_NAME = 'Ssl_cipher'",
        )
        .load(connection)
    })?;
    Ok(cipher.iter().any(|cipher| !cipher.word.is_empty()))
}

pub(super) fn version(_: &mut Connection) -> QueryResult<Option<i64>> {
    Ok(None)
}

/// The product and its version.
pub(super) fn server(connection: &mut Connection) -> QueryResult<String> {
    let version: Word = sql_query("SELECT VERSION() AS word").get_result(connection)?;
    let product = if version.word.contains("MariaDB") { "MariaDB" } else { NAME };
    Ok(format!("{product} {}", version.word.split('-').next().unwrap_or_default()))
}

/// The database's clock.
pub(super) fn clock(connection: &mut Connection) -> QueryResult<Option<Timestamp>> {
    let now: Number = sql_query("SELECT CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED) AS number")
        .get_result(connection)?;
    Ok(Some(Timestamp::from_millis(now.number)))
}

/// About how many rows a table has; absent where there is no such table.
pub(super) fn count(connection: &mut Connection, table: &str) -> QueryResult<Option<u64>> {
    let known: Vec<MaybeNumber> = sql_query(
        "SELECT CAST(TABLE_ROWS AS SIGNED) AS number FROM information_schema.TABLES
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
    )
    .bind::<Text, _>(table)
    .load(connection)?;
    Ok(known.first().map(|known| known.number.unwrap_or(0).unsigned_abs()))
}

/// A writer's statements are part of a transaction anyway.
pub(super) const fn begin(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

pub(super) fn commit(connection: &mut Connection) -> QueryResult<()> {
    Commit.execute(connection).map(drop)
}

pub(super) fn rollback(connection: &mut Connection) -> QueryResult<()> {
    connection.batch_execute("ROLLBACK")
}

/// Prepared, it takes one round; Diesel's own takes three.
#[derive(QueryId)]
struct Commit;

impl QueryFragment<Mysql> for Commit {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql("COMMIT");
        Ok(())
    }
}

impl<C> RunQueryDsl<C> for Commit {}

pub(super) fn classify(error: Error) -> Failure {
    let message = match &error {
        // Somebody else was quicker: in inserting what was missing, or in changing what was read.
        Error::RollbackTransaction
        | Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure,
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
    // Diesel has no kinds for these: 1020, 1205, 1213 (of a COMMIT), 1615, 1969.
    let is_busy = [
        "Record has changed since last read",
        "Lock wait timeout exceeded",
        "Deadlock found",
        "needs to be re-prepared",
        "max_statement_time exceeded",
    ];
    if is_busy.into_iter().any(|sign| message.contains(sign)) {
        return Failure::Busy;
    }
    let is_lost = [
        "server has gone away",
        "Server has gone away",
        "Lost connection",
        "Connection was killed",
        "shutdown in progress",
        "Can't connect",
        "read-only option",
        "connection no longer exists",
        "Malformed packet",
        "Packets out of order",
        "Commands out of sync",
    ]
    .into_iter()
    .any(|sign| message.contains(sign));
    if is_lost { Failure::Lost(Cause::new(error)) } else { Failure::Refused(Cause::new(error)) }
}
