//! What is PostgreSQL's own.

use std::{borrow::Cow, marker::PhantomData, time::Duration};

use diesel::{
    Connection as _, QueryResult, QueryableByName, RunQueryDsl as _,
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _},
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::{Array, BigInt, Binary, Nullable, Text},
};
use otp_core::Timestamp;

use super::migrations::Failed;
use crate::{
    database::{Cause, Failure},
    rows::{Cell, Columns},
    server::redacted,
    statement::{constant_text, push_names},
};

pub(super) type Connection = diesel::PgConnection;

pub(super) const NAME: &str = "PostgreSQL";
/// Many transactions write at once, so that a look before one begins saves nobody a wait.
pub(super) const HAS_ONE_WRITER: bool = false;
pub(super) const LOCKING: &str = " FOR UPDATE";
pub(super) const LOCKING_FREE: &str = " FOR UPDATE SKIP LOCKED";
/// What [`otp_core::DeliveryState::is_settled`] denies, word for word the condition of the index.
pub(super) const UNSETTLED: &str = "state IN ('queued', 'sending')";
/// When what is unsettled is due, as the index has it.
pub(super) const DUE_AT: &str = "due_at";
/// Keys of one statement.
pub(super) const KEYS_AT_ONCE: usize = 4096;
/// Whether a statement can update some columns of many rows.
pub(super) const UPDATES_COLUMNS: bool = true;

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

/// Statements that insert `rows`.
pub(super) fn insertions<Row>(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    rows.chunks(KEYS_AT_ONCE)
}

/// Reads rows by their keys, in that order, and locks them with `LOCK`.
pub(super) struct Load<'k, Row, const LOCK: bool> {
    keys: &'k [&'k [u8]],
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row, const LOCK: bool> Load<'k, Row, LOCK> {
    pub(super) const fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { keys, row: PhantomData }
    }
}

impl<Row: Columns, const LOCK: bool> QueryId for Load<'_, Row, LOCK> {
    type QueryId = Load<'static, Row::Name, LOCK>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Row, C, const LOCK: bool> diesel::RunQueryDsl<C> for Load<'_, Row, LOCK> {}

impl<Row: Columns, const LOCK: bool> Query for Load<'_, Row, LOCK> {
    type SqlType = Row::SqlType;
}

impl<Row: Columns, const LOCK: bool> QueryFragment<Pg> for Load<'_, Row, LOCK> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(" FROM ");
        out.push_sql(Row::TABLE);
        out.push_sql(" WHERE ");
        out.push_sql(Row::NAMES[0]);
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Binary>, [&[u8]]>(self.keys)?;
        out.push_sql(") ORDER BY ");
        out.push_sql(Row::NAMES[0]);
        if LOCK {
            out.push_sql(LOCKING);
        }
        Ok(())
    }
}

/// Deletes rows by their keys.
pub(super) struct Delete<'k, Row> {
    keys: &'k [&'k [u8]],
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row> Delete<'k, Row> {
    pub(super) const fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { keys, row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Pg> for Delete<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        out.push_sql(Row::TABLE);
        out.push_sql(" WHERE ");
        out.push_sql(Row::NAMES[0]);
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Binary>, [&[u8]]>(self.keys)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Inserts those rows whose keys are free.
pub(super) struct Insert<'r, Row> {
    columns: Vec<Column<'r>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Insert<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        Self { columns: columns(rows), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Pg> for Insert<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(Row::TABLE);
        out.push_sql(" (");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(") SELECT * FROM unnest(");
        push_columns(&mut out, &self.columns)?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

/// Sets columns of rows by their keys.
pub(super) struct Update<'r, Row> {
    columns: Vec<Column<'r>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Update<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        Self { columns: columns(rows), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Pg> for Update<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        out.push_sql(Row::TABLE);
        out.push_sql(" AS old SET ");
        push_names(&mut out, &Row::NAMES[1..], |out, name| {
            out.push_sql(name);
            out.push_sql(" = new.");
            out.push_sql(name);
        });
        out.push_sql(" FROM unnest(");
        push_columns(&mut out, &self.columns)?;
        out.push_sql(") AS new (");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(") WHERE old.");
        out.push_sql(Row::NAMES[0]);
        out.push_sql(" = new.");
        out.push_sql(Row::NAMES[0]);
        Ok(())
    }
}

constant_text!(Delete, Insert, Update);

/// One column of many rows, bound as an array: however many rows, the statement's text is the same.
enum Column<'r> {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<Cow<'r, str>>>),
    Bytes(Vec<Option<&'r [u8]>>),
}

fn columns<Row: Columns>(rows: &[Row]) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::with_capacity(Row::NAMES.len());
    for row in rows {
        for (index, cell) in row.cells().into_iter().enumerate() {
            match (columns.get_mut(index), cell) {
                (Some(Column::Numbers(all)), Cell::Number(one)) => all.push(one),
                (Some(Column::Texts(all)), Cell::Text(one)) => all.push(one.map(text)),
                (Some(Column::Bytes(all)), Cell::Bytes(one)) => all.push(one),
                (Some(_), _) => unreachable!("a column is of one type in every row"),
                (None, Cell::Number(one)) => columns.push(Column::Numbers(vec![one])),
                (None, Cell::Text(one)) => columns.push(Column::Texts(vec![one.map(text)])),
                (None, Cell::Bytes(one)) => columns.push(Column::Bytes(vec![one])),
            }
        }
    }
    columns
}

/// The one character that PostgreSQL keeps in no text is left out; only a provider's name for a message could have it.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }
}

fn push_columns<'b>(out: &mut AstPass<'_, 'b, Pg>, columns: &'b [Column<'_>]) -> QueryResult<()> {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push_sql(", ");
        }
        match column {
            Column::Numbers(numbers) => {
                out.push_bind_param::<Array<Nullable<BigInt>>, [Option<i64>]>(numbers)?;
            }
            Column::Texts(texts) => {
                out.push_bind_param::<Array<Nullable<Text>>, [Option<Cow<'_, str>>]>(texts)?;
            }
            Column::Bytes(bytes) => {
                out.push_bind_param::<Array<Nullable<Binary>>, [Option<&[u8]>]>(bytes)?;
            }
        }
    }
    Ok(())
}
