//! Channels and their senders: what each sender needs.

use otp_cli::config::{SenderName, SmtpTls};
use otp_core::Channel;

use crate::support::{config, problems, variables};

#[test]
fn routes_keep_their_order() {
    let config = config(&variables([
        ("OTP_SMS", "discard , console"),
        ("OTP_VOICE", ""),
        ("OTP_EMAIL", "file"),
        ("OTP_FILE_PATH", "mail.jsonl"),
    ]));
    assert_eq!(config.routes[&Channel::Sms], [SenderName::Discard, SenderName::Console]);
    assert_eq!(config.routes[&Channel::Whatsapp], [SenderName::Console]);
    assert!(!config.routes.contains_key(&Channel::Voice), "none named, none there");
    assert!(config.senders.file.is_some() && config.senders.sandbox.is_none());
}

#[test]
fn senders_in_use_need_their_options() {
    for (given, expected) in [
        (vec![("OTP_SMS", "file")], vec!["file_path: missing (OTP_FILE_PATH); the sender file writes there"]),
        (
            vec![("OTP_SMS", "sandbox")],
            vec!["sandbox_code: missing (OTP_SANDBOX_CODE); the sender sandbox knows no other code"],
        ),
        (
            vec![("OTP_SMS", "twilio")],
            vec![
                "twilio_sid: missing (OTP_TWILIO_SID); the sender twilio needs its account",
                "twilio_secret: missing (OTP_TWILIO_SECRET); the sender twilio needs its auth token",
                "twilio_from: missing (OTP_TWILIO_FROM); the sender twilio needs it, or twilio_messaging_service_sid",
            ],
        ),
        (
            vec![
                ("OTP_VOICE", "vonage"),
                ("KEY", "k"),
                ("OTP_VONAGE_SECRET", "s"),
                ("OTP_VONAGE_FROM", "Acme"),
            ],
            vec![
                "vonage_application_id: missing (OTP_VONAGE_APPLICATION_ID); calls and WhatsApp messages need an \
                 application",
                "vonage_private_key: missing (OTP_VONAGE_PRIVATE_KEY); calls and WhatsApp messages need the \
                 application's key",
            ],
        ),
        (
            vec![("OTP_EMAIL", "smtp"), ("SMTP_USERNAME", "u")],
            vec![
                "smtp_server: missing (SMTP_SERVER); the sender smtp needs a mail server",
                "smtp_from_email: missing (FROM_EMAIL); the sender smtp needs an address that mail comes from",
                "smtp_password: missing (SMTP_PASSWORD); smtp_username needs it",
            ],
        ),
        (
            vec![("OTP_VOICE", "twilio"), ("OTP_TWILIO_SID", "AC1"), ("OTP_TWILIO_SECRET", "s")],
            vec!["twilio_voice_from: missing (OTP_TWILIO_VOICE_FROM); calls come from a number"],
        ),
        (
            vec![
                ("OTP_VOICE", "twilio"),
                ("OTP_TWILIO_SID", "AC1"),
                ("OTP_TWILIO_SECRET", "s"),
                ("OTP_TWILIO_FROM", "Acme"),
            ],
            vec!["twilio_voice_from: a number is expected for calls: twilio_from is none"],
        ),
        (
            vec![("OTP_WHATSAPP", "twilio"), ("OTP_TWILIO_SID", "AC1"), ("OTP_TWILIO_API_KEY", "SK1")],
            vec![
                "twilio_api_key_secret: missing (OTP_TWILIO_API_KEY_SECRET); twilio_api_key needs it",
                "twilio_whatsapp_from: missing (OTP_TWILIO_WHATSAPP_FROM); WhatsApp messages come from a number of \
                 their own",
            ],
        ),
        (
            vec![("OTP_SMS", "twilio-verify"), ("OTP_TWILIO_SID", "AC1"), ("OTP_TWILIO_SECRET", "s")],
            vec![
                "twilio_verify_service_sid: missing (OTP_TWILIO_VERIFY_SERVICE_SID); the sender twilio-verify needs \
                 its service",
            ],
        ),
        (
            vec![("OTP_SMS", "vonage-verify"), ("KEY", "k"), ("OTP_VONAGE_SECRET", "s")],
            vec![
                "vonage_application_id: missing (OTP_VONAGE_APPLICATION_ID); the sender vonage-verify needs an \
                 application",
                "vonage_private_key: missing (OTP_VONAGE_PRIVATE_KEY); the sender vonage-verify needs the \
                 application's key",
            ],
        ),
        (
            vec![
                ("OTP_SMS", "vonage"),
                ("KEY", "k"),
                ("OTP_VONAGE_SECRET", "s"),
                ("OTP_VONAGE_FROM", "Acme"),
                ("OTP_VONAGE_SIGN_REQUESTS", "sha256"),
            ],
            vec![
                "vonage_signature_secret: missing (OTP_VONAGE_SIGNATURE_SECRET); vonage_sign_requests needs it",
            ],
        ),
        (
            vec![("OTP_EMAIL", "twilio")],
            vec![
                "email (environment OTP_EMAIL): twilio does not deliver by email; \
                  available are console, file, sandbox, discard, smtp",
            ],
        ),
        (vec![("OTP_SMS", "console,console")], vec!["sms (environment OTP_SMS): console is there twice"]),
        (
            vec![("OTP_ADMIN_BIND", "127.0.0.1:9000")],
            vec!["admin_token: missing (OTP_ADMIN_TOKEN); admin_bind needs it"],
        ),
    ] {
        assert_eq!(problems(&variables(given.clone())), expected, "{given:?}");
    }
}

