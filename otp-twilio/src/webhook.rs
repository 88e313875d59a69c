//! [`TwilioWebhook`]: signed delivery receipts.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use otp_core::{FailureClass, Timestamp};
use otp_provider::Secret;
use otp_service::{DeliveryReport, ReportState, Reports, WebhookError, WebhookReader, WebhookRequest};
use ring::{digest, hmac};
use serde_json::Value;

use crate::{Account, ConfigError, config::is_reference, failure::Judgement, form, public_url::PublicUrl};

/// The header with the signature.
const SIGNATURE: &str = "x-twilio-signature";
/// The header that says which shared key signed, and how.
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";
/// The pairs that are read.
const READ: [&str; 8] = [
    "AccountSid",
    "MessageSid",
    "SmsSid",
    "CallSid",
    "MessageStatus",
    "SmsStatus",
    "CallStatus",
    "ErrorCode",
];

/// Reads the status callbacks of messages and calls, and believes those only that Twilio signed
/// (<https://www.twilio.com/docs/usage/webhooks/webhooks-security>).
///
/// Twilio signs the address it calls, as it calls it: the public one, not the one behind a proxy.
///
/// ```
/// use otp_service::{WebhookError, WebhookReader, WebhookRequest};
/// use otp_core::Timestamp;
/// use otp_twilio::TwilioWebhook;
///
/// let webhook = TwilioWebhook::new(
///     "AC00000000000000000000000000000001",
///     "0123456789abcdef0123456789abcdef",
///     "https://otp.example.com",
/// )?;
/// let unsigned = WebhookRequest {
///     method: "POST",
///     path_and_query: "/webhooks/twilio",
///     host: Some("otp.example.com"),
///     headers: &[],
///     body: b"MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered",
/// };
/// assert_eq!(webhook.read(&unsigned, Timestamp::from_millis(0)), Err(WebhookError::Unauthentic));
/// # Ok::<(), otp_twilio::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct TwilioWebhook {
    sender: String,
    account: String,
    tokens: Vec<Secret>,
    shared_keys: Vec<(String, Secret)>,
    called: Called,
    judgement: Judgement,
}

/// The address that Twilio calls, and signs.
#[derive(Debug, Clone)]
enum Called {
    /// Below this one, whatever the path.
    Below(PublicUrl),
    /// Exactly this one; a proxy leads it here.
    At(PublicUrl),
    /// The one that the request names in its `Host`.
    Named,
}

impl TwilioWebhook {
    /// For messages of this account, signed with its auth token (an API key does not sign), that Twilio posts below the
    /// address `public_url`: scheme, host, and the path that a proxy takes off, if it does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the first thing that cannot work.
    pub fn new(
        account: impl Into<String>,
        token: impl Into<Secret>,
        public_url: &str,
    ) -> Result<Self, ConfigError> {
        let called = Called::Below(PublicUrl::parse(public_url).ok_or(ConfigError::PublicUrl)?);
        Self::called(account, token, called)
    }

    /// The same where Twilio posts to exactly the address `url` (what the sender names as its status callback), which a
    /// proxy leads here under another path.
    ///
    /// # Errors
    ///
    /// As for [`TwilioWebhook::new`].
    pub fn at(account: impl Into<String>, token: impl Into<Secret>, url: &str) -> Result<Self, ConfigError> {
        let called = Called::At(PublicUrl::parse(url).ok_or(ConfigError::PublicUrl)?);
        Self::called(account, token, called)
    }

    /// The same where nobody knows the public address: the one that the request names in its `Host`, with `https` or
    /// `http`. Who could choose that header still cannot sign; a proxy has to hand it on.
    ///
    /// # Errors
    ///
    /// As for [`TwilioWebhook::new`].
    pub fn at_named_host(account: impl Into<String>, token: impl Into<Secret>) -> Result<Self, ConfigError> {
        Self::called(account, token, Called::Named)
    }

