//! `otp worker` beside `otp serve --no-worker`.

use std::{
    fs::{self, File},
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use crate::{
    json, register,
    support::{Server, otp},
    verify,
};

const NUMBER: &str = "+14155550123";

/// Asks a process to stop; its exit status.
fn stop(child: &mut Child) -> Option<i32> {
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    for _ in 0..1_000 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    None
}

#[test]
fn a_worker_sends_what_a_server_queued() {
    let variables = [("OTP_SMS", "file"), ("OTP_FILE_PATH", "outbox"), ("OTP_RESEND_COOLDOWN_SECONDS", "0")];
    let server = Server::start_with(&["--no-worker"], &variables);
    let folder = server.folder.path().to_owned();
    let token = register(&server, NUMBER);
    let queued = || json(&folder, &["list"], &[]).1[0]["delivery"].clone();
    assert_eq!((&queued()["state"], &queued()["tries"]), (&"queued".into(), &0.into()), "nobody took it");

    let log = File::create(folder.join("worker.log")).unwrap();
    let mut worker = otp(&folder)
        .arg("worker")
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let outbox = || fs::read_to_string(folder.join("outbox")).unwrap_or_default();
    for _ in 0..2_000 {
        if !outbox().is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let message: serde_json::Value = serde_json::from_str(outbox().trim()).unwrap();
    let code: String =
        message["body"].as_str().unwrap().chars().filter(char::is_ascii_digit).take(6).collect();
    assert_eq!(verify(&server, NUMBER, &token, &code).0, 200);
    assert_eq!(stop(&mut worker), Some(0));
    let log = fs::read_to_string(folder.join("worker.log")).unwrap();
    assert!(log.contains("\"working\"") && log.contains("\"stopped\""), "{log}");
    assert!(!log.contains(&code) && !log.contains(NUMBER), "{log}");
}
