//! Where providers post delivery receipts.

use std::{fmt, sync::Arc};

use http::{HeaderName, HeaderValue, header::HOST};
use otp_service::{Verifier, WebhookReader, WebhookRequest};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{ApiError, ErrorCode},
    openapi,
    request::Request,
    response::Response,
    route::{self, Kind, Member, Route, Verb},
};

/// `/twilio`, `/vonage`, ...: one path for each provider whose receipts are read. Mount it at `/webhooks`.
///
/// A receipt that is not signed as its provider signs is 403 `signature_invalid`, and so is one that was seen before
/// where the provider makes each one of a kind. An authentic receipt is answered 200, also where it speaks of a message
/// that is not known: there is nothing the provider could do about that. While the store is down the answer is 503, and
/// providers that repeat then do.
///
/// ```
/// # fn example(verifier: otp_service::Verifier, twilio: std::sync::Arc<dyn otp_service::WebhookReader>) {
/// use otp_http::Webhooks;
///
/// let webhooks = Webhooks::new(verifier).with(twilio); // otp_twilio::TwilioWebhook
/// # }
/// ```
#[derive(Clone)]
#[must_use = "an app does nothing until it is mounted"]
pub struct Webhooks {
    verifier: Verifier,
    routes: Arc<[Route<Arc<dyn WebhookReader>>]>,
}

impl Webhooks {
    /// On the messages of this verifier's store.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, routes: Arc::new([]) }
    }

    /// With the receipts of another provider.
    pub fn with(self, reader: Arc<dyn WebhookReader>) -> Self {
        let status = Member { name: "status", kind: Kind::OneOf(&["taken"]), about: "In one word." };
        let route = Route {
            verb: Verb::Report,
            path: reader.name().to_owned().into(),
            summary: "Takes delivery receipts that the provider signed.",
            fields: Vec::new(),
            answer: vec![status],
            is_idempotent: false,
            errors: &[
                ErrorCode::SignatureInvalid,
                ErrorCode::InvalidRequest,
                ErrorCode::PayloadTooLarge,
                ErrorCode::Unavailable,
            ],
            call: reader,
        };
        let routes = self.routes.iter().cloned().chain([route]).collect();
        Self { routes, ..self }
    }

    async fn answer(&self, request: &Request) -> Result<Response, ApiError> {
        let reader = &route::find(&self.routes, &request.method, &request.path)?.call;
        let body = request.body.as_ref().map_err(|error| ApiError::from(*error))?;
        // What is no text is kept as something: a header that is there twice must be seen twice.
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let named = |(name, value): (&HeaderName, &HeaderValue)| (name.as_str().to_owned(), text(value));
        let headers: Vec<_> = request.headers.iter().map(named).collect();
        let host = request.headers.get(HOST).map(text);
        let received = WebhookRequest {
            method: request.method.as_str(),
            path_and_query: &request.target,
            host: host.as_deref(),
            headers: &headers,
            body,
        };
        self.verifier.receive(reader.as_ref(), &received).await?;
        Ok(Response::ok(&json!({ "status": "taken" })))
    }
}

impl App for Webhooks {
    async fn handle(&self, request: Request) -> Response {
        self.answer(&request).await.unwrap_or_else(Response::from)
    }

    fn paths(&self, mount: &str) -> Map<String, Value> {
        openapi::paths(&self.routes, mount, "webhooks")
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("routes", &self.routes).finish_non_exhaustive()
    }
}
