//! [`SenderName`]: the senders there are.

use std::fmt;

use otp_core::Channel;

/// A way to deliver messages.
///
/// | sender | channels | production |
/// |---|---|---|
/// | `console` | all | refused: it prints the message |
/// | `file` | all | refused: it appends the message to a file |
/// | `sandbox` | all | refused: its code is fixed and nothing is sent |
/// | `discard` | all | warns: nothing is sent |
/// | `twilio`, `vonage` | sms, voice, whatsapp | |
/// | `twilio-verify`, `vonage-verify` | sms, voice, whatsapp | the provider makes and checks the code |
/// | `smtp` | email | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table above says it")]
#[expect(clippy::exhaustive_enums, reason = "whoever makes senders must make every one of them")]
pub enum SenderName {
    Console,
    File,
    Sandbox,
    Discard,
    Twilio,
    TwilioVerify,
    Vonage,
    VonageVerify,
    Smtp,
}

impl SenderName {
    /// Every sender, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Console,
        Self::File,
        Self::Sandbox,
        Self::Discard,
        Self::Twilio,
        Self::TwilioVerify,
        Self::Vonage,
        Self::VonageVerify,
        Self::Smtp,
    ];

    /// The name in configuration, rows and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::File => "file",
            Self::Sandbox => "sandbox",
            Self::Discard => "discard",
            Self::Twilio => "twilio",
            Self::TwilioVerify => "twilio-verify",
            Self::Vonage => "vonage",
            Self::VonageVerify => "vonage-verify",
            Self::Smtp => "smtp",
        }
    }

    /// Whether the sender can serve a channel.
    #[must_use]
    pub const fn serves(self, channel: Channel) -> bool {
        match self {
            Self::Console | Self::File | Self::Sandbox | Self::Discard => true,
            Self::Twilio | Self::TwilioVerify | Self::Vonage | Self::VonageVerify => {
                channel.takes_phone_number()
            }
            Self::Smtp => matches!(channel, Channel::Email),
        }
    }

    /// Whose interface it uses: the prefix of its options' keys; absent where nothing leaves the machine.
    #[must_use]
    pub const fn provider(self) -> Option<&'static str> {
        match self {
            Self::Console | Self::File | Self::Sandbox | Self::Discard => None,
            Self::Twilio | Self::TwilioVerify => Some("twilio"),
            Self::Vonage | Self::VonageVerify => Some("vonage"),
            Self::Smtp => Some("smtp"),
        }
    }

    /// Whether production refuses the sender.
    #[must_use]
    pub const fn is_for_development(self) -> bool {
        matches!(self, Self::Console | Self::File | Self::Sandbox)
    }
}

impl fmt::Display for SenderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
