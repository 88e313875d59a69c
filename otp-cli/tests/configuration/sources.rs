//! Three sources on top of each other: precedence, names, unknown keys.

use crate::support::{KEY, config, problems, setting, toml, variables};
use otp_cli::config::keys;

#[test]
fn later_sources_win() {
    let mut sources =
        variables([("OTP_MAX_SENDS_PER_DAY", "13"), ("DATABASE_URL", "sqlite://environment.db")]);
    sources.file = Some((
        "otp.toml".to_owned(),
        "max_sends_per_day = 11\nmax_sends_per_hour = 6\nlive_challenges = \"2\"\ndatabase_url = \"sqlite://toml.db\""
            .to_owned(),
    ));
    let env_file = "OTP_MAX_SENDS_PER_DAY=12\nOTP_MAX_SENDS_PER_HOUR=7\nOTP_DATABASE_URL=sqlite://dotenv.db";
    sources.env_file = Some((".env".to_owned(), env_file.to_owned()));
    let config = config(&sources);
    for (key, value, source) in [
        ("max_sends_per_day", "13", "environment OTP_MAX_SENDS_PER_DAY"),
        ("max_sends_per_hour", "7", ".env:2 OTP_MAX_SENDS_PER_HOUR"),
        ("max_sends_per_challenge", "7", "default"),
        ("live_challenges", "2", "otp.toml:3"),
        ("database_url", "sqlite://environment.db", "environment DATABASE_URL"),
        ("token_length", "6", "default"),
    ] {
        assert_eq!(setting(&config, key), (value.to_owned(), source.to_owned()), "{key}");
    }
    assert_eq!((config.policy.sends_per_day(), config.policy.sends_per_hour()), (13, 7));
}

#[test]
fn every_key_is_taken_by_every_name() {
    for key in keys() {
        let good = good(key.name);
        let mut names: Vec<String> = key.names().map(str::to_owned).collect();
        let section = key.section.map(|section| {
            let inner = key.name.strip_prefix(section).and_then(|rest| rest.strip_prefix('_'));
            format!("{section}.{}", inner.expect("names begin with their section"))
        });
        names.extend(section);
        for name in names {
            let found = problems(&toml(&format!("{name} = '''{good}'''")));
            assert!(!found.iter().any(|problem| is_bad(key.name, problem)), "{name}: {found:?}");
        }
        for variable in key.variables {
            let found = problems(&variables([(*variable, good)]));
            assert!(!found.iter().any(|problem| is_bad(key.name, problem)), "{variable}: {found:?}");
        }
    }
}

#[test]
fn toml_values_may_be_native() {
    let config = config(&toml(
        "token_length = 0x8\nstrict_errors = true\nsms = [\"console\", \"file\"]\nallowed_countries = \"us, GB\"\n\
         trusted_proxies = [\"10.0.0.0/8\"]\n[file]\npath = \"mail.jsonl\"\n",
    ));
    for (key, value) in [
        ("token_length", "8"),
        ("strict_errors", "true"),
        ("sms", "console,file"),
        ("allowed_countries", "us,GB"),
        ("trusted_proxies", "10.0.0.0/8"),
        ("file_path", "mail.jsonl"),
    ] {
        assert_eq!(setting(&config, key).0, value, "{key}");
    }
    assert!(config.strict_errors && config.policy.format().length() == 8);
    assert_eq!(config.senders.file.map(|file| file.path), Some("mail.jsonl".into()));
}

#[test]
fn unknown_names_are_problems_with_a_suggestion() {
    for (text, problem) in [
        ("tokn_length = 6", "tokn_length (otp.toml:1): unknown key; did you mean token_length?"),
        ("\n\nSECRET_KEY = \"x\"", "SECRET_KEY (otp.toml:3): unknown key; did you mean secret_key?"),
        ("colour = 1", "colour (otp.toml:1): unknown key; `otp config` lists every key"),
        ("twilio = \"x\"", "twilio (otp.toml:1): a section [twilio] is expected, not a value"),
        (
            "[file]\nbind = \"x\"",
            "[file] bind (otp.toml:2): unknown key; bind stands above the first [section]; [file] takes path",
        ),
        (
            "[file]\npat = \"x\"",
            "[file] pat (otp.toml:2): unknown key; did you mean path?; [file] takes path",
        ),
        (
            "[limits]\nbind = \"x\"",
            "[limits] bind (otp.toml:2): unknown section; bind stands above the first [section]; \
             sections are admin, file, sandbox, twilio, vonage, smtp",
        ),
        ("[limits]", "limits (otp.toml): unknown section"),
        ("bind = 1\nbind = 2", "otp.toml:2: not TOML: duplicate key"),
    ] {
        assert_eq!(problems(&toml(text)), [problem], "{text}");
    }
    for (name, problem) in [
        ("OTP_TOKEN_LENGHT", "unknown variable; did you mean OTP_TOKEN_LENGTH?"),
        ("OTP_ENVIRONMENT", "unknown variable; did you mean OTP_ENV?"),
        ("OTP_SMTP_SERVER", "unknown variable; did you mean SMTP_SERVER?"),
        ("OTP_COLOUR", "unknown variable; `otp config` lists every key"),
        ("OTP_SECRET_KEY_FIEL", "unknown variable; did you mean OTP_SECRET_KEY?"),
    ] {
        assert_eq!(problems(&variables([(name, "1")])), [format!("{name} (environment): {problem}")]);
        let mut sources = variables([]);
        sources.env_file = Some((".env".to_owned(), format!("# here\n{name}=1")));
        assert_eq!(problems(&sources), [format!("{name} (.env:2): {problem}")]);
    }
    let file = "OTP_BIND_FILE (environment): unknown variable; OTP_BIND is no secret and is given as it is, as an \
                address and port like 127.0.0.1:8000";
    assert_eq!(problems(&variables([("OTP_BIND_FILE", "x")])), [file]);
}

