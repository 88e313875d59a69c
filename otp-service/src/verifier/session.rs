//! What a start or resend answers.

use std::{fmt, time::Duration};

use otp_core::{Channel, FailureClass, Recipient, Refusal, SessionToken};

use crate::{random::RandomError, store::StoreError};

/// A code is on its way.
#[derive(Clone)]
#[non_exhaustive]
pub struct Session {
    /// What names the challenge to its caller; absent where the recipient does.
    pub token: Option<SessionToken>,
    /// To whom, in canonical spelling.
    pub recipient: Recipient,
    /// How the code travels.
    pub channel: Channel,
    /// Whether its message waits or has left.
    pub delivery: DeliveryStatus,
    /// The code's number of characters.
    pub code_length: u8,
    /// The life it has left.
    pub expires_in: Duration,
    /// The wait until another message may be asked for.
    pub resend_in: Duration,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("recipient", &self.recipient)
            .field("channel", &self.channel)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

/// Whether a message waits or has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum DeliveryStatus {
    /// A worker will send it.
    Queued,
    /// A provider accepted it, or there is nothing to send.
    Sent,
}

/// Why no code is on its way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Messages may not go to this country or number prefix.
    #[error("messages are not sent to this region")]
    RegionNotAllowed,
    /// The channel has no sender, or does not reach this kind of recipient.
    #[error("the channel \"{0}\" is not available for this recipient")]
    ChannelNotSupported(Channel),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// No provider accepted the message (inline delivery only).
    #[error("the message could not be sent ({})", .class.as_str())]
    DeliveryFailed {
        /// Why.
        class: FailureClass,
        /// The channel that may reach the recipient instead.
        other_channel: Option<Channel>,
    },
    /// The store did not do it: nothing is decided.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random numbers, no code.
    #[error(transparent)]
    Random(#[from] RandomError),
}
