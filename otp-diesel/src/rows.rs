//! Records as rows: columns of five plain types, the same on every database.
//!
//! Writing cannot fail and borrows; reading checks every column and names the one that holds what no version of this
//! program wrote.

mod cells;
mod challenge;
mod claim;
mod columns;
mod delivery;
#[cfg(feature = "postgres")]
mod fields;
mod ledger;
mod meter;
mod reply;
mod stored;

#[cfg(feature = "postgres")]
pub(crate) use self::fields::{Fields, FromFields};
pub(crate) use self::{
    cells::{Cell, Columns},
    challenge::{ChallengeProgress, ChallengeRow},
    claim::ClaimRow,
    columns::{Reader, Unreadable},
    delivery::DeliveryRow,
    ledger::LedgerRow,
    meter::MeterRow,
    reply::ReplyRow,
    stored::Stored,
};
