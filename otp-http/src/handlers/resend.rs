//! Asking for the message again.

use otp_service::ResendRequest;
use serde_json::Value;

use super::{input::Input, session};
use crate::error::ApiError;

pub(super) async fn resend(input: Input<'_>) -> Result<Value, ApiError> {
    let mut resend =
        ResendRequest::new(input.recipient.clone(), input.address()?).purpose(input.purpose().clone());
    if let Some(channel) = input.channel()? {
        resend = resend.channel(channel);
    }
    if let Some(language) = input.named_language() {
        resend = resend.language(language);
    }
    if let Some(caller) = input.caller() {
        resend = resend.caller(caller);
    }
    if let Some((key, same)) = input.idempotency("resend")? {
        resend = resend.idempotency(key, &same);
    }
    let session = input.verifier().resend(resend).await?;
    Ok(session::resent(input.app.kind, &session))
}
