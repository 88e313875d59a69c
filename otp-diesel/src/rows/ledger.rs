//! [`Ledger`] as a row.

use diesel::Queryable;
use otp_core::{ChallengeKey, Ledger, LedgerKey, Timestamp};

use super::{
    cells::columns,
    columns::{Bytes, Reader, Unreadable, millis, time},
};

#[derive(Debug, Queryable)]
pub(crate) struct LedgerRow<'a> {
    ledger_key: Bytes<'a>,
    live: Bytes<'a>,
    last_send_at: Option<i64>,
    sends_hour: Bytes<'a>,
    sends_day: Bytes<'a>,
    failures_day: Bytes<'a>,
    failures_in_a_row: i64,
    locked_at: Option<i64>,
    updated_at: i64,
}

columns!(
    LedgerRow, otp_ledgers:
    ledger_key, live, last_send_at, sends_hour, sends_day, failures_day, failures_in_a_row, locked_at,
    updated_at
);

impl<'a> From<&'a Ledger> for LedgerRow<'a> {
    fn from(ledger: &'a Ledger) -> Self {
        Self {
            ledger_key: ledger.key.as_bytes().as_slice().into(),
            live: live_bytes(&ledger.live),
            last_send_at: millis(ledger.last_send_at),
            sends_hour: ledger.sends_hour.to_bytes().into(),
            sends_day: ledger.sends_day.to_bytes().into(),
            failures_day: ledger.failures_day.to_bytes().into(),
            failures_in_a_row: ledger.failures_in_a_row.into(),
            locked_at: millis(ledger.locked_at),
            updated_at: ledger.updated_at.as_millis(),
        }
    }
}

impl TryFrom<LedgerRow<'_>> for Ledger {
    type Error = Unreadable;

    fn try_from(row: LedgerRow<'_>) -> Result<Self, Unreadable> {
        let read = Reader("otp_ledgers");
        Ok(Self {
            key: LedgerKey::from_bytes(read.array("ledger_key", &row.ledger_key)?),
            live: live(&row.live).ok_or_else(|| read.unreadable("live"))?,
            last_send_at: time(row.last_send_at),
            sends_hour: read.window("sends_hour", &row.sends_hour)?,
            sends_day: read.window("sends_day", &row.sends_day)?,
            failures_day: read.window("failures_day", &row.failures_day)?,
            failures_in_a_row: read.count("failures_in_a_row", row.failures_in_a_row)?,
            locked_at: time(row.locked_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

/// One live challenge is the default, and needs no copy.
fn live_bytes(live: &[ChallengeKey]) -> Bytes<'_> {
    match live {
        [] => Bytes::Borrowed(&[]),
        [only] => only.as_bytes().as_slice().into(),
        several => several.iter().flat_map(|key| *key.as_bytes()).collect::<Vec<_>>().into(),
    }
}

fn live(bytes: &[u8]) -> Option<Vec<ChallengeKey>> {
    let (keys, []) = bytes.as_chunks::<32>() else { return None };
    Some(keys.iter().map(|key| ChallengeKey::from_bytes(*key)).collect())
}
