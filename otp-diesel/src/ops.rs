//! The queries, written once. Each backend compiles this file with its own `dialect` beside it.

use std::{error::Error as StdError, time::Duration};

use diesel::{
    QueryResult,
    dsl::{count_star, min, sql},
    prelude::*,
    result::Error,
    sql_types::{BigInt, Bool, Nullable},
};
use otp_core::{Challenge, Delivery, LedgerKey, Namespace, Timestamp};
use otp_service::{Backlog, Keys, Listed, Listing, Over, Retention};

use super::{
    batches,
    bulk::Delete,
    dialect::{self, Connection},
    migrations::{self, Failed},
    purge,
};
use crate::{
    Inspection,
    database::{Changes, Database, Failure, Readable, Stamp, read_row, unreadable},
    overlay::Overlay,
    purged::Purged,
    rows::{ChallengeRow, Columns, DeliveryRow, LedgerRow},
    schema::{otp_challenges, otp_deliveries},
    statement::Locked,
};

impl Database for Connection {
    const HAS_ONE_WRITER: bool = dialect::HAS_ONE_WRITER;
    const BUSY_SPOILS: bool = dialect::BUSY_SPOILS;
    const HAS_STAMPS: bool = batches::HAS_STAMPS;

    fn classify(error: Error) -> Failure {
        dialect::classify(error)
    }

    fn make_writer(&mut self, patience: Duration) -> QueryResult<()> {
        dialect::make_writer(self, patience)
    }

    fn begin(&mut self) -> QueryResult<()> {
        dialect::begin(self)
    }

    fn commit(&mut self) -> QueryResult<()> {
        dialect::commit(self)
    }

    fn rollback(&mut self) -> QueryResult<()> {
        dialect::rollback(self)
    }

    fn version(&mut self) -> QueryResult<Option<i64>> {
        dialect::version(self)
    }

    fn load(&mut self, keys: &Keys, lock: bool, overlay: &mut Overlay) -> QueryResult<()> {
        batches::load(self, keys, lock, overlay)
    }

    fn write(&mut self, changes: &Changes<'_>) -> QueryResult<Option<Stamp>> {
        batches::write(self, changes)
    }

    fn has_due(&mut self, namespace: &Namespace, now: Timestamp) -> QueryResult<bool> {
        Ok(!self.due(namespace, now, 1)?.is_empty())
    }

    fn due(&mut self, namespace: &Namespace, now: Timestamp, limit: usize) -> QueryResult<Vec<Vec<u8>>> {
        let query = otp_deliveries::table
            .filter(sql::<Bool>(dialect::UNSETTLED))
            .filter(otp_deliveries::namespace.eq(namespace.as_str()))
            .filter(sql::<BigInt>(dialect::DUE_AT).le(now.as_millis()))
            .order(sql::<BigInt>(dialect::DUE_AT))
            .limit(rows(limit))
            .select(otp_deliveries::challenge_key);
        locking_free(query).load(self)
    }

    fn postpone(&mut self, key: &[u8], lease: Duration, now: Timestamp) -> QueryResult<()> {
        diesel::update(otp_deliveries::table.find(key))
            .set(otp_deliveries::due_at.eq((now + lease).as_millis()))
            .execute(self)
            .map(drop)
    }

    fn delivery_of(&mut self, sender: &str, reference: &str) -> QueryResult<Readable<Option<Delivery>>> {
        let row = otp_deliveries::table
            .filter(otp_deliveries::reference.eq(reference))
            .filter(otp_deliveries::sender.eq(sender))
            .order(otp_deliveries::queued_at.desc())
            .first::<DeliveryRow<'static>>(self);
        let found: Option<Readable<Delivery>> = read_row("otp_deliveries", row)?;
        // Databases differ in whether texts may differ by spaces at their end.
        let is_it = |delivery: &Delivery| {
            delivery.sender.as_deref() == Some(sender) && delivery.reference.as_deref() == Some(reference)
        };
        Ok(found.transpose().map(|delivery| delivery.filter(is_it)))
    }

    fn list(&mut self, listing: &Listing) -> QueryResult<Readable<Vec<Listed>>> {
        let mut query = otp_challenges::table.into_boxed();
        if let Some(ledgers) = &listing.ledgers {
            let ledgers = ledgers.iter().map(|key| key.as_bytes().as_slice());
            query = query.filter(otp_challenges::ledger_key.eq_any(ledgers));
        }
        if let Some(before) = listing.before {
            query = query.filter(otp_challenges::created_at.lt(before.as_millis()));
        }
        let query = query.order(otp_challenges::created_at.desc()).limit(rows(listing.limit));
        let challenges = match challenges(query.load(self))? {
            Ok(challenges) => challenges,
            Err(unreadable) => return Ok(Err(unreadable)),
        };
        let mut deliveries: Vec<_> = challenges.iter().map(|challenge| challenge.key).collect();
        deliveries.sort_unstable();
        let mut overlay = Overlay::default();
        batches::load(self, &Keys { deliveries, ..Keys::default() }, false, &mut overlay)?;
        let listed = challenges.into_iter().map(|challenge| {
            let delivery = overlay.deliveries.find(&challenge.key).map_err(Clone::clone)?.cloned();
            Ok(Listed { challenge, delivery })
        });
        Ok(listed.collect())
    }

