//! [`TwilioVerify`]: Twilio Verify v2.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass, Recipient, Verdict};
use otp_provider::{BaseUrl, Client, Endpoint, Request};
use otp_service::{CodeProvider, FollowUp, Message, Receipt, SendError, Sender};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    Account, ConfigError, Shape,
    config::{Api, VERIFY, base, is_reference},
    failure::{self, Problem},
    probe,
    running::Running,
};

/// Verify knows nothing of the verification: expired, approved or withdrawn before, or never begun.
const NOT_FOUND: u32 = 20404;
/// Five wrong guesses: the verification is spent.
const SPENT: u32 = 60202;
/// What a send gives the end of another message's verification, so that of its 8 s enough is left for the new one.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);
/// A parameter that Verify refuses.
const INVALID_PARAMETER: u32 = 60200;

/// Languages that Verify has texts in, where its tag is not ours. A language it has no text in is left to Verify, which
/// goes by the number's country.
///
/// Source: <https://www.twilio.com/docs/verify/supported-languages>.
const LOCALES: &[&str] = &[
    "af", "ar", "ca", "zh", "zh-CN", "zh-HK", "hr", "cs", "da", "nl", "en", "en-GB", "et", "fi", "fr", "de",
    "el", "he", "hi", "hu", "id", "it", "ja", "kn", "ko", "lt", "ms", "mr", "nb", "pl", "pt", "pt-BR", "ro",
    "ru", "sk", "es", "sv", "tl", "te", "th", "tr", "uk", "vi",
];

/// Sends codes through Twilio Verify.
///
/// Verify makes the code and compares the guesses ([`Sender::codes`]), or, with
/// [`custom_code`](TwilioVerifyBuilder::custom_code), carries ours in its own texts and is told when it was used.
///
/// | step | request below `/v2/Services/{service}` | answers |
/// |---|---|---|
/// | send | `POST /Verifications` | the verification that runs for the number, else a new one |
/// | check | `POST /VerificationCheck` | `approved` right, `pending` wrong, all others over |
/// | cancel | `POST /Verifications/{sid}` with `Status=canceled` | 404 where it is over already |
///
/// Verify keeps one verification for a number, whatever it is for, and a start while it runs sends its code again. That
/// is what a resend of the same message wants. A verification of any other message (another purpose, context or
/// generation), or one that another process began, is canceled and a new one started, because a code of one must not
/// open another. Where that does not succeed, the send fails and can be tried again.
///
/// What runs for which message is known to a sender and its clones. Another process tells by the answer's
/// `send_code_attempts`, of which a new verification has one.
#[derive(Clone)]
pub struct TwilioVerify {
    api: Api,
    base: BaseUrl,
    service: String,
    channels: Vec<Channel>,
    has_locale: bool,
    has_custom_code: bool,
    app_hash: Option<String>,
    running: Arc<Mutex<Running>>,
}

/// Collects what a [`TwilioVerify`] is to do; [`build`](Self::build) checks it. The [crate's page](crate) has a table.
#[must_use = "a sender comes out of build()"]
pub struct TwilioVerifyBuilder(TwilioVerify);

impl TwilioVerifyBuilder {
    /// The sender's name in configuration, logs and receipts: `twilio-verify` unless a host has two services.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.0.api.name = name.into();
        self
    }

    /// The channels that the service has switched on: texts and calls unless said otherwise.
    pub fn channels(mut self, channels: impl IntoIterator<Item = Channel>) -> Self {
        self.0.channels = channels.into_iter().collect();
        self
    }

    /// Whether the message is asked for in the caller's language (so by default), and not in that of the number's
    /// country.
    pub const fn locale(mut self, is_on: bool) -> Self {
        self.0.has_locale = is_on;
        self
    }

    /// Whether the code is ours: the service must have custom codes switched on, which Twilio does on request.
    pub const fn custom_code(mut self, is_on: bool) -> Self {
        self.0.has_custom_code = is_on;
        self
    }

    /// The hash of an Android app that reads the code from the text by itself.
    pub fn app_hash(mut self, hash: impl Into<String>) -> Self {
        self.0.app_hash = Some(hash.into());
        self
    }

    /// Whether the host lets through only countries it means to serve; see
    /// [`TwilioSenderBuilder::country_list`](crate::TwilioSenderBuilder::country_list).
    pub const fn country_list(mut self, is_there: bool) -> Self {
        self.0.api.judgement.has_country_list = is_there;
        self
    }

    /// Verify is here: another region, or a stand-in.
    pub fn base_url(mut self, base: BaseUrl) -> Self {
        self.0.base = base;
        self
    }

    /// The sender.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Sid`] or [`ConfigError::NoChannel`].
    pub fn build(self) -> Result<TwilioVerify, ConfigError> {
        let verify = self.0;
        Shape::VerifyServiceSid.check(&verify.service)?;
        if verify.channels.is_empty() { Err(ConfigError::NoChannel) } else { Ok(verify) }
    }
}

