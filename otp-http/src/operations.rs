//! What operators ask: is it alive, is it ready, what does it offer.

use std::{borrow::Cow, sync::Arc, time::Duration};

use otp_service::{StoreError, Verifier};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{ApiError, ErrorCode},
    openapi,
    request::Request,
    response::Response,
    route::{self, Kind, Member, Route, Verb},
};

/// How long a message may be overdue before the queue counts as stuck: a worker looks every half second, and a lease
/// that a killed worker left runs out within this time.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// `/healthz` (the process answers), `/readyz` (the store can be read, and somebody sends the queue) and
/// `/openapi.json`.
///
/// ```
/// # fn example(verifier: otp_service::Verifier) {
/// use otp_http::{OpenApi, Operations, VerificationApp};
///
/// let phone = VerificationApp::phone(verifier.clone());
/// let document = OpenApi::new("Acme").mount("/api/phone", &phone).document();
/// let operations = Operations::new(verifier).openapi(document);
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "an app does nothing until it is mounted"]
pub struct Operations {
    verifier: Verifier,
    openapi: Option<Arc<Value>>,
    routes: Arc<[Route<Call>]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Health,
    Readiness,
    OpenApi,
}

impl Operations {
    /// On the state of this verifier's store and queue.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, openapi: None, routes: routes().into() }
    }

    /// With this document at `/openapi.json`; without one there is nothing.
    pub fn openapi(mut self, document: Value) -> Self {
        self.openapi = Some(Arc::new(document));
        self
    }

    /// The paths to mount: they stand among the host's own at the root.
    #[must_use]
    pub fn mounts(&self) -> Vec<String> {
        self.routes.iter().map(|route| format!("/{}", route.path)).collect()
    }

    async fn answer(&self, request: &Request) -> Result<Response, ApiError> {
        match route::find(&self.routes, &request.method, &request.path)?.call {
            Call::Health => Ok(Response::ok(&json!({ "status": "ok" }))),
            Call::Readiness => self.readiness().await,
            Call::OpenApi => self.openapi.as_deref().map(Response::ok).ok_or(ApiError::NotFound),
        }
    }

    async fn readiness(&self) -> Result<Response, ApiError> {
        let now = self.verifier.now();
        let backlog =
            self.verifier.store().backlog(now).await.map_err(|error: StoreError| ApiError::from(error))?;
        match backlog.oldest_due_at {
            Some(due_at) if due_at.until(now) > STUCK_AFTER => Err(ApiError::QueueStuck),
            _ => Ok(Response::ok(&json!({ "status": "ready" }))),
        }
    }
}

impl App for Operations {
    async fn handle(&self, request: Request) -> Response {
        self.answer(&request).await.unwrap_or_else(Response::from)
    }

    fn paths(&self, mount: &str) -> Map<String, Value> {
        openapi::paths(&self.routes, mount, "operations")
    }
}

fn routes() -> Vec<Route<Call>> {
    let read = |call, path, summary, answer, errors| Route {
        call,
        verb: Verb::Read,
        path: Cow::Borrowed(path),
        summary,
        fields: Vec::new(),
        answer,
        is_idempotent: false,
        errors,
    };
    let status = |word| vec![Member { name: "status", kind: Kind::OneOf(word), about: "In one word." }];
    vec![
        read(Call::Health, "healthz", "Whether the process answers.", status(&["ok"]), &[]),
        read(
            Call::Readiness,
            "readyz",
            "Whether the store can be read and messages are sent.",
            status(&["ready"]),
            &[ErrorCode::Unavailable],
        ),
        read(Call::OpenApi, "openapi.json", "This document.", Vec::new(), &[]),
    ]
}
