//! Keys of the server itself.

use crate::config::{key::Key, kind::Kind};

pub(super) const KEYS: &[Key] = &[
    Key::new(
        "environment",
        &["OTP_ENV"],
        Kind::Choice(&["development", "production"]),
        "What is refused: `production` accepts nothing that suits a laptop only.",
    )
    .default("development"),
    Key::new("bind", &["OTP_BIND"], Kind::Address, "Address the server listens on.").default("127.0.0.1:8000"),
    Key::new(
        "tls_terminator",
        &["OTP_TLS_TERMINATOR"],
        Kind::Line,
        "What terminates TLS in front of the server, in words. Production needs it, or `trusted_proxies`, to \
         listen on anything but loopback.",
    ),
    Key::new(
        "trusted_proxies",
        &["OTP_TRUSTED_PROXIES"],
        Kind::List("addresses or networks like 10.0.0.0/8"),
        "Proxies whose forwarded headers are believed. Nobody else's are.",
    )
    .default(""),
    Key::new(
        "database_url",
        &["OTP_DATABASE_URL", "DATABASE_URL"],
        Kind::Line,
        "`sqlite://otp.db` (relative), `sqlite:///var/lib/otp.db`, `sqlite::memory:`, `postgres://...`, `mysql://...`.",
    )
    .default("sqlite://otp.db")
    .secret(),
    Key::new(
        "secret_key",
        &["OTP_SECRET_KEY"],
        Kind::List("keys `kid:base64` of at least 32 bytes, as `otp keygen` makes them"),
        "Keys by id; the first signs, the others still open what they made. A single key may go without its id, \
         which is `k1` then.",
    )
    .derived("development: made once and kept beside the database; production: required")
    .secret(),
    Key::new(
        "app_name",
        &["OTP_APP_NAME"],
        Kind::Line,
        "The name that recipients know, `{app}` in texts; at most 64 characters.",
    )
    .default("OTP"),
    Key::new(
        "message",
        &["OTP_MESSAGE"],
        Kind::Text,
        "The text message. Placeholders: `{app}`, `{security_code}`, `{minutes}`. Where it is given it is sent in \
         every language; `messages_dir` translates it, and has the texts of other channels.",
    )
    .default("Welcome to {app}! Please use security code {security_code} to proceed."),
    Key::new(
        "messages_dir",
        &["OTP_MESSAGES_DIR"],
        Kind::Path,
        "Directory of texts that replace or add to the built-in ones: files `LANGUAGE.toml` or \
         `PURPOSE.LANGUAGE.toml` with any of `sms`, `voice`, `email_subject`, `email_text`.",
    ),
    Key::new(
        "sms_origin",
        &["OTP_SMS_ORIGIN"],
        Kind::Line,
        "Host of the page that asks for the code, like `example.com`: text messages end with `@example.com #123456`, \
         from which browsers offer the code to that page alone.",
    ),
    Key::new(
        "android_app_hash",
        &["OTP_ANDROID_APP_HASH"],
        Kind::Line,
        "Hash of the Android app that asks for the code, 11 characters: text messages end with it where the request \
         says `ending: android`, or where there is no `sms_origin`.",
    ),
    Key::new(
        "strict_errors",
        &["OTP_STRICT_ERRORS"],
        Kind::Boolean,
        "Answer every refused check with `code_invalid`, so that callers learn nothing from it.",
    )
    .default("false"),
    Key::new(
        "record_retention_days",
        &["OTP_RECORD_RETENTION_DAYS"],
        Kind::Number(1, 36_500),
        "Days after which `otp cleanup` deletes a finished record.",
    )
    .default("30"),
    Key::new(
        "admin_bind",
        &["OTP_ADMIN_BIND"],
        Kind::Address,
        "Loopback address of `/metrics` and `/admin`; not set, they are off.",
    )
    .section("admin"),
    Key::new(
        "admin_token",
        &["OTP_ADMIN_TOKEN"],
        Kind::Line,
        "Bearer token of the admin address: at least 16 visible ASCII characters.",
    )
    .section("admin")
    .secret(),
    Key::new(
        "log",
        &["OTP_LOG"],
        Kind::Line,
        "What is logged: a `tracing` filter like `info` or `info,otp_service=debug`.",
    )
    .default("info"),
];
