//! The SMS API: `POST /sms/json`.

use std::time::Duration;

use otp_core::{
    FailureClass,
    message::{SmsEncoding, segments},
};
use otp_provider::{Answer, Request};
use otp_service::{Message, Receipt, SendError};
use serde::Deserialize;
use serde_json::Value;
use tracing::info;

use crate::{
    api::{Api, cut},
    failure,
    receipt::{LONGEST_REF, PARTS, is_parts, is_reference},
    signature::hex,
};

/// `ttl`, in milliseconds: 20 s to a week.
const TTL: (u128, u128) = (20_000, 604_800_000);

/// Sends a text message with the account's key.
pub(crate) async fn send(api: &Api, message: &Message) -> Result<Receipt, SendError> {
    let fields = fields(api, message)?;
    let mut request = Request::post(api.config.sms_base.at(["sms", "json"])).form(fields);
    if api.config.signing.is_none() {
        request = api.as_account(request);
    }
    read(api.sender, &api.call(request).await?)
}

/// Of a text that goes out in parts, each of which has an id of its own, all receipts have the `client-ref` alone in
/// common: so it names this one send, and not only the message.
fn client_ref(api: &Api, message: &Message, parts: usize) -> Result<String, SendError> {
    if parts == 1 {
        return Ok(cut(&message.id, LONGEST_REF).to_owned());
    }
    let tag = hex(&api.random::<4>()?);
    let id = cut(&message.id, LONGEST_REF - PARTS.len() - tag.len());
    Ok(format!("{id}{PARTS}{tag}"))
}

fn fields(api: &Api, message: &Message) -> Result<Vec<(&'static str, String)>, SendError> {
    let config = &api.config;
    let from = config.from.clone().ok_or_else(|| api.failure(FailureClass::Provider, "from"))?;
    let text = message.body.expose();
    let mut fields = vec![("from", from), ("to", api.digits(message)?.to_owned()), ("text", text.to_owned())];
    let counted = segments(text);
    if counted.encoding == SmsEncoding::Ucs2 {
        fields.push(("type", "unicode".to_owned()));
    }
    if config.ttl {
        fields.push(("ttl", message.expires_in.as_millis().clamp(TTL.0, TTL.1).to_string()));
    }
    if config.client_ref {
        fields.push(("client-ref", client_ref(api, message, counted.segments)?));
    }
    if let Some(callback) = &config.callback {
        fields.push(("callback", callback.clone()));
    }
    if let (Some(method), Some(secret)) = (config.signing, &config.signature_secret) {
        fields.push(("api_key", config.key.clone()));
        fields.push(("timestamp", api.unix_time().to_string()));
        let sig = method.sign(secret, fields.iter().map(|(name, value)| (*name, value.as_str())));
        fields.push(("sig", sig));
    }
    Ok(fields)
}

#[derive(Deserialize)]
struct Reply {
    messages: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    /// A text in the contract, a number from some gateways.
    status: Value,
    #[serde(rename = "message-id")]
    id: Option<String>,
    #[serde(rename = "client-ref", default)]
    client_ref: Option<String>,
    #[serde(rename = "error-text", default)]
    text: String,
}

/// The status is 200 for refusals, too: only parts of status `0` are accepted, and the worst part decides.
fn read(sender: &str, answer: &Answer) -> Result<Receipt, SendError> {
    if !answer.is_success() {
        return Err(answer.failure(sender));
    }
    let Reply { messages: parts } = answer.json().ok_or_else(|| answer.failure(sender))?;
    if parts.is_empty() {
        return Err(SendError::new(sender, FailureClass::Unknown));
    }
    let failures = parts.iter().filter_map(|part| {
        let status = match &part.status {
            Value::String(status) => status.clone(),
            other => other.to_string(),
        };
        (status != "0").then(|| (failure::of_sms_status(&status, &part.text), status, part))
    });
    if let Some((class, status, part)) = failures.max_by_key(|(class, ..)| failure::severity(*class)) {
        let is_code = status.len() <= 5 && status.bytes().all(|b| b.is_ascii_digit());
        let error = SendError::new(sender, class);
        let error = if is_code { error.code(status) } else { error };
        return Err(match (class, pause(&part.text).or(answer.retry_after())) {
            (FailureClass::Transient, Some(pause)) => error.retry_after(pause),
            _ => error,
        });
    }
    let references: Vec<_> =
        parts.iter().filter_map(|part| part.id.as_deref()).filter(|id| is_reference(id)).collect();
    if references.len() > 1 {
        info!(sender, references = references.join(","), "text message went out in parts");
    }
    // Receipts come for each part. Where Vonage repeats what they have in common, that names them all.
    let common = parts.first().and_then(|part| part.client_ref.as_deref()).filter(|text| is_parts(text));
    let reference = common.or(references.first().copied());
    Ok(Receipt { reference: reference.map(str::to_owned) })
}

/// "... please wait [ 250 ] and retry": milliseconds, believed up to a minute.
fn pause(text: &str) -> Option<Duration> {
    let (millis, _) = text.split_once('[')?.1.split_once(']')?;
    Some(Duration::from_millis(millis.trim().parse().ok()?).min(Duration::from_secs(60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses() {
        for (text, millis) in [
            ("Throughput Rate Exceeded - please wait [ 250 ] and retry", Some(250)),
            ("[0]", Some(0)),
            ("[ 99999999 ]", Some(60_000)),
            ("please wait", None),
            ("[ soon ]", None),
            ("] 1 [", None),
        ] {
            assert_eq!(pause(text), millis.map(Duration::from_millis), "{text}");
        }
    }
}
