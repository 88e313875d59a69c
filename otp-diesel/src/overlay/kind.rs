//! The rows of one kind.

use std::collections::{HashMap, hash_map::Entry};

use otp_service::{Record, Rows, StoreError};

use crate::{
    database::{Change, Stamp},
    rows::Unreadable,
};

/// Rows of each kind kept from one batch for the next.
const MOST_ROWS: usize = 4096;

/// Rows of one kind.
pub(crate) struct Kind<R: Record> {
    rows: HashMap<R::Key, Cell<R>>,
    /// Keys that this batch asked for, some of them more than once.
    wanted: Vec<R::Key>,
    changed: Vec<R::Key>,
    uses_old: bool,
}

/// One row: as the database has it, and as the steps left it where they changed it.
struct Cell<R> {
    stored: Result<Option<R>, Unreadable>,
    stamp: Option<Stamp>,
    changed: Option<Option<R>>,
    /// Whether it was read for a batch before.
    is_old: bool,
}

impl<R: Record> Default for Kind<R> {
    fn default() -> Self {
        Self { rows: HashMap::new(), wanted: Vec::new(), changed: Vec::new(), uses_old: false }
    }
}

impl<R: Record> Kind<R> {
    /// Takes the rows under `keys` from `other`.
    pub(super) fn put_from(&mut self, other: &mut Self, keys: &[R::Key]) {
        self.rows.extend(keys.iter().filter_map(|key| other.rows.remove_entry(key)));
    }

    /// Takes all rows of `other`, and drops all else where that would be too many.
    pub(super) fn put_all(&mut self, other: Self) {
        if self.rows.len() + other.rows.len() > MOST_ROWS {
            self.rows.clear();
        }
        self.rows.extend(other.rows);
    }

    /// Begins a batch with all that is here.
    pub(super) fn begin(&mut self) {
        self.wanted.clear();
        self.uses_old = false;
        self.rows.values_mut().for_each(|cell| cell.is_old = true);
    }

    /// Drops what bears no stamp: rows that were missing, above all.
    pub(super) fn keep_stamped(&mut self) {
        self.rows.retain(|_, cell| cell.stamp.is_some());
    }

    /// Those of `keys` whose rows are not here yet, in order.
    pub(super) fn want<'a>(&mut self, keys: impl Iterator<Item = &'a R::Key>) -> Vec<R::Key> {
        let mut missing = Vec::new();
        for key in keys {
            self.wanted.push(*key);
            match self.rows.entry(*key) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Cell { stored: Ok(None), stamp: None, changed: None, is_old: false });
                    missing.push(*key);
                }
                Entry::Occupied(cell) => self.uses_old |= cell.get().is_old,
            }
        }
        missing.sort_unstable();
        missing
    }

    /// Those of the wanted keys that have no row, in order.
    pub(super) fn missing(&self) -> Vec<R::Key> {
        let is_missing = |key: &&R::Key| matches!(self.rows.get(key), Some(Cell { stored: Ok(None), .. }));
        let mut missing: Vec<_> = self.wanted.iter().filter(is_missing).copied().collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Takes a row that was read.
    pub(crate) fn found(&mut self, key: R::Key, record: Result<R, Unreadable>, stamp: Option<Stamp>) {
        // What cannot be read decides nothing, so that nothing would tell that it was repaired.
        let stamp = stamp.filter(|_| record.is_ok());
        let cell = Cell { stored: record.map(Some), stamp, changed: None, is_old: false };
        self.rows.insert(key, cell);
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

    /// What is to be written.
    pub(super) fn changes(&mut self) -> Vec<Change<'_, R>> {
        self.changed.sort_unstable();
        self.changed.iter().filter_map(|key| self.rows.get(key)?.change()).collect()
    }

    /// What is to be written, and what must still be as it is here.
    pub(super) fn changes_and_grounds(&mut self) -> Vec<Change<'_, R>> {
        self.wanted.sort_unstable();
        self.wanted.dedup();
        let change_or_ground = |key| {
            let cell = self.rows.get(key)?;
            cell.change().or_else(|| cell.ground())
        };
        self.wanted.iter().filter_map(change_or_ground).collect()
    }

    /// Whether this batch uses a row that an earlier one read.
    pub(super) const fn uses_old(&self) -> bool {
        self.uses_old
    }

    pub(super) const fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What was to be written is written, and bears `stamp` now.
    pub(super) fn written(&mut self, stamp: Option<Stamp>) {
        for key in self.changed.drain(..) {
            if let Some(cell) = self.rows.get_mut(&key)
                && let Some(changed) = cell.changed.take()
            {
                if cell.stored.as_ref().ok() != Some(&changed) {
                    cell.stamp = stamp.filter(|_| changed.is_some());
                }
                cell.stored = Ok(changed);
            }
        }
    }

    pub(super) fn rows(&self, keys: &[R::Key]) -> Result<Rows<R>, StoreError> {
        if let Some(unreadable) = keys.iter().find_map(|key| self.find(key).err()) {
            return Err(StoreError::corrupt(unreadable));
        }
        Ok(Rows::load(keys, |key| self.find(key).ok().flatten().cloned()))
    }

    pub(super) fn take(&mut self, rows: &Rows<R>) {
        for row in rows.changed() {
            self.put(row.key, row.record.clone());
        }
    }
}

impl<R: Record> Cell<R> {
    fn change(&self) -> Option<Change<'_, R>> {
        let stamp = self.stamp;
        match (self.stored(), self.changed.as_ref()?) {
            (None, None) => None,
            (None, Some(new)) => Some(Change::Insert { new }),
            (Some(old), Some(new)) => (old != new).then_some(Change::Update { old, new, stamp }),
            (Some(old), None) => Some(Change::Delete { old, stamp }),
        }
    }

    fn ground(&self) -> Option<Change<'_, R>> {
        self.stored().map(|old| Change::Keep { old, stamp: self.stamp })
    }

    fn stored(&self) -> Option<&R> {
        self.stored.as_ref().ok().and_then(Option::as_ref)
    }
}
