//! [`VonageVerify`]: Verify v2, which makes, sends and checks codes itself.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass, Recipient, Verdict};
use otp_provider::{Answer, Client, Request};
use otp_service::{Clock, CodeProvider, FollowUp, Message, Receipt, SendError, Sender};
use serde_json::{Value, json};
use tracing::debug;

use crate::{
    ConfigError, VERIFY, VonageConfig,
    api::{Api, cut},
    config::{LONGEST_BRAND, fits_brand},
    failure,
    language::locale,
    messages::receipt,
    receipt::is_reference,
};

/// `client_ref`, in bytes.
const LONGEST_REF: usize = 16;
/// `channel_timeout`, in seconds.
const STEP: (u64, u64) = (60, 900);
/// When a verification that cannot be canceled yet will be.
const CANCEL_AFTER: Duration = Duration::from_secs(30);

/// Verifies through Vonage's Verify v2: the sender `vonage-verify`.
///
/// By default Verify makes the code, writes the message and compares what the recipient types; limits, budgets and
/// answers are ours all the same. With [`VonageConfig::own_code`] it sends our code, which is checked here, and a
/// verification that succeeded is ended there, so that no further message goes out.
///
/// | step | request | answers |
/// |---|---|---|
/// | send | `POST /v2/verify` | 202 with the request's id; 409 while one to this number is in progress |
/// | resend, while one is in progress | `POST /v2/verify/{id}/next_workflow` | 200: the next of [`VonageConfig::fallback`] goes out now |
/// | check | `POST /v2/verify/{id}` | 200 right; 400 wrong; 404 and 410 over |
/// | cancel | `DELETE /v2/verify/{id}` | 204; 404 where it is over already |
///
/// After a 409 the verification that is in progress goes on, and its id becomes the message's reference: Verify knows
/// one verification for a number, whatever it is for, so do not share one application between unrelated services.
/// With our own code it may carry another one, so it is canceled and a new one started.
pub struct VonageVerify {
    api: Api,
}

impl VonageVerify {
    /// A sender with this configuration, over connections that it may share with other senders.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ApplicationMissing`].
    pub fn new(config: VonageConfig, client: Client, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        if config.application.is_none() {
            return Err(ConfigError::ApplicationMissing);
        }
        Ok(Self { api: Api::new(VERIFY, config, client, clock) })
    }

    /// Sends the next message of a verification's workflow now, in place of when the step's time is over.
    ///
    /// # Errors
    ///
    /// [`SendError`] of class `provider` where there is no next step (404, 409).
    pub async fn next(&self, reference: &str) -> Result<(), SendError> {
        let reference = self.known(reference).ok_or_else(|| self.api.failure(FailureClass::Request, "reference"))?;
        let endpoint = self.api.at(["v2", "verify", reference, "next_workflow"]);
        let answer = self.api.call_as_application(Request::post(endpoint), None).await?;
        if answer.is_success() { Ok(()) } else { Err(answer.failure(VERIFY)) }
    }

    async fn start(&self, body: &Value) -> Result<Answer, SendError> {
        self.api.call_as_application(Request::post(self.api.at(["v2", "verify"])), Some(body)).await
    }

    fn started(&self, answer: &Answer) -> Result<Receipt, SendError> {
        if answer.is_success() {
            receipt(&self.api, answer, "request_id")
        } else {
            Err(failure::of_problem(VERIFY, answer, FailureClass::Request))
        }
    }

    /// While a verification of the number is in progress there is no other: it goes on with its next step.
    async fn go_on(&self, conflict: &Answer, body: &Value) -> Result<Receipt, SendError> {
        let busy = || self.api.failure(FailureClass::Transient, "http_409").retry_after(CANCEL_AFTER);
        let problem: Value = conflict.json().unwrap_or_default();
        let running = problem.get("request_id").and_then(Value::as_str).and_then(|id| self.known(id));
        let running = running.ok_or_else(busy)?;
        if self.api.config.own_code {
            self.cancel(running).await.map_err(|_| busy())?;
            let answer = self.start(body).await?;
            return if answer.status() == 409 { Err(busy()) } else { self.started(&answer) };
        }
        if let Err(error) = self.next(running).await {
            // Its first message is good still.
            debug!(sender = VERIFY, class = error.class.as_str(), "no further step of the verification in progress");
        }
        Ok(Receipt { reference: Some(running.to_owned()) })
    }

