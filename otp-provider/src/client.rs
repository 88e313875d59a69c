//! [`Client`]: calls providers, within limits.

use std::{fmt, time::Duration};

use otp_service::SendError;
use reqwest::{
    Response,
    header::{DATE, HeaderName, RETRY_AFTER},
    redirect::Policy,
};
use tracing::debug;

use crate::{Answer, CallError, Request, retry_after, tls};

/// How long an unused connection is kept: less than the minute after which load balancers commonly drop it.
const IDLE_LIMIT: Duration = Duration::from_secs(50);
/// How many unused connections a host may keep.
const MOST_IDLE: usize = 16;

/// What a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// To connect, TLS included.
    pub connect: Duration,
    /// For the whole call.
    pub call: Duration,
    /// Of an answer's body, in bytes.
    pub answer: usize,
}

impl Limits {
    /// With this limit for the whole call.
    #[must_use]
    pub const fn call(mut self, limit: Duration) -> Self {
        self.call = limit;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(2), call: Duration::from_secs(8), answer: 64 * 1024 }
    }
}

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be set up; are root certificates installed (the package ca-certificates)?")]
#[non_exhaustive]
pub struct ClientError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Calls providers over HTTP/1.1, on connections that all clones share.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    limits: Limits,
}

impl Client {
    /// A client with the default limits that trusts the platform's certificates. It connects with the first call.
    ///
    /// # Errors
    ///
    /// [`ClientError`] where TLS cannot be set up.
    pub fn new() -> Result<Self, ClientError> {
        Self::with_limits(Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    ///
    /// [`ClientError`] where TLS cannot be set up.
    pub fn with_limits(limits: Limits) -> Result<Self, ClientError> {
        let config = tls::config().map_err(|source| ClientError { source: source.into() })?;
        Self::with_tls(limits, config)
    }

    /// The same with a TLS configuration of the host's, for instance with an authority of its own.
    ///
    /// # Errors
    ///
    /// [`ClientError`] where TLS cannot be set up.
    pub fn with_tls(limits: Limits, config: rustls::ClientConfig) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .connect_timeout(limits.connect)
            .timeout(limits.call)
            // A redirect would carry number and code to wherever it points.
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .pool_idle_timeout(IDLE_LIMIT)
            .pool_max_idle_per_host(MOST_IDLE)
            .user_agent(concat!("otp/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| ClientError { source: source.without_url().into() })?;
        Ok(Self { http, limits })
    }

    /// One call for `sender`. A 4xx or 5xx is an answer, too.
    ///
    /// # Errors
    ///
    /// [`SendError`] where there is no answer to read: see the crate's table of failures.
    pub async fn call(&self, sender: &str, request: Request) -> Result<Answer, SendError> {
        let called = self.answer(request).await;
        match &called {
            Ok(answer) => debug!(sender, status = answer.status, "provider answered"),
            Err(error) => debug!(sender, error = error.as_str(), "no answer of the provider"),
        }
        called.map_err(|error| error.of(sender))
    }

    async fn answer(&self, request: Request) -> Result<Answer, CallError> {
        let request = request.build(&self.http, self.limits.call)?;
        let mut response = self.http.execute(request).await.map_err(|error| CallError::classify(&error))?;
        let status = response.status().as_u16();
        if response.status().is_redirection() {
            return Err(CallError::Redirect);
        }
        let retry_after = header(&response, &RETRY_AFTER)
            .and_then(|text| retry_after::parse(text, header(&response, &DATE)));
        let body = match self.body(&mut response).await {
            Ok(body) => body,
            Err(error) if response.status().is_success() => return Err(error),
            // The status says enough.
            Err(_) => Vec::new(),
        };
        Ok(Answer { status, retry_after, body })
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, CallError> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.limits.answer => {
                    return Err(CallError::TooLarge);
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(body),
                Err(error) if error.is_timeout() => return Err(CallError::Timeout),
                Err(_) => return Err(CallError::Truncated),
            }
        }
    }
}

fn header<'a>(response: &'a Response, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("limits", &self.limits).finish_non_exhaustive()
    }
}
