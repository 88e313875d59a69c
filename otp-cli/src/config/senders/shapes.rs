//! What the options of senders look like, in the words of the crates that take them: so wrong ones stand among all other
//! problems, and not behind the first sender that cannot be made.

use std::collections::BTreeMap;

use otp_core::Channel;

use super::SenderName;
use crate::config::values::Values;

/// Checks the options that were given for the providers in use, and where mail goes to and comes from.
#[cfg_attr(
    not(any(feature = "smtp", feature = "twilio", feature = "vonage")),
    expect(unused_variables, reason = "no provider is built in")
)]
pub(super) fn check(values: &mut Values, routes: &BTreeMap<Channel, Vec<SenderName>>) {
    #[cfg(any(feature = "smtp", feature = "twilio", feature = "vonage"))]
    let uses = |provider| routes.values().flatten().any(|name| name.provider() == Some(provider));
    #[cfg(feature = "twilio")]
    if uses("twilio") {
        twilio(values);
    }
    #[cfg(feature = "vonage")]
    if uses("vonage") {
        vonage(values);
    }
    #[cfg(feature = "smtp")]
    smtp(values, uses("smtp"));
}

#[cfg(feature = "twilio")]
fn twilio(values: &mut Values) {
    use otp_twilio::Shape;

    for (key, shape) in [
        ("twilio_sid", Shape::AccountSid),
        ("twilio_api_key", Shape::ApiKeySid),
        ("twilio_from", Shape::From),
        ("twilio_messaging_service_sid", Shape::MessagingServiceSid),
        ("twilio_voice_from", Shape::Voice),
        ("twilio_whatsapp_from", Shape::WhatsApp),
        ("twilio_whatsapp_template", Shape::ContentTemplateSid),
        ("twilio_verify_service_sid", Shape::VerifyServiceSid),
        ("twilio_status_callback", Shape::StatusCallback),
        // Receipts are signed for exactly that address.
        ("twilio_status_callback", Shape::PublicUrl),
    ] {
        values.check(key, |text| shape.check(text));
    }
    for key in ["twilio_base_url", "twilio_lookup_base_url", "twilio_verify_base_url"] {
        values.check(key, base_url);
    }
    // One that is none at all has its problem already.
    values.check("sms_api_url", |url| super::twilio::split(url).map_or(Ok(()), |(base, _)| base_url(&base)));
    values.check("sms_api_url", |url| {
        super::twilio::split(url).map_or(Ok(()), |(_, sid)| Shape::AccountSid.check(&sid))
    });
}

#[cfg(feature = "vonage")]
fn vonage(values: &mut Values) {
    use otp_vonage::Shape;

    for (key, shape) in [
        ("vonage_key", Shape::Key),
        ("vonage_from", Shape::From),
        ("vonage_voice_from", Shape::Number),
        ("vonage_whatsapp_from", Shape::Number),
        ("vonage_status_callback", Shape::Callback),
        ("vonage_application_id", Shape::ApplicationId),
        ("vonage_private_key", Shape::PrivateKey),
        ("vonage_verify_brand", Shape::Brand),
    ] {
        values.check(key, |text| shape.check(text));
    }
    for key in ["vonage_sms_base_url", "vonage_api_base_url"] {
        values.check(key, base_url);
    }
}

#[cfg(feature = "smtp")]
fn smtp(values: &mut Values, in_use: bool) {
    use otp_smtp::{Shape, Tls};

    values.check("smtp_server", |host| Shape::Server(Tls::StartTls).check(host));
    values.check("smtp_from_email", |address| Shape::From.check(address));
    if values.choice("smtp_tls") == "none"
        && let Some(host) = values.text("smtp_server").map(str::to_owned)
    {
        values.check("smtp_tls", |_| Shape::Server(Tls::None).check(&host));
    }
    if in_use {
        values.check("smtp_from_name", |name| Shape::FromName.check(name));
        // It is read.
        values.check("smtp_ca_file", |path| Shape::CaFile.check(path));
    }
}

#[cfg(any(feature = "twilio", feature = "vonage"))]
fn base_url(text: &str) -> Result<(), otp_provider::InvalidBaseUrl> {
    otp_provider::BaseUrl::danger_allow_http(text).map(drop)
}
