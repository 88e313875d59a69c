//! `otp doctor` on good and bad configurations.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    json,
    outside::{MailServer, Provider, SID, TOKEN, with_twilio},
    register, run,
    seed::{KEY, numbers, seed},
    support::Server,
};

/// Of nobody: made for tests.
const PRIVATE_KEY: &str = include_str!("../../../tests/golden/test-only-rsa-private.pem");
const ACTIVE: &str = r#"{"status": "active", "type": "Full"}"#;

/// The findings of one check.
fn of<'a>(report: &'a Value, name: &str) -> Vec<&'a Value> {
    report.as_array().unwrap().iter().filter(|found| found["name"] == name).collect()
}

fn fails(report: &Value) -> Vec<&Value> {
    report.as_array().unwrap().iter().filter(|found| found["status"] == "fail").collect()
}

#[test]
fn a_good_installation() {
    let twilio = Provider::answering(200, ACTIVE);
    let vonage = Provider::answering(200, r#"{"value": 10.28, "autoReload": false}"#);
    let mail = MailServer::start();
    let (url, vonage_url, port) = (twilio.url(), vonage.url(), mail.address.port().to_string());
    let more = [
        ("OTP_VONAGE_KEY", "abcd1234"),
        ("OTP_VONAGE_SECRET", "hunter2hunter2"),
        ("OTP_VONAGE_SIGNATURE_SECRET", "hunter2hunter2hunter2"),
        ("OTP_VONAGE_FROM", "Acme"),
        ("OTP_VONAGE_SMS_BASE_URL", &vonage_url),
        ("OTP_EMAIL", "smtp"),
        ("SMTP_SERVER", "127.0.0.1"),
        ("SMTP_PORT", &port),
        ("OTP_SMTP_TLS", "none"),
        ("FROM_EMAIL", "codes@example.com"),
        ("OTP_SECRET_KEY", KEY),
    ];
    let mut variables = with_twilio(&url, &more);
    variables[0] = ("OTP_SMS", "twilio,vonage");
    let server = Server::start(&variables);
    let bind = server.address.to_string();
    variables.push(("OTP_BIND", &bind));
    let folder = server.folder.path();

    let (status, report) = json(folder, &["doctor"], &variables);
    assert_eq!((status, fails(&report).len()), (0, 0), "{report:#}");
    for (name, finding) in [
        ("configuration", "complete, for development: 17 keys given, no file read"),
        ("build", "twilio, twilio-verify, vonage, vonage-verify, smtp"),
        ("credentials", "no placeholders"),
        ("secret key", "1 key of at least 32 bytes, k1 signs; from environment OTP_SECRET_KEY"),
        ("log", "info: recipients are masked"),
        ("from twilio_from", "E.164"),
        ("from vonage_from", "a sender id"),
        ("sender twilio", "the account is active"),
        ("sender vonage", "the account has credit"),
        ("sender smtp", "connected; no TLS, loopback only"),
        ("receipts twilio", "not used"),
        ("receipts vonage", "read where Vonage signed them"),
        ("message length", "every text message takes one SMS"),
        ("codes", "6 digits, valid 600 s and once, 5 wrong ones answered"),
        ("delivery", "by a worker"),
        ("database", "reachable and migrated"),
        ("clock", "not used"),
        ("tables", "otp_challenges 0"),
        ("queue", "empty"),
        ("deliveries", "none of the last day's 0 failed"),
        ("live codes", "0 on their way"),
        ("server", "is ready, and has its calls"),
    ] {
        let found = of(&report, name);
        assert_eq!(found.len(), 1, "{name}: {report:#}");
        assert_eq!(found[0]["status"], "ok", "{found:?}");
        assert!(found[0]["finding"].as_str().unwrap().contains(finding), "{finding}: {found:?}");
    }
    for hidden in [SID, TOKEN, "hunter2", "abcd1234", "+14155550100", "codes@example.com", "AAECAwQF"] {
        assert!(!report.to_string().contains(hidden), "{hidden}");
    }
    assert_eq!(mail.mail().len(), 0, "nothing was sent");
    assert!(twilio.requests().iter().chain(&vonage.requests()).all(|request| request.method == "GET"));

    let (status, lines, stderr) = run(folder, &["doctor"], &variables);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert_eq!(lines.lines().count(), report.as_array().unwrap().len());
    for line in lines.lines() {
        let columns: Vec<_> = line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
        assert!((3..=4).contains(&columns.len()), "{line}");
        assert_eq!(columns.len() == 4, columns[0] == "warn", "a remedy where one is needed: {line}");
    }
}

/// Variables, and the check, status and finding that tell what is wrong with them.
type Case<'a> = (Vec<(&'a str, &'a str)>, &'static str, &'static str, &'static str);