impl fmt::Debug for TwilioVerifyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TwilioVerifyBuilder").field(&self.0).finish()
    }
}

/// The answer to a start.
#[derive(Deserialize)]
struct Begun {
    sid: String,
    /// The messages that went out for it.
    #[serde(default)]
    send_code_attempts: Option<Vec<IgnoredAny>>,
}

impl Begun {
    /// Whether it may be new: this start's message is its first.
    fn may_be_new(&self) -> bool {
        self.send_code_attempts.as_ref().is_none_or(|attempts| attempts.len() <= 1)
    }
}

/// The answer to a check.
#[derive(Deserialize)]
struct Verification {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    valid: Option<bool>,
}

impl TwilioVerify {
    /// Begins one for the Verify service `service` (`VA...`). Calls go through `client`, in the name of `account`.
    pub fn builder(client: Client, account: Account, service: impl Into<String>) -> TwilioVerifyBuilder {
        TwilioVerifyBuilder(Self {
            api: Api::new(client, account, "twilio-verify"),
            base: base(VERIFY),
            service: service.into(),
            channels: vec![Channel::Sms, Channel::Voice],
            has_locale: true,
            has_custom_code: false,
            app_hash: None,
            running: Arc::default(),
        })
    }

    /// Asks for the service, and sends nothing.
    ///
    /// # Errors
    ///
    /// [`SendError`]: of class `Transient` or `Unknown` where Verify is not reachable, of class `Provider` where it does
    /// not take the credentials or has no such service, and with the code `not_told` where a stand-in does not show the
    /// service.
    pub async fn probe(&self) -> Result<(), SendError> {
        probe::look(&self.api, &self.base, Request::get(self.endpoint(&[]))).await.map(drop)
    }

    fn endpoint(&self, rest: &[&str]) -> Endpoint {
        let service = ["v2", "Services", self.service.as_str()];
        self.base.at(service.into_iter().chain(rest.iter().copied()))
    }

    async fn start(&self, form: &[(&str, &str)]) -> Result<Begun, SendError> {
        let request = Request::post(self.endpoint(&["Verifications"])).form(form.iter().copied());
        let answer = self.api.answer(request).await?;
        let begun = if answer.is_success() { answer.json::<Begun>() } else { None };
        begun
            .filter(|begun| is_reference(&begun.sid))
            .ok_or_else(|| self.api.judgement.of_answer(&self.api.name, &answer))
    }

    /// Whether what a start answered is the message's own verification.
    fn is_own(&self, begun: &Begun, message: &Message) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.claim(&begun.sid, &message.id, begun.may_be_new())
    }

    /// Puts a verification of the message in place of `other`, which runs for the number.
    async fn replace(
        &self,
        other: &Begun,
        form: &[(&str, &str)],
        message: &Message,
    ) -> Result<Begun, SendError> {
        let in_progress =
            || SendError::new(&self.api.name, FailureClass::Transient).code("verification_in_progress");
        let cancel = self.updating(&other.sid, "canceled").within(CANCEL_LIMIT);
        self.update(cancel).await.map_err(|_| in_progress())?;
        let begun = self.start(form).await?;
        let is_own = begun.sid != other.sid && self.is_own(&begun, message);
        if is_own { Ok(begun) } else { Err(in_progress()) }
    }

    fn updating(&self, reference: &str, status: &str) -> Request {
        Request::post(self.endpoint(&["Verifications", reference])).form([("Status", status)])
    }

    /// Moves a verification to its last state. One that is over already is as good.
    async fn update(&self, request: Request) -> Result<(), SendError> {
        match self.api.tell(request).await {
            Err(error) if error.code.as_deref() == Some("20404") => Ok(()),
            other => other,
        }
    }
}

#[async_trait]
impl Sender for TwilioVerify {
    fn name(&self) -> &str {
        &self.api.name
    }

