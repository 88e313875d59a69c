//! Beginning a verification.

use otp_service::StartRequest;
use serde_json::Value;

use super::{input::Input, session};
use crate::error::ApiError;

pub(super) async fn register(input: Input<'_>) -> Result<Value, ApiError> {
    let mut start = StartRequest::new(input.recipient.clone())
        .purpose(input.purpose().clone())
        .language(input.language());
    if let Some(channel) = input.channel()? {
        start = start.channel(channel);
    }
    if let Some(ending) = input.ending()? {
        start = start.ending(ending);
    }
    if let Some(caller) = input.caller() {
        start = start.caller(caller);
    }
    if let Some((key, same)) = input.idempotency("register")? {
        start = start.idempotency(key, &same);
    }
    let session = input.verifier().start(start).await?;
    Ok(session::begun(input.app.kind, &session))
}
