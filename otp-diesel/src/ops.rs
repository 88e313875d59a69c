//! The queries, written once. Each backend compiles this file with its own `dialect` beside it.

use std::time::Duration;

use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager, TransactionManager as _},
    dsl::{count_star, min, sql},
    prelude::*,
    result::Error,
    sql_types::Bool,
};
use otp_core::{
    Challenge, ChallengeKey, Claim, ClaimKey, Delivery, Ledger, LedgerKey, Meter, MeterKey, Reply, ReplyKey,
    Timestamp,
};
use otp_service::{Backlog, Record as _, Retention};

use super::dialect::{self, Connection};
use crate::{
    database::{Change, Database, Failure, Table, read_row},
    rows::{
        ChallengeProgress, ChallengeRow, ClaimRow, DeliveryRow, LedgerRow, MeterRow, ReplyRow, Unreadable,
    },
    schema::{otp_challenges, otp_claims, otp_deliveries, otp_ledgers, otp_meters, otp_replies},
    update::UpdateRow,
};

/// What [`otp_core::DeliveryState::is_settled`] denies. Word for word the condition of the index on due times: with
/// bound values instead, SQLite could not tell that the index fits.
const UNSETTLED: &str = "state IN ('queued', 'sending')";

impl Database for Connection {
    fn classify(error: Error) -> Failure {
        dialect::classify(error)
    }

    fn begin(&mut self) -> QueryResult<()> {
        AnsiTransactionManager::begin_transaction_sql(self, dialect::BEGIN)
    }

    fn commit(&mut self) -> QueryResult<()> {
        AnsiTransactionManager::commit_transaction(self)
    }

    fn rollback(&mut self) -> QueryResult<()> {
        AnsiTransactionManager::rollback_transaction(self)
    }

    fn version(&mut self) -> QueryResult<Option<i64>> {
        dialect::version(self)
    }

    fn has_due(&mut self, now: Timestamp) -> QueryResult<bool> {
        Ok(!self.due(now, 1)?.is_empty())
    }

    fn due(&mut self, now: Timestamp, limit: usize) -> QueryResult<Vec<Vec<u8>>> {
        otp_deliveries::table
            .filter(sql::<Bool>(UNSETTLED))
            .filter(otp_deliveries::due_at.le(now.as_millis()))
            .order(otp_deliveries::due_at)
            .limit(rows(limit))
            .select(otp_deliveries::challenge_key)
            .load(self)
    }

    fn postpone(&mut self, key: &[u8], lease: Duration, now: Timestamp) -> QueryResult<()> {
        diesel::update(otp_deliveries::table.find(key))
            .set(otp_deliveries::due_at.eq((now + lease).as_millis()))
            .execute(self)
            .map(drop)
    }

    fn backlog(&mut self) -> QueryResult<Backlog> {
        let (waiting, oldest): (i64, Option<i64>) = otp_deliveries::table
            .filter(sql::<Bool>(UNSETTLED))
            .select((count_star(), min(otp_deliveries::due_at)))
            .get_result(self)?;
        Ok(Backlog { waiting: waiting.unsigned_abs(), oldest_due_at: oldest.map(Timestamp::from_millis) })
    }

    fn purge(&mut self, retention: Retention, limit: usize) -> QueryResult<usize> {
        let (before, now) = (retention.before.as_millis(), retention.now.as_millis());
        let mut deleted = 0;

        let over: Vec<Vec<u8>> = otp_challenges::table
            .filter(otp_challenges::expires_at.lt(before))
            .order(otp_challenges::expires_at)
            .limit(rows(limit))
            .select(otp_challenges::challenge_key)
            .load(self)?;
        for key in &over {
            diesel::delete(otp_deliveries::table.find(key)).execute(self)?;
            deleted += diesel::delete(otp_challenges::table.find(key)).execute(self)?;
        }

        let over: Vec<Vec<u8>> = otp_ledgers::table
            .filter(otp_ledgers::updated_at.lt(before))
            .filter(otp_ledgers::locked_at.is_null())
            .order(otp_ledgers::updated_at)
            .limit(rows(limit - deleted))
            .select(otp_ledgers::ledger_key)
            .load(self)?;
        for key in &over {
            deleted += diesel::delete(otp_ledgers::table.find(key)).execute(self)?;
        }

        let over: Vec<Vec<u8>> = otp_meters::table
            .filter(otp_meters::idle_at.lt(now))
            .order(otp_meters::idle_at)
            .limit(rows(limit - deleted))
            .select(otp_meters::meter_key)
            .load(self)?;
        for key in &over {
            deleted += diesel::delete(otp_meters::table.find(key)).execute(self)?;
        }

        let over: Vec<Vec<u8>> = otp_replies::table
            .filter(otp_replies::forget_at.lt(now))
            .order(otp_replies::forget_at)
            .limit(rows(limit - deleted))
            .select(otp_replies::reply_key)
            .load(self)?;
        for key in &over {
            deleted += diesel::delete(otp_replies::table.find(key)).execute(self)?;
        }

        let over: Vec<Vec<u8>> = otp_claims::table
            .filter(otp_claims::forget_at.lt(now))
            .order(otp_claims::forget_at)
            .limit(rows(limit - deleted))
            .select(otp_claims::claim_key)
            .load(self)?;
        for key in &over {
            deleted += diesel::delete(otp_claims::table.find(key)).execute(self)?;
        }
        Ok(deleted)
    }

