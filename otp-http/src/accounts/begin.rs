//! Asking for a code.

use std::time::Duration;

use otp_service::StartRequest;
use serde_json::{Value, json};

use super::{
    AccountApp,
    input::Input,
    table::{Call, SENT_BY_EMAIL, SENT_BY_PHONE},
};
use crate::error::ApiError;

/// The same look-up and the same start whoever asks about whom; that nothing is sent to some shows in no answer.
pub(super) async fn begin(app: &AccountApp, call: Call, input: &Input<'_>) -> Result<Value, ApiError> {
    let recipient = input.recipient();
    let account = app.accounts.find(&recipient).await?;
    let is_wanted = account.is_some_and(|account| !account.has_verified(&recipient));
    let accepted = input.request.accept_language();
    let mut start = StartRequest::new(recipient)
        .purpose(call.purpose(app).clone())
        .language(app.verifier.catalogue().negotiate(None, Some(&accepted)))
        .by_recipient()
        .discreet(is_wanted);
    if let Some(caller) = app.callers.caller(input.request.peer, &input.request.headers) {
        start = start.caller(caller);
    }
    app.verifier.start(start).await?;
    // Not of the session: what is left of a code tells what was asked for before.
    let expires_in_minutes = whole_minutes(app.verifier.policy().life());
    Ok(match call {
        Call::VerifyPhone => json!({
            "success": true, "message": SENT_BY_PHONE, "expires_in_minutes": expires_in_minutes,
        }),
        _ => json!({ "message": SENT_BY_EMAIL, "expires_in_minutes": expires_in_minutes }),
    })
}

const fn whole_minutes(life: Duration) -> u64 {
    life.as_secs().div_ceil(60)
}
