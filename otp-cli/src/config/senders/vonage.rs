//! Options of the senders `vonage` and `vonage-verify`.

use otp_core::Channel;

use crate::config::{HttpUrl, Secret, values::Values};

/// Options of the senders `vonage` and `vonage-verify`, which share an account.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VonageOptions {
    /// API key.
    pub key: Secret,
    /// API secret.
    pub secret: Secret,
    /// Number or sender id of text messages.
    pub from: Option<String>,
    /// Which API carries text messages.
    pub sms_api: VonageSmsApi,
    /// Number of calls.
    pub voice_from: Option<String>,
    /// Number of WhatsApp messages.
    pub whatsapp_from: Option<String>,
    /// Template of WhatsApp messages.
    pub whatsapp_template: Option<String>,
    /// Secret that signs delivery receipts.
    pub signature_secret: Option<Secret>,
    /// How requests are signed instead of carrying the API secret.
    pub sign_requests: Option<VonageSignature>,
    /// Where Vonage reports deliveries.
    pub status_callback: Option<HttpUrl>,
    /// Whether Number Insight is asked before each message.
    pub insight: bool,
    /// Where the SMS API is.
    pub sms_base_url: HttpUrl,
    /// Where the other APIs are.
    pub api_base_url: HttpUrl,
    /// The application, and its private key in PEM.
    pub application: Option<(String, Secret)>,
    /// Who Verify says is verifying.
    pub verify_brand: Option<String>,
    /// Whether Verify carries our code.
    pub verify_custom_code: bool,
}

/// Which API carries text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a sender must say how it does each")]
pub enum VonageSmsApi {
    /// The SMS API, with the API key.
    Sms,
    /// The Messages API, with the application's key.
    Messages,
}

/// How requests of the SMS API are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a sender must say how it does each")]
pub enum VonageSignature {
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// `messages` and `verify` are the channels that use the sender `vonage`, and `vonage-verify`.
pub(super) fn read(values: &mut Values, messages: &[Channel], verify: &[Channel]) -> Option<VonageOptions> {
    if messages.is_empty() && verify.is_empty() {
        return None;
    }
    values.missing("vonage_key", "the sender vonage needs its API key");
    values.missing("vonage_secret", "the sender vonage needs its API secret");
    let sms_api = match values.choice("vonage_sms_api") {
        "messages" => VonageSmsApi::Messages,
        _ => VonageSmsApi::Sms,
    };
    let has_sms = messages.contains(&Channel::Sms);
    if has_sms {
        values.missing("vonage_from", "the sender vonage needs a number or sender id");
    }
    let why = if messages.iter().any(|channel| *channel != Channel::Sms) {
        Some((
            "calls and WhatsApp messages need an application",
            "calls and WhatsApp messages need the application's key",
        ))
    } else if has_sms && sms_api == VonageSmsApi::Messages {
        Some(("the Messages API needs an application", "the Messages API needs the application's key"))
    } else if !verify.is_empty() {
        Some((
            "the sender vonage-verify needs an application",
            "the sender vonage-verify needs the application's key",
        ))
    } else {
        None
    };
    if let Some((id, key)) = why {
        values.missing("vonage_application_id", id);
        values.missing("vonage_private_key", key);
    }
    if messages.contains(&Channel::Whatsapp) {
        values.missing("vonage_whatsapp_from", "WhatsApp messages come from a number of their own");
    }
    let sign_requests = match values.choice("vonage_sign_requests") {
        "sha256" => Some(VonageSignature::Sha256),
        "sha512" => Some(VonageSignature::Sha512),
        _ => None,
    };
    if sign_requests.is_some() {
        values.missing("vonage_signature_secret", "vonage_sign_requests needs it");
    } else if values.is_given("vonage_status_callback") && !values.is_given("vonage_signature_secret") {
        let text = "receipts are read where they are signed only: give vonage_signature_secret";
        values.warn("vonage_status_callback", text);
    }
    let text = |name| values.text(name).map(str::to_owned);
    Some(VonageOptions {
        key: values.secret("vonage_key")?,
        secret: values.secret("vonage_secret")?,
        from: text("vonage_from"),
        sms_api,
        voice_from: text("vonage_voice_from"),
        whatsapp_from: text("vonage_whatsapp_from"),
        whatsapp_template: text("vonage_whatsapp_template"),
        signature_secret: values.secret("vonage_signature_secret"),
        sign_requests,
        status_callback: values.url("vonage_status_callback").cloned(),
        insight: values.boolean("vonage_insight"),
        sms_base_url: values.url("vonage_sms_base_url")?.clone(),
        api_base_url: values.url("vonage_api_base_url")?.clone(),
        application: text("vonage_application_id").zip(values.secret("vonage_private_key")),
        verify_brand: text("vonage_verify_brand"),
        verify_custom_code: values.boolean("vonage_verify_custom_code"),
    })
}
