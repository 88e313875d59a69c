//! What operators do with a real `otp`: list, clean up, unlock, forget, a worker of its own, test messages, the doctor;
//! and messages through providers, whose stand-ins are real servers on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod cleanup;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod databases;
mod doctor;
mod list;
mod message;
mod outside;
mod people;
mod providers;
mod receipts;
mod seed;
#[path = "../accounts/support.rs"]
mod support;
mod worker;

use std::path::Path;

use serde_json::Value;

use crate::support::{Connection, Server, otp, output};

/// Runs `otp` in `folder` with these arguments and variables: exit status, stdout, stderr.
fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = otp(folder);
    command.args(arguments).envs(variables.iter().copied());
    output(command)
}

/// The same with `--json`: exit status and answer.
fn json(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, Value) {
    let (status, stdout, stderr) = run(folder, &[arguments, &["--json"]].concat(), variables);
    let answer = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"));
    (status, answer)
}

/// The challenges that `otp list --json` shows.
fn listed(server: &Server, arguments: &[&str]) -> Vec<Value> {
    let (status, answer) = json(server.folder.path(), &[&["list"], arguments].concat(), &[]);
    assert_eq!(status, 0, "{answer}");
    answer.as_array().unwrap().clone()
}

/// Posts to any path of the server.
fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let head = "Host: localhost\r\nContent-Type: application/json";
    let request = format!("POST {path} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    Connection::new(server.address).send(request.as_bytes())
}

/// Registers a number with the verification app, and returns the session's token.
fn register(server: &Server, number: &str) -> String {
    let (status, answer) =
        post(server, "/api/phone/register", &serde_json::json!({ "phone_number": number }));
    assert_eq!(status, 200, "{answer}");
    answer["session_token"].as_str().unwrap().to_owned()
}

/// Checks a code at the verification app.
fn verify(server: &Server, number: &str, token: &str, code: &str) -> (u16, Value) {
    let body = serde_json::json!({ "phone_number": number, "session_token": token, "security_code": code });
    post(server, "/api/phone/verify", &body)
}

/// A code that is not `code`.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}