#[test]
fn options_arrive() {
    let config = config(&variables([
        ("OTP_SMS", "sandbox"),
        ("OTP_SANDBOX_CODE", "000000"),
        ("OTP_SANDBOX_RECIPIENTS", "+1 555 555 0100"),
        ("OTP_EMAIL", "smtp"),
        ("SMTP_SERVER", "localhost"),
        ("SMTP_PORT", "2525"),
        ("SMTP_USERNAME", "u"),
        ("SMTP_PASSWORD", "p"),
        ("FROM_EMAIL", "Codes@Example.com"),
        ("OTP_SMTP_TLS", "none"),
        ("OTP_APP_NAME", "Acme"),
        ("OTP_ADMIN_BIND", "127.0.0.1:9000"),
        ("OTP_ADMIN_TOKEN", "0123456789abcdef"),
    ]));
    let sandbox = config.senders.sandbox.expect("in use");
    assert_eq!((sandbox.code.expose(), sandbox.recipients[0].as_str()), ("000000", "+15555550100"));
    let smtp = config.senders.smtp.expect("in use");
    assert_eq!((smtp.server.as_str(), smtp.port, smtp.tls), ("localhost", 2525, SmtpTls::None));
    assert_eq!((smtp.from_email.as_str(), smtp.from_name.as_str()), ("codes@example.com", "Acme"));
    assert!(smtp.credentials.is_some_and(|(user, password)| user == "u" && password.expose() == "p"));
    assert_eq!(config.admin.expect("configured").bind.port(), 9000);
    for (route, is_followed) in
        [("smtp", false), ("smtp,discard", true), ("discard,smtp", false), ("smtp,sandbox", false)]
    {
        let mail =
            [("OTP_EMAIL", route), ("SMTP_SERVER", "mail.example.com"), ("FROM_EMAIL", "a@example.com")];
        let config = self::config(&variables(mail.into_iter().chain([("OTP_SANDBOX_CODE", "000000")])));
        assert_eq!(config.senders.smtp.expect("in use").is_followed, is_followed, "{route}");
    }
}

/// The first entry of the troubleshooting guides: credentials that were never filled in.
#[test]
fn placeholders_warn_where_they_are_used() {
    let guide =
        [("SMTP_SERVER", "smtp.example.com"), ("FROM_EMAIL", "a@example.com"), ("SMTP_USERNAME", "u")];
    let with =
        |sender| guide.into_iter().chain([("SMTP_PASSWORD", "your-app-password"), ("OTP_EMAIL", sender)]);
    let warning =
        "smtp_password (environment SMTP_PASSWORD): a real value is expected, this is a placeholder";
    assert_eq!(config(&variables(with("smtp"))).warnings, [warning]);
    assert_eq!(config(&variables(with("console"))).warnings, [""; 0]);
}

/// Receipts that could not be read are said before anybody waits for them.
#[test]
fn receipts_that_nobody_reads_warn() {
    let twilio = [
        ("OTP_SMS", "twilio"),
        ("OTP_TWILIO_SID", "AC1"),
        ("OTP_TWILIO_FROM", "Acme"),
        ("OTP_TWILIO_API_KEY", "SK1"),
        ("OTP_TWILIO_API_KEY_SECRET", "s"),
    ];
    let callback = "OTP_TWILIO_STATUS_CALLBACK";
    for (more, expected) in [
        (vec![(callback, "https://a.example/base/webhooks/twilio"), ("OTP_TWILIO_SECRET", "s")], None),
        (vec![(callback, "https://a.example/webhooks/twilio")], Some("signed with the auth token")),
        (vec![("OTP_TWILIO_REDACT", "true")], Some("nothing is emptied without receipts")),
    ] {
        let config = config(&variables(twilio.into_iter().chain(more)));
        let options = config.senders.twilio.expect("in use");
        match expected {
            None => {
                assert_eq!(config.warnings, [""; 0]);
                let url = options.status_callback.expect("given");
                assert_eq!(url.as_str(), "https://a.example/base/webhooks/twilio");
            }
            Some(text) => assert!(config.warnings.iter().any(|warning| warning.contains(text)), "{text}"),
        }
    }
}
