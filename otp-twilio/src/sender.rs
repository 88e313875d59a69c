//! [`TwilioSender`]: messages, WhatsApp and calls.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass};
use otp_provider::{Endpoint, Request};
use otp_service::{DeliveryReport, FollowUp, Message, Receipt, SendError, Sender};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    builder::{Options, TwilioSenderBuilder},
    config::{Api, is_reference},
    failure,
    probe::{self, Probe},
    voice, webhook,
};

/// What is left of a send's 8 s after a look-up.
const AFTER_LOOKUP: Duration = Duration::from_millis(6_400);
/// The longest that a message may wait in Twilio's queue, in seconds: what Twilio accepts.
const LONGEST_VALIDITY: u64 = 36_000;

/// Sends texts, WhatsApp messages and calls through Twilio. The code is ours; Twilio carries it.
///
/// See the [crate's page](crate) for its options and failures.
#[derive(Clone)]
pub struct TwilioSender {
    pub(crate) api: Api,
    pub(crate) options: Options,
}

/// A message or call as Twilio describes it.
#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    error_code: Option<Value>,
}

impl TwilioSender {
    /// Begins one. Calls go through `client`, in the name of `account`.
    pub fn builder(client: otp_provider::Client, account: crate::Account) -> TwilioSenderBuilder {
        TwilioSenderBuilder::new(client, account)
    }

    /// Asks for the account, and sends nothing.
    ///
    /// # Errors
    ///
    /// [`SendError`]: of class `Transient` or `Unknown` where Twilio is not reachable, of class `Provider` where it does
    /// not take the credentials, and with the code `not_told` where a stand-in does not show the account.
    pub async fn probe(&self) -> Result<Probe, SendError> {
        probe::probe(&self.api, &self.options.api).await
    }

    /// What became of the message `reference`, for hosts that Twilio cannot call back.
    ///
    /// # Errors
    ///
    /// [`SendError`] where Twilio does not say.
    pub async fn report(&self, reference: &str) -> Result<DeliveryReport, SendError> {
        let found: Resource = self.api.call(Request::get(self.resource(reference))).await?;
        let code = found.error_code.as_ref().and_then(failure::number);
        let status = found.status.as_deref().unwrap_or_default();
        Ok(webhook::report(&self.api.name, reference, status, code, self.api.judgement))
    }

    /// Takes back the message `reference` where it is still in Twilio's schedule.
    ///
    /// # Errors
    ///
    /// [`SendError`] where it has left, too.
    pub async fn withdraw(&self, reference: &str) -> Result<(), SendError> {
        self.api.tell(Request::post(self.resource(reference)).form([("Status", "canceled")])).await
    }

    /// The request for a text or a WhatsApp message.
    fn message(&self, message: &Message) -> Result<Request, SendError> {
        let options = &self.options;
        let is_whatsapp = message.channel == Channel::Whatsapp;
        let mut form: Vec<(&str, String)> = Vec::with_capacity(12);
        if is_whatsapp {
            form.push(("To", format!("whatsapp:{}", message.to.as_str())));
            form.extend(options.whatsapp.clone());
        } else {
            form.push(("To", message.to.as_str().to_owned()));
            form.extend(options.from.clone().map(|from| ("From", from)));
            form.extend(options.messaging_service.clone().map(|service| ("MessagingServiceSid", service)));
        }
        match &options.whatsapp_template {
            Some(_) if is_whatsapp && message.code.expose().is_empty() => {
                return Err(self.api.refuse("no_code_for_template"));
            }
            Some(template) if is_whatsapp => {
                form.push(("ContentSid", template.clone()));
                form.push(("ContentVariables", json!({ "1": message.code.expose() }).to_string()));
            }
            _ => form.push(("Body", message.body.expose().to_owned())),
        }
        form.extend(options.status_callback.clone().map(|address| ("StatusCallback", address)));
        if options.has_validity_period {
            let seconds = message.expires_in.as_secs().clamp(1, LONGEST_VALIDITY);
            form.push(("ValidityPeriod", seconds.to_string()));
        }
        if options.has_smart_encoding && !is_whatsapp {
            form.push(("SmartEncoded", "true".to_owned()));
        }
        if options.has_feedback {
            form.push(("ProvideFeedback", "true".to_owned()));
        }
        Ok(Request::post(self.endpoint(&["Messages.json"])).form(form))
    }

