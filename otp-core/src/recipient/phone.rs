//! [`PhoneNumber`]: E.164, judged by the numbering plans of libphonenumber.

use std::{borrow::Cow, fmt, sync::Arc};

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use super::{
    NotCanonical,
    plan::{self, Verdict},
};

/// Longest text [`PhoneNumber::parse`] looks at, in bytes: 15 digits with room for any spelling.
const MAX_TYPED_LENGTH: usize = 40;

/// Digits of an E.164 number. At most 15 (ITU-T E.164, 6.1). Fewer than 7 are left to a few old landlines which no
/// channel reaches.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A phone number in E.164 form: `+`, country calling code, national number; 7 to 15 digits, nothing else.
///
/// `Display` and `Debug` are masked; [`as_str`](Self::as_str) and serde give all digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Arc<str>);

/// Why a text is no [`PhoneNumber`]. The message says what is expected and never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPhoneNumber {
    /// It is not written as `+` and digits.
    #[error("a phone number is written with its country code, like \"+14155550123\"")]
    Malformed,
    /// No country has such a number: too short, too long, or in a range that is not assigned.
    #[error(
        "no country has such a phone number: check its digits and its country code, it looks like \"+14155550123\""
    )]
    Unassigned,
}

impl PhoneNumber {
    /// Reads what a person typed: one `+` first, then digits. Spaces, hyphens, dots and parentheses between them and
    /// ASCII white space around them are dropped. Anything else is refused, and so is a number which no numbering
    /// plan has (Google's libphonenumber: `is_valid_number`) or which is longer than E.164 allows.
    ///
    /// ```
    /// use otp_core::PhoneNumber;
    ///
    /// assert_eq!(PhoneNumber::parse("+1 (415) 555-0123")?.as_str(), "+14155550123");
    /// assert_eq!(PhoneNumber::parse("+44 (0) 20 7946 0018")?.as_str(), "+442079460018");
    /// assert!(PhoneNumber::parse("+1 415 555 0123 ext. 4").is_err());
    /// # Ok::<(), otp_core::InvalidPhoneNumber>(())
    /// ```
    ///
    /// The parser below writes national numbers to the `log` crate at level trace, target `rlibphonenumber`: an
    /// application which logs at that level must filter the target.
    ///
    /// # Errors
    ///
    /// [`InvalidPhoneNumber`].
    pub fn parse(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let plain = without_separators(text).ok_or(InvalidPhoneNumber::Malformed)?;
        let e164 = assigned(&plain).ok_or(InvalidPhoneNumber::Unassigned)?;
        // A text that parses to another number than itself would be two recipients, depending on how often it was
        // parsed. Nothing to compare in the usual case that nothing was changed.
        let stable = e164 == plain || assigned(&e164).is_some_and(|again| again == e164);
        if stable && is_e164(&e164) { Ok(Self(e164.into())) } else { Err(InvalidPhoneNumber::Unassigned) }
    }

    /// A number which the operator prescribes in the configuration (test recipients, reviewers of an app store): like
    /// [`parse`](Self::parse), but the number need not be assigned, only of E.164 shape, like `+15555550100`.
    ///
    /// Legal for values of the operator's configuration, and for a request's number which is then looked up among
    /// those ([`Recipient::parse_or_prescribed`](crate::Recipient::parse_or_prescribed)). Nothing may be sent to such
    /// a number, and no other text from outside may take this way.
    ///
    /// ```
    /// use otp_core::PhoneNumber;
    ///
    /// assert!(PhoneNumber::parse("+15555550100").is_err());
    /// assert_eq!(PhoneNumber::prescribed("+1 555 555-0100")?.as_str(), "+15555550100");
    /// # Ok::<(), otp_core::InvalidPhoneNumber>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidPhoneNumber::Malformed`] if it is not `+` and 7 to 15 digits, the first not zero.
    pub fn prescribed(text: &str) -> Result<Self, InvalidPhoneNumber> {
        Self::parse(text).or_else(|_| {
            let plain = without_separators(text).filter(|plain| is_e164(plain));
            plain.map(|plain| Self(plain.into())).ok_or(InvalidPhoneNumber::Malformed)
        })
    }

    /// Takes back a text which [`as_str`](Self::as_str) gave earlier; checks only that it is `+` and 7 to 15 digits.
    /// For rows read back, never for what comes from outside.
    ///
    /// # Errors
    ///
    /// [`NotCanonical`] if `as_str` cannot have given it.
    pub fn from_canonical(text: &str) -> Result<Self, NotCanonical> {
        if is_e164(text) { Ok(Self(text.into())) } else { Err(NotCanonical) }
    }

