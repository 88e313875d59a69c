//! Sources and their outcome, written down in a line.

use otp_cli::config::{Capabilities, Config, MissingKey, Problems, Sources};

/// A key as `otp keygen` makes it, but always the same.
pub(crate) const KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Sources of environment variables.
pub(crate) fn variables<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Sources {
    let mut sources = Sources::default();
    sources.environment =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    sources
}

/// Sources of an `otp.toml`.
pub(crate) fn toml(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.file = Some(("otp.toml".to_owned(), text.to_owned()));
    sources
}

/// Sources of environment variables that production accepts.
pub(crate) fn production<'a>(more: impl IntoIterator<Item = (&'a str, &'a str)>) -> Sources {
    let mut sources = variables([
        ("OTP_ENV", "production"),
        ("OTP_SECRET_KEY", KEY),
        ("OTP_SMS", "twilio"),
        ("OTP_APP_NAME", "Acme"),
    ]);
    sources.environment.extend(
        variables([
            ("OTP_TWILIO_SID", "AC1"),
            ("OTP_TWILIO_SECRET", "s"),
            ("OTP_TWILIO_FROM", "+14155550123"),
        ])
        .environment,
    );
    sources.environment.extend(variables(more).environment);
    sources
}

/// Loads with everything built in, and makes no file.
pub(crate) fn load(sources: &Sources) -> Result<Config, Problems> {
    Config::load(sources, &Capabilities::everything(), MissingKey::Ephemeral)
}

/// The configuration.
#[track_caller]
pub(crate) fn config(sources: &Sources) -> Config {
    load(sources).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The problems in words.
#[track_caller]
pub(crate) fn problems(sources: &Sources) -> Vec<String> {
    match load(sources) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|problem| problem.as_str().to_owned()).collect(),
    }
}

/// The value of a key as `otp config` shows it, and its source.
#[track_caller]
pub(crate) fn setting(config: &Config, name: &str) -> (String, String) {
    let setting = config.settings.iter().find(|setting| setting.name == name).expect("a key of the table");
    (setting.text(), setting.origin.to_string())
}
