//! What the stores have in common: writers, readers, and who does what.

use std::{io, sync::Arc, time::Duration};

use diesel::QueryResult;
use otp_core::{Delivery, LedgerKey, Namespace, Timestamp};
use otp_service::{Backlog, Claimed, Keys, Listed, Listing, Over, Retention, Step, StoreError};
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};

use crate::{
    Inspection, Options,
    database::{Database, Readable},
    deadline::Deadline,
    job::{Answer, Work},
    pool::Pool,
    purged::{FOUND_AT_ONCE, Pace, Purged},
    queue::{Queue, Sizes, Worker},
    reader,
    writer::Writer,
};

/// How long an operator may wait for an answer that many rows are read for.
const OPERATORS_DEADLINE: Duration = Duration::from_secs(30);

/// Writers and readers of one database. A clone is another handle to the same ones.
pub(crate) struct Connections<C: Database> {
    writers: Arc<Queue>,
    /// Claims, purges and forgets; absent where a lone writer does.
    keeper: Option<Arc<Queue>>,
    pub(crate) readers: Pool<C>,
    /// Queries may run at a time: more would only take threads that others need, and wait for connections there.
    reading: Arc<Semaphore>,
    deadline: Duration,
}

impl<C: Database> Connections<C> {
    /// Starts the writers; connections are opened by `open` when they are needed.
    pub(crate) fn start(
        name: &str,
        options: &Options,
        open: impl Fn() -> QueryResult<C> + Clone + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let writers = if C::HAS_ONE_WRITER { 1 } else { options.writers };
        // One more for claims and purges, and as many again in place of those that hang.
        let connections = Pool::new(writers.saturating_add(1).saturating_mul(2), open.clone());
        let deadline = options.deadline;
        let queue = |name: String, batch: usize, writers: u32| {
            let connections = connections.clone();
            let sizes = Sizes { queue: options.queue, batch, writers: usize::try_from(writers).unwrap_or(1) };
            let queue = Queue::start(&name, sizes, deadline, move || -> Worker {
                let mut writer = Writer::new(connections.clone(), deadline);
                Box::new(move |jobs, known| writer.work(jobs, known))
            });
            queue.map(Arc::new)
        };
        let keeper = match C::HAS_ONE_WRITER {
            true => None,
            // One piece of work at a time: each locks many rows, in an order of its own.
            false => Some(queue(format!("otp-{name}-keeper"), 1, 1)?),
        };
        let writers = queue(format!("otp-{name}"), options.batch, writers)?;
        let reading = Arc::new(Semaphore::new(usize::try_from(options.readers).unwrap_or(1)));
        let readers = Pool::new(options.readers, open);
        Ok(Self { writers, keeper, readers, reading, deadline })
    }

    pub(crate) async fn apply(&self, keys: Keys, step: Step) -> Result<(), StoreError> {
        self.write(Work::Apply { keys, step }).await.map(drop)
    }

    pub(crate) async fn claim(
        &self,
        namespace: &Namespace,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        let namespace = namespace.clone();
        match self.write(Work::Claim { namespace, now, lease, limit }).await? {
            Answer::Claimed(claimed) => Ok(claimed),
            _ => Ok(Vec::new()),
        }
    }

    pub(crate) async fn delivery_of(
        &self,
        sender: &str,
        reference: &str,
    ) -> Result<Option<Delivery>, StoreError> {
        let (sender, reference) = (sender.to_owned(), reference.to_owned());
        readable(self.read(self.deadline, move |database| database.delivery_of(&sender, &reference)).await?)
    }

    pub(crate) async fn list(&self, listing: Listing) -> Result<Vec<Listed>, StoreError> {
        readable(self.read(OPERATORS_DEADLINE, move |database| database.list(&listing)).await?)
    }

    pub(crate) async fn over(&self, retention: Retention, first: usize) -> Result<Over, StoreError> {
        readable(self.read(OPERATORS_DEADLINE, move |database| database.over(retention, first)).await?)
    }

