//! Keys of records: 32 bytes that reveal nothing about whom they belong to.

use std::fmt;

macro_rules! record_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The key from its 32 bytes, as a store keeps them.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The key's 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            /// The first 8 hexadecimal digits: enough to follow one record through a log.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

record_key! {
    /// Names a [`Challenge`](crate::Challenge): SHA-256 of its session token, or a keyed hash of namespace, purpose
    /// and recipient where the caller holds no token. Its [`Delivery`](crate::Delivery) has the same key.
    ChallengeKey
}
record_key! {
    /// Names a [`Ledger`](crate::Ledger): a keyed hash of namespace, purpose and recipient.
    LedgerKey
}
record_key! {
    /// Names a [`Meter`](crate::Meter): a keyed hash of what it limits (a caller's address, a number prefix).
    MeterKey
}
record_key! {
    /// Names a [`Claim`](crate::Claim): a hash of the id of what was claimed.
    ClaimKey
}
record_key! {
    /// Names a [`Reply`](crate::Reply): a keyed hash of an idempotency key and whom it was used for.
    ReplyKey
}
