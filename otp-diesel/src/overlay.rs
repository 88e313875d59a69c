//! The rows of a batch in memory: read once, worked on by one step after the other, written once.

mod kind;

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::QueryResult;
use otp_core::{Challenge, Claim, Delivery, Ledger, Meter, Reply};
use otp_service::{Keys, Records, Step, StoreError};

pub(crate) use self::kind::Kind;
use crate::database::{Changes, Database, Stamp};

/// Rows of every kind.
#[derive(Default)]
pub(crate) struct Overlay {
    pub(crate) challenges: Kind<Challenge>,
    pub(crate) ledgers: Kind<Ledger>,
    pub(crate) deliveries: Kind<Delivery>,
    pub(crate) meters: Kind<Meter>,
    pub(crate) replies: Kind<Reply>,
    pub(crate) claims: Kind<Claim>,
    /// What it was read under.
    version: Option<i64>,
    is_forgotten: bool,
}

impl Overlay {
    /// Drops its rows: after a rollback, or because they are out of date.
    pub(crate) fn clear(&mut self) {
        *self = Self { is_forgotten: self.is_forgotten, ..Self::default() };
    }

    /// Drops its rows, and says that no row known from before is of use: rows were written past it, or nobody knows.
    pub(crate) fn forget(&mut self) {
        *self = Self { is_forgotten: true, ..Self::default() };
    }

    /// Whether no row known from before is of use.
    pub(crate) const fn is_forgotten(&self) -> bool {
        self.is_forgotten
    }

