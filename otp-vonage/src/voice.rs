//! Calls that speak the code: `POST /v1/calls`.

use std::time::Duration;

use otp_core::FailureClass;
use otp_provider::Request;
use otp_service::{Message, Receipt, SendError};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{api::Api, failure, language::voice, messages::receipt};

/// How long a telephone rings, in seconds; the API takes 1 to 120.
const LONGEST_RING: Duration = Duration::from_secs(60);
/// When a call ends whatever is spoken, in seconds: the longest built-in text takes half a minute.
const LONGEST_CALL: u32 = 120;

/// Calls the number and speaks the message.
pub(crate) async fn call(api: &Api, message: &Message) -> Result<Receipt, SendError> {
    let body = body(api, message)?;
    let answer = api.call_as_application(Request::post(api.at(["v1", "calls"])), Some(&body)).await?;
    if !answer.is_success() {
        return Err(failure::of_problem(api.sender, &answer, FailureClass::Provider));
    }
    receipt(api, &answer, "uuid")
}

fn body(api: &Api, message: &Message) -> Result<Value, SendError> {
    let Spoken { text, times } = spoken(message.body.expose(), message.code.expose());
    let mut body = json!({
        "to": [{"type": "phone", "number": api.digits(message)?}],
        "ncco": [{"action": "talk", "text": text.as_str(), "language": voice(&message.language), "loop": times}],
        "ringing_timer": message.expires_in.clamp(Duration::from_secs(1), LONGEST_RING).as_secs(),
        "length_timer": LONGEST_CALL,
    });
    match api.config.caller() {
        Some(from) => body["from"] = json!({"type": "phone", "number": from}),
        None => body["random_from_number"] = true.into(),
    }
    if let Some(callback) = &api.config.callback {
        body["event_url"] = json!([callback]);
        body["event_method"] = "POST".into();
    }
    Ok(body)
}

struct Spoken {
    text: Zeroizing<String>,
    times: u8,
}

/// The text with the code digit by digit, and how often it is spoken so that the code is heard twice: the built-in texts
/// have it twice already, an operator's may have it once.
fn spoken(body: &str, code: &str) -> Spoken {
    let mut spelled = Zeroizing::new(String::with_capacity(code.len() * 3));
    for digit in code.chars() {
        if !spelled.is_empty() {
            spelled.push_str(", ");
        }
        spelled.push(digit);
    }
    if code.is_empty() {
        return Spoken { text: Zeroizing::new(body.to_owned()), times: 1 };
    }
    let text = Zeroizing::new(body.replace(code, &spelled));
    let times = if text.matches(spelled.as_str()).count() > 1 { 1 } else { 2 };
    Spoken { text, times }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_heard_twice_digit_by_digit() {
        for (body, code, text, times) in [
            (
                "Your code is: 0, 1, 2, 3. Again: 0, 1, 2, 3.",
                "0123",
                "Your code is: 0, 1, 2, 3. Again: 0, 1, 2, 3.",
                1,
            ),
            ("Your code is: 0, 1, 2, 3.", "0123", "Your code is: 0, 1, 2, 3.", 2),
            ("Your code is: 0123.", "0123", "Your code is: 0, 1, 2, 3.", 2),
            ("0123 and 0, 1, 2, 3", "0123", "0, 1, 2, 3 and 0, 1, 2, 3", 1),
            ("A test.", "", "A test.", 1),
        ] {
            let found = spoken(body, code);
            assert_eq!((found.text.as_str(), found.times), (text, times), "{body}");
        }
    }
}
