//! [`Api`]: calls Vonage for one sender.

use std::sync::Arc;

use otp_core::{FailureClass, Recipient};
use otp_provider::{Answer, Client, Endpoint, Request, Secret};
use otp_service::{Clock, Message, SendError, random_bytes};
use serde_json::Value;

use crate::{VonageConfig, jwt::Application};

/// One sender's way to Vonage.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) sender: &'static str,
    pub(crate) config: VonageConfig,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl Api {
    pub(crate) const fn new(
        sender: &'static str,
        config: VonageConfig,
        client: Client,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { sender, config, client, clock }
    }

    /// Below the base URL of everything but the SMS API.
    pub(crate) fn at<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Endpoint {
        self.config.api_base.at(segments)
    }

    pub(crate) async fn call(&self, request: Request) -> Result<Answer, SendError> {
        self.client.call(self.sender, request).await
    }

    /// With a token of the application.
    pub(crate) async fn call_as_application(
        &self,
        request: Request,
        body: Option<&Value>,
    ) -> Result<Answer, SendError> {
        let request = request.bearer(&self.token()?);
        let request = match body {
            Some(body) => request.json(body),
            None => request.header("content-type", "application/json"),
        };
        self.call(request).await
    }

    /// With the account's key and secret.
    pub(crate) fn as_account(&self, request: Request) -> Request {
        request.basic(self.config.key.as_str(), &self.config.secret)
    }

    pub(crate) fn unix_time(&self) -> i64 {
        self.clock.now().as_seconds()
    }

    /// A failure of ours, before anything left.
    pub(crate) fn failure(&self, class: FailureClass, code: &str) -> SendError {
        SendError::new(self.sender, class).code(code)
    }

    /// The number's digits, as Vonage wants it.
    pub(crate) fn digits<'a>(&self, message: &'a Message) -> Result<&'a str, SendError> {
        match &message.to {
            Recipient::Phone(number) => Ok(number.as_str().trim_start_matches('+')),
            Recipient::Email(_) => Err(self.failure(FailureClass::Request, "recipient")),
        }
    }

    /// Random bytes; the operating system's source may be back in a moment.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], SendError> {
        random_bytes().map_err(|error| self.failure(FailureClass::Transient, "random").source(error))
    }

    fn token(&self) -> Result<Secret, SendError> {
        let application: &Application = self
            .config
            .application
            .as_deref()
            .ok_or_else(|| self.failure(FailureClass::Provider, "application"))?;
        application
            .token(self.clock.now(), self.random()?)
            .map_err(|error| self.failure(FailureClass::Provider, "token").source(error))
    }
}

/// The first `longest` bytes of an id, which is ASCII.
pub(crate) fn cut(id: &str, longest: usize) -> &str {
    let mut end = id.len().min(longest);
    while !id.is_char_boundary(end) {
        end -= 1;
    }
    &id[..end]
}
