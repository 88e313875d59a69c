//! Values that were copied from a guide and never filled in: the first entry of the troubleshooting guides.

use crate::config::{table::keys, values::Values};

/// Names the placeholders among the options of the senders in use: a problem in production, else a warning.
pub(super) fn check(values: &mut Values, twilio: bool, vonage: bool, smtp: bool) {
    for key in keys() {
        let in_use = match key.name.split('_').next() {
            Some("twilio") => twilio,
            Some("sms") => twilio && key.name.starts_with("sms_api_"),
            Some("vonage") => vonage,
            Some("smtp") => smtp,
            _ => false,
        };
        let text = values.text(key.name).or_else(|| values.url(key.name).map(|url| url.as_str()));
        if in_use && text.is_some_and(is_placeholder) {
            let problem = "a real value is expected, this is a placeholder";
            if values.choice("environment") == "production" {
                values.problem(key.name, problem);
            } else {
                values.warn(key.name, problem);
            }
        }
    }
}

fn is_placeholder(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let begins = ["your-", "your_", "changeme", "change-me", "change_me", "<", "placeholder", "xxxx"];
    begins.iter().any(|start| text.starts_with(start)) || text.contains("your_") || text.contains("/your-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for text in [
            "your-real-sms-api-key",
            "YOUR_ACCOUNT_SID",
            "https://api.twilio.com/2010-04-01/Accounts/YOUR_ACCOUNT_SID/Messages.json",
            "your-app-password",
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
