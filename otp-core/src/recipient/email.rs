//! [`EmailAddress`]: an addr-spec that a mail server will take, in one spelling.

use std::{borrow::Cow, sync::Arc};

use email_address::Options;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::NotCanonical;

/// Longest address in bytes (RFC 5321 4.5.3.1.3: a path of 256 with its brackets; RFC 3696 erratum 1690).
const MAX_LENGTH: usize = 254;

/// Longest local part in bytes (RFC 5321 4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;

/// An e-mail address in canonical form: `local@domain`, ASCII, lower case.
///
/// | part | canonical form |
/// |---|---|
/// | white space around it | dropped (ASCII) |
/// | local part | ASCII lower case: servers may tell `Alice@` from `alice@` (RFC 5321 2.4), hardly one does, and two recipients for one mailbox would double every limit |
/// | dots and `+tag` in it | kept: what they mean differs from server to server |
/// | domain | UTS #46 with STD3 rules: lower case, `bücher.example` becomes `xn--bcher-kva.example` |
///
/// Refused: quoted local parts, comments, display names, domain literals, domains of one label or with a numeric
/// last label, invisible characters, and non-ASCII local parts. The last because they need SMTPUTF8 on every hop, and
/// because servers differ in normalising them: two spellings would be one mailbox here and two there.
///
/// `Display` and `Debug` are masked; [`as_str`](Self::as_str) and serde give the whole address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(Arc<str>);

/// Why a text is no [`EmailAddress`]. The message says what is expected and never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEmailAddress {
    /// It is no plain `local@domain`.
    #[error("an e-mail address is written like \"name@example.com\"")]
    Malformed,
    /// The part before the `@` has a character outside ASCII.
    #[error(
        "the part of an e-mail address before the \"@\" takes ASCII characters only, like \"name@example.com\""
    )]
    NonAsciiLocalPart,
    /// The part after the `@` is no full domain name.
    #[error("the part of an e-mail address after the \"@\" is a domain name, like \"name@example.com\"")]
    Domain,
    /// One of the parts is longer than mail servers take.
    #[error(
        "an e-mail address takes {MAX_LOCAL_LENGTH} characters before the \"@\" and {MAX_LENGTH} in all, \
         like \"name@example.com\""
    )]
    TooLong,
}

impl EmailAddress {
    /// Reads what a person typed.
    ///
    /// ```
    /// use otp_core::EmailAddress;
    ///
    /// assert_eq!(EmailAddress::parse(" Alice+News@Example.COM ")?.as_str(), "alice+news@example.com");
    /// assert_eq!(EmailAddress::parse("a@bücher.example")?.as_str(), "a@xn--bcher-kva.example");
    /// assert!(EmailAddress::parse("Alice <alice@example.com>").is_err());
    /// # Ok::<(), otp_core::InvalidEmailAddress>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidEmailAddress`].
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        let text = text.trim_ascii();
        if text.len() > MAX_LENGTH {
            return Err(InvalidEmailAddress::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmailAddress::Malformed)?;
        if !local.is_ascii() {
            return Err(InvalidEmailAddress::NonAsciiLocalPart);
        }
        if local.starts_with('"') {
            return Err(InvalidEmailAddress::Malformed);
        }
        let domain = ascii_domain(domain).ok_or(InvalidEmailAddress::Domain)?;
        let canonical = format!("{}@{domain}", local.to_ascii_lowercase());
        if local.len() > MAX_LOCAL_LENGTH || canonical.len() > MAX_LENGTH {
            return Err(InvalidEmailAddress::TooLong);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        match email_address::EmailAddress::parse_with_options(&canonical, options) {
            Ok(_) => Ok(Self(canonical.into())),
            Err(_) => Err(InvalidEmailAddress::Malformed),
        }
    }

    /// Takes back a text which [`as_str`](Self::as_str) gave earlier; checks its shape only. For rows read back,
    /// never for what comes from outside.
    ///
    /// # Errors
    ///
    /// [`NotCanonical`] if `as_str` cannot have given it.
    pub fn from_canonical(text: &str) -> Result<Self, NotCanonical> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && byte != b'"';
        let (local, domain) = text.split_once('@').ok_or(NotCanonical)?;
        let canonical = text.len() <= MAX_LENGTH
            && (1..=MAX_LOCAL_LENGTH).contains(&local.len())
            && local.bytes().all(plain)
            && domain.contains('.')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
            && domain.bytes().all(plain);
        if canonical { Ok(Self(text.into())) } else { Err(NotCanonical) }
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`, in ASCII (`xn--` for other scripts).
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

canonical_text!(EmailAddress, InvalidEmailAddress);

/// Lower-case ASCII form of a domain of two or more labels.
fn ascii_domain(domain: &str) -> Option<Cow<'_, str>> {
    if domain.contains(is_invisible) {
        return None;
    }
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .ok()?;
    // `name@127.0.0.1` is an address without its brackets (RFC 3696, 2: no top-level domain is all numeric).
    let (_, top_level) = ascii.rsplit_once('.')?;
    if top_level.bytes().all(|byte| byte.is_ascii_digit()) { None } else { Some(ascii) }
}

/// The characters that UTS #46 drops: a domain with one of them looks like another and is no typing of a person.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_what_is_expected() {
        let long = format!("{}@example.com", "x".repeat(65));
        for (text, reason) in [
            ("alice", InvalidEmailAddress::Malformed),
            ("@example.com", InvalidEmailAddress::Malformed),
            ("\"alice\"@example.com", InvalidEmailAddress::Malformed),
            ("jos\u{e9}@example.com", InvalidEmailAddress::NonAsciiLocalPart),
            ("alice@localhost", InvalidEmailAddress::Domain),
            ("alice@[127.0.0.1]", InvalidEmailAddress::Domain),
            (&long, InvalidEmailAddress::TooLong),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(reason), "{text}");
            assert!(reason.to_string().contains("\"name@example.com\""), "{reason}");
        }
    }

    #[test]
    fn a_stored_address_is_plain_and_lower_case() {
        assert_eq!(
            EmailAddress::from_canonical("a.b+c@x-y.org").map(|a| a.to_string()),
            Ok("a***@x***.org".into())
        );
        for text in
            ["", "a", "@b.org", "a@", "a@b", "A@b.org", "a@B.org", "a@b@c.org", "a b@c.org", "a@b.org\n"]
        {
            assert_eq!(EmailAddress::from_canonical(text), Err(NotCanonical), "{text:?}");
        }
    }
}
