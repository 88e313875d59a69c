//! The program: exit status, and what goes to stdout and stderr.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Runs `otp` in `directory` with these variables and no others.
fn otp(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    read(command(directory, arguments, variables).output().expect("the program starts"))
}

fn command(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otp"));
    command.args(arguments).current_dir(directory).env_clear().envs(variables.iter().copied());
    command
}

fn read(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    (output.status.code().expect("no signal ended it"), text(output.stdout), text(output.stderr))
}

#[test]
fn config_shows_what_holds_and_where_it_was_given() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("otp.toml"), "token_length = 7\nmax_sends_per_day = 11\n").unwrap();
    fs::write(directory.path().join(".env"), "OTP_MAX_SENDS_PER_DAY=12\n").unwrap();
    let (status, stdout, stderr) =
        otp(directory.path(), &["config"], &[("OTP_ADMIN_TOKEN", "hunter2hunter2hunter2")]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    for line in [
        "token_length = 7  # otp.toml:1",
        "max_sends_per_day = 12  # .env:1 OTP_MAX_SENDS_PER_DAY",
        "admin_token = ***  # environment OTP_ADMIN_TOKEN",
        "smtp_password =  # not set",
        "bind = 127.0.0.1:8000  # default",
    ] {
        assert!(stdout.lines().any(|shown| shown == line), "{line} in {stdout}");
    }
    assert!(!stdout.contains("hunter2"));
    let files: BTreeSet<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2, "looking makes no file: {files:?}");

    let (status, stdout, _) = otp(directory.path(), &["config", "--json"], &[]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(status, 0);
    assert_eq!(json["token_length"], serde_json::json!({ "value": 7, "source": "otp.toml:1" }));
    assert_eq!(json["sms"], serde_json::json!({ "value": ["console"], "source": "default" }));
    assert_eq!(json["secret_key"]["value"], "***");
    assert_eq!(json["smtp_password"]["value"], serde_json::Value::Null);
}

#[test]
fn bad_configuration_is_status_2_with_all_problems_on_stderr() {
    let directory = tempfile::tempdir().unwrap();
    let variables = [("OTP_TOKN_LENGTH", "6"), ("OTP_BIND", "x")];
    let (status, stdout, stderr) = otp(directory.path(), &["config"], &variables);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert_eq!(
        stderr,
        "otp: the configuration has 2 problems:\n  \
         OTP_TOKN_LENGTH (environment): unknown variable; did you mean OTP_TOKEN_LENGTH?\n  \
         bind (environment OTP_BIND): an address and port like 127.0.0.1:8000 is expected, not \"x\"\n"
    );
    for option in ["--config", "--env-file"] {
        let (status, stdout, stderr) = otp(directory.path(), &["config", option, "missing"], &[]);
        assert_eq!((status, stdout.as_str()), (2, ""));
        assert!(stderr.contains(&format!("missing: a readable file is expected for {option}")), "{stderr}");
    }
}

/// No command that needs the configuration gets further, and nothing that was given is repeated where it may be secret.
#[cfg(all(feature = "twilio", feature = "smtp"))]
#[test]
fn options_of_senders_are_configuration_too() {
    let directory = tempfile::tempdir().unwrap();
    let variables = [
        ("OTP_SMS", "twilio"),
        ("OTP_TWILIO_SID", "Zq9hunter2-no-sid"),
        ("OTP_TWILIO_SECRET", "Zq9hunter2"),
        ("OTP_TWILIO_FROM", "Zq9 hunter2 hunter2"),
        ("OTP_EMAIL", "smtp"),
        ("SMTP_SERVER", "Zq9 hunter2"),
        ("FROM_EMAIL", "Zq9hunter2"),
    ];
    for arguments in [&["serve"][..], &["config"], &["worker"], &["message", "--to", "+14155550123"]] {
        let (status, stdout, stderr) = otp(directory.path(), arguments, &variables);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("otp: the configuration has 4 problems:\n"), "{stderr}");
        for key in ["twilio_sid", "twilio_from", "smtp_server", "smtp_from_email"] {
            assert!(stderr.contains(&format!("\n  {key} (environment ")), "{key}: {stderr}");
        }
        assert!(!stderr.contains("Zq9"), "{stderr}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "no file was made");
}

#[test]
fn files_can_be_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("my.toml"), "token_length = 8").unwrap();
    fs::write(directory.path().join("my.env"), "OTP_LOG=debug").unwrap();
    let arguments = ["--config", "my.toml", "config", "--env-file", "my.env"];
    let (status, stdout, _) = otp(directory.path(), &arguments, &[]);
    assert_eq!(status, 0);
    assert!(
        stdout.contains("token_length = 8  # my.toml:1\n")
            && stdout.contains("log = debug  # my.env:1 OTP_LOG\n")
    );
}

#[test]
fn warnings_go_to_stderr() {
    let directory = tempfile::tempdir().unwrap();
    let (status, stdout, stderr) =
        otp(directory.path(), &["config"], &[("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "3600")]);
    assert_eq!(status, 0);
    assert!(stderr.starts_with("otp: warning: security_code_expiration_seconds ("), "{stderr}");
    assert!(!stdout.contains("warning"));
}

#[test]
fn keygen_prints_a_key_that_the_server_takes() {
    let directory = tempfile::tempdir().unwrap();
    let (status, key, stderr) = otp(directory.path(), &["keygen", "--id", "2026-11"], &[]);
    assert_eq!(status, 0);
    assert!(key.starts_with("2026-11:") && key.lines().count() == 1 && key.ends_with('\n'), "{key}");
    assert!(stderr.contains("OTP_SECRET_KEY") && !stderr.contains(key.trim()));
    let (_, other, _) = otp(directory.path(), &["keygen"], &[]);
    assert_ne!(key.split(':').nth(1), other.split(':').nth(1));
    let both = format!("{},{}", other.trim(), key.trim());
    let (status, stdout, stderr) = otp(directory.path(), &["config"], &[("OTP_SECRET_KEY", &both)]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(stdout.contains("secret_key = ***  # environment OTP_SECRET_KEY\n"));
}

#[test]
fn usage_is_status_2_and_help_is_an_answer() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [&["frobnicate"][..], &[], &["config", "--colour"], &["keygen", "--id", "no good"]] {
        let (status, stdout, stderr) = otp(directory.path(), arguments, &[]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains("--help"), "{stderr}");
    }
    for arguments in [&["--help"][..], &["--version"], &["config", "--help"]] {
        let (status, stdout, stderr) = otp(directory.path(), arguments, &[]);
        assert_eq!((status, stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(stdout.contains("otp"));
    }
}

/// `otp config | head -1` ends quietly.
#[test]
fn a_reader_may_go_away() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = command(directory.path(), &["config"], &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let (status, _, stderr) = read(child.wait_with_output().unwrap());
    assert_eq!((status, stderr.as_str()), (0, ""));
}
