//! Secrets: files that hold them, keys that are none, and that nothing ever shows one.

use std::fs;

use otp_cli::config::{Capabilities, Config, MissingKey, Sources, keys};
use proptest::prelude::*;

use crate::support::{KEY, config, load, problems, setting, variables};

#[test]
fn every_secret_can_be_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    let path = path.to_str().unwrap();
    for key in keys().filter(|key| key.secret) {
        let good = match key.name {
            "secret_key" => KEY,
            "database_url" => "sqlite://x.db",
            "test_recipients" => "+15555550100=123456@2026-12-31",
            "sandbox_code" => "123456",
            _ => "0123456789abcdef",
        };
        fs::write(path, format!("{good}\n")).unwrap();
        for variable in key.variables {
            let config = config(&variables([(&*format!("{variable}_FILE"), path)]));
            let source = format!("{path} by environment {variable}_FILE");
            let shown = if key.name == "database_url" { good } else { "***" };
            assert_eq!(setting(&config, key.name), (shown.to_owned(), source), "{variable}");
        }
        let mut sources = Sources::default();
        sources.file = Some(("otp.toml".to_owned(), format!("{}_file = '{path}'", key.name)));
        assert_eq!(setting(&config(&sources), key.name).1, format!("{path} by otp.toml:1"));
    }
}

#[test]
fn secret_files_have_problems_too() {
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("empty");
    fs::write(&empty, "\n").unwrap();
    let large = directory.path().join("large");
    fs::write(&large, "x".repeat(65 * 1024)).unwrap();
    let missing = directory.path().join("missing");
    for (path, expected) in [
        (&empty, "this one is empty"),
        (&large, "longer than 64 KiB"),
        (&missing, "No such file"),
        (&directory.path().to_owned(), "a file with the value in it is expected"),
    ] {
        let found = problems(&variables([("SMTP_PASSWORD_FILE", path.to_str().unwrap())]));
        assert_eq!(found.len(), 1, "{found:?}");
        let start = format!("smtp_password (environment SMTP_PASSWORD_FILE): {}: ", path.display());
        assert!(found[0].starts_with(&start) && found[0].contains(expected), "{found:?}, not {expected}");
    }
    let both = variables([("SMTP_PASSWORD", "x"), ("SMTP_PASSWORD_FILE", "/x")]);
    let expected = "smtp_password (environment SMTP_PASSWORD_FILE): also given as SMTP_PASSWORD (environment \
                    SMTP_PASSWORD), with another value; remove one";
    assert_eq!(problems(&both), [expected]);
}

