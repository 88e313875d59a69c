//! [`Shape`]: what the text of an option looks like.

use otp_provider::Origin;

use crate::{ConfigError, public_url::PublicUrl};

/// The longest SID that is believed; Twilio's have 34 characters.
const LONGEST_SID: usize = 64;

/// What the text of an option looks like. Constructors and builders refuse what does not pass; who reads a configuration
/// of many options can ask for each one before, and name everything that is wrong at once.
///
/// ```
/// use otp_twilio::{ConfigError, Shape};
///
/// assert_eq!(Shape::From.check("+14155550100"), Ok(()));
/// assert_eq!(Shape::From.check("(415) 555-0100"), Err(ConfigError::From));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// The account's SID: `AC...`.
    AccountSid,
    /// An API key's SID: `SK...`.
    ApiKeySid,
    /// A Messaging Service's SID: `MG...`.
    MessagingServiceSid,
    /// A content template's SID: `HX...`.
    ContentTemplateSid,
    /// A Verify service's SID: `VA...`.
    VerifyServiceSid,
    /// What texts come from: an [`Origin`].
    From,
    /// What calls come from: a number in E.164.
    Voice,
    /// What WhatsApp messages come from: a number in E.164, or a Messaging Service.
    WhatsApp,
    /// The address that Twilio reports to.
    StatusCallback,
    /// The address that Twilio calls, as [`TwilioWebhook`](crate::TwilioWebhook) takes it.
    PublicUrl,
}

impl Shape {
    /// Whether the text looks like that.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], which says what is expected and never repeats the text.
    pub fn check(self, text: &str) -> Result<(), ConfigError> {
        match self {
            Self::AccountSid => sid("AC", "account", text),
            Self::ApiKeySid => sid("SK", "API key", text),
            Self::MessagingServiceSid => sid("MG", "messaging service", text),
            Self::ContentTemplateSid => sid("HX", "content template", text),
            Self::VerifyServiceSid => sid("VA", "Verify service", text),
            Self::From => Origin::of(text).map(drop).ok_or(ConfigError::From),
            Self::Voice => number(text),
            Self::WhatsApp if is_service(text) => Self::MessagingServiceSid.check(text),
            Self::WhatsApp => number(without_scheme(text)),
            Self::StatusCallback if is_web_address(text) => Ok(()),
            Self::StatusCallback => Err(ConfigError::StatusCallback),
            Self::PublicUrl => PublicUrl::parse(text).map(drop).ok_or(ConfigError::PublicUrl),
        }
    }
}

/// Whether WhatsApp messages come from the pool of a Messaging Service.
pub(crate) fn is_service(whatsapp: &str) -> bool {
    whatsapp.starts_with("MG")
}

/// A WhatsApp number without the `whatsapp:` that Twilio wants before it.
pub(crate) fn without_scheme(whatsapp: &str) -> &str {
    whatsapp.strip_prefix("whatsapp:").unwrap_or(whatsapp)
}

/// As the console shows it, stand-ins of other length included.
fn sid(prefix: &'static str, what: &'static str, sid: &str) -> Result<(), ConfigError> {
    let rest = sid.strip_prefix(prefix).unwrap_or_default();
    let is_sid =
        !rest.is_empty() && sid.len() <= LONGEST_SID && sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_sid { Ok(()) } else { Err(ConfigError::Sid { what, prefix }) }
}

fn number(text: &str) -> Result<(), ConfigError> {
    if Origin::of(text) == Some(Origin::Number) { Ok(()) } else { Err(ConfigError::Number) }
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let sid = |what, prefix| ConfigError::Sid { what, prefix };
        for (shape, good, bad, error) in [
            (Shape::AccountSid, "AC1", "SK1", sid("account", "AC")),
            (Shape::AccountSid, "AC0123456789abcdef0123456789abcdef", "AC", sid("account", "AC")),
            (Shape::ApiKeySid, "SK1", "SK 1", sid("API key", "SK")),
            (Shape::MessagingServiceSid, "MG1", "+14155550100", sid("messaging service", "MG")),
            (Shape::ContentTemplateSid, "HX1", "hx1", sid("content template", "HX")),
            (Shape::VerifyServiceSid, "VA1", "VA_1", sid("Verify service", "VA")),
            (Shape::From, "Acme", "4155550100", ConfigError::From),
            (Shape::Voice, "+14155550100", "Acme", ConfigError::Number),
            (Shape::Voice, "+14155550100", "12345", ConfigError::Number),
            (Shape::WhatsApp, "whatsapp:+14155550100", "whatsapp:Acme", ConfigError::Number),
            (Shape::WhatsApp, "+14155550100", "14155550100", ConfigError::Number),
            (Shape::WhatsApp, "MG1", "MG 1", sid("messaging service", "MG")),
            (Shape::StatusCallback, "https://a.example/x?y=z", "a.example", ConfigError::StatusCallback),
            (Shape::PublicUrl, "https://a.example/x", "https://a.example/x?y=z", ConfigError::PublicUrl),
        ] {
            assert_eq!(shape.check(good), Ok(()), "{shape:?} {good}");
            assert_eq!(shape.check(bad), Err(error), "{shape:?} {bad}");
        }
    }
}
