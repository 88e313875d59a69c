//! Options of the sender `twilio`.

use crate::config::{HttpUrl, Secret, values::Values};

/// Options of the sender `twilio`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TwilioOptions {
    /// Account SID.
    pub sid: String,
    /// Auth token.
    pub secret: Secret,
    /// Number or sender id.
    pub from: Option<String>,
    /// Messaging service, which chooses the number.
    pub messaging_service_sid: Option<String>,
    /// Where the API is.
    pub base_url: HttpUrl,
    /// Where Twilio reports deliveries.
    pub status_callback: Option<HttpUrl>,
}

pub(super) fn read(values: &mut Values, in_use: bool) -> Option<TwilioOptions> {
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
    if !in_use {
        return None;
    }
    if !values.is_given("sms_api_url") {
        values.missing("twilio_sid", "the sender twilio needs its account");
    }
    if !values.is_given("sms_api_key") {
        values.missing("twilio_secret", "the sender twilio needs its auth token");
    }
    if !values.is_given("twilio_messaging_service_sid") {
        let why = "the sender twilio needs it, or twilio_messaging_service_sid";
        values.missing("twilio_from", why);
    }
    let text = |name| values.text(name).map(str::to_owned);
    let base_url = match &from_url {
        Some((base_url, _)) => HttpUrl::parse(base_url)?,
        None => values.url("twilio_base_url")?.clone(),
    };
    Some(TwilioOptions {
        sid: text("twilio_sid").or(from_url.map(|(_, sid)| sid))?,
        secret: values.secret("twilio_secret").or_else(|| values.secret("sms_api_key"))?,
        from: text("twilio_from"),
        messaging_service_sid: text("twilio_messaging_service_sid"),
        base_url,
        status_callback: values.url("twilio_status_callback").cloned(),
    })
}

/// Base URL and account of a Messages URL.
fn split(url: &str) -> Option<(String, String)> {
    let (base_url, rest) = url.split_once("/2010-04-01/Accounts/")?;
    let sid = rest.strip_suffix("/Messages.json").or_else(|| rest.strip_suffix("/Messages"))?;
    let plain = !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    plain.then(|| (base_url.to_owned(), sid.to_owned()))
}
