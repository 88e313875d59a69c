//! [`SqliteStore`]: everything in one file.

mod accounts;
#[path = "dialect_sqlite.rs"]
mod dialect;
mod location;
mod migrations;
#[path = "ops.rs"]
mod ops;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{LedgerKey, Timestamp};
use otp_service::{Backlog, Claimed, Keys, Retention, Step, Store, StoreError};
use tokio::{runtime::Handle, time::timeout};

pub use self::{
    accounts::SqliteAccounts,
    migrations::{MIGRATIONS, migrate, pending_migrations},
};
use self::{dialect::Connection, location::Location};
use crate::{
    OpenError, Options,
    database::{Database as _, Failure},
    job::{Answer, Work},
    pool::{Pool, pool},
    queue::Queue,
    writer::Writer,
};

/// Records deleted in one transaction of a purge: a few milliseconds, in which other calls wait.
const PURGED_AT_ONCE: usize = 500;

/// Keeps everything in one SQLite file. A clone is another handle to the same store.
///
/// Several processes may use one file. Its directory must be on a local disk.
///
/// Calls need a Tokio runtime with its timer, of any flavour.
///
/// Dropping the last handle waits for what is being written and closes the file.
#[derive(Clone)]
pub struct SqliteStore {
    queue: Arc<Queue>,
    readers: Pool<Connection>,
    accounts: SqliteAccounts,
    deadline: Duration,
}

impl SqliteStore {
    /// Opens the database at `url`: `sqlite://otp.db`, `sqlite:///var/lib/otp/otp.db` or a plain path. A file that
    /// does not exist is created. Reads and writes files, so call it where that may take a moment.
    ///
    /// ```
    /// use otp_diesel::{Options, SqliteStore};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("otp.db");
    /// # let url = format!("sqlite://{}", path.display());
    /// let store = SqliteStore::open(&url, Options::new().migrate(true))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`], which says what to do next.
    pub fn open(url: impl AsRef<str>, options: Options) -> Result<Self, OpenError> {
        let location = Location::parse(url.as_ref())?;
        // The first connection finds every mistake, with a good message.
        let mut first = location.connect()?;
        if options.migrate {
            migrations::run(&location, &mut first)?;
        }
        let pending = migrations::pending(&location, &mut first)?;
        if !pending.is_empty() {
            return Err(OpenError::NotMigrated { path: location.path(), pending });
        }
        drop(first);

        let (name, file) = (location.name().to_owned(), location.name().to_owned());
        let readers = pool(options.readers.saturating_add(1), move || Ok(dialect::connect(&name)?.0));
        let writer = Writer::new(readers.clone(), dialect::make_writer);
        let queue = Queue::start("otp-sqlite-writer", options.queue, options.deadline, move |jobs| {
            writer.run(&jobs, options.batch);
        });
        let queue =
            queue.map_err(|source| OpenError::Other { path: location.path(), source: source.into() })?;
        let accounts = SqliteAccounts::new(file, readers.clone(), options.deadline);
        Ok(Self { queue: Arc::new(queue), readers, accounts, deadline: options.deadline })
    }

    /// The accounts in the same database, for a host that keeps none itself.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("otp.db").display().to_string();
    /// use std::sync::Arc;
    /// use otp_diesel::{Options, SqliteStore};
    /// use otp_service::{Accounts, Store};
    ///
    /// let store = SqliteStore::open(path, Options::new().migrate(true))?;
    /// let accounts: Arc<dyn Accounts> = Arc::new(store.accounts());
    /// let store: Arc<dyn Store> = Arc::new(store);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn accounts(&self) -> SqliteAccounts {
        self.accounts.clone()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn apply(&self, keys: Keys, step: Step) -> Result<(), StoreError> {
        self.queue.call(Work::Apply { keys, step }).await.map(drop)
    }

    fn is_partitioned(&self) -> bool {
        false
    }

    async fn claim(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Claimed>, StoreError> {
        match self.queue.call(Work::Claim { now, lease, limit }).await? {
            Answer::Claimed(claimed) => Ok(claimed),
            _ => Ok(Vec::new()),
        }
    }

    async fn backlog(&self, _: Timestamp) -> Result<Backlog, StoreError> {
        let readers = self.readers.clone();
        let read = Handle::current().spawn_blocking(move || backlog(&readers));
        match timeout(self.deadline, read).await {
            Ok(Ok(backlog)) => backlog,
            Ok(Err(stopped)) => Err(StoreError::unavailable(stopped)),
            Err(_) => Err(StoreError::TimedOut),
        }
    }

    async fn purge(&self, retention: Retention, limit: usize) -> Result<usize, StoreError> {
        let mut deleted = 0;
        while deleted < limit {
            let limit = PURGED_AT_ONCE.min(limit - deleted);
            let some = deleted_by(self.queue.call(Work::Purge { retention, limit }).await?);
            deleted += some;
            if some < limit {
                break;
            }
        }
        Ok(deleted)
    }

    async fn forget(&self, ledgers: Vec<LedgerKey>) -> Result<usize, StoreError> {
        self.queue.call(Work::Forget { ledgers }).await.map(deleted_by)
    }
}

fn deleted_by(answer: Answer) -> usize {
    if let Answer::Deleted(records) = answer { records } else { 0 }
}

/// Reads with whichever connection is free, and once more with another if that one is of no use.
fn backlog(readers: &Pool<Connection>) -> Result<Backlog, StoreError> {
    let mut was_lost = false;
    loop {
        let mut slot = readers.get().map_err(StoreError::unavailable)?;
        match slot.connection.backlog().map_err(Connection::classify) {
            Ok(backlog) => return Ok(backlog),
            Err(Failure::Busy) => return Err(StoreError::TimedOut),
            Err(Failure::Lost(_)) if !was_lost => {
                was_lost = true;
                slot.is_lost = true;
            }
            Err(Failure::Lost(cause) | Failure::Refused(cause) | Failure::Final(cause)) => {
                return Err(StoreError::unavailable(cause));
            }
        }
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
