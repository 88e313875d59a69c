//! `otp message`.

use crate::{
    json,
    outside::{MailServer, Provider, SID, TOKEN, twilio, with_twilio},
    run,
};

const NUMBER: &str = "+14155550123";

#[test]
fn a_message_past_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let twilio = twilio();
    let url = twilio.url();
    let variables = with_twilio(&url, &[]);
    let arguments = ["message", "--to", "+1 415 555 0123"];
    let (status, stdout, stderr) = run(folder.path(), &arguments, &variables);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let reference = "SM00000000000000000000000000000001";
    assert_eq!(stdout, format!("twilio took the message by sms to +1********23, reference {reference}.\n"));
    assert!(!folder.path().join("otp.db").exists(), "no record is made");

    let arguments = ["message", "--to", NUMBER, "--via", "twilio", "--text", "Grüße"];
    let (status, answer) = json(folder.path(), &arguments, &variables);
    let expected = serde_json::json!({
        "sender": "twilio", "channel": "sms", "to": "+1********23", "reference": reference,
    });
    assert_eq!((status, answer), (0, expected));
    let bodies: Vec<_> = twilio.requests().iter().map(|request| request.field("Body").unwrap()).collect();
    assert_eq!(bodies, ["This is a test message from OTP. It carries no code.", "Grüße"]);
}

#[test]
fn a_refusal_has_its_class_and_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for (http, body, class, code, remedy) in [
        (
            401,
            r#"{"code": 20003, "message": "Authenticate +14155550123", "status": 401}"#,
            "provider",
            "20003",
            "correct account and secret",
        ),
        (
            400,
            r#"{"code": 21211, "message": "Invalid 'To' Phone Number: +14155550123", "status": 400}"#,
            "recipient",
            "21211",
            "check the recipient",
        ),
        (503, "{}", "transient", "http_503", "try again in a while"),
    ] {
        let twilio = Provider::answering(http, body);
        let url = twilio.url();
        let variables = with_twilio(&url, &[]);
        let (status, stdout, stderr) = run(folder.path(), &["message", "--to", NUMBER], &variables);
        assert_eq!((status, stdout.as_str()), (1, ""));
        for expected in [class, code, remedy] {
            assert!(stderr.contains(expected), "{expected}: {stderr}");
        }
        for hidden in [NUMBER, SID, TOKEN, "Authenticate", "Invalid 'To'"] {
            assert!(!stderr.contains(hidden), "{stderr}");
        }
        let (status, answer) = json(folder.path(), &["message", "--to", NUMBER], &variables);
        assert_eq!((status, &answer["class"], &answer["code"]), (1, &class.into(), &code.into()));
    }
}

#[test]
fn by_mail_and_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mail = MailServer::start();
    let port = mail.address.port().to_string();
    let variables = [
        ("OTP_EMAIL", "smtp,file"),
        ("OTP_FILE_PATH", "outbox"),
        ("SMTP_SERVER", "127.0.0.1"),
        ("SMTP_PORT", &port),
        ("OTP_SMTP_TLS", "none"),
        ("FROM_EMAIL", "codes@example.com"),
    ];
    let arguments = ["message", "--to", "ada@example.com", "--text", "hello there"];
    let (status, stdout, stderr) = run(folder.path(), &arguments, &variables);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.starts_with("smtp took the message by email to a***@e***.com, reference "), "{stdout}");
    assert!(mail.mail()[0].contains("hello there"));
    let arguments = ["message", "--to", "ada@example.com", "--via", "file"];
    assert_eq!(run(folder.path(), &arguments, &variables).0, 0);
    let line = std::fs::read_to_string(folder.path().join("outbox")).unwrap();
    assert!(line.contains("\"to\":\"ada@example.com\"") && line.contains("test message"), "{line}");
}

#[test]
fn what_cannot_be_asked_for_is_status_2() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["--to", "4155550123"][..], "+14155550123"),
        (&["--to", NUMBER, "--via", "vonage"], "configured are: console"),
        (&["--to", NUMBER, "--channel", "email"], "a phone number gets no message by email"),
        (&["--to", "a@example.com", "--channel", "sms"], "an e-mail address gets no message by sms"),
        (&["--to", NUMBER, "--channel", "pigeon"], "sms, voice, whatsapp, email"),
        (
            &["--to", NUMBER, "--channel", "voice"],
            "there is no sender of voice: name one in voice (OTP_VOICE)",
        ),
        (&["--to", NUMBER, "--channel", "whatsapp"], "sandbox sends nothing"),
    ] {
        let variables = [("OTP_VOICE", ""), ("OTP_WHATSAPP", "sandbox"), ("OTP_SANDBOX_CODE", "123456")];
        let (status, stdout, stderr) = run(folder.path(), &[&["message"], arguments].concat(), &variables);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?} {stderr}");
        assert!(stderr.contains(expected), "{expected}: {stderr}");
    }
}
