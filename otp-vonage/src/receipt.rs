//! Reads what an authentic webhook says, whichever API posts it.
//!
//! | has | posted by | says |
//! |---|---|---|
//! | `messageId`, `status` | SMS API | delivery receipt |
//! | `message_uuid`, `status` | Messages API | message status |
//! | `uuid`, `status` | Voice API | call event |
//! | `request_id`, `status` | Verify v2 | event or summary |

use otp_core::FailureClass::{self, Blocked, Route};
use otp_service::{DeliveryReport, ReportState, WebhookError};
use serde::Deserialize;
use serde_json::Value;

use crate::{SENDER, VERIFY, failure};

/// The members of all four that say anything here.
#[derive(Deserialize)]
struct Posted {
    #[serde(rename = "messageId")]
    message_id: Option<String>,
    message_uuid: Option<String>,
    uuid: Option<String>,
    request_id: Option<String>,
    status: Option<String>,
    #[serde(rename = "err-code")]
    err_code: Option<Value>,
    error: Option<Value>,
}

/// The reports in a posted object. An object of ours without a status (a message that somebody sent to the number) is
/// none, so that Vonage does not repeat it.
pub(crate) fn read(object: Value) -> Result<Vec<DeliveryReport>, WebhookError> {
    let posted: Posted = serde_json::from_value(object).map_err(|_| WebhookError::Malformed)?;
    let status = posted.status.as_deref();
    let (sender, reference, found) = match &posted {
        Posted { message_id: Some(id), .. } => (SENDER, id, status.map(|status| posted.of_sms(status))),
        Posted { message_uuid: Some(id), .. } => (SENDER, id, status.map(|status| posted.of_message(status))),
        Posted { request_id: Some(id), .. } => (VERIFY, id, status.map(of_verification)),
        Posted { uuid: Some(id), .. } => (SENDER, id, status.map(of_call)),
        _ => return Err(WebhookError::Malformed),
    };
    let Some((state, code)) = found else { return Ok(Vec::new()) };
    if !is_reference(reference) {
        return Err(WebhookError::Malformed);
    }
    Ok(vec![DeliveryReport { sender: sender.to_owned(), reference: reference.clone(), state, code }])
}

impl Posted {
    fn of_sms(&self, status: &str) -> (ReportState, Option<String>) {
        let code = match &self.err_code {
            Some(Value::String(code)) => code.clone(),
            Some(Value::Number(code)) => code.to_string(),
            _ => String::new(),
        };
        state(status, &code, failure::of_err_code)
    }

    fn of_message(&self, status: &str) -> (ReportState, Option<String>) {
        let code = self.error.as_ref().and_then(failure::problem_code).unwrap_or_default();
        state(status, &code, failure::of_message_code)
    }
}

/// A status that is neither here nor there is one of those between sending and arriving.
fn state(status: &str, code: &str, class: fn(&str) -> FailureClass) -> (ReportState, Option<String>) {
    let is_code = (1..=5).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) && code != "0";
    let state = match status {
        "delivered" | "read" => ReportState::Delivered,
        "failed" | "rejected" | "expired" | "undeliverable" | "unknown" => ReportState::Failed(class(code)),
        _ => ReportState::Progress,
    };
    (state, is_code.then(|| code.to_owned()))
}

/// A call that was answered has been heard when it ends.
fn of_call(status: &str) -> (ReportState, Option<String>) {
    match failure::of_call_status(status) {
        Some(class) => (ReportState::Failed(class), Some(status.to_owned())),
        None if status == "completed" => (ReportState::Delivered, None),
        None => (ReportState::Progress, None),
    }
}

/// Whoever typed the code has got it. That a verification expired says nothing about the message.
fn of_verification(status: &str) -> (ReportState, Option<String>) {
    let failed = |class| (ReportState::Failed(class), Some(status.to_owned()));
    match status {
        "completed" => (ReportState::Delivered, None),
        "failed" => failed(Route),
        "blocked" | "user_rejected" => failed(Blocked),
        _ => (ReportState::Progress, None),
    }
}

/// What Vonage's ids are made of: hexadecimal digits and hyphens, and a little leeway.
pub(crate) fn is_reference(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use otp_core::FailureClass::{Recipient, Transient};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_posted() {
        use ReportState::{Delivered, Failed, Progress};

        let id = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
        for (object, sender, state, code) in [
            (json!({"messageId": id, "status": "accepted", "err-code": "0"}), SENDER, Progress, None),
            (json!({"messageId": id, "status": "buffered"}), SENDER, Progress, None),
            (json!({"messageId": id, "status": "delivered", "err-code": "0"}), SENDER, Delivered, None),
            (json!({"messageId": id, "status": "expired", "err-code": "0"}), SENDER, Failed(Route), None),
            (
                json!({"messageId": id, "status": "unknown", "err-code": 3}),
                SENDER,
                Failed(Recipient),
                Some("3"),
            ),
            (
                json!({"messageId": id, "status": "failed", "err-code": "4477009"}),
                SENDER,
                Failed(Route),
                None,
            ),
            (json!({"message_uuid": id, "status": "submitted"}), SENDER, Progress, None),
            (json!({"message_uuid": id, "status": "read"}), SENDER, Delivered, None),
            (
                json!({"message_uuid": id, "status": "rejected", "error": {"title": 1240}}),
                SENDER,
                Failed(Blocked),
                Some("1240"),
            ),
            (json!({"message_uuid": id, "status": "undeliverable"}), SENDER, Failed(Route), None),
            (json!({"uuid": id, "status": "started", "direction": "outbound"}), SENDER, Progress, None),
            (json!({"uuid": id, "status": "answered"}), SENDER, Progress, None),
            (json!({"uuid": id, "status": "completed", "duration": "9"}), SENDER, Delivered, None),
            (json!({"uuid": id, "status": "busy"}), SENDER, Failed(Transient), Some("busy")),
            (json!({"uuid": id, "status": "unanswered"}), SENDER, Failed(Route), Some("unanswered")),
            (json!({"request_id": id, "type": "event", "status": "completed"}), VERIFY, Delivered, None),
            (json!({"request_id": id, "type": "summary", "status": "expired"}), VERIFY, Progress, None),
            (
                json!({"request_id": id, "status": "user_rejected"}),
                VERIFY,
                Failed(Blocked),
                Some("user_rejected"),
            ),
        ] {
            let expected = DeliveryReport {
                sender: sender.to_owned(),
                reference: id.to_owned(),
                state,
                code: code.map(str::to_owned),
            };
            assert_eq!(read(object.clone()), Ok(vec![expected]), "{object}");
        }
    }

    #[test]
    fn what_is_not_a_receipt() {
        let inbound = json!({"message_uuid": "a-1", "from": "447700900000", "text": "STOP"});
        assert_eq!(read(inbound), Ok(Vec::new()));
        for object in [
            json!({}),
            json!([]),
            json!("delivered"),
            json!({"status": "delivered"}),
            json!({"messageId": "", "status": "delivered"}),
            json!({"messageId": 7, "status": "delivered"}),
            json!({"messageId": "a b", "status": "delivered"}),
            json!({"messageId": "a".repeat(65), "status": "delivered"}),
            json!({"messageId": "a-1", "status": 1}),
        ] {
            assert_eq!(read(object.clone()), Err(WebhookError::Malformed), "{object}");
        }
    }
}