    fn called(
        account: impl Into<String>,
        token: impl Into<Secret>,
        called: Called,
    ) -> Result<Self, ConfigError> {
        let token = token.into();
        let account = Account::with_token(account, token.clone())?.sid;
        Ok(Self {
            sender: "twilio".to_owned(),
            account,
            tokens: vec![token],
            shared_keys: Vec::new(),
            called,
            judgement: Judgement { has_country_list: true },
        })
    }

    /// For the sender of this name.
    #[must_use]
    pub fn sender(mut self, name: impl Into<String>) -> Self {
        self.sender = name.into();
        self
    }

    /// Believes this auth token, too: while the account moves from one to the other.
    #[must_use]
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.tokens.push(token.into());
        self
    }

    /// Believes what is signed with this shared key (HMAC-SHA-256), named in a header of the request.
    #[must_use]
    pub fn shared_key(mut self, name: impl Into<String>, key: impl Into<Secret>) -> Self {
        self.shared_keys.push((name.into(), key.into()));
        self
    }

    /// Whether the host lets through only countries it means to serve; see
    /// [`TwilioSenderBuilder::country_list`](crate::TwilioSenderBuilder::country_list).
    #[must_use]
    pub const fn country_list(mut self, is_there: bool) -> Self {
        self.judgement.has_country_list = is_there;
        self
    }

    /// Whether Twilio signed the request, whatever it says.
    #[must_use]
    pub fn is_authentic(&self, request: &WebhookRequest<'_>) -> bool {
        self.signed(request).is_some()
    }

    /// What a signed request says: the pairs that count.
    fn signed(&self, request: &WebhookRequest<'_>) -> Option<Vec<(String, String)>> {
        let signature = STANDARD.decode(request.header(SIGNATURE)?).ok()?;
        let (keys, algorithm) = self.keys(request);
        let query = request.path_and_query.split_once('?').map_or("", |(_, query)| query);
        // With a hash of the body in the signed address, the body itself is not signed.
        let (said, rest) = match form::value(query, "bodySHA256") {
            Some(hash) => {
                if !is_hash_of(&hash, request.body) {
                    return None;
                }
                (members(request.body), String::new())
            }
            None => {
                let posted = form::pairs(request.body)?;
                let signed = signed_text(&posted);
                // A callback by GET says it in the query.
                let said = if request.method == "GET" { form::pairs(query.as_bytes())? } else { posted };
                (said, signed)
            }
        };
        let addresses = self.addresses(request);
        let is_right = keys.iter().any(|key| {
            let key = hmac::Key::new(algorithm, key.expose().as_bytes());
            // `verify` compares in constant time.
            addresses.iter().any(|address| {
                let text = [address.as_str(), rest.as_str()].concat();
                hmac::verify(&key, text.as_bytes(), &signature).is_ok()
            })
        });
        is_right.then_some(said)
    }

    /// What Twilio may have signed as the address it called.
    fn addresses(&self, request: &WebhookRequest<'_>) -> Vec<String> {
        match &self.called {
            Called::Below(base) => base.addresses(request.path_and_query),
            Called::At(url) => {
                let query =
                    request.path_and_query.find('?').map_or("", |place| &request.path_and_query[place..]);
                url.addresses(query)
            }
            Called::Named => {
                let url = |scheme: &str| PublicUrl::parse(&format!("{scheme}://{}", request.host?));
                let urls = ["https", "http"].into_iter().filter_map(url);
                urls.flat_map(|url| url.addresses(request.path_and_query)).collect()
            }
        }
    }

    /// The keys that may have signed, and how: with the header of a shared key that one, else the auth tokens.
    fn keys(&self, request: &WebhookRequest<'_>) -> (Vec<&Secret>, hmac::Algorithm) {
        let Some(settings) = request.header(SETTINGS) else {
            return (self.tokens.iter().collect(), hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY);
        };
        let setting = |name: &str| {
            let mut pairs = settings.split(',').filter_map(|pair| pair.trim().split_once('='));
            pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
        };
        let named = match (setting("key"), setting("algorithm")) {
            (Some(key), Some("HMAC_SHA256")) => key,
            _ => return (Vec::new(), hmac::HMAC_SHA256),
        };
        let keys = self.shared_keys.iter().filter(|(name, _)| name == named).map(|(_, key)| key);
        (keys.collect(), hmac::HMAC_SHA256)
    }
}

