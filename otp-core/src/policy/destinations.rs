//! Which phone numbers messages may go to at all.

use crate::recipient::{PhoneNumber, Recipient, Region};

/// Allowed countries and denied number prefixes; e-mail addresses always pass.
///
/// Toll fraud lives on destinations nobody chose: name the countries your users are in.
///
/// ```
/// use otp_core::{Destinations, Recipient};
///
/// let destinations = Destinations::new(["US", "GB"], ["+1900"])?;
/// assert!(destinations.allow(&Recipient::parse("+14155550123")?));
/// assert!(!destinations.allow(&Recipient::parse("+33612345678")?));
/// assert!(destinations.allow(&Recipient::parse("name@example.com")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destinations {
    countries: Vec<String>,
    denied_prefixes: Vec<String>,
}

/// A country or prefix that cannot match any number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDestination {
    /// No number can be there.
    #[error("\"{0}\" is not a country; write ISO 3166 codes of two capital letters, like \"US\"")]
    Country(String),
    /// Not a number prefix.
    #[error("\"{0}\" is not a number prefix; write '+' and 1 to 14 digits, like \"+1900\"")]
    Prefix(String),
}

impl Destinations {
    /// Allows `countries` (all, where there are none) less `denied_prefixes`.
    ///
    /// # Errors
    ///
    /// [`InvalidDestination`] naming the first entry that is malformed.
    pub fn new<C: Into<String>, P: Into<String>>(
        countries: impl IntoIterator<Item = C>,
        denied_prefixes: impl IntoIterator<Item = P>,
    ) -> Result<Self, InvalidDestination> {
        let countries: Vec<String> = countries.into_iter().map(Into::into).collect();
        let denied_prefixes: Vec<String> = denied_prefixes.into_iter().map(Into::into).collect();
        if let Some(bad) = countries.iter().find(|country| Region::named(country).is_none()) {
            return Err(InvalidDestination::Country(bad.clone()));
        }
        if let Some(bad) = denied_prefixes.iter().find(|prefix| !is_prefix(prefix)) {
            return Err(InvalidDestination::Prefix(bad.clone()));
        }
        Ok(Self { countries, denied_prefixes })
    }

    /// Whether a message may go to `recipient`.
    #[must_use]
    pub fn allow(&self, recipient: &Recipient) -> bool {
        let Recipient::Phone(number) = recipient else { return true };
        let denied = self.denied_prefixes.iter().any(|prefix| number.as_str().starts_with(prefix));
        !denied && (self.countries.is_empty() || self.allow_country_of(number))
    }

    fn allow_country_of(&self, number: &PhoneNumber) -> bool {
        number.region().is_some_and(|region| self.countries.iter().any(|country| country == region.as_str()))
    }
}

fn is_prefix(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (1..=14).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}
