//! [`TwilioSenderBuilder`]: a [`TwilioSender`] in the making.

use otp_provider::{BaseUrl, Client};

use crate::{
    Account, ConfigError, Shape, TwilioSender,
    config::{API, Api, LOOKUPS, base},
    lookup::Lookup,
    shape::{is_service, without_scheme},
};

/// What a sender does, once checked.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) api: BaseUrl,
    pub(crate) from: Option<String>,
    pub(crate) messaging_service: Option<String>,
    /// The form field that names the WhatsApp sender.
    pub(crate) whatsapp: Option<(&'static str, String)>,
    pub(crate) whatsapp_template: Option<String>,
    pub(crate) voice: Option<String>,
    pub(crate) status_callback: Option<String>,
    pub(crate) has_validity_period: bool,
    pub(crate) has_smart_encoding: bool,
    pub(crate) has_feedback: bool,
    pub(crate) has_redaction: bool,
    pub(crate) lookup: Option<Lookup>,
}

/// Collects what a [`TwilioSender`] is to do; [`build`](Self::build) checks it. The [crate's page](crate) has a table.
#[must_use = "a sender comes out of build()"]
pub struct TwilioSenderBuilder {
    api: Api,
    options: Options,
    whatsapp: Option<String>,
    has_lookup: bool,
    lookups: Option<BaseUrl>,
    is_other_base: bool,
}

impl TwilioSenderBuilder {
    pub(crate) fn new(client: Client, account: Account) -> Self {
        let options = Options {
            api: base(API),
            from: None,
            messaging_service: None,
            whatsapp: None,
            whatsapp_template: None,
            voice: None,
            status_callback: None,
            has_validity_period: true,
            has_smart_encoding: false,
            has_feedback: false,
            has_redaction: false,
            lookup: None,
        };
        Self {
            api: Api::new(client, account, "twilio"),
            options,
            whatsapp: None,
            has_lookup: false,
            lookups: None,
            is_other_base: false,
        }
    }

    /// The sender's name in configuration, logs and receipts: `twilio` unless a host has two accounts.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.api.name = name.into();
        self
    }

    /// Texts come from this number, short code or alphanumeric sender.
    pub fn from(mut self, sender: impl Into<String>) -> Self {
        self.options.from = Some(sender.into());
        self
    }

    /// Texts come from the pool of this Messaging Service (`MG...`); with [`from`](Self::from) as well, from that member.
    pub fn messaging_service(mut self, sid: impl Into<String>) -> Self {
        self.options.messaging_service = Some(sid.into());
        self
    }

    /// WhatsApp messages come from this number, or from the pool of this Messaging Service (`MG...`).
    pub fn whatsapp(mut self, sender: impl Into<String>) -> Self {
        self.whatsapp = Some(sender.into());
        self
    }

    /// WhatsApp messages use this content template (`HX...`), whose variable 1 is the code. Without one the text is sent
    /// as it is, which WhatsApp delivers only to people who wrote within the last day.
    pub fn whatsapp_template(mut self, sid: impl Into<String>) -> Self {
        self.options.whatsapp_template = Some(sid.into());
        self
    }

    /// Calls come from this number.
    pub fn voice(mut self, number: impl Into<String>) -> Self {
        self.options.voice = Some(number.into());
        self
    }

    /// Twilio reports what becomes of messages to this address.
    pub fn status_callback(mut self, address: impl Into<String>) -> Self {
        self.options.status_callback = Some(address.into());
        self
    }

    /// Whether Twilio drops a text that waits longer than the code lives. On unless switched off.
    pub const fn validity_period(mut self, is_on: bool) -> Self {
        self.options.has_validity_period = is_on;
        self
    }

    /// Whether Twilio replaces typographic characters that would halve the room of an SMS.
    pub const fn smart_encoding(mut self, is_on: bool) -> Self {
        self.options.has_smart_encoding = is_on;
        self
    }

    /// Whether Twilio is told that a message's code was used (Message Feedback), which its routing learns from.
    pub const fn feedback(mut self, is_on: bool) -> Self {
        self.options.has_feedback = is_on;
        self
    }

    /// Whether Twilio's copy of a text is emptied once it was delivered. It needs a status callback.
    pub const fn redaction(mut self, is_on: bool) -> Self {
        self.options.has_redaction = is_on;
        self
    }

    /// Whether Lookup is asked for the line's type before each send; it is paid for.
    pub const fn lookup(mut self, is_on: bool) -> Self {
        self.has_lookup = is_on;
        self
    }

    /// Whether the host lets through only countries it means to serve (so by default). Where it does not, a country that
    /// the account may not send to counts as `blocked` and not as `provider`: no other provider is asked then.
    pub const fn country_list(mut self, is_there: bool) -> Self {
        self.api.judgement.has_country_list = is_there;
        self
    }

    /// Twilio is here, Lookup included: another region, or a stand-in.
    pub fn base_url(mut self, base: BaseUrl) -> Self {
        self.options.api = base;
        self.is_other_base = true;
        self
    }

    /// Lookup is here.
    pub fn lookup_base_url(mut self, base: BaseUrl) -> Self {
        self.lookups = Some(base);
        self
    }

    /// The sender.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the first thing that cannot work.
    pub fn build(self) -> Result<TwilioSender, ConfigError> {
        let Self { api, mut options, whatsapp, has_lookup, lookups, is_other_base } = self;
        let is_given = |sender: &Option<String>| sender.as_ref().is_some_and(|text| !text.trim().is_empty());
        let senders = [&options.from, &options.messaging_service, &options.voice, &whatsapp];
        if !senders.into_iter().any(is_given) {
            return Err(ConfigError::NoSender);
        }
        for (shape, given) in [
            (Shape::From, &options.from),
            (Shape::MessagingServiceSid, &options.messaging_service),
            (Shape::Voice, &options.voice),
            (Shape::WhatsApp, &whatsapp),
            (Shape::ContentTemplateSid, &options.whatsapp_template),
            (Shape::StatusCallback, &options.status_callback),
        ] {
            given.as_deref().map_or(Ok(()), |text| shape.check(text))?;
        }
        options.whatsapp = whatsapp.map(|sender| {
            if is_service(&sender) {
                ("MessagingServiceSid", sender)
            } else {
                ("From", format!("whatsapp:{}", without_scheme(&sender)))
            }
        });
        if has_lookup {
            let fallback = if is_other_base { options.api.clone() } else { base(LOOKUPS) };
            options.lookup = Some(Lookup { base: lookups.unwrap_or(fallback) });
        }
        Ok(TwilioSender { api, options })
    }
}

impl std::fmt::Debug for TwilioSenderBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwilioSenderBuilder").field("name", &self.api.name).finish_non_exhaustive()
    }
}
