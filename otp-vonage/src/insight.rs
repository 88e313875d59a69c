//! Number Insight, basic: `GET /ni/basic/json`.

use std::time::Duration;

use otp_core::{FailureClass, PhoneNumber};
use otp_provider::Request;
use otp_service::SendError;
use serde_json::Value;
use tracing::debug;

use crate::api::Api;

/// How long a look before a message may take; a delivery worker gives a send 8 s in all.
const LIMIT: Duration = Duration::from_secs(2);

/// What Vonage knows about a number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Insight {
    /// The country it belongs to, as in ISO 3166-1 alpha-2: `GB`.
    pub country: Option<String>,
}

/// Asks about a number. Its class is `recipient` where the number cannot exist.
pub(crate) async fn ask(api: &Api, number: &PhoneNumber) -> Result<Insight, SendError> {
    let endpoint = api.at(["ni", "basic", "json"]).query("number", number.as_str().trim_start_matches('+'));
    let answer = api.call(api.as_account(Request::get(endpoint)).within(LIMIT)).await?;
    if !answer.is_success() {
        return Err(answer.failure(api.sender));
    }
    let reply: Value = answer.json().ok_or_else(|| answer.failure(api.sender))?;
    let status = match reply.get("status") {
        Some(Value::Number(status)) => status.as_u64(),
        Some(Value::String(status)) => status.parse().ok(),
        _ => None,
    };
    // As documented for the basic level. We always send a number, so "missing parameters" means that it is none.
    let class = match status {
        Some(0) => {
            let country = reply.get("country_code").and_then(Value::as_str);
            let country =
                country.filter(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()));
            return Ok(Insight { country: country.map(str::to_owned) });
        }
        Some(1 | 5) => FailureClass::Transient,
        Some(3) => FailureClass::Recipient,
        _ => FailureClass::Provider,
    };
    let error = SendError::new(api.sender, class);
    Err(match status {
        Some(status) => error.code(format!("insight_{status}")),
        None => error,
    })
}

/// A look before a message: refuses numbers that cannot exist. Any other failure is no reason to send nothing.
pub(crate) async fn precheck(api: &Api, number: &PhoneNumber) -> Result<(), SendError> {
    match ask(api, number).await {
        Err(error) if error.class == FailureClass::Recipient => Err(error),
        Err(error) => {
            debug!(
                sender = api.sender,
                class = error.class.as_str(),
                "number insight failed; sending all the same"
            );
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}
