//! How a store behaves; the defaults suit production.

use std::time::Duration;

/// How a store behaves. Durability is no option: an answered call is on the disk.
///
/// ```
/// use std::time::Duration;
/// use otp_diesel::Options;
///
/// let options = Options::new().migrate(true).deadline(Duration::from_secs(1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) migrate: bool,
    pub(crate) deadline: Duration,
    pub(crate) queue: usize,
    pub(crate) batch: usize,
    pub(crate) readers: u32,
    pub(crate) writers: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            migrate: false,
            deadline: Duration::from_millis(1_500),
            queue: 4096,
            batch: 256,
            readers: 4,
            writers: 2,
        }
    }
}

impl Options {
    /// The defaults, as each method below names them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether opening runs the migrations that are missing; else it refuses a database that lacks some. Default: no,
    /// since several processes may share the database and one of them, or an operator, is to do it.
    pub const fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// How long a call may wait for its turn, after which it fails with
    /// [`TimedOut`](otp_service::StoreError::TimedOut). Default: 1.5 s; what was
    /// begun in time may take half a second longer.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many calls may wait for the writers; one more fails with [`Overloaded`](otp_service::StoreError::Overloaded). At least 1,
    /// default 4096.
    pub const fn queue(mut self, calls: usize) -> Self {
        self.queue = if calls == 0 { 1 } else { calls };
        self
    }

    /// How many calls may share one commit. At least 1, which is one transaction a call and about ten times slower;
    /// default 256.
    pub const fn batch(mut self, calls: usize) -> Self {
        self.batch = if calls == 0 { 1 } else { calls };
        self
    }

    /// Connections of a server database that write at the same time, each a batch of calls that concern other records
    /// than those of the rest; one more claims messages and purges. SQLite has one writer whatever this says. At least 1,
    /// default 2: more are of use where the database has many processors, and each has smaller batches.
    pub const fn writers(mut self, connections: u32) -> Self {
        self.writers = if connections == 0 { 1 } else { connections };
        self
    }

    /// Connections that read, besides those that write; on a server as many again write accounts, where a host keeps them
    /// here. At least 1, default 4.
    pub const fn readers(mut self, connections: u32) -> Self {
        self.readers = if connections == 0 { 1 } else { connections };
        self
    }
}