impl WebhookReader for TwilioWebhook {
    fn name(&self) -> &str {
        &self.sender
    }

    fn read(&self, request: &WebhookRequest<'_>, _: Timestamp) -> Result<Reports, WebhookError> {
        let said = self.signed(request).ok_or(WebhookError::Unauthentic)?;
        if said.iter().any(has_moved_border) {
            return Err(WebhookError::Unauthentic);
        }
        // Of two values nobody knows which one is meant.
        let is_doubled = |name: &&str| said.iter().filter(|(found, _)| found == *name).count() > 1;
        if READ.iter().any(is_doubled) {
            return Err(WebhookError::Malformed);
        }
        let value =
            |name: &str| said.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        if value("AccountSid").is_some_and(|account| account != self.account) {
            return Err(WebhookError::Unauthentic);
        }
        let reference = value("MessageSid").or_else(|| value("CallSid")).or_else(|| value("SmsSid"));
        let status = value("MessageStatus").or_else(|| value("CallStatus")).or_else(|| value("SmsStatus"));
        let (Some(reference), Some(status)) = (reference.filter(|reference| is_message(reference)), status)
        else {
            return Err(WebhookError::Malformed);
        };
        let code = match value("ErrorCode") {
            None | Some("" | "0") => None,
            Some(code) => Some(code.parse::<u32>().map_err(|_| WebhookError::Malformed)?),
        };
        let report = report(&self.sender, reference, status, code, self.judgement);
        Ok(Reports { reports: vec![report], once: None })
    }
}

/// What a status of Twilio's says. States that come up later say nothing until somebody adds them here.
pub(crate) fn report(
    sender: &str,
    reference: &str,
    status: &str,
    code: Option<u32>,
    judgement: Judgement,
) -> DeliveryReport {
    let (state, other_channel) = match status {
        "delivered" | "read" | "completed" => (ReportState::Delivered, None),
        "undelivered" | "failed" | "canceled" => {
            let (class, other_channel) = judgement.of_delivery(code);
            (ReportState::Failed(class), other_channel)
        }
        // Nobody took the call: another channel may reach the person.
        "busy" | "no-answer" => (ReportState::Failed(FailureClass::Route), None),
        _ => (ReportState::Progress, None),
    };
    DeliveryReport {
        sender: sender.to_owned(),
        reference: reference.to_owned(),
        state,
        code: code.map(|code| code.to_string()),
        other_channel,
    }
}

/// The pairs as Twilio signs them: names in the order of their bytes, the values of one name sorted, each once.
fn signed_text(pairs: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        sorted.entry(name).or_default().push(value);
    }
    let mut text = String::new();
    for (name, mut values) in sorted {
        values.sort_unstable();
        values.dedup();
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    text
}

/// Whether the pair is signed like one that is read, and is not it: `MessageSi=dSM1` has the signature of
/// `MessageSid=SM1`, because nothing that is signed parts a name from its value.
fn has_moved_border((name, value): &(String, String)) -> bool {
    let signed = [name.as_str(), value.as_str()].concat();
    !READ.contains(&name.as_str()) && READ.iter().any(|read| signed.starts_with(read))
}

fn is_hash_of(hash: &str, body: &[u8]) -> bool {
    let found = digest::digest(&digest::SHA256, body);
    let found: String = found.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    // No secret is in it: the address that holds it is signed.
    found == hash.to_ascii_lowercase()
}

/// The text members of a JSON body; none where it is not an object.
fn members(body: &[u8]) -> Vec<(String, String)> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return Vec::new() };
    let text = |value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    members.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

fn is_message(reference: &str) -> bool {
    is_reference(reference) && ["SM", "MM", "CA"].iter().any(|prefix| reference.starts_with(prefix))
}

impl fmt::Debug for TwilioWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioWebhook")
            .field("sender", &self.sender)
            .field("called", &self.called)
            .finish_non_exhaustive()
    }
}
