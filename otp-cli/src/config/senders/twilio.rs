//! Options of the senders `twilio` and `twilio-verify`.

use otp_core::Channel;

use crate::config::{HttpUrl, Secret, values::Values};

/// Twilio's own place.
const TWILIO: &str = "https://api.twilio.com";

/// Options of the sender `twilio`, and of `twilio-verify` on the same account.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TwilioOptions {
    /// Account SID.
    pub sid: String,
    /// Auth token. It signs delivery receipts, and logs in where there is no API key.
    pub secret: Option<Secret>,
    /// SID and secret of an API key, which logs in.
    pub api_key: Option<(String, Secret)>,
    /// Number or sender id of text messages.
    pub from: Option<String>,
    /// Messaging service, which chooses the number.
    pub messaging_service_sid: Option<String>,
    /// Number of calls.
    pub voice_from: Option<String>,
    /// Number or messaging service of WhatsApp messages.
    pub whatsapp_from: Option<String>,
    /// Content template of WhatsApp messages.
    pub whatsapp_template: Option<String>,
    /// Where the API is.
    pub base_url: HttpUrl,
    /// Where Lookup is; absent, where the API is if that is not Twilio's own place.
    pub lookup_base_url: Option<HttpUrl>,
    /// Where Twilio reports deliveries.
    pub status_callback: Option<HttpUrl>,
    /// Whether Lookup is asked before each message.
    pub lookup: bool,
    /// Whether Twilio's copy of a text is emptied once it was delivered.
    pub redact: bool,
    /// Whether Twilio is told that a code was used.
    pub feedback: bool,
    /// Whether messages go to chosen countries only.
    pub has_country_list: bool,
    /// What `twilio-verify` needs.
    pub verify: Option<TwilioVerifyOptions>,
}

/// Options of the sender `twilio-verify`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TwilioVerifyOptions {
    /// SID of the Verify service.
    pub service_sid: String,
    /// Where Verify is.
    pub base_url: HttpUrl,
    /// Whether the code is ours.
    pub custom_code: bool,
    /// The channels of the service.
    pub channels: Vec<Channel>,
}

/// `messages` and `verify` are the channels that use the sender `twilio`, and `twilio-verify`.
pub(super) fn read(values: &mut Values, messages: &[Channel], verify: &[Channel]) -> Option<TwilioOptions> {
    let from_url = messages_url(values);
    if messages.is_empty() && verify.is_empty() {
        return None;
    }
    if !values.is_given("sms_api_url") {
        values.missing("twilio_sid", "the sender twilio needs its account");
    }
    let has_key = values.is_given("twilio_api_key") || values.is_given("twilio_api_key_secret");
    if has_key {
        values.missing("twilio_api_key", "twilio_api_key_secret goes with it");
        values.missing("twilio_api_key_secret", "twilio_api_key needs it");
    } else if !values.is_given("sms_api_key") {
        values.missing("twilio_secret", "the sender twilio needs its auth token");
    }
    origins(values, messages);
    let text = |name| values.text(name).map(str::to_owned);
    let base_url = match &from_url {
        Some((base_url, _)) => HttpUrl::parse(base_url)?,
        None => values.url("twilio_base_url")?.clone(),
    };
    let options = TwilioOptions {
        sid: text("twilio_sid").or(from_url.map(|(_, sid)| sid))?,
        secret: values.secret("twilio_secret").or_else(|| values.secret("sms_api_key")),
        api_key: text("twilio_api_key").zip(values.secret("twilio_api_key_secret")),
        from: text("twilio_from"),
        messaging_service_sid: text("twilio_messaging_service_sid"),
        voice_from: text("twilio_voice_from"),
        whatsapp_from: text("twilio_whatsapp_from"),
        whatsapp_template: text("twilio_whatsapp_template"),
        base_url,
        lookup_base_url: values.url("twilio_lookup_base_url").cloned(),
        status_callback: values.url("twilio_status_callback").cloned(),
        lookup: values.boolean("twilio_lookup"),
        redact: values.boolean("twilio_redact"),
        feedback: values.boolean("twilio_feedback"),
        has_country_list: values.list("allowed_countries").is_some_and(|countries| !countries.is_empty()),
        verify: verify_options(values, verify),
    };
    callback(values, &options);
    (options.secret.is_some() || options.api_key.is_some()).then_some(options)
}

