//! The ways a code travels.

use std::{fmt, str::FromStr};

/// How a code reaches its recipient.
///
/// | channel | recipient |
/// |---|---|
/// | `sms`, `voice`, `whatsapp` | phone number |
/// | `email` | e-mail address |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a sender must say what it does with every channel")]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Channel {
    /// A text message.
    Sms,
    /// A call that speaks the code.
    Voice,
    /// A WhatsApp message.
    Whatsapp,
    /// An e-mail message.
    Email,
}

/// A text that names no [`Channel`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a channel is one of sms, voice, whatsapp, email")]
pub struct UnknownChannel;

impl Channel {
    /// Every channel, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Sms, Self::Voice, Self::Whatsapp, Self::Email];

    /// The channel's name on the wire, in rows and in configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
        }
    }

    /// Whether the channel reaches phone numbers (else e-mail addresses).
    #[must_use]
    pub const fn takes_phone_number(self) -> bool {
        !matches!(self, Self::Email)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, UnknownChannel> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text).ok_or(UnknownChannel)
    }
}
