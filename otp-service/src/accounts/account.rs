//! What an account is to this service.

use std::{fmt, sync::Arc};

use otp_core::{EmailAddress, PhoneNumber, Recipient, Timestamp};

use crate::random::{RandomError, random_bytes};

/// Longest [`AccountId`], in bytes.
const LONGEST_ID: usize = 64;

/// The host's name for an account: 1 to 64 visible ASCII characters (a number, a UUID).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Arc<str>);

/// Why a text is no [`AccountId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account's id takes 1 to {LONGEST_ID} visible ASCII characters")]
pub struct InvalidAccountId;

impl AccountId {
    /// The host's id as text.
    ///
    /// ```
    /// use otp_service::AccountId;
    ///
    /// assert_eq!(AccountId::new("42")?.as_str(), "42");
    /// assert!(AccountId::new("").is_err());
    /// # Ok::<(), otp_service::InvalidAccountId>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidAccountId`].
    pub fn new(text: &str) -> Result<Self, InvalidAccountId> {
        let fits = (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.into())) } else { Err(InvalidAccountId) }
    }

    /// A new one: a UUID of version 7 (RFC 9562), which sorts by time.
    ///
    /// # Errors
    ///
    /// [`RandomError`] when there are no random numbers.
    pub fn generate(now: Timestamp) -> Result<Self, RandomError> {
        let random: [u8; 10] = random_bytes()?;
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&now.as_millis().to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        bytes[6] = 0x70 | bytes[6] & 0x0f;
        bytes[8] = 0x80 | bytes[8] & 0x3f;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        Ok(Self(parts.join("-").into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account, as far as verification minds. `Debug` masks recipients and leaves the names out.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The host's name for it.
    pub id: AccountId,
    /// Its e-mail address, where it has one.
    pub email: Option<EmailAddress>,
    /// Its phone number, where it has one.
    pub phone: Option<PhoneNumber>,
    /// The person's first name.
    pub first_name: String,
    /// The person's last name.
    pub last_name: String,
    /// Whether the address was verified.
    pub is_email_verified: bool,
    /// Whether the number was verified.
    pub is_phone_verified: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl Account {
    /// Whether this e-mail address or phone number is the account's and verified.
    #[must_use]
    pub fn has_verified(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::Email(email) => self.is_email_verified && self.email.as_ref() == Some(email),
            Recipient::Phone(phone) => self.is_phone_verified && self.phone.as_ref() == Some(phone),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("email", &self.email)
            .field("phone", &self.phone)
            .field("is_email_verified", &self.is_email_verified)
            .field("is_phone_verified", &self.is_phone_verified)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// What an account is registered with. `Debug` masks recipients and leaves the names out.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The e-mail address.
    pub email: EmailAddress,
    /// The phone number. No numbering plan need know it: that is asked before a code is sent there.
    pub phone: PhoneNumber,
    /// The person's first name.
    pub first_name: String,
    /// The person's last name.
    pub last_name: String,
    /// Now.
    pub created_at: Timestamp,
}

impl NewAccount {
    /// The account it becomes: nothing is verified.
    #[must_use]
    pub fn with_id(self, id: AccountId) -> Account {
        Account {
            id,
            email: Some(self.email),
            phone: Some(self.phone),
            first_name: self.first_name,
            last_name: self.last_name,
            is_email_verified: false,
            is_phone_verified: false,
            created_at: self.created_at,
        }
    }
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount")
            .field("email", &self.email)
            .field("phone", &self.phone)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_are_uuids_that_sort_by_time() {
        let at = |millis| AccountId::generate(Timestamp::from_millis(millis)).expect("random numbers");
        let id = at(1_800_000_000_000);
        assert!(id.as_str().starts_with("01a3185c-5000-7"), "{id}");
        assert_eq!(id.as_str().len(), 36);
        assert!(matches!(id.as_str().as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        assert!(id < at(1_800_000_000_001) && id != at(1_800_000_000_000));
        assert_eq!(AccountId::new(id.as_str()), Ok(id));
    }

    #[test]
    fn ids_are_short_and_visible() {
        for bad in ["", " 1", "a b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(AccountId::new(bad), Err(InvalidAccountId), "{bad:?}");
        }
    }
}
