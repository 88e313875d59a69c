//! The queries, written once. Each backend compiles this file with its own `dialect` beside it.

use std::{collections::HashMap, error::Error as StdError, time::Duration};

use diesel::{
    QueryResult,
    dsl::{count_star, min, sql},
    prelude::*,
    result::Error,
    sql_types::{BigInt, Bool, Nullable},
};
use otp_core::{
    Challenge, ChallengeKey, Claim, ClaimKey, Delivery, Ledger, LedgerKey, Meter, MeterKey, Namespace, Reply,
    ReplyKey, Timestamp,
};
use otp_service::{Backlog, Listed, Listing, Over, Retention};

use super::{
    bulk::{Delete, Insert, Load, Update, insertions},
    dialect::{self, Connection},
    migrations::{self, Failed},
};
use crate::{
    Inspection,
    database::{Change, Database, Failure, Readable, Table, read_row, unreadable},
    rows::{ChallengeProgress, ChallengeRow, ClaimRow, Columns, DeliveryRow, LedgerRow, MeterRow, ReplyRow},
    schema::{otp_challenges, otp_claims, otp_deliveries, otp_ledgers, otp_meters, otp_replies},
    statement::Locked,
};

/// Milliseconds of an hour: the unit of the column `updated_hour`.
const HOUR: i64 = 3_600_000;