    pub(crate) async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.read(self.deadline, Database::backlog).await
    }

    pub(crate) async fn purge(&self, retention: Retention, limit: usize) -> Result<usize, StoreError> {
        let (mut deleted, mut pace) = (0, Pace::new(C::HAS_ONE_WRITER));
        for table in Purged::ALL {
            loop {
                let most = FOUND_AT_ONCE.min(limit - deleted);
                if most == 0 {
                    return Ok(deleted);
                }
                let look = move |database: &mut C| database.overdue(table, retention, most);
                let found = self.read(OPERATORS_DEADLINE, look).await?;
                let (mut rest, before) = (found.as_slice(), deleted);
                while !rest.is_empty() {
                    let (some, others) = rest.split_at(pace.rows().min(rest.len()));
                    let begun = Instant::now();
                    let work = Work::Purge { table, retention, keys: some.to_vec() };
                    deleted += deleted_by(&self.write(work).await?);
                    sleep(pace.pause(begun.elapsed())).await;
                    rest = others;
                }
                // What somebody else has locked is looked for again while there is progress; then it is left to them.
                let some = deleted - before;
                if some == 0 || found.len() < most && some == found.len() {
                    break;
                }
            }
        }
        Ok(deleted)
    }

    pub(crate) async fn forget(&self, ledgers: Vec<LedgerKey>) -> Result<usize, StoreError> {
        self.write(Work::Forget { ledgers }).await.map(|answer| deleted_by(&answer))
    }

    pub(crate) async fn inspect(&self) -> Result<Inspection, StoreError> {
        let inspected = self.read(OPERATORS_DEADLINE, |database| Ok(database.inspect())).await?;
        inspected.map_err(StoreError::unavailable)
    }

    async fn write(&self, work: Work) -> Result<Answer, StoreError> {
        match &self.keeper {
            Some(keeper) if work.keys().is_none() => keeper.call(work).await,
            _ => self.writers.call(work).await,
        }
    }

    /// Reads with whichever connection is free.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        deadline: Duration,
        query: impl FnMut(&mut C) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (readers, until) = (self.readers.clone(), Deadline::after(deadline));
        let reading = Arc::clone(&self.reading);
        let read = async {
            let place = reading.acquire_owned().await.map_err(StoreError::unavailable)?;
            let read = Handle::current().spawn_blocking(move || {
                let _place = place;
                reader::read(&readers, until, query)
            });
            read.await.map_err(StoreError::unavailable)?
        };
        timeout(deadline, read).await.unwrap_or(Err(StoreError::TimedOut))
    }
}

impl<C: Database> Clone for Connections<C> {
    fn clone(&self) -> Self {
        Self {
            writers: Arc::clone(&self.writers),
            keeper: self.keeper.clone(),
            readers: self.readers.clone(),
            reading: Arc::clone(&self.reading),
            deadline: self.deadline,
        }
    }
}

fn deleted_by(answer: &Answer) -> usize {
    if let Answer::Deleted(records) = answer { *records } else { 0 }
}

fn readable<T>(found: Readable<T>) -> Result<T, StoreError> {
    found.map_err(StoreError::corrupt)
}

/// The port, and what is the same for every type that has `connections`.
macro_rules! store {
    ($store:ident) => {
        #[async_trait::async_trait]
        impl otp_service::Store for $store {
            async fn apply(
                &self,
                keys: otp_service::Keys,
                step: otp_service::Step,
            ) -> Result<(), otp_service::StoreError> {
                self.connections.apply(keys, step).await
            }

            fn is_partitioned(&self) -> bool {
                false
            }

            async fn claim(
                &self,
                namespace: &otp_core::Namespace,
                now: otp_core::Timestamp,
                lease: std::time::Duration,
                limit: usize,
            ) -> Result<Vec<otp_service::Claimed>, otp_service::StoreError> {
                self.connections.claim(namespace, now, lease, limit).await
            }

            async fn delivery_of(
                &self,
                sender: &str,
                reference: &str,
            ) -> Result<Option<otp_core::Delivery>, otp_service::StoreError> {
                self.connections.delivery_of(sender, reference).await
            }

            async fn list(
                &self,
                listing: otp_service::Listing,
            ) -> Result<Vec<otp_service::Listed>, otp_service::StoreError> {
                self.connections.list(listing).await
            }

            async fn over(
                &self,
                retention: otp_service::Retention,
                first: usize,
            ) -> Result<otp_service::Over, otp_service::StoreError> {
                self.connections.over(retention, first).await
            }

            async fn backlog(
                &self,
                _: otp_core::Timestamp,
            ) -> Result<otp_service::Backlog, otp_service::StoreError> {
                self.connections.backlog().await
            }

            async fn purge(
                &self,
                retention: otp_service::Retention,
                limit: usize,
            ) -> Result<usize, otp_service::StoreError> {
                self.connections.purge(retention, limit).await
            }

            async fn forget(
                &self,
                ledgers: Vec<otp_core::LedgerKey>,
            ) -> Result<usize, otp_service::StoreError> {
                self.connections.forget(ledgers).await
            }
        }

        impl std::fmt::Debug for $store {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($store)).finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use store;
