//! The Messages API: `POST /v1/messages`, for text messages and WhatsApp.

use otp_core::{
    Channel, FailureClass,
    message::{SmsEncoding, segments},
};
use otp_provider::{Answer, Request};
use otp_service::{Message, Receipt, SendError};
use serde_json::{Value, json};

use crate::{
    WhatsAppContent,
    api::{Api, cut},
    failure,
    language::template_language,
    receipt::is_reference,
};

/// `client_ref`, in bytes: the description says 100, the API's own error says 40.
const LONGEST_REF: usize = 40;
/// `ttl`, in seconds: 20 s to a week.
const TTL: (u64, u64) = (20, 604_800);

/// Sends a text message with the application's key.
pub(crate) async fn send_sms(api: &Api, message: &Message) -> Result<Receipt, SendError> {
    let from = api.config.from.as_deref().ok_or_else(|| api.failure(FailureClass::Provider, "from"))?;
    let text = message.body.expose();
    let mut body = envelope(api, message, from, "sms")?;
    body["message_type"] = "text".into();
    body["text"] = text.into();
    if segments(text).encoding == SmsEncoding::Ucs2 {
        body["sms"] = json!({"encoding_type": "unicode"});
    }
    if api.config.ttl {
        body["ttl"] = message.expires_in.as_secs().clamp(TTL.0, TTL.1).into();
    }
    send(api, &body, message.channel).await
}

/// Sends a WhatsApp message.
pub(crate) async fn send_whatsapp(api: &Api, message: &Message) -> Result<Receipt, SendError> {
    let configured = api.config.whatsapp.as_ref();
    let (from, content) = configured.ok_or_else(|| api.failure(FailureClass::Provider, "whatsapp"))?;
    let mut body = envelope(api, message, from, "whatsapp")?;
    let code = message.code.expose();
    let written_in =
        |language: &Option<String>| language.clone().unwrap_or_else(|| template_language(&message.language));
    match content {
        WhatsAppContent::Text => {
            body["message_type"] = "text".into();
            body["text"] = message.body.expose().into();
        }
        WhatsAppContent::Template { template, language } => {
            body["message_type"] = "template".into();
            body["whatsapp"] = json!({"policy": "deterministic", "locale": written_in(language)});
            body["template"] = json!({"name": template, "parameters": [code]});
        }
        WhatsAppContent::Authentication { template, language } => {
            let parameters = json!([{"type": "text", "text": code}]);
            body["message_type"] = "custom".into();
            body["custom"] = json!({
                "type": "template",
                "template": {
                    "name": template,
                    "language": {"policy": "deterministic", "code": written_in(language)},
                    "components": [
                        {"type": "body", "parameters": parameters},
                        {"type": "button", "sub_type": "url", "index": "0", "parameters": parameters},
                    ],
                },
            });
        }
    }
    send(api, &body, message.channel).await
}

fn envelope(api: &Api, message: &Message, from: &str, channel: &str) -> Result<Value, SendError> {
    let mut body = json!({"to": api.digits(message)?, "from": from, "channel": channel});
    if api.config.client_ref {
        body["client_ref"] = cut(&message.id, LONGEST_REF).into();
    }
    if let Some(callback) = &api.config.callback {
        body["webhook_url"] = callback.as_str().into();
        body["webhook_version"] = "v1".into();
    }
    Ok(body)
}

async fn send(api: &Api, body: &Value, channel: Channel) -> Result<Receipt, SendError> {
    let request = Request::post(api.at(["v1", "messages"]));
    let answer = api.call_as_application(request, Some(body)).await?;
    if !answer.is_success() {
        return Err(failure::of_message_problem(api.sender, &answer, channel));
    }
    receipt(api, &answer, "message_uuid")
}

/// The reference in a 2xx; one without says nothing of what became of the message.
pub(crate) fn receipt(api: &Api, answer: &Answer, name: &str) -> Result<Receipt, SendError> {
    let reply: Value = answer.json().unwrap_or_default();
    let reference = reply.get(name).and_then(Value::as_str).filter(|id| is_reference(id));
    let reference = reference.ok_or_else(|| answer.failure(api.sender))?.to_owned();
    Ok(Receipt { reference: Some(reference) })
}
