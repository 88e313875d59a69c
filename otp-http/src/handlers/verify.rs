//! Answering a guess.

use otp_service::CheckRequest;
use serde_json::{Value, json};

use super::{input::Input, table::SECURITY_CODE};
use crate::error::ApiError;

pub(super) async fn verify(input: Input<'_>) -> Result<Value, ApiError> {
    let strict_errors = input.app.strict_errors;
    check(input).await.map_err(|error| if strict_errors { error.without_reason() } else { error })
}

async fn check(input: Input<'_>) -> Result<Value, ApiError> {
    let code = input.values.required(SECURITY_CODE.name);
    let check =
        CheckRequest::new(input.recipient.clone(), input.address()?, code).purpose(input.purpose().clone());
    let checked = input.verifier().check(check).await?;
    match ApiError::of_outcome(checked.outcome) {
        Some(error) => Err(error),
        None => Ok(json!({
            "message": "Security code is valid.",
            input.app.kind.field().name: input.recipient.as_str(),
            "proof": checked.proof,
        })),
    }
}
