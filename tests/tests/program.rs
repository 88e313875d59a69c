//! The program as an operator meets it.

use std::{path::Path, process::Command, time::Duration};

use otp_tests::{Client, Server};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_otp-under-test");

/// Runs a command to its end: exit status, standard output, standard error.
fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(settings.iter().copied())
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn register(client: &mut Client, body: &Value) -> otp_tests::Answer {
    client.post("/api/phone/register", body).expect("an answer")
}

fn verify(client: &mut Client, number: &str, token: &str, code: &str) -> otp_tests::Answer {
    let body = json!({ "phone_number": number, "session_token": token, "security_code": code });
    client.post("/api/phone/verify", &body).expect("an answer")
}

#[test]
fn production_refuses_what_suits_a_laptop() {
    let folder = tempfile::tempdir().expect("a folder");
    for sender in ["console", "file", "sandbox"] {
        let settings = [
            ("OTP_ENV", "production"),
            ("OTP_SMS", sender),
            ("OTP_FILE_PATH", "outbox.jsonl"),
            ("OTP_SANDBOX_CODE", "123456"),
            ("OTP_TOKEN_LENGTH", "11"),
        ];
        let (status, answers, said) = run(folder.path(), &["serve"], &settings);
        assert_eq!((status, answers.as_str()), (Some(2), ""), "{said}");
        for expected in [sender, "secret_key", "token_length"] {
            assert!(said.contains(expected), "all problems at once, {expected} among them: {said}");
        }
        assert!(!said.contains("123456"), "{said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was made");
}

#[test]
fn a_taken_address_and_a_missing_folder_are_said_with_their_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::builder(PROGRAM, folder.path()).start();
    let taken = server.address().to_string();
    let (status, _, said) = run(folder.path(), &["serve"], &[("OTP_BIND", &taken)]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("cannot listen") && said.contains("OTP_BIND"), "{said}");
    let (status, _, said) =
        run(folder.path(), &["serve"], &[("OTP_DATABASE_URL", "sqlite://no/such/folder/otp.db")]);
    assert_ne!(status, Some(0), "{said}");
    assert!(said.contains("no/such/folder"), "{said}");
}

#[test]
fn migrations_are_run_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (status, applied, said) = run(folder.path(), &["migrate"], &[]);
    assert_eq!(status, Some(0), "{said}");
    assert!(applied.starts_with("applied "), "{applied}");
    assert_eq!(run(folder.path(), &["migrate"], &[]).1, "up to date\n");
}

#[test]
fn a_generated_key_opens_a_production_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let (status, key, _) = run(folder.path(), &["keygen"], &[]);
    assert_eq!(status, Some(0));
    let server = Server::builder(PROGRAM, folder.path())
        .set("OTP_ENV", "production")
        .set("OTP_SECRET_KEY", key.trim())
        .set("OTP_RESEND_COOLDOWN_SECONDS", 60)
        .set("OTP_MAX_SENDS_PER_HOUR", 5)
        .set("OTP_MAX_SENDS_PER_DAY", 10)
        .set("OTP_SMS", "discard")
        .set("OTP_EMAIL", "discard")
        .set("OTP_VOICE", "")
        .start();
    let mut client = server.client();
    let body = json!({ "phone_number": "+14155550123" });
    assert_eq!(register(&mut client, &body).status, 200);
    let throttled = register(&mut client, &body);
    assert_eq!((throttled.status, throttled.text("code").as_str()), (429, "throttled"));
    let voice = json!({ "phone_number": "+14155550124", "channel": "voice" });
    assert_eq!(register(&mut client, &voice).text("code"), "channel_not_supported");
    assert_eq!(server.stop(Duration::from_secs(10)), Some(0));
}

#[test]
fn a_sandbox_has_one_code_and_sends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::builder(PROGRAM, folder.path())
        .set("OTP_SMS", "sandbox")
        .set("OTP_SANDBOX_CODE", "424242")
        .start();
    let token = server.register("+14155550123");
    assert_eq!(verify(&mut server.client(), "+14155550123", &token, "424242").status, 200);
    assert!(server.outbox().codes("+14155550123").is_empty());
}

#[test]
fn test_recipients_are_for_reviewers() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::builder(PROGRAM, folder.path())
        .set("OTP_TEST_RECIPIENTS", "+15555550100=123456@2099-12-31")
        .start();
    assert!(server.log().contains("test recipient"), "announced: {}", server.log());
    assert!(!server.log().contains("123456") && !server.log().contains("+15555550100"));
    let token = server.register("+15555550100");
    assert_eq!(verify(&mut server.client(), "+15555550100", &token, "123456").status, 200);
    let other = register(&mut server.client(), &json!({ "phone_number": "+15555550101" }));
    assert_eq!(other.text("code"), "invalid_phone_number");
}

#[test]
fn messages_speak_the_callers_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::builder(PROGRAM, folder.path()).set("OTP_APP_NAME", "Acme").start();
    let headers = [("content-type", "application/json"), ("accept-language", "tlh, de-AT;q=0.8, fr;q=0.3")];
    let body = br#"{"phone_number":"+14155550123"}"#;
    let answer = server.client().send("POST", "/api/phone/register", &headers, body).expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(server.outbox().wait("+14155550123", 1).len(), 6);
    let sent = std::fs::read_to_string(folder.path().join("outbox.jsonl")).expect("the outbox");
    let message: Value = serde_json::from_str(sent.trim()).expect("one JSON line");
    assert!(
        message["body"].as_str().is_some_and(|body| body.starts_with("Willkommen bei Acme!")),
        "{message}"
    );
    assert_eq!(message["channel"], "sms");
    assert!(message["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{message}");
}

#[test]
fn operations_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::builder(PROGRAM, folder.path()).start();
    let mut client = server.client();
    for path in ["/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(client.get(path).expect("an answer").status, 200, "{path}");
    }
    let unknown = client.get("/no/such/path").expect("an answer");
    assert_eq!((unknown.status, unknown.text("code").as_str()), (404, "not_found"));
    let document = client.get("/openapi.json").expect("an answer").json();
    assert!(document["paths"]["/api/phone/register"]["post"].is_object());
}

#[test]
fn no_secret_reaches_the_log_at_any_level() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::builder(PROGRAM, folder.path()).set("OTP_LOG", "trace").start();
    let number = "+14155550123";
    let token = server.register(number);
    let code = server.outbox().wait(number, 1);
    let mut client = server.client();
    verify(&mut client, number, &token, "not it");
    let proof = verify(&mut client, number, &token, &code).text("proof");
    assert!(!proof.is_empty());
    let key = std::fs::read_to_string(folder.path().join("otp.db.secret-key")).expect("the key file");
    let key = key.trim().rsplit(':').next().unwrap_or_default();
    let log = server.log();
    assert!(log.contains("otp::events"), "events are logged at this level");
    for (what, secret) in [
        ("code", code.as_str()),
        ("token", &token),
        ("number", &number[1..]),
        ("key", key),
        ("proof", &proof),
    ] {
        assert!(!log.contains(secret), "the {what} is in the log");
    }
}
