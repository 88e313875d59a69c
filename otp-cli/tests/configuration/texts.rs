//! `message` and `messages_dir`.

use std::{collections::BTreeMap, fs, path::Path};

use otp_cli::config::Config;
use otp_core::{Channel, Purpose, message::RenderRequest};

use crate::support::{config, problems, variables};

fn said(config: &Config, purpose: &str, language: &str, channel: Channel) -> String {
    let request = RenderRequest {
        purpose: &Purpose::new(purpose).expect("a name"),
        language: &config.catalogue.negotiate(Some(language), None),
        channel,
        security_code: "012345",
        minutes: 10,
        parameters: &BTreeMap::new(),
    };
    config.catalogue.render(&request).body.expose().to_owned()
}

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a place for files");
    for (name, text) in files {
        fs::write(directory.path().join(name), text).expect("a file in it");
    }
    directory
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

#[test]
fn a_given_message_is_sent_in_every_language() {
    let usual = config(&variables([("OTP_APP_NAME", "Acme")]));
    let expected = "Welcome to Acme! Please use security code 012345 to proceed.";
    assert_eq!(said(&usual, "verify", "en", Channel::Sms), expected);

    let own = config(&variables([("OTP_MESSAGE", "{security_code} is your code"), ("OTP_APP_NAME", "Acme")]));
    assert_eq!(said(&own, "verify", "en", Channel::Sms), "012345 is your code");
    assert_eq!(said(&own, "verify", "en", Channel::Whatsapp), "012345 is your code");
    assert_eq!(said(&own, "verify", "de", Channel::Sms), "012345 is your code");
    assert_ne!(said(&usual, "verify", "de", Channel::Sms), expected, "the built-in texts are translated");
    assert_eq!(said(&own, "verify", "en", Channel::Email), said(&usual, "verify", "en", Channel::Email));
}

#[test]
fn files_replace_and_add() {
    let directory = directory(&[
        ("en.toml", "sms = 'EN {security_code}'"),
        ("nl.toml", "sms = 'NL {security_code}'"),
        ("password-reset.nl.toml", "sms = 'NL reset {security_code}'"),
        ("README.md", "not a text"),
        (".en.toml.swp", "nor this"),
    ]);
    let config = config(&variables([("OTP_MESSAGES_DIR", text(directory.path()))]));
    assert_eq!(config.warnings, [""; 0]);
    for (purpose, language, expected) in [
        ("verify", "en", "EN 012345"),
        ("verify", "nl-BE", "NL 012345"),
        ("password-reset", "nl", "NL reset 012345"),
        ("password-reset", "en", "EN 012345"),
    ] {
        assert_eq!(said(&config, purpose, language, Channel::Sms), expected);
    }
}

#[test]
fn a_file_wins_over_the_message_and_says_so() {
    let directory = directory(&[("en.toml", "sms = 'file {security_code}'")]);
    let both = [("OTP_MESSAGES_DIR", text(directory.path())), ("OTP_MESSAGE", "key {security_code}")];
    let config = config(&variables(both));
    assert_eq!(said(&config, "verify", "en", Channel::Sms), "file 012345");
    assert!(config.warnings[0].starts_with("message (environment OTP_MESSAGE): messages_dir has"));
}

#[test]
fn long_texts_warn() {
    let long = format!("{} {{security_code}}", "x".repeat(160));
    let warnings = config(&variables([("OTP_MESSAGE", long.as_str())])).warnings;
    assert_eq!(
        warnings,
        ["message (environment OTP_MESSAGE): the text takes 2 SMS, each of which is paid for"]
    );
    let directory = directory(&[("ru.toml", &format!("sms = 'Ваш код {long}'"))]);
    let warnings = config(&variables([("OTP_MESSAGES_DIR", text(directory.path()))])).warnings;
    assert!(warnings[0].contains("ru.toml (sms): the text takes 3 SMS"), "{warnings:?}");
}

#[test]
fn problems_name_file_and_key() {
    for (name, content, expected) in [
        (
            "nl.toml",
            "sms = 'Code {code}'",
            "nl.toml (sms): unknown placeholder {code} (did you mean {security_code}?)",
        ),
        ("nl.toml", "email_text = '{security_code}'", "nl.toml (email_text): email_subject is expected too"),
        (
            "nl.toml",
            "sns = '{security_code}'",
            "nl.toml (sns): unknown key; did you mean sms?; a file of texts takes",
        ),
        ("nl.toml", "sms = 1", "nl.toml (sms): a text in quotes is expected"),
        ("nl.toml", "sms = '", "nl.toml: not TOML: "),
        (
            "Dutch.toml",
            "sms = '{security_code}'",
            "Dutch.toml: LANGUAGE.toml or PURPOSE.LANGUAGE.toml is expected",
        ),
        ("Password Reset.nl.toml", "sms = '{security_code}'", "Password Reset.nl.toml: LANGUAGE.toml or"),
    ] {
        let directory = directory(&[(name, content)]);
        let found = problems(&variables([("OTP_MESSAGES_DIR", text(directory.path()))]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("messages_dir ") && found[0].contains(expected),
            "{found:?}, not {expected}"
        );
    }
}

#[test]
fn endings_are_checked() {
    let found = |name, value| problems(&variables([(name, value)]));
    assert_eq!(found("OTP_SMS_ORIGIN", "example.com"), [""; 0]);
    assert_eq!(found("OTP_ANDROID_APP_HASH", "FA+9qCX9VSu"), [""; 0]);
    for (name, value, key) in [
        ("OTP_SMS_ORIGIN", "https://example.com", "sms_origin (environment OTP_SMS_ORIGIN): "),
        ("OTP_ANDROID_APP_HASH", "short", "android_app_hash (environment OTP_ANDROID_APP_HASH): "),
    ] {
        let problems = found(name, value);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(key), "{problems:?}");
    }
}
