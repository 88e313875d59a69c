//! [`VonageVerify`]: Verify v2, which makes, sends and checks codes itself.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass, Recipient, Verdict};
use otp_provider::{Answer, Client, Request};
use otp_service::{Clock, CodeProvider, FollowUp, Message, Receipt, SendError, Sender};
use serde_json::{Value, json};
use tracing::debug;

use crate::{
    ConfigError, VERIFY, VonageConfig,
    api::{Api, cut},
    failure,
    language::locale,
    messages::receipt,
    options::{LONGEST_BRAND, fits_brand},
    receipt::is_reference,
};

/// `client_ref`, in bytes.
const LONGEST_REF: usize = 16;
/// `channel_timeout`, in seconds.
const STEP: (u64, u64) = (60, 900);
/// When a verification that cannot be canceled yet will be.
const CANCEL_AFTER: Duration = Duration::from_secs(30);

/// How many verifications in progress are remembered; the oldest are forgotten.
const REMEMBERED: usize = 4_096;

/// Verifies through Vonage's Verify v2: the sender `vonage-verify`.
///
/// By default Verify makes the code, writes the message and compares what the recipient types; limits, budgets and
/// answers are ours all the same. With [`VonageConfig::own_code`] it sends our code, which is checked here, and a
/// verification that succeeded is ended there, so that no further message goes out.
///
/// | step | request | answers |
/// |---|---|---|
/// | send | `POST /v2/verify` | 202 with the request's id; 409 while one to this number is in progress |
/// | send again, while the message's own is in progress | `POST /v2/verify/{id}/next_workflow` | 200: the next of [`VonageConfig::fallback`] goes out now |
/// | check | `POST /v2/verify/{id}` | 200 right; 400 wrong; 404 and 410 over |
/// | cancel | `DELETE /v2/verify/{id}` | 204; 404 where it is over already |
///
/// Verify knows one verification for a number, whatever it is for. After a 409 this sender goes on with the one in
/// progress only where it began it for the same message; any other (of another purpose, or begun by another process) is
/// canceled and a new one started, because a code of one purpose must not open another. The same is done where there is
/// no next step, so that a resend always sends something.
pub struct VonageVerify {
    api: Api,
    /// Reference, and the message it was begun for.
    running: Mutex<VecDeque<(String, String)>>,
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
        Ok(Self { api: Api::new(VERIFY, config, client, clock), running: Mutex::default() })
    }

    /// Sends the next message of a verification's workflow now, in place of when the step's time is over. Whether there
    /// was a next step.
    ///
    /// # Errors
    ///
    /// [`SendError`] where the provider did not say.
    pub async fn next(&self, reference: &str) -> Result<bool, SendError> {
        if !is_reference(reference) {
            return Ok(false);
        }
        let endpoint = self.api.at(["v2", "verify", reference, "next_workflow"]);
        let answer = self.api.call_as_application(Request::post(endpoint), None).await?;
        match answer.status() {
            200..=299 => Ok(true),
            404 | 409 | 410 => Ok(false),
            _ => Err(answer.failure(VERIFY)),
        }
    }

    async fn start(&self, body: &Value) -> Result<Answer, SendError> {
        self.api.call_as_application(Request::post(self.api.at(["v2", "verify"])), Some(body)).await
    }

    fn started(&self, answer: &Answer, message: &Message) -> Result<Receipt, SendError> {
        if !answer.is_success() {
            return Err(failure::of_problem(VERIFY, answer, FailureClass::Request));
        }
        let receipt = receipt(&self.api, answer, "request_id")?;
        if let Some(reference) = &receipt.reference {
            let mut running = self.running();
            running.truncate(REMEMBERED - 1);
            running.push_front((reference.clone(), message.id.clone()));
        }
        Ok(receipt)
    }

    /// While a verification of the number is in progress there is no other.
    async fn conflicted(
        &self,
        conflict: &Answer,
        body: &Value,
        message: &Message,
    ) -> Result<Receipt, SendError> {
        let problem: Value = conflict.json().unwrap_or_default();
        let reference = problem.get("request_id").and_then(Value::as_str).filter(|id| is_reference(id));
        let reference = reference.ok_or_else(|| self.busy())?;
        let go_on = || Ok(Receipt { reference: Some(reference.to_owned()) });
        let is_same = self.running().iter().any(|(known, id)| known == reference && *id == message.id);
        if is_same {
            match self.next(reference).await {
                Ok(true) => return go_on(),
                Ok(false) => {}
                Err(error) => {
                    // Its last message is good still.
                    let class = error.class.as_str();
                    debug!(sender = VERIFY, class, "no next step of the verification in progress");
                    return go_on();
                }
            }
        }
        match self.cancel(reference).await {
            Ok(()) => {}
            Err(_) if is_same => return go_on(),
            Err(_) => return Err(self.busy()),
        }
        let answer = self.start(body).await?;
        if answer.status() == 409 { Err(self.busy()) } else { self.started(&answer, message) }
    }

    fn busy(&self) -> SendError {
        self.api.failure(FailureClass::Transient, "http_409").retry_after(CANCEL_AFTER)
    }

    fn running(&self) -> MutexGuard<'_, VecDeque<(String, String)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
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
        match answer.status() {
            409 => self.conflicted(&answer, &body, message).await,
            _ => self.started(&answer, message),
        }
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
        if !is_reference(reference) {
            return Ok(Verdict::Over);
        }
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
        if !is_reference(reference) {
            return Ok(());
        }
        let request = Request::delete(self.api.at(["v2", "verify", reference]));
        let answer = self.api.call_as_application(request, None).await?;
        match answer.status() {
            200..=299 | 404 | 410 => Ok(()),
            409 => Err(self.busy()),
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
