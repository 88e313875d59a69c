//! Options of senders that look wrong: problems like all others, each with its key, and all at once.

use std::fs;

use crate::support::{problems, production, variables};

/// An option that looks wrong, and a part of what is said about it.
const BAD: [(&str, &str, &str); 27] = [
    ("OTP_TWILIO_SID", "XX123", "twilio_sid (environment OTP_TWILIO_SID): the account SID is AC"),
    ("OTP_TWILIO_API_KEY", "AC1", "twilio_api_key (environment OTP_TWILIO_API_KEY): the API key SID is SK"),
    (
        "OTP_TWILIO_FROM",
        "(415) 555-0100",
        "twilio_from (environment OTP_TWILIO_FROM): texts come from a number",
    ),
    ("OTP_TWILIO_MESSAGING_SERVICE_SID", "+14155550100", "the messaging service SID is MG"),
    ("OTP_TWILIO_VOICE_FROM", "Acme", "calls and WhatsApp messages come from a number with +"),
    ("OTP_TWILIO_WHATSAPP_FROM", "whatsapp:Acme", "calls and WhatsApp messages come from a number with +"),
    ("OTP_TWILIO_WHATSAPP_TEMPLATE", "verify_code", "the content template SID is HX"),
    ("OTP_TWILIO_VERIFY_SERVICE_SID", "MG1", "the Verify service SID is VA"),
    ("OTP_TWILIO_STATUS_CALLBACK", "https://a.example/x?y=z", "the public address is one like"),
    (
        "OTP_TWILIO_BASE_URL",
        "https://a.example/?x=y",
        "twilio_base_url (environment OTP_TWILIO_BASE_URL): an",
    ),
    ("OTP_TWILIO_LOOKUP_BASE_URL", "https://a.example/?x=y", "query and fragment have no place in it"),
    ("OTP_TWILIO_VERIFY_BASE_URL", "https://a.example/?x=y", "query and fragment have no place in it"),
    ("OTP_VONAGE_KEY", "Zq9 hunter2", "vonage_key (environment OTP_VONAGE_KEY): the API key is what"),
    ("OTP_VONAGE_FROM", "A name too long", "the sender is a number with its country code"),
    ("OTP_VONAGE_VOICE_FROM", "Acme", "vonage_voice_from (environment OTP_VONAGE_VOICE_FROM): calls and"),
    ("OTP_VONAGE_WHATSAPP_FROM", "Acme", "calls and WhatsApp messages come from a number"),
    ("OTP_VONAGE_STATUS_CALLBACK", "http://a.example", "an https URL of at most 100 characters"),
    ("OTP_VONAGE_APPLICATION_ID", "acme", "the application id is a UUID"),
    ("OTP_VONAGE_PRIVATE_KEY", "Zq9hunter2", "the private key is not a PEM block of an RSA key"),
    ("OTP_VONAGE_VERIFY_BRAND", "Acme: the long brand", "a brand has 1 to 16 characters"),
    ("OTP_VONAGE_SMS_BASE_URL", "https://a.example/?x=y", "query and fragment have no place in it"),
    ("OTP_VONAGE_API_BASE_URL", "https://a.example/?x=y", "query and fragment have no place in it"),
    ("SMTP_SERVER", "mail.example.com:25", "its port is an option of its own"),
    ("FROM_EMAIL", "Acme", "mail comes from an e-mail address"),
    (
        "FROM_NAME",
        "A name of more than a hundred characters, which no client would show, and which fills the line of a \
         header",
        "takes at most 100 characters",
    ),
    ("OTP_SMTP_CA_FILE", "no/such/file", "the file of authorities no/such/file cannot be read: No such file"),
    ("OTP_TOKEN_LENGTH", "3", "token_length"),
];

/// What every sender in use has to have besides.
const REST: [(&str, &str); 8] = [
    ("OTP_SMS", "twilio,vonage,twilio-verify,vonage-verify"),
    ("OTP_EMAIL", "smtp"),
    ("OTP_TWILIO_SECRET", "Zq9hunter2"),
    ("OTP_TWILIO_API_KEY_SECRET", "Zq9hunter2"),
    ("OTP_VONAGE_SECRET", "Zq9hunter2"),
    ("OTP_VONAGE_SIGNATURE_SECRET", "Zq9hunter2"),
    ("SMTP_USERNAME", "u"),
    ("SMTP_PASSWORD", "Zq9hunter2"),
];

