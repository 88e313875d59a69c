//! Codes that an operator prescribes instead of deriving them.

use std::collections::BTreeMap;

use otp_core::{Channel, Code, Recipient, Timestamp, transition::SendKind};

/// A fixed code.
#[derive(Clone)]
pub struct PrescribedCode {
    /// The code.
    pub code: Code,
    /// From when it no longer counts; absent for a sandbox.
    pub until: Option<Timestamp>,
}

/// Fixed codes: of single test recipients, which no message reaches and no send limit binds, and of a sandbox, which
/// behaves like the real thing but sends nothing. Guesses are limited for all of them.
#[derive(Clone, Default)]
pub struct PrescribedCodes {
    recipients: BTreeMap<Recipient, PrescribedCode>,
    sandboxes: Vec<Sandbox>,
}

#[derive(Clone)]
struct Sandbox {
    channel: Channel,
    code: PrescribedCode,
    /// All recipients, where there are none.
    recipients: Vec<Recipient>,
}

impl PrescribedCodes {
    /// A test recipient: its code is `code` until `until`, nothing is sent.
    #[must_use]
    pub fn recipient(mut self, recipient: Recipient, code: Code, until: Timestamp) -> Self {
        self.recipients.insert(recipient, PrescribedCode { code, until: Some(until) });
        self
    }

    /// A sandbox: every code by `channel` is `code` (or only those of `recipients`, where there are any).
    #[must_use]
    pub fn sandbox(mut self, channel: Channel, code: Code, recipients: Vec<Recipient>) -> Self {
        self.sandboxes.push(Sandbox { channel, code: PrescribedCode { code, until: None }, recipients });
        self
    }

    /// Whether the operator named this recipient.
    #[must_use]
    pub fn names(&self, recipient: &Recipient) -> bool {
        self.recipients.contains_key(recipient)
            || self.sandboxes.iter().any(|sandbox| sandbox.recipients.contains(recipient))
    }

    pub(crate) fn find(
        &self,
        recipient: &Recipient,
        channel: Channel,
        now: Timestamp,
    ) -> Option<&PrescribedCode> {
        let named = self.recipients.get(recipient).filter(|code| code.until.is_none_or(|until| now < until));
        named.or_else(|| Some(&self.sandbox_of(recipient, channel)?.code))
    }

    /// Whether a message leaves for this recipient.
    pub(crate) fn send_kind(&self, recipient: &Recipient, channel: Channel, now: Timestamp) -> SendKind {
        match self.find(recipient, channel, now) {
            Some(PrescribedCode { until: Some(_), .. }) => SendKind::Exempt,
            Some(PrescribedCode { until: None, .. }) => SendKind::Silent,
            None => SendKind::Deliver,
        }
    }

    fn sandbox_of(&self, recipient: &Recipient, channel: Channel) -> Option<&Sandbox> {
        self.sandboxes.iter().find(|sandbox| {
            sandbox.channel == channel
                && (sandbox.recipients.is_empty() || sandbox.recipients.contains(recipient))
        })
    }
}
