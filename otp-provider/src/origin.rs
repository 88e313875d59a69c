//! [`Origin`]: what text messages come from.

use otp_core::PhoneNumber;

/// The longest sender id (3GPP TS 23.038: eleven characters of seven bits).
const LONGEST_ID: usize = 11;

/// What text messages come from.
///
/// ```
/// use otp_provider::Origin;
///
/// assert_eq!(Origin::of("+14155550100"), Some(Origin::Number));
/// assert_eq!(Origin::of("12345"), Some(Origin::ShortCode));
/// assert_eq!(Origin::of("Acme"), Some(Origin::SenderId));
/// assert_eq!(Origin::of("(415) 555-0100"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "carriers know no other")]
pub enum Origin {
    /// A number in E.164: `+`, country code, 7 to 15 digits, nothing between them.
    Number,
    /// A short code: 3 to 8 digits, good in one country.
    ShortCode,
    /// A sender id: 1 to 11 letters, digits, spaces and `& - _ . +`, a letter among them. Some countries replace or
    /// refuse it, and nobody can answer it.
    SenderId,
}

impl Origin {
    /// What the text is; `None` for what no carrier takes.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if PhoneNumber::from_canonical(text).is_ok() {
            return Some(Self::Number);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return (3..=8).contains(&text.len()).then_some(Self::ShortCode);
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b" &-_.+".contains(&byte);
        let is_id = text.len() <= LONGEST_ID
            && text.trim() == text
            && !text.starts_with('+')
            && text.bytes().all(legal)
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        is_id.then_some(Self::SenderId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (text, origin) in [
            ("+14155551234", Some(Origin::Number)),
            ("+15005550006", Some(Origin::Number)),
            ("4155551234", None),
            ("(415) 555-1234", None),
            ("+1 415 555 1234", None),
            ("+0155551234", None),
            ("+1234567890123456", None),
            ("Acme", Some(Origin::SenderId)),
            ("AT&T 24-7", Some(Origin::SenderId)),
            ("Acme Verify!", None),
            ("Twelve chars", None),
            (" Acme", None),
            ("+Acme", None),
            ("---", None),
            ("Ačme", None),
            ("12345", Some(Origin::ShortCode)),
            ("12", None),
            ("123456789", None),
            ("", None),
        ] {
            assert_eq!(Origin::of(text), origin, "{text:?}");
        }
    }
}