    fn call(&self, message: &Message) -> Result<Request, SendError> {
        let from = self.options.voice.as_deref().ok_or_else(|| self.api.refuse("no_number_for_calls"))?;
        let callback = self.options.status_callback.as_deref();
        Ok(voice::request(&self.options.api, &self.api.account.sid, from, callback, message))
    }

    /// The message or call of this reference.
    fn resource(&self, reference: &str) -> Endpoint {
        let folder = if is_call(reference) { "Calls" } else { "Messages" };
        self.endpoint(&[folder, &format!("{reference}.json")])
    }

    fn endpoint(&self, rest: &[&str]) -> Endpoint {
        let account = ["2010-04-01", "Accounts", self.api.account.sid.as_str()];
        self.options.api.at(account.into_iter().chain(rest.iter().copied()))
    }
}

#[async_trait]
impl Sender for TwilioSender {
    fn name(&self) -> &str {
        &self.api.name
    }

    fn carries(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => self.options.from.is_some() || self.options.messaging_service.is_some(),
            Channel::Whatsapp => self.options.whatsapp.is_some(),
            Channel::Voice => self.options.voice.is_some(),
            Channel::Email => false,
        }
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mut request = match message.channel {
            channel if !self.carries(channel) => return Err(self.api.refuse("channel_not_configured")),
            Channel::Voice => self.call(message)?,
            _ => self.message(message)?,
        };
        if let Some(lookup) = &self.options.lookup {
            lookup.check(&self.api, &message.to, message.channel).await?;
            request = request.within(AFTER_LOOKUP);
        }
        let taken: Resource = self.api.call(request).await?;
        if matches!(taken.status.as_deref(), Some("failed" | "undelivered" | "canceled")) {
            let code = taken.error_code.as_ref().and_then(failure::number);
            return Err(self.api.judgement.of_message(&self.api.name, code));
        }
        match taken.sid.filter(|sid| is_reference(sid)) {
            Some(sid) => Ok(Receipt { reference: Some(sid) }),
            // Taken, perhaps; whoever answers 2xx without a SID is not Twilio.
            None => Err(SendError::new(&self.api.name, FailureClass::Unknown).code("unreadable")),
        }
    }

    fn wants(&self, what: FollowUp) -> bool {
        match what {
            FollowUp::Verified => self.options.has_feedback,
            FollowUp::Delivered => self.options.has_redaction,
            _ => false,
        }
    }

    async fn follow_up(&self, reference: &str, what: FollowUp) -> Result<(), SendError> {
        // A call has neither a text to redact nor feedback.
        if !self.wants(what) || is_call(reference) {
            return Ok(());
        }
        let request = match what {
            FollowUp::Verified => Request::post(self.endpoint(&["Messages", reference, "Feedback.json"]))
                .form([("Outcome", "confirmed")]),
            FollowUp::Delivered => Request::post(self.resource(reference)).form([("Body", "")]),
            _ => return Ok(()),
        };
        self.api.tell(request).await
    }
}

fn is_call(reference: &str) -> bool {
    reference.starts_with("CA")
}

impl fmt::Debug for TwilioSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carried: Vec<Channel> =
            Channel::ALL.into_iter().filter(|channel| self.carries(*channel)).collect();
        f.debug_struct("TwilioSender")
            .field("name", &self.api.name)
            .field("carries", &carried)
            .field("host", &self.options.api.host())
            .finish_non_exhaustive()
    }
}
