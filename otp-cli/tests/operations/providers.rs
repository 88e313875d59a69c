//! Codes through providers: from a registration to "valid", with another sender taking over.

use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use otp_provider::testing::Recorded;
use serde_json::Value;

use crate::{
    listed,
    outside::{MailServer, Provider, SID, TOKEN, twilio, with_twilio},
    register, run,
    support::{Connection, Server},
    verify, wrong,
};

const NUMBER: &str = "+14155550123";

/// Waits for a request at a provider.
fn request(provider: &Provider, number: usize) -> Recorded {
    for _ in 0..2_000 {
        if let Some(request) = provider.requests().get(number) {
            return request.clone();
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("no request number {number}");
}

fn code_in(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 6, "{text}");
    digits
}

/// What became of the one challenge there is, once its message is sent.
fn sent(server: &Server) -> Value {
    for _ in 0..2_000 {
        let delivery = listed(server, &[])[0]["delivery"].clone();
        if delivery["state"] == "sent" {
            return delivery;
        }
    }
    panic!("not sent: {:?}", listed(server, &[]));
}

#[test]
fn through_twilio() {
    let twilio = twilio();
    let server = Server::start(&with_twilio(&twilio.url(), &[]));
    let token = register(&server, NUMBER);
    let message = request(&twilio, 0);
    assert_eq!(message.path(), format!("/2010-04-01/Accounts/{SID}/Messages.json"));
    assert_eq!(message.field("To").as_deref(), Some(NUMBER));
    assert_eq!(message.field("From").as_deref(), Some("+14155550100"));
    let code = code_in(&message.field("Body").unwrap());
    assert_eq!(verify(&server, NUMBER, &token, &code).0, 200);
    let log = server.text("log");
    for said in [r#""sender":"twilio","channels":"sms""#, r#""kind":"sqlite""#] {
        assert!(log.contains(said), "{said}: {log}");
    }
    for secret in [SID, TOKEN, NUMBER, &code] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// `SMS_API_URL` and `SMS_API_KEY` of the account system's guide.
#[test]
fn with_the_settings_of_the_guide() {
    let twilio = twilio();
    let url = format!("{}/2010-04-01/Accounts/{SID}/Messages.json", twilio.url());
    let server = Server::start(&[
        ("OTP_SMS", "twilio"),
        ("SMS_API_URL", &url),
        ("SMS_API_KEY", TOKEN),
        ("OTP_TWILIO_FROM", "+14155550100"),
    ]);
    register(&server, NUMBER);
    let message = request(&twilio, 0);
    assert_eq!(message.path(), format!("/2010-04-01/Accounts/{SID}/Messages.json"));
    assert!(message.header("authorization").unwrap().starts_with("Basic "));
    assert_eq!(sent(&server)["reference"], "SM00000000000000000000000000000001");
}

#[test]
fn vonage_takes_over_where_twilio_is_out_of_order() {
    let twilio = Provider::answering(503, "{}");
    let taken = r#"{"message-count": "1", "messages": [{"status": "0", "message-id": "0A0000001234567B"}]}"#;
    let vonage = Provider::answering(200, taken);
    let url = vonage.url();
    let own = [
        ("OTP_SMS", "twilio,vonage"),
        ("OTP_VONAGE_KEY", "abcd1234"),
        ("OTP_VONAGE_SECRET", "hunter2hunter2"),
        ("OTP_VONAGE_FROM", "Acme"),
        ("OTP_VONAGE_SMS_BASE_URL", &url),
    ];
    let base = twilio.url();
    let both: Vec<_> = with_twilio(&base, &own).into_iter().skip(1).collect();
    let server = Server::start(&both);
    let token = register(&server, NUMBER);
    let message = request(&vonage, 0);
    assert_eq!(twilio.requests().len(), 1, "asked first");
    let code = code_in(&message.field("text").unwrap());
    assert_eq!(message.field("to").as_deref(), Some("14155550123"));
    let delivery = sent(&server);
    assert_eq!((&delivery["sender"], &delivery["reference"]), (&"vonage".into(), &"0A0000001234567B".into()));
    assert_eq!(verify(&server, NUMBER, &token, &code).0, 200);
}

/// The provider makes the code and compares the guesses; the answers are ours.
#[test]
fn twilio_verify_checks_codes() {
    let verify_api = Provider::answering(
        200,
        r#"{"sid": "VE00000000000000000000000000000001", "status": "pending", "valid": false}"#,
    );
    let url = verify_api.url();
    let server = Server::start(&[
        ("OTP_SMS", "twilio-verify"),
        ("OTP_TWILIO_SID", SID),
        ("OTP_TWILIO_SECRET", TOKEN),
        ("OTP_TWILIO_VERIFY_SERVICE_SID", "VA00000000000000000000000000000001"),
        ("OTP_TWILIO_VERIFY_BASE_URL", &url),
    ]);
    let token = register(&server, NUMBER);
    let begun = request(&verify_api, 0);
    assert!(begun.path().ends_with("/Verifications"), "{}", begun.path());
    assert_eq!(sent(&server)["sender"], "twilio-verify");
    let (status, answer) = verify(&server, NUMBER, &token, "000000");
    assert_eq!((status, &answer["code"]), (400, &"code_invalid".into()), "{answer}");
    let checked = request(&verify_api, 1);
    assert!(checked.path().ends_with("/VerificationCheck"), "{}", checked.path());
    assert_eq!(checked.field("Code").as_deref(), Some("000000"));
    verify_api.always(otp_provider::testing::Step::Reply(otp_provider::testing::Reply::json(
        200,
        r#"{"sid": "VE00000000000000000000000000000001", "status": "approved", "valid": true}"#,
    )));
    assert_eq!(verify(&server, NUMBER, &token, "123456").0, 200);
}

#[test]
fn by_mail() {
    let mail = MailServer::start();
    let port = mail.address.port().to_string();
    let server = Server::start(&[
        ("OTP_EMAIL", "smtp"),
        ("SMTP_SERVER", "127.0.0.1"),
        ("SMTP_PORT", &port),
        ("OTP_SMTP_TLS", "none"),
        ("FROM_EMAIL", "codes@example.com"),
        ("OTP_APP_NAME", "Acme"),
    ]);
    let register = server.client(&["register", "ada@example.com", NUMBER, "Ada", "Lovelace"]);
    assert_eq!(register.0, 0, "{register:?}");
    for _ in 0..2_000 {
        if !mail.mail().is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let message = mail.mail().remove(0);
    assert!(message.contains("RCPT TO:<ada@example.com>"), "{message}");
    assert!(
        message.contains("\nFrom: Acme <codes@example.com>") || message.contains("\nFrom: \"Acme\""),
        "{message}"
    );
    let body = message.split_once("\n\n").unwrap().1;
    // Six digits that stand alone: a boundary or an identifier has letters around them.
    let code = body
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()))
        .unwrap_or_else(|| panic!("{message}"));
    let email = serde_json::json!({ "email": "ada@example.com", "otp": wrong(code) });
    assert_eq!(Connection::new(server.address).post("auth/verify-account", &email).0, 400);
    let (status, _, stderr) = server.client(&["verify", "ada@example.com", code]);
    assert_eq!(status, 0, "{stderr}");
}

/// A mail server that takes the connection and says nothing. The sender gives up in time to say that nothing was sent,
/// which is no message of unknown outcome.
#[test]
fn another_sender_takes_over_from_a_mail_server_that_hangs() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let server = Server::start(&[
        ("OTP_EMAIL", "smtp,file"),
        ("SMTP_SERVER", "127.0.0.1"),
        ("SMTP_PORT", &port),
        ("OTP_SMTP_TLS", "none"),
        ("FROM_EMAIL", "codes@example.com"),
        ("OTP_FILE_PATH", "mail.jsonl"),
    ]);
    #[expect(clippy::disallowed_methods, reason = "how long a person waits is what is tested")]
    let begun = Instant::now();
    let register = server.client(&["register", "ada@example.com", NUMBER, "Ada", "Lovelace"]);
    assert_eq!(register.0, 0, "{register:?}");
    while !server.text("mail.jsonl").contains("ada@example.com") {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody took over: {}", server.text("log"));
        thread::sleep(Duration::from_millis(5));
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let log = server.text("log");
    let said =
        log.lines().find(|line| line.contains("the next takes over")).unwrap_or_else(|| panic!("{log}"));
    for part in [r#""sender":"smtp""#, r#""class":"transient""#, "timeout"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let options = |sid: &'static str| {
        [
            ("OTP_SMS", "twilio"),
            ("OTP_TWILIO_SID", sid),
            ("OTP_TWILIO_SECRET", TOKEN),
            ("OTP_TWILIO_FROM", "Acme"),
        ]
    };
    let (status, stdout, stderr) = run(folder.path(), &["serve"], &options("XX123"));
    assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
    let problem = "twilio_sid (environment OTP_TWILIO_SID): the account SID is AC";
    assert!(stderr.contains(problem), "{stderr}");
    assert!(!folder.path().join("otp.db").exists(), "no database was made for it");
    for (url, package) in [("postgres://u:hunter2@h/n", "libpq"), ("mariadb://u:hunter2@h/n", "libmariadb")] {
        if cfg!(any(feature = "postgres", feature = "mysql")) {
            continue;
        }
        let (status, _, stderr) = run(folder.path(), &["serve"], &[("DATABASE_URL", url)]);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("cargo install otp-cli --features") && stderr.contains(package), "{stderr}");
        assert!(!stderr.contains("hunter2"), "{stderr}");
    }
}
