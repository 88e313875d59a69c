//! The records a step works on.

use std::{fmt, hash::Hash};

use otp_core::{
    Challenge, ChallengeKey, Claim, ClaimKey, Delivery, Ledger, LedgerKey, Meter, MeterKey, Reply, ReplyKey,
};

/// A record and its key.
pub trait Record: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// What names it.
    type Key: Copy + Eq + Ord + Hash + fmt::Debug + Send + Sync + 'static;

    /// Its name.
    fn key(&self) -> Self::Key;
}

macro_rules! record {
    ($record:ty, $key:ty, $field:ident) => {
        impl Record for $record {
            type Key = $key;

            fn key(&self) -> $key {
                self.$field
            }
        }
    };
}

record!(Challenge, ChallengeKey, key);
record!(Ledger, LedgerKey, key);
record!(Delivery, ChallengeKey, challenge);
record!(Meter, MeterKey, key);
record!(Reply, ReplyKey, key);
record!(Claim, ClaimKey, key);

/// Which records a step works on. A step can read and write these and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Keys of challenges.
    pub challenges: Vec<ChallengeKey>,
    /// Keys of ledgers.
    pub ledgers: Vec<LedgerKey>,
    /// Keys of deliveries: those of their challenges.
    pub deliveries: Vec<ChallengeKey>,
    /// Keys of meters.
    pub meters: Vec<MeterKey>,
    /// Keys of replies.
    pub replies: Vec<ReplyKey>,
    /// Keys of claims.
    pub claims: Vec<ClaimKey>,
}

/// The records under some [`Keys`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// Challenges.
    pub challenges: Rows<Challenge>,
    /// Ledgers.
    pub ledgers: Rows<Ledger>,
    /// Deliveries.
    pub deliveries: Rows<Delivery>,
    /// Meters.
    pub meters: Rows<Meter>,
    /// Replies.
    pub replies: Rows<Reply>,
    /// Claims.
    pub claims: Rows<Claim>,
}

impl Records {
    /// The first use of an undeclared key by a step, if any: a mistake that must fail the whole step.
    #[must_use]
    pub fn misuse(&self) -> Option<&'static str> {
        [
            self.challenges.misused.then_some("challenge"),
            self.ledgers.misused.then_some("ledger"),
            self.deliveries.misused.then_some("delivery"),
            self.meters.misused.then_some("meter"),
            self.replies.misused.then_some("reply"),
            self.claims.misused.then_some("claim"),
        ]
        .into_iter()
        .flatten()
        .next()
    }
}

/// One record as loaded, and whether a step changed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<R: Record> {
    /// Its name.
    pub key: R::Key,
    /// What it is; absent where there is none.
    pub record: Option<R>,
    /// Whether the step changed it: a store writes or deletes these rows and no others.
    pub is_changed: bool,
}

/// The loaded records of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows<R: Record> {
    rows: Vec<Row<R>>,
    misused: bool,
}

impl<R: Record> Default for Rows<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), misused: false }
    }
}

impl<R: Record> Rows<R> {
    /// The records a store found under `keys`.
    pub fn load(keys: &[R::Key], mut find: impl FnMut(&R::Key) -> Option<R>) -> Self {
        let rows = keys.iter().map(|key| Row { key: *key, record: find(key), is_changed: false }).collect();
        Self { rows, misused: false }
    }

    /// The record under `key`, if there is one.
    #[must_use]
    pub fn find(&self, key: &R::Key) -> Option<&R> {
        self.rows.iter().find(|row| row.key == *key)?.record.as_ref()
    }

    /// Writes a record under its key.
    pub fn put(&mut self, record: R) {
        self.set(record.key(), Some(record));
    }

    /// Deletes the record under `key`.
    pub fn delete(&mut self, key: R::Key) {
        self.set(key, None);
    }

    /// Rows the step changed.
    pub fn changed(&self) -> impl Iterator<Item = &Row<R>> {
        self.rows.iter().filter(|row| row.is_changed)
    }

    fn set(&mut self, key: R::Key, record: Option<R>) {
        match self.rows.iter_mut().find(|row| row.key == key) {
            Some(row) if row.record == record => {}
            Some(row) => {
                row.record = record;
                row.is_changed = true;
            }
            None => self.misused = true,
        }
    }
}
