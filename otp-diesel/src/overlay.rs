//! The rows of a batch in memory: read once, worked on by one step after the other, written once.

use std::{
    collections::{HashMap, hash_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
};

use diesel::QueryResult;
use otp_core::{Challenge, Claim, Delivery, Ledger, Meter, Reply};
use otp_service::{Keys, Record, Records, Rows, Step, StoreError};

use crate::{
    database::{Change, Database, Table},
    rows::Unreadable,
};

/// Rows of each kind kept from one batch for the next.
const MOST_ROWS: usize = 4096;

/// Rows of every kind.
#[derive(Default)]
pub(crate) struct Overlay {
    pub(crate) challenges: Kind<Challenge>,
    pub(crate) ledgers: Kind<Ledger>,
    pub(crate) deliveries: Kind<Delivery>,
    meters: Kind<Meter>,
    replies: Kind<Reply>,
    claims: Kind<Claim>,
    version: Option<i64>,
}

impl Overlay {
    /// Forgets everything: after a rollback, or when rows were written past it.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Forgets what may have changed in the database since: everything, unless `version` is the one it was read under.
    pub(crate) fn refresh(&mut self, version: Option<i64>) {
        if version.is_none() || version != self.version {
            *self = Self { version, ..Self::default() };
            return;
        }
        self.challenges.shrink();
        self.ledgers.shrink();
        self.deliveries.shrink();
        self.meters.shrink();
        self.replies.shrink();
        self.claims.shrink();
    }

    /// Reads and locks the rows under `keys` that are not here yet. Everybody locks kinds in this order, and rows of a
    /// kind in the order of their keys: nobody waits in a circle.
    pub(crate) fn load(&mut self, database: &mut impl Database, keys: &[&Keys]) -> QueryResult<()> {
        self.challenges.load(database, keys.iter().flat_map(|keys| &keys.challenges), true)?;
        self.ledgers.load(database, keys.iter().flat_map(|keys| &keys.ledgers), true)?;
        self.deliveries.load(database, keys.iter().flat_map(|keys| &keys.deliveries), true)?;
        self.meters.load(database, keys.iter().flat_map(|keys| &keys.meters), true)?;
        self.replies.load(database, keys.iter().flat_map(|keys| &keys.replies), true)?;
        self.claims.load(database, keys.iter().flat_map(|keys| &keys.claims), true)
    }

    /// Runs a step on the rows under its keys. If it fails, it has changed nothing.
    pub(crate) fn run(&mut self, keys: &Keys, step: &mut Step) -> Result<(), StoreError> {
        let mut records = Records {
            challenges: self.challenges.rows(&keys.challenges)?,
            ledgers: self.ledgers.rows(&keys.ledgers)?,
            deliveries: self.deliveries.rows(&keys.deliveries)?,
            meters: self.meters.rows(&keys.meters)?,
            replies: self.replies.rows(&keys.replies)?,
            claims: self.claims.rows(&keys.claims)?,
        };
        catch_unwind(AssertUnwindSafe(|| step(&mut records)))
            .map_err(|_| StoreError::Step("it panicked".to_owned()))?;
        if let Some(kind) = records.misuse() {
            return Err(StoreError::Step(format!("it wrote a {kind} whose key it did not declare")));
        }
        self.challenges.take(&records.challenges);
        self.ledgers.take(&records.ledgers);
        self.deliveries.take(&records.deliveries);
        self.meters.take(&records.meters);
        self.replies.take(&records.replies);
        self.claims.take(&records.claims);
        Ok(())
    }

    /// Writes what the steps changed.
    pub(crate) fn write(&mut self, database: &mut impl Database) -> QueryResult<()> {
        self.challenges.write(database)?;
        self.ledgers.write(database)?;
        self.deliveries.write(database)?;
        self.meters.write(database)?;
        self.replies.write(database)?;
        self.claims.write(database)
    }
}

/// Rows of one kind.
pub(crate) struct Kind<R: Record> {
    rows: HashMap<R::Key, Cell<R>>,
    changed: Vec<R::Key>,
}

/// One row: as the database has it, and as the steps left it where they changed it.
struct Cell<R> {
    stored: Result<Option<R>, Unreadable>,
    changed: Option<Option<R>>,
}

impl<R: Record> Default for Kind<R> {
    fn default() -> Self {
        Self { rows: HashMap::new(), changed: Vec::new() }
    }
}

impl<R: Record> Kind<R> {
    /// Reads the rows under `keys` that are not here yet.
    pub(crate) fn load<'a>(
        &mut self,
        database: &mut impl Table<R>,
        keys: impl Iterator<Item = &'a R::Key>,
        lock: bool,
    ) -> QueryResult<()> {
        let mut missing = Vec::new();
        for key in keys {
            if let Entry::Vacant(vacant) = self.rows.entry(*key) {
                vacant.insert(Cell { stored: Ok(None), changed: None });
                missing.push(*key);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        let rows = &mut self.rows;
        database.load(&missing, lock, |key, record| {
            rows.insert(key, Cell { stored: record.map(Some), changed: None });
        })
    }

    /// The record under a key that was loaded.
    pub(crate) fn find(&self, key: &R::Key) -> Result<Option<&R>, &Unreadable> {
        let Some(cell) = self.rows.get(key) else { return Ok(None) };
        match &cell.changed {
            Some(changed) => Ok(changed.as_ref()),
            None => cell.stored.as_ref().map(Option::as_ref),
        }
    }

    /// Replaces the record under a key that was loaded.
    pub(crate) fn put(&mut self, key: R::Key, record: Option<R>) {
        if let Some(cell) = self.rows.get_mut(&key)
            && cell.changed.replace(record).is_none()
        {
            self.changed.push(key);
        }
    }

    /// Writes what was changed.
    pub(crate) fn write(&mut self, database: &mut impl Table<R>) -> QueryResult<()> {
        if self.changed.is_empty() {
            return Ok(());
        }
        self.changed.sort_unstable();
        let changes: Vec<_> =
            self.changed.iter().filter_map(|key| self.rows.get(key)?.change(*key)).collect();
        database.write(&changes)?;
        for key in self.changed.drain(..) {
            if let Some(cell) = self.rows.get_mut(&key)
                && let Some(changed) = cell.changed.take()
            {
                cell.stored = Ok(changed);
            }
        }
        Ok(())
    }

    fn rows(&self, keys: &[R::Key]) -> Result<Rows<R>, StoreError> {
        if let Some(unreadable) = keys.iter().find_map(|key| self.find(key).err()) {
            return Err(StoreError::corrupt(unreadable));
        }
        Ok(Rows::load(keys, |key| self.find(key).ok().flatten().cloned()))
    }

    fn take(&mut self, rows: &Rows<R>) {
        for row in rows.changed() {
            self.put(row.key, row.record.clone());
        }
    }

    fn shrink(&mut self) {
        if self.rows.len() > MOST_ROWS {
            self.rows.clear();
        }
    }
}

impl<R: Record> Cell<R> {
    fn change(&self, key: R::Key) -> Option<Change<'_, R>> {
        let stored = self.stored.as_ref().ok().and_then(Option::as_ref);
        match (stored, self.changed.as_ref()?) {
            (None, None) => None,
            (None, Some(record)) => Some(Change::Insert(record)),
            (Some(old), Some(new)) => (old != new).then_some(Change::Update { old, new }),
            (Some(_), None) => Some(Change::Delete(key)),
        }
    }
}