    fn carries(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if !self.carries(message.channel) {
            return Err(self.api.refuse("channel_not_configured"));
        }
        let channel = match message.channel {
            Channel::Voice => "call",
            other => other.as_str(),
        };
        let mut form = vec![("To", message.to.as_str()), ("Channel", channel)];
        if let Some(locale) = locale(message.language.as_str()).filter(|_| self.has_locale) {
            form.push(("Locale", locale));
        }
        if self.has_custom_code {
            if message.code.expose().is_empty() {
                return Err(self.api.refuse("no_code"));
            }
            form.push(("CustomCode", message.code.expose()));
        }
        if let Some(hash) = self.app_hash.as_deref().filter(|_| message.channel == Channel::Sms) {
            form.push(("AppHash", hash));
        }
        let mut begun = self.start(&form).await?;
        if !self.is_own(&begun, message) {
            begun = self.replace(&begun, &form, message).await?;
        }
        Ok(Receipt { reference: Some(begun.sid) })
    }

    fn codes(&self) -> Option<&dyn CodeProvider> {
        if self.has_custom_code { None } else { Some(self) }
    }

    fn wants(&self, what: FollowUp) -> bool {
        self.has_custom_code && what == FollowUp::Verified
    }

    async fn follow_up(&self, reference: &str, what: FollowUp) -> Result<(), SendError> {
        if self.wants(what) { self.update(self.updating(reference, "approved")).await } else { Ok(()) }
    }
}

#[async_trait]
impl CodeProvider for TwilioVerify {
    async fn check(&self, reference: &str, to: &Recipient, code: &str) -> Result<Verdict, SendError> {
        let endpoint = self.endpoint(&["VerificationCheck"]);
        let answer =
            self.api.answer(Request::post(endpoint).form([("To", to.as_str()), ("Code", code)])).await?;
        if !answer.is_success() {
            let problem: Option<Problem> = answer.json();
            let code = problem.as_ref().and_then(|problem| failure::number(problem.code.as_ref()?));
            return match code {
                Some(NOT_FOUND | SPENT) => Ok(Verdict::Over),
                // What cannot be a code is a wrong one.
                Some(INVALID_PARAMETER) if problem.is_some_and(|problem| problem.names("Code")) => {
                    Ok(Verdict::Wrong)
                }
                _ => Err(self.api.judgement.of_answer(&self.api.name, &answer)),
            };
        }
        let found = answer.json::<Verification>();
        let Some(Verification { sid: Some(sid), status: Some(status), valid }) = found else {
            return Err(answer.failure(&self.api.name));
        };
        if !is_reference(&sid) {
            return Err(answer.failure(&self.api.name));
        }
        // Verify keeps one verification a number: a later one answers in place of ours.
        if sid != reference {
            return Ok(Verdict::Over);
        }
        match status.as_str() {
            "approved" if valid == Some(true) => Ok(Verdict::Right),
            "pending" => Ok(Verdict::Wrong),
            "approved" | "canceled" | "expired" | "max_attempts_reached" | "deleted" | "failed" => {
                Ok(Verdict::Over)
            }
            _ => Err(answer.failure(&self.api.name)),
        }
    }

    async fn cancel(&self, reference: &str) -> Result<(), SendError> {
        self.update(self.updating(reference, "canceled")).await
    }
}

/// Verify's tag for a language of ours.
fn locale(tag: &str) -> Option<&'static str> {
    let wanted = match tag {
        _ if tag.starts_with("zh-Hant") || tag == "zh-TW" => "zh-HK",
        _ if tag.starts_with("zh-Hans") => "zh-CN",
        "fil" => "tl",
        "no" => "nb",
        other => other,
    };
    let language = wanted.split('-').next().unwrap_or_default();
    let known = |wanted: &str| LOCALES.iter().find(|locale| **locale == wanted).copied();
    known(wanted).or_else(|| known(language))
}

impl fmt::Debug for TwilioVerify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioVerify")
            .field("name", &self.api.name)
            .field("carries", &self.channels)
            .field("has_custom_code", &self.has_custom_code)
            .field("host", &self.base.host())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        for (tag, locale_) in [
            ("en", Some("en")),
            ("en-GB", Some("en-GB")),
            ("en-US", Some("en")),
            ("pt-BR", Some("pt-BR")),
            ("pt-PT", Some("pt")),
            ("zh-Hant-TW", Some("zh-HK")),
            ("zh-Hans", Some("zh-CN")),
            ("fil", Some("tl")),
            ("tlh", None),
        ] {
            assert_eq!(locale(tag), locale_, "{tag}");
        }
    }
}
