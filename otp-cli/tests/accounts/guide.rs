//! The account system's troubleshooting guide, line by line.

use serde_json::json;

use crate::support::{Connection, Server, request};

#[test]
fn the_guides_requests_work_as_written() {
    let server = Server::start(&[]);
    let mut connection = Connection::new(server.address);

    // Before anybody is registered the answer is the same.
    let resend = request("auth/resend-verification", r#"{"email": "user@example.com"}"#);
    let sent = json!({
        "message": "If the email exists in our system and is not verified, a verification code has been sent",
        "expires_in_minutes": 10,
    });
    let other = request("auth/resend-verification", r#"{"email": "test@example.com"}"#);
    assert_eq!(connection.send(other.as_bytes()), (200, sent.clone()));

    // `register user@example.com +1234567890 John Doe`
    let body =
        r#"{"email": "user@example.com", "phone": "+1234567890", "first_name": "John", "last_name": "Doe"}"#;
    let (status, account) = connection.send(request("users/register", body).as_bytes());
    assert_eq!((status, &account["is_verified"]), (200, &json!(false)), "{account}");

    assert_eq!(connection.send(resend.as_bytes()), (200, sent));
    let code = server.code("user@example.com", 1);
    let found = |needle: &str| server.text("console").lines().any(|line| line.contains(needle));
    assert!(found(&format!("OTP: {code}")), "what `grep \"OTP:\"` and `grep -i otp` find in the log");

    let body = format!(r#"{{"email": "user@example.com", "otp": "{code}"}}"#);
    let verified =
        json!({ "message": "Account verified successfully. You can now log in.", "verified": true });
    assert_eq!(connection.send(request("auth/verify-account", &body).as_bytes()), (200, verified));
}

#[test]
fn the_guides_script_is_the_program() {
    let server = Server::start(&[]);
    let (status, stdout, stderr) =
        server.client(&["register", "user@example.com", "+1234567890", "John", "Doe"]);
    assert_eq!((status, stderr.as_str()), (0, ""), "{stdout}");
    // `send` right behind it has to wait like anybody.
    let (status, _, stderr) = server.client(&["send", "user@example.com"]);
    assert_eq!(status, 1);
    assert!(stderr.starts_with("otp: Please wait before requesting another code. Try again in "), "{stderr}");
    let code = server.code("user@example.com", 1);
    let (status, stdout, _) = server.client(&["verify", "user@example.com", &code]);
    assert_eq!((status, stdout.as_str()), (0, "Account verified successfully. You can now log in.\n"));
}
