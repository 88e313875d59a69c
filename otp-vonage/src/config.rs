//! [`VonageConfig`]: what the senders and the webhook reader are told.

use std::{fmt, sync::Arc};

use otp_core::Channel;
use otp_provider::{BaseUrl, Secret};

use crate::{
    jwt::Application,
    options::{ConfigError, MOST_FALLBACKS, SmsApi, WhatsAppContent, is_number, number},
    shape::Shape,
    signature::SigningMethod,
};

/// What [`VonageSender`](crate::VonageSender), [`VonageVerify`](crate::VonageVerify) and
/// [`VonageWebhook`](crate::VonageWebhook) are told: one configuration for all three. See the
/// [crate's table of options](crate#options). `Debug` shows which options are set, never a value of theirs that is
/// secret or names the account.
#[derive(Clone)]
pub struct VonageConfig {
    pub(crate) key: String,
    pub(crate) secret: Secret,
    pub(crate) signature_secret: Option<Secret>,
    pub(crate) signing: Option<SigningMethod>,
    pub(crate) application: Option<Arc<Application>>,
    pub(crate) sms_base: BaseUrl,
    pub(crate) api_base: BaseUrl,
    pub(crate) from: Option<String>,
    pub(crate) sms_api: SmsApi,
    pub(crate) callback: Option<String>,
    pub(crate) ttl: bool,
    pub(crate) client_ref: bool,
    pub(crate) insight: bool,
    pub(crate) voice_from: Option<String>,
    pub(crate) whatsapp: Option<(String, WhatsAppContent)>,
    pub(crate) brand: Option<String>,
    pub(crate) own_code: bool,
    pub(crate) locale: bool,
    pub(crate) fallback: Vec<Channel>,
}

impl VonageConfig {
    /// An account, by its API key and API secret.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`], [`ConfigError::Secret`].
    pub fn new(key: impl Into<String>, secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let (key, secret) = (key.into(), secret.into());
        Shape::Key.check(&key)?;
        if secret.is_empty() {
            return Err(ConfigError::Secret);
        }
        let base = |text: &str| text.parse().expect("an address written here");
        Ok(Self {
            key,
            secret,
            signature_secret: None,
            signing: None,
            application: None,
            sms_base: base("https://rest.nexmo.com"),
            api_base: base("https://api.nexmo.com"),
            from: None,
            sms_api: SmsApi::Sms,
            callback: None,
            ttl: true,
            client_ref: true,
            insight: false,
            voice_from: None,
            whatsapp: None,
            brand: None,
            own_code: false,
            locale: true,
            fallback: Vec::new(),
        })
    }

    /// The account's signature secret, which signs webhooks, and requests where [`sign_requests`](Self::sign_requests)
    /// says so.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SignatureSecret`].
    pub fn signature_secret(mut self, secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let secret = secret.into();
        if secret.is_empty() {
            return Err(ConfigError::SignatureSecret);
        }
        self.signature_secret = Some(secret);
        Ok(self)
    }

    /// Signs requests of the SMS API in place of sending the API secret, and believes receipts with a `sig` of this
    /// method only. It is the account's: choose the same in the dashboard.
    #[must_use]
    pub const fn sign_requests(mut self, method: SigningMethod) -> Self {
        self.signing = Some(method);
        self
    }

    /// The application: its id, and its private key in PEM (PKCS#8 or PKCS#1). Messages, calls and Verify need it, and
    /// webhooks of another application are refused.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ApplicationId`], [`ConfigError::PrivateKey`].
    pub fn application(
        mut self,
        id: impl Into<String>,
        private_key: impl Into<Secret>,
    ) -> Result<Self, ConfigError> {
        let id = id.into();
        Shape::ApplicationId.check(&id)?;
        self.application = Some(Arc::new(Application::new(id, &private_key.into())?));
        Ok(self)
    }

    /// Where the SMS API and the account's balance are; by default `https://rest.nexmo.com`.
    #[must_use]
    pub fn sms_base_url(mut self, base: BaseUrl) -> Self {
        self.sms_base = base;
        self
    }

    /// Where every other API is; by default `https://api.nexmo.com`.
    #[must_use]
    pub fn api_base_url(mut self, base: BaseUrl) -> Self {
        self.api_base = base;
        self
    }

    /// Who text messages come from: a number with its country code, or up to 11 letters and digits, which some
    /// countries refuse.
    ///
    /// # Errors
    ///
    /// [`ConfigError::From`].
    pub fn from(mut self, from: &str) -> Result<Self, ConfigError> {
        Shape::From.check(from)?;
        self.from = Some(number(from).unwrap_or_else(|| from.to_owned()));
        Ok(self)
    }

    /// Which API carries text messages; by default the SMS API.
    #[must_use]
    pub const fn sms_api(mut self, api: SmsApi) -> Self {
        self.sms_api = api;
        self
    }

    /// Where Vonage posts delivery receipts, in place of the address in the dashboard.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Callback`].
    pub fn callback(mut self, url: impl Into<String>) -> Result<Self, ConfigError> {
        let url = url.into();
        Shape::Callback.check(&url)?;
        self.callback = Some(url);
        Ok(self)
    }

    /// Whether a text message is given up when its code has expired; by default yes. Some carriers count a message
    /// with a short life as failed although it arrives.
    #[must_use]
    pub const fn ttl(mut self, on: bool) -> Self {
        self.ttl = on;
        self
    }

    /// Whether Vonage is told [`Message::id`](otp_service::Message::id), to find a message in its reports; by default
    /// yes.
    #[must_use]
    pub const fn client_ref(mut self, on: bool) -> Self {
        self.client_ref = on;
        self
    }

