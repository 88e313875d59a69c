//! [`Shape`]: what the text of an option looks like.

use otp_provider::{Origin, Secret};

use crate::{
    jwt::Application,
    options::{ConfigError, LONGEST_BRAND, LONGEST_CALLBACK, fits_brand, number},
};

/// What the text of an option looks like. [`VonageConfig`](crate::VonageConfig) refuses what does not pass; who reads a
/// configuration of many options can ask for each one before, and name everything that is wrong at once.
///
/// ```
/// use otp_vonage::{ConfigError, Shape};
///
/// assert_eq!(Shape::From.check("447700900000"), Ok(()));
/// assert_eq!(Shape::Number.check("Acme"), Err(ConfigError::Number));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// The API key.
    Key,
    /// The application's id: a UUID.
    ApplicationId,
    /// The application's private key in PEM.
    PrivateKey,
    /// What text messages come from: an [`Origin`]; a number also without its `+`, or with spaces and hyphens in it.
    From,
    /// What calls and WhatsApp messages come from: a number with its country code.
    Number,
    /// Where receipts go.
    Callback,
    /// Who Verify says is verifying.
    Brand,
}

impl Shape {
    /// Whether the text looks like that.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], which says what is expected and never repeats the text.
    pub fn check(self, text: &str) -> Result<(), ConfigError> {
        let (is_it, error) = match self {
            Self::Key => (is_key(text), ConfigError::Key),
            Self::ApplicationId => (is_uuid(text), ConfigError::ApplicationId),
            Self::PrivateKey => return Ok(Application::check(&Secret::from(text))?),
            Self::From => (origin(text).is_some(), ConfigError::From),
            Self::Number => (number(text).is_some(), ConfigError::Number),
            Self::Callback => (is_callback(text), ConfigError::Callback),
            Self::Brand => (is_brand(text), ConfigError::Brand),
        };
        if is_it { Ok(()) } else { Err(error) }
    }
}

/// What text messages come from, as [`VonageConfig::from`](crate::VonageConfig::from) takes it.
#[must_use]
pub fn origin(from: &str) -> Option<Origin> {
    let Some(digits) = number(from) else {
        return Origin::of(from).filter(|origin| *origin == Origin::SenderId);
    };
    // The dashboard writes numbers without their `+`.
    Some(Origin::of(&format!("+{digits}")).unwrap_or(Origin::ShortCode))
}

fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_callback(text: &str) -> bool {
    text.starts_with("https://")
        && text.len() <= LONGEST_CALLBACK
        && text.bytes().all(|b| b.is_ascii_graphic())
}

fn is_brand(text: &str) -> bool {
    (1..=LONGEST_BRAND).contains(&text.chars().count()) && text.chars().all(fits_brand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (text, found) in [
            ("Acme", Some(Origin::SenderId)),
            ("AT&T", Some(Origin::SenderId)),
            ("+44 7700 900000", Some(Origin::Number)),
            ("447700900000", Some(Origin::Number)),
            ("12345", Some(Origin::ShortCode)),
            ("1234567", Some(Origin::Number)),
            ("Twelve chars", None),
            (" Acme", None),
            ("---", None),
            ("a\nb", None),
            ("1234567890123456", None),
            ("", None),
        ] {
            assert_eq!(origin(text), found, "{text:?}");
        }
    }
}
