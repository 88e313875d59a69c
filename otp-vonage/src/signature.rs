//! Signed requests and the older signature of receipts: the parameter `sig`.
//!
//! Vonage signs all parameters but `sig` with the account's signature secret. An account chooses the method in its
//! dashboard; new accounts start with MD5. This crate signs and believes HMAC-SHA-256 and HMAC-SHA-512 only.

use std::fmt::Write as _;

use otp_provider::Secret;
use ring::hmac;
use zeroize::Zeroizing;

/// How an account signs. Choose the same in the dashboard, under "API settings".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SigningMethod {
    /// HMAC-SHA-256, 64 hexadecimal digits.
    #[default]
    Sha256,
    /// HMAC-SHA-512, 128 hexadecimal digits.
    Sha512,
}

impl SigningMethod {
    /// The value of `sig` for these parameters, which must include `timestamp`. A parameter `sig` is left out.
    ///
    /// ```
    /// use otp_provider::Secret;
    /// use otp_vonage::signature::SigningMethod;
    ///
    /// let secret = Secret::new("a signature secret of the account".to_owned());
    /// let fields = [("api_key", "abcd1234"), ("to", "447700900000"), ("timestamp", "1700000000")];
    /// let sig = SigningMethod::Sha256.sign(&secret, fields);
    /// assert_eq!(sig.len(), 64);
    /// assert!(SigningMethod::Sha256.verifies(&secret, fields, &sig));
    /// assert!(!SigningMethod::Sha512.verifies(&secret, fields, &sig));
    /// ```
    #[must_use]
    pub fn sign<'a>(self, secret: &Secret, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let tag = hmac::sign(&self.key(secret), to_sign(fields).as_bytes());
        hex(tag.as_ref())
    }

    /// Whether `sig` is the signature of these parameters, in constant time. It is written in lower case or in upper
    /// case throughout.
    #[must_use]
    pub fn verifies<'a>(
        self,
        secret: &Secret,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
        sig: &str,
    ) -> bool {
        unhex(sig)
            .is_some_and(|tag| hmac::verify(&self.key(secret), to_sign(fields).as_bytes(), &tag).is_ok())
    }

    /// The method that made `sig`, by its length. None for MD5 and SHA-1, which are not believed.
    pub(crate) const fn of(sig: &str) -> Option<Self> {
        match sig.len() {
            64 => Some(Self::Sha256),
            128 => Some(Self::Sha512),
            _ => None,
        }
    }

    fn key(self, secret: &Secret) -> hmac::Key {
        let algorithm = match self {
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::Key::new(algorithm, secret.expose().as_bytes())
    }
}

/// The text that is signed: every parameter but `sig` as `&name=value`, names in byte order; `&` and `=` in a value
/// become `_`. Percent-encoding is undone before.
///
/// Names are taken as they are, so a receiver must refuse names with `&` or `=`: two sets of parameters would have one
/// signature.
///
/// ```
/// use otp_vonage::signature::to_sign;
///
/// let text = to_sign([("to", "447700900000"), ("text", "a=b"), ("sig", "..."), ("timestamp", "1700000000")]);
/// assert_eq!(text.as_str(), "&text=a_b&timestamp=1700000000&to=447700900000");
/// ```
#[must_use]
pub fn to_sign<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Zeroizing<String> {
    let mut fields: Vec<_> = fields.into_iter().filter(|(name, _)| *name != "sig").collect();
    fields.sort_unstable();
    let length = fields.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for (name, value) in fields {
        text.push('&');
        text.push_str(name);
        text.push('=');
        text.extend(value.chars().map(|c| if matches!(c, '&' | '=') { '_' } else { c }));
    }
    text
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// One spelling or the other, not a mixture: each byte string has two texts and no more.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_mixed =
        text.bytes().any(|b| b.is_ascii_lowercase()) && text.bytes().any(|b| b.is_ascii_uppercase());
    if is_mixed || !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_has_two_spellings() {
        for (text, bytes) in [
            ("00ff1a", Some(vec![0, 255, 26])),
            ("00FF1A", Some(vec![0, 255, 26])),
            ("", Some(vec![])),
            ("00fF", None),
            ("0", None),
            ("0g", None),
            ("+1", None),
            ("é", None),
        ] {
            assert_eq!(unhex(text), bytes, "{text}");
        }
        assert_eq!(hex(&[0, 255, 26]), "00ff1a");
    }
}
