//! What an operator does about a message that a provider did not take.

use otp_core::FailureClass;
use otp_service::SendError;

/// What to do about a failure: by its code where that says more than the class.
pub(crate) fn remedy(error: &SendError) -> String {
    let code = error.code.as_deref().unwrap_or_default();
    if let Some((_, remedy)) = BY_CODE.iter().find(|(known, _)| *known == code) {
        return (*remedy).to_owned();
    }
    let remedy = by_class(error.class);
    match documentation(&error.sender, code) {
        Some(page) => format!("{remedy}; see {page}"),
        None => remedy.to_owned(),
    }
}

/// Codes that the connection gave, not the provider.
const BY_CODE: [(&str, &str); 11] = [
    ("dns", "the provider's name does not resolve: check the base URL, and this machine's DNS"),
    ("connect", "nothing answers there: let this machine make outbound HTTPS connections to the provider"),
    ("tls", "something on the way breaks TLS: check proxies and firewalls between here and the provider"),
    (
        "certificate",
        "check the base URL; are this machine's root certificates installed and its clock right?",
    ),
    ("redirect", "the base URL leads elsewhere, and codes are not sent after it: correct the base URL"),
    ("timeout", "no answer in time: try again, and look whether the message arrived before you do"),
    ("http_401", "correct account and secret: the provider does not know them"),
    ("http_403", "the account may not do this: check its permissions and sender in the provider's console"),
    ("http_404", "correct account and base URL: the provider has no such account there"),
    ("http_429", "too many requests for the account: wait, or have the provider raise its limit"),
    ("20003", "correct account and secret: Twilio does not know them"),
];

const fn by_class(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Transient => "the provider is busy or out of order: try again in a while",
        FailureClass::Unknown => "nobody knows whether it left: look whether it arrived before you try again",
        FailureClass::Provider => {
            "check the account in the provider's console: credentials, credit, permissions, the number it sends from"
        }
        FailureClass::Route => "this provider does not reach the number: add another sender to the channel",
        FailureClass::Recipient => {
            "check the recipient; a trial account reaches numbers only that were verified in the console"
        }
        FailureClass::Blocked => {
            "the recipient opted out or is blocked: only they, or the provider, can undo that"
        }
        FailureClass::Request => "the provider does not understand the message: check texts and templates",
    }
}

fn documentation(sender: &str, code: &str) -> Option<String> {
    let is_number = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    match sender {
        "twilio" | "twilio-verify" if is_number => {
            Some(format!("https://www.twilio.com/docs/api/errors/{code}"))
        }
        "vonage" | "vonage-verify" if is_number => Some("https://developer.vonage.com/api-errors".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_remedy() {
        let failure = |sender: &str, class, code: &str| remedy(&SendError::new(sender, class).code(code));
        for class in FailureClass::ALL {
            assert!(!remedy(&SendError::new("smtp", class)).is_empty());
        }
        assert!(failure("twilio", FailureClass::Transient, "dns").contains("DNS"));
        let blocked = failure("twilio", FailureClass::Blocked, "21610");
        assert!(blocked.contains("opted out") && blocked.ends_with("errors/21610"), "{blocked}");
        assert!(!failure("smtp", FailureClass::Recipient, "550").contains("http"));
    }
}
