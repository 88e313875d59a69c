//! Why a database cannot be used. Each message says what to do next.

use std::{error::Error as StdError, path::PathBuf};

/// Why a store cannot be opened or migrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text names no database file.
    #[error(
        "\"{0}\" names no SQLite file; write sqlite://otp.db, sqlite:///var/lib/otp/otp.db or a plain path"
    )]
    InvalidUrl(String),
    /// A database in memory was asked for.
    #[error(
        "a database in memory cannot be shared by connections; name a file, or use otp_service::MemoryStore"
    )]
    InMemory,
    /// The file's directory is missing.
    #[error("the directory {0} does not exist; create it, or correct the database URL")]
    MissingDirectory(PathBuf),
    /// There is something else than a file.
    #[error("{0} is not a file; name the database file itself in the database URL")]
    NotAFile(PathBuf),
    /// The file holds something else.
    #[error("{0} is not an SQLite database; name another file, or move this one away")]
    NotADatabase(PathBuf),
    /// The file, or the directory for its write-ahead log, cannot be written.
    #[error("{0} cannot be written; let this process write the file and its directory")]
    ReadOnly(PathBuf),
    /// The file system has no shared memory, so SQLite has no write-ahead log there.
    #[error("SQLite cannot keep a write-ahead log for {0}; move it to a local disk")]
    NoWriteAheadLog(PathBuf),
    /// Another process kept the file locked.
    #[error("{0} is locked by another process; stop it, or try again")]
    Locked(PathBuf),
    /// The text names no database of a server.
    #[error(
        "\"{url}\" names no such database; write {example}, with % and two hex digits for special characters"
    )]
    InvalidServerUrl {
        /// What was given, without the password.
        url: String,
        /// What to write.
        example: &'static str,
    },
    /// There is no server, or it does not answer.
    #[error(
        "no server answers at {database}; start it, or correct host and port in the database URL (see the cause)"
    )]
    Unreachable {
        /// The database.
        database: String,
        /// What the client library said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The server does not let this user in.
    #[error(
        "{database} refuses the user or password; correct them in the database URL, or let the user in (see the cause)"
    )]
    Denied {
        /// The database.
        database: String,
        /// What the server said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The server has no such database or user.
    #[error("the server has no {database}; create it, or correct the database URL (see the cause)")]
    NoDatabase {
        /// The database.
        database: String,
        /// What the server said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Records would not be safe there.
    #[error("{database} cannot be used: {why}")]
    Unfit {
        /// The database.
        database: String,
        /// What is wrong, and the remedy.
        why: String,
    },
    /// Migrations are missing.
    #[error(
        "{database} lacks {} migrations ({}); run `otp migrate`, or open it with Options::migrate(true)",
        pending.len(), pending.join(", ")
    )]
    NotMigrated {
        /// The database.
        database: String,
        /// Names of the missing migrations.
        pending: Vec<String>,
    },
    /// A migration failed. Nothing of it remains, except on MySQL and MariaDB, where the next run goes on.
    #[error("{database} cannot be migrated; see the cause")]
    Migration {
        /// The database.
        database: String,
        /// What the database said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Anything else.
    #[error("{database} cannot be opened; see the cause")]
    Other {
        /// The database.
        database: String,
        /// What the database or the system said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}
