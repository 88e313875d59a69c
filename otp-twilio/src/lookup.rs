//! Lookup: what kind of line a number is, before a message is paid for.

use std::time::Duration;

use otp_core::{Channel, FailureClass, Recipient};
use otp_provider::{BaseUrl, Request};
use otp_service::SendError;
use serde::Deserialize;
use tracing::warn;

use crate::config::Api;

/// How long a look-up may keep a message waiting.
const LIMIT: Duration = Duration::from_millis(1_500);

/// Asks Lookup v2 before each send.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    pub(crate) base: BaseUrl,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    valid: Option<bool>,
    #[serde(default)]
    line_type_intelligence: Option<LineType>,
}

#[derive(Deserialize)]
struct LineType {
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

impl Lookup {
    /// Refuses numbers that the channel cannot reach. A look-up that fails refuses nothing: the send itself will tell.
    pub(crate) async fn check(&self, api: &Api, to: &Recipient, channel: Channel) -> Result<(), SendError> {
        let endpoint =
            self.base.at(["v2", "PhoneNumbers", to.as_str()]).query("Fields", "line_type_intelligence");
        match api.call::<Line>(Request::get(endpoint).within(LIMIT)).await {
            Ok(line) => verdict(&line, channel).map_or(Ok(()), |(code, other_channel)| {
                let mut refused = SendError::new(&api.name, FailureClass::Recipient).code(code);
                refused.other_channel = other_channel;
                Err(refused)
            }),
            // What Lookup finds wrong with the number itself is what the send would find.
            Err(error) if error.class == FailureClass::Recipient => Err(error),
            Err(error) => {
                warn!(
                    sender = api.name,
                    class = error.class.as_str(),
                    code = error.code,
                    "look-up failed; sending"
                );
                Ok(())
            }
        }
    }
}

/// Why the number is refused, and what may reach it instead.
fn verdict(line: &Line, channel: Channel) -> Option<(&'static str, Option<Channel>)> {
    if line.valid == Some(false) {
        return Some(("lookup_invalid", None));
    }
    let kind = line.line_type_intelligence.as_ref()?.kind.as_deref()?;
    match (kind, channel) {
        ("landline", Channel::Sms | Channel::Whatsapp) => Some(("lookup_landline", Some(Channel::Voice))),
        // Lines that cost the caller, or that nobody answers: never a person who signs in.
        ("premium" | "sharedCost" | "uan" | "voicemail" | "pager", _) => Some(("lookup_line_type", None)),
        _ => None,
    }
}
