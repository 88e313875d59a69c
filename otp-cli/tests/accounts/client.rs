//! `otp register`, `otp send` and `otp verify`: exit status, stdout, stderr.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use serde_json::{Value, json};

use crate::support::{Connection, Server, otp, output};

const EMAIL: &str = "ada@example.com";
const PHONE: &str = "+14155550123";
const SENT: &str = "If the email exists in our system and is not verified, a verification code has been sent. It is valid for 10 min.";

#[test]
fn from_registration_to_verified() {
    let server = Server::start(&[("OTP_RESEND_COOLDOWN_SECONDS", "0")]);
    let done = |stdout: &str| (0, format!("{stdout}\n"), String::new());
    assert_eq!(
        server.client(&["register", "Ada@Example.com", "+1 415 555 0123", "Ada", "Lovelace"]),
        done(&format!("Registered {EMAIL}.\n{SENT}"))
    );
    let code = server.code(EMAIL, 1);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let refused = "otp: Invalid or expired verification code; `otp send` sends a new one\n";
    assert_eq!(server.client(&["verify", EMAIL, wrong]), (1, String::new(), refused.to_owned()));
    assert_eq!(server.client(&["send", EMAIL]), done(SENT));
    assert_eq!(server.code(EMAIL, 2), code, "the same code again");
    let verified = done("Account verified successfully. You can now log in.");
    assert_eq!(server.client(&["verify", EMAIL, &code]), verified);
    assert_eq!(server.client(&["verify", EMAIL, &code]), (1, String::new(), refused.to_owned()));

    assert_eq!(server.client(&["send", PHONE]), done("OTP sent successfully. It is valid for 10 min."));
    let code = server.code(PHONE, 1);
    assert_eq!(server.client(&["verify", PHONE, &code]), done("Phone number verified successfully"));

    let (status, stdout, stderr) = server.client(&["register", EMAIL, "+14155550199", "Eve", "Doe"]);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.contains("exists") && stderr.contains("`otp send`"), "{stderr}");
    let (status, _, stderr) = server.client(&["register", "x", "+1", "Eve", "Doe"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("email: ") && stderr.contains("phone: "), "{stderr}");
    let (status, _, stderr) = server.client(&["send", "4155550123"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("+14155550123"), "{stderr}");
}

#[test]
fn answers_as_json() {
    let server = Server::start(&[]);
    let json = |arguments: &[&str]| -> (i32, Value) {
        let (status, stdout, _) = server.client(&[arguments, &["--json"]].concat());
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        (status, serde_json::from_str(&stdout).unwrap())
    };
    let (status, answer) = json(&["register", EMAIL, PHONE, "Ada", "Lovelace"]);
    assert_eq!((status, &answer["account"]["email"]), (0, &json!(EMAIL)));
    assert_eq!(answer["verification"]["expires_in_minutes"], 10);
    let (status, answer) = json(&["verify", EMAIL, "x"]);
    assert_eq!((status, &answer["code"], &answer["verified"]), (1, &json!("code_invalid"), &json!(false)));
    let code = server.code(EMAIL, 1);
    let (status, answer) = json(&["verify", EMAIL, &code]);
    assert_eq!((status, &answer["verified"]), (0, &json!(true)));
    let (status, answer) = json(&["send", PHONE]);
    assert_eq!((status, &answer["success"]), (0, &json!(true)));
}

/// The database is the server's: a restart forgets nobody.
#[test]
fn registrations_survive_and_race() {
    let server = Server::start(&[]);
    let register = |number: usize| {
        let body = json!({
            "email": EMAIL, "phone": format!("+141555501{number:02}"), "first_name": "Ada", "last_name": "L",
        });
        Connection::new(server.address).post("users/register", &body).0
    };
    let found: Vec<u16> = thread::scope(|scope| {
        let callers: Vec<_> = (0..64).map(|number| scope.spawn(move || register(number))).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(found.iter().filter(|status| **status == 200).count(), 1, "{found:?}");
    assert_eq!(found.iter().filter(|status| **status == 409).count(), 63, "{found:?}");
}

#[test]
fn the_document_has_the_calls() {
    let server = Server::start(&[]);
    let (status, document) =
        Connection::new(server.address).send(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(status, 200);
    assert!(document["paths"]["/api/v1/auth/verify-account"]["post"].is_object());
}

#[test]
fn what_answers_no_good_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let run = |server: &str, command: &[&str]| {
        let mut otp = otp(folder.path());
        otp.args(command).args(["--server", server]);
        output(otp)
    };
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    for command in [&["register", EMAIL, PHONE, "A", "B"][..], &["send", EMAIL], &["verify", PHONE, "123456"]]
    {
        let expected = format!("otp: nothing answers at {url}; start it with `otp serve`\n");
        assert_eq!(run(&url, command), (1, String::new(), expected));
    }

    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = elsewhere.local_addr().unwrap();
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}".to_owned(),
        // Following it would hand the code to somebody else.
        format!("HTTP/1.1 307 Elsewhere\r\nLocation: http://{target}/\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let url = answering(answer);
        let (status, stdout, stderr) = run(&url, &["verify", EMAIL, "123456"]);
        assert_eq!((status, stdout.as_str()), (1, ""));
        assert!(stderr.contains("is no otp server") && stderr.contains("--server"), "{stderr}");
    }
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "nobody came");

    let (status, _, stderr) = run(&answering(String::new()).replace("http:", "https:"), &["send", EMAIL]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.starts_with("otp: ") && !stderr.contains(EMAIL), "{stderr}");
}

#[test]
fn usage_is_status_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["register", EMAIL, PHONE, "Ada"][..],
        &["send"],
        &["verify", EMAIL],
        &["send", EMAIL, "--server", "localhost:8000"],
        &["send", EMAIL, "--server", "http://user:secret@localhost"],
    ] {
        let mut otp = otp(folder.path());
        otp.args(arguments);
        let (status, stdout, stderr) = output(otp);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
    }
}

/// Answers one connection with these bytes, then closes it.
fn answering(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(answer.as_bytes());
    });
    url
}
