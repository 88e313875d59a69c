//! Values: what each key refuses, and what several keys must agree on.

use otp_cli::config::{Capabilities, Config, DatabaseUrl, Kind, MissingKey, keys};

use crate::support::{config, load, problems, setting, toml, variables};

/// A bad value of each key that can have one alone, and a part of what is said about it.
const BAD: [(&str, &str, &str); 37] = [
    ("environment", "staging", "development or production is expected, not \"staging\""),
    ("bind", "8000", "an address and port like 127.0.0.1:8000 is expected, not \"8000\""),
    ("trusted_proxies", "10.0.0.0/8,proxy", "10.0.0.0/8 or fd00::/8 is expected, not \"proxy\""),
    ("database_url", "redis://hunter2", "a URL like sqlite://otp.db"),
    ("secret_key", "hunter2", "`otp keygen` makes"),
    ("app_name", "", "a text of one line is expected, not nothing"),
    ("app_name", "a\u{7}b", "a text of one line is expected"),
    (
        "message",
        "Code: {code}",
        "unknown placeholder {code} (did you mean {security_code}?); allowed are {app}",
    ),
    ("message", "No code", "{security_code} is missing"),
    ("messages_dir", "no/such/directory", "a readable directory is expected"),
    ("strict_errors", "maybe", "true or false is expected, not \"maybe\""),
    ("record_retention_days", "0", "a whole number from 1 to 36500 is expected, not \"0\""),
    ("admin_bind", "0.0.0.0:9000", "a loopback address like 127.0.0.1:9000 is expected"),
    ("admin_token", "hunter2", "at least 16 visible ASCII characters"),
    ("log", "otp_service=loud", "a filter like info or info,otp_service=debug is expected"),
    ("token_length", "3", "a whole number from 4 to 10 is expected, not \"3\""),
    ("token_length", "5", "at least min_token_length is expected, which is 6 (default)"),
    ("min_token_length", "11", "a whole number from 4 to 10 is expected, not \"11\""),
    ("security_code_expiration_seconds", "86401", "a whole number from 1 to 86400 is expected"),
    ("verify_security_code_only_once", "2", "true or false is expected"),
    ("max_failed_attempts", "11", "a whole number from 1 to 10 is expected"),
    ("resend_cooldown_seconds", "-1", "a whole number from 0 to 86400 is expected, not \"-1\""),
    ("max_sends_per_hour", "0", "a positive whole number is expected, not \"0\""),
    ("max_sends_per_day", "many", "a positive whole number is expected, not \"many\""),
    ("max_sends_per_challenge", "1.5", "a positive whole number is expected"),
    ("max_starts_per_address_per_hour", "4294967296", "a positive whole number is expected"),
    ("max_starts_per_prefix_per_hour", "", "a positive whole number is expected, not nothing"),
    ("live_challenges", "17", "a whole number from 1 to 16 is expected"),
    ("allowed_countries", "US,UK", "\"UK\" is no ISO 3166 country; GB is expected"),
    ("denied_prefixes", "1900", "write '+' and 1 to 14 digits"),
    ("test_recipients", "+15555550100=hunter2@2026-12-31", "entry 1: +1********00: a code of 4 to 10 digits"),
    ("delivery", "later", "queue or inline is expected, not \"later\""),
    ("sms", "consol", "\"consol\" is no sender; did you mean console?; available are console, file"),
    ("sms_api_url", "https://example.com/sms", "Messages.json is expected"),
    ("smtp_port", "65536", "a whole number from 1 to 65535 is expected"),
    ("smtp_from_email", "nobody", "e-mail"),
    ("smtp_tls", "auto", "starttls or implicit or none is expected, not \"auto\""),
];