#[test]
fn what_is_wrong_is_told_with_its_remedy() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed_url = format!("http://{closed}");
    let port = closed.port().to_string();
    let unknown = Provider::answering(401, r#"{"code": 20003, "message": "no", "status": 401}"#);
    let trial = Provider::answering(200, r#"{"status": "active", "type": "Trial"}"#);
    let suspended = Provider::answering(200, r#"{"status": "suspended", "type": "Full"}"#);
    let poor = Provider::answering(200, r#"{"value": 0.0, "autoReload": false}"#);
    // A stand-in that has the sending alone.
    let sends = Provider::answering(404, r#"{"detail": "Not Found"}"#);
    let (unknown, trial, suspended, poor) = (unknown.url(), trial.url(), suspended.url(), poor.url());
    let sends = sends.url();
    let mail = [("OTP_EMAIL", "smtp"), ("SMTP_SERVER", "127.0.0.1"), ("FROM_EMAIL", "a@example.com")];
    let with_mail =
        |more: &[(&'static str, &'static str)]| mail.into_iter().chain(more.iter().copied()).collect();
    let vonage = |url| {
        vec![
            ("OTP_SMS", "vonage"),
            ("OTP_VONAGE_KEY", "abcd1234"),
            ("OTP_VONAGE_SECRET", "s"),
            ("OTP_VONAGE_FROM", "Acme"),
            ("OTP_VONAGE_SMS_BASE_URL", url),
        ]
    };
    let wide = "x".repeat(130) + " {security_code}";
    let long = "Welcome to {app}! ".repeat(12) + "{security_code}";
    let cases: Vec<Case<'_>> = vec![
        (vec![("OTP_TOKN_LENGTH", "6")], "configuration", "fail", "did you mean OTP_TOKEN_LENGTH?"),
        (vec![("OTP_SMS", "twilio")], "configuration", "fail", "twilio_sid: missing (OTP_TWILIO_SID)"),
        (vec![("OTP_SMS", "pigeon")], "configuration", "fail", "is no sender"),
        (vec![("OTP_SECRET_KEY", "k1:AAAA")], "configuration", "fail", "at least 32 bytes"),
        (vec![("OTP_ENV", "production")], "configuration", "fail", "secret_key: missing"),
        (
            with_mail(&[("SMTP_USERNAME", "u"), ("SMTP_PASSWORD", "your-app-password")]),
            "credentials",
            "fail",
            "smtp_password holds a placeholder",
        ),
        (
            vec![("SMS_API_KEY", "your-real-sms-api-key")],
            "credentials",
            "warn",
            "sms_api_key holds a placeholder",
        ),
        (with_twilio(&unknown, &[]), "sender twilio", "fail", "provider, code 20003"),
        (
            with_twilio(&sends, &[]),
            "sender twilio",
            "warn",
            "reachable; the account (credentials, state, trial",
        ),
        (
            with_twilio(
                &sends,
                &[
                    ("OTP_SMS", "twilio-verify"),
                    ("OTP_TWILIO_VERIFY_SERVICE_SID", "VA00000000000000000000000000000001"),
                ],
            ),
            "sender twilio-verify",
            "warn",
            "reachable; the Verify service",
        ),
        (vonage(&sends), "sender vonage", "warn", "reachable; the account (credentials, credit) could not"),
        (
            vonage(&sends)
                .into_iter()
                .chain([
                    ("OTP_VONAGE_API_BASE_URL", sends.as_str()),
                    ("OTP_VONAGE_APPLICATION_ID", "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"),
                    ("OTP_VONAGE_PRIVATE_KEY", PRIVATE_KEY),
                ])
                .collect(),
            "sender vonage application",
            "warn",
            "reachable; the application's key could not be looked at",
        ),
        (vonage(&unknown), "sender vonage", "fail", "provider, code http_401"),
        (with_twilio(&suspended, &[]), "sender twilio", "fail", "suspended"),
        (with_twilio(&trial, &[]), "trial sender twilio", "warn", "reaches numbers only that were verified"),
        (with_twilio(&closed_url, &[]), "sender twilio", "fail", "transient, code connect"),
        (with_twilio(&trial, &[("OTP_TWILIO_SID", "XX")]), "sender twilio", "fail", "the account SID is AC"),
        (
            with_twilio(&trial, &[("OTP_TWILIO_FROM", "(415) 555-1234")]),
            "from twilio_from",
            "fail",
            "neither a number in E.164",
        ),
        (with_twilio(&trial, &[]), "real messages", "warn", "in development twilio sends messages"),
        (
            with_twilio(
                &trial,
                &[
                    ("OTP_TWILIO_API_KEY", "SK0123456789abcdef0123456789abcdef"),
                    ("OTP_TWILIO_API_KEY_SECRET", TOKEN),
                    ("OTP_TWILIO_STATUS_CALLBACK", "https://a.example/x"),
                ],
            )
            .into_iter()
            .filter(|(name, _)| *name != "OTP_TWILIO_SECRET")
            .collect(),
            "receipts twilio",
            "warn",
            "not read",
        ),
        (vonage(&poor), "sender vonage", "fail", "no credit left"),
        (
            with_mail(&[])
                .into_iter()
                .chain([("SMTP_PORT", port.as_str()), ("OTP_SMTP_TLS", "none")])
                .collect(),
            "sender smtp",
            "fail",
            "tcp: ",
        ),
        (vec![("OTP_SMS", "console")], "senders", "warn", "codes are printed"),
        (vec![("OTP_LOG", "trace")], "log", "warn", "libraries log what they send"),
        (vec![("OTP_LOG", "info,hyper=debug")], "log", "warn", "hyper"),
        (
            vec![("OTP_MESSAGE", &long)],
            "message length",
            "warn",
            "the text in ar, de, en, es, fr, ja, pt, zh-Hant takes 2 SMS (GSM-7, 198 units)",
        ),
        (
            vec![
                ("OTP_APP_NAME", "A name with many more than the usual"),
                ("OTP_SMS_ORIGIN", "login.example.com"),
            ],
            "message length",
            "warn",
            "with its ending for web",
        ),
        (
            vec![("OTP_MESSAGE", &wide), ("OTP_ANDROID_APP_HASH", "FA+9qCX9VSu")],
            "message length",
            "warn",
            "goes out without its ending for android",
        ),
        (
            vec![("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "30")],
            "codes",
            "warn",
            "valid for 30 s, which is short",
        ),
        (vec![("OTP_VERIFY_SECURITY_CODE_ONLY_ONCE", "false")], "codes", "warn", "succeeds more than once"),
        (
            vec![("OTP_RESEND_COOLDOWN_SECONDS", "0")],
            "codes",
            "warn",
            "looser than production allows: cooldown",
        ),
        (vec![("OTP_DELIVERY", "inline")], "delivery", "warn", "every registration waits"),
        (
            vec![("DATABASE_URL", "sqlite://no/such/folder/otp.db")],
            "database",
            "fail",
            "the directory no/such/folder does not",
        ),
        (vec![], "database", "warn", "sqlite://otp.db is not there yet"),
        (vec![("DATABASE_URL", "sqlite::memory:")], "database", "warn", "in memory"),
        (vec![("DATABASE_URL", "sqlite://not-a-database")], "database", "fail", "is not an SQLite database"),
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("not-a-database"), "x".repeat(4_096)).unwrap();
    for (variables, name, status, finding) in cases {
        // The later of two settings holds, as in a shell.
        let (exit, report) = json(folder.path(), &["doctor"], &variables);
        let is_it = |found: &&&Value| found["finding"].as_str().unwrap().contains(finding);
        let found = of(&report, name);
        let found = found.iter().find(is_it).unwrap_or_else(|| panic!("{name}: {finding}: {report:#}"));
        assert_eq!(found["status"], status, "{found}");
        assert!(found["remedy"].as_str().is_some_and(|remedy| remedy.len() > 10), "{found}");
        assert_eq!(exit, i32::from(!fails(&report).is_empty()), "{report:#}");
        assert!(report.as_array().unwrap().len() > 10, "it goes on after a bad configuration: {report:#}");
        assert_eq!(report[0]["name"], "configuration", "the configuration comes first");
        assert!(!report.to_string().contains(TOKEN) && !report.to_string().contains(SID));
    }
}

/// Providers, a mail server and a server of ours that take connections and say nothing. One after the other they would
/// take more than half a minute.
#[test]
fn it_never_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let (bind, port) = (address.to_string(), address.port().to_string());
    let hanging = Provider::hanging();
    let url = hanging.url();
    let more = [
        ("OTP_SMS", "twilio,twilio-verify,vonage"),
        ("OTP_TWILIO_VERIFY_SERVICE_SID", "VA00000000000000000000000000000001"),
        ("OTP_TWILIO_VERIFY_BASE_URL", &url),
        ("OTP_VONAGE_KEY", "abcd1234"),
        ("OTP_VONAGE_SECRET", "hunter2hunter2"),
        ("OTP_VONAGE_FROM", "Acme"),
        ("OTP_VONAGE_SMS_BASE_URL", &url),
        ("OTP_EMAIL", "smtp"),
        ("SMTP_SERVER", "127.0.0.1"),
        ("SMTP_PORT", &port),
        ("OTP_SMTP_TLS", "none"),
        ("FROM_EMAIL", "codes@example.com"),
        ("OTP_BIND", &bind),
    ];
    #[expect(clippy::disallowed_methods, reason = "how long the program takes is what is tested")]
    let begun = Instant::now();
    let (status, report) = json(folder.path(), &["doctor"], &with_twilio(&url, &more));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(25), "{took:?}");
    assert_eq!(status, 1);
    for name in ["sender twilio", "sender twilio-verify", "sender vonage", "sender smtp", "server"] {
        assert_eq!(
            of(&report, name).first().map(|found| &found["status"]),
            Some(&"fail".into()),
            "{name}: {report:#}"
        );
    }
}

#[test]
fn what_the_database_tells() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    seed(folder, &numbers(3), Duration::from_secs(120), "gone");
    let (status, report) = json(folder, &["doctor"], &[("OTP_SECRET_KEY", KEY)]);
    assert_eq!(status, 1);
    for (name, finding) in [
        ("queue", "3 messages wait, the oldest was due 2 min ago"),
        ("live codes", "3 of 3 can never be right"),
    ] {
        let found = of(&report, name)[0];
        assert_eq!(found["status"], "fail", "{found}");
        assert!(found["finding"].as_str().unwrap().contains(finding), "{found}");
    }
    assert!(of(&report, "tables")[0]["finding"].as_str().unwrap().contains("otp_challenges 3"), "{report:#}");
}

/// Messages that a provider refused are counted by class.
#[test]
fn failed_messages_show() {
    let unknown = Provider::answering(401, r#"{"code": 20003, "message": "no", "status": 401}"#);
    let url = unknown.url();
    let variables = with_twilio(&url, &[("OTP_DELIVERY", "inline")]);
    let server = Server::start(&variables);
    let body = serde_json::json!({ "phone_number": "+14155550123" });
    assert_eq!(crate::post(&server, "/api/phone/register", &body).0, 502);
    let (_, report) = json(server.folder.path(), &["doctor"], &variables);
    let found = of(&report, "deliveries")[0];
    assert_eq!(found["status"], "warn");
    assert_eq!(found["finding"], "1 of the last day's 1 failed (1 provider)");
    let server = Server::start(&[]);
    register(&server, "+14155550123");
    let bind = server.address.to_string();
    let (_, report) = json(server.folder.path(), &["doctor"], &[("OTP_BIND", &bind)]);
    assert_eq!(of(&report, "deliveries")[0]["finding"], "none of the last day's 1 failed");
    assert_eq!(of(&report, "server")[0]["status"], "ok");
}
