//! The parts of a configuration, and why one is refused.

use crate::jwt::InvalidPrivateKey;

/// The longest `callback` of the SMS API, in bytes.
pub(crate) const LONGEST_CALLBACK: usize = 100;
/// The longest `brand` of Verify v2, in characters.
pub(crate) const LONGEST_BRAND: usize = 16;
/// The most steps of a Verify v2 workflow that are of use: one message and two other ways.
pub(crate) const MOST_FALLBACKS: usize = 2;

/// Why a configuration is refused. Each text says what is expected; none repeats what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No API key.
    #[error("the API key is what the dashboard shows, like \"abcd1234\": no white space and no colon")]
    Key,
    /// No API secret.
    #[error("the API secret is empty; copy it from the dashboard")]
    Secret,
    /// No signature secret.
    #[error("the signature secret is empty; copy it from the dashboard, under API settings")]
    SignatureSecret,
    /// Nothing a text message can come from.
    #[error("the sender is a number with its country code (\"447700900000\") or 1 to 11 letters and digits")]
    From,
    /// Nothing a call or WhatsApp message can come from.
    #[error("calls and WhatsApp messages come from a number with its country code, like \"447700900000\"")]
    Number,
    /// No address for receipts.
    #[error("the callback is an https URL of at most 100 characters without white space")]
    Callback,
    /// No application id.
    #[error("the application id is a UUID, like \"aaaaaaaa-bbbb-cccc-dddd-0123456789ab\"")]
    ApplicationId,
    /// No private key.
    #[error(transparent)]
    PrivateKey(#[from] InvalidPrivateKey),
    /// Nothing Verify can call itself.
    #[error("a brand has 1 to 16 characters, none of them \\ / {{ }} : $")]
    Brand,
    /// No way to go on.
    #[error("a verification falls back to at most two of sms, voice and whatsapp")]
    Fallback,
    /// Nothing to sign or to check signatures with.
    #[error("signed requests and webhooks need the signature secret")]
    SignatureSecretMissing,
    /// No application where one is needed.
    #[error("Messages, calls and Verify need an application: its id and its private key")]
    ApplicationMissing,
    /// A sender that could not send.
    #[error("nothing can be sent: give a sender for SMS, an application for calls, or a WhatsApp number")]
    NoChannel,
}

/// Which API carries text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SmsApi {
    /// `POST /sms/json`, with the API key.
    #[default]
    Sms,
    /// `POST /v1/messages`, with the application's key.
    Messages,
}

/// What a WhatsApp message is made of.
///
/// WhatsApp lets a business write first with templates only, which it approves one by one and language by language; a
/// text arrives only within 24 hours of a message from the recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhatsAppContent {
    /// The rendered text.
    Text,
    /// A template of the category "authentication", with the code in its text and behind its copy button.
    Authentication {
        /// The template's name.
        template: String,
        /// The language it was approved in, like `en` or `pt_BR`; the message's where this is `None`.
        language: Option<String>,
    },
    /// Any other template that takes the code as its one parameter.
    Template {
        /// The template's name with its namespace, like `abc123:verify`.
        template: String,
        /// The language it was approved in; the message's where this is `None`.
        language: Option<String>,
    },
}

/// What Verify takes in a brand.
pub(crate) fn fits_brand(character: char) -> bool {
    !character.is_control() && !matches!(character, '\\' | '/' | '{' | '}' | ':' | '$')
}

/// The digits of a number that was typed with or without `+`, spaces or hyphens.
pub(crate) fn number(text: &str) -> Option<String> {
    let digits: String = text.trim().strip_prefix('+').unwrap_or(text.trim()).replace([' ', '-'], "");
    is_number(&digits).then_some(digits)
}

/// Short codes have few digits, E.164 has at most fifteen.
pub(crate) fn is_number(text: &str) -> bool {
    (3..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