    fn over(&mut self, retention: Retention, first: usize) -> QueryResult<Readable<Over>> {
        let over = || otp_challenges::table.filter(purge::is_over(retention));
        let number: i64 = over().count().get_result(self)?;
        let first = over().order(otp_challenges::created_at).limit(rows(first)).load(self);
        Ok(challenges(first)?.map(|first| Over { challenges: number.unsigned_abs(), first }))
    }

    fn backlog(&mut self) -> QueryResult<Backlog> {
        let (waiting, oldest): (i64, Option<i64>) = otp_deliveries::table
            .filter(sql::<Bool>(dialect::UNSETTLED))
            .select((count_star(), min(sql::<Nullable<BigInt>>(dialect::DUE_AT))))
            .get_result(self)?;
        Ok(Backlog { waiting: waiting.unsigned_abs(), oldest_due_at: oldest.map(Timestamp::from_millis) })
    }

    fn overdue(&mut self, table: Purged, retention: Retention, limit: usize) -> QueryResult<Vec<Vec<u8>>> {
        purge::overdue(self, table, retention, limit)
    }

    fn purge(&mut self, table: Purged, retention: Retention, keys: &[Vec<u8>]) -> QueryResult<usize> {
        purge::purge(self, table, retention, keys)
    }

    fn forget(&mut self, ledgers: &[LedgerKey]) -> QueryResult<usize> {
        let mut ledgers: Vec<_> = ledgers.iter().map(|ledger| ledger.as_bytes().to_vec()).collect();
        ledgers.sort_unstable();
        let of_them = || {
            otp_challenges::table
                .filter(otp_challenges::ledger_key.eq_any(&ledgers))
                .order(otp_challenges::challenge_key)
                .select(otp_challenges::challenge_key)
        };
        // Locked in the order in which steps lock: challenges, ledgers, deliveries.
        let challenges: Vec<Vec<u8>> = locking(of_them()).load(self)?;
        let mut deleted = delete::<ChallengeRow<'_>>(self, &challenges)?;
        deleted += delete::<LedgerRow<'_>>(self, &ledgers)?;
        deleted += delete::<DeliveryRow<'_>>(self, &challenges)?;
        // A step that had a ledger locked may have added a challenge meanwhile.
        let added: Vec<Vec<u8>> = of_them().load(self)?;
        if added.is_empty() { Ok(deleted) } else { Err(Error::RollbackTransaction) }
    }

    fn inspect(&mut self) -> Result<Inspection, Box<dyn StdError + Send + Sync>> {
        let (server, now) = (dialect::server(self)?, dialect::clock(self)?);
        let mut rows = Vec::new();
        for table in [
            "otp_challenges",
            "otp_ledgers",
            "otp_deliveries",
            "otp_meters",
            "otp_replies",
            "otp_claims",
            "otp_accounts",
        ] {
            rows.extend(dialect::count(self, table)?.map(|count| (table, count)));
        }
        Ok(Inspection {
            server,
            now,
            pending_migrations: migrations::pending(self).map_err(Failed::into_source)?,
            rows,
        })
    }
}

pub(super) fn delete<Row: Columns>(connection: &mut Connection, keys: &[Vec<u8>]) -> QueryResult<usize> {
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    keys.chunks(dialect::KEYS_AT_ONCE)
        .try_fold(0, |deleted, some| Ok(deleted + Delete::<Row>::new(some).execute(connection)?))
}

/// Several challenges, unless one of them cannot be read.
fn challenges(rows: QueryResult<Vec<ChallengeRow<'static>>>) -> QueryResult<Readable<Vec<Challenge>>> {
    match rows {
        Ok(rows) => Ok(rows.into_iter().map(Challenge::try_from).collect()),
        Err(error) => unreadable("otp_challenges", error).map(Err),
    }
}

const fn locking<Q>(query: Q) -> Locked<Q, false> {
    Locked { query, suffix: dialect::LOCKING }
}

pub(super) const fn locking_free<Q>(query: Q) -> Locked<Q, true> {
    Locked { query, suffix: dialect::LOCKING_FREE }
}

pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
