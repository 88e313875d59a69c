//! [`TextKind`]: which of a message's texts.

use std::{fmt, str::FromStr};

use crate::Channel;

/// Which text of a message. HTML e-mail is not among them: it is rendered by whoever sends it.
///
/// | kind | used by | must hold `{security_code}` |
/// |---|---|---|
/// | `sms` | [`Channel::Sms`], [`Channel::Whatsapp`] | yes |
/// | `voice` | [`Channel::Voice`]; the code is spelled out, `0, 1, 2` | yes |
/// | `email_subject` | [`Channel::Email`] | no: mail servers log subjects |
/// | `email_text` | [`Channel::Email`] | yes |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TextKind {
    /// A text message.
    Sms,
    /// What a call says.
    Voice,
    /// The subject of an e-mail message, one line.
    EmailSubject,
    /// The plain-text body of an e-mail message.
    EmailText,
}

/// A text that names no [`TextKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a kind of text is one of sms, voice, email_subject, email_text")]
pub struct UnknownTextKind;

impl TextKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Sms, Self::Voice, Self::EmailSubject, Self::EmailText];

    /// The kind's name in message files and in problems.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::EmailSubject => "email_subject",
            Self::EmailText => "email_text",
        }
    }

    /// The kind of a channel's main text.
    #[must_use]
    pub const fn body_of(channel: Channel) -> Self {
        match channel {
            Channel::Sms | Channel::Whatsapp => Self::Sms,
            Channel::Voice => Self::Voice,
            Channel::Email => Self::EmailText,
        }
    }
}

impl fmt::Display for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TextKind {
    type Err = UnknownTextKind;

    fn from_str(text: &str) -> Result<Self, UnknownTextKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownTextKind)
    }
}
