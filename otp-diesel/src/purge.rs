//! Deleting what is over. Each backend compiles this file with its own `dialect` beside it.

use diesel::{QueryResult, dsl::sql, prelude::*, sql_types::BigInt};
use otp_service::Retention;

use super::{
    dialect::{Connection, LIES_BY_KEY},
    ops::{delete, locking_free, rows},
};
use crate::{
    purged::Purged,
    rows::{ChallengeRow, ClaimRow, DeliveryRow, LedgerRow, MeterRow, ReplyRow},
    schema::{otp_challenges, otp_claims, otp_ledgers, otp_meters, otp_replies},
};

/// Milliseconds of an hour: the unit of the columns `updated_hour` and `idle_hour`.
const HOUR: i64 = 3_600_000;

/// Which challenges are over. None expires before it is created, so that one index, by creation, finds them.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn is_over(retention: Retention) -> _ {
    let before: i64 = retention.before.as_millis();
    otp_challenges::created_at.lt(before).and(otp_challenges::expires_at.lt(before))
}

/// See [`Database::overdue`](crate::database::Database::overdue).
pub(super) fn overdue(
    connection: &mut Connection,
    table: Purged,
    retention: Retention,
    limit: usize,
) -> QueryResult<Vec<Vec<u8>>> {
    let (before, now, limit) = (retention.before.as_millis(), retention.now.as_millis(), rows(limit));
    let found: QueryResult<Vec<Vec<u8>>> = match table {
        Purged::Challenges => otp_challenges::table
            .filter(is_over(retention))
            .order(otp_challenges::created_at)
            .limit(limit)
            .select(otp_challenges::challenge_key)
            .load(connection),
        // What the index orders comes first, the exact time after it.
        Purged::Ledgers => otp_ledgers::table
            .filter(sql::<BigInt>("updated_hour").le(before / HOUR))
            .filter(otp_ledgers::updated_at.lt(before))
            .filter(otp_ledgers::locked_at.is_null())
            .order(sql::<BigInt>("updated_hour"))
            .limit(limit)
            .select(otp_ledgers::ledger_key)
            .load(connection),
        Purged::Meters => otp_meters::table
            .filter(sql::<BigInt>("idle_hour").le(now / HOUR))
            .filter(otp_meters::idle_at.lt(now))
            .order(sql::<BigInt>("idle_hour"))
            .limit(limit)
            .select(otp_meters::meter_key)
            .load(connection),
        Purged::Replies => otp_replies::table
            .filter(otp_replies::forget_at.lt(now))
            .order(otp_replies::forget_at)
            .limit(limit)
            .select(otp_replies::reply_key)
            .load(connection),
        Purged::Claims => otp_claims::table
            .filter(otp_claims::forget_at.lt(now))
            .order(otp_claims::forget_at)
            .limit(limit)
            .select(otp_claims::claim_key)
            .load(connection),
    };
    let mut found = found?;
    if LIES_BY_KEY {
        found.sort_unstable();
    }
    Ok(found)
}

/// See [`Database::purge`](crate::database::Database::purge).
pub(super) fn purge(
    connection: &mut Connection,
    table: Purged,
    retention: Retention,
    keys: &[Vec<u8>],
) -> QueryResult<usize> {
    let over = lock(connection, table, retention, keys)?;
    match table {
        Purged::Challenges => {
            delete::<DeliveryRow<'_>>(connection, &over)?;
            delete::<ChallengeRow<'_>>(connection, &over)
        }
        Purged::Ledgers => delete::<LedgerRow<'_>>(connection, &over),
        Purged::Meters => delete::<MeterRow<'_>>(connection, &over),
        Purged::Replies => delete::<ReplyRow<'_>>(connection, &over),
        Purged::Claims => delete::<ClaimRow<'_>>(connection, &over),
    }
}

/// Those of `keys` whose rows are still over. They may have been used again since they were found.
fn lock(
    connection: &mut Connection,
    table: Purged,
    retention: Retention,
    keys: &[Vec<u8>],
) -> QueryResult<Vec<Vec<u8>>> {
    let (before, now) = (retention.before.as_millis(), retention.now.as_millis());
    match table {
        Purged::Challenges => locking_free(
            otp_challenges::table
                .filter(otp_challenges::challenge_key.eq_any(keys))
                .filter(is_over(retention))
                .select(otp_challenges::challenge_key),
        )
        .load(connection),
        Purged::Ledgers => locking_free(
            otp_ledgers::table
                .filter(otp_ledgers::ledger_key.eq_any(keys))
                .filter(otp_ledgers::updated_at.lt(before))
                .filter(otp_ledgers::locked_at.is_null())
                .select(otp_ledgers::ledger_key),
        )
        .load(connection),
        Purged::Meters => locking_free(
            otp_meters::table
                .filter(otp_meters::meter_key.eq_any(keys))
                .filter(otp_meters::idle_at.lt(now))
                .select(otp_meters::meter_key),
        )
        .load(connection),
        Purged::Replies => locking_free(
            otp_replies::table
                .filter(otp_replies::reply_key.eq_any(keys))
                .filter(otp_replies::forget_at.lt(now))
                .select(otp_replies::reply_key),
        )
        .load(connection),
        Purged::Claims => locking_free(
            otp_claims::table
                .filter(otp_claims::claim_key.eq_any(keys))
                .filter(otp_claims::forget_at.lt(now))
                .select(otp_claims::claim_key),
        )
        .load(connection),
    }
}
