//! What is SQLite's own.

use std::{thread, time::Duration};

use diesel::{
    Connection as _, QueryResult, QueryableByName, RunQueryDsl as _,
    connection::SimpleConnection as _,
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::{BigInt, Text},
};

use crate::database::{Cause, Failure};

pub(super) type Connection = diesel::SqliteConnection;

/// A plain BEGIN takes the write lock with the first write only, and then fails at once when somebody else wrote since
/// the first read, however long it may wait for locks.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

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
pub(super) fn make_writer(connection: &mut Connection) -> QueryResult<()> {
    connection.batch_execute(WRITER_PATIENCE)
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
