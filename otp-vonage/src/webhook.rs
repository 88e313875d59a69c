//! [`VonageWebhook`]: what Vonage posts, once it is proven to come from there.

use std::time::Duration;

use otp_core::Timestamp;
use otp_provider::Secret;
use otp_service::{Reports, WebhookError, WebhookReader, WebhookRequest};
use ring::digest;

use crate::{
    ConfigError, SENDER, VonageConfig,
    fields::Fields,
    jwt::{self, Claims},
    receipt,
    signature::{SigningMethod, hex, to_sign},
};

/// How far a request's time may be from ours, either way. Vonage names no window.
const WINDOW: Duration = Duration::from_secs(300);
/// The longest `jti` that is kept.
const LONGEST_ID: usize = 128;

/// Reads Vonage's webhooks: delivery receipts of the SMS API, message statuses, call events, events of Verify.
///
/// | a request has | it is believed when |
/// |---|---|
/// | `Authorization: Bearer` | the token is signed with HS256 and the signature secret, was issued within 300 s, names Vonage, this account and (where it names one) this application, has a `jti`, and its `payload_hash` is that of the body, or for a `GET` that of the query |
/// | a parameter `sig` | it is an HMAC-SHA-256 or HMAC-SHA-512 of all parameters (the one of [`VonageConfig::sign_requests`] where that is set), its `timestamp` is within 300 s, and its `api-key` is this account's |
/// | neither | never |
///
/// Signatures with MD5 and SHA-1 are refused: choose SHA-256 or SHA-512 in the dashboard, under "API settings". What is
/// not signed is not read: the query of a `POST`, and the type of its body, which its first byte tells.
///
/// [`Reports::once`] is the token's `jti`, or a hash of the signed parameters: whoever keeps it knows a replay.
///
/// ```
/// use otp_core::Timestamp;
/// use otp_service::{WebhookError, WebhookReader, WebhookRequest};
/// use otp_vonage::{VonageConfig, VonageWebhook};
///
/// let config = VonageConfig::new("abcd1234", "api secret")?.signature_secret("signature secret")?;
/// let webhook = VonageWebhook::new(&config)?;
/// let request = WebhookRequest {
///     method: "POST",
///     path_and_query: "/webhooks/vonage",
///     host: Some("otp.example.com"),
///     headers: &[],
///     body: br#"{"messageId":"0A0000001234567B","status":"delivered"}"#,
/// };
/// let now = Timestamp::from_millis(1_800_000_000_000);
/// assert_eq!(webhook.read(&request, now), Err(WebhookError::Unauthentic));
/// # Ok::<(), otp_vonage::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct VonageWebhook {
    secret: Secret,
    key: Secret,
    application_id: Option<Secret>,
    /// The account's method, where the configuration says it.
    method: Option<SigningMethod>,
}

impl VonageWebhook {
    /// Reads what is signed with this configuration's signature secret.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SignatureSecretMissing`]: nothing could be believed.
    pub fn new(config: &VonageConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: config.signature_secret.clone().ok_or(ConfigError::SignatureSecretMissing)?,
            key: Secret::from(config.key.as_str()),
            application_id: config.application.as_ref().map(|application| Secret::from(application.id())),
            method: config.signing,
        })
    }

    fn by_token(&self, request: &WebhookRequest<'_>, now: Timestamp) -> Option<Believed> {
        let token = request.header("authorization")?.strip_prefix("Bearer ")?;
        let claims = jwt::open(token, &self.secret)?;
        if !self.accepts(&claims, now) {
            return None;
        }
        let (payload, parameters) = match request.method {
            "POST" => (request.body.to_vec(), None),
            "GET" => {
                let parameters = query(request)?;
                (parameters.to_json().into_bytes(), Some(parameters))
            }
            _ => return None,
        };
        let hash = hex(digest::digest(&digest::SHA256, &payload).as_ref());
        if !claims.payload_hash?.eq_ignore_ascii_case(&hash) {
            return None;
        }
        let parameters = match parameters {
            Some(parameters) => Parameters::Fields(parameters),
            None => Parameters::Body(payload),
        };
        Some(Believed { parameters, once: claims.jti })
    }

    fn accepts(&self, claims: &Claims, now: Timestamp) -> bool {
        let is_ours = match (&claims.application_id, &self.application_id) {
            (Some(claimed), Some(ours)) => claimed == ours.expose(),
            _ => true,
        };
        let is_id =
            (1..=LONGEST_ID).contains(&claims.jti.len()) && claims.jti.bytes().all(|b| b.is_ascii_graphic());
        is_ours
            && is_id
            && claims.iss == "Vonage"
            && claims.api_key == self.key.expose()
            && is_recent(claims.iat, now)
    }

    fn by_signature(&self, request: &WebhookRequest<'_>, now: Timestamp) -> Option<Believed> {
        let fields = match request.method {
            "GET" => query(request)?,
            "POST" if is_object(request.body) => Fields::from_json(request.body)?,
            "POST" => Fields::from_form(request.body)?,
            _ => return None,
        };
        let sig = fields.find("sig")?;
        let method = SigningMethod::of(sig)?;
        let is_expected = self.method.is_none_or(|expected| expected == method);
        if !is_expected || !method.verifies(&self.secret, fields.iter(), sig) {
            return None;
        }
        let is_ours = fields.find("api-key").is_none_or(|key| key == self.key.expose());
        if !is_ours || !is_recent(seconds(fields.find("timestamp")?)?, now) {
            return None;
        }
        // Not the signature as it is written: it has two spellings.
        let once = digest::digest(&digest::SHA256, to_sign(fields.iter()).as_bytes());
        Some(Believed { once: hex(once.as_ref()), parameters: Parameters::Fields(fields) })
    }
}

impl WebhookReader for VonageWebhook {
    fn name(&self) -> &str {
        SENDER
    }

    fn read(&self, request: &WebhookRequest<'_>, now: Timestamp) -> Result<Reports, WebhookError> {
        // With a token, the token decides: a signature that an attacker adds must not make up for a wrong one.
        let has_token = request.headers.iter().any(|(name, _)| name == "authorization");
        let believed = if has_token { self.by_token(request, now) } else { self.by_signature(request, now) };
        let Believed { parameters, once } = believed.ok_or(WebhookError::Unauthentic)?;
        Ok(Reports { reports: receipt::read(parameters.into_value()?)?, once: Some(once) })
    }
}

/// What is proven to come from Vonage.
struct Believed {
    parameters: Parameters,
    once: String,
}

enum Parameters {
    Fields(Fields),
    Body(Vec<u8>),
}

impl Parameters {
    fn into_value(self) -> Result<serde_json::Value, WebhookError> {
        match self {
            Self::Fields(fields) => Some(fields.to_value()),
            Self::Body(body) if is_object(&body) => serde_json::from_slice(&body).ok(),
            Self::Body(body) => Fields::from_form(&body).map(|fields| fields.to_value()),
        }
        .ok_or(WebhookError::Malformed)
    }
}

fn query(request: &WebhookRequest<'_>) -> Option<Fields> {
    let (_, query) = request.path_and_query.split_once('?')?;
    Fields::from_form(query.as_bytes())
}

fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'{')
}

fn is_recent(seconds: i64, now: Timestamp) -> bool {
    now.as_seconds().abs_diff(seconds) <= WINDOW.as_secs()
}

/// Digits only: `+1` and ` 1` are other texts for the same time.
fn seconds(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}
