//! The storage port: a few records held still while a rule runs.
//!
//! # Implementing [`Store`]
//!
//! [`MemoryStore`](crate::MemoryStore) is the shortest correct implementation and worth reading first: it takes one
//! lock, loads the records, runs the step, writes what changed. A database does the same in a transaction.
//!
//! Everything `otp-service` promises about guesses, sends and single use follows from the one promise of
//! [`Store::apply`], so that is the one to get right:
//!
//! 1. **Isolated.** Two `apply` calls that share a key, from this process or another, run one after the other, or as if.
//! 2. **Durable before it returns.** When `apply` returns `Ok`, a power cut does not undo it.
//! 3. **Nothing revealed if it fails.** After an `Err`, the step's result is dropped unseen. The records are then as
//!    before, or (when the connection broke during the commit) as after; never in between.
//! 4. **The step may run more than once.** It is a pure function of the records. Run it again after a serialization
//!    failure, and never use the result of a run that did not commit.
//! 5. **Missing means missing.** A key without a record loads as absent: rules then deny or create. An error while
//!    loading is an `Err`, never an absent record.
//! 6. **Bounded.** A call waits for a bounded time, then fails with [`StoreError::Overloaded`] or
//!    [`StoreError::TimedOut`].
//!
//! The suite in `otp_service::conformance` (feature `conformance`) checks an implementation against this page.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use otp_core::{Challenge, Delivery, Ledger, LedgerKey, Namespace, Timestamp};

use crate::records::{Keys, Records};

/// A boxed cause.
pub type Source = Box<dyn StdError + Send + Sync + 'static>;

/// A rule to run on loaded records. It is pure but for the place its result goes to, so it may run again.
pub type Step = Box<dyn FnMut(&mut Records) + Send>;

/// Keeps challenges, ledgers, deliveries, meters, replies and claims. See the [module's documentation](self).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Loads the records under `keys`, runs `step` on them, and makes what it changed durable.
    ///
    /// Callers with a result use [`StoreExt::run`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the change is not durable; the step's result must then not be told.
    async fn apply(&self, keys: Keys, step: Step) -> Result<(), StoreError>;

    /// Whether records of different recipients, callers and number blocks live in different places, so that one `apply`
    /// should touch those of one only. Where they do not, a start spends its budgets in the same `apply` and so waits
    /// for one commit less; what is decided is the same.
    fn is_partitioned(&self) -> bool {
        true
    }

    /// Takes up to `limit` deliveries of `namespace` that are due ([`Delivery::is_due`]), oldest due time first, by
    /// [`Delivery::claim`] with `lease`, durably, each for one caller only whatever the number of workers. Returns
    /// them as claimed, with challenge and ledger as they are now.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is claimed then, or its lease runs out.
    async fn claim(
        &self,
        namespace: &Namespace,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Claimed>, StoreError>;

    /// The delivery that `sender` accepted under `reference`, the latest of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it cannot be read.
    async fn delivery_of(&self, sender: &str, reference: &str) -> Result<Option<Delivery>, StoreError>;

    /// Challenges with their deliveries, for operators: newest first, as `listing` says.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when they cannot be read.
    async fn list(&self, listing: Listing) -> Result<Vec<Listed>, StoreError>;

    /// How many challenges [`Store::purge`] would delete, and the `first` of them that were created.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when they cannot be read.
    async fn over(&self, retention: Retention, first: usize) -> Result<Over, StoreError>;

    /// How much waits to be sent.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot be read: it is not ready.
    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError>;

    /// Deletes up to `limit` records that `retention` says are over, and returns how many. Called again until it
    /// returns less than `limit`, so each call must be short.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; some may be deleted then.
    async fn purge(&self, retention: Retention, limit: usize) -> Result<usize, StoreError>;

    /// Deletes everything under these ledgers (one recipient and purpose, under each secret key): challenges,
    /// deliveries and the ledgers themselves. Returns how many records. Claims stay: they tell nothing about anybody,
    /// and without them a proof could be claimed again.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is deleted then.
    async fn forget(&self, ledgers: Vec<LedgerKey>) -> Result<usize, StoreError>;
}

/// A delivery in a worker's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The delivery, as claimed.
    pub delivery: Delivery,
    /// Its challenge.
    pub challenge: Option<Challenge>,
    /// The ledger under the delivery's ledger key.
    pub ledger: Option<Ledger>,
}

/// How much waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Deliveries that are neither sent nor given up.
    pub waiting: u64,
    /// The earliest due time among them.
    pub oldest_due_at: Option<Timestamp>,
}

/// Which challenges an operator wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Those of these ledgers only; of every one where absent.
    pub ledgers: Option<Vec<LedgerKey>>,
    /// Those that began before this moment only: the [`Challenge::created_at`] of the last one seen, to read on.
    pub before: Option<Timestamp>,
    /// How many at most.
    pub limit: usize,
}

/// A challenge as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The challenge.
    pub challenge: Challenge,
    /// Its last message; absent where nothing left.
    pub delivery: Option<Delivery>,
}

/// What a purge would delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Over {
    /// How many challenges.
    pub challenges: u64,
    /// Those that were created first, in that order.
    pub first: Vec<Challenge>,
}

/// What is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Challenges that expired before this moment (and so were created before it), with their deliveries; and ledgers, unless
    /// [`Ledger::is_purgeable`] says no.
    pub before: Timestamp,
    /// Meters idle, and replies and claims to be forgotten, before this moment.
    pub now: Timestamp,
}

/// Why the store did not do it. Whatever it is, the answer is "unavailable", never "no".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached or refused the work.
    #[error("the store is unavailable")]
    Unavailable(#[source] Source),
    /// Too much waits already.
    #[error("the store is overloaded")]
    Overloaded,
    /// It took longer than a call may take. The change may have become durable.
    #[error("the store did not answer in time")]
    TimedOut,
    /// A row holds what no version of this program wrote.
    #[error("the store holds a row that cannot be read ({0})")]
    Corrupt(String),
    /// The step broke one of the rules of this module.
    #[error("a step failed: {0}")]
    Step(String),
}

impl StoreError {
    /// An unreachable store, with its cause.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// A row that cannot be read: its table, and what is wrong (never a value).
    pub fn corrupt(what: impl fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }
}

/// [`Store::apply`] for steps that return something.
pub trait StoreExt {
    /// Runs `step` on the records under `keys` and returns its result once what it changed is durable.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the change is not durable; the result is dropped then.
    fn run<T, F>(&self, keys: Keys, step: F) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        F: FnMut(&mut Records) -> T + Send + 'static;
}

impl<S: Store + ?Sized> StoreExt for S {
    async fn run<T, F>(&self, keys: Keys, mut step: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Records) -> T + Send + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let last = Arc::clone(&slot);
        let step: Step = Box::new(move |records| {
            let result = step(records);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        });
        self.apply(keys, step).await?;
        let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.ok_or_else(|| StoreError::Step("the store reported success without running the step".to_owned()))
    }
}
