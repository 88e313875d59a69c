//! [`Claim`] as a row.

use diesel::Queryable;
use otp_core::{Claim, ClaimKey, Timestamp};

use super::{
    cells::columns,
    columns::{Bytes, Reader, Unreadable},
};

#[derive(Debug, Queryable)]
pub(crate) struct ClaimRow<'a> {
    claim_key: Bytes<'a>,
    forget_at: i64,
}

columns!(
    ClaimRow, otp_claims:
    claim_key, forget_at
);

impl<'a> From<&'a Claim> for ClaimRow<'a> {
    fn from(claim: &'a Claim) -> Self {
        Self { claim_key: claim.key.as_bytes().as_slice().into(), forget_at: claim.forget_at.as_millis() }
    }
}

impl TryFrom<ClaimRow<'_>> for Claim {
    type Error = Unreadable;

    fn try_from(row: ClaimRow<'_>) -> Result<Self, Unreadable> {
        let key = Reader("otp_claims").array("claim_key", &row.claim_key)?;
        Ok(Self { key: ClaimKey::from_bytes(key), forget_at: Timestamp::from_millis(row.forget_at) })
    }
}