/// Reads `sms_api_url`: base URL and account.
fn messages_url(values: &mut Values) -> Option<(String, String)> {
    let messages_url = values.url("sms_api_url").cloned();
    let from_url = messages_url.as_ref().and_then(|url| split(url.as_str()));
    if messages_url.is_some() && from_url.is_none() {
        let expected = "Twilio's https://api.twilio.com/2010-04-01/Accounts/SID/Messages.json is expected";
        values.problem("sms_api_url", expected);
    }
    if let Some((base_url, sid)) = &from_url {
        let differs = |given: Option<&str>, other: &str| given.is_some_and(|given| given != other);
        if values.is_given("twilio_sid") && differs(values.text("twilio_sid"), sid) {
            values.problem("sms_api_url", "its account is another than that of twilio_sid; remove one");
        }
        if values.is_given("twilio_base_url")
            && differs(values.url("twilio_base_url").map(HttpUrl::as_str), base_url)
        {
            values.problem("sms_api_url", "its host is another than that of twilio_base_url; remove one");
        }
    }
    let both = values.is_given("twilio_secret") && values.is_given("sms_api_key");
    if both && values.text("twilio_secret") != values.text("sms_api_key") {
        values.problem("sms_api_key", "twilio_secret says something else; remove one");
    }
    from_url
}

/// What each channel's messages come from.
fn origins(values: &mut Values, channels: &[Channel]) {
    if channels.contains(&Channel::Sms) && !values.is_given("twilio_messaging_service_sid") {
        values.missing("twilio_from", "the sender twilio needs it, or twilio_messaging_service_sid");
    }
    if channels.contains(&Channel::Voice) && !values.is_given("twilio_voice_from") {
        // Texts may come from a name; calls may not.
        match values.text("twilio_from") {
            Some(from) if from.starts_with('+') => {}
            Some(_) => {
                values.problem("twilio_voice_from", "a number is expected for calls: twilio_from is none")
            }
            None => values.missing("twilio_voice_from", "calls come from a number"),
        }
    }
    if channels.contains(&Channel::Whatsapp) {
        values.missing("twilio_whatsapp_from", "WhatsApp messages come from a number of their own");
    }
}

fn verify_options(values: &mut Values, channels: &[Channel]) -> Option<TwilioVerifyOptions> {
    if channels.is_empty() {
        return None;
    }
    values.missing("twilio_verify_service_sid", "the sender twilio-verify needs its service");
    Some(TwilioVerifyOptions {
        service_sid: values.text("twilio_verify_service_sid")?.to_owned(),
        base_url: verify_base_url(values)?,
        custom_code: values.boolean("twilio_verify_custom_code"),
        channels: channels.to_vec(),
    })
}

/// Where Verify is: beside the API, where that is not at Twilio.
fn verify_base_url(values: &Values) -> Option<HttpUrl> {
    let api = values.url("twilio_base_url").filter(|url| url.as_str() != TWILIO);
    values
        .url("twilio_verify_base_url")
        .or(api)
        .cloned()
        .or_else(|| HttpUrl::parse("https://verify.twilio.com"))
}

/// Receipts that nobody reads, and what cannot be done without them.
fn callback(values: &mut Values, options: &TwilioOptions) {
    if options.status_callback.is_some() {
        if options.secret.is_none() {
            values.warn(
                "twilio_status_callback",
                "receipts are signed with the auth token: give twilio_secret",
            );
        }
    } else if options.redact {
        values.warn("twilio_redact", "nothing is emptied without receipts: give twilio_status_callback");
    }
}

/// Base URL and account of a Messages URL.
pub(super) fn split(url: &str) -> Option<(String, String)> {
    let (base_url, rest) = url.split_once("/2010-04-01/Accounts/")?;
    let sid = rest.strip_suffix("/Messages.json").or_else(|| rest.strip_suffix("/Messages"))?;
    let plain = !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    plain.then(|| (base_url.to_owned(), sid.to_owned()))
}
