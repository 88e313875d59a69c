//! Whether Twilio would take our messages, found out without sending one.

use otp_provider::{Answer, BaseUrl, CallError, Request};
use otp_service::SendError;
use serde::Deserialize;

use crate::config::Api;

/// Where Twilio's own places are, those of its regions included.
const TWILIO: &str = "twilio.com";

/// What an authenticated look at the account found: to have one at all means that Twilio is reachable and takes our
/// credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Probe {
    /// The account's state; `None` with an API key, which may not see it.
    pub state: Option<AccountState>,
    /// Whether it is a trial account, which reaches verified numbers only; `None` with an API key.
    pub is_trial: Option<bool>,
}

/// The state of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountState {
    /// It works.
    Active,
    /// Twilio or its owner stopped it for now.
    Suspended,
    /// It is gone.
    Closed,
}

#[derive(Deserialize)]
struct AccountResource {
    #[serde(default)]
    status: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

pub(crate) async fn probe(api: &Api, base: &BaseUrl) -> Result<Probe, SendError> {
    let account = api.account.sid.as_str();
    if !api.account.is_main() {
        // An API key of the standard kind may see the account's parts and not the account.
        let part = ["2010-04-01", "Accounts", account, "IncomingPhoneNumbers.json"];
        look(api, base, Request::get(base.at(part).query("PageSize", "1"))).await?;
        return Ok(Probe::default());
    }
    let account = format!("{account}.json");
    let endpoint = base.at(["2010-04-01", "Accounts", account.as_str()]);
    let answer = look(api, base, Request::get(endpoint)).await?;
    let found: AccountResource = answer.json().ok_or_else(|| untold(api, base, &answer))?;
    Ok(Probe {
        state: found.status.as_deref().and_then(|status| match status {
            "active" => Some(AccountState::Active),
            "suspended" => Some(AccountState::Suspended),
            "closed" => Some(AccountState::Closed),
            _ => None,
        }),
        is_trial: found.kind.map(|kind| kind.eq_ignore_ascii_case("trial")),
    })
}

/// A 2xx.
pub(crate) async fn look(api: &Api, base: &BaseUrl, request: Request) -> Result<Answer, SendError> {
    let answer = api.answer(request).await?;
    if answer.is_success() { Ok(answer) } else { Err(untold(api, base, &answer)) }
}

/// What an answer means that does not show what was asked for.
fn untold(api: &Api, base: &BaseUrl, answer: &Answer) -> SendError {
    let is_refusal = !answer.is_success() && answer.tells_of_account();
    if is_refusal || base.is_of(TWILIO) {
        api.judgement.of_answer(&api.name, answer)
    } else {
        CallError::NotTold.of(&api.name)
    }
}