    /// Takes the rows under `keys` out of it.
    pub(crate) fn take<'a>(&mut self, keys: impl Iterator<Item = &'a Keys>) -> Self {
        let mut taken = Self { version: self.version, ..Self::default() };
        for keys in keys {
            taken.challenges.put_from(&mut self.challenges, &keys.challenges);
            taken.ledgers.put_from(&mut self.ledgers, &keys.ledgers);
            taken.deliveries.put_from(&mut self.deliveries, &keys.deliveries);
            taken.meters.put_from(&mut self.meters, &keys.meters);
            taken.replies.put_from(&mut self.replies, &keys.replies);
            taken.claims.put_from(&mut self.claims, &keys.claims);
        }
        taken
    }

    /// Puts those rows into it whose change can be told, in place of those that it has.
    pub(crate) fn put(&mut self, mut rows: Self) {
        if rows.version.is_none() {
            rows.keep_stamped();
        }
        if rows.version != self.version {
            *self = Self { version: rows.version, ..Self::default() };
        }
        self.challenges.put_all(rows.challenges);
        self.ledgers.put_all(rows.ledgers);
        self.deliveries.put_all(rows.deliveries);
        self.meters.put_all(rows.meters);
        self.replies.put_all(rows.replies);
        self.claims.put_all(rows.claims);
    }

    /// Begins a batch with what may have changed in the database since forgotten: everything, unless `version` is the one
    /// it was read under.
    pub(crate) fn begin(&mut self, version: Option<i64>) {
        if version.is_none() || version != self.version {
            self.clear();
            self.version = version;
        }
        self.begin_with_all();
    }

    fn begin_with_all(&mut self) {
        self.challenges.begin();
        self.ledgers.begin();
        self.deliveries.begin();
        self.meters.begin();
        self.replies.begin();
        self.claims.begin();
    }

    /// Begins a batch with all whose change a stamp would tell.
    pub(crate) fn begin_with_stamped(&mut self) {
        self.keep_stamped();
        self.begin_with_all();
    }

    fn keep_stamped(&mut self) {
        self.challenges.keep_stamped();
        self.ledgers.keep_stamped();
        // Those that are not settled change behind the writers: the keeper claims them.
        self.deliveries = Kind::default();
        self.meters.keep_stamped();
        self.replies.keep_stamped();
        self.claims.keep_stamped();
    }

    /// Reads the rows under `keys` that are not here yet; see [`Database::load`].
    pub(crate) fn load<'a>(
        &mut self,
        database: &mut impl Database,
        keys: impl Iterator<Item = &'a Keys> + Clone,
        lock: bool,
    ) -> QueryResult<()> {
        let missing = Keys {
            challenges: self.challenges.want(keys.clone().flat_map(|keys| &keys.challenges)),
            ledgers: self.ledgers.want(keys.clone().flat_map(|keys| &keys.ledgers)),
            deliveries: self.deliveries.want(keys.clone().flat_map(|keys| &keys.deliveries)),
            meters: self.meters.want(keys.clone().flat_map(|keys| &keys.meters)),
            replies: self.replies.want(keys.clone().flat_map(|keys| &keys.replies)),
            claims: self.claims.want(keys.flat_map(|keys| &keys.claims)),
        };
        if missing == Keys::default() { Ok(()) } else { database.load(&missing, lock, self) }
    }

    /// Whether a row that was missing is there, now that the others are locked: who had one of them locked until then may
    /// have added it, after the moment that the statement shows.
    pub(crate) fn is_missing_no_more(&mut self, database: &mut impl Database) -> QueryResult<bool> {
        let missing = self.missing();
        if missing == Keys::default() {
            return Ok(false);
        }
        database.load(&missing, false, self)?;
        Ok(self.missing() != missing)
    }

    fn missing(&self) -> Keys {
        Keys {
            challenges: self.challenges.missing(),
            ledgers: self.ledgers.missing(),
            deliveries: self.deliveries.missing(),
            meters: self.meters.missing(),
            replies: self.replies.missing(),
            claims: self.claims.missing(),
        }
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

    /// Writes what the steps changed, to rows that are locked.
    pub(crate) fn write(&mut self, database: &mut impl Database) -> QueryResult<()> {
        let changes = Changes {
            challenges: self.challenges.changes(),
            ledgers: self.ledgers.changes(),
            deliveries: self.deliveries.changes(),
            meters: self.meters.changes(),
            replies: self.replies.changes(),
            claims: self.claims.changes(),
        };
        let stamp = database.write(&changes)?;
        self.written(stamp);
        Ok(())
    }

    /// Writes what the steps changed if every row they read is still as it was, in one statement of its own.
    pub(crate) fn write_if_unchanged(&mut self, database: &mut impl Database) -> QueryResult<()> {
        let changes = Changes {
            challenges: self.challenges.changes_and_grounds(),
            ledgers: self.ledgers.changes_and_grounds(),
            deliveries: self.deliveries.changes_and_grounds(),
            meters: self.meters.changes_and_grounds(),
            replies: self.replies.changes_and_grounds(),
            claims: self.claims.changes_and_grounds(),
        };
        let stamp = database.write(&changes)?;
        self.written(stamp);
        Ok(())
    }

    fn written(&mut self, stamp: Option<Stamp>) {
        self.challenges.written(stamp);
        self.ledgers.written(stamp);
        self.deliveries.written(stamp);
        self.meters.written(stamp);
        self.replies.written(stamp);
        self.claims.written(stamp);
    }

    /// Whether a step has changed anything.
    pub(crate) const fn is_changed(&self) -> bool {
        self.challenges.is_changed()
            || self.ledgers.is_changed()
            || self.deliveries.is_changed()
            || self.meters.is_changed()
            || self.replies.is_changed()
            || self.claims.is_changed()
    }

    /// Whether this batch uses a row that an earlier one read.
    pub(crate) const fn uses_old(&self) -> bool {
        self.challenges.uses_old()
            || self.ledgers.uses_old()
            || self.deliveries.uses_old()
            || self.meters.uses_old()
            || self.replies.uses_old()
            || self.claims.uses_old()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_is_not_known_again_in_the_next_batch() {
        let mut overlay = Overlay::default();
        overlay.begin(Some(2));
        assert!(!overlay.is_forgotten());
        overlay.forget();
        // The rest of a batch whose jobs are done one by one.
        overlay.begin(Some(2));
        assert!(overlay.is_forgotten(), "rows kept elsewhere are out of date");
    }
}