impl Database for Connection {
    const HAS_ONE_WRITER: bool = dialect::HAS_ONE_WRITER;
    const BUSY_SPOILS: bool = dialect::BUSY_SPOILS;

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
        let mut keys: Vec<_> = challenges.iter().map(|challenge| challenge.key).collect();
        keys.sort_unstable();
        let mut deliveries = HashMap::new();
        Table::<Delivery>::load(self, &keys, false, |key, delivery| {
            deliveries.insert(key, delivery);
        })?;
        let listed = challenges.into_iter().map(|challenge| {
            let delivery = deliveries.remove(&challenge.key).transpose()?;
            Ok(Listed { challenge, delivery })
        });
        Ok(listed.collect())
    }

    fn over(&mut self, retention: Retention, first: usize) -> QueryResult<Readable<Over>> {
        let over =
            || otp_challenges::table.filter(otp_challenges::expires_at.lt(retention.before.as_millis()));
        let number: i64 = over().count().get_result(self)?;
        let first = over().order(otp_challenges::expires_at).limit(rows(first)).load(self);
        Ok(challenges(first)?.map(|first| Over { challenges: number.unsigned_abs(), first }))
    }

    fn backlog(&mut self) -> QueryResult<Backlog> {
        let (waiting, oldest): (i64, Option<i64>) = otp_deliveries::table
            .filter(sql::<Bool>(dialect::UNSETTLED))
            .select((count_star(), min(sql::<Nullable<BigInt>>(dialect::DUE_AT))))
            .get_result(self)?;
        Ok(Backlog { waiting: waiting.unsigned_abs(), oldest_due_at: oldest.map(Timestamp::from_millis) })
    }

    fn purge(&mut self, retention: Retention, limit: usize) -> QueryResult<usize> {
        let (before, now) = (retention.before.as_millis(), retention.now.as_millis());

        let over = otp_challenges::table
            .filter(otp_challenges::expires_at.lt(before))
            .order(otp_challenges::expires_at)
            .limit(rows(limit))
            .select(otp_challenges::challenge_key);
        let over: Vec<Vec<u8>> = locking_free(over).load(self)?;
        delete::<DeliveryRow<'_>>(self, &over)?;
        let mut deleted = delete::<ChallengeRow<'_>>(self, &over)?;

        if deleted < limit {
            let over = otp_ledgers::table
                .filter(sql::<BigInt>("updated_hour").le(before / HOUR))
                .filter(otp_ledgers::updated_at.lt(before))
                .filter(otp_ledgers::locked_at.is_null())
                .order(sql::<BigInt>("updated_hour"))
                .limit(rows(limit - deleted))
                .select(otp_ledgers::ledger_key);
            let over = locking_free(over).load(self)?;
            deleted += delete::<LedgerRow<'_>>(self, &over)?;
        }
        if deleted < limit {
            let over = otp_meters::table
                .filter(otp_meters::idle_at.lt(now))
                .order(otp_meters::idle_at)
                .limit(rows(limit - deleted))
                .select(otp_meters::meter_key);
            let over = locking_free(over).load(self)?;
            deleted += delete::<MeterRow<'_>>(self, &over)?;
        }
        if deleted < limit {
            let over = otp_replies::table
                .filter(otp_replies::forget_at.lt(now))
                .order(otp_replies::forget_at)
                .limit(rows(limit - deleted))
                .select(otp_replies::reply_key);
            let over = locking_free(over).load(self)?;
            deleted += delete::<ReplyRow<'_>>(self, &over)?;
        }
        if deleted < limit {
            let over = otp_claims::table
                .filter(otp_claims::forget_at.lt(now))
                .order(otp_claims::forget_at)
                .limit(rows(limit - deleted))
                .select(otp_claims::claim_key);
            let over = locking_free(over).load(self)?;
            deleted += delete::<ClaimRow<'_>>(self, &over)?;
        }
        Ok(deleted)
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

macro_rules! table {
    ($table:ident, $record:ty, $key:ty, $row:ident $(, $progress:ident)?) => {
        impl Table<$record> for Connection {
            fn load(
                &mut self,
                keys: &[$key],
                lock: bool,
                mut found: impl FnMut($key, Readable<$record>),
            ) -> QueryResult<()> {
                let bytes: Vec<&[u8]> = keys.iter().map(|key| key.as_bytes().as_slice()).collect();
                for some in bytes.chunks(dialect::KEYS_AT_ONCE) {
                    let read: QueryResult<Vec<$row<'static>>> = if lock {
                        Load::<$row<'static>, true>::new(some).load(self)
                    } else {
                        Load::<$row<'static>, false>::new(some).load(self)
                    };
                    match read {
                        Ok(rows) => {
                            for row in rows {
                                let Ok(key) = row.key().try_into() else { continue };
                                found(<$key>::from_bytes(key), row.try_into());
                            }
                        }
                        // Where only one was asked for, it is known which cannot be read.
                        Err(error) => match some {
                            [key] => {
                                let unreadable = unreadable(stringify!($table), error)?;
                                if let Ok(key) = (*key).try_into() {
                                    found(<$key>::from_bytes(key), Err(unreadable));
                                }
                            }
                            _ => return Err(error),
                        },
                    }
                }
                Ok(())
            }

            fn write(&mut self, changes: &[Change<'_, $record>]) -> QueryResult<()> {
                let (mut deleted, mut inserted, mut updated) = (Vec::new(), Vec::new(), Vec::new());
                $(let mut progressed: Vec<$progress<'_>> = Vec::new();)?
                for change in changes {
                    match change {
                        Change::Delete(key) => deleted.push(key.as_bytes().to_vec()),
                        Change::Insert(new) => inserted.push($row::from(*new)),
                        Change::Update { old: _old, new } => {
                            // Where a smaller set of columns tells all that changed, it is written alone.
                            $(
                                if dialect::UPDATES_COLUMNS
                                    && let Some(progress) = $progress::between(_old, new)
                                {
                                    progressed.push(progress);
                                    continue;
                                }
                            )?
                            updated.push($row::from(*new));
                        }
                    }
                }
                delete::<$row<'_>>(self, &deleted)?;
                insert(self, &inserted)?;
                $(update::<$progress<'_>>(self, &progressed)?;)?
                update(self, &updated)
            }
        }
    };
}

table!(otp_challenges, Challenge, ChallengeKey, ChallengeRow, ChallengeProgress);
table!(otp_ledgers, Ledger, LedgerKey, LedgerRow);
table!(otp_deliveries, Delivery, ChallengeKey, DeliveryRow);
table!(otp_meters, Meter, MeterKey, MeterRow);
table!(otp_replies, Reply, ReplyKey, ReplyRow);
table!(otp_claims, Claim, ClaimKey, ClaimRow);

fn delete<Row: Columns>(connection: &mut Connection, keys: &[Vec<u8>]) -> QueryResult<usize> {
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    keys.chunks(dialect::KEYS_AT_ONCE)
        .try_fold(0, |deleted, some| Ok(deleted + Delete::<Row>::new(some).execute(connection)?))
}

fn insert<Row: Columns>(connection: &mut Connection, rows: &[Row]) -> QueryResult<()> {
    for some in insertions(rows) {
        if Insert::new(some).execute(connection)? < some.len() {
            // Somebody else has inserted one of them since it was found missing.
            return Err(Error::RollbackTransaction);
        }
    }
    Ok(())
}

fn update<Row: Columns>(connection: &mut Connection, rows: &[Row]) -> QueryResult<()> {
    for some in rows.chunks(dialect::KEYS_AT_ONCE) {
        Update::new(some).execute(connection)?;
    }
    Ok(())
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

const fn locking_free<Q>(query: Q) -> Locked<Q, true> {
    Locked { query, suffix: dialect::LOCKING_FREE }
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