    /// Whether Number Insight is asked about a number before each message; by default no. It costs a call of up to
    /// 2 s, and saves the message to a number that does not exist.
    #[must_use]
    pub const fn insight(mut self, on: bool) -> Self {
        self.insight = on;
        self
    }

    /// The number that calls come from. Without it they come from [`from`](Self::from) where that is a number, else
    /// from any of the application's.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Number`].
    pub fn voice_from(mut self, from: &str) -> Result<Self, ConfigError> {
        self.voice_from = Some(number(from).ok_or(ConfigError::Number)?);
        Ok(self)
    }

    /// The number of the WhatsApp business account, and what its messages are made of.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Number`].
    pub fn whatsapp(mut self, from: &str, content: WhatsAppContent) -> Result<Self, ConfigError> {
        self.whatsapp = Some((number(from).ok_or(ConfigError::Number)?, content));
        Ok(self)
    }

    /// Who Verify says is verifying; by default the application's name, cut to 16 characters.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Brand`].
    pub fn brand(mut self, brand: &str) -> Result<Self, ConfigError> {
        Shape::Brand.check(brand)?;
        self.brand = Some(brand.to_owned());
        Ok(self)
    }

    /// Whether Verify sends our code, which is then checked here; by default it makes and checks its own.
    #[must_use]
    pub const fn own_code(mut self, on: bool) -> Self {
        self.own_code = on;
        self
    }

    /// Whether Verify writes in the message's language (where it knows it) or in that of the number's country; by
    /// default the former.
    #[must_use]
    pub const fn locale(mut self, on: bool) -> Self {
        self.locale = on;
        self
    }

    /// What Verify tries after the first message, in this order, when a resend is asked for or the time of a step is
    /// over.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Fallback`].
    pub fn fallback(mut self, channels: impl IntoIterator<Item = Channel>) -> Result<Self, ConfigError> {
        self.fallback = channels.into_iter().collect();
        let is_short = self.fallback.len() <= MOST_FALLBACKS;
        if is_short && self.fallback.iter().all(|channel| channel.takes_phone_number()) {
            Ok(self)
        } else {
            Err(ConfigError::Fallback)
        }
    }

    /// The number calls come from; `None` leaves the choice to the application.
    pub(crate) fn caller(&self) -> Option<&str> {
        let from = self.from.as_deref().filter(|from| is_number(from));
        self.voice_from.as_deref().or(from)
    }
}

impl fmt::Debug for VonageConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VonageConfig")
            .field("sms_base", &self.sms_base)
            .field("api_base", &self.api_base)
            .field("sms_api", &self.sms_api)
            .field("signing", &self.signing)
            .field("has_signature_secret", &self.signature_secret.is_some())
            .field("has_application", &self.application.is_some())
            .field("has_from", &self.from.is_some())
            .field("has_callback", &self.callback.is_some())
            .field("has_whatsapp", &self.whatsapp.is_some())
            .field("ttl", &self.ttl)
            .field("client_ref", &self.client_ref)
            .field("insight", &self.insight)
            .field("own_code", &self.own_code)
            .field("fallback", &self.fallback)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InvalidPrivateKey;

    fn config() -> VonageConfig {
        VonageConfig::new("abcd1234", "abcdef0123456789").unwrap()
    }

    #[test]
    fn senders() {
        for (text, from) in [
            ("Acme", Some("Acme")),
            ("AT&T", Some("AT&T")),
            ("+44 7700 900000", Some("447700900000")),
            ("447700900000", Some("447700900000")),
            ("12345", Some("12345")),
            ("Twelve chars", None),
            (" Acme", None),
            ("Ačme", None),
            ("a\nb", None),
            ("1234567890123456", None),
            ("", None),
        ] {
            let found = config().from(text).map(|config| config.from.unwrap_or_default());
            assert_eq!(found, from.map(str::to_owned).ok_or(ConfigError::From), "{text:?}");
        }
    }

    #[test]
    fn refusals_name_the_option() {
        let id = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
        let long = format!("https://example.com/{}", "a".repeat(100));
        for (refused, error) in [
            (VonageConfig::new("", "x"), ConfigError::Key),
            (VonageConfig::new("abcd 1234", "x"), ConfigError::Key),
            (VonageConfig::new("abcd:1234", "x"), ConfigError::Key),
            (VonageConfig::new("abcd1234", ""), ConfigError::Secret),
            (config().signature_secret(""), ConfigError::SignatureSecret),
            (config().application("abcd", "x"), ConfigError::ApplicationId),
            (config().application(id, "x"), ConfigError::PrivateKey(InvalidPrivateKey)),
            (config().callback("http://example.com"), ConfigError::Callback),
            (config().callback("https://example.com/a b"), ConfigError::Callback),
            (config().callback(long), ConfigError::Callback),
            (config().voice_from("Acme"), ConfigError::Number),
            (config().whatsapp("Acme", WhatsAppContent::Text), ConfigError::Number),
            (config().brand(""), ConfigError::Brand),
            (config().brand("a brand of seventeen"), ConfigError::Brand),
            (config().brand("a:b"), ConfigError::Brand),
            (config().fallback([Channel::Email]), ConfigError::Fallback),
            (config().fallback([Channel::Voice; 3]), ConfigError::Fallback),
        ] {
            assert_eq!(refused.map(|_| ()), Err(error));
        }
    }

    #[test]
    fn calls_come_from_a_number() {
        let named = config().from("Acme").unwrap();
        assert_eq!(named.caller(), None);
        assert_eq!(config().from("447700900000").unwrap().caller(), Some("447700900000"));
        assert_eq!(named.voice_from("+44 20 7946 0000").unwrap().caller(), Some("442079460000"));
    }
}
