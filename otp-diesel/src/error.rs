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
    /// Migrations are missing.
    #[error(
        "{} lacks {} migrations ({}); run `otp migrate`, or open it with Options::migrate(true)",
        path.display(), pending.len(), pending.join(", ")
    )]
    NotMigrated {
        /// The database.
        path: PathBuf,
        /// Names of the missing migrations.
        pending: Vec<String>,
    },
    /// A migration failed; nothing of it remains.
    #[error("{path} cannot be migrated; nothing was changed, see the cause")]
    Migration {
        /// The database.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Another process kept the database locked.
    #[error("{0} is locked by another process; stop it, or try again")]
    Locked(PathBuf),
    /// Anything else.
    #[error("{path} cannot be opened; see the cause")]
    Other {
        /// The database.
        path: PathBuf,
        /// What the database or the system said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}