#[test]
fn bad_values_are_problems_that_name_key_place_and_expectation() {
    // What an address for mail looks like, the crate says that sends it.
    let has_rule = |name: &str| cfg!(feature = "smtp") || name != "smtp_from_email";
    for (name, value, expected) in BAD.into_iter().filter(|(name, ..)| has_rule(name)) {
        let key = keys().find(|key| key.name == name).expect("a key of the table");
        let variable = key.variables[0];
        let found = problems(&variables([(variable, value)]));
        let start = format!("{name} (environment {variable}): ");
        assert!(
            found.iter().any(|problem| problem.starts_with(&start) && problem.contains(expected)),
            "{variable}={value:?}: {found:#?}"
        );
        let found =
            problems(&toml(&format!("# first line\n{name} = {value:?}").replace("\\u{7}", "\\u0007")));
        let start = format!("{name} (otp.toml:2): ");
        assert!(
            found.iter().any(|problem| problem.starts_with(&start) && problem.contains(expected)),
            "{name} = {value:?}: {found:#?}"
        );
    }
}

/// Nothing of its kind: what every key refuses in the environment, in a file, and as TOML.
#[test]
fn every_key_refuses_something() {
    for key in keys() {
        let bad = match key.kind {
            Kind::List(_) => "\u{1}",
            Kind::Url => "example.com",
            _ => " ",
        };
        let found = problems(&toml(&format!("{} = {bad:?}", key.name).replace("\\u{1}", "\\u0001")));
        let start = format!("{} (otp.toml:1): ", key.name);
        assert!(found.iter().any(|problem| problem.starts_with(&start)), "{}: {found:?}", key.name);
        if !matches!(key.kind, Kind::List(_)) {
            for value in ["[\"a\", \"b\"]", "[[1]]"] {
                let found = problems(&toml(&format!("{} = {value}", key.name)));
                let start = format!("{} (otp.toml:1): {} is expected", key.name, key.kind.expected());
                assert!(found.iter().any(|problem| problem.starts_with(&start)), "{}: {found:?}", key.name);
            }
        }
    }
}

#[test]
fn all_problems_come_at_once() {
    let mut sources = toml("tokn_length = 6\nbind = \"x\"\n");
    sources.env_file = Some((".env".to_owned(), "nonsense\nOTP_DELIVERY=never".to_owned()));
    sources.environment = variables([("OTP_SMS", "pigeon"), ("OTP_TOKEN_LENGTH", "4")]).environment;
    let starts = [
        "tokn_length (otp.toml:1)",
        ".env:1",
        "bind (otp.toml:2)",
        "delivery (.env:2 OTP_DELIVERY)",
        "sms (environment OTP_SMS)",
        "token_length (environment OTP_TOKEN_LENGTH)",
    ];
    let found = problems(&sources);
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (problem, start) in found.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem} begins with {start}");
    }
    let text = load(&sources).unwrap_err().to_string();
    assert!(text.starts_with("the configuration has 6 problems:\n  "), "{text}");
}

#[test]
fn defaults_are_those_of_the_reference() {
    let config = config(&variables([]));
    let policy = &config.policy;
    assert_eq!((policy.format().length(), policy.life().as_secs(), policy.max_checks()), (6, 600, 5));
    assert_eq!((policy.cooldown().as_secs(), policy.sends_per_hour(), policy.sends_per_day()), (60, 5, 10));
    assert_eq!((policy.sends_per_challenge(), policy.live_challenges(), policy.once_only()), (5, 1, true));
    assert_eq!((policy.caller_quota().limit, policy.block_quota().limit), (30, 1_000_000));
    assert_eq!((config.bind.to_string().as_str(), config.record_retention_days), ("127.0.0.1:8000", 30));
    assert!(matches!(&config.database, DatabaseUrl::Sqlite(path) if path.as_os_str() == "otp.db"));
    assert!(config.trusted_proxies.is_empty() && config.test_recipients.is_empty() && config.admin.is_none());
    assert!(!config.strict_errors && config.warnings.is_empty(), "{:?}", config.warnings);
    assert_eq!(config.routes.len(), 4);
}

