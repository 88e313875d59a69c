//! Withdrawing a verification.

use serde_json::{Value, json};

use super::input::Input;
use crate::error::ApiError;

pub(super) async fn cancel(input: Input<'_>) -> Result<Value, ApiError> {
    let address = input.address()?;
    input.verifier().cancel(input.purpose(), &input.recipient, &address).await??;
    Ok(json!({ "message": "Verification cancelled." }))
}
