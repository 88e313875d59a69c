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
            vec![("OTP_EMAIL", "twilio")],
            vec![
                "email (environment OTP_EMAIL): twilio does not deliver by email; \
                  available are console, file, sandbox, discard, smtp",
            ],
        ),
        (vec![("OTP_SMS", "console,console")], vec!["sms (environment OTP_SMS): console is there twice"]),
        (
            vec![("SMTP_SERVER", "mail.example.com"), ("OTP_SMTP_TLS", "none")],
            vec![
                "smtp_tls (environment OTP_SMTP_TLS): starttls or implicit is expected; \
                  none is for a server on loopback only",
            ],
        ),
        (
            vec![("SMTP_SERVER", "mail.example.com:25")],
            vec![
                "smtp_server (environment SMTP_SERVER): a host name or address is expected; \
                  the port goes into smtp_port",
            ],
        ),
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
