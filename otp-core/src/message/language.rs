//! [`Language`]: a language tag.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

/// Longest [`Language`] in bytes (RFC 5646, section 4.4.1: the length every implementation must allow for).
pub const MAX_LANGUAGE_LENGTH: usize = 35;

/// Why a text is not a [`Language`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a language is a tag like \"en\", \"pt-BR\" or \"zh-Hant\", at most {MAX_LANGUAGE_LENGTH} characters"
)]
pub struct InvalidLanguage;

/// A language tag of the usual shape (RFC 5646): a language of two or three letters, then subtags of one to eight
/// letters and digits. No registry is asked whether a subtag exists.
///
/// Case is normalised, and `_` is read as `-` (phones write `pt_BR`).
///
/// ```
/// use otp_core::message::Language;
///
/// assert_eq!(Language::new("ZH_hant_tw")?.as_str(), "zh-Hant-TW");
/// assert!(Language::new("English").is_err());
/// # Ok::<(), otp_core::message::InvalidLanguage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(Arc<str>);

impl Language {
    /// Takes a language tag.
    ///
    /// # Errors
    ///
    /// [`InvalidLanguage`] when `tag` has another shape or is longer than [`MAX_LANGUAGE_LENGTH`].
    pub fn new(tag: &str) -> Result<Self, InvalidLanguage> {
        normalise(tag).map(|tag| Self(tag.into())).ok_or(InvalidLanguage)
    }

    /// The tag as text, normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(tag: &str) -> Result<Self, InvalidLanguage> {
        Self::new(tag)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Language {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Language {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tag = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&tag).map_err(serde::de::Error::custom)
    }
}

/// Case as RFC 5646, section 2.1.1: `zh-Hant-TW`, and lower case behind a singleton (`en-x-ab`).
fn normalise(tag: &str) -> Option<String> {
    if tag.len() > MAX_LANGUAGE_LENGTH {
        return None;
    }
    let mut normal = String::with_capacity(tag.len());
    let mut extension = false;
    let mut length = 0;
    for (index, subtag) in tag.split(['-', '_']).enumerate() {
        length = subtag.len();
        let letters = subtag.bytes().all(|b| b.is_ascii_alphabetic());
        let valid = if index == 0 {
            letters && (2..=3).contains(&length)
        } else {
            (1..=8).contains(&length) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if !valid {
            return None;
        }
        if index > 0 {
            normal.push('-');
        }
        let start = normal.len();
        normal.push_str(subtag);
        let written = &mut normal[start..];
        written.make_ascii_lowercase();
        match length {
            2 if index > 0 && letters && !extension => written.make_ascii_uppercase(),
            4 if index > 0 && letters && !extension => written[..1].make_ascii_uppercase(),
            _ => {}
        }
        extension |= length == 1;
    }
    // A singleton announces something: alone at the end it is a typing error.
    (length > 1).then_some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_one_spelling() {
        for (given, tag) in [
            ("en", "en"),
            ("EN-us", "en-US"),
            ("pt_br", "pt-BR"),
            ("zh-HANT", "zh-Hant"),
            ("zh-hant-hk", "zh-Hant-HK"),
            ("es-419", "es-419"),
            ("gsw", "gsw"),
            ("sl-ROZAJ", "sl-rozaj"),
            ("en-X-US-Twin", "en-x-us-twin"),
        ] {
            assert_eq!(Language::new(given).map(|l| l.to_string()), Ok(tag.to_owned()), "{given}");
        }
        for bad in [
            "",
            "*",
            "e",
            "x-private",
            "i-klingon",
            "english",
            "1a",
            "en-",
            "-en",
            "en--US",
            "en-x",
            "en US",
            "en-ü",
            "zh-toolongsubtag",
            "en\n",
            "en-US\0",
            "en-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd",
        ] {
            assert_eq!(Language::new(bad), Err(InvalidLanguage), "{bad:?}");
        }
    }
}
