//! Values that were copied from a guide and never filled in: the first entry of the troubleshooting guides.

use std::collections::BTreeMap;

use otp_core::Channel;

use super::SenderName;
use crate::config::{table::keys, values::Values};

/// What a problem or warning about one says.
pub(crate) const EXPECTED: &str = "a real value is expected, this is a placeholder";

/// A key whose value was never filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placeholder {
    /// The key.
    pub(crate) key: &'static str,
    /// Whether a sender in use needs it.
    pub(crate) in_use: bool,
}

/// Finds the placeholders among the options of every sender. Of a sender in use they are problems in production and
/// warnings else.
pub(in crate::config) fn placeholders(
    values: &mut Values,
    routes: &BTreeMap<Channel, Vec<SenderName>>,
) -> Vec<Placeholder> {
    let uses = |provider: &str| routes.values().flatten().any(|name| name.provider() == Some(provider));
    let (twilio, vonage, smtp) = (uses("twilio"), uses("vonage"), uses("smtp"));
    let mut placeholders = Vec::new();
    for key in keys() {
        let in_use = match key.name.split('_').next() {
            Some("twilio") => twilio,
            Some("sms") if key.name.starts_with("sms_api_") => twilio,
            Some("vonage") => vonage,
            Some("smtp") => smtp,
            _ => continue,
        };
        let text = values.text(key.name).or_else(|| values.url(key.name).map(|url| url.as_str()));
        if !text.is_some_and(is_placeholder) {
            continue;
        }
        placeholders.push(Placeholder { key: key.name, in_use });
        match values.choice("environment") {
            _ if !in_use => {}
            "production" => values.problem(key.name, EXPECTED),
            _ => values.warn(key.name, EXPECTED),
        }
    }
    placeholders
}

fn is_placeholder(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let begins = ["your-", "your_", "changeme", "change-me", "change_me", "<", "placeholder", "xxxx"];
    begins.iter().any(|start| text.starts_with(start))
        || text.contains("your_")
        || text.contains("/your-")
        || text.ends_with("@yourcompany.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_placeholders() {
        for text in [
            "your-real-sms-api-key",
            "YOUR_ACCOUNT_SID",
            "https://api.twilio.com/2010-04-01/Accounts/YOUR_ACCOUNT_SID/Messages.json",
            "your-app-password",
            "noreply@yourcompany.com",
            "<token>",
            "changeme",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["AC0123456789", "you", "p<x", "noreply@yourcompany.example"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
