//! [`Probe`]: whether the account and the application are good, without sending anything.

use otp_provider::{Answer, BaseUrl, CallError, Request};
use otp_service::SendError;
use serde_json::Value;

use crate::api::Api;

/// Where Vonage's own places are.
const VONAGE: [&str; 2] = ["nexmo.com", "vonage.com"];

/// What Vonage says to two requests that send nothing.
///
/// | part | request | proves |
/// |---|---|---|
/// | `account` | `GET /account/get-balance` at the SMS base URL, with key and secret | key and secret; tells the balance |
/// | `application` | `GET /v1/calls?page_size=1&status=started` at the API base URL, with a token of the application | application id, private key, the clock |
///
/// A failure of class `provider` with code `http_401` means wrong credentials; with `http_403` that the application
/// lacks the capability "Voice". With `not_told` something stands in for Vonage that has no such call: it neither
/// proves nor refuses. The signature secret cannot be proven without sending.
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
    let base = &api.config.sms_base;
    let endpoint = base.at(["account", "get-balance"]);
    let answer = api.call(api.as_account(Request::get(endpoint))).await?;
    if !answer.is_success() {
        return Err(untold(api, base, &answer));
    }
    let reply: Value = answer.json().ok_or_else(|| untold(api, base, &answer))?;
    Ok(Account {
        balance: reply.get("value").and_then(Value::as_f64),
        auto_reload: reply.get("autoReload").and_then(Value::as_bool),
    })
}

async fn application(api: &Api) -> Result<(), SendError> {
    let endpoint = api.at(["v1", "calls"]).query("page_size", "1").query("status", "started");
    let answer = api.call_as_application(Request::get(endpoint), None).await?;
    if answer.is_success() { Ok(()) } else { Err(untold(api, &api.config.api_base, &answer)) }
}

/// What an answer means that does not show what was asked for.
fn untold(api: &Api, base: &BaseUrl, answer: &Answer) -> SendError {
    let is_refusal = !answer.is_success() && answer.tells_of_account();
    if is_refusal || VONAGE.iter().any(|domain| base.is_of(domain)) {
        answer.failure(api.sender)
    } else {
        CallError::NotTold.of(api.sender)
    }
}
