//! Which record is which row.

use otp_core::{
    Challenge, ChallengeKey, Claim, ClaimKey, Delivery, Ledger, LedgerKey, Meter, MeterKey, Reply, ReplyKey,
};
use otp_service::Record;

use super::{
    ChallengeProgress, ChallengeRow, ClaimRow, Columns, DeliveryRow, LedgerRow, MeterRow, ReplyRow,
    Unreadable,
};

/// A record that is kept in a table.
pub(crate) trait Stored: Record {
    /// Its row.
    type Row<'a>: Columns + From<&'a Self>;
    /// Some columns of its row, which change more often than the others.
    type Part<'a>: Columns;

    fn key_bytes(key: &Self::Key) -> &[u8];
    fn key_of(bytes: &[u8]) -> Option<Self::Key>;

    /// What leads from `old` to `new`; `None` where more has changed.
    fn part<'a>(old: &Self, new: &'a Self) -> Option<Self::Part<'a>>;

    fn read(row: Self::Row<'_>) -> Result<Self, Unreadable>;
}

macro_rules! stored {
    ($record:ident, $key:ident, $row:ident, $part:ident, $between:expr) => {
        impl Stored for $record {
            type Row<'a> = $row<'a>;
            type Part<'a> = $part<'a>;

            fn key_bytes(key: &$key) -> &[u8] {
                key.as_bytes()
            }

            fn key_of(bytes: &[u8]) -> Option<$key> {
                bytes.try_into().ok().map($key::from_bytes)
            }

            fn part<'a>(old: &Self, new: &'a Self) -> Option<$part<'a>> {
                $between(old, new)
            }

            fn read(row: $row<'_>) -> Result<Self, Unreadable> {
                row.try_into()
            }
        }
    };
    ($record:ident, $key:ident, $row:ident) => {
        stored!($record, $key, $row, $row, |_, _| None);
    };
}

stored!(Challenge, ChallengeKey, ChallengeRow, ChallengeProgress, ChallengeProgress::between);
stored!(Ledger, LedgerKey, LedgerRow);
stored!(Delivery, ChallengeKey, DeliveryRow);
stored!(Meter, MeterKey, MeterRow);
stored!(Reply, ReplyKey, ReplyRow);
stored!(Claim, ClaimKey, ClaimRow);