/// So that tests and load runs are possible.
#[test]
fn development_takes_any_value_in_the_ranges() {
    let loose = variables([
        ("OTP_TOKEN_LENGTH", "4"),
        ("OTP_MIN_TOKEN_LENGTH", "4"),
        ("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "86400"),
        ("OTP_MAX_FAILED_ATTEMPTS", "10"),
        ("OTP_RESEND_COOLDOWN_SECONDS", "0"),
        ("OTP_MAX_SENDS_PER_HOUR", "4294967295"),
        ("OTP_MAX_SENDS_PER_DAY", "1"),
        ("OTP_MAX_STARTS_PER_ADDRESS_PER_HOUR", "4294967295"),
        ("OTP_LIVE_CHALLENGES", "16"),
    ]);
    let config = config(&loose);
    assert_eq!(config.policy.sends_per_challenge(), u32::MAX);
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    let warning = "security_code_expiration_seconds (environment OTP_SECURITY_CODE_EXPIRATION_SECONDS): 86400 s is long";
    assert!(config.warnings[0].starts_with(warning), "{:?}", config.warnings);

    let by_mail = [("OTP_SMS", ""), ("OTP_VOICE", ""), ("OTP_WHATSAPP", "")];
    let by_mail = variables(by_mail.into_iter().chain([("OTP_SECURITY_CODE_EXPIRATION_SECONDS", "86400")]));
    assert_eq!(self::config(&by_mail).warnings, [""; 0], "no phone channel, no warning");
}

#[test]
fn lists_become_what_they_mean() {
    let config = config(&variables([
        ("OTP_TRUSTED_PROXIES", "10.0.0.0/8, ::1,"),
        ("OTP_ALLOWED_COUNTRIES", "us, GB"),
        ("OTP_DENIED_PREFIXES", "+1900"),
        ("OTP_TEST_RECIPIENTS", "+15555550100=123456@2026-12-31,review@example.com=654321@2027-01-01"),
        ("OTP_BIND", "localhost:0"),
    ]));
    assert_eq!(config.trusted_proxies.to_string(), "10.0.0.0/8, ::1/128");
    for (recipient, allowed) in [("+14155550123", true), ("+33612345678", false), ("+19005550123", false)] {
        let recipient = otp_core::Recipient::from_canonical(recipient).unwrap();
        assert_eq!(config.destinations.allow(&recipient), allowed, "{}", recipient.as_str());
    }
    let recipients: Vec<_> = config.test_recipients.iter().map(|test| test.recipient.as_str()).collect();
    assert_eq!(recipients, ["+15555550100", "review@example.com"]);
    assert_eq!(setting(&config, "test_recipients").0, "***");
    assert_eq!(config.bind.to_string(), "127.0.0.1:0");

    let twice = "+15555550100=123456@2026-12-31,+1 555 555 0100=654321@2026-12-31";
    assert_eq!(
        problems(&variables([("OTP_TEST_RECIPIENTS", twice)])),
        ["test_recipients (environment OTP_TEST_RECIPIENTS): entry 2: +1********00 is there twice"]
    );
    let short = config_warnings("OTP_TEST_RECIPIENTS", "+15555550100=1234@2026-12-31");
    assert!(short[0].ends_with("entry 1: the code of +1********00 has not 6 digits"), "{short:?}");
}

#[test]
fn a_build_refuses_what_it_does_not_have() {
    let build = Capabilities::of_this_build();
    for (name, value, expected) in [
        ("DATABASE_URL", "oracle://u:p@h/n", "a URL like sqlite://otp.db"),
        ("OTP_SMS", "console,pigeon", "available are console, file, sandbox, discard"),
    ] {
        let result = Config::load(&variables([(name, value)]), &build, MissingKey::Ephemeral);
        let problems = result.unwrap_err();
        assert!(problems.to_string().contains(expected), "{problems}");
    }
    let mut nothing = Capabilities::everything();
    nothing.databases.clear();
    nothing.senders.retain(|sender| sender.as_str() == "console");
    let result = Config::load(&variables([("OTP_EMAIL", "smtp")]), &nothing, MissingKey::Ephemeral);
    let text = result.unwrap_err().to_string();
    assert!(text.contains("database_url: this build has no sqlite support"), "{text}");
    let missing = "email (environment OTP_EMAIL): smtp is not built into this version; available are console";
    assert!(text.contains(missing), "{text}");
}

fn config_warnings(name: &str, value: &str) -> Vec<String> {
    config(&variables([(name, value)])).warnings
}