    fn body(&self, message: &Message) -> Result<Value, SendError> {
        let config = &self.api.config;
        let first = self.step(message.channel, &message.to);
        let mut steps = vec![first.ok_or_else(|| self.api.failure(FailureClass::Request, "channel"))?];
        steps.extend(config.fallback.iter().filter_map(|channel| self.step(*channel, &message.to)));
        // All steps together must not outlive the code.
        let step = message.expires_in.as_secs() / steps.len() as u64;
        let mut body = json!({
            "brand": config.brand.clone().unwrap_or_else(|| brand(&message.app_name)),
            "workflow": steps,
            "channel_timeout": step.clamp(STEP.0, STEP.1),
        });
        if config.client_ref {
            body["client_ref"] = cut(&message.id, LONGEST_REF).into();
        }
        if let (true, Some(locale)) = (config.locale, locale(&message.language)) {
            body["locale"] = locale.into();
        }
        let code = message.code.expose();
        if config.own_code {
            body["code"] = code.into();
        } else if (4..=10).contains(&code.len()) {
            body["code_length"] = code.len().into();
        }
        Ok(body)
    }

    /// One step; none where the channel does not reach the recipient or is not configured.
    fn step(&self, channel: Channel, to: &Recipient) -> Option<Value> {
        if !to.accepts(channel) || !self.carries(channel) {
            return None;
        }
        let mut step = json!({"channel": channel.as_str(), "to": to.as_str().trim_start_matches('+')});
        if let (Channel::Whatsapp, Some((from, _))) = (channel, &self.api.config.whatsapp) {
            step["from"] = from.as_str().into();
        }
        Some(step)
    }

    fn known<'a>(&self, reference: &'a str) -> Option<&'a str> {
        is_reference(reference).then_some(reference)
    }
}

#[async_trait]
impl Sender for VonageVerify {
    fn name(&self) -> &str {
        VERIFY
    }

    fn carries(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms | Channel::Voice | Channel::Email => true,
            // Verify wants the number of the business account.
            Channel::Whatsapp => self.api.config.whatsapp.is_some(),
        }
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let body = self.body(message)?;
        let answer = self.start(&body).await?;
        if answer.status() == 409 { self.go_on(&answer, &body).await } else { self.started(&answer) }
    }

    fn codes(&self) -> Option<&dyn CodeProvider> {
        if self.api.config.own_code { None } else { Some(self) }
    }

    fn wants(&self, what: FollowUp) -> bool {
        self.api.config.own_code && what == FollowUp::Verified
    }

    async fn follow_up(&self, reference: &str, what: FollowUp) -> Result<(), SendError> {
        if self.wants(what) { self.cancel(reference).await } else { Ok(()) }
    }
}

#[async_trait]
impl CodeProvider for VonageVerify {
    async fn check(&self, reference: &str, _: &Recipient, code: &str) -> Result<Verdict, SendError> {
        let Some(reference) = self.known(reference) else { return Ok(Verdict::Over) };
        if !(4..=10).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(Verdict::Wrong);
        }
        let request = Request::post(self.api.at(["v2", "verify", reference]));
        let answer = self.api.call_as_application(request, Some(&json!({"code": code}))).await?;
        match answer.status() {
            200..=299 => {
                let reply: Value = answer.json().unwrap_or_default();
                let is_completed = reply.get("status").and_then(Value::as_str) == Some("completed");
                if is_completed { Ok(Verdict::Right) } else { Err(answer.failure(VERIFY)) }
            }
            400 => Ok(Verdict::Wrong),
            404 | 410 => Ok(Verdict::Over),
            _ => Err(answer.failure(VERIFY)),
        }
    }

    async fn cancel(&self, reference: &str) -> Result<(), SendError> {
        let Some(reference) = self.known(reference) else { return Ok(()) };
        let request = Request::delete(self.api.at(["v2", "verify", reference]));
        let answer = self.api.call_as_application(request, None).await?;
        match answer.status() {
            200..=299 | 404 | 410 => Ok(()),
            409 => {
                Err(self.api.failure(FailureClass::Transient, "http_409").retry_after(CANCEL_AFTER))
            }
            _ => Err(answer.failure(VERIFY)),
        }
    }
}

/// What fits of the application's name.
fn brand(app_name: &str) -> String {
    let brand: String = app_name.chars().filter(|c| fits_brand(*c)).take(LONGEST_BRAND).collect();
    match brand.trim() {
        "" => "Security code".to_owned(),
        brand => brand.to_owned(),
    }
}

impl fmt::Debug for VonageVerify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VonageVerify").field(&self.api.config).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands() {
        for (name, expected) in [
            ("Acme", "Acme"),
            ("An application's long name", "An application's"),
            ("a/b: c", "ab c"),
            ("{}", "Security code"),
        ] {
            assert_eq!(brand(name), expected);
        }
    }
}