#[test]
fn secret_keys() {
    let second = "2026-11:__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA";
    for (value, ids) in [
        (KEY.to_owned(), vec!["k1"]),
        (KEY.trim_start_matches("k1:").to_owned(), vec!["k1"]),
        (format!("{second},{KEY}"), vec!["2026-11", "k1"]),
        (format!(" {second} , {KEY} "), vec!["2026-11", "k1"]),
    ] {
        let config = config(&variables([("OTP_SECRET_KEY", value.as_str())]));
        assert_eq!(config.keyring.ids().map(|id| id.as_str()).collect::<Vec<_>>(), ids);
    }
    for (value, expected) in [
        ("k1:AAECAwQFBgcICQoLDA0ODw==", "a key of at least 32 bytes is expected"),
        ("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "this key is a placeholder"),
        ("k1:AQIBAgECAQIBAgECAQIBAgECAQIBAgECAQIBAgECAQI=", "this key is weak, its bytes repeat"),
        ("k1:not base64", "kid:base64 is expected"),
        ("k 1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "a key id takes 1 to 16 letters"),
        (&format!("{KEY},{KEY}"), "key id \"k1\" is used twice"),
        (&format!("{KEY},AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), "entry 2: kid:base64 is expected"),
        ("", "a key is expected, not nothing"),
    ] {
        let found = problems(&variables([("OTP_SECRET_KEY", value)]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains(expected) && found[0].contains("otp keygen") | found[0].contains("id"),
            "{found:?}"
        );
    }
}

#[test]
fn development_makes_a_key_once_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let build = Capabilities::everything();
    let start = |database: &str| {
        let mut sources = variables([("OTP_DATABASE_URL", database)]);
        sources.directory = directory.path().to_owned();
        Config::load(&sources, &build, MissingKey::Create).unwrap()
    };
    for (database, file) in [
        ("sqlite://data.db", "data.db.secret-key"),
        ("sqlite::memory:", "otp.secret-key"),
        ("postgres://u:p@h/n", "otp.secret-key"),
    ] {
        let path = directory.path().join(file);
        let is_new = !path.exists();
        let (first, second) = (start(database), start(database));
        assert_eq!(first.keyring.signing_id(), second.keyring.signing_id());
        assert_eq!(first.warnings.len(), usize::from(is_new), "{:?}", first.warnings);
        assert!(first.warnings.iter().all(|warning| warning.contains(file)), "{:?}", first.warnings);
        assert_eq!(second.warnings, [""; 0]);
        assert_eq!(setting(&second, "secret_key"), ("***".to_owned(), path.display().to_string()));
        let key = fs::read_to_string(&path).unwrap();
        assert!(!format!("{:?}", second).contains(key.trim().split_once(':').unwrap().1));
    }
}

#[test]
fn a_configuration_with_problems_makes_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut sources = variables([("OTP_BIND", "nowhere")]);
    sources.directory = directory.path().to_owned();
    assert!(Config::load(&sources, &Capabilities::everything(), MissingKey::Create).is_err());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// Of nobody: made for tests.
const PRIVATE_KEY: &str = include_str!("../../../tests/golden/test-only-rsa-private.pem");

/// All that can be read of a configuration: the listing, `Debug`, warnings, problems.
fn everything_said(sources: &Sources) -> String {
    let mut said = format!("{sources:?}");
    match load(sources) {
        Ok(config) => {
            said.push_str(&format!("{config:#?}"));
            config.settings.iter().for_each(|setting| said.push_str(&setting.text()));
            said.push_str(&config.warnings.concat());
        }
        Err(problems) => said.push_str(&format!("{problems}{problems:?}")),
    }
    said
}

/// Every sender is in use, and all else that they need is there.
fn busy() -> Sources {
    variables([
        ("OTP_SMS", "twilio,vonage,sandbox"),
        ("OTP_EMAIL", "smtp"),
        ("OTP_SECRET_KEY", KEY),
        ("OTP_SANDBOX_CODE", "0987"),
        ("OTP_TWILIO_SID", "AC1"),
        ("OTP_TWILIO_SECRET", "s"),
        ("OTP_TWILIO_API_KEY", "SK1"),
        ("OTP_TWILIO_API_KEY_SECRET", "s"),
        ("OTP_TWILIO_FROM", "+14155550123"),
        ("OTP_VONAGE_KEY", "k"),
        ("OTP_VONAGE_SECRET", "s"),
        ("OTP_VONAGE_FROM", "Acme"),
        ("SMTP_SERVER", "mail.example.com"),
        ("SMTP_USERNAME", "u"),
        ("SMTP_PASSWORD", "p"),
        ("FROM_EMAIL", "a@example.com"),
        ("OTP_ADMIN_BIND", "127.0.0.1:9000"),
        ("OTP_ADMIN_TOKEN", "0123456789abcdef"),
    ])
}

#[test]
fn good_secrets_are_not_shown() {
    assert_eq!(problems(&busy()), [""; 0]);
    for key in keys().filter(|key| key.secret && key.name != "sms_api_key") {
        let (value, secret) = match key.name {
            "secret_key" => (KEY, &KEY[3..]),
            "database_url" => ("postgres://user:Zq9hunter2@db/otp?x=Zq9", "Zq9"),
            "test_recipients" => ("+15555550100=987651@2026-12-31", "987651"),
            "sandbox_code" => ("987651", "987651"),
            "vonage_private_key" => (PRIVATE_KEY, &PRIVATE_KEY[100..150]),
            _ => ("Zq9hunter2hunter2", "Zq9"),
        };
        let mut sources = busy();
        sources.environment.insert(key.variables[0].to_owned(), value.to_owned());
        assert_eq!(problems(&sources), [""; 0], "{}", key.name);
        assert!(!everything_said(&sources).contains(secret), "{}", key.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_secret_is_nothing_shows_it(
        secret in "[!-~]{0,4}Zq9[ -~]{0,24}",
        which in any::<prop::sample::Index>(),
        from_toml in any::<bool>(),
    ) {
        let secrets: Vec<_> = keys().filter(|key| key.secret).collect();
        let key = which.get(&secrets);
        for value in [secret.clone(), format!("postgres://u:{secret}@h/n"), format!("+15555550100={secret}@2026-12-31")] {
            let mut sources = busy();
            key.variables.iter().for_each(|variable| {
                sources.environment.remove(*variable);
            });
            if from_toml {
                let text = format!("{} = {}", key.name, serde_json::Value::from(value));
                sources.file = Some(("otp.toml".to_owned(), text));
            } else {
                sources.environment.insert(key.variables[0].to_owned(), value);
            }
            let said = everything_said(&sources);
            prop_assert!(!said.contains("Zq9"), "{}: {}", key.name, said);
        }
    }
}
