//! What production refuses, each by name.

use crate::support::{config, problems, production, variables};

#[test]
fn refusals() {
    for (variables, key, expected) in [
        (
            vec![("OTP_SMS", "console")],
            "sms",
            "console is for development only; available are discard, twilio",
        ),
        (vec![("OTP_EMAIL", "file"), ("OTP_FILE_PATH", "x")], "email", "file is for development only"),
        (
            vec![("OTP_VOICE", "sandbox"), ("OTP_SANDBOX_CODE", "123456")],
            "voice",
            "sandbox is for development only",
        ),
        (
            vec![("OTP_TWILIO_BASE_URL", "http://127.0.0.1:1")],
            "twilio_base_url",
            "an https:// URL is expected",
        ),
        (
            vec![("OTP_TWILIO_STATUS_CALLBACK", "http://a.example")],
            "twilio_status_callback",
            "an https:// URL",
        ),
        (vec![("OTP_VONAGE_SMS_BASE_URL", "http://a.example")], "vonage_sms_base_url", "an https:// URL"),
        (vec![("OTP_VONAGE_API_BASE_URL", "http://a.example")], "vonage_api_base_url", "an https:// URL"),
        (
            vec![("OTP_BIND", "0.0.0.0:8000")],
            "bind",
            "a loopback address is expected in production, not 0.0.0.0:8000",
        ),
        (vec![("OTP_BIND", "[::]:8000")], "bind", "OTP_TLS_TERMINATOR"),
        (vec![("OTP_TRUSTED_PROXIES", "0.0.0.0/0")], "trusted_proxies", "name your proxies"),
        (
            vec![("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "601")],
            "security_code_expiration_seconds",
            "60 s to 600 s is expected in production, not 601 s",
        ),
        (
            vec![("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "59")],
            "security_code_expiration_seconds",
            "60 s to 600 s is expected in production, not 59 s",
        ),
        (
            vec![("OTP_RESEND_COOLDOWN_SECONDS", "29")],
            "resend_cooldown_seconds",
            "at least 30 s is expected in production, not 29 s",
        ),
        (
            vec![("OTP_MAX_SENDS_PER_HOUR", "11")],
            "max_sends_per_hour",
            "at most 10 is expected in production, not 11",
        ),
        (
            vec![("OTP_MAX_FAILED_ATTEMPTS", "6")],
            "max_failed_attempts",
            "at most 5 is expected in production, not 6",
        ),
        (
            vec![("OTP_TOKEN_LENGTH", "5"), ("OTP_MIN_TOKEN_LENGTH", "5")],
            "token_length",
            "at least 6 characters is expected in production, not 5",
        ),
        (vec![("OTP_TWILIO_SID", "your_account_sid")], "twilio_sid", "this is a placeholder"),
    ] {
        let variable = variables[0].0;
        let found = problems(&production(variables));
        assert_eq!(found.len(), 1, "{found:#?}");
        let start = format!("{key} (environment {variable}): ");
        assert!(found[0].starts_with(&start) && found[0].contains(expected), "{found:?}, not {expected}");
    }
}

#[test]
fn what_is_missing() {
    let nothing = variables([("OTP_ENV", "production")]);
    assert_eq!(
        problems(&nothing),
        [
            "sms: a sender is expected for at least one of sms, voice, whatsapp, email; \
             available are discard, twilio, twilio-verify, vonage, vonage-verify, smtp",
            "secret_key: missing (OTP_SECRET_KEY); a key is expected in production; `otp keygen` makes one",
        ]
    );
}

#[test]
fn what_is_allowed() {
    let good = config(&production([]));
    assert_eq!(good.warnings, [""; 0]);
    assert_eq!(good.routes.keys().map(|channel| channel.as_str()).collect::<Vec<_>>(), ["sms"]);
    assert_eq!(good.policy.block_quota().limit, 200);
    for variables in [
        vec![("OTP_BIND", "[::1]:8000")],
        vec![("OTP_BIND", "0.0.0.0:8000"), ("OTP_TRUSTED_PROXIES", "10.0.0.0/8")],
        vec![("OTP_BIND", "0.0.0.0:8000"), ("OTP_TLS_TERMINATOR", "the mesh")],
        vec![("OTP_TEST_RECIPIENTS", "+15555550100=123456@2026-12-31")],
        vec![
            ("OTP_MAX_SENDS_PER_HOUR", "10"),
            ("OTP_RESEND_COOLDOWN_SECONDS", "30"),
            ("OTP_TOKEN_LENGTH", "10"),
        ],
        vec![("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "60")],
    ] {
        assert_eq!(problems(&production(variables.clone())), [""; 0], "{variables:?}");
    }
}

/// Codes by e-mail may live for a day, but not where a telephone gets the same.
#[test]
fn the_life_depends_on_the_channels() {
    let mail = [
        ("OTP_EMAIL", "smtp"),
        ("SMTP_SERVER", "mail.example.com"),
        ("FROM_EMAIL", "a@example.com"),
        ("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "86400"),
    ];
    assert_eq!(problems(&production(mail)).len(), 1);
    let only_mail = production(mail.into_iter().chain([("OTP_SMS", "")]));
    assert_eq!(problems(&only_mail), [""; 0]);
}

#[test]
fn warnings() {
    let discards = production([("OTP_SMS", "discard")]);
    assert_eq!(config(&discards).warnings, ["sms (environment OTP_SMS): discard sends nothing"]);
    let mut nameless = production([]);
    nameless.environment.remove("OTP_APP_NAME");
    assert_eq!(config(&nameless).warnings.len(), 1);
}
