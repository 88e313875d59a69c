//! Adding an account.

use otp_core::Timestamp;
use otp_service::{Account, NewAccount};
use serde_json::{Value, json};

use super::{
    AccountApp,
    input::Input,
    table::{FIRST_NAME, LAST_NAME},
};
use crate::error::ApiError;

pub(super) async fn register(app: &AccountApp, input: &Input<'_>) -> Result<Value, ApiError> {
    let new = NewAccount {
        email: input.email(),
        phone: input.phone(),
        first_name: input.text(FIRST_NAME).to_owned(),
        last_name: input.text(LAST_NAME).to_owned(),
        created_at: app.verifier.now(),
    };
    Ok(answer(&app.accounts.register(new).await?))
}

fn answer(account: &Account) -> Value {
    json!({
        "id": account.id.as_str(),
        "email": account.email.as_ref().map(|email| email.as_str()),
        "phone": account.phone.as_ref().map(|phone| phone.as_str()),
        "first_name": account.first_name,
        "last_name": account.last_name,
        "is_verified": account.is_email_verified,
        "created_at": rfc_3339(account.created_at),
    })
}

/// To the millisecond, in UTC.
fn rfc_3339(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or_default();
    format!("{time:.3}")
}
