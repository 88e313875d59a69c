//! `vonage` and `vonage-verify`.

use std::sync::Arc;

use otp_provider::Client;
use otp_service::Clock;
use otp_vonage::{
    Shape, SmsApi, VonageConfig, VonageSender, VonageVerify, VonageWebhook, WhatsAppContent, origin,
    signature::SigningMethod,
};

use super::{base_url, described, failed, is_untold, unfit};
use crate::{
    command::CommandError,
    config::{SenderName, VonageOptions, VonageSignature, VonageSmsApi},
    doctor::Finding,
};

type Problem = Box<dyn std::error::Error + Send + Sync>;

pub(super) fn sender(
    options: &VonageOptions,
    client: Client,
    clock: &Arc<dyn Clock>,
) -> Result<VonageSender, CommandError> {
    let made = config(options).and_then(|config| Ok(VonageSender::new(config, client, Arc::clone(clock))?));
    made.map_err(|problem| unfit(SenderName::Vonage)(&*problem))
}

pub(super) fn verify(
    options: &VonageOptions,
    client: Client,
    clock: &Arc<dyn Clock>,
) -> Result<VonageVerify, CommandError> {
    let made = config(options).and_then(|config| Ok(VonageVerify::new(config, client, Arc::clone(clock))?));
    made.map_err(|problem| unfit(SenderName::VonageVerify)(&*problem))
}

/// The account of `vonage-verify`, to be looked at: its application makes a sender of calls.
pub(super) fn account(
    options: &VonageOptions,
    client: Client,
    clock: &Arc<dyn Clock>,
) -> Result<VonageSender, CommandError> {
    sender(options, client, clock)
}

/// What messages come from, by key.
pub(super) fn origins(options: &VonageOptions) -> Vec<(&'static str, Option<&'static str>)> {
    let given = [
        ("vonage_from", &options.from, Shape::From),
        ("vonage_voice_from", &options.voice_from, Shape::Number),
        ("vonage_whatsapp_from", &options.whatsapp_from, Shape::Number),
    ];
    let known = given.into_iter().filter_map(|(key, from, shape)| Some((key, from.as_deref()?, shape)));
    let origin = |from: &str, shape: Shape| origin(from).filter(|_| shape.check(from).is_ok());
    known.map(|(key, from, shape)| (key, origin(from, shape).map(described))).collect()
}

/// What reads delivery receipts, where they are signed.
pub(super) fn webhook(options: &VonageOptions) -> Result<Option<VonageWebhook>, CommandError> {
    if options.signature_secret.is_none() {
        return Ok(None);
    }
    let made = config(options).and_then(|config| Ok(VonageWebhook::new(&config)?));
    made.map(Some).map_err(|problem| unfit(SenderName::Vonage)(&*problem))
}

pub(super) async fn probe(account: &VonageSender, name: &str) -> Vec<Finding> {
    let probe = account.probe().await;
    let mut found = vec![match &probe.account {
        Ok(account) => match (account.balance, account.auto_reload) {
            (Some(balance), Some(false) | None) if balance <= 0.0 => Finding::fail(
                name,
                "logged in, and the account has no credit left",
                "top it up in Vonage's dashboard",
            ),
            (Some(balance), Some(false) | None) if balance < LOW_BALANCE => Finding::warn(
                name,
                "logged in, and the account's credit is low",
                "top it up in Vonage's dashboard, or let it reload itself",
            ),
            _ => Finding::ok(name, "reachable, logged in, the account has credit"),
        },
        Err(error) => failed(name, "the account (credentials, credit)", error),
    }];
    let application = format!("{name} application");
    match &probe.application {
        None => {}
        Some(Ok(())) => found.push(Finding::ok(application, "its key is accepted")),
        Some(Err(error)) if is_untold(error) => {
            found.push(failed(&application, "the application's key", error))
        }
        Some(Err(error)) => found.push(Finding::fail(
            application,
            format!("{error}"),
            "correct OTP_VONAGE_APPLICATION_ID and OTP_VONAGE_PRIVATE_KEY; is this machine's clock right?",
        )),
    }
    found
}

/// Credit in euros below which messages will soon fail.
const LOW_BALANCE: f64 = 2.0;

fn config(options: &VonageOptions) -> Result<VonageConfig, Problem> {
    let mut config = VonageConfig::new(options.key.expose(), options.secret.expose())?
        .sms_base_url(base_url(&options.sms_base_url)?)
        .api_base_url(base_url(&options.api_base_url)?)
        .insight(options.insight)
        .own_code(options.verify_custom_code)
        .sms_api(match options.sms_api {
            VonageSmsApi::Sms => SmsApi::Sms,
            VonageSmsApi::Messages => SmsApi::Messages,
        });
    if let Some(from) = &options.from {
        config = config.from(from)?;
    }
    if let Some(from) = &options.voice_from {
        config = config.voice_from(from)?;
    }
    if let Some(from) = &options.whatsapp_from {
        let content = match &options.whatsapp_template {
            Some(template) => WhatsAppContent::Authentication { template: template.clone(), language: None },
            None => WhatsAppContent::Text,
        };
        config = config.whatsapp(from, content)?;
    }
    if let Some(secret) = &options.signature_secret {
        config = config.signature_secret(secret.expose())?;
    }
    match options.sign_requests {
        Some(VonageSignature::Sha256) => config = config.sign_requests(SigningMethod::Sha256),
        Some(VonageSignature::Sha512) => config = config.sign_requests(SigningMethod::Sha512),
        None => {}
    }
    if let Some(url) = &options.status_callback {
        config = config.callback(url.as_str())?;
    }
    if let Some((id, key)) = &options.application {
        config = config.application(id, key.expose())?;
    }
    if let Some(brand) = &options.verify_brand {
        config = config.brand(brand)?;
    }
    Ok(config)
}
