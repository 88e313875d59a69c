//! The session token: what the caller holds between start and check.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::key::ChallengeKey;

const BYTES: usize = 20;

/// 160 random bits that name one challenge to the one who started it. The store keeps their SHA-256 only.
///
/// The text form is 40 lower-case hexadecimal digits; no other spelling is accepted. There is no `Debug`,
/// `Display` or `PartialEq`: a token is shown by [`SessionToken::expose`] alone and compared through its
/// [`ChallengeKey`].
///
/// ```
/// use otp_core::SessionToken;
///
/// let token = SessionToken::from_random([7; 20]);
/// let text = token.expose();
/// let again = SessionToken::parse(&text).ok_or("not a token")?;
/// assert_eq!(again.challenge_key(), token.challenge_key());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SessionToken([u8; BYTES]);

impl SessionToken {
    /// A token from 20 bytes of the operating system's random source.
    #[must_use]
    pub const fn from_random(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the text form; `None` where it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * BYTES {
            return None;
        }
        let mut bytes = [0; BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (nibble(pair[0])? << 4) | nibble(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// The text form, for the one who started the challenge and nobody else.
    #[must_use]
    pub fn expose(&self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(2 * BYTES), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// SHA-256 of the token: the key its challenge is stored under.
    #[must_use]
    pub fn challenge_key(&self) -> ChallengeKey {
        ChallengeKey::from_bytes(Sha256::digest(self.0).into())
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_a_token() {
        let text = SessionToken::from_random([0xab; 20]).expose();
        assert_eq!(text.len(), 40);
        assert!(SessionToken::parse(&text).is_some());
        for bad in [&text[1..], &text.to_uppercase(), &format!("{text} "), &format!(" {}", &text[1..]), ""] {
            assert!(SessionToken::parse(bad).is_none(), "{bad:?}");
        }
    }
}
