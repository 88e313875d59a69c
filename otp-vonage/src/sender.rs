//! [`VonageSender`]: text messages, WhatsApp messages and calls.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass, PhoneNumber};
use otp_provider::Client;
use otp_service::{Clock, Message, Receipt, SendError, Sender};

use crate::{
    ConfigError, Insight, Probe, SENDER, SmsApi, VonageConfig, api::Api, insight, messages, probe, sms, voice,
};

/// Sends our codes through Vonage: the sender `vonage`.
///
/// | channel | carried where there is | API |
/// |---|---|---|
/// | `sms` | a sender ([`VonageConfig::from`]) | SMS, or Messages ([`VonageConfig::sms_api`]) |
/// | `voice` | an application | Voice: the text is spoken in the message's language, the code digit by digit and twice |
/// | `whatsapp` | a WhatsApp number and an application | Messages |
pub struct VonageSender {
    api: Api,
}

impl VonageSender {
    /// A sender with this configuration, over connections that it may share with other senders.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where something is missing for what the configuration asks for, or it carries no channel.
    pub fn new(config: VonageConfig, client: Client, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let needs_application =
            config.whatsapp.is_some() || (config.sms_api == SmsApi::Messages && config.from.is_some());
        if config.signing.is_some() && config.signature_secret.is_none() {
            return Err(ConfigError::SignatureSecretMissing);
        }
        if needs_application && config.application.is_none() {
            return Err(ConfigError::ApplicationMissing);
        }
        let sender = Self { api: Api::new(SENDER, config, client, clock) };
        if Channel::ALL.into_iter().any(|channel| sender.carries(channel)) {
            Ok(sender)
        } else {
            Err(ConfigError::NoChannel)
        }
    }

    /// What Number Insight says about a number. Costs nothing at the basic level.
    ///
    /// # Errors
    ///
    /// [`SendError`] of class `recipient` where the number cannot exist, else of the class of the failed call.
    pub async fn insight(&self, number: &PhoneNumber) -> Result<Insight, SendError> {
        insight::ask(&self.api, number).await
    }

    /// Whether account and application are good, without sending anything.
    pub async fn probe(&self) -> Probe {
        probe::probe(&self.api).await
    }
}

#[async_trait]
impl Sender for VonageSender {
    fn name(&self) -> &str {
        SENDER
    }

    fn carries(&self, channel: Channel) -> bool {
        let config = &self.api.config;
        match channel {
            Channel::Sms => config.from.is_some(),
            Channel::Voice => config.application.is_some(),
            Channel::Whatsapp => config.whatsapp.is_some(),
            Channel::Email => false,
        }
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let api = &self.api;
        if let (true, Some(number)) = (api.config.insight, message.to.as_phone()) {
            insight::precheck(api, number).await?;
        }
        match (message.channel, api.config.sms_api) {
            (Channel::Sms, SmsApi::Sms) => sms::send(api, message).await,
            (Channel::Sms, SmsApi::Messages) => messages::send_sms(api, message).await,
            (Channel::Voice, _) => voice::call(api, message).await,
            (Channel::Whatsapp, _) => messages::send_whatsapp(api, message).await,
            (Channel::Email, _) => Err(api.failure(FailureClass::Request, "channel")),
        }
    }
}

impl fmt::Debug for VonageSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VonageSender").field(&self.api.config).finish()
    }
}
