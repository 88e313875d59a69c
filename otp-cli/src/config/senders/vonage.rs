//! Options of the sender `vonage`.

use otp_core::Channel;

use crate::config::{HttpUrl, Secret, values::Values};

/// Options of the sender `vonage`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VonageOptions {
    /// API key.
    pub key: Secret,
    /// API secret.
    pub secret: Secret,
    /// Number or sender id.
    pub from: String,
    /// Secret that signs delivery receipts.
    pub signature_secret: Option<Secret>,
    /// Where the SMS API is.
    pub sms_base_url: HttpUrl,
    /// Where the other APIs are.
    pub api_base_url: HttpUrl,
    /// Application for calls and WhatsApp messages.
    pub application_id: Option<String>,
    /// The application's private key in PEM.
    pub private_key: Option<Secret>,
}

/// `channels` are those that use the sender.
pub(super) fn read(values: &mut Values, channels: &[Channel]) -> Option<VonageOptions> {
    if channels.is_empty() {
        return None;
    }
    values.missing("vonage_key", "the sender vonage needs its API key");
    values.missing("vonage_secret", "the sender vonage needs its API secret");
    values.missing("vonage_from", "the sender vonage needs a number or sender id");
    if channels.iter().any(|channel| *channel != Channel::Sms) {
        values.missing("vonage_application_id", "calls and WhatsApp messages need an application");
        values.missing("vonage_private_key", "calls and WhatsApp messages need the application's key");
    }
    let text = |name| values.text(name).map(str::to_owned);
    Some(VonageOptions {
        key: values.secret("vonage_key")?,
        secret: values.secret("vonage_secret")?,
        from: text("vonage_from")?,
        signature_secret: values.secret("vonage_signature_secret"),
        sms_base_url: values.url("vonage_sms_base_url")?.clone(),
        api_base_url: values.url("vonage_api_base_url")?.clone(),
        application_id: text("vonage_application_id"),
        private_key: values.secret("vonage_private_key"),
    })
}
