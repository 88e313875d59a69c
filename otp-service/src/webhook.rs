//! Delivery receipts: what providers post about messages they accepted.
//!
//! A [`WebhookReader`] (each provider's crate has one) proves that a request came from its provider and reads it;
//! [`Verifier::receive`](crate::Verifier::receive) records what it says.

use std::fmt;

use otp_core::{Channel, FailureClass, Timestamp};

/// A request to a webhook, as it arrived.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "adapters build it, and a new part must not be forgotten")]
pub struct WebhookRequest<'a> {
    /// `POST` or `GET`.
    pub method: &'a str,
    /// The path with the query, percent-encoded as the client sent it: providers sign it.
    pub path_and_query: &'a str,
    /// The `Host` the client named.
    pub host: Option<&'a str>,
    /// Every header; names in lower case.
    pub headers: &'a [(String, String)],
    /// The body's bytes.
    pub body: &'a [u8],
}

impl WebhookRequest<'_> {
    /// The header of this lower-case name; `None` where it is absent, and where it is there more than once (which of
    /// them is signed would be anybody's guess).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(present, _)| present == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value.as_str())
    }
}

/// Method alone: headers hold tokens, query and body numbers.
impl fmt::Debug for WebhookRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Proves that a request came from a provider, and reads it.
pub trait WebhookReader: Send + Sync + 'static {
    /// The last part of the webhook's path: the provider's name.
    fn name(&self) -> &str;

    /// What the request says.
    ///
    /// # Errors
    ///
    /// [`WebhookError`]; nothing of the request may be believed then.
    fn read(&self, request: &WebhookRequest<'_>, now: Timestamp) -> Result<Reports, WebhookError>;
}

/// What an authentic request says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "providers' crates build it")]
pub struct Reports {
    /// One for each message it speaks of.
    pub reports: Vec<DeliveryReport>,
    /// What makes the request one of a kind, where the provider gives it such a thing: seen again, it is a replay.
    pub once: Option<String>,
}

/// What a provider says about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "providers' crates build it")]
pub struct DeliveryReport {
    /// The name of the sender that sent it.
    pub sender: String,
    /// The provider's name for the message, as in [`Receipt::reference`](crate::Receipt::reference).
    pub reference: String,
    /// What became of it.
    pub state: ReportState,
    /// The provider's error code, for its documentation.
    pub code: Option<String>,
    /// The channel that may reach the recipient where this one did not, as in
    /// [`SendError::other_channel`](crate::SendError::other_channel).
    pub other_channel: Option<Channel>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "receivers must handle every state")]
pub enum ReportState {
    /// Still on its way.
    Progress,
    /// It arrived.
    Delivered,
    /// It did not arrive.
    Failed(FailureClass),
}

/// Why a request to a webhook is not believed. The text says nothing of what was wrong: an attacker reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The signature is missing, wrong or too old.
    #[error("the signature is missing, wrong or too old")]
    Unauthentic,
    /// It is signed, and cannot be read.
    #[error("the request cannot be read")]
    Malformed,
}
