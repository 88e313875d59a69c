//! Reads what an authentic webhook says, whichever API posts it.
//!
//! | has | posted by | says |
//! |---|---|---|
//! | `messageId`, `status` | SMS API | delivery receipt |
//! | `message_uuid`, `status` | Messages API | message status |
//! | `uuid`, `status` | Voice API | call event |
//! | `request_id`, `status` | Verify v2 | event or summary |

use otp_core::{
    Channel,
    FailureClass::{self, Blocked, Route},
};
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
    #[serde(rename = "client-ref")]
    client_ref: Option<Value>,
    #[serde(rename = "err-code")]
    err_code: Option<Value>,
    error: Option<Value>,
    channel: Option<Value>,
}

/// What a status says of a message.
struct Said {
    state: ReportState,
    code: Option<String>,
    other_channel: Option<Channel>,
}

impl Said {
    const fn new(state: ReportState, code: Option<String>) -> Self {
        Self { state, code, other_channel: None }
    }
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
    let Some(Said { state, code, other_channel }) = found else { return Ok(Vec::new()) };
    if !is_reference(reference) {
        return Err(WebhookError::Malformed);
    }
    let reference = posted.parts().unwrap_or(reference).to_owned();
    Ok(vec![DeliveryReport { sender: sender.to_owned(), reference, state, code, other_channel }])
}

impl Posted {
    /// What all parts of a long text message have in common.
    fn parts(&self) -> Option<&str> {
        self.message_id.as_ref()?;
        self.client_ref.as_ref()?.as_str().filter(|text| is_parts(text))
    }

    fn of_sms(&self, status: &str) -> Said {
        let code = match &self.err_code {
            Some(Value::String(code)) => code.clone(),
            Some(Value::Number(code)) => code.to_string(),
            _ => String::new(),
        };
        state(status, &code, failure::of_err_code)
    }

    fn of_message(&self, status: &str) -> Said {
        let code = self.error.as_ref().and_then(failure::problem_code).unwrap_or_default();
        let said = state(status, &code, failure::of_message_code);
        let failed_by = self.channel().filter(|_| matches!(said.state, ReportState::Failed(_)));
        let other_channel = failed_by.and_then(|channel| failure::other_channel(channel, &code));
        Said { other_channel, ..said }
    }

    /// What the message went by; Vonage has more channels than there are here.
    fn channel(&self) -> Option<Channel> {
        self.channel.as_ref()?.as_str()?.parse().ok()
    }
}

/// A status that is neither here nor there is one of those between sending and arriving.
fn state(status: &str, code: &str, class: fn(&str) -> FailureClass) -> Said {
    let is_code = (1..=5).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) && code != "0";
    let state = match status {
        "delivered" | "read" => ReportState::Delivered,
        "failed" | "rejected" | "expired" | "undeliverable" | "unknown" => ReportState::Failed(class(code)),
        _ => ReportState::Progress,
    };
    Said::new(state, is_code.then(|| code.to_owned()))
}

/// A call that was answered has been heard when it ends.
fn of_call(status: &str) -> Said {
    match failure::of_call_status(status) {
        Some(class) => Said::new(ReportState::Failed(class), Some(status.to_owned())),
        None if status == "completed" => Said::new(ReportState::Delivered, None),
        None => Said::new(ReportState::Progress, None),
    }
}

/// Whoever typed the code has got it. That a verification expired says nothing about the message.
fn of_verification(status: &str) -> Said {
    let failed = |class| Said::new(ReportState::Failed(class), Some(status.to_owned()));
    match status {
        "completed" => Said::new(ReportState::Delivered, None),
        "failed" => failed(Route),
        "blocked" | "user_rejected" => failed(Blocked),
        _ => Said::new(ReportState::Progress, None),
    }
}

/// What Vonage's ids are made of: hexadecimal digits and hyphens, and a little leeway.
pub(crate) fn is_reference(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The longest `client-ref` of the SMS API, in bytes.
pub(crate) const LONGEST_REF: usize = 100;
/// What stands in the `client-ref` of a text that goes out in parts.
pub(crate) const PARTS: &str = "-parts-";

/// Whether a `client-ref` stands for the ids of all parts of a text.
pub(crate) fn is_parts(text: &str) -> bool {
    text.len() <= LONGEST_REF && text.contains(PARTS) && text.bytes().all(|b| b.is_ascii_graphic())
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
            (json!({"messageId": id, "status": "delivered", "client-ref": "a.1"}), SENDER, Delivered, None),
            (json!({"messageId": id, "status": "delivered", "client-ref": 7}), SENDER, Delivered, None),
            (
                json!({"message_uuid": id, "status": "read", "client-ref": "a-parts-1"}),
                SENDER,
                Delivered,
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
                other_channel: None,
            };
            assert_eq!(read(object.clone()), Ok(vec![expected]), "{object}");
        }
    }

    #[test]
    fn another_channel_is_offered_where_this_one_does_not_reach() {
        for (channel, status, code, offered) in [
            (json!("sms"), "rejected", 1280, Some(Channel::Voice)),
            (json!("sms"), "undeliverable", 1310, Some(Channel::Voice)),
            (json!("sms"), "submitted", 1280, None),
            (json!("sms"), "delivered", 1310, None),
            (json!("sms"), "rejected", 1300, None),
            (json!("whatsapp"), "rejected", 1300, Some(Channel::Sms)),
            (json!("whatsapp"), "rejected", 1310, Some(Channel::Sms)),
            (json!("whatsapp"), "rejected", 1280, None),
            (json!("viber_service"), "rejected", 1310, None),
            (json!(["sms"]), "rejected", 1280, None),
            (json!(null), "rejected", 1280, None),
        ] {
            let error = json!({"title": code});
            let object = json!({"message_uuid": "a-1", "channel": channel, "status": status, "error": error});
            let report = read(object.clone()).unwrap().remove(0);
            assert_eq!(report.other_channel, offered, "{object}");
        }
        // The numbers of text messages' receipts are others, and none of them says so.
        for code in 0..100 {
            let object = json!({"messageId": "0A1", "channel": "sms", "status": "failed", "err-code": code});
            assert_eq!(read(object).unwrap().remove(0).other_channel, None, "{code}");
        }
    }

    #[test]
    fn parts_have_one_name() {
        let name = |client_ref: &str| {
            let object = json!({"messageId": "0A1", "status": "delivered", "client-ref": client_ref});
            read(object).unwrap().remove(0).reference
        };
        assert_eq!(name("a.1-parts-01234567"), "a.1-parts-01234567");
        let long = format!("{}-parts-01234567", "a".repeat(90));
        for other in ["a.1", "", "a.1-parts-\n", &long] {
            assert_eq!(name(other), "0A1", "{other}");
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
