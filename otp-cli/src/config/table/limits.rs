//! Keys of codes and limits.

use crate::config::{key::Key, kind::Kind};

const POSITIVE: Kind = Kind::Number(1, u32::MAX);

pub(super) const KEYS: &[Key] = &[
    Key::new("token_length", &["OTP_TOKEN_LENGTH"], Kind::Number(4, 10), "Digits of a code; production: at least 6.")
        .default("6"),
    Key::new(
        "min_token_length",
        &["OTP_MIN_TOKEN_LENGTH"],
        Kind::Number(4, 10),
        "Fewest digits that `token_length` may ask for; lower both for shorter codes.",
    )
    .default("6"),
    Key::new(
        "security_code_expiration_seconds",
        &["OTP_SECURITY_CODE_EXPIRATION_SECONDS", "OTP_SECURITY_CODE_EXPIRATION_TIME"],
        Kind::Number(1, 86_400),
        "Life of a code in seconds. Over 600 with a phone channel warns; production: 60 to 600, or to 86400 where \
         e-mail is the only channel. The name `security_code_expiration_time` works and warns.",
    )
    .alias(&["security_code_expiration_time"])
    .default("600"),
    Key::new(
        "verify_security_code_only_once",
        &["OTP_VERIFY_SECURITY_CODE_ONLY_ONCE"],
        Kind::Boolean,
        "Whether a code succeeds once only.",
    )
    .default("true"),
    Key::new(
        "max_failed_attempts",
        &["OTP_MAX_FAILED_ATTEMPTS"],
        Kind::Number(1, 10),
        "Wrong codes answered per challenge; production: at most 5.",
    )
    .default("5"),
    Key::new(
        "resend_cooldown_seconds",
        &["OTP_RESEND_COOLDOWN_SECONDS"],
        Kind::Number(0, 86_400),
        "Seconds between two messages to a recipient; production: at least 30.",
    )
    .default("60"),
    Key::new(
        "max_sends_per_hour",
        &["OTP_MAX_SENDS_PER_HOUR"],
        POSITIVE,
        "Messages to a recipient in any hour; production: at most 10.",
    )
    .default("5"),
    Key::new(
        "max_sends_per_day",
        &["OTP_MAX_SENDS_PER_DAY"],
        POSITIVE,
        "Messages to a recipient in any day.",
    )
    .default("10"),
    Key::new(
        "max_sends_per_challenge",
        &["OTP_MAX_SENDS_PER_CHALLENGE"],
        POSITIVE,
        "Messages of one challenge, the first included.",
    )
    .derived("as `max_sends_per_hour`"),
    Key::new(
        "max_starts_per_address_per_hour",
        &["OTP_MAX_STARTS_PER_ADDRESS_PER_HOUR"],
        POSITIVE,
        "Starts from a caller's address (an IPv6 /64 is one) in any hour.",
    )
    .default("30"),
    Key::new(
        "max_starts_per_prefix_per_hour",
        &["OTP_MAX_STARTS_PER_PREFIX_PER_HOUR"],
        POSITIVE,
        "Starts to phone numbers which differ in their last four digits only, in any hour.",
    )
    .derived("production: 200; development: 1000000"),
    Key::new(
        "live_challenges",
        &["OTP_LIVE_CHALLENGES"],
        Kind::Number(1, 16),
        "Challenges of a recipient that can be verified at a time; the oldest gives way.",
    )
    .default("1"),
    Key::new(
        "allowed_countries",
        &["OTP_ALLOWED_COUNTRIES"],
        Kind::List("ISO 3166 codes like US,GB"),
        "Countries whose phone numbers get messages; none named, all do.",
    )
    .default(""),
    Key::new(
        "denied_prefixes",
        &["OTP_DENIED_PREFIXES"],
        Kind::List("number prefixes like +1900"),
        "Phone numbers that get no messages.",
    )
    .default(""),
    Key::new(
        "test_recipients",
        &["OTP_TEST_RECIPIENTS"],
        Kind::List("entries like +15555550100=123456@2026-12-31"),
        "Recipients with a fixed code up to and including a day (UTC): nothing is sent, the send limits do not \
         apply, the guess limits do. Allowed in production, for the reviewers of app stores.",
    )
    .default("")
    .secret(),
];
