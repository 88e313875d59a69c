//! `twilio` and `twilio-verify`.

use otp_provider::{Client, Origin};
use otp_twilio::{Account, AccountState, ConfigError, Shape, TwilioSender, TwilioVerify, TwilioWebhook};

use super::{base_url, described, failed, unfit};
use crate::{
    command::CommandError,
    config::{SenderName, TwilioOptions},
    doctor::Finding,
};

pub(super) fn sender(options: &TwilioOptions, client: Client) -> Result<TwilioSender, CommandError> {
    let account = account(options).map_err(|error| unfit(SenderName::Twilio)(&error))?;
    let base = base_url(&options.base_url).map_err(|error| unfit(SenderName::Twilio)(&error))?;
    let mut builder = TwilioSender::builder(client, account)
        .lookup(options.lookup)
        .redaction(options.redact)
        .feedback(options.feedback)
        .country_list(options.has_country_list);
    if options.base_url.as_str() != TWILIO {
        builder = builder.base_url(base);
    }
    if let Some(url) = &options.lookup_base_url {
        builder = builder.lookup_base_url(base_url(url).map_err(|error| unfit(SenderName::Twilio)(&error))?);
    }
    if let Some(from) = &options.from {
        builder = builder.from(from);
    }
    if let Some(sid) = &options.messaging_service_sid {
        builder = builder.messaging_service(sid);
    }
    // Calls come from numbers: a name as the sender of texts is none.
    let number = options.from.as_ref().filter(|from| from.starts_with('+'));
    if let Some(from) = options.voice_from.as_ref().or(number) {
        builder = builder.voice(from);
    }
    if let Some(from) = &options.whatsapp_from {
        builder = builder.whatsapp(from);
    }
    if let Some(template) = &options.whatsapp_template {
        builder = builder.whatsapp_template(template);
    }
    if let Some(url) = &options.status_callback {
        builder = builder.status_callback(url.as_str());
    }
    builder.build().map_err(|error| unfit(SenderName::Twilio)(&error))
}

pub(super) fn verify(options: &TwilioOptions, client: Client) -> Result<TwilioVerify, CommandError> {
    let unfit = unfit(SenderName::TwilioVerify);
    let verify = options.verify.as_ref().ok_or(CommandError::NoSuchSender("twilio-verify"))?;
    let account = account(options).map_err(|error| unfit(&error))?;
    TwilioVerify::builder(client, account, &verify.service_sid)
        .channels(verify.channels.iter().copied())
        .custom_code(verify.custom_code)
        .country_list(options.has_country_list)
        .base_url(base_url(&verify.base_url).map_err(|error| unfit(&error))?)
        .build()
        .map_err(|error| unfit(&error))
}

/// What messages come from, by key.
pub(super) fn origins(options: &TwilioOptions) -> Vec<(&'static str, Option<&'static str>)> {
    // A messaging service chooses a number itself.
    let whatsapp = options.whatsapp_from.as_deref().filter(|from| !from.starts_with("MG"));
    let whatsapp = whatsapp.map(|from| from.trim_start_matches("whatsapp:"));
    let given = [
        ("twilio_from", options.from.as_deref(), Shape::From),
        ("twilio_voice_from", options.voice_from.as_deref(), Shape::Voice),
        ("twilio_whatsapp_from", whatsapp, Shape::WhatsApp),
    ];
    let known = given.into_iter().filter_map(|(key, from, shape)| Some((key, from?, shape)));
    let origin = |from: &str, shape: Shape| Origin::of(from).filter(|_| shape.check(from).is_ok());
    known.map(|(key, from, shape)| (key, origin(from, shape).map(described))).collect()
}

/// What reads delivery receipts, where the configuration has all that it takes to believe them.
pub(super) fn webhook(options: &TwilioOptions) -> Result<Option<TwilioWebhook>, CommandError> {
    let Some(secret) = &options.secret else { return Ok(None) };
    let webhook = match &options.status_callback {
        Some(url) => TwilioWebhook::at(&options.sid, secret.expose(), url.as_str()),
        None => TwilioWebhook::at_named_host(&options.sid, secret.expose()),
    };
    let webhook = webhook.map_err(|error| unfit(SenderName::Twilio)(&error))?;
    Ok(Some(webhook.country_list(options.has_country_list)))
}

pub(super) async fn probe(sender: &TwilioSender, name: &str) -> Vec<Finding> {
    let probe = match sender.probe().await {
        Ok(probe) => probe,
        Err(error) => return vec![failed(name, "the account (credentials, state, trial mode)", &error)],
    };
    let mut found = vec![match probe.state {
        Some(AccountState::Suspended) => {
            Finding::fail(name, "the account is suspended", "Twilio's console says why (credit, a complaint)")
        }
        Some(AccountState::Closed) => Finding::fail(
            name,
            "the account is closed",
            "set OTP_TWILIO_SID and its secret to those of another",
        ),
        Some(AccountState::Active) => Finding::ok(name, "reachable, logged in, the account is active"),
        _ => Finding::ok(name, "reachable, logged in"),
    }];
    if probe.is_trial == Some(true) {
        found.push(Finding::warn(
            format!("trial {name}"),
            "a trial account: it reaches numbers only that were verified in Twilio's console",
            "verify the numbers you test with there, or upgrade the account",
        ));
    }
    found
}

pub(super) async fn probe_verify(sender: &TwilioVerify, name: &str) -> Vec<Finding> {
    vec![match sender.probe().await {
        Ok(()) => Finding::ok(name, "reachable, logged in, the Verify service is there"),
        Err(error) => failed(name, "the Verify service (and with it the credentials)", &error),
    }]
}

/// Twilio's own place, to which Lookup's belongs.
const TWILIO: &str = "https://api.twilio.com";

fn account(options: &TwilioOptions) -> Result<Account, ConfigError> {
    match (&options.api_key, &options.secret) {
        (Some((key, secret)), _) => Account::with_api_key(&options.sid, key, secret.expose()),
        (None, Some(secret)) => Account::with_token(&options.sid, secret.expose()),
        (None, None) => Err(ConfigError::Secret),
    }
}
