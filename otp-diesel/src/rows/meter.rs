//! [`Meter`] as a row.

use diesel::Queryable;
use otp_core::{Meter, MeterKey, Timestamp};

use super::{
    cells::columns,
    columns::{Bytes, Reader, Unreadable},
};

#[derive(Debug, Queryable)]
pub(crate) struct MeterRow<'a> {
    meter_key: Bytes<'a>,
    idle_at: i64,
}

columns!(
    MeterRow, otp_meters:
    meter_key, idle_at
);

impl<'a> From<&'a Meter> for MeterRow<'a> {
    fn from(meter: &'a Meter) -> Self {
        Self { meter_key: meter.key.as_bytes().as_slice().into(), idle_at: meter.idle_at.as_millis() }
    }
}

impl TryFrom<MeterRow<'_>> for Meter {
    type Error = Unreadable;

    fn try_from(row: MeterRow<'_>) -> Result<Self, Unreadable> {
        let key = Reader("otp_meters").array("meter_key", &row.meter_key)?;
        Ok(Self { key: MeterKey::from_bytes(key), idle_at: Timestamp::from_millis(row.idle_at) })
    }
}
