//! The queries about accounts, written once. Each backend compiles this file with its own `dialect` beside it.

use diesel::{
    QueryResult,
    prelude::*,
    result::{DatabaseErrorKind, Error},
};
use otp_core::{Recipient, Timestamp};

use super::dialect::Connection;
use crate::{
    accounts::{AccountRow, AccountRows},
    schema::otp_accounts,
};

impl AccountRows for Connection {
    fn find(&mut self, recipient: &Recipient) -> QueryResult<Option<AccountRow>> {
        match recipient {
            Recipient::Email(email) => {
                otp_accounts::table.filter(otp_accounts::email.eq(email.as_str())).first(self)
            }
            Recipient::Phone(phone) => {
                otp_accounts::table.filter(otp_accounts::phone.eq(phone.as_str())).first(self)
            }
        }
        .optional()
    }

    fn insert(&mut self, row: &AccountRow) -> QueryResult<bool> {
        match diesel::insert_into(otp_accounts::table).values(row).execute(self) {
            Ok(_) => Ok(true),
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn mark(&mut self, account: &str, recipient: &Recipient, at: Timestamp) -> QueryResult<bool> {
        let row = diesel::update(otp_accounts::table.find(account));
        let at = at.as_millis();
        let changed = match recipient {
            Recipient::Email(email) => row
                .filter(otp_accounts::email.eq(email.as_str()))
                .filter(otp_accounts::email_verified_at.is_null())
                .set(otp_accounts::email_verified_at.eq(at))
                .execute(self),
            Recipient::Phone(phone) => row
                .filter(otp_accounts::phone.eq(phone.as_str()))
                .filter(otp_accounts::phone_verified_at.is_null())
                .set(otp_accounts::phone_verified_at.eq(at))
                .execute(self),
        };
        changed.map(|rows| rows == 1)
    }

    fn forget_account(&mut self, recipient: &Recipient) -> QueryResult<usize> {
        let accounts = diesel::delete(otp_accounts::table);
        match recipient {
            Recipient::Email(email) => accounts.filter(otp_accounts::email.eq(email.as_str())).execute(self),
            Recipient::Phone(phone) => accounts.filter(otp_accounts::phone.eq(phone.as_str())).execute(self),
        }
    }
}
