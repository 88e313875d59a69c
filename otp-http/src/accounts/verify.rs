//! Answering a guess.

use otp_core::Outcome;
use otp_service::{Account, Address, CheckRequest};
use serde_json::{Value, json};

use super::{
    AccountApp,
    input::Input,
    table::{ACCOUNT_VERIFIED, Call, OTP, OTP_CODE, PHONE_VERIFIED},
};
use crate::error::ApiError;

/// A code that is refused for whatever reason.
const REFUSED: ApiError = ApiError::CodeInvalid { checks_left: None };

/// The same look-up and the same check whoever asks about whom. Only the right code of an account that is not verified
/// goes further, and that caller may know.
pub(super) async fn verify(app: &AccountApp, call: Call, input: &Input<'_>) -> Result<Value, ApiError> {
    let recipient = input.recipient();
    let account = app.accounts.find(&recipient).await?;
    let code = input.text(if call == Call::VerifyOtp { OTP_CODE } else { OTP });
    let check = CheckRequest::new(recipient.clone(), Address::Recipient, code)
        .purpose(call.purpose(app).clone())
        .discreet();
    let checked = app.verifier.check(check).await?;
    if let Some(error) = refusal(app, checked.outcome) {
        return Err(error);
    }
    let unverified = |account: &Account| !account.has_verified(&recipient);
    let account = account.filter(unverified).ok_or(REFUSED)?;
    // Of several calls with the right code this lets one through. If it fails, the code is right the next time too.
    let now = app.verifier.now();
    if !app.accounts.mark_verified(&account.id, &recipient, now).await? {
        return Err(REFUSED);
    }
    Ok(match call {
        Call::VerifyOtp => json!({ "success": true, "message": PHONE_VERIFIED }),
        _ => json!({ "message": ACCOUNT_VERIFIED, "verified": true }),
    })
}

fn refusal(app: &AccountApp, outcome: Outcome) -> Option<ApiError> {
    let error = ApiError::of_outcome(outcome)?;
    let says_why = matches!(error, ApiError::TooManyChecks | ApiError::Locked { .. }) && !app.strict_errors;
    Some(if says_why { error } else { error.without_reason() })
}
