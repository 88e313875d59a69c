//! Reading where a verification stands.

use otp_core::{DeliveryState, StatusState};
use serde_json::{Value, json};

use super::input::Input;
use crate::{error::ApiError, rounding::whole_seconds};

/// What `state` may be.
pub(super) const STATES: [&str; 4] = ["pending", "verified", "expired", "locked"];
/// What `delivery` may be.
pub(super) const DELIVERIES: [&str; 6] = ["queued", "sending", "sent", "delivered", "failed", "abandoned"];

pub(super) async fn status(input: Input<'_>) -> Result<Value, ApiError> {
    let status = input.verifier().status(input.purpose(), &input.recipient, &input.address()?).await?;
    let status = status.ok_or(ApiError::SessionMismatch)?;
    let mut answer = json!({
        "state": STATES[match status.state {
            StatusState::Pending => 0,
            StatusState::Verified => 1,
            StatusState::Expired => 2,
            StatusState::Locked => 3,
        }],
        "delivery": DELIVERIES[match status.delivery {
            Some(DeliveryState::Queued) => 0,
            Some(DeliveryState::Sending) => 1,
            // Nothing leaves for a prescribed code: register called that sent.
            Some(DeliveryState::Sent) | None => 2,
            Some(DeliveryState::Delivered) => 3,
            Some(DeliveryState::Failed) => 4,
            Some(DeliveryState::Abandoned) => 5,
        }],
        "expires_in": whole_seconds(status.expires_in),
        "resend_in": whole_seconds(status.resend_in),
        "checks_left": status.checks_left,
    });
    if let Some(channel) = status.other_channel {
        answer["other_channel"] = channel.as_str().into();
    }
    Ok(answer)
}
