//! [`Probe`]: whether the account and the application are good, without sending anything.

use otp_provider::Request;
use otp_service::SendError;
use serde_json::Value;

use crate::api::Api;

/// What Vonage says to two requests that send nothing.
///
/// | part | request | proves |
/// |---|---|---|
/// | `account` | `GET /account/get-balance` at the SMS base URL, with key and secret | key and secret; tells the balance |
/// | `application` | `GET /v1/calls?page_size=1&status=started` at the API base URL, with a token of the application | application id, private key, the clock |
///
/// A failure of class `provider` with code `http_401` means wrong credentials; with `http_403` that the application
/// lacks the capability "Voice". The signature secret cannot be proven without sending.
#[derive(Debug)]
#[non_exhaustive]
pub struct Probe {
    /// The account.
    pub account: Result<Account, SendError>,
    /// The application, where one is configured.
    pub application: Option<Result<(), SendError>>,
}

/// An account that Vonage knows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Account {
    /// The credit, in euros; messages fail with status 9 without any.
    pub balance: Option<f64>,
    /// Whether the credit is topped up when it runs low.
    pub auto_reload: Option<bool>,
}

pub(crate) async fn probe(api: &Api) -> Probe {
    let application = match api.config.application {
        Some(_) => Some(application(api).await),
        None => None,
    };
    Probe { account: account(api).await, application }
}

async fn account(api: &Api) -> Result<Account, SendError> {
    let endpoint = api.config.sms_base.at(["account", "get-balance"]);
    let answer = api.call(api.as_account(Request::get(endpoint))).await?;
    if !answer.is_success() {
        return Err(answer.failure(api.sender));
    }
    let reply: Value = answer.json().ok_or_else(|| answer.failure(api.sender))?;
    Ok(Account {
        balance: reply.get("value").and_then(Value::as_f64),
        auto_reload: reply.get("autoReload").and_then(Value::as_bool),
    })
}

async fn application(api: &Api) -> Result<(), SendError> {
    let endpoint = api.at(["v1", "calls"]).query("page_size", "1").query("status", "started");
    let answer = api.call_as_application(Request::get(endpoint), None).await?;
    if answer.is_success() { Ok(()) } else { Err(answer.failure(api.sender)) }
}