    fn forget(&mut self, ledgers: &[LedgerKey]) -> QueryResult<usize> {
        let mut deleted = 0;
        for ledger in ledgers {
            let ledger = ledger.as_bytes().as_slice();
            let challenges: Vec<Vec<u8>> = otp_challenges::table
                .filter(otp_challenges::ledger_key.eq(ledger))
                .select(otp_challenges::challenge_key)
                .load(self)?;
            for key in &challenges {
                deleted += diesel::delete(otp_deliveries::table.find(key)).execute(self)?;
            }
            deleted += diesel::delete(otp_challenges::table.filter(otp_challenges::ledger_key.eq(ledger)))
                .execute(self)?;
            deleted += diesel::delete(otp_ledgers::table.find(ledger)).execute(self)?;
        }
        Ok(deleted)
    }
}

/// Row by row: each statement's text is constant, so it is prepared once, and for a database in the same process a
/// round costs nothing. Where a smaller changeset (the last name) tells all that changed, it is written alone.
macro_rules! table {
    ($table:ident, $record:ty, $key:ty, $key_column:ident, $row:ident $(, $progress:ident)?) => {
        impl Table<$record> for Connection {
            fn load(
                &mut self,
                keys: &[$key],
                mut found: impl FnMut($key, Result<$record, Unreadable>),
            ) -> QueryResult<()> {
                for key in keys {
                    let row = $table::table
                        .find(key.as_bytes().as_slice())
                        .select($row::<'static>::as_select())
                        .get_result(self);
                    if let Some(record) = read_row(stringify!($table), row)? {
                        found(*key, record);
                    }
                }
                Ok(())
            }

            fn write(&mut self, changes: &[Change<'_, $record>]) -> QueryResult<()> {
                for change in changes {
                    match change {
                        Change::Insert(record) => {
                            diesel::insert_into($table::table).values($row::from(*record)).execute(self)?;
                        }
                        Change::Update { old: _old, new } => {
                            let (table, key_column, key) = (stringify!($table), stringify!($key_column), new.key());
                            $(
                                if let Some(progress) = $progress::between(_old, new) {
                                    let changes = progress.as_changeset();
                                    UpdateRow::<_, $progress>::new(table, key_column, key.as_bytes(), changes)
                                        .execute(self)?;
                                    continue;
                                }
                            )?
                            let changes = $row::from(*new).as_changeset();
                            UpdateRow::<_, $row<'static>>::new(table, key_column, key.as_bytes(), changes)
                                .execute(self)?;
                        }
                        Change::Delete(key) => {
                            diesel::delete($table::table.find(key.as_bytes().as_slice())).execute(self)?;
                        }
                    }
                }
                Ok(())
            }
        }
    };
}

table!(otp_challenges, Challenge, ChallengeKey, challenge_key, ChallengeRow, ChallengeProgress);
table!(otp_ledgers, Ledger, LedgerKey, ledger_key, LedgerRow);
table!(otp_deliveries, Delivery, ChallengeKey, challenge_key, DeliveryRow);
table!(otp_meters, Meter, MeterKey, meter_key, MeterRow);
table!(otp_replies, Reply, ReplyKey, reply_key, ReplyRow);
table!(otp_claims, Claim, ClaimKey, claim_key, ClaimRow);

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
