//! Names an operator chooses: [`Purpose`] and [`Namespace`].

use std::{fmt, str::FromStr, sync::Arc};

/// Longest [`Purpose`] or [`Namespace`], in bytes.
pub const MAX_NAME_LENGTH: usize = 64;

/// Why a text is not a [`Purpose`] or [`Namespace`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name takes 1 to {MAX_NAME_LENGTH} of the characters a-z, 0-9, '-', '_' and '.', like \"password-reset\""
)]
pub struct InvalidName;

const fn is_name(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        if !matches!(first, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.') {
            return false;
        }
        rest = others;
    }
    !text.is_empty() && text.len() <= MAX_NAME_LENGTH
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $default:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`.
            ///
            /// # Errors
            ///
            /// [`InvalidName`] for anything else.
            pub fn new(text: &str) -> Result<Self, InvalidName> {
                if is_name(text) { Ok(Self(text.into())) } else { Err(InvalidName) }
            }

            /// Whether `text` is such a name; for constants, which the compiler then checks.
            #[must_use]
            pub const fn is_legal(text: &str) -> bool {
                is_name(text)
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self($default.into())
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

name! {
    /// Why a recipient is verified: `signup`, `login`, `password-reset`, ...
    ///
    /// A code of one purpose never opens another: the purpose is an input of the code's derivation and of the
    /// ledger's key.
    ///
    /// ```
    /// use otp_core::Purpose;
    ///
    /// assert_eq!(Purpose::new("password-reset")?.as_str(), "password-reset");
    /// assert_eq!(Purpose::default().as_str(), "verify");
    /// assert!(Purpose::new("Password reset").is_err());
    /// # Ok::<(), otp_core::InvalidName>(())
    /// ```
    Purpose, "verify"
}

name! {
    /// A tenant: recipients, budgets and codes of one namespace are unknown to every other.
    ///
    /// ```
    /// use otp_core::Namespace;
    ///
    /// assert_eq!(Namespace::default().as_str(), "default");
    /// ```
    Namespace, "default"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_words() {
        for good in ["signup", "a", "step-up.login_2", &"x".repeat(64)] {
            assert_eq!(Purpose::new(good).map(|p| p.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "Signup", "sign up", "é", "a\0b", "a\nb", &"x".repeat(65)] {
            assert_eq!(Namespace::new(bad), Err(InvalidName), "{bad:?}");
        }
    }
}