#[test]
fn every_mistake_is_named_at_once() {
    let all = REST.into_iter().chain(BAD.map(|(name, value, _)| (name, value)));
    let found = problems(&variables(all));
    for (name, _, expected) in BAD {
        let key = found.iter().find(|problem| problem.contains(expected) && problem.contains(name));
        assert!(key.is_some(), "{name}: {expected}: {found:#?}");
    }
    assert_eq!(found.len(), BAD.len(), "{found:#?}");
    let said = found.concat();
    for given in ["Zq9", "XX123", "(415)", "a.example", "verify_code"] {
        assert!(!said.contains(given), "{given}: {said}");
    }
}

/// A key is found missing, and others wrong, in one look.
#[test]
fn what_is_missing_hides_nothing() {
    let given = [("OTP_SMS", "twilio"), ("OTP_TWILIO_API_KEY", "x"), ("OTP_TWILIO_WHATSAPP_TEMPLATE", "x")];
    let found = problems(&variables(given));
    for key in
        ["twilio_sid", "twilio_api_key_secret", "twilio_from", "twilio_api_key", "twilio_whatsapp_template"]
    {
        let named = found.iter().filter(|problem| problem.split([' ', ':']).next() == Some(key)).count();
        assert_eq!(named, 1, "{key}: {found:#?}");
    }
}

/// Other programs have variables of these names, too.
#[test]
fn senders_that_nobody_uses_may_look_anyhow() {
    let given =
        [("SID", "x"), ("FROM", "a b c d e f g h"), ("KEY", "a key"), ("OTP_VONAGE_APPLICATION_ID", "x")];
    assert_eq!(problems(&variables(given)), [""; 0]);
}

#[test]
fn a_placeholder_is_one_problem() {
    let found = problems(&production([("OTP_TWILIO_SID", "your_account_sid")]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("placeholder"), "{found:?}");
    let found = problems(&variables([("OTP_SMS", "twilio"), ("OTP_TWILIO_SID", "your_account_sid")]));
    assert!(found[0].contains("the account SID is AC"), "{found:?}");
}

/// The address of the guides holds an account, too.
#[test]
fn the_messages_url_is_looked_into() {
    let with = |url| {
        variables([("OTP_SMS", "twilio"), ("SMS_API_URL", url), ("SMS_API_KEY", "k"), ("FROM", "Acme")])
    };
    for (url, expected) in [
        ("https://api.twilio.com/2010-04-01/Accounts/XX1/Messages.json", "the account SID is AC"),
        ("https://a.example?x=/2010-04-01/Accounts/AC1/Messages.json", "query and fragment have no place"),
    ] {
        let found = problems(&with(url));
        assert!(found.len() == 1 && found[0].contains(expected), "{url}: {found:?}");
        assert!(found[0].starts_with("sms_api_url (environment SMS_API_URL): "), "{found:?}");
    }
    assert_eq!(problems(&with("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json")), [""; 0]);
}

#[test]
fn mail_servers_and_authorities() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authorities.pem");
    fs::write(&file, "no certificate").unwrap();
    for (given, start, expected) in [
        (
            vec![("SMTP_SERVER", "mail.example.com"), ("OTP_SMTP_TLS", "none")],
            "smtp_tls (environment OTP_SMTP_TLS): ",
            "without TLS the mail server must be on loopback",
        ),
        (
            vec![
                ("OTP_EMAIL", "smtp"),
                ("SMTP_SERVER", "mail.example.com"),
                ("FROM_EMAIL", "a@example.com"),
                ("OTP_SMTP_CA_FILE", file.to_str().unwrap()),
            ],
            "smtp_ca_file (environment OTP_SMTP_CA_FILE): ",
            "the authorities are to be certificates in PEM",
        ),
    ] {
        let found = problems(&variables(given));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(start) && found[0].contains(expected), "{found:?}");
    }
    assert_eq!(problems(&variables([("SMTP_SERVER", "::1"), ("OTP_SMTP_TLS", "none")])), [""; 0]);
}
