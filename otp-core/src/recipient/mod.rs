//! Who is verified: [`Recipient`], [`PhoneNumber`], [`EmailAddress`].
//!
//! Parse, don't validate: whoever holds one of these types holds a canonical text, and two spellings of one recipient
//! are equal. Limits, keys and rows can therefore use the text as it is.

#[macro_use]
mod canonical;
mod email;
mod mask;
mod phone;
mod plan;

pub use self::{
    canonical::NotCanonical,
    email::{EmailAddress, InvalidEmailAddress},
    phone::{InvalidPhoneNumber, PhoneNumber, Region},
};
use crate::Channel;

/// A phone number or an e-mail address in canonical form.
///
/// `Display` and `Debug` are masked, so that a log line cannot leak a recipient; [`as_str`](Self::as_str) and serde
/// give the whole text. A clone copies no text.
///
/// | you have | take |
/// |---|---|
/// | what a person typed | [`parse`](Self::parse) |
/// | the same, where test numbers are configured | [`parse_or_prescribed`](Self::parse_or_prescribed) |
/// | a text that `as_str` gave earlier (a row, a queue entry) | [`from_canonical`](Self::from_canonical) |
///
/// ```
/// use otp_core::{Channel, Recipient};
///
/// let phone = Recipient::parse(" +1 (415) 555-0123 ")?;
/// assert_eq!(phone.as_str(), "+14155550123");
/// assert_eq!(phone.to_string(), "+1********23");
/// assert!(phone.accepts(Channel::Sms) && !phone.accepts(Channel::Email));
///
/// let email = Recipient::parse("Alice@Example.COM")?;
/// assert_eq!(email.as_str(), "alice@example.com");
/// assert_eq!(email.to_string(), "a***@e***.com");
/// # Ok::<(), otp_core::InvalidRecipient>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a sender must say what it does with either kind")]
pub enum Recipient {
    /// Reached by text message, call or WhatsApp.
    Phone(PhoneNumber),
    /// Reached by e-mail.
    Email(EmailAddress),
}

/// Why a text is no [`Recipient`]. The message says what is expected and never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRecipient {
    /// The text has no `@` and is no phone number.
    #[error(transparent)]
    Phone(#[from] InvalidPhoneNumber),
    /// The text has an `@` and is no e-mail address.
    #[error(transparent)]
    Email(#[from] InvalidEmailAddress),
}

impl Recipient {
    /// Reads what a person typed: with an `@` an e-mail address, else a phone number.
    ///
    /// # Errors
    ///
    /// [`InvalidRecipient`]; see [`PhoneNumber::parse`] and [`EmailAddress::parse`].
    pub fn parse(text: &str) -> Result<Self, InvalidRecipient> {
        if text.contains('@') {
            Ok(Self::Email(EmailAddress::parse(text)?))
        } else {
            Ok(Self::Phone(PhoneNumber::parse(text)?))
        }
    }

    /// Like [`parse`](Self::parse), and also takes a phone number which no numbering plan knows if `is_prescribed`
    /// says that the operator configured it (see [`PhoneNumber::prescribed`]).
    ///
    /// ```
    /// use otp_core::{PhoneNumber, Recipient};
    ///
    /// let configured = [PhoneNumber::prescribed("+15555550100")?];
    /// let read = |text| Recipient::parse_or_prescribed(text, |number| configured.contains(number));
    ///
    /// assert!(Recipient::parse("+1 555 555 0100").is_err());
    /// assert_eq!(read("+1 555 555 0100")?.as_str(), "+15555550100");
    /// assert!(read("+1 555 555 0101").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_or_prescribed(
        text: &str,
        is_prescribed: impl FnOnce(&PhoneNumber) -> bool,
    ) -> Result<Self, InvalidRecipient> {
        Self::parse(text).or_else(|error| match PhoneNumber::prescribed(text) {
            Ok(number) if is_prescribed(&number) => Ok(Self::Phone(number)),
            _ => Err(error),
        })
    }

    /// Takes back a text which [`as_str`](Self::as_str) gave earlier. Checks its shape only, which is cheap enough
    /// for every row read; never for what comes from outside.
    ///
    /// ```
    /// use otp_core::Recipient;
    ///
    /// let stored = Recipient::parse("+44 20 7946 0018")?.as_str().to_owned();
    /// assert_eq!(Recipient::from_canonical(&stored)?, Recipient::parse(&stored)?);
    /// assert!(Recipient::from_canonical("+44 20 7946 0018").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCanonical`] if `as_str` cannot have given it.
    pub fn from_canonical(text: &str) -> Result<Self, NotCanonical> {
        if text.contains('@') {
            EmailAddress::from_canonical(text).map(Self::Email)
        } else {
            PhoneNumber::from_canonical(text).map(Self::Phone)
        }
    }

    /// The whole canonical text: E.164 such as `+14155550123`, or `name@example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(number) => number.as_str(),
            Self::Email(address) => address.as_str(),
        }
    }

    /// Whether this is a phone number.
    #[must_use]
    pub const fn is_phone(&self) -> bool {
        matches!(self, Self::Phone(_))
    }

    /// The phone number, if it is one.
    #[must_use]
    pub const fn as_phone(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Phone(number) => Some(number),
            Self::Email(_) => None,
        }
    }

    /// The e-mail address, if it is one.
    #[must_use]
    pub const fn as_email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Phone(_) => None,
            Self::Email(address) => Some(address),
        }
    }

    /// Whether `channel` can reach this recipient.
    #[must_use]
    pub const fn accepts(&self, channel: Channel) -> bool {
        self.is_phone() == channel.takes_phone_number()
    }
}