#[test]
fn other_programs_variables_are_ignored() {
    let foreign =
        [("PATH", "/bin"), ("TOKEN_LENGTH", "99"), ("KEY", ""), ("SID", ""), ("OTP_TEST_ROUNDS", "5")];
    assert_eq!(problems(&variables(foreign)), [""; 0]);
    let mut sources = variables([]);
    sources.env_file = Some((".env".to_owned(), "COMPOSE_PROJECT_NAME=x".to_owned()));
    assert_eq!(problems(&sources), [""; 0]);
}

#[test]
fn names_of_one_key_must_agree() {
    let differ = variables([("OTP_DATABASE_URL", "sqlite://a.db"), ("DATABASE_URL", "sqlite://b.db")]);
    assert_eq!(
        problems(&differ),
        [
            "database_url (environment OTP_DATABASE_URL): also given as DATABASE_URL (environment DATABASE_URL), \
          with another value; remove one"
        ]
    );
    let agree = variables([("OTP_DATABASE_URL", "sqlite://a.db"), ("DATABASE_URL", "sqlite://a.db")]);
    assert_eq!(problems(&agree), [""; 0]);
    let both = toml("twilio_sid = \"a\"\n[twilio]\nsid = \"b\"");
    assert_eq!(
        problems(&both),
        ["twilio_sid (otp.toml:3): also given as twilio_sid (otp.toml:1), with another value; remove one"]
    );
}

#[test]
fn reference_names_are_aliases() {
    let sources = variables([
        ("OTP_SMS", "twilio,vonage"),
        ("SID", "AC1"),
        ("SECRET", "s1"),
        ("FROM", "+14155550123"),
        ("KEY", "k"),
        ("OTP_VONAGE_SECRET", "s2"),
        ("OTP_VONAGE_FROM", "Acme"),
    ]);
    let senders = config(&sources).senders;
    let twilio = senders.twilio.expect("in use");
    assert_eq!(
        (twilio.sid.as_str(), twilio.secret.expect("given").expose(), twilio.from.as_deref()),
        ("AC1", "s1", Some("+14155550123"))
    );
    assert_eq!(senders.vonage.expect("in use").key.expose(), "k");

    let guide = variables([
        ("OTP_SMS", "twilio"),
        ("SMS_API_URL", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"),
        ("SMS_API_KEY", "s1"),
        ("FROM", "+14155550123"),
    ]);
    let twilio = config(&guide).senders.twilio.expect("in use");
    assert_eq!((twilio.sid.as_str(), twilio.secret.expect("given").expose()), ("AC1", "s1"));
    assert_eq!(twilio.base_url.as_str(), "https://api.twilio.com");
}

#[test]
fn the_old_name_of_the_life_works_and_warns() {
    for sources in [
        variables([("OTP_SECURITY_CODE_EXPIRATION_TIME", "300")]),
        toml("security_code_expiration_time = 300"),
    ] {
        let config = config(&sources);
        assert_eq!(config.policy.life().as_secs(), 300);
        assert!(
            config.warnings[0].contains("security_code_expiration_time is the old name"),
            "{:?}",
            config.warnings
        );
    }
}

/// Whether a problem is about what was given, and not about something else that it needs.
fn is_bad(key: &str, problem: &str) -> bool {
    problem.starts_with(&format!("{key} (")) || problem.contains("unknown")
}

/// A good value of each key, alone in development.
fn good(name: &str) -> &'static str {
    match name {
        "environment" => "development",
        "bind" | "admin_bind" => "127.0.0.1:9",
        "database_url" => "sqlite://x.db",
        "secret_key" => KEY,
        "message" => "Code {security_code}",
        "messages_dir" => "tests",
        "trusted_proxies" => "10.0.0.1,fd00::/8",
        "token_length" | "min_token_length" | "max_failed_attempts" | "live_challenges" => "6",
        "strict_errors"
        | "verify_security_code_only_once"
        | "twilio_lookup"
        | "twilio_redact"
        | "twilio_feedback"
        | "twilio_verify_custom_code"
        | "vonage_insight"
        | "vonage_verify_custom_code" => "false",
        "vonage_sms_api" => "messages",
        "vonage_sign_requests" => "off",
        "allowed_countries" => "US",
        "denied_prefixes" => "+1900",
        "test_recipients" => "+15555550100=123456@2026-12-31",
        "sms_origin" => "example.com",
        "android_app_hash" => "FA+9qCX9VSu",
        "delivery" => "inline",
        "sms" | "voice" | "whatsapp" | "email" => "discard",
        "sandbox_code" => "123456",
        "sandbox_recipients" => "+15555550100,a@example.com",
        "sms_api_url" => "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
        "smtp_from_email" => "a@example.com",
        "smtp_tls" => "implicit",
        "smtp_server" => "mail.example.com",
        "admin_token" => "0123456789abcdef",
        name if name.ends_with("_url") || name.ends_with("_callback") => "https://example.com",
        name if name.starts_with("max_") || name.ends_with("_days") || name.ends_with("_seconds") => "99",
        "smtp_port" => "25",
        _ => "text",
    }
}
