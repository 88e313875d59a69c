//! What happened, for audit and metrics: typed, and without personal data.

use std::time::Duration;

use otp_core::{Channel, FailureClass, Namespace, Outcome, Purpose, Refusal};

/// One thing that happened. No recipient, no code, no token.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The tenant.
    pub namespace: Namespace,
    /// Why the recipient is verified.
    pub purpose: Purpose,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of [`Event`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// A challenge began or its message was asked for again.
    Started {
        /// How the code travels.
        channel: Channel,
    },
    /// A start or resend was refused.
    Refused(Refusal),
    /// A caller's address or a number block used up its starts.
    Limited {
        /// `caller` or `block`.
        by: &'static str,
    },
    /// A guess was answered.
    Checked(Outcome),
    /// A good proof was brought to be claimed.
    Claimed {
        /// Whether it was claimed by this; else it had been before, and is refused.
        is_first: bool,
    },
    /// A challenge was withdrawn.
    Canceled,
    /// A recipient was unlocked.
    Unlocked,
    /// Everything about a recipient was deleted.
    Forgotten {
        /// How many records.
        records: usize,
    },
    /// A provider accepted a message.
    Sent {
        /// How it went.
        channel: Channel,
        /// The sender's name.
        sender: String,
        /// From the start or resend to the provider's answer.
        waited: Duration,
    },
    /// No provider accepted a message; `is_final` where it is given up.
    SendFailed {
        /// How it would have gone.
        channel: Channel,
        /// The last sender's name.
        sender: String,
        /// What kind of failure.
        class: FailureClass,
        /// Whether it is given up.
        is_final: bool,
    },
    /// A provider reported that a message arrived.
    Arrived {
        /// The sender's name.
        sender: String,
        /// From the start or resend to the report.
        waited: Duration,
    },
    /// A provider reported that a message did not arrive.
    NotArrived {
        /// The sender's name.
        sender: String,
        /// What kind of failure.
        class: FailureClass,
        /// The provider's error code.
        code: Option<String>,
    },
    /// A message was not sent because nobody needs it any more.
    Abandoned {
        /// How it would have gone.
        channel: Option<Channel>,
    },
}

/// Takes events. Called on the request's path: hand them on, do not work on them.
pub trait Events: Send + Sync + 'static {
    /// Takes one event.
    fn record(&self, event: &Event);
}

/// Writes events to `tracing`, target `otp::events`.
#[derive(Debug, Default, Clone, Copy)]
pub struct TracingEvents;

impl Events for TracingEvents {
    fn record(&self, event: &Event) {
        let (namespace, purpose) = (event.namespace.as_str(), event.purpose.as_str());
        match &event.kind {
            // A failed send is logged where it fails.
            kind @ (EventKind::NotArrived { .. } | EventKind::Limited { .. }) => {
                tracing::warn!(target: "otp::events", namespace, purpose, ?kind);
            }
            kind => tracing::debug!(target: "otp::events", namespace, purpose, ?kind),
        }
    }
}