impl From<PhoneNumber> for Recipient {
    fn from(number: PhoneNumber) -> Self {
        Self::Phone(number)
    }
}

impl From<EmailAddress> for Recipient {
    fn from(address: EmailAddress) -> Self {
        Self::Email(address)
    }
}

canonical_text!(Recipient, InvalidRecipient);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_takes_one_kind() {
        let phone = Recipient::parse("+14155550123").unwrap();
        let email = Recipient::parse("alice@example.com").unwrap();
        for channel in Channel::ALL {
            assert_eq!(phone.accepts(channel), channel != Channel::Email, "{channel}");
            assert_eq!(email.accepts(channel), channel == Channel::Email, "{channel}");
        }
    }

    #[test]
    fn only_configured_numbers_are_prescribed() {
        let configured = PhoneNumber::prescribed("+1 (555) 555-0100").unwrap();
        let read = |text| Recipient::parse_or_prescribed(text, |number| *number == configured);

        assert_eq!(read("+15555550100"), Ok(Recipient::Phone(configured.clone())));
        assert_eq!(read("+14155550123"), Recipient::parse("+14155550123"));
        assert_eq!(read("a@example.com"), Recipient::parse("a@example.com"));
        for text in ["+15555550101", "15555550100", "+15555550100x", "+15555550100@example.com,"] {
            assert_eq!(read(text), Recipient::parse(text), "{text}");
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serde_writes_the_text_and_parses_it() {
        fn json<T: serde::Serialize + serde::de::DeserializeOwned>(input: &str) -> Result<String, String> {
            let value: T = serde_json::from_str(input).map_err(|error| error.to_string())?;
            serde_json::to_string(&value).map_err(|error| error.to_string())
        }

        assert_eq!(json::<PhoneNumber>(r#""+1 415 555 0123""#).unwrap(), r#""+14155550123""#);
        assert_eq!(json::<EmailAddress>(r#""A@B.org""#).unwrap(), r#""a@b.org""#);
        assert_eq!(json::<Recipient>(r#""A\u0040B.org""#).unwrap(), r#""a@b.org""#);

        let refusal = json::<Recipient>(r#""4155550123""#).unwrap_err();
        assert!(refusal.contains("+14155550123") && !refusal.contains("\"4155550123"), "{refusal}");
    }
}
