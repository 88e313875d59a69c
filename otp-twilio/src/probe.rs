//! Whether Twilio would take our messages, found out without sending one.

use otp_provider::{BaseUrl, Request};
use otp_service::SendError;
use serde::Deserialize;

use crate::config::Api;

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
        api.tell(Request::get(base.at(part).query("PageSize", "1"))).await?;
        return Ok(Probe::default());
    }
    let account = format!("{account}.json");
    let endpoint = base.at(["2010-04-01", "Accounts", account.as_str()]);
    let found: AccountResource = api.call(Request::get(endpoint)).await?;
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