    /// All of it, with the plus sign.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the number begins with `prefix`, such as `+4479`; the plus sign may be left out. An empty prefix
    /// begins every number.
    ///
    /// ```
    /// # use otp_core::PhoneNumber;
    /// let number = PhoneNumber::parse("+44 20 7946 0018")?;
    /// assert!(number.starts_with("+4420") && number.starts_with("44"));
    /// assert!(!number.starts_with("+1"));
    /// # Ok::<(), otp_core::InvalidPhoneNumber>(())
    /// ```
    #[must_use]
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.0[1..].starts_with(prefix.strip_prefix('+').unwrap_or(prefix))
    }

    /// The country or territory of the number; `None` for numbers of no country (`+800`, `+883`, ...). Costs a parse.
    ///
    /// ```
    /// # use otp_core::PhoneNumber;
    /// let region = |text: &str| PhoneNumber::parse(text).ok().and_then(|number| number.region());
    /// assert_eq!(region("+14155550123").as_ref().map(|region| region.as_str()), Some("US"));
    /// assert_eq!(region("+441481960194").as_ref().map(|region| region.as_str()), Some("GG"));
    /// assert_eq!(region("+80012345678"), None);
    /// ```
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        if let Verdict::Assigned(region) = plan::judge(self.as_str()) {
            return region;
        }
        let number = rlibphonenumber::PhoneNumber::parse(self.as_str(), None).ok()?;
        number.get_region_code().and_then(Region::of)
    }
}

canonical_text!(PhoneNumber, InvalidPhoneNumber);

/// A country or territory: two letters of ISO 3166-1, and some that libphonenumber adds (`XK`, `AC`, `TA`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region([u8; 2]);

impl Region {
    /// `None` for the region of no country.
    pub(super) fn of(region: rlibphonenumber::Region) -> Option<Self> {
        let code = region.as_region_str();
        code.as_bytes().try_into().ok().filter(|code: &[u8; 2]| code.is_ascii()).map(Self)
    }

    /// The region with these two letters, upper case, if any number can be in it.
    ///
    /// ```
    /// use otp_core::Region;
    ///
    /// assert!(Region::named("US").is_some());
    /// assert!(Region::named("UK").is_none() && Region::named("us").is_none());
    /// ```
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        let regions = PHONE_NUMBER_UTIL.get_supported_regions();
        regions.filter_map(Self::of).find(|region| region.as_str() == code)
    }

    /// The two letters, upper case.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "two ASCII letters, checked where it is built")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a region is two ASCII letters")
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `+` and digits. The parser below would also take letters, extensions, other scripts' digits and invisible
/// characters, which make many spellings, or many telephones, of one number.
fn without_separators(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    let digits = text.strip_prefix('+').filter(|_| text.len() <= MAX_TYPED_LENGTH)?;
    let mut plain = String::with_capacity(text.len());
    plain.push('+');
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => plain.push(char::from(byte)),
            b' ' | b'-' | b'.' | b'(' | b')' => {}
            _ => return None,
        }
    }
    Some(plain)
}

/// The E.164 form if a numbering plan has the number.
fn assigned(plain: &str) -> Option<Cow<'_, str>> {
    let verdict = if is_e164(plain) { plan::judge(plain) } else { Verdict::Undecided };
    match verdict {
        Verdict::Assigned(_) => Some(plain.into()),
        Verdict::Unassigned => None,
        Verdict::Undecided => {
            let number = rlibphonenumber::PhoneNumber::parse(plain, None).ok()?;
            number.is_valid().then(|| number.format_as(PhoneNumberFormat::E164).into_owned().into())
        }
    }
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        E164_DIGITS.contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prescribed_numbers_are_e164_in_the_form_that_parse_gives() {
        for (text, canonical) in [
            ("+15555550100", "+15555550100"),
            (" +1 (555) 555-0100 ", "+15555550100"),
            ("+44 (0) 20 7946 0018", "+442079460018"),
            ("+9990001", "+9990001"),
            ("+999000000000001", "+999000000000001"),
        ] {
            assert_eq!(PhoneNumber::prescribed(text).as_ref().map(PhoneNumber::as_str), Ok(canonical));
        }
        for text in ["", "+", "15555550100", "+05555550100", "+999000", "+9990000000000012", "+1555555010O"] {
            assert_eq!(PhoneNumber::prescribed(text), Err(InvalidPhoneNumber::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_stored_number_is_plain_e164() {
        assert_eq!(
            PhoneNumber::from_canonical("+14155550123"),
            Ok(PhoneNumber::parse("+14155550123").unwrap())
        );
        for text in
            ["", "+", "14155550123", "+1 4155550123", "+14155550123\n", "+141555", "+0415555012", "++4155550"]
        {
            assert_eq!(PhoneNumber::from_canonical(text), Err(NotCanonical), "{text:?}");
        }
    }
}
