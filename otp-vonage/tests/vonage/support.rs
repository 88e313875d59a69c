//! What the tests share: servers, a clock, a configuration, messages.

use std::{error::Error as StdError, fs, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use otp_core::{Channel, Recipient, message::RenderedText};
use otp_provider::{
    Client, Secret,
    testing::{Reply, Server, Step},
};
use otp_service::{DeliveryReport, ManualClock, Message, SendError, WebhookRequest};
use otp_vonage::{VonageConfig, VonageSender, VonageVerify};
use ring::{digest, hmac};
use serde_json::{Value, json};

pub(crate) const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");
pub(crate) const KEY: &str = "abcd1234";
pub(crate) const SECRET: &str = "abcdef0123456789";
pub(crate) const SIGNATURE_SECRET: &str = "signaturesecret0123456789abcdef0";
pub(crate) const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
pub(crate) const NUMBER: &str = "447700900000";
pub(crate) const CODE: &str = "123456";
pub(crate) const TEXT: &str = "123456 is your Acme code. Don't share it.\n\n@example.com #123456";
/// The moment of the recorded tokens, in milliseconds.
pub(crate) const NOW: i64 = 1_795_290_258_000;

/// Vonage on loopback: the SMS API, and everything else.
pub(crate) struct Vonage {
    pub(crate) sms: Server,
    pub(crate) api: Server,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Client,
}

impl Vonage {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let client = Client::new().unwrap();
        Self { sms: Server::start().await, api: Server::start().await, clock, client }
    }

    /// An account with a sender and an application.
    pub(crate) fn config(&self) -> VonageConfig {
        account()
            .from("Acme")
            .unwrap()
            .application(APPLICATION, private_key())
            .unwrap()
            .sms_base_url(self.sms.base())
            .api_base_url(self.api.base())
    }

    pub(crate) fn sender(&self, config: VonageConfig) -> VonageSender {
        let clock = Arc::clone(&self.clock);
        VonageSender::new(config, self.client.clone(), clock).unwrap()
    }

    pub(crate) fn verify(&self, config: VonageConfig) -> VonageVerify {
        let clock = Arc::clone(&self.clock);
        VonageVerify::new(config, self.client.clone(), clock).unwrap()
    }

    pub(crate) fn api_answers(&self, status: u16, body: &Value) {
        self.api.then(Step::Reply(Reply::json(status, &body.to_string())));
    }
}

pub(crate) fn account() -> VonageConfig {
    VonageConfig::new(KEY, SECRET).unwrap()
}

pub(crate) fn private_key() -> Secret {
    Secret::new(fs::read_to_string(format!("{GOLDEN}/test-only-rsa-private.pem")).unwrap())
}

pub(crate) fn number() -> Recipient {
    Recipient::from_canonical("+447700900000").unwrap()
}

/// A message to the recorded number, of five minutes.
pub(crate) fn message(channel: Channel, text: &str) -> Message {
    let language = "en".parse().unwrap();
    let mut message = Message::plain("chal-1", number(), channel, language, text.to_owned());
    message.code = RenderedText::new(CODE.to_owned());
    message.app_name = "Acme".to_owned();
    message.expires_in = std::time::Duration::from_secs(300);
    message
}

pub(crate) fn golden_json(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(format!("{GOLDEN}/{name}.json")).unwrap()).unwrap()
}

pub(crate) fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An error with everything it shows, its causes too.
pub(crate) fn shown(error: &SendError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(" {inner} {inner:?}"));
        cause = inner.source();
    }
    text
}

/// What must not be seen anywhere.
pub(crate) fn assert_clean(text: &str, what: &str) {
    for secret in [KEY, SECRET, SIGNATURE_SECRET, APPLICATION, NUMBER, CODE, "eyJ", "YWJjZDEyMzQ6"] {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

/// A webhook token for a payload.
pub(crate) fn token(claims: &Value, secret: &str) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
}

pub(crate) fn claims(iat: i64, payload: &[u8]) -> Value {
    json!({
        "iat": iat,
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": hex(digest::digest(&digest::SHA256, payload).as_ref()),
        "api_key": KEY,
        "application_id": APPLICATION,
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request to the webhook that owns its parts.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Posted {
    pub(crate) fn post(body: impl Into<Vec<u8>>) -> Self {
        let target = "/webhooks/vonage".to_owned();
        Self { method: "POST", target, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn get(query: &str) -> Self {
        Self { method: "GET", target: format!("/webhooks/vonage?{query}"), ..Self::post("") }
    }

    pub(crate) fn authorized(mut self, authorization: &str) -> Self {
        self.headers.push(("authorization".to_owned(), authorization.to_owned()));
        self
    }

    pub(crate) fn request(&self) -> WebhookRequest<'_> {
        WebhookRequest {
            method: self.method,
            path_and_query: &self.target,
            host: Some("otp.example.com"),
            headers: &self.headers,
            body: &self.body,
        }
    }
}

/// Percent-encoded as browsers and Vonage do.
pub(crate) fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b' ' => "+".to_owned(),
                byte if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) => {
                    char::from(byte).to_string()
                }
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs: Vec<_> =
        pairs.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

pub(crate) fn only(reports: &[DeliveryReport]) -> &DeliveryReport {
    assert_eq!(reports.len(), 1, "{reports:?}");
    &reports[0]
}
